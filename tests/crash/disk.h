// A disk that keeps what was synced and may lose all else, by the rules of POSIX: fsync of a file
// keeps its content, not its name; fsync of a folder keeps its names. Of what was not synced any
// part may be there after a power cut: names in any choice, content in part, as zeros, as garbage.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "crash/disk_log.h"

namespace forknet::crash {

struct Found {
  enum class Kind { file, folder, link } kind = Kind::file;
  std::string text;  // content, or what the link says
  bool operator==(const Found&) const = default;
};
// By path. A folder comes before what is in it.
using Tree = std::map<std::string, Found>;

// What becomes of that which was not synced.
struct Loss {
  enum class Names { lost, kept, drawn };
  enum class Content { lost, kept, begun, zeros, garbage, drawn };
  Names names = Names::lost;
  Content content = Content::lost;
  bool lies = false;  // the newest sync of a checkpoint's content was none
};

class Disk {
 public:
  // The folder is there, empty and safe.
  explicit Disk(const std::string& folder);
  // The same, with all of this tree in it, whose paths begin with `folder`; safe too.
  Disk(const std::string& folder, const Tree& tree);

  void apply(const DiskCall& call);
  [[nodiscard]] Tree after(const Loss& loss, std::mt19937_64& draw) const;

 private:
  struct Change {
    std::uint64_t offset = 0;
    std::string bytes;
    bool cuts = false;  // the file ends at offset
  };
  struct NameChange {
    std::string gone;  // this name goes
    std::string name;  // this one comes, and is `node`
    int node = -1;
  };
  struct Node {
    Found::Kind kind = Found::Kind::file;
    std::string text;  // safe content
    std::vector<Change> changes;
    std::map<std::string, int> names;  // safe ones
    std::vector<NameChange> name_changes;
    std::string before_sync;
  };
  struct Open {
    int node = -1;
    std::uint64_t at = 0;
    bool append = false;
  };

  static void change(std::string& text, const Change& change);
  static void rename_in(std::map<std::string, int>& names, const NameChange& change);
  [[nodiscard]] std::string content(const Node& node, Loss::Content content,
                                    std::mt19937_64& draw) const;
  [[nodiscard]] std::map<std::string, int> names(const Node& node, Loss::Names names,
                                                 std::mt19937_64& draw) const;
  [[nodiscard]] int find(const std::string& path) const;  // -1: nothing
  int make(const std::string& path, Found::Kind kind);
  void open(const DiskCall& call);
  void write(Open& file, const DiskCall& call);
  void sync(Node& node);
  void collect(const std::string& path, int number, const Loss& loss, std::mt19937_64& draw,
               Tree& tree) const;

  std::string folder_;
  std::vector<Node> nodes_;  // 0: the folder
  std::map<int, Open> open_;
  int synced_checkpoint_ = -1;
};

// Makes the tree, whose paths begin with `folder`, under `copy`.
void put_tree(const Tree& tree, const std::string& folder, const std::string& copy);
// What is under `folder`; of files, folders and links alone.
[[nodiscard]] Tree get_tree(const std::string& folder);

}  // namespace forknet::crash
