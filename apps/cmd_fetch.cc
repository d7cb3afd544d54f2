// forknet data fetch: downloads the usual benchmark data sets from their public mirrors.
#include <array>
#include <cstdio>

#include "apps/commands.h"
#include "apps/download.h"
#include "apps/output.h"
#include "base/clock.h"
#include "base/try.h"
#include "os/file.h"
#include "os/file_lock.h"
#include "os/terminal.h"
#include "report/text.h"

namespace forknet::apps {
namespace {

constexpr std::int64_t kRedrawNs = 100'000'000;

struct PublicFile {
  const char* name;
  const char* sha256;  // of the unpacked content
};

struct PublicSet {
  const char* name;
  std::array<const char*, 2> mirrors;
  std::array<PublicFile, 4> files;
};

constexpr PublicSet kMnist = {
    "mnist",
    {"https://ossci-datasets.s3.amazonaws.com/mnist",
     "https://storage.googleapis.com/cvdf-datasets/mnist"},
    {{{"train-images-idx3-ubyte.gz",
       "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
      {"train-labels-idx1-ubyte.gz",
       "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
      {"t10k-images-idx3-ubyte.gz",
       "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
      {"t10k-labels-idx1-ubyte.gz",
       "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}}}};

constexpr PublicSet kFashion = {
    "fashion",
    {"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
     "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"},
    {{{"train-images-idx3-ubyte.gz",
       "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
      {"train-labels-idx1-ubyte.gz",
       "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
      {"t10k-images-idx3-ubyte.gz",
       "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
      {"t10k-labels-idx1-ubyte.gz",
       "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}}}};

// One redrawn line on a terminal; nothing elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(const char* name)
      : name_(name), shown_(os::is_terminal(os::Stream::error)) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
  }
  void draw(std::uint64_t held, std::uint64_t total) {
    const std::int64_t now = monotonic_ns();
    if (!shown_ || now - last_ < kRedrawNs) return;
    last_ = now;
    drawn_ = true;
    const std::string all = total == 0 ? "" : " of " + report::bytes(total);
    std::fprintf(stderr, "\r\x1b[K%s  %s%s", name_, report::bytes(held).c_str(), all.c_str());
  }

 private:
  const char* name_;
  bool shown_;
  bool drawn_ = false;
  std::int64_t last_ = 0;
};

bool is_there(const FetchLibraries& libraries, const std::string& path, const PublicFile& file) {
  if (!os::exists(path)) return false;
  const Result<std::string> digest = content_sha256(libraries, path);
  return digest.ok() && *digest == file.sha256;
}

// From the first mirror that has it.
Status fetch_file(const FetchLibraries& libraries, const std::vector<std::string>& mirrors,
                  const PublicFile& file, const std::string& path) {
  std::string failures;
  for (const std::string& mirror : mirrors) {
    ProgressLine line(file.name);
    Status fetched =
        download(libraries, {mirror + "/" + file.name, path, file.sha256},
                 [&](std::uint64_t held, std::uint64_t total) { line.draw(held, total); });
    if (fetched.ok()) return {};
    if (fetched.error().kind != ErrorKind::data) return fetched;
    // Only the first line for the mirrors before the last.
    const std::string& message = fetched.error().message;
    failures += failures.empty() ? "" : "\n";
    failures += &mirror == &mirrors.back() ? message : message.substr(0, message.find('\n'));
  }
  return Error{ErrorKind::data, failures};
}

Status fetch(const FetchLibraries& libraries, const FetchOptions& options) {
  const PublicSet& set = options.set == kFashion.name ? kFashion : kMnist;
  std::vector<std::string> mirrors(set.mirrors.begin(), set.mirrors.end());
  if (options.from) mirrors = {*options.from};
  FORKNET_ASSIGN(const bool made, os::make_folder(options.folder, 0755, true));
  (void)made;
  FORKNET_ASSIGN(const auto lock, os::FileLock::acquire(options.folder + "/.fetch.lock"));
  for (const PublicFile& file : set.files) {
    const std::string path = options.folder + "/" + file.name;
    if (is_there(libraries, path, file)) {
      print(path + " is there already, verified\n");
      continue;
    }
    FORKNET_TRY(fetch_file(libraries, mirrors, file, path));
    print(path + " fetched, verified\n");
    std::fflush(stdout);
  }
  return {};
}

}  // namespace

int run_fetch(const FetchOptions& options) {
  const Result<FetchLibraries> libraries = load_fetch_libraries();
  if (!libraries.ok()) return fail(libraries.error());
  if (libraries->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail({ErrorKind::internal, "data fetch: libcurl cannot be started"});
  }
  const Status fetched = fetch(*libraries, options);
  libraries->global_cleanup();
  return fetched.ok() ? 0 : fail(fetched.error());
}

}  // namespace forknet::apps
