#!/usr/bin/env python3
"""Data of people's own, from the file to predictions, as a user meets it.

Usage: tables_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import gzip
import json
import lzma
import os
import struct
import sys
import tomllib
import unittest
import zipfile

from homes import DIGITS, HomeTest, read, sets, write

PROGRAM = os.path.abspath(sys.argv[1])
PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

CONFIG = f"""
[run]
name = "t"
{DIGITS}[model]
layers = [ {{ type = "dense", units = 24, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 1
"""


class RangeTest(HomeTest):
    """Rows in other units than those of the training."""
    program, config, digits = PROGRAM, ("t.toml", CONFIG), (500, 100)
    inputs = "digits/t10k-images-idx3-ubyte.gz"
    labels = "digits/t10k-labels-idx1-ubyte.gz"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("train", "t10k"):
            with gzip.open(cls.home.path(f"digits/{name}-images-idx3-ubyte.gz")) as file:
                header, pixels = struct.unpack(">4I", file.read(16)), file.read()
            for kind, divisor in (("unit", 255), ("raw", 1)):
                floats = struct.pack(f">{len(pixels)}f", *(pixel / divisor for pixel in pixels))
                write(cls.home.path(f"{name}-{kind}.idx"), struct.pack(">4I", 0x0D03, *header[1:]) + floats)
        cls.trained("t.toml", "--run", "bytes")
        cls.trained("t.toml", "--run", "unit", *sets([
            'data.train={inputs="train-unit.idx",labels="digits/train-labels-idx1-ubyte.gz"}',
            f'data.test={{inputs="t10k-unit.idx",labels="{cls.labels}"}}']))

    def warned(self, run, inputs):
        """What eval and predict say of these rows; both the same, and both do their work."""
        evaluated = self.forknet("eval", run, "--data", inputs, "--labels", self.labels, "--json")
        self.assertEqual(evaluated.returncode, 0, evaluated.stderr)
        predicted = self.forknet("predict", run, "--in", inputs, "--out", "p.csv")
        self.assertEqual(predicted.returncode, 0, predicted.stderr)
        os.remove(self.home.path("p.csv"))
        self.assertEqual(evaluated.stderr.strip(), "\n".join(json.loads(evaluated.stdout).get("warnings", [])))
        self.assertTrue(predicted.stderr.startswith(evaluated.stderr), predicted.stderr)
        return evaluated.stderr

    def test_rows_like_those_of_the_training_are_taken_without_a_word(self):
        self.assertEqual(self.warned("bytes", self.inputs), "")
        self.assertEqual(self.warned("unit", "t10k-unit.idx"), "")

    def test_eval_and_predict_warn_of_rows_in_other_units(self):
        for run, inputs, told in [("bytes", "t10k-unit.idx", r"numbers from 0 to 0\.9.*trained on bytes from 0 to 25"),
                                  ("unit", self.inputs, r"bytes from 0 to 25.*trained on numbers from 0 to 0\.9"),
                                  ("unit", "t10k-raw.idx", r"numbers from 0 to 25.*trained on numbers from 0 to 0\.9")]:
            self.assertRegex(self.warned(run, inputs), "warning: " + inputs + ": the inputs are " + told)

    def test_training_warns_of_numbers_that_unit_does_not_scale(self):
        for words in ([], ["--dry-run"]):
            trained = self.forknet("train", "t.toml", *words, *sets([
                'data.train={inputs="train-raw.idx",labels="digits/train-labels-idx1-ubyte.gz"}',
                f'data.test={{inputs="t10k-raw.idx",labels="{self.labels}"}}']))
            self.assertEqual(trained.returncode, 0, trained.stderr)
            self.assertIn("warning: train-raw.idx: the inputs are numbers from 0 to 25", trained.stderr)
        log = read(self.home.run_path("latest", "log.txt"))
        self.assertIn("scales only bytes", log)

    def test_training_warns_of_a_test_set_in_other_units(self):
        trained = self.forknet("train", "t.toml", *sets([
            'data.train={inputs="train-unit.idx",labels="digits/train-labels-idx1-ubyte.gz"}',
            f'data.test={{inputs="t10k-raw.idx",labels="{self.labels}"}}']))
        self.assertEqual(trained.returncode, 0, trained.stderr)
        self.assertIn("warning: t10k-raw.idx: the inputs are numbers from 0 to 25", trained.stderr)


def people(rows, first=0):
    """A table as programs of offices write it: semicolons, decimal commas, gaps, texts."""
    lines = ["id;age;city;income;bought"]
    for i in range(first, first + rows):
        age, city = 20 + i * 7 % 50, ("Bonn", "Ulm", "Köln")[i * 5 % 3]
        income = 1000 + 37 * (i * 11 % 90)
        bought = "yes" if age > 40 and city != "Ulm" else "no"
        shown = "" if i % 17 == 3 else f"{age},5"
        lines.append(f'n{i};{shown};"{city}";{income};{bought}')
    return "\r\n".join(lines) + "\r\n"


class TableTest(HomeTest):
    """From a table of text to predictions."""
    program, config, digits = PROGRAM, ("t.toml", CONFIG), (600, 100)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write(cls.home.path("people.csv"), ("\ufeff" + people(600)).encode())
        made = cls.forknet("init", "csv", "people.csv", "--target", "bought")
        assert made.returncode == 0, made.stderr
        cls.summary = cls.trained("people.toml", "--run", "people", "--epochs", "60")

    def bad(self, code, message, *words):
        ended = self.forknet(*words)
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertIn(message, ended.stderr)
        self.assertLessEqual(len(ended.stderr.strip().splitlines()), 6, ended.stderr)

    def test_init_says_what_it_found_and_writes_settings_that_train_at_once(self):
        text = read(self.home.path("people.toml"))
        for part in ["600 rows of 5 columns, fields separated by semicolons", "decimal comma",
                     "The target is bought (given)", "learned as classes, because its values are texts",
                     "id: texts, 600 different; almost every row has a text of its own, so it is dropped",
                     "city: texts, 3 different", 'drop = ["id"]', 'delimiter = ";"', 'decimal = ","',
                     'target = ["bought"]', 'task = "classify"', "units = 2"]:
            self.assertIn(part, text)
        self.assertGreater(self.summary["test"]["accuracy"], 0.93)
        self.bad(2, "people.toml exists already", "init", "csv", "people.csv")
        self.bad(4, 'names a column "price" that is not there', "init", "csv", "people.csv", "--target", "price")
        meant = 'names a column "incme" that is not there; did you mean "income"?'
        self.bad(4, meant, "train", "people.toml", "--set", 'data.target=["incme"]')
        self.bad(4, meant, "train", "people.toml", "--set", 'data.drop=["incme"]')

    def test_the_layout_does_not_change_the_weights_of_a_table(self):
        for words in (["--set", "grid.threads=2"], ["--set", "grid.stages=2", "--set", "grid.channel=pipe"],
                      ["--set", "grid.replicas=2"], ["--set", "data.loader_threads=2"]):
            again = self.trained("people.toml", "--epochs", "60", *words)
            self.assertEqual(again["weights_digest"], self.summary["weights_digest"], words)

    def test_eval_and_predict_take_raw_rows_by_the_names_of_their_columns(self):
        lines = people(200, 1000).splitlines()
        order = [3, 0, 4, 2, 1]
        rows = [[line.split(";")[i] for i in order] + ["more"] for line in lines]
        write(self.home.path("march.csv"), "\n".join(";".join(row) for row in rows) + "\n")
        evaluated = self.forknet("eval", "people", "--data", "march.csv", "--json")
        self.assertEqual((evaluated.returncode, evaluated.stderr), (0, ""))
        figures = json.loads(evaluated.stdout)
        self.assertEqual(figures["classes"], ["no", "yes"])
        self.assertGreater(figures["accuracy"], 0.93)
        self.assertIn("yes", self.forknet("eval", "people", "--data", "march.csv").stdout)
        without = [[row[i] for i in (1, 0, 3, 4)] for row in rows]
        write(self.home.path("april.csv"), "\n".join(";".join(row) for row in without) + "\n")
        for name in ("out.csv", "out.jsonl"):
            predicted = self.forknet("predict", "people", "--in", "april.csv", "--out", name, "--keep", "id")
            self.assertEqual(predicted.returncode, 0, predicted.stderr)
        table = [line.split(",") for line in read(self.home.path("out.csv")).splitlines()]
        self.assertEqual(table[0], ["id", "class", "probability_no", "probability_yes"])
        objects = [json.loads(line) for line in read(self.home.path("out.jsonl")).splitlines()]
        self.assertEqual(len(table) - 1, 200)
        hits = 0
        for line, one, row in zip(table[1:], objects, rows[1:]):
            self.assertEqual([line[0], line[1]], [row[1], one["class"]])
            self.assertEqual(one["id"], line[0])
            self.assertEqual(float(line[2]), one["probabilities"]["no"])
            hits += line[1] == row[2]
        self.assertAlmostEqual(hits / 200, figures["accuracy"])

    def test_what_does_not_fit_the_model_is_named(self):
        write(self.home.path("less.csv"), "id;age;income\na;1,5;3\n")
        self.bad(4, 'less.csv: the model needs a column "city"', "predict", "people", "--in", "less.csv",
                 "--out", "p.csv")
        self.bad(4, 'needs columns "city", "bought"', "eval", "people", "--data", "less.csv")
        write(self.home.path("odd.csv"), "age;city;income\n30,5;Bonn;2000\n30,5;Rome;2000\n900000;Ulm;2000\n")
        predicted = self.forknet("predict", "people", "--in", "odd.csv", "--out", "p.csv")
        self.assertEqual(predicted.returncode, 0, predicted.stderr)
        self.assertIn('1 of 3 rows have a "city" that the training rows did not have, such as "Rome"',
                      predicted.stderr)
        self.bad(4, "the model takes a table with columns, such as age", "eval", "people", "--data",
                 "digits/t10k-images-idx3-ubyte.gz")

    def test_numbers_are_predicted_in_their_units(self):
        lines = ["a,b,price"] + [f"{i % 20},{i % 7},{250000 + 10000 * (i % 20) - 5000 * (i % 7)}"
                                 for i in range(400)]
        write(self.home.path("houses.csv"), "\n".join(lines) + "\n")
        made = self.forknet("init", "csv", "houses.csv")
        self.assertEqual(made.returncode, 0, made.stderr)
        summary = self.trained("houses.toml", "--run", "houses", "--epochs", "60")
        self.assertLess(summary["test"]["rmse"], 20000)
        self.assertGreater(summary["test"]["rmse"], 10)
        for words in (["grid.threads=2"], ["grid.stages=2", "grid.channel=pipe"]):
            again = self.trained("houses.toml", "--epochs", "60", *sets(words))
            self.assertEqual(again["weights_digest"], summary["weights_digest"], words)
        evaluated = json.loads(self.forknet("eval", "houses", "--data", "houses.csv", "--json").stdout)
        self.assertLess(evaluated["rmse"], 20000)
        predicted = self.forknet("predict", "houses", "--in", "houses.csv", "--out", "prices.csv")
        self.assertEqual(predicted.returncode, 0, predicted.stderr)
        header, *prices = read(self.home.path("prices.csv")).splitlines()
        self.assertEqual(header, "price")
        errors = [float(price) - float(line.split(",")[2]) for price, line in zip(prices, lines[1:])]
        self.assertAlmostEqual((sum(e * e for e in errors) / 400) ** 0.5 / evaluated["rmse"], 1, places=4)

    def test_a_killed_run_on_a_table_ends_on_the_same_weights(self):
        self.home.killed_at(20, "train", "people.toml", "--run", "killed", "--epochs", "60")
        resumed = self.forknet("train", "--resume", "killed", "--json")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual(json.loads(resumed.stdout)["weights_digest"], self.summary["weights_digest"])

    def test_images_as_a_table_of_bytes_and_as_idx_give_the_same_weights(self):
        for name in ("train", "t10k"):
            with gzip.open(self.home.path(f"digits/{name}-images-idx3-ubyte.gz")) as file:
                pixels = file.read()[16:]
            with gzip.open(self.home.path(f"digits/{name}-labels-idx1-ubyte.gz")) as file:
                labels = file.read()[8:]
            lines = [",".join(map(str, (label, *pixels[784 * i:784 * (i + 1)])))
                     for i, label in enumerate(labels)]
            write(self.home.path(f"{name}.csv"), "\n".join(lines) + "\n")
        by_idx = self.trained("t.toml")
        by_csv = self.trained("t.toml", "--run", "images", *sets([
            "data.format=csv", "data.target=[0]", 'data.train={inputs="train.csv"}',
            'data.test={inputs="t10k.csv"}']))
        self.assertEqual(by_csv["weights_digest"], by_idx["weights_digest"])
        self.assertEqual(by_csv["test"], by_idx["test"])

    def test_columns_of_one_range_have_no_bins_and_many_are_scaled_by_it(self):
        def planned(name, columns, most, extra=""):
            lines = ["kind," + ",".join(f"p{c}" for c in range(columns)) + (",x" if extra else "")]
            for i in range(120):
                pixels = ",".join(str(most if i % 9 == 0 else (i * (c + 3) + c) * 37 % most) for c in range(columns))
                lines.append(f"{'ab'[i % 2]},{pixels}{extra}{i / 7 if extra else ''}")
            write(self.home.path(f"{name}.csv"), "\n".join(lines) + "\n")
            made = self.forknet("init", "csv", f"{name}.csv", "--target", "kind")
            self.assertEqual(made.returncode, 0, made.stderr)
            data, optimizer = (tomllib.loads(read(self.home.path(f"{name}.toml")))[part] for part in ("data", "optimizer"))
            return data["scale"], data["bins"], optimizer["lr"]
        self.assertEqual(planned("bytes", 40, 255), ("unit", 0, 0.001))
        self.assertEqual(planned("sixteen", 40, 16), ("minmax", 0, 0.001))
        self.assertEqual(planned("dozen", 12, 16), ("standard", 0, 0.003))
        self.assertEqual(planned("few", 6, 16), ("robust", 8, 0.003))
        self.assertEqual(planned("mixed", 40, 16, ","), ("robust", 8, 0.003))
        self.assertEqual(planned("wide", 120, 16, ","), ("robust", 0, 0.003))

    def test_init_plans_by_what_is_learned(self):
        def planned(name, values):
            lines = [f"{i * 37 % 101 / 7},{i * 53 % 89 / 3},{values[i * i % 7 % len(values)]}" for i in range(700)]
            write(self.home.path(f"{name}.csv"), "a,b,target\n" + "\n".join(lines) + "\n")
            made = self.forknet("init", "csv", f"{name}.csv")
            self.assertEqual(made.returncode, 0, made.stderr)
            config = tomllib.loads(read(self.home.path(f"{name}.toml")))
            return (config["model"]["loss"], config["model"]["label_smoothing"], config["data"]["validation"],
                    config["checkpoint"]["best"])
        smoothed = ("softmax_cross_entropy", 0.1)
        self.assertEqual(planned("two", ["yes", "no"]), (*smoothed, 0.1, "validation/log_loss"))
        self.assertEqual(planned("three", ["red", "white", "rose"]), (*smoothed, 0.0, "off"))
        self.assertEqual(planned("numbers", [1.5, 2.5, 9.25]), ("mse", 0.0, 0.1, "validation/loss"))

    def test_packed_tables_are_taken_as_they_lie(self):
        text = read(self.home.path("people.csv")).encode()
        with zipfile.ZipFile(self.home.path("set.zip"), "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("years/people.csv", text)
            packed.writestr("notes.txt", "none")
        write(self.home.path("people.csv.xz"), lzma.compress(text))
        for number, path in enumerate(["set.zip:years/people.csv", "people.csv.xz"]):
            config = f"packed{number}.toml"
            made = self.forknet("init", "csv", path, config, "--target", "bought")
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertNotIn("not there yet", made.stdout)
            summary = self.trained(config, "--epochs", "60")
            self.assertEqual(summary["weights_digest"], self.summary["weights_digest"], path)
            figures = [json.loads(self.forknet("eval", "people", "--data", data, "--json").stdout)
                       for data in (path, "people.csv")]
            self.assertEqual(figures[0], figures[1])
            predicted = self.forknet("predict", "people", "--in", path, "--out", f"packed{number}.csv")
            self.assertEqual(predicted.returncode, 0, predicted.stderr)
            self.assertIn("600 rows", self.forknet("data", "inspect", path).stdout)
        self.assertEqual(read(self.home.path("packed0.csv")), read(self.home.path("packed1.csv")))
        self.bad(4, "2 files in the zip; name one, such as set.zip:years/people.csv", "init", "csv", "set.zip")

    def test_inspect_describes_a_table(self):
        told = self.forknet("data", "inspect", "people.csv").stdout
        for part in ["600 rows of 5 columns", '"city": texts, 3 different', "6.0 % missing", "first rows"]:
            self.assertIn(part, told)
        described = json.loads(self.forknet("data", "inspect", "people.csv", "--json").stdout)
        self.assertEqual(described["rows"], 600)
        self.assertEqual(described["columns"][2]["distinct"], 3)
        self.assertEqual(described["columns"][4]["common"][0][0], "no")

    def test_bad_tables_are_refused_with_their_place(self):
        for name, text, message in [
                ("ragged", "a,b\n1,2\n3\n", "ragged.csv:3: 1 fields, but the header has 2"),
                ("page", "<!DOCTYPE html>", "page.csv: this is a web page"),
                ("constant", "a,y\n1,x\n2,x\n3,x\n", "there is nothing to learn")]:
            write(self.home.path(name + ".csv"), text)
            self.bad(4, message, "init", "csv", name + ".csv")
            self.bad(4, message, "train", "t.toml", *sets([
                "data.format=csv", f'data.train={{inputs="{name}.csv"}}', "data.test=0.0"]))
        for name, text, message in [("one", "a\n1\n2\n3\n", "add columns to predict it from"),
                                    ("gaps", "a,y\n1,\n2,\n3,\n", "has no value in any row")]:
            write(self.home.path(name + ".csv"), text)
            self.bad(4, message, "init", "csv", name + ".csv")
        self.bad(3, 'the loss softmax_cross_entropy learns classes', "train", "people.toml",
                 *sets(['data.target=["income"]', "data.task=auto"]))
        self.bad(3, "the last layer has 1 units", "train", "people.toml", *sets([
            "model.loss=mse", 'model.layers=[{type="dense",units=1}]']))

    def test_the_examples_of_tables_are_what_init_writes(self):
        data = os.environ.get("FORKNET_TEST_DATA")
        if not data:
            self.skipTest("FORKNET_TEST_DATA is not set: the folder of the real sets")
        os.makedirs(self.home.path("data"))
        for name, table in [("letter", "data/letter/letter.csv"), ("wine", "data/wine/winequality-white.csv")]:
            os.symlink(os.path.join(data, name), self.home.path("data", name))
            made = self.forknet("init", "csv", table, name + ".toml")
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertEqual(read(self.home.path(name + ".toml")),
                             read(os.path.join(PROJECT, "examples", name + ".toml")), table)

    def test_units_left_out_are_as_many_as_the_classes(self):
        shown = self.forknet("train", "people.toml", "--dry-run", "--set", 'model.layers=[{type="dense"}]')
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("# 22-2: ", shown.stdout)  # 3 cities, 1 for gaps, 2 of 9 for numbers


CLASSES = """
[run]
name = "c"
[data]
loader_threads = 0
scale = "standard"
[model]
layers = [ {{ type = "dense", units = 8, activation = "relu" }}, {{ type = "dense"{units} }} ]
[train]
epochs = 40
batch = 16
[optimizer]
lr = 0.01
"""


class ClassesTest(HomeTest):
    """What targets of classes may be: each handled, or refused with counts."""
    program, config, digits = PROGRAM, ("n.toml", CLASSES.format(units="")), (1, 1)

    def idx(self, name, labels):
        """Rows of four numbers that tell the label, and the settings to train on them."""
        rows = bytes(min(255, label * 25 + (i * 7 + k) % 5) for i, label in enumerate(labels) for k in range(4))
        write(self.home.path(name + "-x.idx"), struct.pack(">4B2I", 0, 0, 8, 2, len(labels), 4) + rows)
        write(self.home.path(name + "-y.idx"), struct.pack(">4BI", 0, 0, 8, 1, len(labels)) + bytes(labels))
        return f'data.train={{inputs="{name}-x.idx",labels="{name}-y.idx"}}'

    def csv(self, name, values):
        lines = [f"{i % 7},{values.index(value)},{value}" for i, value in enumerate(values)]
        write(self.home.path(name + ".csv"), "a,b,y\n" + "\n".join(lines) + "\n")
        return ["data.format=csv", f'data.train={{inputs="{name}.csv"}}']

    def run_of(self, *settings, units=None):
        layers = [] if units is None else [
            f'model.layers=[{{type="dense",units=8,activation="relu"}},{{type="dense",units={units}}}]']
        return self.forknet("train", "n.toml", "--quiet", "--json", *sets([*settings, *layers]))

    def good(self, ended, accuracy=0.9):
        self.assertEqual(ended.returncode, 0, ended.stderr)
        summary = json.loads(ended.stdout)
        for part in ("train", "validation", "test"):
            if summary[part] is not None:
                self.assertGreater(summary[part]["accuracy"], accuracy, part)
        return summary

    def refused(self, code, message, ended):
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertIn(message, ended.stderr)
        self.assertLessEqual(len(ended.stderr.strip().splitlines()), 6, ended.stderr)

    def test_units_left_out_are_the_classes_of_any_format(self):
        self.good(self.run_of(self.idx("three", [i % 3 for i in range(90)]), "data.validation=0.2"))
        self.good(self.run_of(*self.csv("letters", ["x", "y", "z"] * 30), "data.test=0.2"))
        arrays = '{inputs=[[0,0],[0,1],[1,0],[1,1]],labels=[0,0,1,2]}'
        shown = self.forknet("train", "n.toml", "--dry-run", *sets(["data.format=arrays", f"data.train={arrays}"]))
        self.assertIn("# 2-8-3: ", shown.stdout)

    def test_binary_targets_of_any_kind_are_two_classes(self):
        for name, values in [("bits", [0, 1]), ("ones", [1, 2]), ("answers", ["no", "yes"]),
                             ("truth", ["false", "true"])]:
            self.good(self.run_of(*self.csv(name, values * 30), "data.validation=0.2"))
        self.good(self.run_of(*self.csv("signs", [-1, 1] * 30), "data.task=classify"))
        self.refused(3, "softmax_cross_entropy needs at least 2 classes", self.run_of(*self.csv("bits", [0, 1] * 30),
                                                                                     units=1))

    def test_labels_that_do_not_begin_at_0(self):
        self.good(self.run_of(*self.csv("years", [5, 6, 9] * 20), "data.task=classify"))
        self.refused(3, 'data.task = "classify" makes each value a class',
                     self.run_of(*self.csv("years", [5, 6, 9] * 20)))
        ended = self.run_of(self.idx("late", [5 + i % 2 for i in range(80)]))
        self.good(ended)
        self.assertIn("warning: late-y.idx: 5 of 7 classes have no training row: 0, 1, 2, 3, 4", ended.stderr)

    def test_a_class_without_a_training_row_is_counted(self):
        ended = self.run_of(*self.csv("rare", ["p", "q"] * 20 + ["r"]), "data.test=0.2", "data.split=time")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn('warning: rare.csv: 1 of 3 classes have no training row: "r"', ended.stderr)
        test = self.idx("more", [0, 1, 2] * 10)
        self.refused(4, "more-y.idx: row 2: label 2, but the model has 2 outputs", self.run_of(
            self.idx("two", [0, 1] * 20), test.replace("data.train", "data.test")))
        self.csv("unseen", ["p", "s", "q", "s"])
        self.refused(4, 'unseen.csv: 2 rows have a class that the model does not know, such as "s"', self.run_of(
            *self.csv("pq", ["p", "q"] * 20), 'data.test={inputs="unseen.csv"}'))

    def test_one_class_only_is_nothing_to_learn(self):
        self.refused(4, 'the target "y" is "p" in every row: there is nothing to learn', self.run_of(
            *self.csv("same", ["p"] * 20)))
        self.refused(4, "single-y.idx: all 20 rows are of one class, 3: there is nothing to learn",
                     self.run_of(self.idx("single", [3] * 20)))

    def test_fewer_or_more_units_than_classes(self):
        three = self.idx("three", [i % 3 for i in range(90)])
        self.refused(4, "the labels go from 0 to 2: the last layer needs 3 units", self.run_of(three, units=2))
        ended = self.run_of(three, units=5)
        self.good(ended)
        self.assertIn("the last layer has 5 units, but the labels of three-y.idx go from 0 to 2", ended.stderr)
        names = self.csv("letters", ["x", "y", "z"] * 30)
        self.refused(3, 'the last layer has 2 units, but letters.csv has 3 classes in column "y"',
                     self.run_of(*names, units=2))
        ended = self.run_of(*names, units=4)
        self.good(ended)
        self.assertIn('the last layer has 4 units, but letters.csv has 3 classes in column "y"', ended.stderr)

    def test_mse_on_class_labels_reports_the_accuracy_everywhere(self):
        shares = ["model.loss=mse", "data.validation=0.2", "data.test=0.2"]
        for data in ([self.idx("three", [i % 3 for i in range(120)])], self.csv("answers", ["no", "yes"] * 60)):
            summary = self.good(self.run_of(*data, *shares))
            self.assertIn("rmse", summary["test"])
            lines = [json.loads(line) for line in read(self.home.run_path("latest", "metrics.jsonl")).splitlines()]
            self.assertTrue(all("accuracy" in line["train"] for line in lines if "train" in line))
        self.refused(3, 'data.task = "regress" takes numbers as they are', self.run_of(
            *self.csv("bits", [0, 1] * 30), "model.loss=mse", units=1))
        ended = self.run_of(*self.csv("bits", [0, 1] * 30), "model.loss=mse", "data.task=regress", units=1)
        self.assertEqual(ended.returncode, 0, ended.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
