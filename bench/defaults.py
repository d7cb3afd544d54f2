#!/usr/bin/python3
"""What other settings would make of the tables for which `forknet init csv` writes a config.

    defaults.py FORKNET TABLES CANDIDATES RESULTS [--seeds N] [--jobs N] [--tables a,b] [--only c,d] [--peers]
    defaults.py --show RESULTS [--base NAME]

TABLES: a folder of NAME.csv, each with the column "target"; texts are classes, numbers a regression.
For every table, seed and candidate 20 % of the rows are held out (the same for all candidates), `init csv` writes a
config for the others, the candidate's settings go on top by --set, and the run's result is applied to the held-out
rows. A line of JSON per training goes to RESULTS; started again it goes on where it stopped. --peers adds scikit-learn's
MLP of the config's width and HistGradientBoosting.

CANDIDATES: a line `NAME: key=value ...` each; # begins a comment. Values are TOML without blanks. Of all keys
    net=WIDTHS,ACTIVATION,DROPOUT[,norm][,residual]   builds model.layers: net=256-256,silu,0.1,norm
    steps=N                                           sets train.epochs for so many steps, at least 5, at most 400
    KEY=xN                                            multiplies what init wrote
    c/KEY=VALUE, r/KEY=VALUE                          hold for classes, or for a regression alone

--show prints, for each candidate, its error (of classes the share of wrong rows, of numbers the RMSE) over that of the
base on the same rows: the geometric mean over tables, of each the mean over its seeds, and each table's.
"""

import argparse
import concurrent.futures
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

import numpy
import pandas

import tables

FEW_WRONG = 0.5  # rows: added to the wrong ones, so that ratios exist


def layers(word, last):
    """"256-256,silu,0.1,norm": the hidden layers, then one of `last` units."""
    widths, activation, dropout, *extras = word.split(",")
    found, before = [], None
    for width in widths.split("-"):
        block = ['{ type = "layer_norm" }'] if before and "norm" in extras else []
        block.append(f'{{ type = "dense", units = {width}, activation = "{activation}" }}')
        if float(dropout):
            block.append(f'{{ type = "dropout", rate = {dropout} }}')
        if before == width and "residual" in extras:
            block = [f'{{ type = "residual", layers = [{", ".join(block)}] }}']
        found += block
        before = width
    return "[" + ", ".join(found + [f'{{ type = "dense", units = {last} }}']) + "]"


