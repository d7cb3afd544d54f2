#!/usr/bin/env python3
"""Nets that begin with an embedding: tokens and categories, the same weights in every layout, what the data says of the
codes, and which data and settings are refused.

Usage: embedding_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import json
import os
import random
import sys
import unittest

from homes import HomeTest, result, sets, toml, write

PROGRAM = os.path.abspath(sys.argv[1])
ROWS = 230


def lines_of(seed, change=None):
    """A table: a number, two columns of codes, the class that they decide."""
    draw = random.Random(seed)
    lines = ["size,shop,item,kind"]
    for row in range(ROWS):
        shop, item = draw.randrange(7), draw.randrange(40)
        kind = "abc"[(shop * 5 + item * 3) % 3]
        values = [f"{draw.random():.3f}", str(shop), str(item), kind]
        if change and row == 16:
            values[change[0]] = change[1]
        lines.append(",".join(values))
    return "\n".join(lines) + "\n"


CONFIG = """
[data]
format = "csv"
train = { inputs = "codes.csv" }
test = { inputs = "more.csv" }
target = "kind"
scale = "standard"
[model]
layers = [
  { type = "embedding", size = 6, columns = [1, 2] },
  { type = "dense", units = 20, activation = "relu" },
  { type = "dense" },
]
[train]
epochs = 3
batch = 32
leaf = 8
[optimizer]
lr = 0.01
"""
LAYOUTS = [
    {"threads": 2}, {"threads": "neurons"}, {"replicas": 2, "host": "thread"}, {"replicas": 3},
    {"stages": 3, "microbatches": 2}, {"stages": 2, "replicas": 2, "channel": "pipe"},
    {"stages": 2, "microbatches": 4, "schedule": "zero-bubble"},
]


def embedding(**keys):
    first = {"type": "embedding", "size": 6, "columns": [1, 2], **keys}
    return sets(["model.layers=" + toml([first, {"type": "dense", "units": 20}, {"type": "dense"}])])


class EmbeddingTest(HomeTest):
    program, config, digits = PROGRAM, ("n.toml", CONFIG), (40, 10)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write(cls.home.path("codes.csv"), lines_of(1))
        write(cls.home.path("more.csv"), lines_of(2))

    def refused(self, code, *words):
        ended = self.forknet("train", "n.toml", "--dry-run", *words)
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended.stderr

    def header(self, run):
        with open(self.home.run_path(run, "model.safetensors"), "rb") as file:
            return json.loads(file.read(int.from_bytes(file.read(8), "little")))

    def test_every_layout_and_the_reference_end_on_the_same_weights(self):
        for optimizer in ("sgd", "adam"):
            rule = sets([f"optimizer.type={optimizer}"])
            digests = {"serial": self.trained("n.toml", "--run", f"serial-{optimizer}", *rule)["weights_digest"]}
            digests["reference"] = self.trained("n.toml", "--run", f"reference-{optimizer}", *rule,
                                                *sets(["numerics.kernels=reference"]))["weights_digest"]
            for number, grid in enumerate(LAYOUTS):
                words = sets([f"grid.{key}={toml(value)}" for key, value in grid.items()])
                digests[str(grid)] = self.trained("n.toml", "--run", f"{optimizer}-{number}", *rule,
                                                  *words)["weights_digest"]
            self.assertEqual(len(set(digests.values())), 1, digests)

    def test_averages_of_models_are_the_same_for_any_workers(self):
        for optimizer in ("sgd", "adam"):
            digests = set()
            for host, replicas in (("thread", 1), ("thread", 3), ("process", 2)):
                words = sets([f"optimizer.type={optimizer}", "grid.sync=average", "grid.models=3",
                              "grid.average_every=2", f"grid.replicas={replicas}", f"grid.host={host}"])
                run = f"average-{optimizer}-{host}-{replicas}"
                digests.add(self.trained("n.toml", "--run", run, *words)["weights_digest"])
            self.assertEqual(len(digests), 1, optimizer)

    def test_the_data_says_how_many_codes_there_are(self):
        trained = self.trained("n.toml", "--run", "told")
        header = self.header("told")
        self.assertEqual(header["layers.0.weight"]["shape"], [7 + 40, 6])
        self.assertIn('"codes":[7,40]', header["__metadata__"]["forknet.model"])
        self.assertEqual(result(self.forknet("eval", "told", "--data", "more.csv", "--json"))["loss"],
                         trained["test"]["loss"])

    def test_it_learns_what_codes_mean(self):
        trained = self.trained("n.toml", "--run", "learns", *sets(["train.epochs=60"]))
        self.assertGreater(trained["train"]["accuracy"], 0.9)

    def test_categories_of_a_table_are_codes_on_request(self):
        names = ("north", "south", "east", "west", "")
        def table(seed, more=()):
            draw = random.Random(seed)
            lines = ["size,shop,colour,kind"]
            for _ in range(120):
                shop, colour = draw.choice(names + more), draw.choice(("red", "blue"))
                lines.append(f"{draw.random():.3f},{shop},{colour},{'yes' if colour == 'red' else 'no'}")
            return "\n".join(lines) + "\n"
        write(self.home.path("texts.csv"), table(1))
        write(self.home.path("others.csv"), table(2, ("nowhere",)))
        words = [*sets(['data.train={inputs="texts.csv"}', 'data.test={inputs="others.csv"}', "train.epochs=20"])]
        codes = sets(["data.categories=codes"])
        first = [{"type": "embedding", "size": 3}, {"type": "dense"}]
        whole = self.trained("n.toml", "--run", "texts", *words, *codes, *sets(["model.layers=" + toml(first)]))
        # Two columns with a code more than they have texts, the indicator of the first, and the number.
        header = self.header("texts")
        self.assertEqual(header["layers.0.weight"]["shape"], [5 + 3, 3])
        self.assertEqual(header["layers.1.weight"]["shape"], [2, 3 + 3 + 2])
        self.assertIn('"columns":[1,3],"size":3', header["__metadata__"]["forknet.model"])
        self.assertEqual(whole["train"]["accuracy"], 1.0)
        told = result(self.forknet("eval", "texts", "--data", "others.csv", "--json"))
        self.assertEqual(told["loss"], whole["test"]["loss"])
        refused = self.refused(3, *words, *codes, *sets(["model.layers=" + toml([{"type": "dense"}])]))
        self.assertIn("the first layer takes numbers, not codes", refused)

    def test_a_run_killed_in_a_step_continues_with_the_same_weights(self):
        rule = sets(["optimizer.type=sgd"])
        whole = self.trained("n.toml", "--run", "undisturbed", *rule)
        for name, grid in (("serial", []), ("cells", ["grid.replicas=2"])):
            self.home.killed_at(12, "train", "n.toml", "--run", f"killed-{name}", "--quiet", *rule, *sets(grid))
            resumed = result(self.forknet("train", "--resume", f"killed-{name}", "--json", "--quiet"))
            self.assertEqual(resumed["weights_digest"], whole["weights_digest"])

    def test_cells_killed_within_an_update_do_not_change_the_weights(self):
        rule = sets(["optimizer.type=sgd"])
        whole = self.trained("n.toml", "--run", "whole-cells", *rule)
        words = [*rule, *sets(["grid.stages=2", "grid.replicas=2"])]
        for place in ("update/layer:9", "update/after:12"):
            ended = self.forknet("train", "n.toml", "--run", "killed-" + place[7:12], "--json", *words,
                                 environment={"FORKNET_FAILPOINTS": place + ":kill"})
            self.assertGreater(result(ended)["faults"]["cell_deaths"], 0)
            self.assertEqual(result(ended)["weights_digest"], whole["weights_digest"])

    def test_tokens_share_one_table(self):
        self.trained("n.toml", "--run", "tokens", *embedding(codes=50))
        self.assertEqual(self.header("tokens")["layers.0.weight"]["shape"], [50, 6])

    def test_a_stopped_run_continues_in_another_layout(self):
        whole = self.trained("n.toml", "--run", "whole")
        self.trained("n.toml", "--run", "half", *sets(["train.max_steps=9"]))
        resumed = result(self.forknet("train", "--resume", "half", "--json", "--quiet",
                                      *sets(["train.max_steps=0", "grid.stages=2", "grid.replicas=2"])))
        self.assertEqual(resumed["weights_digest"], whole["weights_digest"])

    def test_a_column_without_whole_number_codes_is_a_bad_setting(self):
        message = self.refused(3, *embedding(columns=[0, 1]))
        self.assertIn("layer 1 (embedding) takes whole-number codes, but in codes.csv input 0 (size) of row 1 is 0.",
                      message)
        write(self.home.path("minus.csv"), lines_of(1, (1, "-3")))
        message = self.refused(3, *sets(['data.train={inputs="minus.csv"}']))
        self.assertIn("input 1 (shop) of row 17 is -3", message)

    def test_a_code_outside_the_table_is_bad_data(self):
        self.assertIn("codes.csv: input 2 (item) of row ", self.refused(4, *embedding(codes=[7, 20])))
        write(self.home.path("new.csv"), lines_of(2, (1, "99")))
        message = self.refused(4, *sets(['data.test={inputs="new.csv"}']), *embedding(codes=[7, 40]))
        self.assertIn("new.csv: input 1 (shop) of row 17 is 99, but the model has the codes 0 to 6 there", message)
        self.trained("n.toml", "--run", "old")
        for words in (("eval", "old", "--data", "new.csv"), ("predict", "old", "--in", "new.csv", "--out", "o.csv")):
            ended = self.forknet(*words)
            self.assertEqual(ended.returncode, 4, ended.stderr)
            self.assertIn("input 1 (shop) of row 17 is 99", ended.stderr)

    def test_what_does_not_fit_is_refused(self):
        self.assertIn("columns has 3, but the inputs are 0 to 2", self.refused(3, *embedding(columns=[3])))
        self.assertIn("codes has 3 numbers for 2 columns", self.refused(3, *embedding(codes=[7, 40, 2])))
        self.assertIn("layer 1: codes", self.refused(3, *embedding(codes=[0])))
        second = [{"type": "dense", "units": 4}, {"type": "embedding", "size": 4}, {"type": "dense"}]
        message = self.refused(3, *sets(["model.layers=" + toml(second)]))
        self.assertIn("layer 2 (embedding) has numbers before it", message)
        self.assertIn("shapes so far: 3 inputs, dense 4", message)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
