#include "nn/layers/list.h"

#include <utility>

#include "nn/layers/dense/dense.h"
#include "nn/layers/dropout/dropout.h"

namespace forknet::nn {
namespace {

struct Layers {
  std::vector<const LayerKind*> all = {
      &dense_layer(),
      &dropout_layer(),
  };
  std::vector<std::unique_ptr<const LayerKind>> own;
};

Layers& layers() {
  static Layers layers;
  return layers;
}

}  // namespace

const std::vector<const LayerKind*>& layer_kinds() { return layers().all; }

const LayerKind* find_layer(std::string_view name) {
  for (const LayerKind* const kind : layers().all) {
    if (kind->name() == name) return kind;
  }
  return nullptr;
}

Status add_layer(std::unique_ptr<const LayerKind> kind) {
  const std::string name(kind->name());
  if (name.empty() || name.find_first_of(" \t\n\"'=,") != std::string::npos) {
    return Error{
        ErrorKind::config,
        "a layer's name is a word without blanks, quotes and commas; got \"" + name + "\""};
  }
  if (find_layer(name) != nullptr) {
    return Error{ErrorKind::config, "there is already a layer \"" + name + "\""};
  }
  layers().own.push_back(std::move(kind));
  layers().all.push_back(layers().own.back().get());
  return {};
}

}  // namespace forknet::nn
