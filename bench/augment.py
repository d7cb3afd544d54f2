#!/usr/bin/python3
"""What it costs to vary a training picture, by kind: runs of a net so small that taking pictures is most of its
time, with and without, in turns, one thread and no loader, on an otherwise idle machine.

    augment.py FORKNET [--runs N] [--pictures N] [--epochs N]

Prints microseconds per picture of 28 x 28 on top of a run without, for each kind and for all. Then, given two
CPUs: the time of 784-1024-512-10 with two training threads and two loader threads that vary every picture,
against that of the same work shared out evenly over the two CPUs: training without, and half of what varying
the pictures costs one thread while the other CPU does the same. See docs/benchmarks.md.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import common

PLACES = {"shift": 1.5, "rotate": 12, "scale": 0.12, "shear": 0.12}
KINDS = {
    "shift": {"shift": 1.5},
    "shift, rotate, scale, shear": PLACES,
    "elastic": {"elastic": 3.5},
    "noise": {"noise": 0.05},
    "all": {**PLACES, "elastic": 3.5, "noise": 0.05},
}
LARGE = ('[{ type = "dense", units = 1024, activation = "relu" }, { type = "dense", units = 512, activation = "relu" }, '
         '{ type = "dense", units = 10 }]')
SHARE_TARGET = 1.05  # time with two loaders to that of the work shared out evenly
# Of MNIST-sized pictures, in microseconds.
TARGETS = {"shift, rotate, scale, shear": 10, "elastic": 30}


def config_text(digits):
    return (f'[data]\ntrain = {{ inputs = "{digits}/train-images-idx3-ubyte.gz", '
            f'labels = "{digits}/train-labels-idx1-ubyte.gz" }}\nloader_threads = 0\n'
            '[model]\nlayers = [{ type = "dense", units = 10 }]\n'
            '[checkpoint]\nevery = "off"\n')


def seconds(options, config, folder, augment, *words):
    table = "{ " + ", ".join(f"{key} = {value}" for key, value in augment.items()) + " }"
    command = [options.forknet, "train", str(config), "--quiet", "--json", "--set", f"train.epochs={options.epochs}",
               "--set", f"run.dir={json.dumps(str(folder / 'runs'))}", "--set", f"data.augment={table}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"augment.py: {' '.join(command)} failed (exit {done.returncode}):\n{done.stderr}")
    return json.loads(done.stdout)["train_seconds"]


def at_once(options, config, folder, augment, *words):
    """Mean seconds of two runs side by side: of virtual machines two CPUs may be slower than one."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        times = pool.map(lambda name: seconds(options, config, folder / name, augment, *words), ("one", "other"))
        return sum(times) / 2


def beside_training(options, config, folder):
    """Time with two loaders beside two training threads to the time of the same work shared out evenly."""
    large = ("--set", f"model.layers={LARGE}", "--set", "train.batch=128")
    both = (*large, "--grid", "threads", "--set", "grid.threads=2")
    shares = []
    for _ in range(options.runs):
        plain = seconds(options, config, folder, {}, *both)
        varying = (at_once(options, config, folder, KINDS["all"], *large, "--grid", "serial")
                   - at_once(options, config, folder, {}, *large, "--grid", "serial"))
        taken = seconds(options, config, folder, KINDS["all"], *both, "--set", "data.loader_threads=2")
        shares.append(taken / (plain + varying / 2))
    of = common.spread(shares)
    print(f"two loaders beside two training threads, all kinds, to the work shared out evenly: {common.text(of, 3)}")
    common.result("two loaders beside two training threads, to their share", of[1], SHARE_TARGET, 3, at_least=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("forknet")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--pictures", type=int, default=20000)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forknet-augment-") as name:
        folder = pathlib.Path(name)
        subprocess.run([options.forknet, "data", "digits", str(folder / "digits"), "--train", str(options.pictures),
                        "--test", "1"], check=True, stdout=subprocess.DEVNULL)
        config = folder / "config.toml"
        config.write_text(config_text(folder / "digits"))
        costs = {kind: [] for kind in KINDS}
        for _ in range(options.runs):
            without = seconds(options, config, folder, {})
            for kind, augment in KINDS.items():
                more = seconds(options, config, folder, augment) - without
                costs[kind].append(more / options.pictures / options.epochs * 1e6)
        for kind, all_runs in costs.items():
            of = common.spread(all_runs)
            print(f"{kind}: {common.text(of, 1)} us a picture")
            if kind in TARGETS:
                common.result(f"{kind}, us a picture", of[1], TARGETS[kind], 1, at_least=False)
        if len(os.sched_getaffinity(0)) >= 2:
            beside_training(options, config, folder)


if __name__ == "__main__":
    main()
