#!/usr/bin/env python3
"""Nets of several members (model.members): every layout ends on the same weights, kills and resumes keep them, and
eval and predict give the mean of the members, as numpy computes it from the tensors of the model file.

Usage: members_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import gzip
import json
import os
import sys
import unittest

import numpy

from homes import DIGITS, HomeTest, result, sets, toml

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = DIGITS + """
[model]
layers = [
  { type = "dense", units = 40, activation = "gelu" },
  { type = "dropout", rate = 0.1 },
  { type = "layer_norm" },
  { type = "residual", layers = [
    { type = "dense", units = 33, activation = "relu" },
    { type = "dense", units = 40 },
  ] },
  { type = "dense", units = 10 },
]
members = 3
[train]
epochs = 2
batch = 48
leaf = 8
"""
IMAGES = "digits/t10k-images-idx3-ubyte.gz"
LABELS = "digits/t10k-labels-idx1-ubyte.gz"
LAYOUTS = [
    {"threads": 2}, {"replicas": 2, "host": "thread"}, {"replicas": 3}, {"replicas": 3, "threads": 2},
    {"stages": 2, "host": "thread"}, {"stages": 4, "microbatches": 3}, {"replicas": 3, "channel": "pipe"},
    {"stages": 3, "microbatches": 3, "schedule": "zero-bubble"}, {"stages": 2, "replicas": 2, "channel": "pipe"},
]
# Small nets whose outputs numpy computes.
PLAIN = [{"type": "dense", "units": 20, "activation": "tanh"}, {"type": "dense", "units": 12, "activation": "relu"}]


def tensors_of(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        numbers = file.read()
    types = {"F32": "<f4", "F64": "<f8"}
    return {name: numpy.frombuffer(numbers[slice(*tensor["data_offsets"])], types[tensor["dtype"]])
                  .reshape(tensor["shape"]).astype(float)
            for name, tensor in header.items() if name != "__metadata__"}


def outputs_of(tensors, inputs):
    """(members, rows, outputs) of a net of PLAIN and a last layer."""
    members = []
    for m in range(tensors["layers.2.weight"].shape[0]):
        x = (inputs - tensors["input.offset"]) * tensors["input.factor"]
        for layer, activation in ((0, numpy.tanh), (1, lambda z: numpy.maximum(z, 0))):
            part = {name: tensors[f"layers.{layer}.{name}"] for name in ("input_scale", "weight", "output_scale",
                                                                        "bias")}
            z = (x * part["input_scale"][m]) @ part["weight"].T
            x = activation(z * part["output_scale"][m] + part["bias"][m])
        members.append(x @ tensors["layers.2.weight"][m].T + tensors["layers.2.bias"][m])
    return numpy.array(members)


def softmax(z):
    e = numpy.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def layers(*given):
    return "model.layers=" + toml(list(given))


class MembersTest(HomeTest):
    program, config, digits = PROGRAM, ("n.toml", CONFIG), (200, 50)

    def refused(self, *settings, code=3):
        ended = self.forknet("train", "n.toml", "--dry-run", *sets(settings))
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended.stderr

    def pixels(self):
        with gzip.open(self.home.path(IMAGES)) as file:
            return numpy.frombuffer(file.read()[16:], numpy.uint8).reshape(50, 784).astype(float)

    def labels(self):
        with gzip.open(self.home.path(LABELS)) as file:
            return numpy.frombuffer(file.read()[8:], numpy.uint8)

    def test_every_layout_and_the_reference_end_on_the_same_weights(self):
        ends = {"serial": self.trained("n.toml", "--run", "serial")}
        ends["reference"] = self.trained("n.toml", "--run", "reference", *sets(["numerics.kernels=reference"]))
        for number, grid in enumerate(LAYOUTS):
            words = sets([f"grid.{key}={toml(value)}" for key, value in grid.items()])
            ends[str(grid)] = self.trained("n.toml", "--run", f"layout-{number}", *words)
        same = {name: (end["weights_digest"], end["train"]["loss"], end["train"]["accuracy"], end["test"]["loss"])
                for name, end in ends.items()}
        self.assertEqual(len(set(same.values())), 1, same)

    def test_averages_of_models_are_the_same_for_any_workers(self):
        digests = set()
        for replicas in (1, 3):
            words = sets(["grid.sync=average", "grid.models=3", f"grid.replicas={replicas}", "grid.host=thread"])
            digests.add(self.trained("n.toml", "--run", f"average-{replicas}", *words)["weights_digest"])
        self.assertEqual(len(digests), 1)

    def test_one_member_is_the_net_without_the_setting(self):
        plain = self.trained("n.toml", "--run", "one", *sets(["model.members=1"]))
        text = CONFIG.replace("members = 3\n", "")
        self.assertNotIn("members", text)
        with open(self.home.path("plain.toml"), "w") as file:
            file.write(text)
        self.assertEqual(self.trained("plain.toml", "--run", "plain")["weights_digest"], plain["weights_digest"])
        self.assertNotEqual(self.trained("n.toml", "--run", "two", *sets(["model.members=2"]))["weights_digest"],
                            plain["weights_digest"])

    def test_a_killed_run_ends_on_the_same_weights(self):
        whole = self.trained("n.toml", "--run", "whole")
        for number, (grid, state) in enumerate([(["grid.stages=2", "grid.channel=pipe"], "memory"),
                                                (["grid.replicas=2"], "folder")]):
            run = f"killed-{number}"
            self.home.killed_at(5, "train", "n.toml", "--run", run, "--quiet", *sets([*grid, f"run.state={state}"]))
            resumed = result(self.forknet("train", "--resume", run, "--json", "--quiet"))
            self.assertEqual(resumed["weights_digest"], whole["weights_digest"], run)

    def test_a_resume_from_a_checkpoint_in_another_layout_goes_on(self):
        whole = self.trained("n.toml", "--run", "from-start")
        self.trained("n.toml", "--run", "half", *sets(["train.max_steps=4"]))
        resumed = result(self.forknet("train", "--resume", "half", "--json", "--quiet",
                                      *sets(["train.max_steps=0", "grid.stages=2"])))
        self.assertEqual(resumed["weights_digest"], whole["weights_digest"])
        other = self.forknet("train", "--resume", "half", *sets(["model.members=2"]))
        self.assertEqual(other.returncode, 3)
        self.assertIn("model.members = 2 cannot change in a resume", other.stderr)

    def test_eval_and_predict_give_the_mean_of_the_members_probabilities(self):
        last = {"type": "dense", "units": 10}
        trained = self.trained("n.toml", "--run", "classes", *sets([layers(*PLAIN, last), "model.members=5"]))
        tensors = tensors_of(self.home.run_path("classes", "model.safetensors"))
        self.assertEqual(tensors["layers.2.weight"].shape, (5, 10, 12))
        self.assertEqual(tensors["layers.0.input_scale"].shape, (5, 784))
        expected = softmax(outputs_of(tensors, self.pixels())).mean(axis=0)
        told = result(self.forknet("eval", "classes", "--data", IMAGES, "--json"))
        self.assertEqual(told["loss"], trained["test"]["loss"])
        rows = numpy.arange(50)
        self.assertAlmostEqual(told["loss"], -numpy.log(expected[rows, self.labels()]).mean(), places=5)
        self.assertEqual(told["accuracy"], (expected.argmax(axis=1) == self.labels()).mean())
        for form in ("npy", "csv"):
            self.assertEqual(self.forknet("predict", "classes", "--in", IMAGES, "--out", f"p.{form}").returncode, 0)
        got = numpy.load(self.home.path("p.npy"))
        self.assertEqual(got.shape, (50, 10))
        self.assertLess(abs(got - expected).max(), 1e-5)
        with open(self.home.path("p.csv")) as file:
            self.assertEqual(len(file.read().splitlines()), 51)

    def test_numbers_rates_and_shares_are_averaged_as_such(self):
        random = numpy.random.default_rng(1)
        inputs = random.normal(size=(60, 3)).round(3)
        numpy.save(self.home.path("inputs.npy"), inputs.astype(numpy.float32))
        links = {"mse": lambda z: z, "poisson": numpy.exp, "binary_cross_entropy": lambda z: 1 / (1 + numpy.exp(-z))}
        for loss, link in links.items():
            targets = (random.uniform(size=(60, 2)) < 0.4).astype(float)
            data = {"inputs": inputs.tolist(), "targets": targets.tolist()}
            with open(self.home.path(f"{loss}.toml"), "w") as file:
                file.write(f'[data]\nformat = "arrays"\ntrain = {toml(data)}\nscale = "standard"\n'
                           f'[model]\nlayers = '
                           f'{toml([*PLAIN, {"type": "dense", "units": 2}])}\nloss = "{loss}"\nmembers = 4\n'
                           f'[train]\nepochs = 30\nbatch = 20\n[optimizer]\nlr = 0.01\n')
            self.trained(f"{loss}.toml", "--run", loss, *sets(["numerics.precision=fp64"]))
            tensors = tensors_of(self.home.run_path(loss, "model.safetensors"))
            expected = link(outputs_of(tensors, inputs)).mean(axis=0)
            ended = self.forknet("predict", loss, "--in", "inputs.npy", "--out", f"{loss}.npy")
            self.assertEqual(ended.returncode, 0, ended.stderr)
            got = numpy.load(self.home.path(f"{loss}.npy"))
            self.assertEqual(got.shape, (60, 2))
            self.assertLess(abs(got - expected).max(), 1e-5, loss)
            self.assertGreater(outputs_of(tensors, inputs).std(axis=0).max(), 0.01, "members are alike")

    def test_figures_count_samples(self):
        one = self.trained("n.toml", "--run", "count-1", *sets(["model.members=1"]))
        many = self.trained("n.toml", "--run", "count-8", *sets(["model.members=8"]))
        self.assertEqual(one["steps"], many["steps"])
        with open(self.home.run_path("count-8", "metrics.jsonl")) as file:
            accuracies = [json.loads(line).get("accuracy", 0) for line in file]
        self.assertLessEqual(max(accuracies), 1.0)
        self.assertEqual(result(self.forknet("eval", "count-8", "--data", IMAGES, "--json"))["rows"], 50)

    def test_a_dry_run_shows_the_members(self):
        shown = self.forknet("train", "n.toml", "--dry-run")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("784-40-33-40-10 x 3 members", shown.stdout)
        rows = [line.split() for line in shown.stdout.splitlines() if line.startswith("#") and " x 3 x " in line]
        self.assertEqual([row[1:8] for row in rows][:3],
                         [["1", kind, "48", "x", "3", "x", outputs] for kind, outputs in
                          (("member_inputs", "784"), ("dense_shared", "40"), ("member_outputs", "40"))])
        self.assertEqual(rows[-1][1:8], ["5", "member_dense", "48", "x", "3", "x", "10"])

    def test_what_cannot_be_is_refused(self):
        for members in (0, 65, "1.5"):
            self.assertIn("a whole number from 1 to 64", self.refused(f"model.members={members}"))
        said = self.refused('grid.threads="neurons"')
        self.assertIn("does not go with model.members = 3", said)
        self.assertIn("is too large for 64 members", self.refused("train.batch=100000000", "model.members=64",
                                                                  "train.leaf=1000"))
        self.assertIn("the model has only 4 layers that a stage can begin with", self.refused("grid.stages=5"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
