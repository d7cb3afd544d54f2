#!/usr/bin/env python3
"""Models that train apart (grid.sync = "average"): workers and Supervisors die at named places and
at random moments; every run ends on the weights of the undisturbed one, and leaves nothing.

Usage: average_crash_test.py FORKNET [unittest arguments]. FORKNET_CRASH=all: every place in every
layout at every hit; FORKNET_CRASH_KILLS=N: so many random kills; FORKNET_CRASH_SEED=N: the kills of
an earlier run again; FORKNET_TEST_SHARE: percent of the kills (tests/apps/share.py).
"""
import itertools
import os
import random
import sys
import time
import unittest

from runs import AVERAGE, AVERAGE_LAYOUTS, LONG, DeathTest, kill, lasting
import share  # runs knows where it is
from homes import children_of, sets
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])
EVERYTHING = os.environ.get("FORKNET_CRASH") == "all"
KILLS = int(os.environ.get("FORKNET_CRASH_KILLS") or share.cases(60))
SEED = int(os.environ.get("FORKNET_CRASH_SEED", str(random.randrange(1 << 30))))

PROCESSES = [name for name in AVERAGE_LAYOUTS if name != "averaging"]
OF_WORKERS = ["cell/started", "cell/mapped", "worker/order/taken", "worker/order/done",
              "worker/step/before", "worker/step/after", "average/seed", "forward/after",
              "update/layer"]
PIPED = "children-behind-pipes"
# Where a model is the Supervisor's to seed.
OF_PIPED_WORKERS = [place for place in OF_WORKERS if place != "average/seed"] + [
    "model/fetch/before", "model/fetch/after", "model/give_back/before", "model/give_back/after",
    "model/send/within@0"]  # a place of the Supervisor's too
ONCE = ("cell/",)
OF_SUPERVISORS = ["average/mean/before", "average/mean/moments", "average/commit/before",
                  "average/commit/after", "state/models", "run/checkpoint/before",
                  "run/checkpoint/after", "run/evaluate/before", "run/epoch/closed",
                  "progress/save/within"]
OF_PIPED_SUPERVISORS = ["models/send", "models/take/before", "models/take/within", "models/take/after"]
# What the Supervisor waits for at most until it finds that no process of its run is left.
GONE_WITHIN = patience(1)


def lives(pid):
    """Not when it only waits for its end to be noticed."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][:1] != "Z"
    except FileNotFoundError:
        return False


class AverageCrashTest(DeathTest):
    program, layouts, settings = PROGRAM, AVERAGE_LAYOUTS, AVERAGE

    def test_layouts_without_deaths_give_the_same_weights(self):
        for layout in AVERAGE_LAYOUTS:
            with self.subTest(layout=layout):
                faults = self.check(*self.runs.with_failpoints(layout, None))
                self.assertEqual(faults, {"cell_deaths": 0, "redone_steps": 0, "restarts": 0})

    def test_a_worker_that_dies_at_any_place_is_replaced(self):
        cases = [(place, layout, hit) for layout in PROCESSES
                 for place, hit in itertools.product(
                     OF_PIPED_WORKERS if layout == PIPED else OF_WORKERS, (1, 2, 9))
                 if hit == 1 or not place.startswith(ONCE)]
        for number, (place, layout, hit) in enumerate(cases):
            if not EVERYTHING and number % 2:
                continue
            ending = ("kill", "segv", "kill", "abort")[number % 4]
            with self.subTest(layout=layout, place=place, hit=hit, ending=ending):
                name, ended = self.runs.with_failpoints(layout, f"{place}:{hit}:{ending}")
                faults = self.check(name, ended)
                if hit == 1:
                    self.assertGreater(faults["cell_deaths"], 0)

    def test_the_others_keep_their_processes(self):
        name, ended = self.runs.with_failpoints("children", "worker/step/after@1:9:kill")
        self.assertEqual(self.check(name, ended)["cell_deaths"], 1)
        self.assertEqual(ended.stderr.count("is started again"), 1)

    def test_a_supervisor_that_dies_at_any_place_is_gone_on_with(self):
        cases = [*itertools.product(OF_SUPERVISORS, (1, 2)),
                 *itertools.product(OF_PIPED_SUPERVISORS, (1, 4))]
        for number, (place, hit) in enumerate(cases):
            layout = (PIPED if place in OF_PIPED_SUPERVISORS
                      else list(AVERAGE_LAYOUTS)[number % len(AVERAGE_LAYOUTS)])
            other = [f"grid.replicas={number % 3 + 1}",
                     "grid.host=" + ("process" if number % 2 else "thread")]
            self.supervisor_that_dies_is_gone_on_with(layout, place, hit, *sets(other))

    def test_workers_do_not_outlive_their_supervisor(self):
        name, run = self.runs.start_in("children", "--set", "train.epochs=1000")
        workers = []
        while run.poll() is None and len(workers) < 3:
            workers = children_of(run.pid)
            time.sleep(0.001)
        kill(run.pid)
        run.communicate(timeout=patience(60))
        until = time.monotonic() + GONE_WITHIN
        while any(map(lives, workers)) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual([pid for pid in workers if lives(pid)], [])
        cleaned = self.runs.run("runs", "clean", name)
        self.assertEqual(cleaned.returncode, 0, cleaned.stderr)

    def test_workers_are_added_and_removed_while_it_runs(self):
        for layout in ("children", "averaging", PIPED):
            with self.subTest(layout=layout):
                name, run = self.runs.start_in(layout, *lasting(LONG), "--set", "grid.replicas=1")
                told = []
                while run.poll() is None and len(told) < 40:
                    asked = self.runs.run("scale", name, str(len(told) % 3 + 1))
                    if asked.returncode == 0:
                        told.append(asked.stdout)
                out, err = run.communicate(timeout=patience(60))
                self.assertEqual(run.returncode, 0, err)
                self.assertGreater(len(told), 2, err)
                self.assertRegex(told[0], rf"{name}: scale at step [0-9]+, running")
                self.assertIn("2 workers from step", err)
                self.assertIn(self.runs.digest(LONG), out, name)

    def test_a_hanging_worker_is_replaced(self):
        for layout in ("children", PIPED):
            with self.subTest(layout=layout):
                name, ended = self.runs.with_failpoints(
                    layout, "worker/step/before@1:9:delay=100000", "--set", "grid.step_budget=0.4")
                self.assertIn("grid.step_budget", ended.stderr)
                self.check(name, ended)

    def test_a_stopped_worker_is_replaced(self):
        for layout in ("children", PIPED):
            with self.subTest(layout=layout):
                self.stopped_cell_is_replaced(layout, ["--set", "grid.stopped_budget=0.3"])

    def test_a_worker_that_stops_while_it_gives_its_model_back_is_replaced(self):
        name, ended = self.runs.with_failpoints(PIPED, "model/send/within@1:2:stop", "--set",
                                                "grid.stopped_budget=0.3")
        self.assertEqual(self.check(name, ended)["cell_deaths"], 1)

    def test_random_kills_never_change_the_answer(self):
        self.kill_at_random(PROCESSES, KILLS, SEED)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
