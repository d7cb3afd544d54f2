#include "session/stored_config.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "os/durable_file.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "session/damaged_run.h"
#include "session/meta.h"
#include "settings/problem.h"
#include "settings/write.h"

namespace forknet::run {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

// 12 of "runs/a/config.resolved.toml:12"; nothing for a setting from elsewhere.
std::optional<std::size_t> line_in(const std::string& name, const std::string& source) {
  const std::string start = printable(name, 200) + ":";
  if (!source.starts_with(start)) return std::nullopt;
  std::size_t line = 0;
  const char* const end = source.data() + source.size();
  const auto parsed = std::from_chars(source.data() + start.size(), end, line);
  if (parsed.ec != std::errc() || parsed.ptr != end || line == 0) return std::nullopt;
  return line;
}

// The comment behind the value or, where it is long, on the line before.
std::optional<std::string> comment_of(const std::vector<std::string_view>& lines, std::size_t line,
                                      const Setting& setting) {
  constexpr std::string_view kComment = "# ";
  if (line > lines.size()) return std::nullopt;
  const std::string key = setting.path.substr(setting.path.find('.') + 1);
  const std::string assignment = key + " = " + setting.value;
  std::string_view rest = lines[line - 1];
  if (rest.starts_with(assignment)) {
    rest.remove_prefix(assignment.size());
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin != std::string_view::npos && rest.substr(begin).starts_with(kComment)) {
      return std::string(rest.substr(begin + kComment.size()));
    }
  }
  if (line < 2 || !lines[line - 2].starts_with(kComment)) return std::nullopt;
  return std::string(lines[line - 2].substr(kComment.size()));
}

}  // namespace

std::string updated_config(const std::string& stored, const std::string& name,
                           const Resolved& settings) {
  const auto lines = lines_of(stored);
  Resolved updated = settings;
  for (Setting& setting : updated.settings) {
    const auto line = line_in(name, setting.source);
    if (!line) continue;
    if (auto source = comment_of(lines, *line, setting)) setting.source = *source;
  }
  return resolved_text(updated);
}

std::string config_digest(const std::string& text) {
  return digest_hex(std::as_bytes(std::span(text)));
}

Result<std::string> read_stored_config(const RunPaths& paths, const std::string& meta) {
  const os::FilePath path = paths.resolved_config();
  FORKNET_ASSIGN(std::string text, os::read_file(path, kMostText));
  const auto allowed = config_digests(meta);
  const std::string found = config_digest(text);
  if (allowed.empty() || std::find(allowed.begin(), allowed.end(), found) != allowed.end()) {
    return text;
  }
  return Error{ErrorKind::config,
               path.text() + ": is not the file that forknet wrote (digest " + found +
                   " instead of " + allowed.back() +
                   ")\n  it was edited, cut short or damaged; put it back as it was, and change "
                   "settings by:\n  forknet train --resume " +
                   paths.word() + " --set KEY=VALUE" + what_still_works(paths)};
}

Result<std::string> read_meta(const RunPaths& paths) {
  const os::FilePath path = paths.meta();
  std::string fault = "the file is missing";
  if (os::exists(path)) {
    FORKNET_ASSIGN(std::string meta, os::read_file(path, kMostText));
    fault = fault_of_meta(meta);
    if (fault.empty()) return meta;
  }
  return Error{ErrorKind::data, path.text() + ": is damaged: " + fault +
                                    "\n  without it a resume cannot tell whether the data is the "
                                    "same; put back a copy of the file" +
                                    what_still_works(paths)};
}

Status write_stored_config(const RunPaths& paths, const std::string& text) {
  const std::string digest = config_digest(text);
  FORKNET_ASSIGN(const std::string meta, os::read_file(paths.meta(), kMostText));
  FORKNET_ASSIGN(const std::string now, os::read_file(paths.resolved_config(), kMostText));
  if (now == text && config_digests(meta) == std::vector{digest}) return {};
  if (now != text) {
    const auto both = with_config_digests(meta, {config_digest(now), digest});
    FORKNET_TRY(os::write_durably(paths.meta(), both));
    FORKNET_FAILPOINT("config/announced");
    FORKNET_TRY(os::write_durably(paths.resolved_config(), text));
    FORKNET_FAILPOINT("config/written");
  }
  return os::write_durably(paths.meta(), with_config_digests(meta, {digest}));
}

}  // namespace forknet::run
