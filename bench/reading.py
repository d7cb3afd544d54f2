#!/usr/bin/python3
"""Tables of text read by forknet and by its peers, one core each, in turn, every time in a fresh process.

    reading.py BENCH [--python PYTHON] [--rounds N] [--megabytes N] [--mnist IMAGES LABELS] [--cpu N]

BENCH is forknet_bench_reading; PYTHON one with numpy, pandas, pyarrow and polars (those it has are
compared). Before anything is timed, all of them must read the same numbers, to the bit as fp32. Times
are those of the call that reads the file, from the page cache, without the start of the process. "read"
is text to numbers, which is what the peers do; "table" is to the table that forknet trains on, medians,
ranges and what else is fitted included. What two threads gain is also printed as a share of what two readers gain
that have nothing in common, each in a process with a CPU of its own: virtual machines share caches and memory with
others, and on some two CPUs are one core for minutes.
"""

import argparse
import array
import gzip
import operator
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile

import common

MEGA = 1e6
# Of every table: at least so many MB/s of one thread, and so many times that of two.
FLOATS_TARGET, MNIST_TARGET, TWO_THREADS_TARGET, MEMORY_TARGET = 400, 150, 1.8, 1.3
# What a process takes before it reads, and blocks of text on their way: not in proportion to the table.
CONSTANT_BYTES = 24 << 20

PEERS = {
    "pandas-c": "import pandas; f = lambda: pandas.read_csv(path, engine='c', dtype='float32')",
    "pandas-pyarrow": "import pandas, pyarrow.csv; f = lambda: pandas.read_csv(path, engine='pyarrow')",
    "pyarrow": "import pyarrow; pyarrow.set_cpu_count(1); import pyarrow.csv as c; "
               "f = lambda: c.read_csv(path, read_options=c.ReadOptions(use_threads=False))",
    "polars": "import polars; f = lambda: polars.read_csv(path)",
    "polars-f32": "import polars; n = open(path).readline().strip().split(','); "
                  "f = lambda: polars.read_csv(path, schema={name: polars.Float32 for name in n})",
    "numpy": "import numpy; f = lambda: numpy.loadtxt(path, delimiter=',', skiprows=1, dtype='float32')",
}
SCRIPT = """
import sys, time
path, out = sys.argv[1:]
{peer}
begun = time.perf_counter()
table = f()
seconds = time.perf_counter() - begun
if out:
    import numpy
    if hasattr(table, 'to_pandas') and not hasattr(table, 'to_numpy'): table = table.to_pandas()
    if not isinstance(table, numpy.ndarray): table = table.to_numpy()
    numpy.ascontiguousarray(table, dtype='float32').tofile(out)
print(seconds)
"""


def write_floats(path, megabytes, form, columns=32, seed=1):
    numbers = random.Random(seed)
    size = 0
    with open(path, "w", encoding="ascii") as file:
        file.write(",".join(f"c{i}" for i in range(columns)) + "\n")
        while size < megabytes * MEGA:
            line = ",".join(form(numbers.gauss(0, 1)) for _ in range(columns)) + "\n"
            size += file.write(line)


def fp32_text(number):
    return f"{struct.unpack('f', struct.pack('f', number))[0]:.9g}"


def write_mnist(path, images, labels):
    with gzip.open(images) as file:
        pixels = file.read()[16:]
    with gzip.open(labels) as file:
        classes = file.read()[8:]
    width = len(pixels) // len(classes)
    words = [str(value) for value in range(256)]
    with open(path, "w", encoding="ascii") as file:
        file.write(",".join(f"p{i}" for i in range(width)) + ",label\n")
        for row, label in enumerate(classes):
            file.write(",".join(words[p] for p in pixels[row * width:(row + 1) * width]))
            file.write(f",{label}\n")


