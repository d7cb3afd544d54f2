#!/usr/bin/env python3
"""Runs with random configs and layouts to which everything happens that can: their cells are killed and
stopped, they are given orders and signals, paused, scaled, stopped, killed as a whole and gone on with in
other layouts. Each has to end on the weights of the same config undisturbed, and to leave nothing: no
process, no state, no file in memory.

    soak.py FORKNET [--minutes N] [--from SEED]      seeds from SEED on until the time is over
    soak.py FORKNET --seed SEED                      one of them again

What is done follows from the seed; when it happens does not. Ends by itself, and only what it started.
"""
import argparse
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time

from runs import Runs, kill
import homes
from homes import children_of  # runs knows where it is
from patience import patience

LIMIT = patience(180)  # seconds until a run that does not end is a failure
GONE = patience(5)     # seconds until a cell has to be gone; a second, on a machine that has time
SIGNALS = [signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU, signal.SIGRTMIN,
           signal.SIGRTMIN + 1, signal.SIGCONT, signal.SIGWINCH, signal.SIGTSTP, signal.SIGHUP]
ORDERS = ["pause", "resume", "resume", "hold", "release", "checkpoint", "scale", "nonsense"]


class Failure(Exception):
    pass


def config_of(chance):
    layers = []
    for _ in range(chance.randint(1, 3)):
        activation = chance.choice(["relu", "tanh", "sigmoid"])
        layers.append(f'{{ type = "dense", units = {chance.randint(3, 40)}, activation = "{activation}" }}')
        if chance.random() < 0.3:
            layers.append('{ type = "dropout", rate = 0.2 }')
    layers.append('{ type = "dense", units = 10 }')
    leaf = chance.choice([4, 8, 16])
    return f"""
[run]
seed = {chance.randint(1, 99)}
[data]
train = {{ inputs = "digits/train-images-idx3-ubyte.gz", labels = "digits/train-labels-idx1-ubyte.gz" }}
test = {{ inputs = "digits/t10k-images-idx3-ubyte.gz", labels = "digits/t10k-labels-idx1-ubyte.gz" }}
validation = 0.1
loader_threads = {chance.randint(0, 2)}
[model]
layers = [ {", ".join(layers)} ]
[train]
epochs = {chance.randint(10, 40)}
batch = {leaf * chance.randint(2, 8)}
leaf = {leaf}
[optimizer]
type = "{chance.choice(["sgd", "momentum", "adam"])}"
lr = 0.01
schedule = "{chance.choice(["constant", "cosine"])}"
[numerics]
precision = "{chance.choice(["fp32", "fp32", "fp64"])}"
[log]
every = 10
[checkpoint]
every = {chance.choice(['"epoch"', "7", "50", '"off"'])}
keep = {chance.randint(1, 3)}
best = "{chance.choice(["off", "validation/loss"])}"
"""


def layout_of(chance):
    """Two replicas at most: every batch has two leaves."""
    sets = {"host": chance.choice(["process", "process", "thread"]), "channel": chance.choice(["shm", "pipe"]),
            "stages": chance.choice(["1", "2", "layers"]), "replicas": chance.choice(["1", "2"]),
            "threads": chance.choice(["1", "2", "neurons"]), "schedule": chance.choice(["1f1b", "gpipe", "zero-bubble"]),
            "stopped_budget": chance.choice(["1", "60"])}
    return ["--grid", "serial"] + [word for key, value in sets.items()
                                   for word in ("--set", f"grid.{key}={value}")]


