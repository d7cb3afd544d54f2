#!/usr/bin/python3
"""The MNIST headline and XOR from start to finish, by the program itself, on one CPU.

    headline.py FORKNET SERVER [--data FOLDER] [--runs N] [--cpu N]

SERVER is forknet_bench_server: it measures the CPU's FMA peak, which says how fast the products of
the headline could be at all. FOLDER has mnist/ with MNIST's four files; else the environment's
FORKNET_TEST_DATA. See docs/benchmarks.md.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import common

ROOT = pathlib.Path(__file__).resolve().parent.parent
MNIST_SECONDS = 0.45  # train_seconds of 5 epochs
XOR_SECONDS = 0.3     # of the whole process
WIDTHS, SAMPLES, EPOCHS = (784, 64, 32, 16, 10), 60000, 5


def operations():
    """Floating-point operations of the headline's products: forward, weight gradients, and input
    errors of all layers but the first."""
    products = [inputs * outputs for inputs, outputs in zip(WIDTHS, WIDTHS[1:])]
    return 2 * SAMPLES * EPOCHS * (3 * sum(products) - products[0])


def train(options, config, folder, *settings):
    """Seconds of the whole process, and its summary."""
    command = [options.forknet, "train", str(config), "--quiet", "--json", "--set",
               f"run.dir={json.dumps(str(folder))}"]
    for setting in settings:
        command += ["--set", setting]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"headline.py: {' '.join(command)} failed (exit {done.returncode}):\n{done.stderr}")
    return seconds, json.loads(done.stdout)


def same_digest(summaries, what):
    """A run that is timed does what the others did."""
    digests = {summary["weights_digest"] for summary in summaries}
    if len(digests) != 1:
        sys.exit(f"headline.py: {what}: digests differ: {sorted(digests)}")


def table_of(folder, part):
    """The [data] table of one part of MNIST, as a TOML value."""
    prefix = {"train": "train", "test": "t10k"}[part]
    files = {}
    for key, kind in (("inputs", "images-idx3"), ("labels", "labels-idx1")):
        path = folder / "mnist" / f"{prefix}-{kind}-ubyte.gz"
        if not path.exists():
            sys.exit(f"headline.py: {path} does not exist; --data or FORKNET_TEST_DATA must name a "
                     "folder with mnist/ in it")
        files[key] = json.dumps(str(path.resolve()))
    return "{ " + ", ".join(f"{key} = {name}" for key, name in files.items()) + " }"


def mnist(options, data, folder):
    config = ROOT / "examples" / "mnist-64-32-16.toml"
    tables = [f"data.{part}={table_of(data, part)}" for part in ("train", "test")]
    loaders = (0, 1)
    runs = {loader: [] for loader in loaders}
    server = common.Server(options.server)
    peaks = []
    for _ in range(options.runs):
        for loader in loaders:
            runs[loader].append(train(options, config, folder, *tables,
                                      f"data.loader_threads={loader}")[1])
        peaks.append(server.time(0, 0, 0)[1])
    same_digest([summary for some in runs.values() for summary in some], "MNIST")
    peak = common.spread(peaks)[1]
    print(f"{operations() / 1e9:.1f} GFLOP of products; FMA peak {peak:.1f} GFLOP/s: at the very "
          f"least {operations() / 1e9 / peak:.3f} s on this CPU")
    for loader, summaries in runs.items():
        seconds = common.spread([summary["train_seconds"] for summary in summaries])
        print(f"MNIST 784-64-32-16-10, 5 epochs, {loader} loader threads: "
              f"{common.text(seconds, 3)} s of training, "
              f"{100e-9 * operations() / seconds[1] / peak:.1f} % of peak, "
              f"test accuracy {summaries[0]['test']['accuracy']:.4f}")
    for loader, summaries in runs.items():
        median = common.spread([summary["train_seconds"] for summary in summaries])[1]
        common.result(f"MNIST headline, {loader} loader threads, seconds of training", median,
                      MNIST_SECONDS, 3, at_least=False)


def xor(options, folder):
    runs = [train(options, ROOT / "examples" / "xor.toml", folder) for _ in range(options.runs)]
    same_digest([summary for _, summary in runs], "XOR")
    seconds = common.spread([seconds for seconds, _ in runs])
    print(f"XOR, the whole process: {common.text(seconds, 3)} s")
    common.result("XOR from start to finish, seconds", seconds[1], XOR_SECONDS, 3, at_least=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("forknet", type=os.path.abspath)
    parser.add_argument("server", type=os.path.abspath)
    parser.add_argument("--data", default=os.environ.get("FORKNET_TEST_DATA"))
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--cpu", type=int, default=min(os.sched_getaffinity(0)))
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.cpu})
    with tempfile.TemporaryDirectory() as folder:
        if options.data:
            mnist(options, pathlib.Path(options.data), folder)
        else:
            print("MNIST headline left out: --data or FORKNET_TEST_DATA must name a folder with mnist/")
        xor(options, folder)


if __name__ == "__main__":
    main()
