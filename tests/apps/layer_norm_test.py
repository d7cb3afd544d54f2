#!/usr/bin/env python3
"""Nets with layer_norm: every layout ends on the same weights; what a config may say of it, and what is said of
batch_norm.

Usage: layer_norm_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import json
import os
import struct
import sys
import unittest

from homes import DIGITS, HomeTest, result, sets, toml

PROGRAM = os.path.abspath(sys.argv[1])
# Below and above dropout, first and beside a layer that is partitioned by units.
CONFIG = DIGITS + """
[model]
layers = [
  { type = "layer_norm" },
  { type = "dense", units = 40, activation = "gelu" },
  { type = "dropout", rate = 0.1 },
  { type = "layer_norm", eps = 0.001 },
  { type = "dropout", rate = 0.1 },
  { type = "dense", units = 33 },
  { type = "layer_norm" },
  { type = "dense", units = 10 },
]
[train]
epochs = 2
batch = 48
leaf = 8
[optimizer]
weight_decay = 0.01
"""
DATA = "digits/t10k-images-idx3-ubyte.gz"
LAYOUTS = [
    {"threads": 2}, {"threads": 3, "host": "thread"}, {"threads": "neurons"},
    {"replicas": 2, "host": "thread"}, {"replicas": 3}, {"stages": 2, "host": "thread"}, {"stages": 6, "microbatches": 3},
    {"stages": 3, "microbatches": 3, "schedule": "zero-bubble"}, {"stages": 2, "replicas": 2},
    {"stages": 2, "replicas": 2, "channel": "pipe"}, {"replicas": 2, "threads": 2, "channel": "pipe"},
]


def layers(*given):
    return ["model.layers=" + toml([*given, {"type": "dense", "units": 10}])]


class LayerNormTest(HomeTest):
    program, config, digits = PROGRAM, ("n.toml", CONFIG), (200, 50)

    def model(self, run):
        """(header, numbers) of a run's model file."""
        with open(self.home.run_path(run, "model.safetensors"), "rb") as file:
            return json.loads(file.read(int.from_bytes(file.read(8), "little"))), file.read()

    def test_every_layout_and_the_reference_end_on_the_same_weights(self):
        digests = {"serial": self.trained("n.toml", "--run", "serial")["weights_digest"]}
        plain = self.forknet("train", "n.toml", "--run", "reference", "--json", "--quiet",
                             *sets(["numerics.kernels=reference"]))
        digests["reference"] = result(plain)["weights_digest"]
        for number, grid in enumerate(LAYOUTS):
            words = sets([f"grid.{key}={toml(value)}" for key, value in grid.items()])
            digests[str(grid)] = self.trained("n.toml", "--run", f"layout-{number}", *words)["weights_digest"]
        self.assertEqual(len(set(digests.values())), 1, digests)

    def test_a_model_file_has_scale_and_shift_and_eval_reads_them(self):
        trained = self.trained("n.toml", "--run", "file")
        told = result(self.forknet("eval", "file", "--data", DATA, "--json"))
        self.assertEqual(told["loss"], trained["test"]["loss"])
        header, _ = self.model("file")
        self.assertEqual(header["layers.3.weight"]["shape"], [40])
        self.assertEqual(header["layers.3.bias"]["shape"], [40])
        self.assertIn('"eps":0.001', header["__metadata__"]["forknet.model"])

    def test_weight_decay_leaves_scale_and_shift_alone(self):
        """All first weights are 0, so that no gradient but that of the last bias is other than 0."""
        for kind in ("sgd", "momentum", "adam"):
            self.trained("n.toml", "--run", f"decay-{kind}", *sets([
                f"optimizer.type={kind}", "optimizer.weight_decay=0.5", "model.init=zeros",
                *layers({"type": "dense", "units": 8}, {"type": "layer_norm"})]))
            header, numbers = self.model(f"decay-{kind}")
            for name, first in (("weight", 1.0), ("bias", 0.0)):
                begin, end = header[f"layers.1.{name}"]["data_offsets"]
                self.assertEqual(struct.unpack("<8f", numbers[begin:end]), (first,) * 8, (kind, name))

    def test_weight_decay_takes_scale_and_shift_where_it_is_asked_for(self):
        self.trained("n.toml", "--run", "decay-norms", *sets([
            "optimizer.type=sgd", "optimizer.weight_decay=0.5", "optimizer.decay_norms=true", "model.init=zeros",
            *layers({"type": "dense", "units": 8}, {"type": "layer_norm"})]))
        header, numbers = self.model("decay-norms")
        begin, end = header["layers.1.weight"]["data_offsets"]
        scales = struct.unpack("<8f", numbers[begin:end])
        self.assertTrue(all(0 < scale < 1 for scale in scales), scales)

    def test_batch_norm_is_refused_with_the_reason_and_what_to_take_instead(self):
        refused = self.forknet("train", "n.toml", "--dry-run", *sets(layers({"type": "batch_norm"})))
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertIn("layer 1: batch_norm is not possible: a row's output would depend on the rows beside it",
                      refused.stderr)
        self.assertIn('take { type = "layer_norm" }', refused.stderr)

    def test_what_does_not_fit_is_refused(self):
        for given, message in [({"type": "layer_norm", "eps": 0}, "layer 1: eps"),
                               ({"type": "layer_norm", "units": 4}, 'unknown key "units" in a layer_norm layer')]:
            refused = self.forknet("train", "n.toml", "--dry-run", *sets(layers(given)))
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn(message, refused.stderr)
        refused = self.forknet("train", "n.toml", "--dry-run", *sets(['model.layers=[{type="layer_norm"}]']))
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertIn("the last layer is layer_norm; expected dense", refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
