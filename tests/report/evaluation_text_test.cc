#include "report/evaluation_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace forknet::report {
namespace {

TEST(EvaluationText, has_what_training_shows_in_the_first_line_and_all_else_in_the_second) {
  Evaluation evaluation;
  evaluation.rows = 200;
  evaluation.set("loss", 0.5);
  evaluation.set("accuracy", 0.75);
  EXPECT_EQ(whole_evaluation_text(evaluation), "loss 0.5000  accuracy 75.00 %  rows 200\n");
  evaluation.set("roc_auc", 0.875);
  evaluation.set("f1", 0.625);
  EXPECT_EQ(whole_evaluation_text(evaluation),
            "loss 0.5000  accuracy 75.00 %  rows 200\nf1 62.50 %  roc_auc 0.8750\n");
}

nn::ClassTable two_classes() {
  nn::ClassTable table(2);
  table.add(0, 0, 1);
  table.add(0, 1, 1);
  table.add(1, 1, 2);  // of weight 2
  table.add(1, nn::kNoClass, 1);
  return table;
}

TEST(EvaluationText, by_class_is_a_table) {
  EXPECT_EQ(by_class_text(two_classes(), {"no", "yes"}),
            "class  rows  precision   recall       f1\n"
            "no        2   100.00 %  50.00 %  66.67 %\n"
            "yes       1    66.67 %  66.67 %  66.67 %\n");
  const auto object = by_class_json(two_classes());
  EXPECT_EQ(object["rows"], nlohmann::json({2, 1}));
  EXPECT_EQ(object["precision"], nlohmann::json({1.0, 2.0 / 3}));
  EXPECT_EQ(object["recall"], nlohmann::json({0.5, 2.0 / 3}));
  EXPECT_EQ(object["f1"], nlohmann::json({2.0 / 3, 4.0 / 6}));
}

TEST(EvaluationText, by_class_of_many_classes_is_a_table_of_the_worst) {
  constexpr std::uint32_t kMany = 30;
  nn::ClassTable table(kMany);
  for (std::uint32_t label = 0; label + 1 < kMany; ++label) {
    for (int i = 0; i < 10; ++i) table.add(label, label, 1);
  }
  table.add(7, 8, 1);
  table.add(7, 8, 1);
  const std::string text = by_class_text(table, {});
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_EQ(lines, 11) << text;
  EXPECT_LT(text.find("\n    7    12"), text.find("\n    8    10")) << text;
  EXPECT_EQ(text.find("\n   29 "), std::string::npos) << "it has no rows";
}

}  // namespace
}  // namespace forknet::report
