"""Runs that die somewhere: started with failpoints, gone on with, held against the undisturbed one."""
import json
import os
import shutil
import signal
import subprocess
import tempfile

CONFIG = """
[run]
name = "crash"
[data]
train = { inputs = "digits/train-images-idx3-ubyte.gz", labels = "digits/train-labels-idx1-ubyte.gz" }
test  = { inputs = "digits/t10k-images-idx3-ubyte.gz", labels = "digits/t10k-labels-idx1-ubyte.gz" }
validation = 0.1
[model]
layers = [
  { type = "dense", units = 24, activation = "relu" },
  { type = "dropout", rate = 0.1 },
  { type = "dense", units = 16, activation = "relu" },
  { type = "dense", units = 10 },
]
[train]
epochs = 3
batch = 40
leaf = 8
[log]
every = 10
[checkpoint]
every = 7
best = "validation/loss"
"""
STEPS = 60

LAYOUTS = {
    "serial": [],
    "processes-shm": ["grid.replicas=2"],
    "processes-pipe": ["grid.replicas=2", "grid.channel=pipe"],
    "pipeline-shm": ["grid.stages=3"],
    "pipeline-pipe": ["grid.stages=3", "grid.channel=pipe"],
    "layers-pipe": ["grid.stages=layers", "grid.threads=neurons", "grid.channel=pipe"],
    "layers-shm": ["grid.stages=layers", "grid.threads=neurons"],
    "mixed-shm": ["grid.stages=2", "grid.replicas=2", "grid.threads=2"],
    "mixed-pipe": ["grid.stages=2", "grid.replicas=2", "grid.threads=2", "grid.channel=pipe"],
}


class Runs:
    """A folder with data, a config and the digest of the undisturbed run."""

    def __init__(self, program):
        self.program = program
        self.home = tempfile.mkdtemp(prefix="forknet-crash-")
        self.number = 0
        self.others = set(os.listdir("/dev/shm"))
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("FORKNET_")}
        self.run("data", "digits", "digits", "--train", "889", "--test", "60")
        with open(os.path.join(self.home, "c.toml"), "w") as file:
            file.write(CONFIG)
        result = self.result(self.run("train", "c.toml", "--json"))
        assert result["steps"] == STEPS, result
        self.digest = result["weights_digest"]

    def close(self):
        for folder, _, names in os.walk(self.home):
            if "state.json" in names:
                with open(os.path.join(folder, "state.json")) as file:
                    state = json.load(file)
                for path in [state["control"], *state["weights"]]:
                    if os.path.exists(path):
                        os.unlink(path)
        shutil.rmtree(self.home)

    def run(self, *words, failpoints=None):
        environment = dict(self.environment)
        if failpoints:
            environment["FORKNET_FAILPOINTS"] = failpoints
        return subprocess.run([self.program, *words], cwd=self.home, env=environment, text=True,
                              capture_output=True, timeout=120, stdin=subprocess.DEVNULL)

    @staticmethod
    def result(ended):
        assert ended.returncode == 0, (ended.returncode, ended.stderr)
        return json.loads(ended.stdout)

    def start(self, layout, *words):
        name = self.next_name()
        return name, subprocess.Popen(
            [self.program, "train", "c.toml", "--json", "--run", name, *self.sets(layout), *words],
            cwd=self.home, env=self.environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def next_name(self):
        self.number += 1
        return f"run{self.number}"

    @staticmethod
    def sets(layout):
        return [word for setting in LAYOUTS[layout] for word in ("--set", setting)]

    def with_failpoints(self, layout, failpoints, *words):
        """(its name, the ended process)"""
        name = self.next_name()
        return name, self.run("train", "c.toml", "--json", "--run", name, *self.sets(layout), *words,
                              failpoints=failpoints)

    def steps_of_history(self, name):
        """The steps of the lines of metrics.jsonl, those of epochs left out."""
        with open(os.path.join(self.home, "runs", name, "metrics.jsonl")) as file:
            lines = [json.loads(line) for line in file]
        return [line["step"] for line in lines if "train" not in line]

    def left_behind(self, name):
        """What a finished run has left besides its results."""
        folder = os.path.join(self.home, "runs", name)
        files = [file for _, _, names in os.walk(folder) for file in names]
        shared = [file for file in set(os.listdir("/dev/shm")) - self.others
                  if f"forknet-{name}-" in file]
        return [file for file in files if ".tmp" in file or file.startswith("state")] + shared


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False
