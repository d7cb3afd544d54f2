#!/usr/bin/env python3
"""Nets with residual blocks: every layout ends on the same weights, model files and resumes keep the blocks, and what
does not fit is refused with the shapes so far.

Usage: residual_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import json
import os
import sys
import unittest

from homes import DIGITS, HomeTest, result, sets, toml

PROGRAM = os.path.abspath(sys.argv[1])
# Blocks beside one another, in one another, first, and with dropout at every place.
CONFIG = DIGITS + """
[model]
layers = [
  { type = "residual", layers = [ { type = "dropout", rate = 0.1 } ] },
  { type = "dense", units = 40, activation = "gelu" },
  { type = "dropout", rate = 0.1 },
  { type = "residual", layers = [
    { type = "layer_norm" },
    { type = "dense", units = 33, activation = "relu" },
    { type = "residual", layers = [ { type = "dense", units = 33, activation = "tanh" } ] },
    { type = "dense", units = 40 },
    { type = "dropout", rate = 0.1 },
  ] },
  { type = "residual", layers = [ { type = "dropout", rate = 0.1 }, { type = "dense", units = 40 } ] },
  { type = "dense", units = 10 },
]
[train]
epochs = 2
batch = 48
leaf = 8
"""
DATA = "digits/t10k-images-idx3-ubyte.gz"
LAYOUTS = [
    {"threads": 2}, {"threads": "neurons"}, {"replicas": 2, "host": "thread"}, {"replicas": 3},
    {"stages": 2, "host": "thread"}, {"stages": 4, "microbatches": 3},
    {"stages": 3, "microbatches": 3, "schedule": "zero-bubble"}, {"stages": 2, "replicas": 2, "channel": "pipe"},
]


def layers(*given):
    return ["model.layers=" + toml([*given, {"type": "dense", "units": 10}])]


class ResidualTest(HomeTest):
    program, config, digits = PROGRAM, ("n.toml", CONFIG), (200, 50)

    def refused(self, *given):
        ended = self.forknet("train", "n.toml", "--dry-run", *sets(layers(*given)))
        self.assertEqual(ended.returncode, 3, ended.stderr)
        return ended.stderr

    def test_every_layout_and_the_reference_end_on_the_same_weights(self):
        digests = {"serial": self.trained("n.toml", "--run", "serial")["weights_digest"]}
        digests["reference"] = self.trained("n.toml", "--run", "reference",
                                            *sets(["numerics.kernels=reference"]))["weights_digest"]
        for number, grid in enumerate(LAYOUTS):
            words = sets([f"grid.{key}={toml(value)}" for key, value in grid.items()])
            digests[str(grid)] = self.trained("n.toml", "--run", f"layout-{number}", *words)["weights_digest"]
        self.assertEqual(len(set(digests.values())), 1, digests)

    def test_averages_of_models_are_the_same_for_any_workers(self):
        digests = set()
        for replicas in (1, 3):
            words = sets(["grid.sync=average", "grid.models=3", f"grid.replicas={replicas}", "grid.host=thread"])
            digests.add(self.trained("n.toml", "--run", f"average-{replicas}", *words)["weights_digest"])
        self.assertEqual(len(digests), 1)

    def test_a_stage_of_a_block_without_parameters_is_recovered_over_pipes(self):
        block = {"type": "residual", "layers": [{"type": "dropout", "rate": 0.1}]}
        model = sets(layers({"type": "dense", "units": 20}, block))
        whole = self.trained("n.toml", "--run", "whole", *model)
        for state in ("memory", "folder"):
            self.home.killed_at(5, "train", "n.toml", "--run", f"killed-{state}", "--quiet", *model,
                                *sets(["grid.stages=3", "grid.channel=pipe", f"run.state={state}"]))
            resumed = result(self.forknet("train", "--resume", f"killed-{state}", "--json", "--quiet"))
            self.assertEqual(resumed["weights_digest"], whole["weights_digest"], state)

    def test_dropout_is_refused_where_its_numbers_would_repeat(self):
        many = [{"type": "residual", "layers": [{"type": "dense", "units": 16}]}] * 85
        first = {"type": "dense", "units": 16}
        self.assertEqual(self.forknet("train", "n.toml", "--dry-run", *sets(layers(first, *many))).returncode, 0)
        said = self.refused(first, *many, {"type": "dropout", "rate": 0.1})
        self.assertIn("dropout is possible in the first 256", said)

    def test_a_model_file_has_the_blocks_and_eval_and_resume_read_them(self):
        trained = self.trained("n.toml", "--run", "file")
        told = result(self.forknet("eval", "file", "--data", DATA, "--json"))
        self.assertEqual(told["loss"], trained["test"]["loss"])
        with open(self.home.run_path("file", "model.safetensors"), "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        self.assertEqual(header["layers.3.layers.2.layers.0.weight"]["shape"], [33, 33])
        self.assertEqual(header["layers.5.weight"]["shape"], [10, 40])
        stopped = self.trained("n.toml", "--run", "half", *sets(["train.max_steps=4"]))
        self.assertEqual(stopped["steps"], 4)
        resumed = result(self.forknet("train", "--resume", "half", "--json", "--quiet",
                                      *sets(["train.max_steps=0", "grid.stages=2"])))
        self.assertEqual(resumed["weights_digest"], trained["weights_digest"])

    def test_a_dry_run_shows_the_layers_of_a_block_with_their_places(self):
        shown = self.forknet("train", "n.toml", "--dry-run")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        places = [line.split()[1:3] for line in shown.stdout.splitlines() if " x " in line and line.startswith("#")]
        self.assertIn(["4.3.1", "dense"], places)
        self.assertEqual(places[-1], ["6", "dense"])

    def test_stages_are_cut_between_blocks(self):
        ended = self.forknet("train", "n.toml", "--dry-run", *sets(["grid.stages=5"]))
        self.assertEqual(ended.returncode, 3, ended.stderr)

    def test_what_does_not_fit_is_refused(self):
        dense = {"type": "dense", "units": 20}
        message = self.refused(dense, {"type": "residual", "layers": [dense, {"type": "dense", "units": 21}]})
        self.assertIn("layer 2 adds the outputs of its layers to its inputs: 21 numbers to 20", message)
        self.assertIn("shapes so far: 784 inputs, dense 20, residual 20, dense 20, dense 21", message)
        self.assertIn("layer 1 has no layers", self.refused({"type": "residual"}))
        self.assertIn("layer 1: layers is not a list with a layer in it",
                      self.refused({"type": "residual", "layers": []}))
        self.assertIn("layer 1.2 (dense) has no units",
                      self.refused({"type": "residual", "layers": [dense, {"type": "dense"}]}))
        self.assertIn('unknown key "rate" in a residual layer',
                      self.refused({"type": "residual", "layers": [dense], "rate": 0.1}))
        self.assertIn('unknown key "layers" in a dense layer', self.refused({**dense, "layers": [dense]}))
        deep = dense
        for _ in range(40):
            deep = {"type": "residual", "layers": [deep]}
        self.assertIn("more than 16 lists in one another", self.refused(deep))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
