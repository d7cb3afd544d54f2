#!/usr/bin/python3
"""Layouts of the grid against each other, by the program itself: pairs of runs in turns, each a process
start, on an otherwise idle machine of two CPUs.

    grids.py FORKNET FORKNET_BENCH_LAYOUTS [--runs N] [--data FOLDER] [--scale X] [--only WORD]

FORKNET_BENCH_LAYOUTS --cores measures between the pairs what two independent loops of multiply-adds gain
over one; speed-ups over one thread are divided by half of it. FOLDER has mnist/ with MNIST's four files;
else the environment's FORKNET_TEST_DATA; without either the rows that need it are left out. --scale 0.1
makes runs a tenth as long. All runs of a row must end on the same weights. See docs/benchmarks.md.
"""

import argparse
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

import common

ROOT = pathlib.Path(__file__).resolve().parent.parent
# widths, batch, steps
SMALL = ((784, 512, 256, 10), 128, 1000)
MIDDLE = ((784, 1024, 1024, 1024, 10), 256, 60)
LARGE = ((1024, 4096, 4096, 10), 256, 12)
DEEP = ((1536, 1024, 1024, 1024, 1024, 10), 256, 40)
ROWS = 4096


def idx(path, dims, payload):
    path.write_bytes(struct.pack(">BBBB", 0, 0, 8, len(dims)) + struct.pack(f">{len(dims)}I", *dims)
                     + payload)


def synthetic(folder, inputs, rows=ROWS):
    """A [data] table of random rows of that width."""
    images, labels = folder / f"images-{inputs}-{rows}", folder / f"labels-{inputs}-{rows}"
    if not images.exists():
        idx(images, (rows, inputs), os.urandom(rows * inputs))
        idx(labels, (rows,), bytes(byte % 10 for byte in os.urandom(rows)))
    return f"{{ inputs = {json.dumps(str(images))}, labels = {json.dumps(str(labels))} }}"


def net_config(path, net, rows=ROWS):
    """The file of a run of so many steps over random rows, evaluated at its end."""
    widths, batch, steps = net
    layers = [f'{{ type = "dense", units = {units}, activation = "relu" }}' for units in widths[1:-1]]
    layers.append(f'{{ type = "dense", units = {widths[-1]} }}')
    path.write_text(f"""[data]
train = {synthetic(path.parent, widths[0], rows)}
scale = "unit"
[model]
layers = [ {", ".join(layers)} ]
[train]
batch = {batch}
epochs = 100000
max_steps = {steps}
eval_every = 100000
[optimizer]
type = "momentum"
lr = 0.01
""")
    return path


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def train(self, config, *settings):
        command = [self.options.forknet, "train", str(config), "--quiet", "--json", "--set",
                   f"run.dir={json.dumps(str(self.folder / 'runs'))}", "--set", "checkpoint.every=off"]
        for setting in settings:
            command += ["--set", setting]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"grids.py: {' '.join(command)} failed (exit {done.returncode}):\n{done.stderr}")
        return json.loads(done.stdout)

    def cores(self):
        done = subprocess.run([self.options.cores, "--cores"], capture_output=True, text=True,
                              check=True)
        return float(done.stdout)

    def config(self, net):
        widths, batch, steps = net
        path = self.folder / ("-".join(map(str, widths)) + ".toml")
        return net_config(path, (widths, batch, max(3, round(steps * self.options.scale))))

    def pairs(self, config, *sides):
        """The seconds of each side of every round, and what two loops gain over one."""
        rounds = []
        digests = set()
        for _ in range(self.options.runs):
            gain = self.cores()
            results = [self.train(config, *(f"grid.{setting}" for setting in side)) for side in sides]
            digests |= {result["weights_digest"] for result in results}
            rounds.append(([result["train_seconds"] for result in results], gain))
        if len(digests) != 1:
            sys.exit(f"grids.py: {config.stem}: digests differ: {sorted(digests)}")
        return rounds

    def ratio(self, what, net, base, other, target):
        """How fast `other` is, as a share of `base`."""
        rounds = self.pairs(self.config(net), base, other)
        share = common.spread([seconds[0] / seconds[1] for seconds, _ in rounds])
        print(f"{what}: {common.text(share, 3)}")
        common.result(what, share[1], target, 3)


def name(net):
    return "-".join(map(str, net[0])) + f" batch {net[1]}"


