#!/usr/bin/env python3
"""Rows that count more or less than others (data.weight), as a user meets them.

Usage: weights_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import array
import json
import os
import random
import sys
import unittest
import zipfile

from homes import HomeTest, read, sets, toml, write

PROGRAM = os.path.abspath(sys.argv[1])

CONFIG = """
[run]
name = "w"
[data]
format = "csv"
train = { inputs = "weighed.csv" }
target = "y"
weight = "w"
scale = "standard"
[model]
layers = [ { type = "dense", units = 12, activation = "tanh" }, { type = "dense", units = 3 } ]
[train]
epochs = 4
batch = 40
[optimizer]
lr = 0.01
[log]
every = 1
"""
ONE_BATCH = ["train.batch=100000", "data.shuffle=false", "optimizer.type=sgd", "optimizer.lr=0.5"]
NUMBERS = ["data.target=[\"z\"]", 'data.drop=["y"]', 'model.loss="mse"', 'data.task="regress"',
           'model.layers=[{type="dense",units=9,activation="tanh"},{type="dense",units=1}]']
WIDE = ["numerics.precision=fp64"]
ALIKE = ["data.weight=[]"]


def drawn(count, seed):
    """Lines "p,q,c,z,y" and the weight of each, a third of them 0."""
    source = random.Random(seed)
    rows = []
    for i in range(count):
        p, q = source.gauss(0, 1), source.gauss(0, 1)
        p_text = "?" if i % 9 == 4 else f"{p:.4f}"
        y = "low" if p + q < -0.5 else "high" if p > 0.3 else "mid"
        rows.append((f"{p_text},{q:.4f},{source.choice(['Ulm', 'Bonn', 'Rom'])},{p - 2 * q:.4f},{y}",
                     source.choice([0, 1, 2])))
    rows.append(("9.5,99,Oslo,1234,none", 0))  # a class, a category and values of its own
    return rows


def table(rows, weighed=True):
    lines = ["p,q,c,z,y" + (",w" if weighed else "")]
    return "\n".join(lines + [line + (f",{weight:g}" if weighed else "") for line, weight in rows]) + "\n"


def npy(descr, shape, numbers):
    """The text of an array as numpy.save writes it."""
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    kind = {"<f8": "d", "<i8": "q"}[descr]
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + array.array(kind, numbers).tobytes()


def archive(path, rows, weighed=True):
    """x, y and w of rows (inputs, label, weight), as numpy.savez writes them."""
    arrays = {"x": npy("<f8", (len(rows), len(rows[0][0])), [number for row in rows for number in row[0]]),
              "y": npy("<i8", (len(rows),), [row[1] for row in rows])}
    if weighed:
        arrays["w"] = npy("<f8", (len(rows),), [float(row[2]) for row in rows])
    with zipfile.ZipFile(path, "w") as file:
        for name, content in arrays.items():
            file.writestr(name + ".npy", content)


def tensors(path):
    """The trained numbers of a model file, one after the other."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        numbers = file.read()
    found = []
    for name, tensor in sorted(header.items()):
        if name.startswith("layers."):
            begin, end = tensor["data_offsets"]
            found += array.array({"F32": "f", "F64": "d"}[tensor["dtype"]], numbers[begin:end])
    return found


