#!/usr/bin/env python3
"""No crash loses it: processes die at named places, at every step and at random moments; every run
ends on the weights of the undisturbed one.

Usage: crash_test.py FORKNET SOURCES [unittest arguments]. SOURCES: the project's folder, whose floors
list their failpoints (failpoint_names.h). FORKNET_CRASH=all: every failpoint in every layout at every hit, a kill at each of 1,000
steps; FORKNET_CRASH_KILLS=N: so many random kills; FORKNET_CRASH_SEED=N: the kills of an earlier run
again; FORKNET_TEST_SHARE: percent of the cases (tests/apps/share.py).
"""
import os
import pathlib
import random
import re
import signal
import sys
import unittest

from runs import EPOCHS, LAYOUTS, STEPS_OF_EPOCH, DeathTest, lasting
import share  # runs knows where it is

PROGRAM = os.path.abspath(sys.argv[1])
LISTS = (pathlib.Path(sys.argv[2]) / name for name in ("src", "apps"))
NAMES = [name for folder in LISTS for header in sorted(folder.glob("**/failpoint_names.h"))
         for name in re.findall(r'^\s+"([a-z_/]+)",', header.read_text(), re.M)]
EVERYTHING = os.environ.get("FORKNET_CRASH") == "all"
KILLS = int(os.environ.get("FORKNET_CRASH_KILLS") or share.cases(100))
SEED = int(os.environ.get("FORKNET_CRASH_SEED", str(random.randrange(1 << 30))))

# Where a place is passed at all.
PIPES = [name for name in LAYOUTS if name.endswith("pipe")]
GRIDS = [name for name in LAYOUTS if name != "serial"]
EARLY = ["zero-bubble-shm"]
STAGES = [*EARLY, "pipeline-shm", "pipeline-pipe", "layers-pipe", "mixed-shm", "mixed-pipe", "layers-shm"]
REPLICAS_BEHIND_PIPES = ["processes-pipe", "mixed-pipe"]
ONE_MEMORY = ["processes-shm", "mixed-shm"]
UPDATES = [name for name in GRIDS if name not in REPLICAS_BEHIND_PIPES]
OF_CELLS = {
    "cell/": GRIDS, "finished/": GRIDS, "commit/": GRIDS, "forward/": GRIDS, "backward/": GRIDS,
    "receive/": STAGES, "send_up/": STAGES, "send_down/": STAGES, "stage/": ONE_MEMORY,
    "early/": EARLY, "update/": UPDATES, "reduce/": REPLICAS_BEHIND_PIPES, "apply/": REPLICAS_BEHIND_PIPES,
    "weights/": REPLICAS_BEHIND_PIPES, "first_weights/receive": PIPES, "hand_back/": PIPES,
}
# Passed by every kind of run, in the process that the user started.
OF_EVERY_RUN = ("run/", "state/keep", "state/hold", "state/control", "state/weights", "state/remove",
                "progress/")
OF_GRIDS = {"gather/": GRIDS, "fleet/start": GRIDS, "first_weights/send": PIPES, "drain/": PIPES}
OF_RESUMES = ("state/recover", "state/read", "state/open")
# session_damaged_test.cc, program_test.py, mapped_test.py, compare_test.py
OF_OTHERS = ("config/", "clean/", "cache/", "folder/")
OF_FILES = ("file/", "durable/")
OF_AVERAGES = ("worker/", "model/", "models/", "average/", "state/models")  # average_crash_test.py
OF_ORDERS = ("life/", "move/")  # orders_crash_test.py
OF_SWEEPS = ("sweep/",)  # tests/apps/compare_test.py
OF_ENDS = ("norm/", "rate/", "ends/")  # ends_crash_test.py
ENDINGS = ["kill", "kill", "bus", "abort", "segv", "exit"]


def layouts_of(name, table):
    for prefix, layouts in table.items():
        if name.startswith(prefix):
            return layouts
    return None


def places(table):
    return [name for name in NAMES if layouts_of(name, table)]


# The hits of a place: its first, one in the middle, and, where it is passed in every step, a late one.
def hits_of(name):
    once = ("cell/started", "cell/mapped", "cell/enter", "cell/joined", "cell/opened",
            "first_weights/", "cell/leaving", "cell/left")
    return [1] if name.startswith(once) else [1, 9, 20]


def sample(table):
    """(place, layout, hit): all of them, or every place three times over layouts and hits; twice where fewer
    cases are to be tried, at its first hit and at another."""
    chosen = []
    for number, name in enumerate(places(table)):
        layouts, hits = layouts_of(name, table), hits_of(name)
        if EVERYTHING:
            chosen += [(name, layout, hit) for layout in layouts for hit in hits]
        else:
            times = range(min(3, max(len(layouts), len(hits))))
            chosen += [(name, layouts[(number + i) % len(layouts)], hits[i % len(hits)])
                       for i in times if share.IN_FULL or i != 1 + number % 2]
    return chosen


