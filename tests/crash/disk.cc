#include "crash/disk.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/check.h"
#include "os/file.h"
#include "os/temporary_folder.h"

namespace forknet::crash {
namespace {

bool coin(std::mt19937_64& draw) { return draw() % 2 == 0; }

}  // namespace

Disk::Disk(const std::string& folder) : folder_(folder), nodes_(1) {
  nodes_[0].kind = Found::Kind::folder;
}

Disk::Disk(const std::string& folder, const Tree& tree) : Disk(folder) {
  for (const auto& [path, found] : tree) {
    nodes_[static_cast<std::size_t>(make(path, found.kind))].text = found.text;
  }
  for (Node& node : nodes_) sync(node);
}

void Disk::change(std::string& text, const Change& change) {
  if (change.cuts) {
    text.resize(change.offset);
    return;
  }
  text.resize(std::max<std::size_t>(text.size(), change.offset + change.bytes.size()));
  text.replace(change.offset, change.bytes.size(), change.bytes);
}

void Disk::rename_in(std::map<std::string, int>& names, const NameChange& change) {
  names.erase(change.gone);
  if (!change.name.empty()) names[change.name] = change.node;
}

std::string Disk::content(const Node& node, Loss::Content content, std::mt19937_64& draw) const {
  using Content = Loss::Content;
  if (content == Content::drawn) content = static_cast<Content>(draw() % 5);
  std::string text = node.text;
  if (content == Content::lost) return text;
  auto count = node.changes.size();
  if (content == Content::begun && count > 0) count = draw() % count;
  for (std::size_t i = 0; i < count; ++i) {
    Change part = node.changes[i];
    if (content == Content::zeros) std::fill(part.bytes.begin(), part.bytes.end(), '\0');
    if (content == Content::garbage) {
      for (char& byte : part.bytes) byte = static_cast<char>(draw());
    }
    change(text, part);
  }
  if (content == Content::begun && count < node.changes.size()) {
    Change part = node.changes[count];
    part.bytes.resize(part.bytes.empty() ? 0 : draw() % part.bytes.size());
    change(text, part);
  }
  return text;
}

std::map<std::string, int> Disk::names(const Node& node, Loss::Names names,
                                       std::mt19937_64& draw) const {
  std::map<std::string, int> found = node.names;
  for (const NameChange& change : node.name_changes) {
    const bool kept = names == Loss::Names::kept || (names == Loss::Names::drawn && coin(draw));
    if (kept) rename_in(found, change);
  }
  return found;
}

int Disk::find(const std::string& path) const {
  if (path == folder_) return 0;
  const int parent = find(os::folder_of(path));
  if (parent < 0) return -1;
  std::mt19937_64 none;
  const auto found = names(nodes_[static_cast<std::size_t>(parent)], Loss::Names::kept, none);
  const auto at = found.find(os::name_of(path));
  return at == found.end() ? -1 : at->second;
}

int Disk::make(const std::string& path, Found::Kind kind) {
  const int parent = find(os::folder_of(path));
  FORKNET_CHECK(parent >= 0);
  nodes_.emplace_back().kind = kind;
  const int node = static_cast<int>(nodes_.size()) - 1;
  nodes_[static_cast<std::size_t>(parent)].name_changes.push_back({"", os::name_of(path), node});
  return node;
}

void Disk::open(const DiskCall& call) {
  int node = find(call.path);
  if (node < 0) node = make(call.path, Found::Kind::file);
  if (call.cut) nodes_[static_cast<std::size_t>(node)].changes.push_back({0, "", true});
  open_[call.fd] = {node, 0, call.append};
}

void Disk::write(Open& file, const DiskCall& call) {
  Node& node = nodes_[static_cast<std::size_t>(file.node)];
  std::mt19937_64 none;
  auto at = static_cast<std::uint64_t>(call.offset);
  if (call.offset < 0) {
    if (file.append) file.at = content(node, Loss::Content::kept, none).size();
    at = file.at;
    file.at += call.bytes.size();
  }
  node.changes.push_back({at, call.bytes, false});
}

void Disk::sync(Node& node) {
  std::mt19937_64 none;
  node.before_sync = std::exchange(node.text, content(node, Loss::Content::kept, none));
  node.changes.clear();
  node.names = names(node, Loss::Names::kept, none);
  node.name_changes.clear();
}

void Disk::apply(const DiskCall& call) {
  using Kind = DiskCall::Kind;
  const auto file = open_.find(call.fd);
  if (call.kind == Kind::open) return open(call);
  if (call.kind == Kind::close) return (void)open_.erase(call.fd);
  if (call.kind == Kind::write) return write(file->second, call);
  if (call.kind == Kind::make_folder) return (void)make(call.path, Found::Kind::folder);
  if (call.kind == Kind::link) {
    const int node = make(call.path, Found::Kind::link);
    nodes_[static_cast<std::size_t>(node)].text = call.to;
  }
  if (call.kind == Kind::cut) {
    auto& changes = nodes_[static_cast<std::size_t>(file->second.node)].changes;
    changes.push_back({static_cast<std::uint64_t>(call.offset), "", true});
  }
  if (call.kind == Kind::sync) {
    Node& node = nodes_[static_cast<std::size_t>(file->second.node)];
    // The temporary file of a checkpoint is the only one that says so in its content.
    sync(node);
    if (node.text.find("forknet.checkpoint") != std::string::npos) {
      synced_checkpoint_ = file->second.node;
    }
  }
  if (call.kind == Kind::rename || call.kind == Kind::remove) {
    const bool renames = call.kind == Kind::rename;
    const int parent = find(os::folder_of(call.path));
    const int node = find(call.path);
    FORKNET_CHECK(parent >= 0);
    FORKNET_CHECK(!renames || os::folder_of(call.path) == os::folder_of(call.to));
    if (node < 0) return;  // a socket: it was bound, not opened
    nodes_[static_cast<std::size_t>(parent)].name_changes.push_back(
        {os::name_of(call.path), renames ? os::name_of(call.to) : "", renames ? node : -1});
  }
}

void Disk::collect(const std::string& path, int number, const Loss& loss, std::mt19937_64& draw,
                   Tree& tree) const {
  const Node& node = nodes_[static_cast<std::size_t>(number)];
  Found& found = tree[path];
  found.kind = node.kind;
  if (node.kind == Found::Kind::link) found.text = node.text;
  if (node.kind == Found::Kind::file) {
    const bool lied = loss.lies && number == synced_checkpoint_;
    found.text = lied ? node.before_sync : content(node, loss.content, draw);
  }
  if (node.kind != Found::Kind::folder) return;
  for (const auto& [name, child] : names(node, loss.names, draw)) {
    collect(std::string(path).append("/").append(name), child, loss, draw, tree);
  }
}

Tree Disk::after(const Loss& loss, std::mt19937_64& draw) const {
  Tree tree;
  collect(folder_, 0, loss, draw, tree);
  tree.erase(folder_);
  return tree;
}

void put_tree(const Tree& tree, const std::string& folder, const std::string& copy) {
  std::filesystem::remove_all(copy);
  std::filesystem::create_directories(copy);
  for (const auto& [path, found] : tree) {
    const std::string to = copy + path.substr(folder.size());
    if (found.kind == Found::Kind::folder) {
      std::filesystem::create_directory(to);
      std::filesystem::permissions(to, std::filesystem::perms(0700));
    }
    if (found.kind == Found::Kind::link) std::filesystem::create_symlink(found.text, to);
    if (found.kind == Found::Kind::file) {
      os::put_file(to, found.text);
      std::filesystem::permissions(to, std::filesystem::perms(0600));
    }
  }
}

Tree get_tree(const std::string& folder) {
  Tree tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    Found& found = tree[entry.path().string()];
    if (entry.is_symlink()) {
      found = {Found::Kind::link, std::filesystem::read_symlink(entry.path()).string()};
    } else if (entry.is_directory()) {
      found.kind = Found::Kind::folder;
    } else if (entry.is_regular_file()) {
      found.text = os::get_file(entry.path().string());
    } else {
      tree.erase(entry.path().string());
    }
  }
  return tree;
}

}  // namespace forknet::crash