class Reading:
    def __init__(self, options):
        self.options = options
        self.python = options.python
        self.peers = [name for name, text in PEERS.items() if subprocess.run(
            [self.python, "-c", text.split(";")[0]], capture_output=True, check=False).returncode == 0]

    def run(self, command, cpus):
        environment = dict(os.environ, OMP_NUM_THREADS="1", POLARS_MAX_THREADS="1", OPENBLAS_NUM_THREADS="1")
        done = subprocess.run(["taskset", "-c", cpus, *command], env=environment, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            sys.exit(f"reading.py: {command[:3]} failed: {done.stdout[-300:]}{done.stderr[-600:]}")
        return done.stdout.split()

    def ours(self, what, path, threads=1):
        seconds, _, table, peak = self.run([self.options.bench, what, path, str(threads)],
                                           str(self.options.cpu) if threads == 1 else "0-255")
        return float(seconds), int(table), int(peak)

    def apart(self, path):
        """Mean seconds of two processes that read at the same time, each on a CPU of its own."""
        cpus = sorted(os.sched_getaffinity(0))[:2]
        readers = [subprocess.Popen(["taskset", "-c", str(cpu), self.options.bench, "read", path, "1"], text=True,
                                    stdout=subprocess.PIPE) for cpu in cpus]
        return statistics.fmean(float(reader.communicate()[0].split()[0]) for reader in readers)

    def peer(self, name, path, out=""):
        script = SCRIPT.format(peer=PEERS[name])
        return float(self.run([self.python, "-c", script, path, out], str(self.options.cpu))[-1])

    def verify(self, path):
        """Peers that go by fp64 to fp32 round twice: of those, a last place here and there may differ."""
        ours, theirs = path + ".ours", path + ".theirs"
        self.run([self.options.bench, "dump", path, ours], str(self.options.cpu))
        with open(ours, "rb") as file:
            wanted = file.read()
        for name in self.peers:
            self.peer(name, path, theirs)
            with open(theirs, "rb") as file:
                found = file.read()
            differ = sum(map(operator.ne, array.array("I", wanted), array.array("I", found)))
            print(f"  {name}: {'the same numbers' if differ == 0 else f'{differ} of {len(wanted) // 4} numbers differ'}")
            if len(found) != len(wanted) or differ * 1e5 > len(wanted) / 4:
                sys.exit(f"reading.py: {name} reads other numbers from {path}")
        for file in (ours, theirs):
            if os.path.exists(file):
                os.remove(file)

    def measure(self, name, path, target):
        size = os.path.getsize(path)
        print(f"{name}: {size / MEGA:.0f} MB")
        self.verify(path)
        seconds = {}
        memory, apart = [], []
        for _ in range(self.options.rounds):
            for what, threads in (("read", 1), ("read", 2), ("table", 1), ("table", 2)):
                took, table, peak = self.ours(what, path, threads)
                seconds.setdefault(f"forknet {what}, {threads} thread{'s'[:threads - 1]}", []).append(took)
                if what == "table":
                    memory.append((peak - CONSTANT_BYTES) / table)
            apart.append(self.apart(path))
            for peer in self.peers:
                seconds.setdefault(peer, []).append(self.peer(peer, path))
        rates = {who: [size / MEGA / one for one in took] for who, took in seconds.items()}
        own = rates["forknet read, 1 thread"]
        for who, of in rates.items():
            ratio = common.spread([a / b for a, b in zip(own, of)])
            print(f"  {who:24} {common.text(common.spread(of), 0):>20} MB/s   forknet read / it: {common.text(ratio, 2)}")
        common.result(f"{name}, one thread, MB/s", statistics.median(own), target, 0)
        two = [b / a for a, b in zip(own, rates["forknet read, 2 threads"])]
        gain = [2 * size / MEGA / both / one for both, one in zip(apart, own)]
        print(f"  two threads to one {common.text(common.spread(two), 2)}; two readers apart to one "
              f"{common.text(common.spread(gain), 2)}")
        common.result(f"{name}, two threads to one", statistics.median(two), TWO_THREADS_TARGET, 2)
        common.result(f"{name}, two threads to half of two readers apart",
                      statistics.median(2 * a / b for a, b in zip(two, gain)), TWO_THREADS_TARGET, 2)
        common.result(f"{name}, memory to table", max(memory), MEMORY_TARGET, 2, at_least=False)
        if self.peers:
            best = max(self.peers, key=lambda peer: statistics.median(rates[peer]))
            common.result(f"{name}, to the fastest peer ({best})",
                          statistics.median([a / b for a, b in zip(own, rates[best])]), 1, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bench")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--mnist", nargs=2, metavar=("IMAGES", "LABELS"))
    parser.add_argument("--cpu", type=int, default=min(os.sched_getaffinity(0)))
    reading = Reading(parser.parse_args())
    print("peers: " + (", ".join(reading.peers) or "none"))
    tables = {"fp32, nine digits": fp32_text, "fp64, up to 17 digits": repr,
              "eight digits behind the point": lambda number: f"{number:.8f}"}
    with tempfile.TemporaryDirectory() as folder:
        for name, form in tables.items():
            path = os.path.join(folder, "t.csv")
            write_floats(path, reading.options.megabytes, form)
            reading.measure(name, path, FLOATS_TARGET)
        if reading.options.mnist:
            write_mnist(path, *reading.options.mnist)
            reading.measure("MNIST", path, MNIST_TARGET)


if __name__ == "__main__":
    main()
