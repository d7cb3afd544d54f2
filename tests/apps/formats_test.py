#!/usr/bin/env python3
"""Arrays of numpy and pictures, from the file to predictions, as a user meets them.

Usage: formats_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import csv
import gzip
import io
import json
import lzma
import os
import re
import struct
import sys
import tarfile
import unittest
import zipfile
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

    def pack(self, name, folder, root):
        """An archive of a folder's content below `root`, by the ending of its name."""
        path, source = self.home.path(name), self.home.path(folder)
        if name.endswith(".zip"):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
                for at, _, names in sorted(os.walk(source), reverse=True):
                    for one in names:
                        file = os.path.join(at, one)
                        packed.write(file, os.path.join(root, os.path.relpath(file, source)))
        else:
            with tarfile.open(path, "w:" + name.split(".tar")[1].lstrip(".")) as packed:
                packed.add(source, root or ".")

    def test_a_packed_folder_gives_the_weights_of_the_plain_one(self):
        for name, root in [("photos.zip", ""), ("photos.tar", "photos"), ("photos.tar.gz", ""),
                           ("photos.tar.xz", "photos")]:
            self.pack(name, "pictures-train", root)
            summary = self.trained("t.toml", "--run", "run-" + name, *sets([
                'data.format="images"', f'data.train={{inputs="{name}"}}', 'data.test={inputs="pictures-test"}']))
            self.assertEqual(summary["weights_digest"], self.images["weights_digest"], name)
            self.assertEqual(summary["test"], self.images["test"])
            plain = json.loads(self.ok("data", "inspect", "pictures-train", "--json").stdout)
            packed = json.loads(self.ok("data", "inspect", name, "--json").stdout)
            self.assertEqual({**plain, "file": name}, packed)
        self.pack("three.zip", "pictures-test/class 3", "")
        rows = self.predicted("images", "--in", "three.zip")
        plain = self.predicted("images", "--in", "pictures-test/class 3")
        self.assertEqual([row["class"] for row in rows], [row["class"] for row in plain])
        self.assertTrue(rows[0]["file"].startswith("three.zip:"))
        self.pack("test.tar.gz", "pictures-test", "test")
        for data in ("test.tar.gz", "pictures-test"):
            evaluated = json.loads(self.ok("eval", "run-photos.zip", "--data", data, "--json").stdout)
            self.assertAlmostEqual(evaluated["accuracy"], self.images["test"]["accuracy"])

    def test_packed_folders_that_are_traps_are_refused(self):
        with zipfile.ZipFile(self.home.path("out.zip"), "w") as packed:
            packed.writestr("a/1.png", b"x")
            packed.writestr("../b/1.png", b"x")
        with zipfile.ZipFile(self.home.path("nested.zip"), "w") as packed:
            packed.write(self.home.path("out.zip"), "a/out.zip")
            packed.writestr("1.png", b"x")
        with tarfile.open(self.home.path("empty.tar.gz"), "w:gz") as packed:
            packed.addfile(tarfile.TarInfo("notes"))
        for name, message in [("out.zip", "lies outside of the archive"), ("nested.zip", "is packed itself"),
                              ("empty.tar.gz", "no folders of classes in it")]:
            for words in (["data", "inspect", name], ["train", "t.toml", *sets([
                    'data.format="images"', f'data.train={{inputs="{name}"}}', "data.test=0.1"])]):
                ended = self.forknet(*words)
                self.assertEqual(ended.returncode, 4, ended.stderr)
                self.assertLessEqual(len(ended.stderr.strip().splitlines()), 6, ended.stderr)
            self.assertIn(message, ended.stderr)

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


ROWS = "".join(f"{i},{i % 5},{'xy'[i % 2]}\n" for i in range(30))
PACKED = gzip.compress(("a,b,y\n" + ROWS).encode())
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n"
PAGE = "<!DOCTYPE html>\n<html><body>404</body></html>\n"


def table(row):
    """A table of text whose third line is `row`."""
    return "a,b,y\n1,2,x\n" + row + "\n" + ROWS


