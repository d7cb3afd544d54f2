// forknet_bench_server: forknet's steps for bench/versus_pytorch.py, which times both in turn. One
// request a line, one answer a line; ends with its input.
//   nets                   -> WIDTH,WIDTH,…;BATCH;OPERATIONS of each net, separated by spaces
//   time NET LEAF STEPS    -> SECONDS PEAK: for so many steps; FMA peak after them, GFLOP/s
//   start NET FILE         -> ok: FILE gets inputs (batch, in), labels (batch, as fp32), and of
//   every
//                             layer weights (out, in) and biases (out), as they are at the start
//   losses NET LEAF STEPS  -> LOSS LOSS …: mean losses of the first steps from the start
// NET counts from 0; LEAF is rows a leaf, 0 the default. What fails: "error: why".
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "apps/bench/step_bench.h"
#include "base/try.h"
#include "math/float_state.h"
#include "math/fma_peak.h"
#include "nn/parameters.h"

namespace forknet::bench {
namespace {

constexpr std::size_t kMostSteps = 1'000'000;

Error wrong(const std::string& message) { return {ErrorKind::usage, message}; }

// One net under one leaf.
struct Key {
  std::size_t net = 0;
  std::size_t leaf = 0;
  auto operator<=>(const Key&) const = default;
};

class Server {
 public:
  explicit Server(math::Target target) : target_(target) {}

  [[nodiscard]] Result<std::string> answer(const std::string& line) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "nets") return nets();
    if (what == "start") return start(words);
    if (what == "time") return time(words);
    if (what == "losses") return losses(words);
    return wrong("expected nets, start, time or losses");
  }

 private:
  static std::string nets() {
    std::string text;
    for (const run::BenchNet& net : run::bench_nets()) {
      text += fmt::format("{}{};{};{}", text.empty() ? "" : " ", fmt::join(net.widths, ","),
                          net.batch, net.operations());
    }
    return text;
  }

  [[nodiscard]] Result<std::unique_ptr<run::StepBench>> create(const Key& key) const {
    if (key.net >= run::bench_nets().size()) return wrong("there is no such net");
    return run::StepBench::create(run::bench_nets()[key.net], key.leaf, target_);
  }

  [[nodiscard]] static Result<std::pair<Key, std::size_t>> read(std::istringstream& words) {
    Key key;
    std::size_t steps = 0;
    if (!(words >> key.net >> key.leaf >> steps)) return wrong("expected NET LEAF STEPS");
    if (steps > kMostSteps) return wrong("too many steps");
    return std::pair(key, steps);
  }

  [[nodiscard]] Result<std::string> time(std::istringstream& words) {
    FORKNET_ASSIGN(const auto request, read(words));
    auto& bench = trained_[request.first];
    if (!bench) {
      FORKNET_ASSIGN(bench, create(request.first));
    }
    const double seconds = bench->run(request.second);
    return fmt::format("{} {}", seconds, math::measure_fma_peak(target_));
  }

  [[nodiscard]] Result<std::string> losses(std::istringstream& words) const {
    FORKNET_ASSIGN(const auto request, read(words));
    FORKNET_ASSIGN(const auto bench, create(request.first));
    std::vector<double> losses;
    for (std::size_t step = 0; step < request.second; ++step) {
      (void)bench->run(1);
      losses.push_back(bench->loss());
    }
    return fmt::format("{}", fmt::join(losses, " "));
  }

  [[nodiscard]] Result<std::string> start(std::istringstream& words) const {
    Key key;
    std::string path;
    if (!(words >> key.net) || !std::getline(words >> std::ws, path)) {
      return wrong("expected NET FILE");
    }
    FORKNET_ASSIGN(const auto bench, create(key));
    std::vector<float> numbers = bench->inputs();
    numbers.insert(numbers.end(), bench->labels().begin(), bench->labels().end());
    for (const nn::LayerPlan& layer : bench->plan().layers) {
      std::vector<float> weight(layer.inputs * layer.outputs);
      std::vector<float> bias(layer.outputs);
      nn::unpack_parameter<float>(layer, layer.parameters[0], bench->parameters(), weight);
      nn::unpack_parameter<float>(layer, layer.parameters[1], bench->parameters(), bias);
      numbers.insert(numbers.end(), weight.begin(), weight.end());
      numbers.insert(numbers.end(), bias.begin(), bias.end());
    }
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(numbers.size() * sizeof(float)));
    file.close();
    if (!file) return wrong("cannot write " + path);
    return std::string("ok");
  }

  math::Target target_;
  std::map<Key, std::unique_ptr<run::StepBench>> trained_;
};

int serve() {
  const math::FloatStateScope float_state;
  Server server(math::best_target());
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto answer = server.answer(line);
    std::cout << (answer.ok() ? *answer : "error: " + answer.error().message) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace forknet::bench

int main() { return forknet::bench::serve(); }
