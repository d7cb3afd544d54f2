"""Runs that die somewhere: started with failpoints, gone on with, held against the undisturbed one."""
import json
import os
import random
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "apps"))
from homes import DIGITS, Home, children_of, read, result, sets, write
from patience import patience

STEPS_OF_EPOCH = 20
EPOCHS = 3
LONG = 30  # epochs of runs to which something happens at a random moment
CONFIG = f"""
[run]
name = "crash"
{DIGITS}validation = 0.1
[model]
layers = [
  {{ type = "dense", units = 24, activation = "relu" }},
  {{ type = "dropout", rate = 0.1 }},
  {{ type = "dense", units = 16, activation = "relu" }},
  {{ type = "dense", units = 10 }},
]
[train]
epochs = {EPOCHS}
batch = 40
leaf = 8
[log]
every = 10
[checkpoint]
every = 7
best = "validation/loss"
"""
STEPS = EPOCHS * STEPS_OF_EPOCH

LAYOUTS = {
    "serial": [],
    "processes-shm": ["grid.replicas=2"],
    "processes-pipe": ["grid.replicas=2", "grid.channel=pipe"],
    "pipeline-shm": ["grid.stages=3"],
    "pipeline-pipe": ["grid.stages=3", "grid.channel=pipe"],
    "zero-bubble-shm": ["grid.stages=2", "grid.microbatches=4", "grid.schedule=zero-bubble"],
    "layers-pipe": ["grid.stages=layers", "grid.threads=neurons", "grid.channel=pipe"],
    "layers-shm": ["grid.stages=layers", "grid.threads=neurons"],
    "mixed-shm": ["grid.stages=2", "grid.replicas=2", "grid.threads=2"],
    "mixed-pipe": ["grid.stages=2", "grid.replicas=2", "grid.threads=2", "grid.channel=pipe"],
}


# Three models that train apart, in as many steps: each takes a third of a batch. Averages are those
# that the program makes by itself, within epochs and over their ends.
AVERAGE = ["grid.sync=average", "grid.models=3", "train.batch=42", "train.leaf=4", "optimizer.lr=0.0025"]
AVERAGE_LAYOUTS = {
    "averaging": ["grid.host=thread", "grid.replicas=2"],
    "children": ["grid.replicas=3"],
    "fewer-children": ["grid.replicas=2"],
    "staged-children": ["grid.replicas=2", "grid.stages=2", "grid.threads=2"],
    "children-behind-pipes": ["grid.replicas=2", "grid.channel=pipe"],
}


def lasting(epochs):
    return sets([f"train.epochs={epochs}"])


class Runs(Home):
    """A home with the digests of undisturbed runs."""

    def __init__(self, program, layouts=None, settings=()):
        super().__init__(program, train=889, test=60)
        self.number = 0
        self.others = set(os.listdir("/dev/shm"))
        self.layouts = layouts or LAYOUTS
        self.settings = sets(settings)
        write(self.path("c.toml"), CONFIG)
        self.digests = {}  # by epochs

    def digest(self, epochs=EPOCHS):
        """Of the weights of an undisturbed run of so many epochs."""
        if epochs not in self.digests:
            undisturbed = result(self.run("train", "c.toml", "--json", *self.settings, *lasting(epochs)))
            assert undisturbed["steps"] == epochs * STEPS_OF_EPOCH, undisturbed
            self.digests[epochs] = undisturbed["weights_digest"]
        return self.digests[epochs]

    def run(self, *words, failpoints=None):
        return super().run(*words, environment={"FORKNET_FAILPOINTS": failpoints} if failpoints else None)

    def start_in(self, layout, *words):
        name = self.next_name()
        return name, self.start("train", "c.toml", "--json", "--run", name, *self.layout(layout), *words)

    def layout(self, name):
        return [*self.settings, *sets(self.layouts[name])]

    def next_name(self):
        self.number += 1
        return f"run{os.getpid()}-{self.number}"  # of all tests that share /dev/shm with this one

    def with_failpoints(self, layout, failpoints, *words):
        """(its name, the ended process)"""
        name = self.next_name()
        return name, self.run("train", "c.toml", "--json", "--run", name, *self.layout(layout), *words,
                              failpoints=failpoints)

    def steps_of_history(self, name):
        """The steps of the lines of metrics.jsonl, those of epochs left out."""
        lines = [json.loads(line) for line in read(self.run_path(name, "metrics.jsonl")).splitlines()]
        return [line["step"] for line in lines if "train" not in line]

    def left_behind(self, name):
        """What a finished run has left besides its results."""
        files = [file for _, _, names in os.walk(self.run_path(name)) for file in names]
        shared = [file for file in set(os.listdir("/dev/shm")) - self.others
                  if f"forknet-{name}-" in file]
        return [file for file in files if ".tmp" in file or file.startswith("state")] + shared


