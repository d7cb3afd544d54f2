#!/usr/bin/python3
"""What `forknet init csv` makes of a table without an edit, against scikit-learn's MLP of the same
width behind a StandardScaler and OneHotEncoder, on the same rows.

    tables.py FORKNET [--seeds N] [--sets letter,red,white,mnist,fashion] [--table FILE TARGET]...
              [--rows N] [--no-trees]

For every set and seed the rows are split once, 80 % to train on and 20 % held out (classes each by
its share; MNIST and Fashion have test sets of their own), and every side gets the two parts.
Gradient-boosted trees stand beside them for information: they are another kind of model, and are
left out with --no-trees. --rows cuts the training rows to so many, drawn by the seed.
FORKNET_TEST_DATA: the folder of the sets; --table adds others. The figures are qualities, so it
does not matter what else the machine does; the times are for information.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import warnings

import numpy
import pandas

import common

HELD_OUT = 0.2


class Set:
    """A table as a frame, its target, and the held-out rows where the set says which."""

    def __init__(self, name, frame, target, held_out=None, classes=None):
        self.name, self.frame, self.target, self.held_out = name, frame, target, held_out
        values = frame[target]
        self.classes = values.dtype == object if classes is None else classes

    def split(self, seed, most_rows):
        from sklearn.model_selection import train_test_split
        def cut(frame, **how):
            by = frame[self.target] if self.classes else None
            return train_test_split(frame, random_state=seed, stratify=by, **how)
        train, test = ((self.frame, self.held_out) if self.held_out is not None
                       else cut(self.frame, test_size=HELD_OUT))
        return (cut(train, train_size=most_rows)[0] if most_rows and most_rows < len(train) else train), test


def pictures(folder):
    """The two parts of a set of MNIST's kind as tables: label, then pixels."""
    def numbers(name, head, width):
        with gzip.open(os.path.join(folder, name)) as file:
            return numpy.frombuffer(file.read(), numpy.uint8, offset=head).reshape(-1, width)
    parts = []
    for part in ("train", "t10k"):
        labels = numbers(f"{part}-labels-idx1-ubyte.gz", 8, 1)
        pixels = numbers(f"{part}-images-idx3-ubyte.gz", 16, 784)
        names = ["label"] + [f"p{i}" for i in range(784)]
        parts.append(pandas.DataFrame(numpy.hstack([labels, pixels]), columns=names))
    return parts


def known_set(name):
    data = os.environ.get("FORKNET_TEST_DATA") or sys.exit("tables.py: FORKNET_TEST_DATA is not set")
    if name == "letter":
        frame = pandas.read_csv(os.path.join(data, "letter/letter.csv"), header=None)
        return Set(name, frame.rename(columns=lambda at: f"c{at}"), "c0")
    if name in ("red", "white"):
        frame = pandas.read_csv(os.path.join(data, f"wine/winequality-{name}.csv"), sep=";")
        return Set(name, frame, "quality", classes=False)
    train, test = pictures(os.path.join(data, name))
    return Set(name, train, "label", test, classes=True)


def quality(wanted, got, classes):
    """Accuracy in percent, or the root of the mean squared error."""
    wanted, got = numpy.asarray(wanted), numpy.asarray(got)
    if classes:
        return 100 * float((wanted.astype(str) == got.astype(str)).mean())
    return float(numpy.sqrt(((wanted - got) ** 2).mean()))


def of_forknet(program, of, train, test, seed, folder):
    """init csv, train, predict, as a person does it. Answers the predictions and the widths."""
    for name, part in (("train", train), ("test", test)):
        part.to_csv(os.path.join(folder, f"{name}.csv"), index=False)
    def call(*words):
        done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"tables.py: {' '.join(words)}: {done.stderr}")
        return done.stdout
    task = "classify" if of.classes else "regress"
    call("init", "csv", "train.csv", "t.toml", "--target", of.target, "--task", task)
    with open(os.path.join(folder, "t.toml"), "rb") as file:
        layers = tomllib.load(file)["model"]["layers"]
    widths = [layer["units"] for layer in layers if layer["type"] == "dense"][:-1]
    begin = time.monotonic()
    answer = json.loads(call("train", "t.toml", "--set", f"run.seed={seed}", "--run", "r", "--json", "--quiet").splitlines()[-1])
    seconds = time.monotonic() - begin
    call("predict", os.path.join("runs", answer["run"]), "--in", "test.csv", "--out", "p.csv")
    predicted = pandas.read_csv(os.path.join(folder, "p.csv"))
    return predicted, widths, seconds


