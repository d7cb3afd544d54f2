#include "data/loader.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "allocations.h"
#include "base/digest.h"
#include "data/arrays.h"
#include "data/table_cache.h"

namespace forknet::data {
namespace {

constexpr std::size_t kFeatures = 19;

// Rows whose numbers are all their own row number; labels row % 7.
TablePointer numbered(std::uint32_t rows) {
  std::vector<float> inputs(rows * kFeatures);
  std::vector<std::uint32_t> labels(rows);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(i / kFeatures);
  for (std::uint32_t r = 0; r < rows; ++r) labels[r] = r % 7;
  return *table_from_classes(inputs, kFeatures, labels, 7);
}

// The same in a mapped file.
TablePointer numbered_in_file(std::uint32_t rows) {
  const TablePointer in_memory = numbered(rows);
  Table table;
  table.shape = in_memory->shape;
  TableCache cache(DataCache::mapped, "", {});
  return *build_table(std::move(table),
                      [&](const TableParts& parts) {
                        std::ranges::copy(in_memory->memory.bytes().first(parts.inputs.size()),
                                          parts.inputs.begin());
                        std::ranges::copy(in_memory->labels(), parts.labels.begin());
                        return Status();
                      },
                      {&cache});
}

template <class T>
void add_batch(Digest& digest, const Batch<T>& batch) {
  for (std::size_t p = 0; p < batch.inputs.panels(); ++p) {
    digest.update(std::as_bytes(std::span(batch.inputs.line(p, 0), batch.rows * math::kLanes)));
  }
  for (std::size_t p = 0; p < batch.targets.panels(); ++p) {
    digest.update(std::as_bytes(std::span(batch.targets.line(p, 0), batch.rows * math::kLanes)));
  }
  digest.update(std::as_bytes(std::span(batch.labels, batch.rows)));
  digest.update(std::as_bytes(std::span(batch.samples, batch.rows)));
}

struct Job {
  std::uint32_t rows = 101;
  std::uint32_t batch = 8;
  bool shuffle = true;
  bool in_file = false;
  Augmentation augment = {};
  LoaderOptions options;
};

template <class T>
std::unique_ptr<Loader<T>> loader_for(const Job& job) {
  const Sampler sampler(3, job.rows, job.batch, job.shuffle);
  View view = {job.in_file ? numbered_in_file(job.rows) : numbered(job.rows), {}, {}};
  view.augment = job.augment;
  auto loader = Loader<T>::create(std::move(view), sampler, job.options);
  EXPECT_TRUE(loader.ok()) << loader.error().message;
  return std::move(loader).value();
}

// The digest of all batches, each checked against what it must hold.
template <class T>
std::string read_all(const Job& job) {
  const auto loader = loader_for<T>(job);
  const Sampler sampler(3, job.rows, job.batch, job.shuffle);
  std::vector<std::uint32_t> order(job.rows);
  Digest digest;
  for (std::uint64_t step = job.options.first_step; step < job.options.last_step; ++step) {
    const Batch<T>& batch = loader->acquire(step);
    const BatchPlan plan = sampler.plan(step);
    sampler.epoch_order(plan.epoch, order);
    EXPECT_EQ(batch.step, step);
    EXPECT_EQ(batch.epoch, plan.epoch);
    EXPECT_EQ(batch.rows, plan.rows);
    for (std::uint32_t r = 0; r < batch.rows; ++r) {
      const std::uint32_t row = order[plan.first + r];
      EXPECT_EQ(batch.samples[r], row);
      EXPECT_EQ(batch.inputs.at(r, kFeatures - 1), static_cast<T>(row));
      EXPECT_EQ(batch.labels[r], row % 7);
    }
    add_batch(digest, batch);
    loader->release(step);
  }
  return digest.hex();
}

// Of four epochs, from the sixth step on.
Job four_epochs(std::uint32_t batch, bool shuffle) {
  Job job;
  job.batch = batch;
  job.shuffle = shuffle;
  job.options = {5, 5 + 4 * (std::uint64_t{job.rows} + batch - 1) / batch, 0, 0, true, 7};
  return job;
}

TEST(Loader, any_number_of_loader_threads_gives_the_same_bits) {
  for (const std::uint32_t batch : {1U, 8U, 101U}) {
    for (const bool shuffle : {true, false}) {
      Job job = four_epochs(batch, shuffle);
      const std::string expected = read_all<float>(job);
      for (const std::size_t threads : {1U, 2U, 4U}) {
        for (const std::size_t slots : {0U, 1U, 2U, 3U}) {
          job.options.threads = threads;
          job.options.slots = slots;
          EXPECT_EQ(read_all<float>(job), expected) << threads << " threads, " << slots << " slots";
        }
      }
    }
  }
}

TEST(Loader, a_table_in_a_file_gives_the_bits_of_one_in_memory) {
  for (const std::uint32_t batch : {1U, 8U, 101U}) {
    for (const bool shuffle : {true, false}) {
      Job job = four_epochs(batch, shuffle);
      const std::string expected = read_all<float>(job);
      job.in_file = true;
      for (const std::size_t threads : {0U, 1U, 4U}) {
        job.options.threads = threads;
        EXPECT_EQ(read_all<float>(job), expected) << threads << " threads";
      }
    }
  }
}

TEST(Loader, epochs_of_one_tiny_batch_are_read_in_order_by_many_threads) {
  Job job;
  job.rows = 4;
  job.batch = 64;
  job.options = {0, 3000, 0};
  const std::string expected = read_all<double>(job);
  job.options.threads = 4;
  EXPECT_EQ(read_all<double>(job), expected);
}

TEST(Loader, several_batches_may_be_held_at_a_time) {
  for (const std::size_t threads : {0U, 1U, 3U}) {
    Job job;
    job.options = {0, 20, threads, 3};
    const auto loader = loader_for<float>(job);
    for (std::uint64_t step = 0; step + 2 < 20; ++step) {
      const Batch<float>& first = loader->acquire(step);
      EXPECT_EQ(loader->acquire(step + 2).step, step + 2);
      EXPECT_EQ(loader->acquire(step + 1).step, step + 1);
      EXPECT_EQ(first.step, step);
      loader->release(step);
    }
  }
}

TEST(Loader, a_batch_that_is_held_can_be_acquired_again) {
  for (const std::size_t threads : {0U, 1U, 3U}) {
    Job job;
    job.options = {4, 30, threads, 3};
    const auto loader = loader_for<float>(job);
    for (std::uint64_t step = 4; step + 1 < 30; ++step) {
      const Batch<float>& batch = loader->acquire(step);
      const std::vector<std::uint32_t> samples(batch.samples, batch.samples + batch.rows);
      EXPECT_EQ(loader->acquire(step + 1).step, step + 1);
      for (int again = 0; again < 3; ++again) {
        const Batch<float>& same = loader->acquire(step);
        ASSERT_EQ(&same, &batch);
        EXPECT_EQ(same.step, step);
        EXPECT_EQ(std::vector(same.samples, same.samples + same.rows), samples);
        EXPECT_EQ(same.inputs.at(0, 0), static_cast<float>(samples[0]));
      }
      loader->release(step);
    }
  }
}

TEST(Loader, lines_are_aligned_and_panels_an_odd_number_of_lines_apart) {
  Job job;
  job.options = {0, 3, 0, 2, true, 7};
  const auto loader = loader_for<float>(job);
  const Batch<float>& batch = loader->acquire(0);
  EXPECT_EQ(batch.inputs.panel_stride, 9 * math::kLanes);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(batch.inputs.data) % 64, 0U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(batch.targets.data) % 64, 0U);
}

TEST(Loader, a_stage_without_the_first_layer_has_rows_and_labels_but_no_inputs) {
  for (const std::size_t threads : {0U, 2U}) {
    Job job;
    job.options = {0, 20, threads, 0, false, 7};
    const auto loader = loader_for<float>(job);
    job.options.inputs = true;
    const auto whole = loader_for<float>(job);
    for (std::uint64_t step = 0; step < 20; ++step) {
      const Batch<float>& batch = loader->acquire(step);
      const Batch<float>& expected = whole->acquire(step);
      EXPECT_EQ(batch.rows, expected.rows);
      EXPECT_EQ(batch.inputs.rows, expected.rows);
      EXPECT_EQ(batch.inputs.columns, 0U);
      for (std::uint32_t r = 0; r < batch.rows; ++r) {
        EXPECT_EQ(batch.samples[r], expected.samples[r]);
        EXPECT_EQ(batch.labels[r], expected.labels[r]);
        EXPECT_EQ(batch.targets.at(r, batch.labels[r]), 1.0F);
      }
      loader->release(step);
      whole->release(step);
    }
  }
}

TEST(Loader, threads_may_copy_the_inputs_of_a_step_that_is_held) {
  for (const std::size_t threads : {0U, 2U}) {
    Job job;
    job.options = {0, 20, threads, 0, false, 0};
    const auto loader = loader_for<float>(job);
    job.options.inputs = true;
    const auto whole = loader_for<float>(job);
    auto copies = BatchSlots<float>::create({3, 64, whole->acquire(0).inputs.columns, 0, false});
    ASSERT_TRUE(copies.ok());
    for (std::uint64_t step = 0; step < 20; ++step) {
      const Batch<float>& expected = whole->acquire(step);
      (void)loader->acquire(step);
      std::vector<std::thread> copiers;
      for (std::size_t i = 0; i < copies->size(); ++i) {
        math::PanelView<float>& own = (*copies)[i].batch.inputs;
        own.rows = expected.rows;
        copiers.emplace_back([&] { loader->copy_inputs(step, 0, own); });
      }
      for (std::thread& copier : copiers) copier.join();
      for (std::size_t i = 0; i < copies->size(); ++i) {
        for (std::uint32_t r = 0; r < expected.rows; ++r) {
          for (std::size_t c = 0; c < expected.inputs.columns; ++c) {
            ASSERT_EQ((*copies)[i].batch.inputs.at(r, c), expected.inputs.at(r, c));
          }
        }
      }
      loader->release(step);
      whole->release(step);
    }
  }
}

TEST(Loader, a_part_of_the_rows_can_be_copied) {
  Job job;
  job.options = {0, 20, 0, 0, true, 0};
  const auto loader = loader_for<float>(job);
  const Batch<float>& expected = loader->acquire(0);
  auto copy = BatchSlots<float>::create({1, 64, expected.inputs.columns, 0, false});
  ASSERT_TRUE(copy.ok());
  math::PanelView<float>& own = (*copy)[0].batch.inputs;
  for (std::uint32_t first = 0; first <= expected.rows; ++first) {
    own.rows = expected.rows - first;
    loader->copy_inputs(0, first, own);
    for (std::uint32_t r = 0; r < own.rows; ++r) {
      for (std::size_t c = 0; c < own.columns; ++c) {
        ASSERT_EQ(own.at(r, c), expected.inputs.at(first + r, c)) << first;
      }
    }
  }
}

TEST(Loader, inputs_of_some_rows_are_prepared_where_no_others_are_wanted) {
  for (const std::size_t threads : {0U, 2U}) {
    Job job;
    job.options = {0, 30, threads};
    const auto whole = loader_for<float>(job);
    job.options.wanted = [](std::size_t rows) { return math::Range{rows / 3, rows - rows / 4}; };
    const auto loader = loader_for<float>(job);
    for (std::uint64_t step = 0; step < 30; ++step) {
      const Batch<float>& expected = whole->acquire(step);
      const Batch<float>& batch = loader->acquire(step);
      ASSERT_EQ(batch.inputs.rows, expected.rows);
      const math::Range wanted = job.options.wanted(batch.rows);
      for (std::size_t r = 0; r < batch.rows; ++r) {
        EXPECT_EQ(batch.samples[r], expected.samples[r]);
        if (r >= wanted.begin && r < wanted.end) {
          EXPECT_EQ(batch.inputs.at(r, 3), expected.inputs.at(r, 3));
        } else if (step == 0) {  // no batch was in the slot before
          EXPECT_EQ(batch.inputs.at(r, 3), 0.0F);
        }
      }
      loader->release(step);
      whole->release(step);
    }
  }
}

TEST(Loader, its_threads_give_way_to_others_where_asked_to) {
  const int usual = ::getpriority(PRIO_PROCESS, 0);
  for (const bool gives_way : {false, true}) {
    std::atomic<int> lowest = 20;
    Job job;
    job.options = {0, 4, 2};
    job.options.gives_way = gives_way;
    job.options.wanted = [&](std::size_t rows) {
      lowest = std::min(lowest.load(), ::getpriority(PRIO_PROCESS, 0));
      return math::Range{0, rows};
    };
    const auto loader = loader_for<float>(job);
    for (std::uint64_t step = 0; step < 4; ++step) {
      (void)loader->acquire(step);
      loader->release(step);
    }
    EXPECT_EQ(lowest, gives_way ? std::max(usual, 10) : usual);
  }
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), usual);
}

