#include "session/run_order.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <tuple>

#include "os/file.h"
#include "session/run_folder.h"

namespace forknet::run {
namespace {

struct Started {
  std::string time;  // ISO 8601 in UTC, which sorts as text
  std::filesystem::file_time_type written;
  std::string name;
};

Started started(const std::string& runs, const std::string& name) {
  const os::FilePath meta = RunPaths{runs + "/" + name}.meta();
  Started run = {"", std::filesystem::file_time_type::min(), name};
  const auto text = os::read_file(meta, kMostText);
  if (!text.ok()) return run;
  const auto object = nlohmann::json::parse(*text, nullptr, false);
  const auto time = object.is_object() ? object.find("started") : object.end();
  if (time != object.end() && time->is_string()) run.time = time->get<std::string>();
  std::error_code error;
  const auto written = std::filesystem::last_write_time(meta.text(), error);
  if (!error) run.written = written;
  return run;
}

}  // namespace

void sort_by_start(const std::string& runs, std::vector<std::string>& names) {
  std::vector<Started> all;
  all.reserve(names.size());
  for (const std::string& name : names) all.push_back(started(runs, name));
  std::sort(all.begin(), all.end(), [](const Started& a, const Started& b) {
    return std::tie(a.time, a.written, a.name) < std::tie(b.time, b.written, b.name);
  });
  for (std::size_t i = 0; i < all.size(); ++i) names[i] = std::move(all[i].name);
}

}  // namespace forknet::run
