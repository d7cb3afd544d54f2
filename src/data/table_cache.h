// Where the tables of a run lie: in memory, or, for sets larger than memory, in files that are
// mapped.
//
//   FOLDER/KEY.table (table_file.h)
//
// The key is the digest of the bytes of the source files, of their preparation and of the table's
// shape: another source is another file. Where a format fits what it makes to its sources
// (begin_set()), it is the digest of all of them, of how they are read, and of the table's number.
// A file is filled through a shared mapping, so that the kernel writes it out where memory is
// short, and appears under its name only when it is whole and on the disk (os/durable_file.h); what
// dies while it builds leaves a temporary file, which the next one removes. One that is found is
// believed only when its rows still have their digest. Integers are little-endian: the file stays
// on its machine. Several processes may make one file at once: each writes its own, the last name
// stays, all hold the same bytes. A process that maps a file holds a share of it
// (os/reserved_file.h); a file that is held is not removed.
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
  // `folder`: of the files, made with its first one; empty: files have no names, lie where
  // temporary ones do (TMPDIR, /var/tmp), and end with their tables. `memory_bytes`: that may be
  // used; nothing: not known. `progress`: of files that are read once more to be told apart.
  TableCache(DataCache mode, std::string folder, std::optional<std::uint64_t> memory_bytes,
             ReadingProgress progress = {});

  // From now on tables that name no files of their own are made of these, in the order in which
  // takes() is asked for them; `settings`: a digest of how they are read. Once. They are always
  // filled, because what is fitted and told comes with that; find() finds those of an earlier set.
  void begin_set(std::vector<SourceFile> files, std::string settings);
  // The digest of the set's files and settings; the files are read once for it.
  [[nodiscard]] Result<std::string> set_key();
  // The keys of the set's tables; empty: one that lies in memory, or in a file without a name.
  [[nodiscard]] const std::vector<std::string>& set_tables() const { return set_->tables; }
  // The folder, held; nothing: there is none yet, it cannot be used, or files have no names.
  [[nodiscard]] std::optional<os::FilePath> existing_folder();

  // Whether a first table of so many bytes would go to a file.
  [[nodiscard]] bool wants_file(std::uint64_t bytes) const;

  // Whether a table of so many bytes goes to a file. Asked once for each table.
  [[nodiscard]] bool takes(std::size_t bytes);

  // Rows on their way into a table, which are read anew from memory that is not theirs alone: what
  // goes beyond a quarter of the memory goes to a file without a name. One thread at a time.
  [[nodiscard]] Status put_by(os::Mapping& rows);

  struct Made {
    os::Mapping memory;
    std::string digest;  // of the table
  };
  // The file of a table that takes() was asked for, found or filled. Errors: those of `fill`; a
  // source that changes meanwhile (data); a disk that is full, a folder that cannot be written
  // (internal). After an Error no new file is there.
  [[nodiscard]] Result<Made> make(const Table& table, std::size_t bytes, const TablePlace& place,
                                  const std::function<Status(std::span<std::byte>)>& fill);

  // The file of a table by its key. Nothing: it is not there, or it is damaged, which is noted.
  [[nodiscard]] Result<std::optional<Made>> find(const Table& table, std::size_t bytes,
                                                 const std::string& key);
  void note(std::string text);

  // One for each table in a file: which, where and why.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  // "rows in memory: 52.4 MiB (auto: at most half of 22.1 GiB)"; empty: none are.
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
  // A mapping of a file without a name, filled.
  [[nodiscard]] Result<os::Mapping> unnamed_file(
      std::size_t bytes, const std::function<Status(std::span<std::byte>)>& fill);
  [[nodiscard]] Result<Made> unnamed(const Table& table, std::size_t bytes,
                                     const std::function<Status(std::span<std::byte>)>& fill);
  // Makes and holds the folder, once.
  [[nodiscard]] Status ready_folder();
  [[nodiscard]] std::string why() const;
  [[nodiscard]] std::string unnamed_place() const;
  [[nodiscard]] Error with_way_on(Error error, std::size_t bytes) const;
  void tell(const Table& table, std::size_t bytes, const std::string& where);

  DataCache mode_;
  std::string folder_;
  std::optional<os::FilePath> held_;  // the folder, once it is wanted
  std::optional<std::uint64_t> allowed_;
  std::uint64_t taken_ = 0;   // by tables in memory
  std::uint64_t put_by_ = 0;  // by rows on their way
  ReadingProgress progress_;
  std::optional<Set> set_;
  std::vector<std::string> notes_;
};

}  // namespace forknet::data
