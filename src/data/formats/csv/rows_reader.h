// Reads all rows of a file into a raw table. Threads take blocks of text in turn and parse them;
// the results are merged in the order of the file. So the table, its texts and the first error are
// the same for any number of threads.
#pragma once

#include <forknet/result.h>

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "data/formats/csv/parse.h"
#include "data/formats/csv/raw_table.h"
#include "data/formats/csv/text_blocks.h"
#include "data/reading.h"
#include "os/thread.h"

namespace forknet::data::csv {

class RowsReader {
 public:
  // `table` has path, dialect and columns in the order of `uses`; rows are added to it. All
  // arguments outlive the reader.
  RowsReader(RawTable& table, TextBlocks& blocks, const Sample& sample,
             const std::vector<ColumnUse>& uses, const std::vector<std::string>& missing);

  // The calling thread is one of the threads. Works with fewer if some cannot be started.
  [[nodiscard]] Status read(const Reading& reading);

 private:
  // A thread's parser, and the table's places of its texts.
  struct Worker {
    Parser parser;
    std::vector<std::vector<float>> places = {};  // by column of the file, by its own place
    bool same_places = true;                      // equal to the parser's
  };
  struct Taken {
    TextBlock block;
    std::size_t number = 0;  // in the file
  };
  struct Ready {
    Worker* worker = nullptr;
    ParsedBlock block;
    std::size_t bytes = 0;  // length of its text
  };

  // The threads beside the caller's.
  void start(std::vector<Worker>& workers, const Reading& reading);
  void work(Worker& worker, const Reading& reading);
  void parse(Worker& worker, const Taken& taken, const Reading& reading);
  // False: no more work.
  [[nodiscard]] bool take(Worker& worker, Taken& taken, const Reading& reading);
  void deliver(std::size_t number, Ready ready, const Reading& reading);
  void add_ready(const Reading& reading);
  [[nodiscard]] Status add(Ready& ready, const Reading& reading);
  [[nodiscard]] Status number_texts(Ready& ready);
  void renumber(Ready& ready);

  RawTable& table_;
  TextBlocks& blocks_;
  const Sample& sample_;
  const std::vector<ColumnUse>& uses_;
  const std::vector<std::string>& missing_;

  std::mutex source_;      // guards the next two members
  std::size_t taken_ = 0;  // blocks
  bool ended_ = false;

  std::mutex mutex_;  // guards the members below, and the table
  std::condition_variable added_;
  std::size_t most_ahead_ = 1;
  std::size_t added_blocks_ = 0;
  std::size_t added_bytes_ = 0;
  std::map<std::size_t, Ready> ready_;  // by block number, until the earlier blocks are ready
  std::vector<std::map<std::string, float, std::less<>>> known_;  // texts by column of the file
  std::vector<RawColumn*> columns_;                               // by place in the file
  Status status_;
  bool stopped_ = false;  // after an error

  std::vector<os::Thread> threads_;  // end before the rest
};

}  // namespace forknet::data::csv
