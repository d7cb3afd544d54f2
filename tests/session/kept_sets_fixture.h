// Sets that are kept from one start to the next, in a temporary folder: tables of text and folders
// of pictures.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <utility>

#include "failpoints.h"
#include "os/failpoint.h"
#include "os/temporary_folder.h"
#include "session/data_cache.h"
#include "session/kept_sets.h"
#include "session/prepare.h"
#include "train/model/preparation_json.h"

namespace forknet::run {

// Texts, missing values, weights of 0 and more, and a class that is rare.
inline std::string rows_text(int rows, int shift) {
  std::string text = "a,city,w,kind\n";
  for (int i = 0; i < rows; ++i) {
    const int n = i + shift;
    text += (n % 11 == 0 ? "NA" : std::to_string(n % 40)) + (n % 3 == 0 ? ",Ulm," : ",Bonn,") +
            std::to_string(n % 5) +
            (n % 7 == 0   ? ",rare\n"
             : n % 2 == 0 ? ",low\n"
                          : ",high\n");
  }
  return text;
}

class KeptSetsTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  Config config_of(const std::string& train) const {
    Config config;
    config.data.format = "csv";
    config.data.train.inputs = folder_ / train;
    config.data.cache = DataCache::mapped;
    config.data.scale = Scale::standard;
    config.model.layers = {dense(0)};
    return config;
  }
  // With a set of its own beside a share.
  Config classes() const {
    write("train.csv", rows_text(200, 0));
    write("test.csv", rows_text(50, 3) + "1,Rom,1,low\n");
    Config config = config_of("train.csv");
    config.data.test.inputs = folder_ / "test.csv";
    config.data.validation.share = 0.2;
    config.data.table.weight = {std::string("w")};
    return config;
  }
  Config numbers() const {
    std::string text = "a,b,price\n";
    for (int i = 0; i < 100; ++i) {
      text += std::to_string(i % 13) + "," + std::to_string(i * 7 % 31) + "," +
              std::to_string(1000 + i % 13 * 50) + "\n";
    }
    write("prices.csv", text);
    Config config = config_of("prices.csv");
    config.model.loss = "mse";
    config.data.test.share = 0.2;
    return config;
  }
  // Pictures of two classes; the same pixels may be in both.
  Config pictures() const {
    for (int i = 0; i < 12; ++i) {
      picture(i % 3 == 0 ? "train/cat" : "train/dog", i, i % 4);
      picture(i % 2 == 0 ? "test/cat" : "test/dog", i, i % 5);
    }
    Config config = config_of("train");
    config.data.format = "images";
    config.data.scale = Scale::unit;
    config.data.test.inputs = folder_ / "test";
    config.data.validation.share = 0.25;
    return config;
  }
  std::vector<std::pair<Config, const char*>> killed_starts() const {
    std::vector<std::pair<Config, const char*>> starts;
    for (const Config& config : {classes(), pictures()}) {
      for (const char* place :
           {"cache/fill:2:kill", "cache/committed:1:kill", "cache/committed:2:kill",
            "cache/set:1:kill", "durable/rename:3:kill"}) {
        starts.emplace_back(config, place);
      }
    }
    return starts;
  }
  void picture(const std::string& folder, int number, int shade) const {
    std::filesystem::create_directories(folder_ / folder);
    write(folder + "/" + std::to_string(number) + ".pgm",
          "P5 3 2 255\n" + std::string(5, static_cast<char>('a' + shade)) + "z");
  }
  Prepared prepared(const Config& config) const {
    auto made = prepare(config, {}, runs());
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    return std::move(made).value();
  }
  std::string runs() const { return folder_ / "runs"; }
  std::string cache() const { return runs() + "/.cache-" + std::to_string(::geteuid()); }
  // How many files there are of each ending.
  std::map<std::string, int> files() const {
    std::map<std::string, int> counts;
    for (const auto& entry : std::filesystem::directory_iterator(cache())) {
      ++counts[entry.path().extension().string()];
    }
    return counts;
  }
  std::string file(const std::string& ending) const {
    for (const auto& entry : std::filesystem::directory_iterator(cache())) {
      if (entry.path().extension() == ending) return entry.path().string();
    }
    return "";
  }
  os::TemporaryFolder folder_;
};

inline bool says(const Prepared& prepared, const std::string& what) {
  for (const std::string& warning : prepared.data.warnings) {
    if (warning.find(what) != std::string::npos) return true;
  }
  return false;
}

// Other than of where rows lie.
inline std::vector<std::string> warnings_of(const Prepared& prepared) {
  std::vector<std::string> warnings;
  for (const std::string& warning : prepared.data.warnings) {
    if (warning.find("data.cache is") == std::string::npos) warnings.push_back(warning);
  }
  return warnings;
}

inline void expect_same(const data::View& a, const data::View& b) {
  EXPECT_EQ(a.table->digest(), b.table->digest());
  EXPECT_EQ(a.table->inputs_name, b.table->inputs_name);
  EXPECT_EQ(a.table->shape.classes, b.table->shape.classes);
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.scaling.offset, b.scaling.offset);
  EXPECT_EQ(a.scaling.factor, b.scaling.factor);
  EXPECT_EQ(a.targets.offset, b.targets.offset);
  EXPECT_EQ(a.targets.factor, b.targets.factor);
}

inline void expect_same(const Prepared& a, const Prepared& b) {
  EXPECT_EQ(to_json(*a.data.preparation), to_json(*b.data.preparation));
  EXPECT_EQ(warnings_of(a), warnings_of(b));
  expect_same(a.data.train, b.data.train);
  ASSERT_EQ(a.data.validation.has_value(), b.data.validation.has_value());
  if (a.data.validation) expect_same(*a.data.validation, *b.data.validation);
  ASSERT_EQ(a.data.test.has_value(), b.data.test.has_value());
  if (a.data.test) expect_same(*a.data.test, *b.data.test);
  EXPECT_EQ(a.plan.describe(), b.plan.describe());
}

}  // namespace forknet::run
