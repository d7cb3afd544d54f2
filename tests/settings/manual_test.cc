// The tables of commands and settings (tests/apps/command_line_test.py: the pages that are made
// from them are those that are committed).
#include "settings/manual.h"

#include <gtest/gtest.h>

#include "settings/testing.h"

namespace forknet::run::testing {
namespace {

TEST(Manual, the_version_is_that_of_the_build) {
  const std::string line = "#define FORKNET_VERSION \"" + std::string(kVersion) + "\"";
  EXPECT_NE(content(project() / "include/forknet/version.h").find(line), std::string::npos);
}

TEST(Manual, every_command_has_help_and_options_with_dashes) {
  for (const CommandSpec& command : commands()) {
    EXPECT_FALSE(command.help.empty()) << command.name;
    EXPECT_EQ(find_command(command.name), &command) << "twice: " << command.name;
    for (const OptionSpec& option : command.options) {
      EXPECT_TRUE(option.name.starts_with("-")) << option.name;
      EXPECT_EQ(option.takes == Takes::nothing, option.value.empty()) << option.name;
    }
  }
}

// docs/cli.md of the contract: every name on it is known.
TEST(Manual, every_command_of_the_contract_is_known) {
  for (const char* name :
       {"init",       "train",        "eval",      "predict",      "compare",    "ps",
        "status",     "top",          "logs",      "pause",        "resume",     "checkpoint",
        "stop",       "reload",       "hold",      "release",      "scale",      "wait",
        "plan",       "export",       "report",    "show",         "verify",     "reproduce",
        "dashboard",  "runs ls",      "runs show", "runs compare", "runs clean", "data digits",
        "data fetch", "data inspect", "launch",    "bench"}) {
    EXPECT_NE(find_command(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace forknet::run::testing