class CrashTest(DeathTest):
    program = PROGRAM

    def test_every_place_is_known_to_this_test(self):
        known = {*places(OF_CELLS), *places(OF_GRIDS), "fleet/death"}
        known |= {name for name in NAMES if name.startswith(OF_EVERY_RUN + OF_RESUMES + OF_FILES + OF_AVERAGES
                                                           + OF_ORDERS + OF_SWEEPS + OF_ENDS + OF_OTHERS)}
        self.assertEqual(sorted(set(NAMES) - known), [])
        self.assertGreaterEqual(len(NAMES), 64)

    def test_a_cell_that_dies_at_any_place_is_replaced(self):
        for number, (place, layout, hit) in enumerate(sample(OF_CELLS)):
            failpoints = f"{place}:{hit}:{ENDINGS[number % len(ENDINGS)]}"
            with self.subTest(layout=layout, failpoints=failpoints):
                name, ended = self.runs.with_failpoints(layout, failpoints)
                faults = self.check(name, ended)
                if hit == 1 and not place.startswith(("cell/leaving", "cell/left")):
                    self.assertGreater(faults["cell_deaths"], 0)
                self.assertLessEqual(faults["redone_steps"], faults["cell_deaths"])

    def test_a_supervisor_that_dies_at_any_place_is_gone_on_with_from_the_last_step(self):
        places_of_all = [name for name in NAMES if name.startswith(OF_EVERY_RUN)]
        cases = [(name, layout, hit) for number, name in enumerate(places_of_all)
                 for hit, layout in ((1, "serial"), (2, GRIDS[number % len(GRIDS)]))]
        cases += [case for case in sample(OF_GRIDS) if case[2] == 1]
        for number, (place, layout, hit) in enumerate(cases):
            other = ["serial", "replicas", "pipeline"][number % 3]
            self.supervisor_that_dies_is_gone_on_with(layout, place, hit, "--grid", other)

    def test_a_resume_that_dies_is_resumed(self):
        for place in [name for name in NAMES if name.startswith(OF_RESUMES + ("state/keep",))]:
            with self.subTest(place=place):
                name, ended = self.runs.with_failpoints("serial", "progress/save/after:4:kill")
                self.assertEqual(ended.returncode, -signal.SIGKILL, ended.stderr)
                died = self.runs.run("train", "--resume", name, failpoints=f"{place}:1:kill")
                self.assertEqual(died.returncode, -signal.SIGKILL, died.stderr)
                resumed = self.runs.run("train", "--resume", name, "--json")
                self.assertIn("continuing from the last step", resumed.stderr)
                self.check(name, resumed)

    def test_a_kill_at_every_step_costs_at_most_that_step(self):
        epochs = 50 if EVERYTHING else EPOCHS
        for step in range(1, epochs * STEPS_OF_EPOCH + 1):
            if not share.IN_FULL and step % 3 > 0 and step % STEPS_OF_EPOCH > 1:
                continue  # but the steps around the ends of epochs
            layout = GRIDS[step % len(GRIDS)]
            with self.subTest(layout=layout, step=step):
                name, ended = self.runs.with_failpoints(layout, f"cell/step/after@0:{step}:kill",
                                                        *lasting(epochs))
                self.assertEqual(self.check(name, ended, epochs),
                                 {"cell_deaths": 1, "redone_steps": 1, "restarts": 1})

    def test_a_death_while_another_one_is_repaired_is_repaired_too(self):
        for layout in ("mixed-shm", "mixed-pipe"):
            for place in ("cell/entering", "cell/joined", "cell/leaving", "cell/left"):
                with self.subTest(layout=layout, place=place):
                    hit = 1 if place.startswith("cell/le") else 2
                    name, ended = self.runs.with_failpoints(
                        layout, f"cell/step/before@0:5:kill,{place}@3:{hit}:kill")
                    self.assertEqual(self.check(name, ended)["cell_deaths"], 2)

    def test_a_cell_that_is_stopped_or_hangs_is_replaced(self):
        for layout in ("processes-shm", "pipeline-pipe"):
            for settings, place in ((["grid.step_budget=0.4"], "cell/step/before@1:30:delay=100000"),
                                    (["grid.step_budget=0.4"], "update/layer@0:30:delay=100000"),
                                    (["grid.stopped_budget=0.3"], None)):
                with self.subTest(layout=layout, place=place):
                    words = [word for setting in settings for word in ("--set", setting)]
                    if place:
                        name, ended = self.runs.with_failpoints(layout, place, *words)
                        self.assertIn("grid.step_budget", ended.stderr)
                        self.check(name, ended)
                    else:
                        self.stopped_cell_is_replaced(layout, words)

    def test_a_cell_that_hangs_while_others_come_together_is_replaced(self):
        for layout in ("processes-shm", "mixed-pipe"):
            for place in ("cell/leaving@1:1", "cell/entering@1:2", "cell/entered@1:2"):
                with self.subTest(layout=layout, place=place):
                    name, ended = self.runs.with_failpoints(
                        layout, f"cell/step/before@0:5:kill,{place}:delay=100000", "--set", "grid.step_budget=0.4")
                    self.assertIn("cells have not joined for 0.4 s", ended.stderr)
                    self.assertEqual(self.check(name, ended)["cell_deaths"], 2)

    def test_a_cell_that_hangs_before_it_has_its_weights_is_replaced(self):
        for layout, place in (("processes-pipe", "first_weights/receive/before"), ("mixed-pipe", "cell/joined")):
            with self.subTest(layout=layout):  # ten seconds each: a start may take that long
                name, ended = self.runs.with_failpoints(layout, f"{place}@1:1:delay=100000")
                self.assertIn("no weights came through a pipe for 10 s", ended.stderr)
                self.assertEqual(self.check(name, ended)["cell_deaths"], 1)

    def test_three_equal_crashes_at_one_step_end_the_run(self):
        name, ended = self.runs.with_failpoints("pipeline-shm", "again,cell/opened@1:1:segv")
        self.assertEqual(ended.returncode, 5, ended.stderr)
        self.assertIn("was killed by SIGSEGV at step 0, for the third time in a row", ended.stderr)
        self.check(name, self.runs.run("train", "--resume", name, "--json"))

    def test_random_kills_never_change_the_answer(self):
        self.kill_at_random(GRIDS, KILLS, SEED)

    def test_a_call_that_fails_while_saving_costs_no_training(self):
        for place in [name for name in NAMES if name.startswith("durable/")] + ["file/write"]:
            errors = [f"error={error}" for error in ("EIO", "ENOSPC", "EINTR", "EMFILE", "ENOMEM")]
            for action in errors + (["short"] if place.startswith("file/") else []):
                failpoints = f"{place}:{9 if place.startswith('durable') else 40}:{action}"
                with self.subTest(failpoints=failpoints):
                    name, ended = self.runs.with_failpoints("serial", failpoints)
                    if ended.returncode == 0:
                        self.check(name, ended)
                        continue
                    self.assertNotEqual(action, "short")
                    self.assertIn(ended.returncode, (1, 4), ended.stderr)
                    self.assertRegex(ended.stderr, "forknet: .*: ")
                    self.check(name, self.runs.run("train", "--resume", name, "--json"))

    def test_a_run_whose_every_transfer_is_short_is_like_any_other(self):
        name, ended = self.runs.with_failpoints("serial", "file/write:*:short,run/checkpoint/after:3:kill")
        self.assertEqual(ended.returncode, -signal.SIGKILL, ended.stderr)
        self.check(name, self.runs.run("train", "--resume", name, "--json",
                                       failpoints="file/read:*:short,file/write:*:short"))

    def test_a_call_that_fails_while_loading_is_told_and_the_next_resume_goes_on(self):
        for place in ("file/open", "file/read"):
            for error in ("EIO", "EMFILE", "ENOMEM", "EINTR"):
                for hit in (1, 3, 6):
                    failpoints = f"{place}:{hit}:error={error}"
                    with self.subTest(failpoints=failpoints):
                        name, ended = self.runs.with_failpoints("serial", "run/checkpoint/after:3:kill")
                        self.assertEqual(ended.returncode, -signal.SIGKILL)
                        first = self.runs.run("train", "--resume", name, "--json", failpoints=failpoints)
                        if first.returncode != 0:
                            self.assertRegex(first.stderr, "forknet: .*: ")
                            first = self.runs.run("train", "--resume", name, "--json")
                        self.check(name, first)


