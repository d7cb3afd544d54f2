"""Folders in which the program is run: drawn digits, a config, runs and what comes of them."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import states
from patience import patience

DIGITS = """
[data]
train = { inputs = "digits/train-images-idx3-ubyte.gz", labels = "digits/train-labels-idx1-ubyte.gz" }
test  = { inputs = "digits/t10k-images-idx3-ubyte.gz", labels = "digits/t10k-labels-idx1-ubyte.gz" }
"""


def read(path):
    with open(path) as file:
        return file.read()


def write(path, data):
    with open(path, "wb" if isinstance(data, bytes) else "w") as file:
        file.write(data)


def children_of(pid):
    """Of a process, or none when it is gone."""
    try:
        return [int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()]
    except OSError:
        return []


def sets(settings):
    """--set KEY=VALUE of each."""
    return [word for setting in settings for word in ("--set", setting)]


def toml(value):
    """As a value is written in a config; of what JSON has."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def result(ended):
    """What a process that was to succeed has printed."""
    assert ended.returncode == 0, (ended.returncode, ended.stderr)
    return json.loads(ended.stdout)


class Home:
    """A temporary folder with `train` + `test` digits. The program finds the caller's environment there,
    but for the variables that are its own."""

    def __init__(self, program, train, test, limit=120):
        self.program = os.path.abspath(program)
        self.limit = patience(limit)  # seconds until a process that does not end is an error
        self.folder = tempfile.mkdtemp(prefix="forknet-home-")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("FORKNET_")}
        made = self.run("data", "digits", "digits", "--train", str(train), "--test", str(test))
        assert made.returncode == 0, made.stderr

    def close(self):
        """The folder goes, and the state of its runs: no run continues from them."""
        states.remove(self.folder)
        shutil.rmtree(self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def run_path(self, name, *parts):
        return self.path("runs", name, *parts)

    def how(self, environment):
        return {"cwd": self.folder, "env": {**self.environment, **(environment or {})}, "text": True,
                "stdin": subprocess.DEVNULL}

    def run(self, *words, environment=None, **more):
        """The ended process."""
        return subprocess.run([self.program, *words], timeout=self.limit,
                              **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                                 **self.how(environment), **more})

    def start(self, *words, environment=None, **more):
        """The process, whose output is not read yet."""
        return subprocess.Popen([self.program, *words],
                                **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                                   **self.how(environment), **more})

    def killed_at(self, step, *words, **how):
        """(exit code, errors) of a run that was killed at about that step (states.kill_at)."""
        return states.kill_at(step, [self.program, *words],
                              **{"cwd": self.folder, "env": self.environment, **how})


class HomeTest(unittest.TestCase):
    """Tests that share a home."""
    program = None
    config = None  # (file, text)
    digits = (1000, 100)  # to train on, to test with
    limit = 120

    @classmethod
    def setUpClass(cls):
        cls.home = Home(cls.program, *cls.digits, cls.limit)
        cls.addClassCleanup(cls.home.close)
        file, text = cls.config
        write(cls.home.path(file), text)

    @classmethod
    def forknet(cls, *words, **how):
        return cls.home.run(*words, **how)

    @classmethod
    def trained(cls, *words):
        """The summary of a run that finishes."""
        return result(cls.forknet("train", *words, "--json"))

    @staticmethod
    def end(run):
        """Kills what is left of it."""
        if run.poll() is None:
            run.kill()
        for pipe in (run.stdout, run.stderr):
            if pipe:
                pipe.close()
        run.wait()
