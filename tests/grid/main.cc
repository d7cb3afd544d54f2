// Tests of cells in processes: this program becomes a cell when forknet starts it as one.
#include <forknet/activation.h>
#include <forknet/init.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace {

// An activation of this program's own (process_layouts_test.cc).
struct Bent {
  template <class T>
  static T value(T z) {
    return z / (T{1} + std::abs(z));
  }
  template <class T>
  static T slope(T /*z*/, T y) {
    return (T{1} - std::abs(y)) * (T{1} - std::abs(y));
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (!forknet::register_activation<Bent>("bent").ok()) return EXIT_FAILURE;
  forknet::init(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