def zipped(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


# What each is called, what it holds, and what is said of it behind its name.
BAD = [
    # Tables of text.
    ("ragged.csv", table("3,4"), r":3: 2 fields, but the header has 3"),
    ("long-row.csv", table("3,4,5,6"), r":3: 4 fields, but the header has 3"),
    ("nul.csv", table("3,\0,y"), r":3: a zero byte, byte 3 of the line"),
    ("quote.csv", table('3,4,"y'), r":3: a quoted field .* is not closed"),
    ("long.csv", table("3,4," + "x" * 100_000_000), r":3: a record of more than 16 MiB"),
    ("nan.csv", table("nan,4,y"), r':3: column 0 \("a"\): "nan" is not a finite number\n.*missing = '),
    ("inf.csv", table("3,-inf,y"), r':3: column 1 \("b"\): "-inf" is not a finite number'),
    ("large.csv", table("1e999,4,y"), r':3: column 0 \("a"\): "1e999" is not a finite number'),
    ("hex.csv", table("3,0x1p3,y"), r':3: column 1 \("b"\): "0x1p3" is not a finite number'),
    ("comma.csv", "a,y\n68,83,1\n" + "".join(f"{i},5,{i % 2}\n" for i in range(20)),
     r':2: 3 fields.*(\n.*)*decimal = ","'),
    ("empty.csv", "", r": the file is empty"),
    ("blank.csv", "\n\n  \n", r": no rows"),
    ("header.csv", "a,b,y\n", r":1: a header and no rows below it\n.*header = false"),
    ("twice.csv", "a,a,y\n" + ROWS, r':1: the header has two columns "a", 0 and 1'),
    ("utf16.csv", table("3,4,y").encode("utf-16"), r": the text is UTF-16; save it as UTF-8"),
    # Other files under the name of data, of any format.
    ("page.csv", PAGE, r": this is a web page"),
    ("page.npy", PAGE, r": .*this is a web page"),
    ("page.idx", PAGE, r": this is a web page"),
    ("page.png", PAGE, r": this is a web page"),
    ("page.zip", PAGE, r": this is a web page"),
    ("page.csv.gz", gzip.compress(PAGE.encode()), r": this is a web page"),
    ("lfs.csv", LFS, r": this is a Git LFS pointer"),
    ("lfs.npy", LFS, r": .*this is a Git LFS pointer"),
    ("lfs-idx1-ubyte.gz", LFS, r": this is a Git LFS pointer"),
    ("lfs.png", LFS, r": this is a Git LFS pointer"),
    ("answer.csv", '{"message":"Not Found"}', r": this is JSON"),
    ("book.csv", b"\xd0\xcf\x11\xe0" + bytes(600), r": .*Excel"),
    ("book.xlsx", zipped("[Content_Types].xml", "<x/>"), r": .*Excel"),
    ("t.parquet", b"PAR1" + bytes(90), r": this is Parquet"),
    ("random.bin", bytes(range(256)) * 4, r": the format of this file is not known\n.*expected"),
    # Packed.
    ("twice.csv.gz", gzip.compress(PACKED), r": the file is packed twice"),
    ("gz.csv.xz", lzma.compress(PACKED), r": the file is packed twice"),
    ("xz.csv.gz", gzip.compress(lzma.compress(b"a,b\n1,2\n")), r": the file is packed twice"),
    ("gz.zip", zipped("t.csv.gz", PACKED), r":t.csv.gz: the file is packed twice"),
    ("zip.zip", zipped("in.zip", zipped("t.csv", "a,b\n1,2\n")), r":in.zip: the file is packed twice"),
    ("zip.csv.gz", gzip.compress(zipped("t.csv", "a,b\n1,2\n")), r": the file is packed twice"),
    ("twice.idx.gz", gzip.compress(gzip.compress(b"\0\0\x08\x01\0\0\0\x01x")), r": packed twice"),
    ("twice.npy.gz", gzip.compress(gzip.compress(npy("|u1", "(1,)", b"x"))), r": .*packed twice"),
    ("bz2.csv", b"BZh91AY&SY" + b"x" * 50, r": packed with bzip2, which is not read here\n.*bunzip2"),
    ("cut.csv.gz", PACKED[:-9], r": the gzip data is cut short"),
    ("cut.csv.xz", lzma.compress(PACKED)[:-9], r": the xz data is cut short"),
    ("sum.csv.gz", PACKED[:-8] + bytes(8), r": the gzip data is damaged"),
    ("bomb.csv.xz", None, r": unpacks to more than 256 MiB"),
    # Arrays.
    ("lie.npy", npy("<f4", "(1000000, 100)", bytes(100)), r": the header promises .* the file holds 100"),
    ("more.npy", npy("<f4", "(2, 2)", bytes(100)), r": the header promises .* the file holds 100"),
    ("huge.npy", npy("<f8", "(99999999999999999, 9999999999)", b""), r": .*more than can be addressed"),
    ("negative.npy", npy("<f8", "(-3, 2)", bytes(48)), r": the header cannot be read.*\n.*a size, 0 or more"),
    ("objects.npy", npy("|O", "(3,)", b"\x80\x03"), r": the array holds pickled objects"),
    ("pickle.npy", b"\x80\x04\x95abc", r": .*this is a pickle"),
    ("texts.npy", npy("<U5", "(3,)", bytes(60)), r": the array holds texts"),
    ("complex.npy", npy("<c8", "(3,)", bytes(24)), r": the array holds complex numbers"),
    ("none.npy", npy("<f8", "(0, 3)", b""), r": .*no rows at all"),
    ("cut.npy", npy("<f8", "(1,)", b"")[:20], r": the file ends within its header"),
    # MNIST's format.
    ("lie.idx", b"\0\0\x08\x03" + struct.pack(">3I", 60000, 28, 28) + bytes(100),
     r": the header promises .* the file holds 100"),
    ("lie.idx.gz", gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 60000, 28, 28)),
     r": the header promises .* is the file damaged"),
    ("more.idx", b"\0\0\x08\x01" + struct.pack(">I", 3) + bytes(9), r": the header promises .* the file holds 9"),
    ("none.idx", b"\0\0\x08\x01" + struct.pack(">I", 0), r": .*no rows at all"),
    ("cut.idx", b"\0\0\x08\x03\0\0", r": the file ends within its header"),
    ("type.idx", b"\0\0\x0a\x01" + struct.pack(">I", 3) + b"xxx", r": not an IDX file.*\n.*expected"),
    # Pictures.
    ("cut.png", png(8, bytes(64))[:40], r": the PNG picture is damaged"),
    ("text.png", "hello world", r": not a picture that can be read\n.*expected"),
    ("bomb.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)) +
     chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""), r": a picture of 60000 x 60000 pixels; at most"),
    ("cut.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", r": "),
    ("cut.pgm", "P5\n4 4\n255\nxx", r": 4 x 4 pixels are promised"),
]


