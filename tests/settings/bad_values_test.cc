// Each mistake in a config file, and the whole message that it gets.
#include <gtest/gtest.h>

#include "settings/testing.h"

namespace forknet::run::testing {
namespace {

// The small config with one more line in front of all.
std::string with(const std::string& line) { return line + "\n" + kSmall; }
std::string model(const std::string& layers, const std::string& rest = "") {
  return "[data]\ntrain = { inputs = \"a.gz\", labels = \"b.gz\" }\n[model]\nlayers = " + layers +
         "\n" + rest;
}

struct Case {
  const char* name;
  std::string text;
  std::string message;
};

void PrintTo(const Case& bad, std::ostream* stream) { *stream << bad.name; }

std::string case_name(const ::testing::TestParamInfo<Case>& test) { return test.param.name; }

class BadConfig : public ::testing::TestWithParam<Case> {};

TEST_P(BadConfig, has_its_message) {
  const auto resolved = resolve_text(GetParam().text, "x.toml", {});
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().kind, ErrorKind::config);
  EXPECT_EQ(resolved.error().message, GetParam().message);
  EXPECT_LE(lines_of(resolved.error().message), 6);
}

INSTANTIATE_TEST_SUITE_P(
    Names, BadConfig,
    ::testing::Values(
        Case{"key_of_a_layer", model("[\n  { type = \"dense\", unitz = 128 },\n]"),
             "x.toml:5:21: unknown key \"unitz\" in a dense layer\n"
             "   5 |   { type = \"dense\", unitz = 128 },\n"
             "     |                     ^~~~~\n"
             "  did you mean \"units\"?"},
        Case{"key", with("[train]\nbach = 3"),
             "x.toml:2:1: unknown key \"bach\" in [train]\n"
             "   2 | bach = 3\n"
             "     | ^~~~\n"
             "  did you mean \"batch\"?"},
        Case{"key_of_another_section", with("[train]\nlr = 0.1"),
             "x.toml:2:1: unknown key \"lr\" in [train]\n"
             "   2 | lr = 0.1\n"
             "     | ^~\n"
             "  it belongs under [optimizer]"},
        Case{"section", with("[optimiser]\nlr = 0.1"),
             "x.toml:1:2: unknown section \"optimiser\"\n"
             "   1 | [optimiser]\n"
             "     |  ^~~~~~~~~\n"
             "  did you mean \"optimizer\"?"},
        Case{"key_outside_of_sections", with("batch = 3"),
             "x.toml:1:1: \"batch\" is outside of its section\n"
             "   1 | batch = 3\n"
             "     | ^~~~~\n"
             "  it belongs under [train]"},
        Case{"value_for_a_section", with("train = 3"),
             "x.toml:1:1: train is a whole number; expected a section\n"
             "   1 | train = 3\n"
             "     | ^~~~~\n"
             "  a section is a line [train] with key = value lines under it"},
        Case{"activation", model("[{ type = \"dense\", units = 2, activation = \"rleu\" }]"),
             "x.toml:4:53: layer 1: activation = \"rleu\": expected \"linear\", \"relu\", "
             "\"leaky_relu\", \"elu\", \"selu\", \"gelu\", \"silu\", \"mish\", \"sigmoid\", "
             "\"tanh\" or \"softplus\"\n"
             "   4 | layers = [{ type = \"dense\", units = 2, activation = \"rleu\" }]\n"
             "     |                                                     ^~~~~~\n"
             "  did you mean \"relu\"?"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Types, BadConfig,
    ::testing::Values(
        Case{"text_for_a_number", with("[train]\nbatch = \"64\""),
             "x.toml:2:9: train.batch = \"64\": expected a whole number from 1 to 2147483647\n"
             "   2 | batch = \"64\"\n"
             "     |         ^~~~\n"
             "  numbers are written without quotes"},
        Case{"fraction_for_a_whole_number", with("[train]\nbatch = 64.0"),
             "x.toml:2:9: train.batch = 64.0: expected a whole number from 1 to 2147483647\n"
             "   2 | batch = 64.0\n"
             "     |         ^~~~"},
        Case{"number_for_text", with("[run]\nname = 7"),
             "x.toml:2:8: run.name = 7: expected a string\n"
             "   2 | name = 7\n"
             "     |        ^\n"
             "  text is written in quotes: \"7\""},
        Case{"number_for_a_truth", "[data]\nshuffle = 1\n",
             "x.toml:2:11: data.shuffle = 1: expected true or false\n"
             "   2 | shuffle = 1\n"
             "     |           ^"},
        Case{"date", with("[train]\nepochs = 2020-01-01"),
             "x.toml:2:14: not a setting: a date\n"
             "   2 | epochs = 2020-01-01\n"
             "     |              ^\n"
             "  text is written in quotes"},
        Case{"one_beta", with("[optimizer]\nbetas = [0.9]"),
             "x.toml:2:9: optimizer.betas = [0.9]: expected a list of two numbers, each a number "
             "from "
             "0.0 to below 1.0\n"
             "   2 | betas = [0.9]\n"
             "     |         ^~~~~"},
        Case{"layers_not_a_list", model("3"),
             "x.toml:4:10: model.layers is a whole number; expected a list of layers\n"
             "   4 | layers = 3\n"
             "     |          ^\n"
             "  such as layers = [ { type = \"dense\", units = 10 } ]"},
        Case{"layer_not_a_table", model("[10]"),
             "x.toml:4:11: layer 1 is a whole number; expected a table\n"
             "   4 | layers = [10]\n"
             "     |           ^~\n"
             "  such as { type = \"dense\", units = 128, activation = \"relu\" }"},
        Case{"layer_without_units", model("[{ type = \"dense\" }, { type = \"dense\" }]"),
             "x.toml:4:11: layer 1 (dense) has no units\n"
             "   4 | layers = [{ type = \"dense\" }, { type = \"dense\" }]\n"
             "     |           ^~~~~~~~~~~~~~~~~~\n"
             "  units is a whole number from 1 to 2147483647"},
        Case{"text_for_data", "[data]\ntrain = \"a.gz\"\n",
             "x.toml:2:9: data.train = \"a.gz\": expected a table\n"
             "   2 | train = \"a.gz\"\n"
             "     |         ^~~~~~\n"
             "  such as { inputs = \"images.gz\", labels = \"labels.gz\" } or { inputs = [[0, 1]], "
             "labels "
             "= [1] }"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Values, BadConfig,
    ::testing::Values(
        Case{"no_neurons", model("[{ type = \"dense\", units = 0 }]"),
             "x.toml:4:37: layer 1: units = 0: expected a whole number from 1 to 2147483647\n"
             "   4 | layers = [{ type = \"dense\", units = 0 }]\n"
             "     |                                     ^"},
        Case{"negative_neurons", model("[{ type = \"dense\", units = -5 }]"),
             "x.toml:4:37: layer 1: units = -5: expected a whole number from 1 to 2147483647\n"
             "   4 | layers = [{ type = \"dense\", units = -5 }]\n"
             "     |                                     ^~"},
        Case{"a_million_million_neurons", model("[{ type = \"dense\", units = 1000000000000 }]"),
             "x.toml:4:37: layer 1: units = 1000000000000: expected a whole number from 1 to "
             "2147483647\n"
             "   4 | layers = [{ type = \"dense\", units = 1000000000000 }]\n"
             "     |                                     ^~~~~~~~~~~~~"},
        Case{"a_product_beyond_the_limit",
             model("[{ type = \"dense\", units = 2000000 },\n  { type = \"dense\", units = 2000000 "
                   "}]"),
             "x.toml:5:29: the model needs at least 64000096000000 bytes (58.2 TiB)\n"
             "   5 |   { type = \"dense\", units = 2000000 }]\n"
             "     |                             ^~~~~~~\n"
             "  for weights, gradients and adam's state; the limit is 1099511627776 bytes (1 TiB)"},
        Case{"a_product_that_wraps",
             model("[{ type = \"dense\", units = 2147483647 },\n  { type = \"dense\", units = "
                   "2147483647 }]"),
             "x.toml:5:29: the model needs more than 18446744073709551615 bytes (16.0 EiB)\n"
             "   5 |   { type = \"dense\", units = 2147483647 }]\n"
             "     |                             ^~~~~~~~~~\n"
             "  for weights, gradients and adam's state; the limit is 1099511627776 bytes (1 TiB)"},
        Case{"a_batch_beyond_the_limit",
             model("[{ type = \"dense\", units = 1000 }]", "[train]\nbatch = 2000000000\n"),
             "x.toml:6:9: a batch of 2000000000 in a layer of 1000 units needs 8000000000000 bytes "
             "(7.3 TiB)\n"
             "   6 | batch = 2000000000\n"
             "     |         ^~~~~~~~~~\n"
             "  the limit is 1099511627776 bytes (1 TiB)"},
        Case{"a_rate_of_one",
             model("[{ type = \"dropout\", rate = 1.0 }, { type = \"dense\", units = 2 }]"),
             "x.toml:4:38: layer 1: rate = 1.0: expected a number from 0.0 to below 1.0\n"
             "   4 | layers = [{ type = \"dropout\", rate = 1.0 }, { type = \"dense\", units = 2 "
             "}]\n"
             "     |                                      ^~~"},
        Case{"no_batch", with("[train]\nbatch = 0"),
             "x.toml:2:9: train.batch = 0: expected a whole number from 1 to 2147483647\n"
             "   2 | batch = 0\n"
             "     |         ^"},
        Case{"a_rate_that_is_no_number", with("[optimizer]\nlr = nan"),
             "x.toml:2:6: optimizer.lr = nan: expected a number above 0.0\n"
             "   2 | lr = nan\n"
             "     |      ^~~"},
        Case{"an_infinite_rate", with("[optimizer]\nlr = inf"),
             "x.toml:2:6: optimizer.lr = inf: expected a number above 0.0\n"
             "   2 | lr = inf\n"
             "     |      ^~~"},
        Case{"a_negative_decay", with("[optimizer]\nweight_decay = -0.1"),
             "x.toml:2:16: optimizer.weight_decay = -0.1: expected a number of 0.0 or more\n"
             "   2 | weight_decay = -0.1\n"
             "     |                ^~~~"},
        Case{"a_negative_seed", with("[run]\nseed = -1"),
             "x.toml:2:8: run.seed = -1: expected a whole number of 0 or more\n"
             "   2 | seed = -1\n"
             "     |        ^~"},
        Case{"a_name_with_a_slash", with("[run]\nname = \"a/b\""),
             "x.toml:2:8: run.name = \"a/b\" cannot name a folder\n"
             "   2 | name = \"a/b\"\n"
             "     |        ^~~~~\n"
             "  up to 100 letters without spaces and slashes, not \"latest\", not starting with . "
             "or -"},
        Case{"more_stages_than_layers", with("[grid]\nstages = 2"),
             "x.toml:2:10: grid.stages = 2, but the model has only 1 layers that a stage can begin "
             "with\n"
             "   2 | stages = 2\n"
             "     |          ^\n"
             "  a stage takes whole layers: ask for fewer stages, or \"layers\" for one each"},
        Case{"no_stage", with("[grid]\nstages = 0"),
             "x.toml:2:10: grid.stages = 0: expected a whole number from 1 to 4096 or \"layers\"\n"
             "   2 | stages = 0\n"
             "     |          ^"},
        Case{"no_layers", model("[]"),
             "x.toml:4:10: model.layers is empty; expected a list of layers\n"
             "   4 | layers = []\n"
             "     |          ^~\n"
             "  such as layers = [ { type = \"dense\", units = 10 } ]"},
        Case{"nothing", "",
             "x.toml: data.train is missing\n"
             "  \"forknet init mnist FILE\" writes a config that has everything"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    NotBuilt, BadConfig,
    ::testing::Values(
        Case{"a_preset", with("[grid]\npreset = \"auto\""),
             "x.toml:2:10: grid.preset = \"auto\" is not built yet; this version runs "
             "\"serial\", \"threads\", \"replicas\", \"processes\", \"pipeline\", \"layers\", "
             "\"averaging\" and \"children\"\n"
             "   2 | preset = \"auto\"\n"
             "     |          ^~~~~~"},
        Case{
            "ranks_of_stages", with("[grid]\nranks = \"stages\""),
            "x.toml:2:9: grid.ranks = \"stages\" is not built yet; this version runs \"replicas\"\n"
            "   2 | ranks = \"stages\"\n"
            "     |         ^~~~~~~~"},
        Case{"augment_that_is_no_table", "[data]\naugment = \"w\"\n",
             "x.toml:2:11: data.augment = \"w\": expected a table\n"
             "   2 | augment = \"w\"\n"
             "     |           ^~~\n"
             "  such as { shift = 2, rotate = 10, elastic = 4 }"},
        Case{"augment_of_an_unknown_kind", "[data]\naugment = { rotat = 3 }\n",
             "x.toml:2:13: unknown key \"rotat\" in data.augment\n"
             "   2 | augment = { rotat = 3 }\n"
             "     |             ^~~~~\n"
             "  did you mean \"rotate\"?"},
        Case{"augment_out_of_range", "[data]\naugment = { scale = 1 }\n",
             "x.toml:2:21: data.augment.scale = 1: expected a number from 0 to 0.9\n"
             "   2 | augment = { scale = 1 }\n"
             "     |                     ^"},
        Case{"augment_by_a_word", "[data]\naugment = { shift = \"2\" }\n",
             "x.toml:2:21: data.augment.shift = \"2\": expected a number from 0 to 16384\n"
             "   2 | augment = { shift = \"2\" }\n"
             "     |                     ^~~"},
        Case{"augment_of_a_table",
             "[data]\nformat = \"csv\"\ntrain = { inputs = \"a\" }\naugment = { shift = 1 }\n"
             "[model]\nlayers = [{ type = \"dense\", units = 2 }]\n",
             "x.toml:4:11: data.augment varies pictures; rows of data.format = \"csv\" have no "
             "shape "
             "of pictures\n"
             "   4 | augment = { shift = 1 }\n"
             "     |           ^~~~~~~~~~~~~\n"
             "  pictures are read with data.format = \"idx\", \"npy\" or \"images\""},
        Case{"augment_of_columns_with_far_values",
             "[data]\ntrain = { inputs = \"a\", labels = \"b\" }\nscale = \"robust\"\n"
             "augment = { shift = 1 }\n[model]\nlayers = [{ type = \"dense\", units = 2 }]\n",
             "x.toml:4:11: data.augment varies pictures, and data.scale = \"robust\" is for "
             "columns\n"
             "   4 | augment = { shift = 1 }\n"
             "     |           ^~~~~~~~~~~~~\n"
             "  \"unit\" scales pictures"},
        Case{"a_key_of_another_format",
             "[data]\ntrain = { inputs = \"a\", labels = \"b\" }\ntarget = \"y\"\n[model]\n"
             "layers = [{ type = \"dense\", units = 2 }]\n",
             "x.toml:3:10: data.target = [\"y\"] belongs to data.format = \"csv\"\n"
             "   3 | target = \"y\"\n"
             "     |          ^~~\n"
             "  data.format is \"idx\""},
        Case{"a_table_with_labels",
             "[data]\nformat = \"csv\"\ntrain = { inputs = \"a\", labels = \"b\" }\n[model]\n"
             "layers = [{ type = \"dense\" }]\n",
             "x.toml:3:9: data.train has labels, but data.format is \"csv\"\n"
             "   3 | train = { inputs = \"a\", labels = \"b\" }\n"
             "     |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
             "  the targets of a table are one of its columns: data.target"},
        Case{"tensorboard", with("[log]\ntensorboard = true"),
             "x.toml:2:15: log.tensorboard = true is not built yet; this version runs false\n"
             "   2 | tensorboard = true\n"
             "     |               ^~~~"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Syntax, BadConfig,
    ::testing::Values(
        Case{"a_bare_word", with("[optimizer]\ntype = adam"),
             "x.toml:2:8: not TOML: could not determine value type\n"
             "   2 | type = adam\n"
             "     |        ^\n"
             "  text is written in quotes: activation = \"relu\""},
        Case{"an_open_string", "[run]\nname = \"a\n",
             "x.toml:2:10: not TOML: unescaped control characters other than TAB (U+0009) are "
             "explicitly prohibited\n"
             "   2 | name = \"a\n"
             "     |          ^\n"
             "  is a closing quote missing?"},
        Case{"a_key_twice", "[run]\nname = \"a\"\nname = \"b\"\n",
             "x.toml:3:8: not TOML: cannot redefine existing string 'name'\n"
             "   3 | name = \"b\"\n"
             "     |        ^\n"
             "  every key and every [table] is written once"},
        Case{"a_binary_file", std::string("\x1f\x8b\x08\x00\x00", 5),
             "x.toml: this is not a text file (byte 4 is zero)\n"
             "  a config is TOML text; \"forknet init mnist FILE\" writes one"},
        Case{"a_key_of_many_parts", "[run]\na.b.c.d.e.f.g.h.i.j = 1\n",
             "x.toml:2:16: a key of more than 8 parts\n"
             "   2 | a.b.c.d.e.f.g.h.i.j = 1\n"
             "     |                ^\n"
             "  keys have a section and a name: train.batch"}),
    case_name);

TEST(BadText, a_hundred_thousand_parts_do_not_end_the_program) {
  std::string key;
  for (int i = 0; i < 100000; ++i) key += "a.";
  EXPECT_NE(message_of(key + "b = 1"), "");
  EXPECT_NE(message_of("[" + key + "b]"), "");
  EXPECT_NE(message_of("a = { " + key + "b = 1 }"), "");
  EXPECT_NE(message_of("a = " + std::string(100000, '[')), "");
}

// Each of these met an assertion or undefined behaviour of the TOML library.
TEST(BadText, what_the_library_cannot_stand_is_refused_before_it) {
  for (const std::string text : {"a = [ } ]", "a = [ 1, { b = ] } ]", "[\nrun]", "[ . ]", "[[ = ]]",
                                 "p.t \xc3\xa9", "\xc3\xa9 = 1", "a = 1979-05-27 x", "a = 07:32:xx",
                                 "a = \"\"\"\\ \xc3\xa9\"\"\"", "a = \"\\", "[", "[["}) {
    EXPECT_NE(message_of(text), "") << text;
    EXPECT_LE(lines_of(message_of(text)), 6) << text;
  }
  EXPECT_EQ(message_of("[train]\nepochs: 5\n"),
            "x.toml:2:7: not TOML: a : outside of a string\n"
            "   2 | epochs: 5\n"
            "     |       ^\n"
            "  a setting is written key = value");
}

TEST(BadText, letters_of_all_the_world_may_stand_in_strings_and_comments) {
  const std::string text =
      "\xEF\xBB\xBF# \xc3\xa9 [ { 1979-05-27\n[run]\nname = \"\xc3\xa9'[{:\"\n";
  EXPECT_EQ(message_of(text + kSmall), "");
}

TEST(BadText, control_characters_of_the_file_do_not_reach_the_terminal) {
  for (const std::string text : {"[run]\n\"\x1b[31m\" = 1\n", "[run]\nna\x1bme = 1\n",
                                 "[run]\nname = \"\xff\xfe\x1b\"\n", "\"\\u001b\\u009b31m\" = 1"}) {
    const std::string message = message_of(text);
    EXPECT_NE(message, "");
    EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
    EXPECT_EQ(message.find("\xc2\x9b"), std::string::npos) << message;
  }
}

TEST(BadText, a_caret_in_a_long_line_stays_near_its_word) {
  std::string rows;
  for (int i = 0; i < 1000; ++i) rows += "[0, 1], ";
  const std::string message =
      message_of("[data]\ntrain = { inputs = [" + rows + "[0, 1, 2]], labels = [1] }\n");
  EXPECT_EQ(message.substr(0, message.find('\n')),
            "x.toml:2:8021: data.train.inputs: a row of 3 numbers; the first row has 2");
  const auto caret = message.find('^');
  ASSERT_NE(caret, std::string::npos);
  const auto caret_column = caret - message.rfind('\n', caret);
  EXPECT_LT(caret_column, 110U);
}

TEST(BadText, the_first_mistake_of_the_file_is_told) {
  EXPECT_EQ(message_of(with("[train]\nbatch = 0\nepochs = 0")).substr(0, 9), "x.toml:2:");
  EXPECT_EQ(message_of(with("[train]\nepochs = 0\nbatch = 0")).substr(0, 26),
            "x.toml:2:10: train.epochs ");
}

}  // namespace
}  // namespace forknet::run::testing
