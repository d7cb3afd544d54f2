"""A program with a layer, a loss and an optimizer of its own (examples/library/own_parts.cpp): one digest in
twelve layouts, through kills of cells, and through a kill of the run and a resume in another layout.

    own_parts_test.py EXAMPLE
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import states
from homes import children_of, read, toml, write
from patience import patience

EXAMPLE = None
EPOCHS = 30
LAYOUTS = [
    {}, {"threads": 2}, {"threads": 3, "host": "thread"}, {"threads": "neurons"},
    {"replicas": 2, "host": "thread"}, {"replicas": 3}, {"stages": 2, "host": "thread"}, {"stages": 3},
    {"stages": 2, "replicas": 2}, {"stages": 2, "replicas": 2, "threads": 2, "host": "thread"},
    {"stages": 2, "replicas": 2, "channel": "pipe"}, {"stages": 3, "schedule": "zero-bubble", "channel": "pipe"},
]


def config_text(grid, epochs):
    """Two noisy curves of six numbers. The affine layer stands between two dense ones."""
    draw = random.Random(7)
    inputs = [[draw.uniform(-1, 1) for _ in range(6)] for _ in range(100)]
    targets = [[round(row[0] * row[1] + row[2], 3), round(row[3] - row[4] * row[5], 3)] for row in inputs]
    return f"""
[data]
format = "arrays"
train = {{ inputs = {toml(inputs)}, targets = {toml(targets)} }}
[model]
layers = [
  {{ type = "dense", units = 40, activation = "tanh" }},
  {{ type = "affine" }},
  {{ type = "dropout", rate = 0.1 }},
  {{ type = "dense", units = 20, activation = "relu" }},
  {{ type = "affine" }},
  {{ type = "dense", units = 2 }},
]
loss = "log_cosh"
width = 0.5
[train]
epochs = {epochs}
batch = 48
[optimizer]
type = "sign_of_mean"
memory = 0.8
lr = 0.002
[grid]
""" + "".join(f"{key} = {toml(value)}\n" for key, value in grid.items())


class OwnParts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="forknet-own-")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("FORKNET_")}

    def tearDown(self):
        states.remove(self.folder)
        shutil.rmtree(self.folder)

    def config(self, grid, epochs=EPOCHS):
        path = os.path.join(self.folder, "own.toml")
        write(path, config_text(grid, epochs))
        return path

    def run_to_end(self, *words):
        done = subprocess.run([EXAMPLE, *words], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=patience(120))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()[-1]

    def run_folder(self):
        runs = os.path.join(self.folder, "runs")
        return os.path.join(runs, max(name for name in os.listdir(runs) if name.startswith("run-")))

    def test_every_layout_ends_on_the_same_weights(self):
        digests = {}
        for grid in LAYOUTS:
            digests[str(grid)] = self.run_to_end(self.config(grid))
        self.assertEqual(len(set(digests.values())), 1, digests)

    def test_killed_cells_do_not_change_the_weights(self):
        epochs = 300
        undisturbed = self.run_to_end(self.config({}, epochs))
        run = subprocess.Popen([EXAMPLE, self.config({"stages": 2, "replicas": 2}, epochs)], cwd=self.folder,
                               env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(lambda: run.poll() is None and run.kill())
        run.stdout.readline()  # the folder: the run has begun
        killed = set()
        end = time.monotonic() + patience(60)
        while len(killed) < 3 and run.poll() is None and time.monotonic() < end:
            cells = [pid for pid in children_of(run.pid) if pid not in killed]
            if len(cells) >= 4 - len(killed & set(children_of(run.pid))) and cells:
                os.kill(cells[0], signal.SIGKILL)
                killed.add(cells[0])
        out, errors = run.communicate(timeout=patience(120))
        self.assertEqual(run.returncode, 0, errors)
        self.assertGreater(len(killed), 0, "the run had ended before a cell was killed")
        self.assertEqual(out.split()[-1], undisturbed)

    def test_a_killed_run_resumes_to_the_same_weights_in_another_layout(self):
        undisturbed = self.run_to_end(self.config({}))
        code, errors = states.kill_at(25, [EXAMPLE, self.config({"replicas": 2})], self.environment,
                                      cwd=self.folder)
        self.assertEqual(code, -signal.SIGKILL, errors)
        folder = self.run_folder()
        self.assertNotIn("summary.json", os.listdir(folder))
        self.assertEqual(self.run_to_end("--resume", folder, "grid.stages=2", "grid.replicas=1"), undisturbed)
        self.assertIn("affine", read(os.path.join(folder, "config.resolved.toml")))

    def test_names_that_the_program_does_not_have_are_refused(self):
        path = self.config({})
        write(path, read(path).replace('"affine"', '"affin"'))
        done = subprocess.run([EXAMPLE, path], cwd=self.folder, env=self.environment, text=True, capture_output=True,
                              timeout=patience(60))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn('did you mean "affine"', done.stderr)


if __name__ == "__main__":
    EXAMPLE = os.path.abspath(sys.argv.pop(1))
    unittest.main()
