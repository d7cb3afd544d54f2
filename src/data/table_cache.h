// Places the tables of a run: in memory, or in mapped files for sets larger than memory.
//
//   FOLDER/KEY.table (table_file.h)
//
// The key is the digest of the source files' bytes, their preparation and the table's shape:
// another source gives another file. For a format that fits its tables to the sources
// (begin_set()), it is the digest of all source files, of how they are read, and of the table's
// number. A file is filled through a shared mapping, so that the kernel can write it out when
// memory is short. It gets its name only when it is complete and on disk (os/durable_file.h); a
// process that dies while building leaves a temporary file, which the next one removes. An existing
// file is used only if its rows match their digest. Integers are little-endian; the file stays on
// its machine. Several processes may make the same file at once: each writes its own, the last
// rename wins, all hold the same bytes. A process that maps a file holds a share of it
// (os/reserved_file.h); held files are not removed.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/reading.h"
#include "data/table.h"
#include "data/table_file.h"
#include "data/table_place.h"
#include "os/file_path.h"
#include "os/mapping.h"

namespace forknet::data {

class TableCache {
 public:
  // `folder`: of the files, created with the first one; empty: unnamed files in the temporary
  // folder (TMPDIR, /var/tmp), which end with their tables. `memory_bytes`: the limit; nothing: not
  // known. `progress`: for files that are read once more to compute their digest.
  TableCache(DataCache mode, std::string folder, std::optional<std::uint64_t> memory_bytes,
             ReadingProgress progress = {});

  // From now on tables without files of their own are made from `files`, in the order of the calls
  // of takes(). `settings`: a digest of how the files are read. Call once. These tables are always
  // filled, because fitting and notes need it; find() finds those of an earlier set.
  void begin_set(std::vector<SourceFile> files, std::string settings);
  // The digest of the set's files and settings; reads the files once.
  [[nodiscard]] Result<std::string> set_key();
  // The keys of the set's tables; an empty key: in memory or in an unnamed file.
  [[nodiscard]] const std::vector<std::string>& set_tables() const { return set_->tables; }
  // The folder, held; nothing: it does not exist yet, cannot be used, or files are unnamed.
  [[nodiscard]] std::optional<os::FilePath> existing_folder();

  // False: no table ever goes to a file.
  [[nodiscard]] bool may_take() const { return mode_ != DataCache::memory; }
  // True: a first table of `bytes` bytes would go to a file.
  [[nodiscard]] bool wants_file(std::uint64_t bytes) const;

  // True: the table of `bytes` bytes goes to a file. Call once per table.
  [[nodiscard]] bool takes(std::size_t bytes);

  // Accounts for rows that wait to go into a table; beyond a quarter of the memory they are moved
  // to an unnamed file. One thread at a time.
  [[nodiscard]] Status put_by(os::Mapping& rows);

  struct Made {
    os::Mapping memory;
    std::string digest;  // of the table
  };
  // Finds or fills the file of the table of the last takes(). Errors: those of `fill`; a source
  // changed meanwhile (data); the disk is full or the folder not writable (internal). An Error
  // leaves no new file.
  [[nodiscard]] Result<Made> make(const Table& table, std::size_t bytes, const TablePlace& place,
                                  const std::function<Status(std::span<std::byte>)>& fill);

  // The file of a table by its key. Nothing: it does not exist, or is damaged, which adds a note.
  [[nodiscard]] Result<std::optional<Made>> find(const Table& table, std::size_t bytes,
                                                 const std::string& key);
  void note(std::string text);

  // A note for each table in a file: which table, where and why.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  // "rows in memory: 52.4 MiB (auto: at most half of 22.1 GiB)"; empty: no rows in memory.
  [[nodiscard]] std::string in_memory() const;

 private:
  struct Set {
    std::vector<SourceFile> files;
    std::string settings;
    std::string key = {};                  // empty: not yet read
    std::vector<std::string> tables = {};  // keys
  };
  [[nodiscard]] Result<std::string> next_key_of_set();
  [[nodiscard]] Result<Made> build(const Table& table, std::size_t bytes, const std::string& key,
                                   const std::function<Status(std::span<std::byte>)>& fill);
  // The mapping of an unnamed file, filled.
  [[nodiscard]] Result<os::Mapping> unnamed_file(
      std::size_t bytes, const std::function<Status(std::span<std::byte>)>& fill);
  [[nodiscard]] Result<Made> unnamed(const Table& table, std::size_t bytes,
                                     const std::function<Status(std::span<std::byte>)>& fill);
  // Creates and holds the folder, once.
  [[nodiscard]] Status ready_folder();
  [[nodiscard]] std::string why() const;
  [[nodiscard]] std::string unnamed_place() const;
  [[nodiscard]] Error with_way_on(Error error, std::size_t bytes) const;
  void tell(const Table& table, std::size_t bytes, const std::string& where);

  DataCache mode_;
  std::string folder_;
  std::optional<os::FilePath> held_;  // the folder, once it is needed
  std::optional<std::uint64_t> allowed_;
  std::uint64_t taken_ = 0;   // by tables in memory
  std::uint64_t put_by_ = 0;  // by waiting rows
  ReadingProgress progress_;
  std::optional<Set> set_;
  std::vector<std::string> notes_;
};

}  // namespace forknet::data
