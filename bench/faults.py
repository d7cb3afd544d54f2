#!/usr/bin/env python3
"""What faults and being ready for them cost. How fast a run gets over the death of a cell: from SIGKILL to
the Supervisor's word of it, and the longest time without a step around it; a small net, and every run ends
on the undisturbed digest. What a checkpoint takes, as a share of an epoch. How long TERM takes.

    faults.py FORKNET [--kills N] [--runs N] [--stops N] [--only deaths|checkpoints|stops]
"""
import argparse
import json
import os
import random
import select
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "apps"))
from homes import DIGITS, Home, children_of, sets, write
import durability

CONFIG = f"""
[run]
name = "faults"
{DIGITS}[model]
layers = [ {{ type = "dense", units = 128, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 120
batch = 64
[log]
every = 1
[checkpoint]
every = "off"
"""
GRIDS = {
    "processes, shm": ["grid.replicas=2"],
    "processes, pipe": ["grid.replicas=2", "grid.channel=pipe"],
    "pipeline, shm": ["grid.stages=2"],
    "pipeline, pipe": ["grid.stages=2", "grid.channel=pipe"],
}


class Watched:
    """A run whose lines are taken as they come."""

    def __init__(self, home, settings):
        self.run = home.start("train", "f.toml", "--json=lines", *sets(settings), text=False)
        self.out = self.errors = b""
        self.last_line = time.monotonic()
        self.longest = 0.0
        self.noticed = None

    def take(self, seconds):
        """False: the run has ended."""
        pipes = [self.run.stdout, self.run.stderr]
        for pipe in select.select(pipes, [], [], seconds)[0]:
            data = os.read(pipe.fileno(), 1 << 16)
            now = time.monotonic()
            if pipe is self.run.stderr:
                self.errors += data
                if b"was killed by SIGKILL" in data and self.noticed is None:
                    self.noticed = now
            elif data:
                self.longest = max(self.longest, now - self.last_line)
                self.last_line = now
                self.out = (self.out + data)[-4096:]
            else:
                return False
        return True

    def digest(self):
        self.run.wait()
        return json.loads(self.out.decode().splitlines()[-1])["weights_digest"]


def measure(home, settings, kills):
    """(seconds to notice, seconds without a step, digest) of one run."""
    watched = Watched(home, settings)
    noticed, without = [], []
    due = time.monotonic() + 0.3
    while watched.take(0.01):
        now = time.monotonic()
        if now < due or len(noticed) >= kills:
            continue
        cells = children_of(watched.run.pid)
        if not cells:
            continue
        watched.noticed, watched.longest = None, 0.0
        killed = time.monotonic()
        os.kill(random.choice(cells), signal.SIGKILL)
        while watched.noticed is None and watched.take(0.01):
            pass
        while watched.last_line <= killed + 0.05 and watched.take(0.01):
            pass
        if watched.noticed is None:
            break
        noticed.append(watched.noticed - killed)
        without.append(watched.longest)
        due = time.monotonic() + 0.05
    return noticed, without, watched.digest()


def quantile(numbers, share):
    return sorted(numbers)[min(len(numbers) - 1, int(share * len(numbers)))]


def compare(home, kills):
    serial = Watched(home, [])
    while serial.take(1):
        pass
    expected = serial.digest()
    for name, settings in GRIDS.items():
        noticed, without = [], []
        while len(noticed) < kills:
            more, gaps, digest = measure(home, settings, 10)
            if digest != expected:
                sys.exit(f"{name}: ends on {digest}, not on {expected}")
            noticed += more
            without += gaps
        print(f"{name:16} {len(noticed):4} kills   noticed after "
              f"{1e3 * quantile(noticed, 0.5):5.1f} ms, p99 {1e3 * quantile(noticed, 0.99):5.1f} ms"
              f"   longest without a step {1e3 * quantile(without, 0.5):5.1f} ms, "
              f"p99 {1e3 * quantile(without, 0.99):5.1f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=100, help="of each layout")
    parser.add_argument("--runs", type=int, default=5, help="pairs with and without checkpoints")
    parser.add_argument("--stops", type=int, default=20, help="of each layout")
    parser.add_argument("--only", choices=("deaths", "checkpoints", "stops"))
    arguments = parser.parse_args()
    home = Home(arguments.program, train=2000, test=100)
    try:
        write(home.path("f.toml"), CONFIG)
        if arguments.only in (None, "deaths"):
            compare(home, arguments.kills)
        if arguments.only in (None, "checkpoints"):
            durability.measure_checkpoints(home, arguments.runs)
        if arguments.only in (None, "stops"):
            durability.measure_stops(home, {"serial": [], **GRIDS}, arguments.stops)
    finally:
        home.close()


if __name__ == "__main__":
    main()