TEST(Loader, it_can_be_dropped_at_any_moment) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 200; ++i) {
    Job job;
    job.rows = static_cast<std::uint32_t>(1 + random() % 50);
    job.options = {0, 1'000'000, random() % 5, random() % 4};
    const auto loader = loader_for<float>(job);
    const std::uint64_t steps = random() % 10;
    for (std::uint64_t step = 0; step < steps; ++step) {
      EXPECT_EQ(loader->acquire(step).step, step);
      if (step + 1 < steps || random() % 2 == 0) loader->release(step);
    }
  }
}

TEST(Loader, acquire_and_release_allocate_nothing) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  for (const std::size_t threads : {0U, 1U, 4U}) {
    Job job;
    if (threads != 1) job.augment = {{1, 2, 0.3, 0.4, 5, 0.6}, 7, kFeatures, 1, 1};
    job.in_file = threads != 0;  // asks the disk ahead
    job.options = {0, 2000, threads, 0, true, 7};
    const auto loader = loader_for<float>(job);
    // The first round lets every thread start.
    std::uint64_t before = 0;
    for (std::uint64_t step = 0; step < 2000; ++step) {
      if (step == 100) before = allocations();
      (void)loader->acquire(step);
      loader->release(step);
    }
    EXPECT_EQ(allocations(), before) << threads << " threads";
  }
}

TEST(Loader, time_kept_from_the_training_thread_is_counted) {
  Job job;
  job.options = {0, 50, 0};
  const auto loader = loader_for<float>(job);
  EXPECT_EQ(loader->wait_ns(), 0U);
  (void)loader->acquire(0);
  EXPECT_GT(loader->wait_ns(), 0U);
}

}  // namespace
}  // namespace forknet::data
