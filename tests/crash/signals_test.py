#!/usr/bin/env python3
"""A storm of 10,000 signals, as fast as they can be sent, changes no bit of a run.

    signals_test.py FORKNET [unittest arguments]     FORKNET_TEST_SEED: the seed of the storm
"""
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
import unittest

from runs import Runs
from homes import children_of, read, result  # runs knows where it is
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])
SEED = int(os.environ.get("FORKNET_TEST_SEED", "20240607"))
NUMBER = 10_000
BURST = 500  # then the run has to answer an order
SIGNALS = [signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU, signal.SIGTSTP, signal.SIGCONT,
           signal.SIGCONT, signal.SIGRTMIN, signal.SIGRTMIN + 1, signal.SIGHUP, signal.SIGWINCH,
           signal.SIGURG, signal.SIGCHLD, signal.SIGPIPE]
# It is stopped when all have been sent.
LONG = ["--epochs", "100000", "--set", "log.every=1000", "--set", "checkpoint.every=off"]
PATIENCE = patience(60)


class SignalsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = Runs(PROGRAM)

    @classmethod
    def tearDownClass(cls):
        cls.runs.close()

    def ask(self, name, order, wake=True):
        """Its answer; the run goes on when it was stopped, however often, unless no process is to wake it."""
        end = time.monotonic() + PATIENCE
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
            folder = os.open(self.runs.run_path(name), os.O_PATH)
            while True:
                try:
                    control.connect(f"/proc/self/fd/{folder}/control.sock")
                    break
                except OSError:
                    self.assertLess(time.monotonic(), end, "no process listens")
                    time.sleep(0.001)
            os.close(folder)
            control.send(json.dumps({"do": order}).encode())
            while not select.select([control], [], [], 0.05)[0]:
                self.assertLess(time.monotonic(), end, "no answer")
                self.assertIsNone(self.run_.poll())
                if wake:
                    self.run_.send_signal(signal.SIGCONT)
            return json.loads(control.recv(4096))

    def start(self, layout):
        name = self.runs.next_name()
        self.run_ = self.runs.start("train", "c.toml", "--run", name, *self.runs.layout(layout), *LONG,
                                    stdout=subprocess.DEVNULL,
                                    start_new_session=True)  # without a terminal, whose end would end it
        self.addCleanup(self.end, self.run_)
        while not os.path.exists(self.runs.run_path(name, "control.sock")):
            self.assertIsNone(self.run_.poll())
            time.sleep(0.001)
        return name

    @staticmethod
    def end(run):
        if run.poll() is None:
            run.kill()
        run.wait()
        run.stderr.close()

    def stop(self, name, wake=True):
        self.assertNotIn("error", self.ask(name, "stop", wake))
        told = self.run_.communicate(timeout=PATIENCE)[1]
        self.assertEqual(self.run_.returncode, 75, told)

    def storm(self, layout, number):
        chance = random.Random(SEED + number)
        name = self.start(layout)
        for sent in range(NUMBER):
            os.kill(self.run_.pid, chance.choice(SIGNALS))
            if sent % BURST == BURST - 1:
                self.assertNotIn("error", self.ask(name, "resume"))
        self.stop(name)
        return name

    def test_a_run_that_is_continued_before_it_could_stop_does_not_stop(self):
        chance = random.Random(SEED)
        name = self.start("processes-shm")
        for _ in range(50):
            self.run_.send_signal(signal.SIGTSTP)
            time.sleep(chance.random() * 0.03)  # not for anything to happen: a random moment
            self.run_.send_signal(signal.SIGCONT)
        self.stop(name, wake=False)

    def test_ten_thousand_signals_change_no_bit(self):
        print("seed", SEED, file=sys.stderr)
        for number, layout in enumerate(("processes-shm", "mixed-pipe")):
            with self.subTest(layout=layout):
                name = self.storm(layout, number)
                stopped = json.loads(read(self.runs.run_path(name, "summary.json")))
                calm = result(self.runs.run("train", "c.toml", "--json", *LONG, "--set",
                                            f"train.max_steps={stopped['steps']}"))
                self.assertEqual(stopped["weights_digest"], calm["weights_digest"])
                self.assertEqual(stopped["faults"]["cell_deaths"], 0)
                self.assertEqual(self.runs.left_behind(name), [])
                self.assertEqual(children_of(os.getpid()), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