class LargeWeightsTest(DeathTest):
    """Weights on huge pages, of which each process writes one piece and reads all."""
    program = PROGRAM
    settings = ["model.layers=[" + '{ type = "dense", units = 1100, activation = "relu" }, ' * 3
                + '{ type = "dense", units = 10 }]', "optimizer.type=momentum", "optimizer.lr=0.01"]

    def test_a_cell_that_dies_while_it_writes_its_piece_is_replaced(self):
        for place in ("update/before@1:9", "update/layer@0:30", "update/after@1:12"):
            with self.subTest(place=place):
                name, ended = self.runs.with_failpoints("processes-shm", f"{place}:kill", *lasting(1))
                self.assertEqual(self.check(name, ended, 1),
                                 {"cell_deaths": 1, "redone_steps": 1, "restarts": 1})

    def test_a_supervisor_that_dies_is_gone_on_with_in_another_layout(self):
        for grid in ("serial", "processes", "pipeline"):
            with self.subTest(grid=grid):
                name, ended = self.runs.with_failpoints("processes-shm", "progress/save/after:2:kill",
                                                        *lasting(1))
                self.assertEqual(ended.returncode, -signal.SIGKILL, ended.stderr)
                resumed = self.runs.run("train", "--resume", name, "--json", "--grid", grid)
                self.assertIn("continuing from the last step", resumed.stderr)
                self.check(name, resumed, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