class Disturbed:
    """One run, from its start to its last resume."""

    def __init__(self, runs, seed):
        self.runs, self.seed, self.chance = runs, seed, random.Random(seed)
        self.name = f"soak{seed}"
        self.folder = runs.run_path(self.name)
        self.config = f"{self.name}.toml"
        self.done = {}  # what happened to it, and how often
        self.cells = {}  # pid -> pidfd
        self.until = time.monotonic() + LIMIT
        homes.write(runs.path(self.config), config_of(self.chance))

    def count(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    def check(self, right, what):
        if not right:
            raise Failure(what)

    def begin(self, *words):
        with open(self.folder + ".out", "wb") as out, open(self.folder + ".err", "ab") as told:
            self.run = self.runs.start("train", *words, "--json", *layout_of(self.chance), stdout=out,
                                       stderr=told, start_new_session=True)
        self.paused = []
        self.listens = False

    def ready(self):
        """It takes signals; before, they end any program."""
        self.listens = self.listens or self.ask({"do": "nonsense"}) is not None
        return self.listens

    def begin_or_go_on(self):
        if os.path.exists(os.path.join(self.folder, "config.resolved.toml")):
            return self.begin("--resume", self.name)
        if os.path.exists(self.folder):  # it was killed before it was a run
            self.name += "x"
            self.folder += "x"
        return self.begin(self.config, "--run", self.name)

    # --- what happens to it ---

    def look(self):
        """Its cells; they are watched from now on."""
        cells = children_of(self.run.pid)
        for pid in cells:
            if pid not in self.cells:
                try:
                    self.cells[pid] = os.pidfd_open(pid)
                except ProcessLookupError:
                    pass
        return cells

    def kill_cells(self):
        cells = self.look()
        for pid in self.chance.sample(cells, min(len(cells), self.chance.choice([1, 1, 2, 9]))):
            if kill(pid):
                self.count("cells killed")

    def stop_cell(self):
        cells = self.look()
        if not cells:
            return
        pid = self.chance.choice(cells)
        self.send(self.cells.get(pid), signal.SIGSTOP)
        self.paused.append(pid)
        self.count("cells stopped")

    def continue_cells(self):
        for pid in self.paused:
            self.send(self.cells.get(pid), signal.SIGCONT)
        self.paused = []

    @staticmethod
    def send(pidfd, number):
        try:
            if pidfd is not None:
                signal.pidfd_send_signal(pidfd, number)
        except ProcessLookupError:
            pass

    def stop_supervisor(self):
        self.run.send_signal(signal.SIGSTOP)
        self.nap()
        self.run.send_signal(signal.SIGCONT)
        self.count("stopped and continued")

    def signals(self):
        if not self.ready():
            return
        for _ in range(self.chance.choice([1, 3, 30, 300])):
            self.run.send_signal(self.chance.choice(SIGNALS))
            self.count("signals")

    def orders(self):
        for _ in range(self.chance.choice([1, 3, 10])):
            order = self.chance.choice(ORDERS)
            message = {"do": order}
            if order == "scale":
                message["replicas"] = self.chance.randint(0, 3)
            self.ask(message)
            self.count("orders")

    def ask(self, *messages):
        """The last answer; nothing from a run that does not listen, or not in time."""
        control, folder, answer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET), None, None
        control.settimeout(0.3)
        try:
            folder = os.open(self.folder, os.O_PATH)
            control.connect(f"/proc/self/fd/{folder}/control.sock")
            for message in messages:
                control.send(json.dumps(message).encode())
                answer = control.recv(4096)
        except OSError:
            pass
        finally:
            control.close()
            if folder is not None:
                os.close(folder)
        return answer

    def kill_everything(self):
        self.look()
        self.run.kill()
        self.count("killed")
        self.end()

    def ask_to_stop(self):
        if not self.ready():
            return
        self.run.send_signal(self.chance.choice([signal.SIGTERM, signal.SIGINT]))
        self.run.send_signal(signal.SIGCONT)
        self.count("asked to stop")
        self.end()

    def nap(self):
        time.sleep(self.chance.random() ** 2 * 0.1)  # not for anything to happen: a random moment

    # --- to its end ---

    def let_go(self):
        """What it was told last may hold it."""
        while self.run.poll() is None:
            self.check(time.monotonic() < self.until, "it does not end")
            self.continue_cells()
            self.run.send_signal(signal.SIGCONT)
            self.ask({"do": "release"}, {"do": "resume"})
            try:
                self.run.wait(0.05)
            except subprocess.TimeoutExpired:
                self.look()

    def end(self):
        """Whatever ended it, none of its cells is left."""
        self.let_go()
        self.check(self.run.returncode in (0, 75, -signal.SIGKILL),
                   f"it ended with {self.run.returncode}")
        gone = time.monotonic() + GONE
        for pid, pidfd in self.cells.items():
            ended = select.select([pidfd], [], [], max(0, gone - time.monotonic()))[0]
            self.check(ended, f"cell {pid} lives on")
            os.close(pidfd)
        self.cells = {}

    def disturb(self):
        usual = [self.kill_cells, self.kill_cells, self.stop_cell, self.continue_cells, self.stop_supervisor,
                 self.signals, self.orders, self.orders]
        final = [self.kill_everything, self.ask_to_stop]
        for _ in range(self.chance.randint(5, 40)):
            if self.run.poll() is not None:
                if self.run.returncode == 0:
                    break
                self.end()
                self.begin_or_go_on()
            self.nap()
            self.chance.choice(final if self.chance.random() < 0.15 else usual)()

    def finish(self):
        self.begin_or_go_on()
        self.disturb()
        self.end()
        while self.run.returncode != 0:
            self.check(time.monotonic() < self.until, "it does not end")
            self.begin_or_go_on()
            self.end()
        return json.loads(homes.read(os.path.join(self.folder, "summary.json")))

    def go(self):
        undisturbed = self.runs.run("train", self.config, "--run", f"calm{self.seed}", "--json")
        expected = homes.result(undisturbed)
        try:
            result = self.finish()
        finally:
            if self.run.poll() is None:
                self.run.kill()
                self.run.wait()
            for pidfd in self.cells.values():
                self.send(pidfd, signal.SIGKILL)
                os.close(pidfd)
        self.check(result["weights_digest"] == expected["weights_digest"], "other weights")
        self.check(self.runs.steps_of_history(self.name) == self.runs.steps_of_history(f"calm{self.seed}"),
                   "not every step once")
        left = self.runs.left_behind(self.name)
        self.check(not left, f"it left {left}")
        return result


def soak(runs, seed):
    """True: as it should be."""
    run = Disturbed(runs, seed)
    start = time.monotonic()
    try:
        result = run.go()
    except (Failure, AssertionError, subprocess.TimeoutExpired) as failure:
        print(f"seed {seed} FAILED: {failure}\n  {run.done}\n  again: scripts/soak.sh --seed {seed}\n"
              f"  the run: {run.folder}, what it said: {run.folder}.err", flush=True)
        return False
    did = ", ".join(f"{number} {what}" for what, number in run.done.items())
    print(f"seed {seed}: ok, {result['steps']} steps, {did}, {time.monotonic() - start:.1f} s", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--from", type=int, dest="first", default=random.randrange(1_000_000))
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    runs = Runs(os.path.abspath(given.program))
    until = time.monotonic() + given.minutes * 60
    seed = given.first if given.seed is None else given.seed
    good = soak(runs, seed)
    while good and given.seed is None and time.monotonic() < until:
        seed += 1
        good = soak(runs, seed)
    if good:
        runs.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