def settings(candidate, config, rows):
    """The candidate's words as --set; `config`: the one that init wrote."""
    classes = config["data"]["task"] == "classify"
    chosen = {}
    for word in candidate:
        key, value = word.split("=", 1)
        if key.startswith(("c/", "r/")):
            if (key[0] == "c") != classes:
                continue
            key = key[2:]
        if value.startswith("x"):
            section, name = key.split(".")
            value = type(config[section][name])(config[section][name] * float(value[1:]))
        chosen[key] = value
    if "net" in chosen:
        chosen["model.layers"] = layers(chosen.pop("net"), config["model"]["layers"][-1]["units"])
    if "steps" in chosen:
        batch = int(chosen.get("train.batch", config["train"]["batch"]))
        trained = rows * (1 - float(chosen.get("data.validation", config["data"]["validation"])))
        chosen["train.epochs"] = min(400, max(5, round(int(chosen.pop("steps")) * batch / trained)))
    return [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.lock = threading.Lock()
        self.done = set()
        if os.path.exists(options.results):
            self.done = {(line["table"], line["seed"], line["candidate"]) for line in read(options.results)}

    def call(self, *words):
        answer = subprocess.run([self.options.forknet, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise RuntimeError(f"{' '.join(words)[:300]}: {answer.stderr[-600:]}")
        return answer.stdout

    def split(self, name, seed):
        """The table's parts as files, and the config for the first; made once."""
        stem = os.path.join(self.folder, f"{name}-{seed}")
        of = tables.Set(name, pandas.read_csv(os.path.join(self.options.tables_folder, name + ".csv")), "target")
        train, test = of.split(seed, 0)
        with self.lock:
            if not os.path.exists(stem + ".toml"):
                train.to_csv(stem + ".csv", index=False)
                test.to_csv(stem + "-test.csv", index=False)
                self.call("init", "csv", stem + ".csv", stem + ".toml", "--target", "target")
        return of, train, test, stem

    def of_forknet(self, stem, candidate, rows, seed):
        with open(stem + ".toml", "rb") as file:
            config = tomllib.load(file)
        begin = time.monotonic()
        words = ["train", stem + ".toml", "--json", "--quiet", "--set", f'data.test={{inputs="{stem}-test.csv"}}',
                 "--set", "checkpoint.every=off", "--set", "data.loader_threads=0", "--set", f"run.seed={seed}"]
        result = json.loads(self.call(*words, *settings(candidate, config, rows)).splitlines()[-1])
        seconds = time.monotonic() - begin
        run = os.path.join(self.folder, "runs", result["run"])
        found = json.loads(self.call("eval", run, "--data", stem + "-test.csv", "--json"))
        shutil.rmtree(run)
        return {"error": 1 - found["accuracy"] if "accuracy" in found else found["rmse"],
                "log_loss": found.get("log_loss"), "seconds": round(seconds, 2)}

    def of_peer(self, name, of, train, test, seed, stem):
        with open(stem + ".toml", "rb") as file:
            dense = [layer for layer in tomllib.load(file)["model"]["layers"] if layer["type"] == "dense"]
        kinds = tables.peers(of, [layer["units"] for layer in dense[:-1]], seed, True)
        filled = train.fillna({column: train[column].median() if train[column].dtype != object else "?" for column in train})
        tested = test.fillna({column: train[column].median() if train[column].dtype != object else "?" for column in train})
        got, seconds = tables.of_peer(kinds[name], of, filled, tested)
        error = tables.quality(test["target"], got, of.classes)
        return {"error": 1 - error / 100 if of.classes else error, "log_loss": None, "seconds": round(seconds, 2)}

    def one(self, table, seed, name, candidate):
        if (table, seed, name) in self.done:
            return
        of, train, test, stem = self.split(table, seed)
        try:
            found = (self.of_peer(name, of, train, test, seed, stem) if candidate is None
                     else self.of_forknet(stem, candidate, len(train), seed))
        except (RuntimeError, ValueError) as error:
            print(f"{table} {seed} {name}: {error}", file=sys.stderr, flush=True)
            return
        line = {"table": table, "seed": seed, "candidate": name, "rows": len(test), "classes": of.classes, **found}
        with self.lock, open(self.options.results, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def run(self):
        options = self.options
        names = sorted(file[:-4] for file in os.listdir(options.tables_folder) if file.endswith(".csv"))
        names = [name for name in names if not options.tables or name in options.tables.split(",")]
        candidates = candidates_of(options.candidates)
        if options.only:
            candidates = {name: candidates[name] for name in options.only.split(",") if name}
        if options.peers:
            candidates |= {"MLP": None, "HistGradientBoosting": None}
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            work = [pool.submit(self.one, table, seed, name, candidate) for seed in range(1, options.seeds + 1)
                    for name, candidate in candidates.items() for table in names]
            for future in work:
                future.result()


def candidates_of(path):
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.split("#")[0].strip()
            if line:
                name, words = line.split(":", 1)
                found[name] = words.split()
    return found


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def geometric(numbers):
    return math.exp(statistics.mean(math.log(number) for number in numbers))


def show(path, base):
    lines = read(path)
    def error(line):
        return line["error"] + FEW_WRONG / line["rows"] if line["classes"] else line["error"]
    bases = {(line["table"], line["seed"]): line for line in lines if line["candidate"] == base}
    ratios, seconds = {}, {}
    for line in lines:
        beside = bases.get((line["table"], line["seed"]))
        if beside:
            seconds.setdefault(line["candidate"], []).append(line["seconds"])
            ratios.setdefault(line["candidate"], {}).setdefault(line["table"], []).append(error(line) / error(beside))
    classes = {line["table"]: line["classes"] for line in lines}
    def mean(of, kind):
        found = [geometric(numbers) for table, numbers in of.items() if classes[table] == kind]
        return f"{geometric(found):.3f}" if found else "-"
    for name, of in sorted(ratios.items(), key=lambda item: geometric([geometric(n) for n in item[1].values()])):
        each = {table: geometric(numbers) for table, numbers in of.items()}
        print(f"{name:24} {geometric(each.values()):.3f}  classes {mean(of, True)} numbers {mean(of, False)}"
              f"  better on {sum(ratio < 1 for ratio in each.values())} of {len(each)}, worst {max(each.values()):.2f},"
              f" {sum(map(len, of.values()))} runs, {statistics.mean(seconds[name]):.1f} s")
        print("    " + "  ".join(f"{table} {ratio:.2f}" for table, ratio in sorted(each.items())))


def main():
    if "--show" in sys.argv:
        parser = argparse.ArgumentParser()
        parser.add_argument("--show", required=True)
        parser.add_argument("--base", default="now")
        options = parser.parse_args()
        return show(options.show, options.base)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("forknet", type=os.path.abspath)
    parser.add_argument("tables_folder", type=os.path.abspath)
    parser.add_argument("candidates")
    parser.add_argument("results", type=os.path.abspath)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tables")
    parser.add_argument("--only")
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="forknet-defaults-", dir=memory) as folder:
        return Bench(options, folder).run()


if __name__ == "__main__":
    main()
