"""The data sets that the cases train on. The random numbers are integers of a generator of our own, so that every
version of Python writes the same bytes. Only the digits come from the program (`forknet data digits`).

Each function writes its files into a folder and returns the settings that name them."""
import gzip
import hashlib
import json
import os
import struct

from homes import read, write


class Numbers:
    """A linear congruential generator (Knuth's MMIX constants); its high bits are used."""

    def __init__(self, seed):
        self.state = seed

    def whole(self, below):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) * below >> 31

    def decimal(self):
        """From -2 to 2 in steps of 1/1000: a sum of four, so that the middle is likelier."""
        return sum(self.whole(1001) - 500 for _ in range(4)) / 1000


def blobs(_):
    """77 rows in the config, 4 inputs, 3 classes."""
    numbers, inputs, labels = Numbers(1), [], []
    for _ in range(77):
        label = numbers.whole(3)
        inputs.append([numbers.decimal() + (label == place) for place in range(3)] + [numbers.decimal()])
        labels.append(label)
    return {"data.format": "arrays", "data.train": {"inputs": inputs, "labels": labels}}


def npy(descr, shape, content):
    """An array as numpy.save writes it."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + content


def curves(folder):
    """61 rows of binary32 in .npy files, 3 inputs, 2 numbers to predict; of a size that target_scale matters for."""
    numbers, inputs, targets = Numbers(2), [], []
    for _ in range(61):
        a, b, c = (numbers.decimal() for _ in range(3))
        inputs += [a, b, c]
        targets += [a * b + 3, 0.5 * c - a]
    write(os.path.join(folder, "curves-x.npy"), npy("<f4", "(61, 3)", struct.pack("<183f", *inputs)))
    write(os.path.join(folder, "curves-y.npy"), npy("<f4", "(61, 2)", struct.pack("<122f", *targets)))
    return {"data.format": "npy", "data.train": {"inputs": "curves-x.npy", "labels": "curves-y.npy"},
            "data.target_scale": "none"}


def outlier(_):
    """40 rows, the first 20 so large that a model trained on them alone diverges."""
    numbers = Numbers(3)
    inputs = [[numbers.decimal() * (1e30 if row < 20 else 1), numbers.decimal()] for row in range(40)]
    return {"data.format": "arrays", "data.train": {"inputs": inputs, "targets": [[b] for _, b in inputs]}}


def digits(_):
    """300 and 100 digits, which Home draws."""
    def files(part):
        return {"inputs": f"digits/{part}-images-idx3-ubyte.gz", "labels": f"digits/{part}-labels-idx1-ubyte.gz"}
    return {"data.format": "idx", "data.train": files("train"), "data.test": files("t10k")}


def table(folder):
    """90 rows of text: numbers and categories with gaps, a class, two numbers to predict, a weight."""
    numbers, lines = Numbers(4), ["age,town,income,rooms,code,kind,price,rent,w"]
    for row in range(90):
        age, income, rooms = numbers.whole(70) + 18, numbers.whole(90000) / 10, numbers.whole(5) + 1
        town = ("Ulm", "Bonn", "Rom", "Oslo")[numbers.whole(4)]
        code = numbers.whole(3) + 7
        price = 10 * rooms + age + 7 * code + numbers.decimal()
        kind = "low" if price < 110 else "mid" if price < 135 else "high"
        gaps = numbers.whole(8)
        lines.append(f"{'NA' if gaps == 0 else age},{'?' if gaps == 1 else town},{'' if gaps == 2 else income},"
                     f"{rooms},{code},{kind},{price:.3f},{price / 100 + numbers.decimal():.3f},"
                     f"{(0, 1, 1, 2, 0.5)[row % 5]}")
    write(os.path.join(folder, "table.csv"), "\n".join(lines) + "\n")
    return {"data.format": "csv", "data.train": {"inputs": "table.csv"}, "data.target": "kind",
            "data.task": "classify", "data.delimiter": ",", "data.header": True, "data.decimal": ".",
            "data.missing": ["", "NA", "?"], "data.impute": "median", "data.drop": ["price", "rent", "w"],
            "data.keep": [], "data.categorical": ["code"], "data.split": "random", "data.weight": [],
            "data.target_scale": "none"}


def arrays(folder):
    """50 rows of binary64 inputs, 5 of them, and class numbers, in .npy files."""
    numbers = Numbers(5)
    inputs = [numbers.decimal() for _ in range(250)]
    labels = [int(inputs[5 * row] > inputs[5 * row + 1]) for row in range(50)]
    write(os.path.join(folder, "x.npy"), npy("<f8", "(50, 5)", struct.pack("<250d", *inputs)))
    write(os.path.join(folder, "y.npy"), npy("<i8", "(50,)", struct.pack("<50q", *labels)))
    return {"data.format": "npy", "data.train": {"inputs": "x.npy", "labels": "y.npy"},
            "data.target_scale": "none"}


def pictures(folder):
    """36 grey pictures of 12 x 12, a folder for each of 2 classes, which are brought to 7 x 7."""
    numbers = Numbers(6)
    for label in ("dark", "light"):
        os.makedirs(os.path.join(folder, "pictures", label))
        for number in range(18):
            pixels = bytes(numbers.whole(156) + (100 if label == "light" else 0) for _ in range(144))
            write(os.path.join(folder, "pictures", label, f"{number:02}.pgm"), b"P5 12 12 255\n" + pixels)
    return {"data.format": "images", "data.train": {"inputs": "pictures"}, "data.size": 7, "data.color": "grey"}


SETS = {draw.__name__: draw for draw in (blobs, curves, outlier, digits, table, arrays, pictures)}


def content(path):
    """The bytes of a file, decompressed, or of all files in a folder, sorted by name."""
    if os.path.isdir(path):
        return b"".join(content(os.path.join(path, name)) for name in sorted(os.listdir(path)))
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        return file.read()


def fingerprint(folder, settings):
    """Of the settings and files of a set: tells a change of the data from a change of training."""
    sum_ = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for part in ("data.train", "data.test"):
        for value in settings.get(part, {}).values():
            if isinstance(value, str):
                sum_.update(content(os.path.join(folder, value)))
    return sum_.hexdigest()[:32]