class WeightsTest(HomeTest):
    program, config, digits = PROGRAM, ("w.toml", CONFIG), (20, 10)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = drawn(300, 5)
        cls.counted = [row for row in cls.rows if row[1] > 0]
        files = {"weighed": table(cls.rows), "absent": table(cls.counted),
                 "often": table([row for row in cls.rows for _ in range(row[1])], False),
                 "ones": table([(line, 1) for line, _ in cls.counted]),
                 "sevens": table([(line, 7) for line, _ in cls.counted]),
                 "plain": table(cls.counted, False)}
        for name, text in files.items():
            write(cls.home.path(name + ".csv"), text)

    def run_on(self, name, settings, *words):
        return self.trained("w.toml", *words, *sets([f'data.train={{inputs="{name}.csv"}}', *settings]))

    def run_on_file(self, name, settings, *words):
        return self.trained("w.toml", *words, *sets([f'data.train={{inputs="{name}"}}', *settings]))

    def same_figures(self, one, other, within):
        for key in one["train"]:
            self.assertAlmostEqual(one["train"][key] / other["train"][key], 1, delta=within, msg=key)

    def test_a_weight_of_two_is_the_row_twice_to_rounding(self):
        for settings, within in ([], 2e-5), (WIDE, 1e-12), (NUMBERS, 2e-5), ([*NUMBERS, *WIDE], 1e-12):
            weighed = self.run_on("weighed", [*settings, *ONE_BATCH])
            often = self.run_on("often", [*settings, *ONE_BATCH, *ALIKE])
            self.same_figures(weighed, often, within)

    def test_the_gradient_of_a_row_of_weight_two_is_that_of_the_row_twice(self):
        for name, settings, within in [("fp32", [], 1e-6), ("fp64", WIDE, 1e-12), ("mse32", NUMBERS, 1e-6),
                                       ("mse64", [*NUMBERS, *WIDE], 1e-12)]:
            one_step = [*settings, *ONE_BATCH, "optimizer.lr=1", "train.max_steps=1"]
            self.run_on("weighed", one_step, "--run", name + "-weighed")
            self.run_on("often", [*one_step, *ALIKE], "--run", name + "-often")
            weighed, often = (tensors(self.home.run_path(f"{name}-{kind}", "model.safetensors"))
                              for kind in ("weighed", "often"))
            # What the two steps differ by is what their gradients differ by: the rate is 1.
            self.assertGreater(len(weighed), 60)
            for one, other in zip(weighed, often):
                self.assertAlmostEqual(one, other, delta=within * max(1, abs(other)))

    def test_rows_of_weight_zero_are_as_if_they_were_not_there(self):
        for settings in ([], NUMBERS, ["data.validation=0.2", "data.test=0.2"], ["data.impute=mean"],
                         ["data.validation=0.2", "data.split=time"]):
            weighed, absent = (self.run_on(name, settings) for name in ("weighed", "absent"))
            self.assertEqual(weighed["weights_digest"], absent["weights_digest"], settings)
            for key in "train", "validation", "test":
                self.assertEqual(weighed[key], absent[key], settings)
        told = self.forknet("train", "w.toml", "--dry-run").stderr
        left_out = len(self.rows) - len(self.counted)
        self.assertIn(f"note: weighed.csv: {left_out} rows have the weight 0 and are left out; "
                      f"{len(self.counted)} stay", told)

    def test_weights_that_are_all_the_same_change_no_bit(self):
        plain = self.run_on("plain", ["data.validation=0.2", *ALIKE])
        for name in "ones", "sevens":
            same = self.run_on(name, ["data.validation=0.2"])
            for key in "weights_digest", "train", "validation":
                self.assertEqual(same[key], plain[key], name)

    def test_no_layout_changes_the_weights_or_the_figures(self):
        layouts = [["grid.threads=2"], ["grid.stages=2"], ["grid.replicas=2"], ["grid.host=thread", "grid.replicas=3"],
                   ["grid.stages=2", "grid.channel=pipe"], ["grid.replicas=2", "grid.channel=pipe"],
                   ["grid.stages=2", "grid.replicas=2", "grid.channel=pipe", "grid.host=thread"],
                   ["grid.threads=neurons"], ["data.loader_threads=0", "grid.threads=2"],
                   ["data.loader_threads=3", "grid.stages=2"], ["numerics.kernels=reference"]]
        for settings in ["train.leaf=8"], ["train.leaf=8", *NUMBERS, *WIDE]:
            serial = self.run_on("weighed", ["data.validation=0.2", *settings])
            for layout in layouts:
                other = self.run_on("weighed", ["data.validation=0.2", *settings, *layout])
                for key in "weights_digest", "train", "validation":
                    self.assertEqual(other[key], serial[key], layout)

    def test_models_that_train_apart_have_the_same_weights_with_any_number_of_workers(self):
        apart = ["grid.sync=average", "grid.models=3", "grid.average_every=2"]
        one = self.run_on("weighed", apart)
        for layout in ["grid.replicas=3"], ["grid.replicas=2", "grid.channel=pipe"], ["grid.host=thread"]:
            other = self.run_on("weighed", [*apart, *layout])
            self.assertEqual(other["weights_digest"], one["weights_digest"], layout)
            self.assertEqual(other["train"], one["train"], layout)

    def test_a_mean_of_models_after_one_step_is_the_step_of_their_whole_batch(self):
        """That is why models are averaged by their rows, not by their rows' weights."""
        step = [*WIDE, *ONE_BATCH, "train.epochs=2"]
        together = self.run_on("weighed", step)
        apart = self.run_on("weighed", [*step, "grid.sync=average", "grid.models=2", "grid.average_every=1"])
        self.same_figures(apart, together, 1e-12)

    def test_a_killed_run_ends_on_the_same_weights_and_figures(self):
        settings = sets(["data.validation=0.2"])
        whole = self.trained("w.toml", "--epochs", "30", *settings)
        for name, layout in ("alone", []), ("cells", ["grid.stages=2", "grid.replicas=2"]):
            self.home.killed_at(50, "train", "w.toml", "--run", name, "--epochs", "30", *settings, *sets(layout))
            resumed = self.forknet("train", "--resume", name, "--json")
            self.assertEqual(resumed.returncode, 0, resumed.stderr)
            for key in "weights_digest", "train", "validation":
                self.assertEqual(json.loads(resumed.stdout)[key], whole[key], name)

    def test_a_resume_refuses_other_weights(self):
        write(self.home.path("changed.csv"), table(self.rows))
        self.run_on("changed", [], "--run", "changed")
        others = [(line, 3 * weight) for line, weight in self.rows[:9]]
        write(self.home.path("changed.csv"), table(others + self.rows[9:]))
        resumed = self.forknet("train", "--resume", "changed", "--epochs", "9")
        self.assertEqual(resumed.returncode, 4, resumed.stderr)

    def test_eval_weighs_the_rows_of_a_file_that_has_the_column(self):
        self.run_on("weighed", [], "--run", "eval")
        weighed, often, plain = (self.forknet("eval", "eval", "--data", name, "--json")
                                 for name in ("weighed.csv", "often.csv", "plain.csv"))
        figures, expected, alike = (json.loads(ended.stdout) for ended in (weighed, often, plain))
        for key in "loss", "accuracy":
            self.assertAlmostEqual(figures[key] / expected[key], 1, delta=1e-6)
        self.assertNotEqual(figures["loss"], alike["loss"])
        self.assertEqual(figures["rows"], len(self.counted))
        self.assertIn("rows have the weight 0 and are left out", weighed.stderr)
        self.assertIn('note: plain.csv: there is no column "w" of weights, so that all rows count alike', plain.stderr)
        predicted = self.forknet("predict", "eval", "--in", "weighed.csv", "--out", "p.csv")
        self.assertEqual(predicted.returncode, 0, predicted.stderr)
        self.assertNotIn("weight", predicted.stderr)
        self.assertEqual(len(read(self.home.path("p.csv")).splitlines()), len(self.rows) + 1)

    def test_eval_of_numbers_weighs_rmse_mae_and_r2(self):
        self.run_on("weighed", NUMBERS, "--run", "numbers")
        figures, expected = (json.loads(self.forknet("eval", "numbers", "--data", name, "--json").stdout)
                             for name in ("weighed.csv", "often.csv"))
        for key in "loss", "rmse", "mae", "r2":
            self.assertAlmostEqual(figures[key] / expected[key], 1, delta=1e-6, msg=key)

    def test_other_sets_are_weighed_by_their_own_column(self):
        others = ['data.validation={inputs="weighed.csv"}', 'data.test={inputs="plain.csv"}']
        trained = self.run_on("weighed", others, "--run", "others")
        self.assertAlmostEqual(trained["validation"]["loss"] / json.loads(
            self.forknet("eval", "others", "--data", "weighed.csv", "--json").stdout)["loss"], 1, delta=1e-12)
        self.assertNotEqual(trained["test"]["loss"], trained["validation"]["loss"])
        self.assertIn("note: plain.csv: there is no column", read(self.home.run_path("others", "log.txt")))

    def test_an_array_of_an_archive_has_weights_like_a_column(self):
        numbers = [(row[0].replace("?", "0").split(","), row[1]) for row in self.rows]
        rows = [([float(fields[0]), float(fields[1])], ["low", "mid", "high", "none"].index(fields[4]), weight)
                for fields, weight in numbers]
        counted = [row for row in rows if row[2] > 0]
        often = [row for row in rows for _ in range(row[2])]
        archive(self.home.path("weighed.npz"), rows)
        archive(self.home.path("absent.npz"), counted)
        archive(self.home.path("often.npz"), often)
        npy = ['data.format="npy"', 'data.target=[]']
        shared = [*npy, "data.validation=0.2"]
        weighed, absent = (self.run_on_file(name, shared, "--run", "npz-" + name) for name in ("weighed.npz", "absent.npz"))
        fitting = [row for row in rows if row[1] < 3]  # labels in a config are checked before weights
        in_config = {"inputs": [[*inputs, weight] for inputs, _, weight in fitting],
                     "labels": [label for _, label, _ in fitting]}
        written = self.trained("w.toml", *sets(['data.format="arrays"', "data.target=[]", "data.weight=-1",
                                                "data.validation=0.2", "data.train=" + toml(in_config)]))
        for other in absent, written:
            for key in "weights_digest", "train", "validation":
                self.assertEqual(other[key], weighed[key], key)
        once = self.run_on_file("weighed.npz", [*npy, *ONE_BATCH])
        twice = self.run_on_file("often.npz", [*npy, *ONE_BATCH, *ALIKE])
        self.same_figures(once, twice, 2e-5)
        figures, expected = (self.forknet("eval", "npz-weighed.npz", "--data", name, "--json")
                             for name in ("weighed.npz", "often.npz"))
        self.assertIn("rows have the weight 0 and are left out", figures.stderr)
        self.assertEqual(json.loads(figures.stdout)["rows"], len(counted))
        self.assertNotEqual(json.loads(figures.stdout)["loss"], json.loads(expected.stdout)["loss"])
        archive(self.home.path("often.npz"), often, weighed=False)
        expected = self.forknet("eval", "npz-weighed.npz", "--data", "often.npz", "--json")
        self.assertIn('there is no array "w" of weights for it', expected.stderr)
        for key in "loss", "accuracy":
            self.assertAlmostEqual(json.loads(figures.stdout)[key] / json.loads(expected.stdout)[key], 1, delta=1e-6)

    def test_what_is_no_weight_is_refused_with_its_place(self):
        for code, message, weight in [(4, 'bad.csv:3: column 5 ("w"): "-1" is below 0', "-1"),
                                      (4, 'bad.csv:3: column 5 ("w"): "inf" is not a finite number', "inf"),
                                      (4, 'bad.csv:3: column 5 ("w"): no value in the column of weights', "")]:
            write(self.home.path("bad.csv"), f"p,q,c,z,y,w\n1,2,a,3,low,1\n2,3,b,4,mid,{weight}\n3,4,a,5,low,1\n")
            ended = self.forknet("train", "w.toml", *sets(['data.train={inputs="bad.csv"}']))
            self.assertEqual(ended.returncode, code, ended.stderr)
            self.assertIn(message, ended.stderr)
            self.assertLessEqual(len(ended.stderr.strip().splitlines()), 6, ended.stderr)
        ended = self.forknet("train", "w.toml", *sets(["data.weight=heft"]))
        self.assertEqual(ended.returncode, 4, ended.stderr)
        self.assertIn('data.weight names a column "heft" that is not there', ended.stderr)
        ended = self.forknet("train", "w.toml", *sets(["data.format=idx"]))
        self.assertEqual(ended.returncode, 3, ended.stderr)

    def test_init_says_what_a_column_of_that_name_may_be(self):
        source = random.Random(7)
        lines = ["a,Weight,sample_weight,weights,y"] + [
            f"{source.random():.4f},{1 + i % 3},{1 + i % 2},{i % 3 - 1},{'no' if i % 4 else 'yes'}" for i in range(60)]
        write(self.home.path("init.csv"), "\n".join(lines) + "\n")
        made = self.forknet("init", "csv", "init.csv")
        self.assertEqual(made.returncode, 0, made.stderr)
        text = read(self.home.path("init.toml"))
        for name in "Weight", "sample_weight":
            self.assertRegex(text, name + ": .*; used as an input\n#.*the weight of the row: data.weight = ." + name)
        self.assertNotIn('data.weight = "weights"', text)  # some are below 0
        trained = self.trained("init.toml", "--epochs", "2", "--run", "init", *sets(["data.weight=Weight"]))
        self.assertEqual(trained["epochs"], 2)
        with open(self.home.run_path("init", "model.safetensors"), "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        preparation = json.loads(header["__metadata__"]["forknet.preparation"])
        self.assertEqual(preparation["weight"], {"name": "Weight", "place": 1})
        self.assertNotIn("Weight", [column["name"] for column in preparation["columns"]])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
