"""Deaths where a step clips the norm of its gradient, where the rate follows the validation, and where a run keeps the
model of its best evaluation or is out of time: the weights and the model are those of an undisturbed run.

usage: ends_crash_test.py FORKNET
"""
import json
import os
import signal
import sys
import unittest

from runs import STEPS_OF_EPOCH, DeathTest, read, result, sets

PROGRAM = os.path.abspath(sys.argv[1])
# The rate falls after every evaluation but the first that is not half of the best; the last three are no better.
SETTINGS = ["train.clip_norm=0.3", "optimizer.schedule=plateau", "optimizer.patience=1", "optimizer.threshold=0.5",
            "optimizer.lr=0.02", "train.early_stop_patience=3", "checkpoint.best=auto"]
LONG_DELAY = "forward/before:30:delay=1200"  # milliseconds, longer than train.max_seconds


class EndsTest(DeathTest):
    program, settings = PROGRAM, SETTINGS

    def model_of(self, name):
        return json.loads(read(self.runs.run_path(name, "summary.json")))["model_digest"]

    def expected_model(self):
        if not hasattr(type(self), "model"):
            name, ended = self.runs.with_failpoints("serial", None)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            type(self).model = self.model_of(name)
            self.assertIn("the learning rate falls", ended.stderr)
            self.assertEqual(result(ended)["best"]["metric"], "validation/loss")
        return self.model

    def test_a_cell_that_dies_at_the_norm_is_replaced(self):
        for number, layout in enumerate(("processes-shm", "pipeline-shm", "mixed-pipe", "pipeline-pipe",
                                         "zero-bubble-shm", "layers-pipe")):
            failpoints = f"norm/{('before', 'after')[number % 2]}@0:{(1, 21, 9)[number % 3]}:kill"
            with self.subTest(layout=layout, failpoints=failpoints):
                name, ended = self.runs.with_failpoints(layout, failpoints)
                self.assertGreater(self.check(name, ended)["cell_deaths"], 0)
                self.assertEqual(self.model_of(name), self.expected_model())

    def test_a_stage_that_dies_between_the_two_ways_of_the_norm_over_pipes_is_replaced(self):
        """The sum of the squares goes up from stage to stage, and down again."""
        for number, (layout, stage) in enumerate((("pipeline-pipe", 0), ("pipeline-pipe", 1), ("layers-pipe", 0),
                                                  ("layers-pipe", 1))):
            failpoints = f"norm/between@{stage}:{(1, 21, 9)[number % 3]}:kill"
            with self.subTest(layout=layout, failpoints=failpoints):
                name, ended = self.runs.with_failpoints(layout, failpoints)
                self.assertGreater(self.check(name, ended)["cell_deaths"], 0)
                self.assertEqual(self.model_of(name), self.expected_model())

    def test_a_supervisor_that_dies_where_the_rate_falls_goes_on_with_the_same_rates_and_the_best_model(self):
        for number, (place, layout) in enumerate((place, layout) for place in (
                "rate/before", "rate/recorded", "run/best/before", "move/state", "move/kept", "run/epoch/closed",
                "run/finish/model") for layout in ("serial", "mixed-shm", "pipeline-pipe")):
            with self.subTest(place=place, layout=layout):
                name, ended = self.runs.with_failpoints(layout, f"{place}:1:kill")
                self.assertEqual(ended.returncode, -signal.SIGKILL, ended.stderr)
                other = ("serial", "replicas", "pipeline")[number % 3]
                self.check(name, self.runs.run("train", "--resume", name, "--json", "--grid", other))
                self.assertEqual(self.model_of(name), self.expected_model())

    def test_a_run_that_is_out_of_time_goes_on_with_its_last_step_whether_it_died_then_or_not(self):
        for number, death in enumerate(("", ",ends/out_of_time:1:kill", ",run/finish/model:1:kill",
                                        ",run/finish/end:1:kill")):
            layout = ("serial", "mixed-shm", "pipeline-pipe", "serial")[number]
            with self.subTest(layout=layout, death=death):
                name, ended = self.runs.with_failpoints(layout, LONG_DELAY + death, *sets(["train.max_seconds=1"]))
                self.assertEqual(ended.returncode, -signal.SIGKILL if death else 0, ended.stderr)
                if not death:
                    summary = result(ended)
                    self.assertEqual((summary["state"], summary["ended_by"]), ("finished", "max_seconds"))
                    self.assertLess(summary["steps"], 3 * STEPS_OF_EPOCH)
                    self.assertIn("train.max_seconds = 1: ended after step", ended.stderr)
                resumed = self.runs.run("train", "--resume", name, "--json", *sets(["train.max_seconds=0"]))
                self.check(name, resumed)
                self.assertEqual(self.model_of(name), self.expected_model())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
