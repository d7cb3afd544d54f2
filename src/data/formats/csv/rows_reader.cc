#include "data/formats/csv/rows_reader.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/table_cache.h"
#include "math/float_state.h"

namespace forknet::data::csv {
namespace {

// The most blocks per thread that wait for earlier ones.
constexpr std::size_t kAheadOfThread = 2;

bool is_blank(std::string_view text) {
  return text.find_first_not_of("\r\n") == std::string_view::npos;
}

}  // namespace

RowsReader::RowsReader(RawTable& table, TextBlocks& blocks, const Sample& sample,
                       const std::vector<ColumnUse>& uses, const std::vector<std::string>& missing)
    : table_(table),
      blocks_(blocks),
      sample_(sample),
      uses_(uses),
      missing_(missing),
      known_(uses.size()),
      columns_(uses.size(), nullptr) {
  for (auto* columns : {&table_.inputs, &table_.targets}) {
    for (RawColumn& column : *columns) columns_[column.place] = &column;
  }
}

Status RowsReader::read(const Reading& reading) {
  const std::size_t count = std::max<std::size_t>(1, reading.threads);
  most_ahead_ = count * (kAheadOfThread + 1);
  std::vector<Worker> workers;
  workers.reserve(count);
  while (workers.size() < count) {
    workers.push_back({Parser(table_, sample_, uses_, missing_)});
    workers.back().places.resize(uses_.size());
  }
  Worker& own = workers.front();
  if (sample_.dialect.header) own.parser.expect_header();
  // Only this parser sees the header, so the blocks down to the header are its own.
  Taken first;
  bool more = take(own, first, reading);
  while (more && own.parser.expects_header() && is_blank(first.block.text)) {
    parse(own, first, reading);
    more = take(own, first, reading);
  }
  if (more) {
    start(workers, reading);
    parse(own, first, reading);
  }
  work(own, reading);
  threads_.clear();  // joins
  return status_;
}

void RowsReader::start(std::vector<Worker>& workers, const Reading& reading) {
  const os::WithoutSignals without_signals;
  for (std::size_t i = 1; i < workers.size(); ++i) {
    auto thread = os::Thread::start("a thread that reads", [this, &workers, &reading, i] {
      const math::FloatStateScope float_state;
      work(workers[i], reading);
    });
    if (!thread.ok()) break;
    threads_.push_back(std::move(*thread));
  }
}

void RowsReader::work(Worker& worker, const Reading& reading) {
  Taken taken;
  while (take(worker, taken, reading)) parse(worker, taken, reading);
}

void RowsReader::parse(Worker& worker, const Taken& taken, const Reading& reading) {
  const std::size_t bytes = taken.block.text.size();
  deliver(taken.number, {&worker, worker.parser.parse(taken.block), bytes}, reading);
}

bool RowsReader::take(Worker& worker, Taken& taken, const Reading& reading) {
  const std::lock_guard one_reads(source_);
  {
    std::unique_lock lock(mutex_);
    added_.wait(lock, [&] { return stopped_ || taken_ - added_blocks_ < most_ahead_; });
    if (stopped_) return false;
  }
  if (ended_) return false;
  const Status read = blocks_.next(taken.block);
  ended_ = !read.ok() || taken.block.text.empty();
  if (!read.ok()) {
    // Errors of earlier blocks are reported first.
    Ready ready{&worker, {}, 0};
    ready.block.error = read.error();
    deliver(taken_++, std::move(ready), reading);
  }
  if (ended_) return false;
  taken.number = taken_++;
  return true;
}

void RowsReader::deliver(std::size_t number, Ready ready, const Reading& reading) {
  const std::lock_guard lock(mutex_);
  ready_.emplace(number, std::move(ready));
  add_ready(reading);
}

// Adds the next blocks in order, as long as they are ready.
void RowsReader::add_ready(const Reading& reading) {
  while (!stopped_ && !ready_.empty() && ready_.begin()->first == added_blocks_) {
    Ready& next = ready_.begin()->second;
    status_ = add(next, reading);
    stopped_ = !status_.ok();
    added_bytes_ += next.bytes;
    ready_.erase(ready_.begin());
    ++added_blocks_;
  }
  added_.notify_all();
  if (reading.progress) reading.progress(table_.path, added_bytes_, blocks_.bytes());
}

Status RowsReader::add(Ready& ready, const Reading& reading) {
  FORKNET_TRY(number_texts(ready));
  ParsedBlock& block = ready.block;
  if (block.error) return *block.error;
  if (!ready.worker->same_places) renumber(ready);
  table_.rows += block.rows.rows;
  table_.without_target += block.without_target;
  table_.weightless += block.weightless;
  table_.sample_weights.insert(table_.sample_weights.end(), block.weights.begin(),
                               block.weights.end());
  table_.target_values.insert(table_.target_values.end(), block.targets.begin(),
                              block.targets.end());
  table_.lines.insert(table_.lines.end(), block.lines.begin(), block.lines.end());
  std::move(block.kept.begin(), block.kept.end(), std::back_inserter(table_.kept_values));
  if (reading.cache != nullptr) {
    FORKNET_TRY(reading.cache->put_by(block.rows.memory));
    block.rows.memory.forget_fd();  // close files: there are many blocks
  }
  if (block.rows.rows > 0) table_.blocks.push_back(std::move(block.rows));
  return {};
}

// Gives the parser's new texts places in the table, unless another parser already has.
Status RowsReader::number_texts(Ready& ready) {
  for (ParsedBlock::NewText& fresh : ready.block.texts) {
    RawColumn& column = *columns_[fresh.column];
    auto& known = known_[fresh.column];
    auto at = known.find(fresh.text);
    if (at == known.end()) {
      if (column.texts.size() >= kMostTexts) {
        return data_error(
            "{}: column {} ({}): more than {} different texts\n"
            "  names and numbers of rows say nothing about others: drop = [{}]",
            table_.path, fresh.column, shown(column.name), kMostTexts, shown(column.name));
      }
      at = known.emplace(fresh.text, static_cast<float>(column.texts.size())).first;
      column.texts.push_back(std::move(fresh.text));
    }
    std::vector<float>& places = ready.worker->places[fresh.column];
    const auto own = static_cast<float>(places.size());
    ready.worker->same_places = ready.worker->same_places && at->second == own;
    places.push_back(at->second);
  }
  return {};
}

// Replaces the parser's places by those of the table.
void RowsReader::renumber(Ready& ready) {
  const auto turn = [&](const std::vector<RawColumn>& columns, std::size_t rows, float* values) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (!columns[c].text) continue;
      const std::vector<float>& places = ready.worker->places[columns[c].place];
      for (std::size_t row = 0; row < rows; ++row) {
        float& value = values[row * columns.size() + c];
        if (!std::isnan(value)) value = places[static_cast<std::size_t>(value)];
      }
    }
  };
  RawBlock& rows = ready.block.rows;
  if (rows.rows == 0) return;
  turn(table_.targets, rows.rows, ready.block.targets.data());
  if (rows.bytes) return;  // no texts among the inputs
  turn(table_.inputs, rows.rows, reinterpret_cast<float*>(rows.memory.writable().data()));
}

}  // namespace forknet::data::csv
