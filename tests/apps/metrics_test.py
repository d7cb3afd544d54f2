#!/usr/bin/env python3
"""Metrics, as `eval` prints them and as checkpoint.best takes them, and weights of classes.

Usage: metrics_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.

What eval says is compared with plain Python's answer from the file that predict writes, and with scikit-learn's where
this Python has it.
"""
import csv
import json
import math
import os
import random
import sys
import unittest

from homes import HomeTest, read, result, sets, write

try:
    import numpy
    from sklearn import metrics as sklearn
except ImportError:
    sklearn = None

PROGRAM = os.path.abspath(sys.argv[1])
CLASSES = ["high", "low", "mid", "top", "zero"]

CONFIG = """
[run]
name = "m"
[data]
format = "csv"
train = { inputs = "train.csv" }
validation = { inputs = "rows.csv" }
target = "y"
drop = ["z", "flag"]
[model]
layers = [ { type = "dense", units = 12, activation = "tanh" }, { type = "dense" } ]
[train]
epochs = 4
batch = 40
[optimizer]
lr = 0.01
"""
NUMBERS = ['data.target="z"', 'data.drop=["y", "flag"]', 'data.task="regress"']
FLAG = ['data.target="flag"', 'data.drop=["y", "z"]', 'data.task="regress"', "model.loss=binary_cross_entropy"]
LAYOUTS = [["--grid", "threads"], ["--grid", "replicas", "--set", "grid.replicas=2"],
           ["--set", "grid.stages=2", "--set", "grid.channel=pipe"]]


def drawn(count, seed):
    """Lines "p,q,z,flag,y": classes of different frequency."""
    source = random.Random(seed)
    lines = ["p,q,z,flag,y"]
    for _ in range(count):
        p, q = source.gauss(0, 1), source.gauss(0, 1)
        label = CLASSES[min(4, int(abs(2 * p + q + source.gauss(0, 0.5))))]
        lines.append(f"{p:.4f},{q:.4f},{p - 2 * q + source.gauss(0, 0.3):.4f},{int(p > q)},{label}")
    return "\n".join(lines) + "\n"


def area(scores, flags):
    """Pairs of a flagged row and another, with the flagged one above; ties count half."""
    ones = [score for score, flag in zip(scores, flags) if flag]
    others = [score for score, flag in zip(scores, flags) if not flag]
    return sum((one > other) + 0.5 * (one == other) for one in ones for other in others) / len(ones) / len(others)


def of_classes(outputs, labels):
    """All metrics of probabilities (rows, classes), by their definitions."""
    rows, classes = len(labels), range(len(outputs[0]))
    predicted = [max(classes, key=lambda c: (row[c], -c)) for row in outputs]
    figures = {"accuracy": sum(map(int.__eq__, predicted, labels)) / rows,
               "log_loss": -sum(math.log(row[label]) for row, label in zip(outputs, labels)) / rows,
               "roc_auc": sum(area([row[c] for row in outputs], [label == c for label in labels]) for c in classes)
                          / len(outputs[0])}
    figures["top_3"] = sum(sum(other > row[label] for other in row) < 3 for row, label in zip(outputs, labels)) / rows
    by_class = {"rows": [labels.count(c) for c in classes], "precision": [], "recall": [], "f1": []}
    for c in classes:
        right = sum(one == other == c for one, other in zip(predicted, labels))
        by_class["precision"].append(right / max(1, predicted.count(c)))
        by_class["recall"].append(right / max(1, labels.count(c)))
        by_class["f1"].append(2 * right / max(1, predicted.count(c) + labels.count(c)))
    for name in ("precision", "recall", "f1"):
        figures[name] = sum(by_class[name]) / len(by_class[name])
    return figures, by_class, predicted


