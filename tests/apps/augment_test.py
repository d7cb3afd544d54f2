#!/usr/bin/env python3
"""Training pictures that are varied (data.augment), from outside: one digest in every layout, with any number of
loaders, from memory and from a mapped file, and after a kill; what is shown of it, and what is refused.

Usage: augment_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import json
import os
import struct
import sys
import unittest
import zlib

from homes import DIGITS, HomeTest, read, result, sets, toml, write

PROGRAM = os.path.abspath(sys.argv[1])
ALL = {"shift": 2, "rotate": 10, "scale": 0.1, "shear": 0.1, "elastic": 4, "noise": 0.05}
CONFIG = DIGITS + f"""
validation = 0.1
augment = {toml(ALL)}
[model]
layers = [
  {{ type = "dense", units = 40, activation = "relu" }},
  {{ type = "dropout", rate = 0.1 }},
  {{ type = "dense", units = 33, activation = "tanh" }},
  {{ type = "dense", units = 10 }},
]
[train]
epochs = 3
batch = 48
leaf = 8
"""
IMAGES = "digits/train-images-idx3-ubyte.gz"
LAYOUTS = [
    ["grid.threads=2"], ["grid.threads=3", "data.loader_threads=0"], ["grid.threads=neurons"],
    ["grid.replicas=2", "grid.host=thread", "data.loader_threads=0"], ["grid.replicas=3"],
    ["grid.replicas=2", "grid.threads=2", "data.loader_threads=0"], ["grid.stages=3", "data.loader_threads=4"],
    ["grid.stages=2", "grid.replicas=2"], ["grid.stages=2", "grid.replicas=2", "grid.channel=pipe"],
    ["grid.preset=layers"], ["data.loader_threads=0"], ["data.loader_threads=4"], ["data.cache=mapped"],
    ["data.cache=mapped", "grid.replicas=2", "grid.channel=pipe", "data.loader_threads=2"],
    ["numerics.kernels=reference"],
]
AVERAGING = ["grid.sync=average", "grid.models=3", "grid.average_every=2"]


def png(path):
    """(width, height, lines) of a grey or color PNG of 8 bits."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and color in (0, 2)
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    pixels, step = zlib.decompress(packed), 3 if color else 1
    lines, before = [], bytes(width * step)
    for y in range(height):
        line = bytearray(pixels[y * (width * step + 1):(y + 1) * (width * step + 1)])
        filter_, line = line[0], line[1:]
        for x in range(len(line)):
            left, up, corner = line[x - step] if x >= step else 0, before[x], before[x - step] if x >= step else 0
            near = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
            line[x] = (line[x] + (0, left, up, (left + up) // 2, near)[filter_]) % 256
        lines.append(bytes(line))
        before = lines[-1]
    return width, height, lines


def tiles(path, side=28, gap=2):
    """The pictures of a grey sheet, line by line."""
    width, height, lines = png(path)
    return [[b"".join(line[x:x + side] for line in lines[y:y + side]) for x in range(0, width, side + gap)]
            for y in range(0, height, side + gap)]


class AugmentTest(HomeTest):
    program, config, digits = PROGRAM, ("a.toml", CONFIG), (200, 50)

    def ends(self, run, *settings):
        """What a run ends on: its weights, and its losses on rows that are not varied."""
        summary = self.trained("a.toml", "--run", run, *sets(settings))
        return summary["weights_digest"], summary["train"]["loss"], summary["validation"]["loss"]

    def refused(self, *words, code=3):
        ended = self.forknet(*words)
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertLessEqual(len(ended.stderr.splitlines()), 6, ended.stderr)
        return ended.stderr

    def test_every_layout_ends_on_the_same_weights(self):
        for precision in ("fp32", "fp64"):
            words = [f"numerics.precision={precision}"]
            expected = self.ends(f"serial-{precision}", *words)
            for number, layout in enumerate(LAYOUTS if precision == "fp32" else LAYOUTS[1::4]):
                with self.subTest(precision=precision, layout=layout):
                    self.assertEqual(self.ends(f"{precision}-{number}", *words, *layout), expected)

    def test_models_that_train_apart_end_on_the_same_weights_wherever_their_workers_are(self):
        expected = self.ends("averaging", *AVERAGING, "grid.replicas=1", "grid.host=thread")
        for number, host in enumerate(["thread", "process"]):
            for channel in ("shm", "pipe")[:number + 1]:
                with self.subTest(host=host, channel=channel):
                    self.assertEqual(self.ends(f"averaging-{host}-{channel}", *AVERAGING, "grid.replicas=2",
                                               f"grid.host={host}", f"grid.channel={channel}"), expected)

    def test_rows_of_validation_and_test_are_never_varied(self):
        summary = self.trained("a.toml", "--run", "plain-test")
        told = result(self.forknet("eval", "plain-test", "--data", "digits/t10k-images-idx3-ubyte.gz", "--json"))
        self.assertEqual(told["loss"], summary["test"]["loss"])

    def test_each_kind_changes_the_training_and_nothing_else_does(self):
        plain = self.ends("plain", "data.augment={}")
        self.assertEqual(self.ends("zeros", "data.augment={ shift = 0, noise = 0.0 }"), plain)
        seen = {plain}
        for kind, amount in ALL.items():
            seen.add(self.ends(f"only-{kind}", f"data.augment={{ {kind} = {amount} }}"))
        self.assertEqual(len(seen), 1 + len(ALL))

    def test_a_killed_run_continues_with_the_pictures_of_its_step(self):
        expected = self.ends("undisturbed")
        for number, layout in enumerate([[], ["grid.replicas=2", "data.loader_threads=2"]]):
            run = f"killed-{number}"
            self.home.killed_at(6, "train", "a.toml", "--run", run, *sets(layout))
            resumed = result(self.forknet("train", "--resume", run, "--json"))
            self.assertEqual((resumed["weights_digest"], resumed["train"]["loss"], resumed["validation"]["loss"]),
                             expected)

    def test_a_resume_may_not_change_it(self):
        self.ends("fixed", "train.max_steps=4")
        message = self.refused("train", "--resume", "fixed", *sets(["train.max_steps=8", "data.augment.shift=1"]))
        self.assertIn("data.augment", message)

    def test_a_run_says_what_is_varied(self):
        told = self.forknet("train", "a.toml", "--run", "told", "--quiet")
        self.assertIn("training pictures are varied in every epoch: shift 2, rotate 10, scale 0.1, shear 0.1, "
                      "elastic 4, noise 0.05", told.stderr)
        self.assertIn("augment = { shift = 2.0, ", read(self.home.run_path("told", "config.resolved.toml")))

    def test_a_sheet_shows_pictures_as_they_are_and_as_epochs_vary_them(self):
        shown = self.forknet("data", "inspect", "a.toml", "--augment", "sheet.png")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("8 training pictures, each as it is and in epochs 0 to 8", shown.stdout)
        self.assertIn("shift 2, rotate 10", shown.stdout)
        sheet = tiles(self.home.path("sheet.png"))
        self.assertEqual((len(sheet), len(sheet[0])), (8, 10))
        self.assertEqual(len({tile for line in sheet for tile in line}), 80)
        told = json.loads(self.forknet("data", "inspect", "a.toml", "--augment", "again.png", "--json").stdout)
        self.assertEqual((told["pictures"], told["epochs"], told["picture"]), (8, 9, "again.png"))
        self.assertEqual(tiles(self.home.path("again.png")), sheet)

    def test_a_file_of_pictures_is_shown_with_what_is_set(self):
        self.assertEqual(self.forknet("data", "inspect", IMAGES, "--augment", "all.png").returncode, 0)
        shown = self.forknet("data", "inspect", IMAGES, "--augment", "some.png", *sets(["data.augment={ noise = 0.01 }"]))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("augment  noise 0.01\n", shown.stdout)
        for line in tiles(self.home.path("some.png")):
            for tile in line[1:]:
                self.assertLess(max(abs(a - b) for a, b in zip(tile, line[0])), 20)

    def test_pictures_in_color_in_folders_can_be_varied(self):
        for label in "ab":
            os.makedirs(self.home.path("colors", label))
            for number in range(3):
                pixels = bytes((x * 7 + number * 31 + (label == "a") * 90) % 256 for x in range(12 * 10 * 3))
                write(self.home.path("colors", label, f"{number}.ppm"), b"P6 12 10 255\n" + pixels)
        write(self.home.path("colors.toml"), CONFIG.replace(DIGITS, """
[data]
format = "images"
color = "rgb"
train = { inputs = "colors" }
""").replace("units = 10", "units = 2").replace("validation = 0.1\n", ""))
        digests = {self.trained("colors.toml", "--run", f"colors-{loaders}", *sets([f"data.loader_threads={loaders}"]))
                   ["weights_digest"] for loaders in (0, 3)}
        self.assertEqual(len(digests), 1)
        for what in ("colors.toml", "colors"):
            shown = self.forknet("data", "inspect", what, "--augment", "colors.png")
            if what == "colors":
                shown = self.forknet("data", "inspect", what, "--augment", "colors.png",
                                     *sets(["data.color=rgb"]))
            self.assertEqual(shown.returncode, 0, shown.stderr)
            width, height, lines = png(self.home.path("colors.png"))
            self.assertEqual((width, height, len(lines[0])), (10 * 14 - 2, 6 * 12 - 2, 3 * (10 * 14 - 2)))
        one = self.forknet("data", "inspect", "colors/a/0.ppm", "--augment", "one.png")
        self.assertEqual(one.returncode, 0, one.stderr)
        self.assertIn("1 training picture, as it is and in epochs 0 to 8", one.stdout)

    def test_what_has_no_pictures_is_refused(self):
        write(self.home.path("t.csv"), "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n")
        table = 'data.format=csv data.train={inputs="t.csv"} data.test=0.0 data.validation=0.0'.split()
        message = self.refused("train", "a.toml", "--dry-run", *sets(table))
        self.assertIn('rows of data.format = "csv" have no shape of pictures', message)
        rows = b"".join(struct.pack("<f", number) for number in range(24))
        head = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6), }".ljust(117) + "\n"
        write(self.home.path("flat.npy"), b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + rows)
        head = "{'descr': '<i4', 'fortran_order': False, 'shape': (4,), }".ljust(117) + "\n"
        write(self.home.path("y.npy"), b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() +
              struct.pack("<4i", 0, 1, 0, 1))
        arrays = ["data.format=npy", 'data.train={inputs="flat.npy", labels="y.npy"}', "data.test=0.0",
                  "data.validation=0.0"]
        message = self.refused("train", "a.toml", "--dry-run", *sets(arrays))
        self.assertIn("data.augment: flat.npy: a row has the shape 6, which is no picture", message)
        self.assertIn("leave data.augment out", message)
        message = self.refused("data", "inspect", "t.csv", "--augment", "t.png")
        self.assertIn("t.csv: no pictures that could be varied: a table of text", message)
        self.refused("data", "inspect", "flat.npy", "--augment", "t.png")
        self.assertFalse(os.path.exists(self.home.path("t.png")))

    def test_what_cannot_be_shown_is_refused(self):
        nothing = self.refused("data", "inspect", "a.toml", "--augment", "n.png", *sets(["data.augment={}"]))
        self.assertIn("data.augment is not set", nothing)
        self.refused("data", "inspect", "a.toml", "--augment", "n.txt", code=2)
        self.refused("data", "inspect", IMAGES, *sets(["data.augment.shift=1"]), code=2)
        self.refused("data", "inspect", "none.toml", "--augment", "n.png")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
