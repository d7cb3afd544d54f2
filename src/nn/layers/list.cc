#include "nn/layers/list.h"

#include "nn/layers/dense/dense.h"
#include "nn/layers/dropout/dropout.h"
#include "nn/layers/embedding/embedding.h"
#include "nn/layers/layer_norm/layer_norm.h"
#include "nn/layers/residual/residual.h"

namespace forknet::nn {

PartList<LayerPart>& layers() {
  static PartList<LayerPart> list({
      {dense_layer()},
      {dropout_layer()},
      {layer_norm_layer()},
      {embedding_layer()},
      {residual_layer()},
  });
  return list;
}

const LayerKind* find_layer(std::string_view name) {
  const LayerPart* const part = layers().find(name);
  return part == nullptr ? nullptr : part->kind.get();
}

}  // namespace forknet::nn