class MetricsTest(HomeTest):
    program, config, digits = PROGRAM, ("m.toml", CONFIG), (20, 10)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write(cls.home.path("train.csv"), drawn(300, 1))
        write(cls.home.path("rows.csv"), drawn(150, 2))
        cls.rows = list(csv.DictReader(read(cls.home.path("rows.csv")).splitlines()))
        cls.labels = [CLASSES.index(row["y"]) for row in cls.rows]
        cls.summary = cls.trained("m.toml", "--run", "classes")

    def evaluated(self, run):
        return result(self.forknet("eval", run, "--data", "rows.csv", "--json"))

    def predicted(self, run):
        """The numbers that predict writes, a list a row."""
        told = self.forknet("predict", run, "--in", "rows.csv", "--out", run + ".csv")
        self.assertEqual(told.returncode, 0, told.stderr)
        lines = list(csv.reader(read(self.home.path(run + ".csv")).splitlines()))[1:]
        return [[float(word) for word in line if word not in CLASSES] for line in lines]

    def same(self, told, figures, within=1e-6):
        for name, value in figures.items():
            self.assertAlmostEqual(told[name], value, delta=within, msg=name)

    def test_eval_says_of_classes_what_their_probabilities_say(self):
        told = self.evaluated("classes")
        figures, by_class, predicted = of_classes(self.predicted("classes"), self.labels)
        self.same(told, figures)
        self.assertEqual(told["by_class"]["rows"], by_class.pop("rows"))
        for name, values in by_class.items():
            for one, other in zip(told["by_class"][name], values):
                self.assertAlmostEqual(one, other, delta=1e-12, msg=name)
        matrix = [[0] * 5 for _ in range(5)]
        for label, prediction in zip(self.labels, predicted):
            matrix[label][prediction] += 1
        self.assertEqual(told["confusion"], matrix)
        self.assertEqual(told["classes"], CLASSES)
        self.assertNotIn("rmse", told)
        self.assertEqual(self.summary["validation"], {key: told[key] for key in ("loss", "accuracy")})

    def test_eval_prints_them_as_tables(self):
        shown = self.forknet("eval", "classes", "--data", "rows.csv")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        told = self.evaluated("classes")
        lines = shown.stdout.splitlines()
        self.assertRegex(lines[0], r"^loss [\d.]+  accuracy [\d.]+ %  rows 150$")
        self.assertEqual([word for word in lines[1].split() if word[0].isalpha()],
                         ["top_3", "precision", "recall", "f1", "roc_auc", "log_loss"])
        self.assertIn(f"roc_auc {told['roc_auc']:.4f}", lines[1])
        self.assertEqual(lines[3].split(), ["class", "rows", "precision", "recall", "f1"])
        self.assertEqual([line.split()[0] for line in lines[4:9]], CLASSES)
        self.assertEqual(lines[10].split(), ["label", "\\", "predicted", *CLASSES])

    def test_eval_says_of_numbers_and_flags_what_predictions_say(self):
        self.trained("m.toml", "--run", "upper", *sets([*NUMBERS, "model.loss=quantile", "model.quantile=0.8"]))
        distances = [row[0] - float(want["z"]) for row, want in zip(self.predicted("upper"), self.rows)]
        told = self.evaluated("upper")
        self.same(told, {"pinball": sum(max(0.2 * d, -0.8 * d) for d in distances) / 150,
                         "mae": sum(map(abs, distances)) / 150}, 1e-5)
        self.assertNotIn("roc_auc", told)
        self.trained("m.toml", "--run", "flags", *sets(FLAG))
        scores = [row[0] for row in self.predicted("flags")]
        self.assertAlmostEqual(self.evaluated("flags")["roc_auc"],
                               area(scores, [row["flag"] == "1" for row in self.rows]), delta=1e-9)

    @unittest.skipUnless(sklearn, "this Python has no scikit-learn")
    def test_eval_agrees_with_scikit_learn(self):
        told, outputs = self.evaluated("classes"), numpy.array(self.predicted("classes"))
        predicted = outputs.argmax(axis=1)
        scores = outputs / outputs.sum(axis=1, keepdims=True)
        self.same(told, {
            "accuracy": sklearn.accuracy_score(self.labels, predicted),
            "top_3": sklearn.top_k_accuracy_score(self.labels, outputs, k=3),
            "precision": sklearn.precision_score(self.labels, predicted, average="macro", zero_division=0),
            "recall": sklearn.recall_score(self.labels, predicted, average="macro"),
            "f1": sklearn.f1_score(self.labels, predicted, average="macro"),
            "roc_auc": sklearn.roc_auc_score(self.labels, scores, multi_class="ovr"),
            "log_loss": sklearn.log_loss(self.labels, scores)})
        self.assertEqual(told["confusion"], sklearn.confusion_matrix(self.labels, predicted).tolist())

    def test_the_best_checkpoint_is_that_of_the_metric_asked_for_also_after_a_kill(self):
        better = {"roc_auc": max, "f1": max, "log_loss": min}
        for metric, best in better.items():
            words = ["m.toml", *sets([f"checkpoint.best=validation/{metric}", "train.epochs=8", "optimizer.lr=0.1"])]
            self.trained(*words, "--run", metric)
            lines = [json.loads(line) for line in read(self.home.run_path(metric, "metrics.jsonl")).splitlines()]
            seen = [line["validation"][metric] for line in lines if line.get("validation")]
            self.assertEqual(len(seen), 8)
            told = self.evaluated(metric)
            self.assertEqual(told[metric], best(seen), metric)
            code, errors = self.home.killed_at(30, "train", *words, "--run", metric + "-killed")
            self.assertEqual(code, -9, errors)
            self.trained("--resume", metric + "-killed")
            self.assertEqual(self.evaluated(metric + "-killed"), told)

    def test_a_resume_by_another_metric_begins_anew(self):
        words = ["m.toml", "--run", "turned", *sets(["train.epochs=8", "optimizer.lr=0.1"])]
        code, errors = self.home.killed_at(30, "train", *words, *sets(["checkpoint.best=validation/accuracy"]))
        self.assertEqual(code, -9, errors)
        self.trained("--resume", "turned", *sets(["checkpoint.best=validation/log_loss"]))
        lines = [json.loads(line) for line in read(self.home.run_path("turned", "metrics.jsonl")).splitlines()]
        seen = [line["validation"]["log_loss"] for line in lines if "log_loss" in (line.get("validation") or ())]
        self.assertIn(len(seen), range(3, 6))
        self.assertEqual(self.evaluated("turned")["log_loss"], min(seen))

    def test_a_metric_that_rows_have_not_selects_no_model(self):
        for settings, metric, why in (
                (NUMBERS + ["model.loss=mse"], "f1", "only rows with class labels have it"),
                (NUMBERS + ["model.loss=mse"], "pinball", "only the loss quantile has it"),
                ([], "top_5", "only rows with labels of more than 5 classes have it"),
                ([], "r2", "only a loss of numbers has it")):
            refused = self.forknet("train", "m.toml", *sets([*settings, f"checkpoint.best=validation/{metric}"]))
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn(why, refused.stderr)

    # --- weights of classes ---

    def test_balanced_classes_end_on_the_same_weights_in_every_layout(self):
        weighed = ["m.toml", *sets(["model.class_weight=balanced"])]
        digest = self.trained(*weighed, "--run", "balanced")["weights_digest"]
        self.assertNotEqual(digest, self.summary["weights_digest"])
        for number, layout in enumerate(LAYOUTS):
            self.assertEqual(self.trained(*weighed, *layout, "--run", f"balanced-{number}")["weights_digest"], digest)
        code, errors = self.home.killed_at(12, "train", *weighed, "--run", "balanced-killed")
        self.assertEqual(code, -9, errors)
        self.assertEqual(self.trained("--resume", "balanced-killed")["weights_digest"], digest)
        # Rare classes are found more often.
        plain, balanced = (self.evaluated(run) for run in ("classes", "balanced"))
        self.assertGreater(balanced["recall"], plain["recall"])

    def test_balanced_classes_of_models_that_train_apart_are_those_of_any_workers(self):
        apart = ["m.toml", *sets(["model.class_weight=balanced", "grid.sync=average", "grid.models=2"])]
        digests = {self.trained(*apart, "--run", f"apart-{workers}", *sets([f"grid.replicas={workers}"]))["weights_digest"]
                   for workers in (1, 2)}
        self.assertEqual(len(digests), 1)

    def test_classes_of_a_table_are_named(self):
        told = self.trained("m.toml", "--run", "named", *sets(["model.class_weight={ zero = 3, low = 0.5 }"]))
        ones = self.trained("m.toml", "--run", "ones", *sets(["model.class_weight={ zero = 2, low = 2, mid = 2, high = 2,"
                                                              " top = 2 }"]))
        self.assertNotEqual(told["weights_digest"], self.summary["weights_digest"])
        self.assertEqual(ones["weights_digest"], self.summary["weights_digest"], "only ratios matter")
        refused = self.forknet("train", "m.toml", *sets(["model.class_weight={ zeros = 3 }"]))
        self.assertEqual(refused.returncode, 3)
        self.assertIn("model.class_weight: no class is named \"zeros\"", refused.stderr)
        self.assertIn('did you mean "zero"?', refused.stderr)
        refused = self.forknet("train", "m.toml", *sets([*NUMBERS, "model.loss=mse", "model.class_weight=balanced"]))
        self.assertEqual(refused.returncode, 3)
        self.assertIn("only classes have weights", refused.stderr)
        refused = self.forknet("train", "--resume", "named", "--set", "model.class_weight=none")
        self.assertEqual(refused.returncode, 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
