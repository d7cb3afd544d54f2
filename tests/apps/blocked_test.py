#!/usr/bin/env python3
"""Readers that do not read, and clients that ask in a loop: training goes on, cells that die are replaced,
and a reader that comes back sees what was dropped.

Usage: blocked_test.py FORKNET [unittest arguments].
"""
import fcntl
import itertools
import json
import os
import pty
import re
import select
import signal
import socket
import sys
import termios
import threading
import time
import unittest

from homes import DIGITS, HomeTest, children_of, read
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = f"""
[run]
name = "b"
{DIGITS}[model]
layers = [ {{ type = "dense", units = 24, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 40
batch = 64
[log]
every = 1
"""
SUMS = ("serial", "threads", "processes", "layers")  # gradients summed: the same digest
GRIDS = (*SUMS, "children")
LOOP = [{"do": "checkpoint"}, {"do": "reload"}, {"do": "checkpoint"}, {"do": "hold"}, {"do": "release"},
        {"do": "scale", "replicas": 1}, {"do": "checkpoint"}, {"do": "scale", "replicas": 2}]
LONG = ("--epochs", "100000", "--set", "checkpoint.every=off")


def full_pipe():
    """Both ends of a pipe that takes no byte more."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    try:
        while True:
            os.write(writer, b"x")
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    return reader, writer


def drained(fd, until=None):
    """What can be read, to the end, or until the text is there."""
    text = b""
    end = time.monotonic() + patience(60)
    while until is None or until not in text:
        assert select.select([fd], [], [], max(0, end - time.monotonic()))[0], text[-2000:]
        try:
            more = os.read(fd, 65536)
        except OSError:  # a terminal that no process has open any more
            break
        if not more:
            break
        text += more
    return text


class BlockedTest(HomeTest):
    program, config = PROGRAM, ("b.toml", CONFIG)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digests = {grid: cls.trained("b.toml", "--grid", grid, "--run", "calm-" + grid)["weights_digest"]
                       for grid in ("serial", "children")}

    def start(self, grid, name, *words, **how):
        run = self.home.start("train", "b.toml", "--grid", grid, "--run", name, "--json", *words, **how)
        self.addCleanup(self.end, run)
        return run

    def log(self, name):
        return read(self.home.run_path(name, "log.txt"))

    def until(self, what, ask):
        end = time.monotonic() + patience(60)
        while not ask():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.001)

    def cells_of(self, run, name):
        """Once all have started: its status is there."""
        self.until("status.json", lambda: os.path.exists(self.home.run_path(name, "status.json")))
        return children_of(run.pid)

    def ends_alike(self, run, grid):
        out, _ = run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 0)
        summary = json.loads(out.splitlines()[-1])
        self.assertEqual(summary["weights_digest"], self.digests.get(grid, self.digests["serial"]))
        return summary

    # --- stderr ---

    def test_a_full_pipe_stops_no_run_and_dead_cells_are_replaced(self):
        for grid in GRIDS:
            with self.subTest(grid=grid):
                reader, writer = full_pipe()
                name = "full-" + grid
                run = self.start(grid, name, "--set", "grid.restarts=1000", stderr=writer)
                os.close(writer)
                self.addCleanup(os.close, reader)
                killed = 0
                while grid not in ("serial", "threads") and run.poll() is None and killed < 20:
                    for cell in self.cells_of(run, name)[:1]:
                        try:
                            os.kill(cell, signal.SIGKILL)
                        except ProcessLookupError:
                            continue
                        killed += 1
                        deaths = lambda: self.log(name).count("is started again")
                        self.until("a replacement", lambda: run.poll() is not None or deaths() >= killed)
                summary = self.ends_alike(run, grid)
                self.assertGreaterEqual(summary["faults"]["cell_deaths"], min(killed, 1))

    def test_a_reader_that_comes_back_sees_how_many_lines_were_dropped(self):
        reader, writer = full_pipe()
        run = self.start("children", "back", *LONG, "--set", "grid.restarts=100000", stderr=writer)
        os.close(writer)
        self.addCleanup(os.close, reader)
        told = 0
        # Enough for the pipe, and for what waits in memory.
        while told < 250_000:
            self.assertIsNone(run.poll())
            for cell in self.cells_of(run, "back"):
                try:
                    os.kill(cell, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            told = os.path.getsize(self.home.run_path("back", "log.txt"))
        text = drained(reader, b"dropped here: stderr did not take them").decode()
        told = int(re.search(r"\(([0-9,]+) lines were dropped here", text).group(1).replace(",", ""))
        self.assertGreater(told, 0)
        self.assertLessEqual(told, self.log("back").count("\n"))
        run.send_signal(signal.SIGTERM)
        drained(reader)
        run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 75)

    def test_a_paused_terminal_stops_no_run(self):
        for grid in GRIDS:
            with self.subTest(grid=grid):
                master, slave = pty.openpty()
                self.addCleanup(os.close, master)
                termios.tcflow(slave, termios.TCOOFF)  # Ctrl-S
                name = "paused-" + grid
                run = self.start(grid, name, stderr=slave)
                self.ends_alike(run, grid)
                self.assertIn("finished at step", self.log(name))
                termios.tcflow(slave, termios.TCOON)
                os.close(slave)

    def test_a_terminal_that_goes_on_shows_the_rest(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        termios.tcflow(slave, termios.TCOOFF)
        run = self.start("processes", "resumed-terminal", *LONG, "--set", "grid.replicas=2", stderr=slave)
        first = self.cells_of(run, "resumed-terminal")[0]
        os.kill(first, signal.SIGKILL)
        self.until("its replacement", lambda: "is started again" in self.log("resumed-terminal"))
        termios.tcflow(slave, termios.TCOON)
        os.close(slave)
        self.assertIn(b"run resumed-terminal: ", drained(master, f"(pid {first})".encode()))
        run.send_signal(signal.SIGTERM)
        drained(master)
        run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 75)

    def test_the_end_of_a_run_does_not_wait_for_its_reader(self):
        reader, writer = full_pipe()
        self.addCleanup(os.close, reader)
        diverges = self.start("serial", "diverges", "--set", "optimizer.type=sgd", "--set",
                              "optimizer.lr=1e30", stderr=writer)
        self.assertEqual(diverges.wait(timeout=patience(60)), 6)
        refused = self.home.start("train", "--resume", "calm-serial", "--set", "train.batch=7", stderr=writer)
        self.addCleanup(self.end, refused)
        self.assertEqual(refused.wait(timeout=patience(60)), 3)
        compared = self.home.start("compare", "b.toml", "--grids", "serial,processes", "--json",
                                   "--epochs", "1", stderr=writer)
        self.addCleanup(self.end, compared)
        os.close(writer)
        out, _ = compared.communicate(timeout=patience(60))
        self.assertTrue(json.loads(out)["same_bits"])

    # --- stdout ---

    def test_json_lines_that_are_not_read_stop_no_run_and_are_all_there_afterwards(self):
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        run = self.start("processes", "unread", "--json=lines", stdout=writer)
        os.close(writer)
        self.until("the end", lambda: os.path.exists(self.home.run_path("unread", "summary.json")))
        lines = [json.loads(line) for line in drained(reader).splitlines()]
        os.close(reader)
        self.assertEqual(run.wait(timeout=patience(60)), 0)
        self.assertEqual([line["step"] for line in lines if "learning_rate" in line and "validation" not in line
                          and line["step"] <= 5][:5], [1, 2, 3, 4, 5])
        self.assertEqual(lines[-1]["weights_digest"], self.digests["serial"])
        self.assertFalse([line for line in lines if "dropped" in line])

    def test_a_run_that_waits_for_the_reader_of_its_lines_ends_by_a_signal(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        run = self.start("serial", "left", "--json=lines", stdout=writer)
        os.close(writer)
        self.until("the end", lambda: os.path.exists(self.home.run_path("left", "summary.json")))
        while run.poll() is None:  # it may not have come to its wait yet
            run.send_signal(signal.SIGTERM)
            time.sleep(0.001)
        self.assertEqual(run.returncode, -signal.SIGTERM)

    def test_a_stopped_run_leaves_a_reader_that_takes_nothing(self):
        for words in ([], ["--json=lines"]):
            reader, writer = full_pipe()
            self.addCleanup(os.close, reader)
            name = "stopped" + "-lines" * len(words)
            run = self.home.start("train", "b.toml", "--run", name, "--quiet", *LONG, *words, stdout=writer)
            self.addCleanup(self.end, run)
            os.close(writer)
            self.until("a step", lambda: os.path.exists(self.home.run_path(name, "status.json")))
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(timeout=patience(60)), 75)

    def test_lines_that_cannot_be_written_are_no_success(self):
        with open("/dev/full", "w") as full:
            run = self.start("serial", "no-room", "--json=lines", stdout=full)
            _, told = run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 1)
        self.assertIn("No space left on device", told)

    # --- orders ---

    def connected(self, name):
        control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(control.close)
        folder = os.open(self.home.run_path(name), os.O_PATH)
        try:
            control.connect(f"/proc/self/fd/{folder}/control.sock")
        finally:
            os.close(folder)
        return control

    def ask_until_the_end(self, name, first):
        orders = itertools.islice(itertools.cycle(LOOP), first, None)
        try:
            control = self.connected(name)
            for order in orders:
                control.send(json.dumps(order).encode())
                if not control.recv(4096):
                    return
        except OSError:  # the run has ended
            return

    def test_a_run_comes_to_its_end_whatever_is_asked_in_a_loop(self):
        for grid in GRIDS:
            with self.subTest(grid=grid):
                name = "asked-" + grid
                run = self.start(grid, name, "--set", "checkpoint.every=off")
                self.until("its socket", lambda: os.path.exists(self.home.run_path(name, "control.sock")))
                clients = [threading.Thread(target=self.ask_until_the_end, args=(name, number))
                           for number in range(4)]
                for client in clients:
                    client.start()
                self.ends_alike(run, grid)
                for client in clients:
                    client.join()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
