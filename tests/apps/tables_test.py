#!/usr/bin/env python3
"""Data of people's own, from the file to predictions, as a user meets it.

Usage: tables_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import gzip
import json
import os
import struct
import sys
import unittest

from homes import DIGITS, HomeTest, read, sets, write

PROGRAM = os.path.abspath(sys.argv[1])

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
        self.assertEqual(evaluated.stderr.strip(), json.loads(evaluated.stdout).get("warning", ""))
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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