class BadFilesTest(HomeTest):
    """What is said of a file that is no data: where, what was expected, what to do."""
    program, config, digits = PROGRAM, ("t.toml", CONFIG), (1, 1)

    def test_every_bad_file_is_told_with_its_place_in_six_lines(self):
        for name, content, told in BAD:
            with self.subTest(name):
                if content is None:
                    content = lzma.compress(b"1,2\n" * 70_000_000, preset=0)
                write(self.home.path(name), content)
                ended = self.forknet("data", "inspect", name)
                os.remove(self.home.path(name))
                errors = ended.stderr[ended.stderr.find("forknet: "):]
                self.assertEqual(ended.returncode, 4, errors)
                self.assertRegex(errors, "^forknet: " + re.escape(name) + told)
                self.assertLessEqual(len(errors.strip().splitlines()), 6, errors)
                self.assertEqual(ended.stdout, "")

    def test_pictures_of_several_sizes_are_counted(self):
        for name, side in [("a/1.png", 4), ("a/2.png", 4), ("b/1.png", 5)]:
            os.makedirs(self.home.path("mixed", name[0]), exist_ok=True)
            write(self.home.path("mixed", name), png(side, bytes(side * side)))
        ended = self.forknet("train", "t.toml", *sets([
            'data.format="images"', 'data.train={inputs="mixed"}', "data.test=0.0"]))
        self.assertEqual(ended.returncode, 4, ended.stderr)
        self.assertIn("mixed: pictures of 2 sizes: 2 of 4 x 4, 1 of 5 x 5", ended.stderr)
        self.assertIn("data.size = 28", ended.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
