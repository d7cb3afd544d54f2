#!/usr/bin/python3
"""A set larger than the memory that is allowed, trained from a mapped file, against the same in memory.

    larger_than_memory.py FORKNET [--megabytes N] [--limit N] [--steps N] [--pairs N] [--mnist FOLDER]

Random bytes as rows of 3 x 32 x 32, with a net of 3072-512-10. Each pair is a run in memory and one with
data.cache = "auto" inside a memory control group of --limit MiB, in turns; before each, what the page cache
holds of the files is dropped. The digests of the weights must be equal, or nothing is printed. Rates are
those of training, without the reading of the files. --mnist: MNIST besides,
inside 64 MiB on one CPU. Needs the right to make a control group of version 1 or 2.
"""

import argparse
import glob
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import common

ROW = 3 * 32 * 32
TARGET, MNIST_LIMIT = 0.8, 64

CONFIG = """
[run]
name = "bench"
[data]
{data}
[model]
layers = [ {{ type = "dense", units = {units}, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 1
batch = 128
max_steps = {steps}
[checkpoint]
every = "off"
"""


class Group:
    """A memory control group of its own."""

    def __init__(self, megabytes):
        for root, limit, self.peak in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
                                       ("/sys/fs/cgroup", "memory.max", "memory.peak")):
            self.path = f"{root}/forknet-bench-{os.getpid()}"
            try:
                os.mkdir(self.path)
                with open(f"{self.path}/{limit}", "w") as file:
                    file.write(str(megabytes << 20))
                return
            except OSError as error:
                why = error
                if os.path.isdir(self.path):
                    os.rmdir(self.path)
        sys.exit(f"larger_than_memory.py: no memory control group can be made: {why}")

    def join(self):
        with open(f"{self.path}/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))

    def close(self):
        os.rmdir(self.path)


def write_rows(folder, megabytes):
    rows = megabytes * 1_000_000 // ROW
    numbers = random.Random(1)
    block = numbers.randbytes(1 << 20)
    with open(f"{folder}/images", "wb") as file:
        file.write(struct.pack(">IIIII", 0x804, rows, 3, 32, 32))
        left = rows * ROW
        while left > 0:
            at = numbers.randrange(len(block) // 2)
            left -= file.write((block[at:] + block[:at])[:left])
    with open(f"{folder}/labels", "wb") as file:
        file.write(struct.pack(">II", 0x801, rows) + bytes(numbers.randrange(10) for _ in range(rows)))


def drop_pages(folder):
    os.sync()
    for path in glob.glob(f"{folder}/images") + glob.glob(f"{folder}/runs/.cache-*/*"):
        fd = os.open(path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def train(forknet, folder, config, cache, group=None, cpus=None):
    """(summary, notes) of a run."""
    def enter():
        if group:
            group.join()
        if cpus:
            os.sched_setaffinity(0, cpus)
    drop_pages(folder)
    ended = subprocess.run([forknet, "train", config, "--json", "--set", f'data.cache="{cache}"'], cwd=folder,
                           capture_output=True, text=True, preexec_fn=enter)
    if ended.returncode != 0:
        sys.exit(f"larger_than_memory.py: {cache}: {ended.stderr}")
    return json.loads(ended.stdout), ended.stderr


def compare(name, forknet, folder, config, limit, pairs, cpus=None):
    """Prints the rates of both, and their ratio."""
    ratios, rates = [], {"memory": [], "auto": []}
    for pair in range(pairs):
        sides = {}
        for cache in ("memory", "auto") if pair % 2 else ("auto", "memory"):
            group = Group(limit) if cache == "auto" else None
            try:
                summary, notes = train(forknet, folder, config, cache, group, cpus)
            finally:
                if group:
                    group.close()
            if group and "rows are mapped" not in notes:
                sys.exit(f"larger_than_memory.py: {limit} MiB were enough for {name}: nothing was mapped")
            sides[cache] = summary
            rates[cache].append(summary["samples_per_second"])
        if sides["memory"]["weights_digest"] != sides["auto"]["weights_digest"]:
            sys.exit(f"larger_than_memory.py: {name}: the weights differ")
        ratios.append(sides["auto"]["samples_per_second"] / sides["memory"]["samples_per_second"])
    print(f"{name}: the weights of all runs are equal: {sides['memory']['weights_digest']}")
    for cache, what in (("memory", "in memory"), ("auto", f"mapped, {limit} MiB")):
        print(f"  {what}: {common.text(common.spread(rates[cache]), 0)} samples/s")
    print(f"  ratio: {common.text(common.spread(ratios), 2)} over {pairs} pairs")
    common.result(f"{name}, mapped against in memory", common.spread(ratios)[1], TARGET, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("forknet")
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--mnist")
    given = parser.parse_args()
    forknet = os.path.abspath(given.forknet)
    with tempfile.TemporaryDirectory(prefix="forknet-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        write_rows(folder, given.megabytes)
        with open(f"{folder}/big.toml", "w") as file:
            file.write(CONFIG.format(data='train = { inputs = "images", labels = "labels" }', units=512,
                                     steps=given.steps))
        compare(f"{given.megabytes} MB", forknet, folder, "big.toml", given.limit, given.pairs)
        if given.mnist:
            path = os.path.abspath(given.mnist)
            with open(f"{folder}/mnist.toml", "w") as file:
                file.write(CONFIG.format(data=f'train = {{ inputs = "{path}/train-images-idx3-ubyte.gz", '
                                              f'labels = "{path}/train-labels-idx1-ubyte.gz" }}', units=128, steps=2000)
                           .replace("epochs = 1", "epochs = 4"))
            cpu = {min(os.sched_getaffinity(0))}
            compare("MNIST", forknet, folder, "mnist.toml", MNIST_LIMIT, given.pairs, cpu)


if __name__ == "__main__":
    main()
