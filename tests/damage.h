// The state of a killed run and its folder, damaged in every way that a file can be, at random
// places; and whether the run then goes on to where it would have come undisturbed.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "os/forked_child.h"
#include "os/temporary_folder.h"
#include "random_cases.h"
#include "session/session.h"
#include "state/state_list.h"

namespace forknet::run {

// What a killed run left; restore() puts it back.
class LeftBehind {
 public:
  explicit LeftBehind(std::string folder) : folder_(std::move(folder)) {
    namespace fs = std::filesystem;
    files_ = read_list({folder_}).value().paths();
    for (const std::string& path : files_) bytes_.push_back(os::get_file(path));
    fs::create_directory(saved_ / "run");
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.is_socket()) continue;
      fs::copy(entry.path(), fs::path(saved_ / "run") / entry.path().filename(),
               fs::copy_options::recursive);
    }
  }
  LeftBehind(const LeftBehind&) = delete;
  LeftBehind& operator=(const LeftBehind&) = delete;
  ~LeftBehind() {
    for (const std::string& path : files_) std::filesystem::remove_all(path);
  }

  // In the same folder, which is the run's own; only its content is new.
  void restore() const {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove_all(entry.path());
    for (const auto& entry : fs::directory_iterator(saved_ / "run")) {
      fs::copy(entry.path(), fs::path(folder_) / entry.path().filename(),
               fs::copy_options::recursive);
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
      fs::remove_all(files_[i]);
      os::put_file(files_[i], bytes_[i]);
      fs::permissions(files_[i], fs::perms::owner_read | fs::perms::owner_write);
    }
  }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  const std::string folder_;
  std::vector<std::string> files_;
  std::vector<std::string> bytes_;
  const os::TemporaryFolder saved_{os::folder_for_many_files()};
};

using Draws = std::mt19937_64;
inline std::size_t drawn_below(Draws& draw, std::size_t end) { return draw() % end; }

struct Damage {
  const char* name;
  // does it to the file at `path`; `other`: another file of the state
  void (*apply)(const std::string& path, const std::string& other, Draws& draw);
};

inline void rewrite(const std::string& path, const std::string& bytes) {
  os::put_file(path, bytes);
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

inline const std::vector<Damage>& all_damage() {
  namespace fs = std::filesystem;
  static const std::vector<Damage> kAll = {
      {"is gone", [](const auto& path, const auto&, Draws&) { fs::remove(path); }},
      {"is empty", [](const auto& path, const auto&, Draws&) { fs::resize_file(path, 0); }},
      {"is cut short",
       [](const auto& path, const auto&, Draws& draw) {
         fs::resize_file(path, drawn_below(draw, fs::file_size(path)));
       }},
      {"is longer", [](const auto& path, const auto&,
                       Draws&) { fs::resize_file(path, fs::file_size(path) + 1); }},
      {"is noise",
       [](const auto& path, const auto&, Draws& draw) {
         std::string bytes(fs::file_size(path), '\0');
         for (char& byte : bytes) byte = static_cast<char>(draw());
         rewrite(path, bytes);
       }},
      {"is another file",
       [](const auto& path, const auto& other, Draws&) { rewrite(path, os::get_file(other)); }},
      {"is a folder",
       [](const auto& path, const auto&, Draws&) {
         fs::remove(path);
         fs::create_directory(path);
       }},
      {"is a link",
       [](const auto& path, const auto& other, Draws&) {
         fs::remove(path);
         fs::create_symlink(other, path);
       }},
      {"can be read by others",
       [](const auto& path, const auto&, Draws&) {
         fs::permissions(path, fs::perms::others_read, fs::perm_options::add);
       }},
      {"has a bit that fell over",
       [](const auto& path, const auto&, Draws& draw) {
         std::string bytes = os::get_file(path);
         bytes[drawn_below(draw, bytes.size())] ^= static_cast<char>(1U << drawn_below(draw, 8));
         rewrite(path, bytes);
       }},
      {"has a page of zeros",
       [](const auto& path, const auto&, Draws& draw) {
         constexpr std::size_t kPage = 4096;
         std::string bytes = os::get_file(path);
         const std::size_t page = drawn_below(draw, bytes.size()) / kPage * kPage;
         std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page),
                     std::min(kPage, bytes.size() - page), '\0');
         rewrite(path, bytes);
       }},
      {"has eight bytes of noise",
       [](const auto& path, const auto&, Draws& draw) {
         std::string bytes = os::get_file(path);
         const std::size_t at = drawn_below(draw, bytes.size()) / 8 * 8;
         for (std::size_t i = at; i < std::min(at + 8, bytes.size()); ++i) {
           bytes[i] = static_cast<char>(draw());
         }
         rewrite(path, bytes);
       }},
  };
  return kAll;
}

// In a child, which may hang or die: 0 when the run ends on that digest.
inline int resumed_to(const std::string& folder, const std::string& digest) {
  constexpr unsigned kLongest = 100;  // seconds; only for what would never end
  return os::in_child([&] {
    ::alarm(kLongest);
    const auto rest = resume_session(RunPaths{folder}, {}, {});
    if (!rest.ok()) {
      std::printf("%s\n", rest.error().message.c_str());
      std::fflush(stdout);
      return 1;
    }
    return rest->result && rest->result->weights_digest == digest ? 0 : 2;
  });
}

// Every damage to every file of the state and to those that say where it lies, so many times.
inline void survives_all_damage(const LeftBehind& left, const std::string& digest,
                                std::size_t times) {
  const std::uint64_t seed = test_seed();
  std::printf("FORKNET_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  Draws draw(seed);
  std::vector<std::string> files = left.files();
  files.push_back(StatePlace{left.folder()}.list().text());
  files.push_back(identity_path(left.folder()).text());
  for (std::size_t time = 0; time < times; ++time) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      for (const Damage& damage : all_damage()) {
        left.restore();
        damage.apply(files[i], files[(i + 1) % files.size()], draw);
        ASSERT_EQ(resumed_to(left.folder(), digest), 0) << files[i] << " " << damage.name;
        for (const std::string& path : left.files()) {
          const bool stays = std::filesystem::is_directory(path) ||
                             std::filesystem::is_symlink(path) || path == files[i];
          ASSERT_TRUE(stays || !std::filesystem::exists(path) || i >= left.files().size())
              << path << " is left, " << files[i] << " " << damage.name;
        }
      }
    }
  }
  left.restore();
  ASSERT_EQ(resumed_to(left.folder(), digest), 0) << "undamaged";
}

}  // namespace forknet::run