def peers(of, widths, seed, trees):
    """name -> estimator; the first is the one to compare with."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    def behind(model):
        prepare = make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_include=object)),
            (StandardScaler(), make_column_selector(dtype_exclude=object)))
        return make_pipeline(prepare, model)

    mlp = MLPClassifier if of.classes else MLPRegressor
    found = {"MLP": behind(mlp(hidden_layer_sizes=widths, random_state=seed))}
    if trees:
        import xgboost
        grown, boosted = ((HistGradientBoostingClassifier, xgboost.XGBClassifier) if of.classes
                          else (HistGradientBoostingRegressor, xgboost.XGBRegressor))
        found["HistGradientBoosting"] = behind(grown(random_state=seed))
        found["XGBoost"] = behind(boosted(random_state=seed, n_jobs=2))
    return found


def of_peer(model, of, train, test):
    targets = train[of.target]
    names = sorted(set(targets)) if of.classes else None
    known = targets.map({name: at for at, name in enumerate(names)}) if names else targets
    begin = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "has not converged" after its own number of epochs
        model.fit(train.drop(columns=of.target), known)
    seconds = time.monotonic() - begin
    got = model.predict(test.drop(columns=of.target))
    return (numpy.array(names)[got] if names else got), seconds


def measure(of, arguments):
    figures, times = {}, {}
    for seed in range(1, arguments.seeds + 1):
        train, test = of.split(seed, arguments.rows)
        with tempfile.TemporaryDirectory() as folder:
            predicted, widths, seconds = of_forknet(arguments.forknet, of, train, test, seed, folder)
        got = predicted["class" if of.classes else of.target]
        figures.setdefault("forknet", []).append(quality(test[of.target], got, of.classes))
        times.setdefault("forknet", []).append(seconds)
        for name, model in peers(of, widths, seed, arguments.trees).items():
            got, seconds = of_peer(model, of, train, test)
            figures.setdefault(name, []).append(quality(test[of.target], got, of.classes))
            times.setdefault(name, []).append(seconds)
        print(f"  {of.name} seed {seed}: " + ", ".join(
            f"{name} {numbers[-1]:.3f} ({times[name][-1]:.1f} s)" for name, numbers in figures.items()), flush=True)
    return figures, times


def report(of, figures, times):
    unit = "accuracy, %" if of.classes else "RMSE"
    decimals = 2 if of.classes else 4
    print(f"{of.name} ({len(of.frame)} rows, {unit}, median and quartiles over {len(figures['forknet'])} seeds):")
    for name, numbers in figures.items():
        print(f"  {name:22}{common.text(common.spread(numbers), decimals):30}"
              f" {statistics.median(times[name]):8.1f} s")
    ahead = [a - b if of.classes else b - a for a, b in zip(figures["forknet"], figures["MLP"])]
    common.result(f"{of.name}: ahead of scikit-learn's MLP, median of pairs", statistics.median(ahead), 0, decimals)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("forknet", type=os.path.abspath)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", default="letter,red,white")
    parser.add_argument("--table", nargs=2, action="append", default=[], metavar=("FILE", "TARGET"))
    parser.add_argument("--rows", type=int, default=0, help="train on at most so many")
    parser.add_argument("--no-trees", dest="trees", action="store_false")
    arguments = parser.parse_args()
    sets = [known_set(name) for name in arguments.sets.split(",") if name]
    sets += [Set(os.path.basename(path), pandas.read_csv(path), target) for path, target in arguments.table]
    for of in sets:
        report(of, *measure(of, arguments))


if __name__ == "__main__":
    main()
