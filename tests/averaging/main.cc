// Tests of workers in processes: this program becomes a worker when forknet starts it as one.
#include <forknet/init.h>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  forknet::init(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
