#!/usr/bin/env python3
"""`train --trace`: what trace.json shows of a pipeline, and of one whose cells die.

Usage: trace_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder. Failpoints
make each pass of a microbatch last some milliseconds, so that a pipeline is seen at work on any
number of CPUs.
"""
import itertools
import json
import os
import sys
import unittest

from homes import HomeTest, read

PROGRAM = os.path.abspath(sys.argv[1])

CONFIG = """
[run]
name = "t"
[data]
train = { inputs = "digits/train-images-idx3-ubyte.gz", labels = "digits/train-labels-idx1-ubyte.gz" }
[model]
layers = [
  { type = "dense", units = 32, activation = "relu" },
  { type = "dense", units = 24, activation = "relu" },
  { type = "dense", units = 16, activation = "relu" },
  { type = "dense", units = 10 },
]
[train]
epochs = 2
batch = 64
leaf = 16
"""
STEPS = 10
STAGES = 4
MICROBATCHES = 4
PIPELINE = ["--set", f"grid.stages={STAGES}", "--set", f"grid.microbatches={MICROBATCHES}"]
SLOW = "forward/after:*:delay=2,backward/after:*:delay=2"


def words(host, channel):
    return [*PIPELINE, "--set", f"grid.host={host}", "--set", f"grid.channel={channel}"]


class TraceTest(HomeTest):
    program, config, digits = PROGRAM, ("t.toml", CONFIG), (320, 10)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plain = cls.trained("t.toml", "--run", "plain", *words("process", "shm"))
        cls.digest = plain["weights_digest"]

    def traced(self, name, *command, failpoints="", code=0):
        """The trace of a run, and what the run printed."""
        run = self.forknet("train", *command, "--trace", "--json",
                           environment={"FORKNET_FAILPOINTS": failpoints})
        self.assertEqual(run.returncode, code, run.stderr)
        trace = json.loads(read(self.trace_path(name)))
        self.assertEqual(trace["otherData"]["run"], name)
        return trace["traceEvents"], run

    def trace_path(self, name):
        return self.home.run_path(name, "trace.json")

    @staticmethod
    def rows(events, what):
        return {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == what}

    @staticmethod
    def passes(events):
        return [e for e in events
                if e["ph"] == "X" and e["name"].split()[0] in ("forward", "backward")]

    def different_microbatches_at_once(self, events):
        """Pairs of passes in two cells, of the same step and not the same microbatch, that overlap."""
        by_step = {}
        for event in self.passes(events):
            by_step.setdefault(event["args"]["step"], []).append(event)
        for passes in by_step.values():
            for one, other in itertools.combinations(passes, 2):
                if (one["pid"] != other["pid"]
                        and one["args"]["microbatch"] != other["args"]["microbatch"]
                        and one["ts"] < other["ts"] + other["dur"]
                        and other["ts"] < one["ts"] + one["dur"]):
                    yield one, other

    def test_two_stages_work_on_different_microbatches_of_a_step_at_the_same_time(self):
        for host, channel in itertools.product(("process", "thread"), ("shm", "pipe")):
            with self.subTest(host=host, channel=channel):
                name = f"{host}-{channel}"
                events, run = self.traced(name, "t.toml", "--run", name, *words(host, channel),
                                          failpoints=SLOW)
                self.assertEqual(json.loads(run.stdout)["weights_digest"], self.digest)
                self.assertEqual(sorted(self.rows(events, "process_name").values()),
                                 [f"stage {stage}, replica 0" for stage in range(STAGES)])
                self.assertEqual(set(self.rows(events, "thread_name").values()), {"thread 0"})
                expected = sorted((stage + 1, f"{way} {i}", step, i)
                                  for stage in range(STAGES) for way in ("forward", "backward")
                                  for step in range(STEPS) for i in range(MICROBATCHES))
                self.assertEqual(expected, sorted((e["pid"], e["name"], e["args"]["step"],
                                                   e["args"]["microbatch"])
                                                  for e in self.passes(events)))
                self.assertTrue(any(self.different_microbatches_at_once(events)))
                status = self.forknet("status", name, "--json")
                self.assertEqual(status.returncode, 0, status.stderr)
                for cell in json.loads(status.stdout)["cells"]:
                    seen = {e["args"]["pid"] for e in events
                            if e["ph"] == "X" and e["pid"] == cell["stage"] + 1}
                    self.assertEqual(seen, {cell["pid"]})

    def test_what_a_killed_cell_did_is_kept(self):
        for channel in ("shm", "pipe"):
            name = "killed-" + channel
            events, run = self.traced(name, "t.toml", "--run", name, *words("process", channel),
                                      failpoints="cell/step/before@1:5:kill")
            self.assertEqual(json.loads(run.stdout)["weights_digest"], self.digest)
            steps = {}
            for event in self.passes(events):
                if event["pid"] == 2:
                    steps.setdefault(event["args"]["pid"], set()).add(event["args"]["step"])
            self.assertEqual(sorted(map(sorted, steps.values())),
                             [list(range(4)), list(range(4, STEPS))])

    def test_a_run_that_failed_leaves_its_trace(self):
        events, run = self.traced("failed", "t.toml", "--run", "failed", *words("process", "shm"),
                                  "--set", "grid.restarts=0", code=5,
                                  failpoints="cell/step/before@1:5:kill")
        self.assertIn("was killed by SIGKILL", run.stderr)
        self.assertEqual({e["args"]["step"] for e in self.passes(events) if e["pid"] == 2},
                         set(range(4)))

    def test_the_trace_of_a_resumed_run_begins_with_its_first_step(self):
        stopped = self.forknet("train", "t.toml", "--run", "resumed", "--set", "train.max_steps=4")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertFalse(os.path.exists(self.trace_path("resumed")))
        events, run = self.traced("resumed", "--resume", "resumed", "--set", "train.max_steps=0")
        self.assertEqual(json.loads(run.stdout)["weights_digest"], self.digest)
        self.assertEqual({e["args"]["step"] for e in self.passes(events)}, set(range(4, STEPS)))

    def test_a_trace_that_cannot_be_written_is_a_warning(self):
        first = self.forknet("train", "t.toml", "--run", "blocked", "--set", "train.max_steps=4")
        self.assertEqual(first.returncode, 0, first.stderr)
        # A folder stands where the file should go.
        os.mkdir(self.trace_path("blocked"))
        run = self.forknet("train", "--resume", "blocked", "--set", "train.max_steps=0", "--trace",
                           "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("warning: the trace could not be written", run.stderr)
        self.assertEqual(json.loads(run.stdout)["weights_digest"], self.digest)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
