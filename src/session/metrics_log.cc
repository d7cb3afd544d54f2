#include "session/metrics_log.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/try.h"
#include "nn/metrics/list.h"
#include "os/file.h"

namespace forknet::run {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

// A line in a fixed buffer; a longer one would be cut, but all lines are far shorter.
class Line {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    const auto result = fmt::format_to_n(text_.data() + size_, text_.size() - size_, format,
                                         std::forward<Args>(args)...);
    size_ = std::min(text_.size(), size_ + result.size);
  }
  // "key":number, or null when the number is not finite.
  void number(std::string_view key, double value) {
    if (std::isfinite(value)) {
      add("\"{}\":{}", key, value);
    } else {
      add("\"{}\":null", key);
    }
  }
  void optional(const char* key, const std::optional<double>& value) {
    if (!value) return;
    add(",");
    number(key, *value);
  }
  void evaluation(const char* key, const Evaluation& evaluation) {
    add(",\"{}\":{{", key);
    const char* between = "";
    for (const nn::MetricEntry& metric : nn::metrics()) {
      const auto value = evaluation.value(metric.name);
      if (!value) continue;
      add("{}", between);
      number(metric.name, *value);
      between = ",";
    }
    add("}}");
  }
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 1024> text_;
  std::size_t size_ = 0;
};

void write_epoch(const Metrics& metrics, Line& line) {
  Evaluation train;
  train.loss = metrics.loss;
  train.accuracy = metrics.accuracy;
  line.evaluation("train", train);
  if (metrics.validation) {
    line.evaluation("validation", *metrics.validation);
  } else {
    line.add(",\"validation\":null");
  }
}

// Whether a line belongs to the first `step` steps and the ends of `epochs` epochs. A checkpoint
// may lie between the last step of an epoch and its end.
bool is_within(const nlohmann::json& line, std::uint64_t step, std::uint64_t epochs) {
  const auto at_most = [&](const char* key, std::uint64_t most) {
    const auto number = line.find(key);
    return number != line.end() && number->is_number_unsigned() &&
           number->get<std::uint64_t>() <= most;
  };
  return line.is_object() && at_most("step", step) && at_most("epoch", epochs);
}

// The number of bytes of the whole lines that stay.
std::size_t bytes_within(const std::string& text, std::uint64_t step, std::uint64_t epochs) {
  std::size_t keep = 0;
  while (true) {
    const std::size_t end = text.find('\n', keep);
    if (end == std::string::npos) return keep;
    const auto line =
        nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(keep),
                              text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (!is_within(line, step, epochs)) return keep;
    keep = end + 1;
  }
}

}  // namespace

Result<MetricsLog> MetricsLog::open(const os::FilePath& path, std::uint64_t step,
                                    std::uint64_t epochs) {
  std::size_t keep = 0;
  if (os::exists(path)) {
    FORKNET_ASSIGN(const std::string text, os::read_file(path, kMostBytes));
    keep = bytes_within(text, step, epochs);
    if (keep < text.size()) FORKNET_TRY(os::truncate_file(path, keep));
  }
  FORKNET_ASSIGN(auto fd, os::open_append(path));
  return MetricsLog(path, std::move(fd), keep);
}

Status MetricsLog::append(const Metrics& metrics) {
  Line line;
  line.add("{{\"step\":{},\"epoch\":{}", metrics.step, metrics.epoch);
  if (metrics.kind == Metrics::Kind::epoch) {
    write_epoch(metrics, line);
  } else {
    line.add(",");
    line.number("loss", metrics.loss);
    line.optional("accuracy", metrics.accuracy);
    line.optional("learning_rate", metrics.learning_rate);
    line.optional("samples_per_second", metrics.samples_per_second);
  }
  line.add("}}\n");
  Status written = os::write_all(fd_, line.text());
  if (written.ok()) {
    bytes_ += line.text().size();
  } else {
    (void)os::truncate_open(fd_, bytes_);  // half a line would damage the next one
  }
  return written;
}

}  // namespace forknet::run