class DeathTest(unittest.TestCase):
    """Tests that share `runs`, all of which end on the weights of the undisturbed one."""
    program, layouts, settings = None, None, ()

    @classmethod
    def setUpClass(cls):
        cls.runs = Runs(cls.program, cls.layouts, cls.settings)

    @classmethod
    def tearDownClass(cls):
        cls.runs.close()

    def check(self, name, ended, epochs=EPOCHS):
        """It went on by itself, to the same weights, with every step once, and left nothing."""
        self.assertEqual(ended.returncode, 0, ended.stderr)
        summary = result(ended)
        self.assertEqual(summary["weights_digest"], self.runs.digest(epochs))
        self.assertEqual(self.runs.steps_of_history(name),
                         list(range(10, epochs * STEPS_OF_EPOCH + 1, 10)))
        self.assertEqual(self.runs.left_behind(name), [])
        return summary["faults"]

    def supervisor_that_dies_is_gone_on_with(self, layout, place, hit, *words):
        """It is killed at that hit of the place; a resume, with other words, ends on the same weights."""
        with self.subTest(layout=layout, place=place, hit=hit):
            name, ended = self.runs.with_failpoints(layout, f"{place}:{hit}:kill")
            if ended.returncode == 0:  # it is not passed so often
                self.assertGreater(hit, 1)
                return
            self.assertEqual(ended.returncode, -signal.SIGKILL, ended.stderr)
            self.check(name, self.runs.run("train", "--resume", name, "--json", *words))

    def kill_at_random(self, layouts, kills, seed):
        """So many of the cells of long runs, whenever; the seed is printed."""
        random.seed(seed)
        print(f"FORKNET_CRASH_SEED={seed}", flush=True)
        killed = 0
        while killed < kills:
            layout = random.choice(layouts)
            _, run = self.runs.start_in(layout, *lasting(LONG))
            while run.poll() is None:
                time.sleep(random.random() * patience(0.05))  # not for anything to happen: a random moment
                cells = children_of(run.pid)
                for cell in random.sample(cells, min(len(cells), random.choice([1, 1, 2, 9]))):
                    killed += kill(cell)
            out, told = run.communicate(timeout=patience(60))
            self.assertEqual(run.returncode, 0, f"seed {seed}, {layout}: {told}")
            self.assertIn(self.runs.digest(LONG), out, f"seed {seed}, {layout}")

    def stopped_cell_is_replaced(self, layout, words):
        name, run = self.runs.start_in(layout, *lasting(LONG), *words)
        status = self.runs.run_path(name, "status.json")
        while run.poll() is None and not os.path.exists(status):
            time.sleep(0.001)  # all cells have started when it is there
        stopped = children_of(run.pid)[-1]
        os.kill(stopped, signal.SIGSTOP)
        out, told = run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 0, told)
        self.assertIn(f"(pid {stopped}) was killed by SIGKILL", told)
        self.assertIn(self.runs.digest(LONG), out, name)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False
