// A model of a table, as a program of the library meets it.
#include <forknet/forknet.h>
#include <gtest/gtest.h>

#include <cmath>

#include "os/durable_file.h"
#include "os/temporary_folder.h"

namespace forknet::run {
namespace {

class TableModel : public ::testing::Test {
 protected:
  std::string table(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    EXPECT_TRUE(os::write_durably(path, text).ok());
    return path;
  }
  static Config config_of(const std::string& path) {
    Config config;
    config.data.format = "csv";
    config.data.train.inputs = path;
    config.data.scale = Scale::standard;
    config.data.loader_threads = 0;
    config.model.layers = {dense(16, "relu"), dense(0)};
    config.train.epochs = 60;
    config.train.batch = 16;
    config.optimizer.lr = 0.01;
    return config;
  }
  os::TemporaryFolder folder_;
};

// price = 100000 + 1000 a, or more in Ulm.
std::string houses() {
  std::string text = "id,a,city,price\n";
  for (int i = 0; i < 200; ++i) {
    const bool ulm = i % 3 == 0;
    const int price = 100000 + 1000 * (i % 40) + (ulm ? 30000 : 0);
    text += "h" + std::to_string(i) + "," + std::to_string(i % 40) + (ulm ? ",Ulm," : ",Bonn,") +
            std::to_string(price) + "\n";
  }
  return text;
}

TEST_F(TableModel, numbers_are_learned_and_predicted_in_their_units) {
  const std::string path = table("houses.csv", houses());
  Config config = config_of(path);
  config.model.loss = "mse";
  config.data.table.drop = {std::string("id")};
  const auto trained = train(config);
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  EXPECT_EQ(trained->model.describe(), "3-16-1");  // the units of the last layer are the targets
  EXPECT_EQ(trained->model.target_names(), std::vector<std::string>{"price"});
  const std::string file = folder_ / "model.safetensors";
  ASSERT_TRUE(trained->model.save(file).ok());
  const auto loaded = Model::load(file);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const auto rows = loaded->read_rows(
      table("new.csv", "price,city,a,id\n130000,Ulm,0,x\n110000,Bonn,10,y\n"), {true, "", {"id"}});
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->kept, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(rows->warnings.empty());
  const auto prices = loaded->predict(rows->dataset);
  ASSERT_TRUE(prices.ok());
  EXPECT_NEAR((*prices)[0], 130000, 8000);
  EXPECT_NEAR((*prices)[1], 110000, 8000);
  const auto evaluation = loaded->evaluate(rows->dataset);
  ASSERT_TRUE(evaluation.ok()) << evaluation.error().message;
  const double first = double{(*prices)[0]} - 130000;
  const double second = double{(*prices)[1]} - 110000;
  EXPECT_NEAR(*evaluation->rmse, std::sqrt((first * first + second * second) / 2), 0.1);
}

TEST_F(TableModel, classes_have_names) {
  std::string text = "a,b,kind\n";
  for (int i = 0; i < 120; ++i) {
    text +=
        std::to_string(i % 30) + "," + std::to_string(i % 7) + (i % 30 < 15 ? ",low\n" : ",high\n");
  }
  const auto trained = train(config_of(table("kinds.csv", text)));
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  const Model& model = trained->model;
  EXPECT_EQ(model.class_names(), (std::vector<std::string>{"high", "low"}));
  const auto rows = model.read_rows(table("new.csv", "b,a\n3,1\n3,29\n"));
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  const auto outputs = model.predict(rows->dataset);
  ASSERT_TRUE(outputs.ok());
  EXPECT_GT((*outputs)[1], 0.5F);
  EXPECT_GT((*outputs)[2], 0.5F);
  EXPECT_FALSE(model.evaluate(rows->dataset).ok());  // it has no targets
}

}  // namespace
}  // namespace forknet::run
