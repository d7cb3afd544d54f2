// Messages of a control socket: there and back, and arbitrary other input.
#include "train/orders/messages.h"

#include <gtest/gtest.h>

#include <iostream>
#include <limits>
#include <random>
#include <vector>

#include "os/local_socket.h"
#include "random_cases.h"

namespace forknet::run {
namespace {

using namespace std::string_literals;

const std::vector<std::pair<std::string, LifeEvent>> kOrders = {
    {"pause", LifeEvent::pause}, {"resume", LifeEvent::resume},
    {"hold", LifeEvent::hold},   {"release", LifeEvent::release},
    {"scale", LifeEvent::scale}, {"checkpoint", LifeEvent::checkpoint},
    {"stop", LifeEvent::stop},   {"reload", LifeEvent::reload}};

TEST(Messages, orders_go_there_and_back) {
  for (const auto& [word, event] : kOrders) {
    const auto order = parse_order(order_text(word, 3));
    ASSERT_TRUE(order.ok()) << word;
    EXPECT_EQ(order->event, event);
    EXPECT_EQ(order->replicas, event == LifeEvent::scale ? 3 : 0);
    EXPECT_FALSE(order->relative);
    EXPECT_EQ(event_named(word), event);
  }
}

TEST(Messages, are_the_texts_of_the_format) {
  EXPECT_EQ(order_text("pause", 3), R"({"do":"pause"})");
  EXPECT_EQ(order_text("scale", 3), R"({"do":"scale","replicas":3})");
  EXPECT_EQ(answer_text({120, "paused", ""}), R"({"state":"paused","step":120})");
  EXPECT_EQ(answer_text({120, "paused", "no"}), R"({"error":"no"})");
}

TEST(Messages, any_whole_number_of_replicas_goes_there_and_back) {
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t replicas :
       {Limits::min(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, Limits::max()}) {
    EXPECT_EQ(parse_order(order_text("scale", replicas))->replicas, replicas);
  }
}

TEST(Messages, answers_go_there_and_back) {
  for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{120}, ~std::uint64_t{0}}) {
    const auto done = parse_answer(answer_text({step, "paused", ""}));
    ASSERT_TRUE(done.ok());
    EXPECT_EQ(done->step, step);
    EXPECT_EQ(done->state, "paused");
    EXPECT_EQ(done->fault, "");
    const auto fault =
        parse_answer(answer_text({step, "paused", "two\nlines, \"quoted\" \xC3\xA4"}));
    ASSERT_TRUE(fault.ok());
    EXPECT_EQ(fault->fault, "two\nlines, \"quoted\" \xC3\xA4");
  }
}

TEST(Messages, a_note_goes_along_and_long_words_are_cut_to_fit_a_message) {
  const auto noted = parse_answer(answer_text({7, "held", "", "optimizer.lr = 0.1"}));
  ASSERT_TRUE(noted.ok());
  EXPECT_EQ(noted->note, "optimizer.lr = 0.1");
  EXPECT_EQ(parse_answer(answer_text({7, "held", ""}))->note, "");
  for (const std::string& text : {std::string(100'000, 'x'), std::string(100'000, '\1')}) {
    EXPECT_LE(answer_text({7, "held", text}).size(), os::kMostMessage);
    EXPECT_TRUE(parse_answer(answer_text({7, "held", "", text})).ok());
  }
}

TEST(Messages, words_that_are_no_utf8_are_replaced_and_not_sent) {
  for (const std::string& text : {order_text("pa\xFFuse", 0), answer_text({1, "\xC3", ""}),
                                  answer_text({1, "", "\x80 no"})}) {
    EXPECT_NE(text.find("\\ufffd"), std::string::npos) << text;
  }
}

TEST(Messages, words_that_are_no_orders_have_no_event) {
  for (const char* word : {"", "Pause", "pause ", "epoch_end", "status", "paus"}) {
    EXPECT_FALSE(event_named(word)) << word;
  }
  EXPECT_FALSE(event_named("pause\0"s));
}

