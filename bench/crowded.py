#!/usr/bin/python3
"""Runs beside two busy loops: pairs of runs in turns, alone and beside the loops, on a machine of two CPUs
that does nothing else.

    crowded.py FORKNET [--runs N] [--scale X]

A run that keeps both CPUs busy has two threads; with two loops beside it the scheduler gives it half of the
CPUs, so twice the time is what it must take, and more is what the threads lose by waiting for each other
while one of them is not running. CPU time (user and system, of all its processes, start and end
included) tells whether waiting is spinning: a thread that sleeps uses none. All runs of a row must end on the
same weights. See docs/benchmarks.md.
"""

import argparse
import contextlib
import pathlib
import resource
import subprocess
import sys
import tempfile

import common
import grids

LOOPS = 2
LOOP = "print(flush=True)\nwhile True:\n    pass\n"
FAIR = 2.0   # 2 threads and 2 loops on 2 CPUs
NOISE = 1.1

LAYOUTS = (("threads = 2", grids.SMALL, ("host=thread", "threads=2")),
           ("replicas = 2 in processes", grids.SMALL, ("host=process", "replicas=2")),
           ("pipeline of 2, 8 microbatches", grids.DEEP,
            ("host=process", "stages=2", "microbatches=8")))


@contextlib.contextmanager
def busy_loops():
    """Processes that compute without end, bound to no CPU; ended with the block."""
    loops = [subprocess.Popen([sys.executable, "-S", "-c", LOOP], stdout=subprocess.PIPE)
             for _ in range(LOOPS)]
    try:
        for loop in loops:
            loop.stdout.readline()  # it is about to begin
        yield
        if any(loop.poll() is not None for loop in loops):
            sys.exit("crowded.py: a busy loop has ended by itself; the figures would mean nothing")
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
            loop.stdout.close()


def cpu_seconds():
    """Of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(bench, config, settings):
    """The seconds of its steps, its CPU time, its digest."""
    before = cpu_seconds()
    done = bench.train(config, *settings)
    return done["train_seconds"], cpu_seconds() - before, done["weights_digest"]


def measure(bench, what, net, layout):
    config = bench.config(net)
    settings = [f"grid.{setting}" for setting in layout]
    times, costs, digests = [], [], set()
    for _ in range(bench.options.runs):
        alone = timed(bench, config, settings)
        with busy_loops():
            beside = timed(bench, config, settings)
        digests |= {alone[2], beside[2]}
        times.append(beside[0] / alone[0])
        costs.append(beside[1] / alone[1])
    if len(digests) != 1:
        sys.exit(f"crowded.py: {what}: digests differ: {sorted(digests)}")
    what = f"{grids.name(net)}, {what}, beside {LOOPS} busy loops against alone"
    print(f"{what}: time {common.text(common.spread(times), 3)}, "
          f"CPU time {common.text(common.spread(costs), 3)}")
    common.result(f"{what}, time", common.spread(times)[1], FAIR * NOISE, 3, at_least=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("forknet")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forknet-crowded-") as folder:
        bench = grids.Bench(options, pathlib.Path(folder))
        for what, net, layout in LAYOUTS:
            measure(bench, what, net, layout)


if __name__ == "__main__":
    main()
