// What has become of a run, as its folder tells.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forknet::sweep {

struct Outcome {
  enum class State { finished, diverged, stopped, failed } state = State::finished;
  std::uint64_t steps = 0;
  std::uint64_t epochs = 0;
  double train_seconds = 0;
  double samples_per_second = 0;
  std::string weights_digest;
  // "test/accuracy" -> 0.981; NaN: not finite. The sets are train, validation and test.
  std::map<std::string, double, std::less<>> figures;
  std::optional<Error> error;  // of a failed run
  int exit_code = 0;           // as of `forknet train`
  bool accurate = false;       // it ended with the accuracy that --until asks for

  [[nodiscard]] std::optional<double> figure(std::string_view name) const;
};

[[nodiscard]] std::string_view state_word(Outcome::State state);

// From the text of summary.json; nothing: it is none.
[[nodiscard]] std::optional<Outcome> outcome_of(const std::string& summary);

// A run that has no summary of its own.
[[nodiscard]] Outcome failed(Error error);

// Where the folder of a run stands.
struct Found {
  enum class Place {
    free,   // there is no folder of that name
    other,  // there is one, but it is not a run
    busy,   // a process trains it, makes it or removes it
    begun,  // it was stopped or killed, or has failed: it can be resumed
    ended,  // finished or diverged
  } place = Place::free;
  std::optional<Outcome> outcome;  // of the summary, if there is one
};
[[nodiscard]] Found look_at(const std::string& folder);

// The first of these files that was written after the run had read them; empty: none. The run would
// train something else today.
[[nodiscard]] std::string changed_since(const std::string& folder,
                                        const std::vector<std::string>& files);

// Of a run that trains: what status.json says, and the steps that it has committed by now.
struct Live {
  std::uint64_t step = 0;
  std::uint64_t steps = 0;
  std::uint64_t epoch = 0;
  double loss = 0;  // NaN: not known
  double samples_per_second = 0;
};
[[nodiscard]] Live live_of(const std::string& folder);

}  // namespace forknet::sweep
