// Properties that must hold for whatever is drawn (RapidCheck): a case that fails is shrunk, and
// printed with the RC_PARAMS that repeat it.
//
// The cases are those of FORKNET_TEST_SEED and FORKNET_TEST_SHARE (random_cases.h), so that two
// runs of the suite try the same; RC_PARAMS="seed=… max_success=…", or "reproduce=…" as a failure
// prints it, rules over both.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "random_cases.h"

namespace forknet {

// One of least to most, both included; shrinks to the least. Small cases are as good as large ones
// here, so that RapidCheck's growing size counts for nothing.
template <class T>
rc::Gen<T> between(T least, T most) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(least, static_cast<T>(most + 1)));
}

// One of these; shrinks to the first.
template <class T>
rc::Gen<T> one_of(std::vector<T> list) {
  const auto places = between<std::size_t>(0, list.size() - 1);
  return rc::gen::map(places,
                      [list = std::move(list)](std::size_t place) { return T(list[place]); });
}

inline rc::detail::Configuration drawn_cases(std::size_t usual) {
  rc::detail::Configuration cases;
  cases.testParams.seed = test_seed();
  cases.testParams.maxSuccess = static_cast<int>(test_cases(usual));
  const char* const given = std::getenv("RC_PARAMS");
  return given == nullptr ? cases : rc::detail::configFromString(given, cases);
}

// Tries `property` (a function of generated arguments, or one that draws with *generator, and says
// RC_ASSERT) with as many cases; a test's failure when one fails. `name`: of this property alone.
template <class Property>
void holds(const std::string& name, std::size_t usual_cases, Property&& property) {
  using namespace rc::detail;
  const Configuration cases = drawn_cases(usual_cases);
  std::printf("seed %llu, %d cases (FORKNET_TEST_SEED, RC_PARAMS)\n",
              static_cast<unsigned long long>(cases.testParams.seed), cases.testParams.maxSuccess);
  TestListenerAdapter silent;
  const TestResult result =
      checkTestable(std::forward<Property>(property), TestMetadata{name, name}, cases.testParams,
                    silent, cases.reproduce);
  if (result.is<SuccessResult>()) return;
  std::ostringstream message;
  printResultMessage(result, message);
  FailureResult failure;
  if (result.match(failure)) {
    Configuration again;
    again.reproduce.emplace(name, failure.reproduce);
    message << "\nThis case again: RC_PARAMS=\"" << configToMinimalString(again) << "\"";
  }
  ADD_FAILURE() << message.str();
}

}  // namespace forknet