THREAD, PROCESS = "host=thread", "host=process"


def pipeline(bench):
    stages = ("stages=2", "microbatches=8", PROCESS)
    bench.ratio(f"{name(DEEP)}, pipeline of 2: channel pipe against shm", DEEP, (*stages, "channel=shm"),
                (*stages, "channel=pipe"), 0.94)
    schedules = ("1f1b", "zero-bubble")
    rounds = bench.pairs(bench.config(DEEP), (THREAD,),
                         *((*stages, f"schedule={schedule}") for schedule in schedules))
    for number, schedule in enumerate(schedules):
        what = f"{name(DEEP)}, pipeline of 2 over shm, 8 microbatches, {schedule}, against 8/9 of two cores"
        share = common.spread([seconds[0] / seconds[1 + number] / gain / (8 / 9)
                               for seconds, gain in rounds])
        print(f"{what}: {common.text(share, 3)}")
        common.result(what, share[1], 0.95, 3)


def oversubscribed(bench):
    for host in (THREAD, PROCESS):
        bench.ratio(f"{name(MIDDLE)}, 4 replicas on 2 CPUs against 2, {host}", MIDDLE,
                    (host, "replicas=2"), (host, "replicas=4"), 0.90)
        bench.ratio(f"{name(DEEP)}, 4 stages on 2 CPUs against 2, {host}", DEEP,
                    (host, "stages=2", "microbatches=8"), (host, "stages=4", "microbatches=8"), 0.90)


def mnist(bench):
    if bench.options.data is None:
        print("warning: no MNIST (--data or FORKNET_TEST_DATA): the headline and layers are left out")
        return
    folder = pathlib.Path(bench.options.data).resolve() / "mnist"
    data = (f"data.train={{ inputs = {json.dumps(str(folder / 'train-images-idx3-ubyte.gz'))}, "
            f"labels = {json.dumps(str(folder / 'train-labels-idx1-ubyte.gz'))} }}",
            f"data.test={{ inputs = {json.dumps(str(folder / 't10k-images-idx3-ubyte.gz'))}, "
            f"labels = {json.dumps(str(folder / 't10k-labels-idx1-ubyte.gz'))} }}")
    layouts = {"serial": (THREAD,), "threads = 2": (THREAD, "threads=2"),
               "replicas = 2 in threads": (THREAD, "replicas=2"),
               "replicas = 2 in processes": (PROCESS, "replicas=2")}
    seconds = {layout: [] for layout in layouts}
    for _ in range(bench.options.runs):
        for layout, side in layouts.items():
            for loaders in (0, 1):
                seconds[layout].append((loaders, bench.train(
                    ROOT / "examples" / "mnist-64-32-16.toml", *data, f"data.loader_threads={loaders}",
                    *(f"grid.{setting}" for setting in side))["train_seconds"]))
    best = float("inf")
    for layout, timed in seconds.items():
        for loaders in (0, 1):
            of = common.spread([value for own, value in timed if own == loaders])
            print(f"MNIST headline, {layout}, {loaders} loaders: {common.text(of, 3)} s")
            best = min(best, of[1])
    common.result("MNIST headline on 2 cores, best layout, s", best, 0.28, 3, at_least=False)
    config = bench.folder / "layers.toml"
    config.write_text(f"""[data]
{data[0].removeprefix("data.").replace("=", " = ", 1)}
[model]
layers = [ {{ type = "dense", units = 128, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 1
batch = 128
[grid]
preset = "layers"
""")
    epoch = common.spread([bench.train(config)["train_seconds"] for _ in range(bench.options.runs)])
    print(f"layers on 784-128-10, MNIST, an epoch: {common.text(epoch, 2)} s")
    common.result("layers on 784-128-10, MNIST, an epoch, s", epoch[1], 5, 2, at_least=False)


PARTS = {"pipeline": pipeline, "oversubscribed": oversubscribed, "mnist": mnist}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("forknet")
    parser.add_argument("cores")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--data", default=os.environ.get("FORKNET_TEST_DATA"))
    parser.add_argument("--only", choices=PARTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forknet-grids-") as folder:
        bench = Bench(options, pathlib.Path(folder))
        for part, run in PARTS.items():
            if options.only in (None, part):
                run(bench)


if __name__ == "__main__":
    main()
