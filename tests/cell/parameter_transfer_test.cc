#include "cell/parameter_transfer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "cell/network_testing.h"
#include "os/pipe.h"
#include "wire/payloads.h"
#include "wire/pipe/pipe.h"

namespace forknet::cell {
namespace {

using wire::FrameKind;

// Dense layers 0, 2, 3 of 20, 33 and 4 units.
nn::ModelPlan four_layers() {
  return nn::plan_model(model_of({dense(20, "relu"), dropout(0.2), dense(33, "tanh"), dense(4)},
                                 "softmax_cross_entropy"),
                        17)
      .value();
}

// Two ends of a pipe, smaller than most frames.
struct Wire {
  wire::Traffic out, in;
  std::unique_ptr<wire::PipeSender> sender;
  std::unique_ptr<wire::PipeReceiver> receiver;
  Wire() {
    auto pipe = os::make_pipe(4096).value();
    wire::ChannelOptions options;
    options.name = "keeper";
    options.traffic = &out;
    sender = std::make_unique<wire::PipeSender>(std::move(pipe.write), options);
    options.traffic = &in;
    receiver = std::make_unique<wire::PipeReceiver>(std::move(pipe.read), options);
  }
};

template <class T>
class ParameterTransferTest : public testing::Test {
 protected:
  static constexpr T kUntouched{-5};
  static constexpr TransferHead kWhat = {0, 9, 2};

  // A region of distinct numbers.
  std::vector<T> counted() const {
    std::vector<T> numbers(plan_.numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<T>(i + 1);
    return numbers;
  }
  // The expected result: the layers of the slice, nothing else.
  std::vector<T> expected(const nn::LayerRange& slice) const {
    std::vector<T> numbers(plan_.numbers, kUntouched);
    for (std::size_t layer = slice.begin; layer < slice.end; ++layer) {
      const std::size_t end = plan_.layers[layer].offset + plan_.layers[layer].numbers();
      for (std::size_t i = plan_.layers[layer].offset; i < end; ++i) {
        numbers[i] = static_cast<T>(i + 1);
      }
    }
    return numbers;
  }
  // Sends in another thread, because a pipe cannot hold all data.
  template <class Send, class Receive>
  std::vector<T> arrived(const nn::LayerRange& slice, Send send, Receive receive) {
    const std::vector<T> from = counted();
    std::vector<T> to(plan_.numbers, kUntouched);
    std::thread sender([&] {
      EXPECT_TRUE(wire::is_ok(send(*wire_.sender, plan_, slice, std::span<const T>(from), kWhat)));
    });
    EXPECT_TRUE(wire::is_ok(receive(*wire_.receiver, plan_, slice, std::span<T>(to), kWhat)));
    sender.join();
    return to;
  }
  void expect_counted(FrameKind kind, std::uint64_t frames, std::uint64_t numbers) const {
    const auto k = static_cast<std::size_t>(kind);
    for (const wire::Traffic* traffic : {&wire_.out, &wire_.in}) {
      EXPECT_EQ(traffic->frames[k].load(), frames) << wire::name_of(kind);
      EXPECT_EQ(traffic->bytes[k].load(), numbers * sizeof(T)) << wire::name_of(kind);
    }
  }

  const wire::WithoutSigpipe without_sigpipe_;
  const nn::ModelPlan plan_ = four_layers();
  Wire wire_;
};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ParameterTransferTest, Types);

constexpr nn::LayerRange kSlices[] = {{0, 4}, {0, 2}, {2, 3}, {3, 4}, {2, 4}};

TYPED_TEST(ParameterTransferTest, weights_and_biases_of_a_slice_arrive_and_nothing_else_changes) {
  using T = TypeParam;
  for (const nn::LayerRange& slice : kSlices) {
    EXPECT_EQ(this->arrived(slice, send_weights<T>, receive_weights<T>), this->expected(slice))
        << slice.begin << " to " << slice.end;
  }
}

TYPED_TEST(ParameterTransferTest, gradients_of_a_slice_arrive_and_nothing_else_changes) {
  using T = TypeParam;
  for (const nn::LayerRange& slice : kSlices) {
    EXPECT_EQ(this->arrived(slice, send_gradients<T>, receive_gradients<T>), this->expected(slice))
        << slice.begin << " to " << slice.end;
  }
}

TYPED_TEST(ParameterTransferTest, frames_are_counted_by_kind) {
  using T = TypeParam;
  (void)this->arrived({0, 4}, send_weights<T>, receive_weights<T>);
  const std::uint64_t biases = 32 + 48 + 16;
  this->expect_counted(FrameKind::weight, 3, this->plan_.numbers - biases);
  this->expect_counted(FrameKind::bias, 3, biases);
  this->expect_counted(FrameKind::gradient, 0, 0);
  (void)this->arrived({2, 4}, send_gradients<T>, receive_gradients<T>);
  const std::uint64_t sums = this->plan_.numbers - this->plan_.layers[0].numbers();
  this->expect_counted(FrameKind::gradient, 2, sums);
  this->expect_counted(FrameKind::weight, 3, this->plan_.numbers - biases);
  this->expect_counted(FrameKind::control, 0, 0);
}

TYPED_TEST(ParameterTransferTest, what_belongs_to_another_step_or_region_is_refused) {
  using T = TypeParam;
  for (const TransferHead& other : {TransferHead{0, 10, 2}, TransferHead{0, 9, 1}}) {
    Wire wire;
    const std::vector<T> from = this->counted();
    std::vector<T> to(this->plan_.numbers, this->kUntouched);
    const nn::LayerRange slice = {3, 4};
    std::thread sender(
        [&] { (void)send_weights<T>(*wire.sender, this->plan_, slice, from, this->kWhat); });
    const Status status = receive_weights<T>(*wire.receiver, this->plan_, slice, to, other);
    wire.receiver.reset();  // ends a sender whose pipe is full
    sender.join();
    EXPECT_TRUE(wire::fails_with(status, "keeper", {"weight"}));
    EXPECT_EQ(to, std::vector<T>(this->plan_.numbers, this->kUntouched));
  }
}

}  // namespace
}  // namespace forknet::cell
