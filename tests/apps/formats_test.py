#!/usr/bin/env python3
"""Arrays of numpy and pictures, from the file to predictions, as a user meets them.

Usage: formats_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import csv
import gzip
import json
import os
import struct
import sys
import unittest
import zlib

from homes import DIGITS, HomeTest, sets, write

PROGRAM = os.path.abspath(sys.argv[1])

REST = """
[model]
layers = [ { type = "dense", units = 24, activation = "relu" }, { type = "dense", units = 10 } ]
[train]
epochs = 5
batch = 16
"""
CONFIG = f'[run]\nname = "t"\n{DIGITS}{REST}'


def npy(descr, shape, content):
    """An array as numpy.save writes it."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + content


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(side, pixels):
    """A grey picture."""
    lines = b"".join(b"\0" + pixels[y * side:(y + 1) * side] for y in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def digits(path, part):
    """(pixels of each, labels) of drawn digits."""
    with gzip.open(f"{path}/{part}-images-idx3-ubyte.gz") as file:
        pixels = file.read()[16:]
    with gzip.open(f"{path}/{part}-labels-idx1-ubyte.gz") as file:
        labels = file.read()[8:]
    return [pixels[i * 784:(i + 1) * 784] for i in range(len(labels))], labels


class FormatsTest(HomeTest):
    program, config, digits = PROGRAM, ("t.toml", CONFIG), (500, 100)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for part, name in (("train", "train"), ("t10k", "test")):
            images, labels = digits(cls.home.path("digits"), part)
            write(cls.home.path(f"x_{name}.npy"), npy("|u1", (len(labels), 28, 28), b"".join(images)))
            write(cls.home.path(f"y_{name}.npy"),
                  npy("<i8", (len(labels),), struct.pack(f"<{len(labels)}q", *labels)))
            for i, (image, label) in enumerate(zip(images, labels)):
                folder = cls.home.path(f"pictures-{name}", f"class {label}")
                os.makedirs(folder, exist_ok=True)
                write(os.path.join(folder, f"{i:04}.png"), png(28, image))
        cls.idx = cls.trained("t.toml", "--run", "idx")
        cls.images = cls.trained("t.toml", "--run", "images", *sets([
            'data.format="images"', 'data.train={inputs="pictures-train"}',
            'data.test={inputs="pictures-test"}']))

    def ok(self, *words):
        ended = self.forknet(*words)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended

    def refused(self, code, part, *words):
        ended = self.forknet(*words)
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertIn(part, ended.stderr)
        self.assertLessEqual(ended.stderr.count("\n"), 6, ended.stderr)

    def predicted(self, *words):
        self.ok("predict", *words, "--out", "p.csv")
        with open(self.home.path("p.csv"), newline="") as file:
            return list(csv.DictReader(file))

    def test_arrays_give_the_digest_of_idx(self):
        arrays = self.trained("t.toml", "--run", "arrays", *sets([
            'data.format="npy"', 'data.train={inputs="x_train.npy",labels="y_train.npy"}',
            'data.test={inputs="x_test.npy",labels="y_test.npy"}']))
        self.assertEqual(arrays["weights_digest"], self.idx["weights_digest"])
        self.assertEqual(arrays["test"], self.idx["test"])
        evaluated = json.loads(self.ok("eval", "arrays", "--data", "x_test.npy", "--labels", "y_test.npy",
                                       "--json").stdout)
        self.assertAlmostEqual(evaluated["accuracy"], self.idx["test"]["accuracy"])

    def test_pictures_give_the_classes_their_names(self):
        self.assertGreater(self.images["test"]["accuracy"], 0.5)
        evaluated = json.loads(self.ok("eval", "images", "--data", "pictures-test", "--json").stdout)
        self.assertAlmostEqual(evaluated["accuracy"], self.images["test"]["accuracy"])
        self.assertEqual(evaluated["classes"], [f"class {i}" for i in range(10)])
        rows = self.predicted("images", "--in", "pictures-test/class 3")
        self.assertEqual([row["file"] for row in rows], sorted(row["file"] for row in rows))
        self.ok("predict", "images", "--in", "pictures-test/class 3", "--out", "p.npy")
        self.assertIn(f"shape    {len(rows)} x 10", self.ok("data", "inspect", "p.npy").stdout)
        self.assertTrue(all(row["class"].startswith("class ") for row in rows))

    def test_negatives_are_told_by_their_borders(self):
        images, _ = digits(self.home.path("digits"), "t10k")
        write(self.home.path("light.png"), png(28, images[0]))
        write(self.home.path("dark.png"), png(28, bytes(255 - pixel for pixel in images[0])))
        for run in ("idx", "images"):
            light = self.predicted(run, "--in", "light.png")[0]
            dark = self.predicted(run, "--in", "dark.png")[0]
            self.assertEqual({**light, "file": ""}, {**dark, "file": ""})
            asked = self.predicted(run, "--in", "light.png", "--invert", "yes")[0]
            taken = self.predicted(run, "--in", "dark.png", "--invert", "no")[0]
            self.assertEqual({**asked, "file": ""}, {**taken, "file": ""})
            self.assertNotEqual({**asked, "file": ""}, {**light, "file": ""})

    def test_large_pictures_are_brought_to_the_size_of_the_training(self):
        images, _ = digits(self.home.path("digits"), "t10k")
        large = b"".join(bytes(images[0][y * 28 + x] for x in range(28) for _ in range(3)) * 3
                         for y in range(28))
        write(self.home.path("small.png"), png(28, images[0]))
        write(self.home.path("large.png"), png(84, large))
        small, large = (self.predicted("idx", "--in", f"{name}.png")[0] for name in ("small", "large"))
        self.assertEqual({**small, "file": ""}, {**large, "file": ""})

    def test_targets_are_scaled_and_come_back_in_their_units(self):
        images, labels = digits(self.home.path("digits"), "train")
        prices = [100_000.0 + 5_000.0 * label for label in labels]
        write(self.home.path("prices.npy"), npy("<f8", (len(prices),), struct.pack(f"<{len(prices)}d", *prices)))
        words = sets(['data.format="npy"', 'data.train={inputs="x_train.npy",labels="prices.npy"}',
                      "data.test=0.2", 'model.loss="mse"', 'model.layers=[{type="dense",units=1}]'])
        scaled = self.trained("t.toml", "--run", "prices", *words)
        self.assertLess(scaled["test"]["rmse"], 30_000)
        self.assertGreater(float(self.predicted("prices", "--in", "x_test.npy")[0]["output_0"]), 50_000)

    def test_shares_of_pictures_have_every_class(self):
        shared = self.trained("t.toml", "--run", "shares", *sets([
            'data.format="images"', 'data.train={inputs="pictures-train"}', "data.test=0.1", "data.size=14"]))
        self.assertEqual(shared["state"], "finished")

    def test_files_are_described(self):
        self.assertIn("shape    500 x 28 x 28", self.ok("data", "inspect", "x_train.npy").stdout)
        self.assertIn("classes  10", self.ok("data", "inspect", "pictures-train").stdout)
        self.assertEqual(json.loads(self.ok("data", "inspect", "y_test.npy", "--json").stdout)["shape"], [100])

    def test_what_does_not_fit_is_refused(self):
        write(self.home.path("objects.npy"), npy("|O", (3,), b"pickle"))
        self.refused(4, "pickled objects", "predict", "idx", "--in", "objects.npy", "--out", "q.csv")
        write(self.home.path("broken.png"), png(28, bytes(784))[:-30])
        self.refused(4, "broken.png: the PNG picture is damaged", "predict", "idx", "--in", "broken.png",
                     "--out", "q.csv")
        self.refused(3, "the labels of pictures are the names of their folders", "train", "t.toml",
                     *sets(['data.format="images"', 'data.train={inputs="pictures-train",labels="y"}']))
        self.refused(2, '--invert "maybe" is not auto, yes or no', "predict", "idx", "--in", "broken.png",
                     "--out", "q.csv", "--invert", "maybe")
        self.assertFalse(os.path.exists(self.home.path("q.csv")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