const std::vector<std::string> kGarbage = {"",
                                           " ",
                                           "{}",
                                           "[]",
                                           "null",
                                           "true",
                                           "7",
                                           "\"pause\"",
                                           "pause",
                                           "{\"do\"",
                                           "{\"do\":}",
                                           R"({"do":7})",
                                           R"({"do":null})",
                                           R"({"do":["pause"]})",
                                           R"({"do":{"do":"pause"}})",
                                           R"([{"do":"pause"}])",
                                           R"({"Do":"pause"})",
                                           R"({"do":"pause"} x)",
                                           R"({"do":"pause"}{})",
                                           R"({"do":"epoch_end"})",
                                           R"({"do":"scale"})",
                                           R"({"do":"scale","replicas":null})",
                                           R"({"do":"scale","replicas":"2"})",
                                           R"({"do":"scale","replicas":2.5})",
                                           R"({"do":"scale","replicas":[2]})",
                                           R"({"do":"scale","replicas":true})",
                                           R"({"do":"scale","replicas":1e300})",
                                           R"({"do":"scale","replicas":1e999})",
                                           R"({"do":"scale","replicas":99999999999999999999999})",
                                           "{\"do\":\"pa\xFFuse\"}",
                                           "\xFF\xFE",
                                           "\xC3",

                                           "\0"s,
                                           std::string(4096, '['),
                                           std::string(4096, '{'),
                                           std::string(100000, '[') + std::string(100000, ']')};

TEST(Messages, garbage_is_no_order_and_says_why) {
  for (const std::string& text : kGarbage) {
    const auto order = parse_order(text);
    ASSERT_FALSE(order.ok()) << text;
    EXPECT_EQ(order.error().kind, ErrorKind::usage);
    EXPECT_FALSE(order.error().message.empty());
    EXPECT_LT(order.error().message.size(), 200U);
  }
}

TEST(Messages, garbage_is_no_answer) {
  std::vector<std::string> texts = kGarbage;
  texts.insert(texts.end(), {R"({"step":1})", R"({"state":"paused"})", R"({"error":1})",
                             R"({"step":-1,"state":"paused"})", R"({"step":1.5,"state":"paused"})",
                             R"({"step":"1","state":"paused"})", R"({"step":1,"state":1})"});
  for (const std::string& text : texts) EXPECT_FALSE(parse_answer(text).ok()) << text;
}

TEST(Messages, more_than_an_order_says_is_passed_over) {
  const auto order = parse_order(R"({"x":[{"y":null}],"do":"hold","replicas":"many"})");
  ASSERT_TRUE(order.ok());
  EXPECT_EQ(order->event, LifeEvent::hold);
}

std::string mutated(std::string text, std::mt19937_64& random) {
  const std::uint64_t changes = 1 + random() % 4;
  for (std::uint64_t i = 0; i < changes; ++i) {
    const std::size_t place = random() % (text.size() + 1);
    const char byte =
        random() % 2 == 0 ? "{}[]\",:0129-.e\\u"[random() % 16] : static_cast<char>(random() % 256);
    if (random() % 3 == 0) {
      text.insert(text.begin() + static_cast<std::ptrdiff_t>(place), byte);
    } else if (place < text.size() && random() % 2 == 0) {
      text.erase(place, 1 + random() % 3);
    } else if (place < text.size()) {
      text[place] = byte;
    }
  }
  return text;
}

TEST(Messages, a_hundred_thousand_mutations_are_read_without_harm) {
  const std::uint64_t seed = test_seed();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  std::vector<std::string> corpus = {R"({"do":"scale","replicas":2})", R"({"do":"pause"})",
                                     R"({"step":120,"state":"paused"})", R"({"error":"no"})"};
  for (std::size_t i = 0; i < test_cases(100'000); ++i) {
    const std::string text = mutated(corpus[random() % corpus.size()], random);
    const auto order = parse_order(text);
    if (order.ok()) {
      ASSERT_NE(text.find('{'), std::string::npos) << i;
    }
    const auto answer = parse_answer(text);
    if (answer.ok()) {
      ASSERT_TRUE(parse_answer(answer_text(*answer)).ok()) << i;
    }
    // Some are mutated further; the first four stay.
    if (corpus.size() < 100) corpus.push_back(text);
    if (random() % 10 == 0) corpus[4 + random() % 96 % (corpus.size() - 4)] = text;
  }
}

}  // namespace
}  // namespace forknet::run
