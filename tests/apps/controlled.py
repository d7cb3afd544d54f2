"""Runs that train until a test asks them for something: what tests of live control share. Its user's
first argument is the program.
"""
import json
import os
import socket
import subprocess
import sys
import time

import homes
import states
from homes import DIGITS, HomeTest, read
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])

EPOCHS = 300  # that the fastest machine is at work still when it is asked for something
CONFIG = f"""
[run]
name = "c"
{DIGITS}[model]
layers = [ {{ type = "dense", units = 32, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = {EPOCHS}
batch = 64
[log]
every = 1
[checkpoint]
every = "off"
"""
STEPS = 16  # of an epoch
LAST = EPOCHS * STEPS
PATIENCE = patience(60)  # seconds until a test gives up
PROCESSES = ("--grid", "processes")


def cpu_time(pid):
    """Ticks of a process in user and in system mode, of all its threads."""
    fields = read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
    return int(fields[11]), int(fields[12])


def process_state(pid):
    return read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[0]


def until(what, ask):
    """Asks again and again; what came of it in the end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.001)
    raise AssertionError("waited in vain for: " + what)


class ControlledRuns(HomeTest):
    program, config, limit = PROGRAM, ("c.toml", CONFIG), 60

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.undisturbed = cls.trained("c.toml", "--run", "undisturbed")
        cls.digest = cls.undisturbed["weights_digest"]

    def path(self, name, *parts):
        return self.home.run_path(name, *parts)

    # --- a run and what it is asked ---

    def start(self, name, *words, config="c.toml", **how):
        """A run that is paused before it has got far. It is killed at the end."""
        return self.paused(name, config, "--run", name, *words, **how)

    def resume(self, name, **how):
        """The same run again, paused too."""
        return self.paused(name, "--resume", name, **how)

    def paused(self, name, *words, **how):
        run = self.home.start("train", "--json", *words, stderr=subprocess.DEVNULL, **how)
        self.addCleanup(self.end, run)
        run.control = until("the control socket", lambda: self.connected(name))
        run.name = name
        self.addCleanup(run.control.close)
        self.assertEqual(self.ask(run, "pause")["state"], "paused")
        return run

    def connected(self, name):
        control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.settimeout(PATIENCE)
        folder = None
        try:
            folder = os.open(self.path(name), os.O_PATH)
            control.connect(f"/proc/self/fd/{folder}/control.sock")
            return control
        except OSError:
            control.close()
            return None
        finally:
            if folder is not None:
                os.close(folder)

    def ask(self, run, order, replicas=None):
        """The run's answer."""
        message = {"do": order} if replicas is None else {"do": order, "replicas": replicas}
        run.control.send(json.dumps(message).encode())
        return json.loads(run.control.recv(4096))

    def order(self, order, run, *words):
        """The same by the command line: the step and the state."""
        answer = homes.result(self.forknet(order, run.name, *words, "--json"))
        self.assertEqual(sorted(answer), ["state", "step"])
        return answer["step"], answer["state"]

    def held(self, run):
        """Goes on to the end of an epoch; its step."""
        self.ask(run, "hold")
        self.ask(run, "resume")
        return until("a hold", lambda: self.state_is("held", self.ask(run, "hold")))["step"]

    @staticmethod
    def state_is(state, answer):
        return answer if answer["state"] == state else None

    def status(self, name):
        return homes.result(self.forknet("status", name, "--json"))

    def cells(self, run):
        """The processes of the run's cells that are not its own."""
        return sorted({cell["pid"] for cell in self.status(run.name)["cells"]} - {run.pid})

    def log(self, run):
        return read(self.path(run.name, "log.txt"))

    def logged(self, run, text, times=1):
        until(text, lambda: self.log(run).count(text) >= times)

    def result(self, run, expected=None):
        """Of a run that goes on to its end: it is the undisturbed one's."""
        out, _ = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, self.log(run))
        result = json.loads(out)
        for key in ("steps", "epochs", "weights_digest", "train", "test"):
            self.assertEqual(result[key], (expected or self.undisturbed)[key], key)
        self.nothing_is_left(run)
        return result

    def finish(self, run):
        for order in ("resume", "release"):
            self.ask(run, order)
        return self.result(run)

    def nothing_is_left(self, run):
        self.assertFalse(os.path.exists(self.path(run.name, "control.sock")))
        self.assertEqual(states.files(self.path(run.name)), [])

    def idle(self, pids):
        """Between some readings of their CPU time, with commands in between that ask the run nothing,
        most that follow each other are the same: a tick that was all but full may become so."""
        readings = []
        for _ in range(8):
            readings.append([cpu_time(pid) for pid in pids])
            self.forknet("ps")
        same = [one == other for one, other in zip(readings, readings[1:])]
        self.assertGreaterEqual(sum(same), 6, readings)
