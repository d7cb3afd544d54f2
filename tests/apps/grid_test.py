#!/usr/bin/env python3
"""Cells as the operating system sees them: processes, threads, pipes, descriptors, deaths.

Usage: grid_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder. Nothing
sleeps to wait for something: the tests follow the lines that `train --json=lines` prints and the pidfds
of the cells.
"""
import json
import os
import select
import signal
import sys
import unittest

import states
from homes import DIGITS, HomeTest, read, result, sets
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])

CONFIG = f"""
[run]
name = "g"
{DIGITS}[model]
layers = [ {{ type = "dense", units = 128, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 200
batch = 64
[log]
every = 1
[checkpoint]
every = 10
"""
# A step takes that many milliseconds at least: there is time to look at it.
PACED = {"FORKNET_FAILPOINTS": "commit/before:*:delay=10"}
# Two cells also where there is one CPU.
TWO = {"processes": ("--set", "grid.replicas=2"), "pipeline": ("--set", "grid.stages=2")}
FEW = 3  # threads of a cell beside its neurons: the first one, its lifeline, a loader


def pipes_of(pid):
    """inode -> the ways ("r", "w") in which a process holds the pipe"""
    ways = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if not target.startswith("pipe:"):
            continue
        flags = int(read(f"/proc/{pid}/fdinfo/{fd}").split("flags:")[1].split()[0], 8)
        ways.setdefault(target, set()).add("w" if flags & os.O_ACCMODE == os.O_WRONLY else "r")
    return ways


def run_times(pid):
    """Nanoseconds of CPU time of every neuron of a cell."""
    times = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        if read(f"/proc/{pid}/task/{task}/comm").startswith("neuron"):
            times[task] = int(read(f"/proc/{pid}/task/{task}/schedstat").split()[0])
    return times


class GridTest(HomeTest):
    program, config = PROGRAM, ("g.toml", CONFIG)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digest = cls.trained("g.toml", "--epochs", "3")["weights_digest"]

    def start(self, *words):
        """A run that is under way: it has printed a line. Its Supervisor is killed at the end."""
        words = [*words, *(two for grid in TWO if grid in words for two in TWO[grid])]
        # One descriptor that is not closed on exec: it must not reach the cells.
        with open(os.devnull) as stray:
            run = self.home.start("train", "g.toml", "--json=lines", *words, pass_fds=[stray.fileno()],
                                  environment=PACED)
        self.addCleanup(self.end, run)
        self.assertIn('"step"', run.stdout.readline())
        return run

    def follow(self, run, step):
        """Until the run has done that step."""
        for line in run.stdout:
            if json.loads(line).get("step", 0) >= step:
                return
        self.fail("the run ended: " + run.stderr.read())

    def cells(self, name):
        status = self.forknet("status", name, "--json")
        self.assertEqual(status.returncode, 0, status.stderr)
        return json.loads(status.stdout)["cells"]

    def gone(self, pids, seconds):
        for pid in pids:
            try:
                fd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            ready, _, _ = select.select([fd], [], [], seconds)
            os.close(fd)
            self.assertTrue(ready, f"the cell {pid} lives on")

    def test_layers_are_processes_neurons_are_threads_and_pipes_join_them(self):
        run = self.start("--grid", "layers", "--run", "layers")
        cells = self.cells("layers")
        self.assertEqual([cell["threads"] for cell in cells], [128, 10])
        first, second = (cell["pid"] for cell in cells)
        self.assertEqual(len({first, second, run.pid}), 3)

        before = {pid: run_times(pid) for pid in (first, second)}
        for pid, neurons in ((first, 128), (second, 10)):
            self.assertEqual(len(before[pid]), neurons)
            self.assertEqual(len(os.listdir(f"/proc/{pid}/task")), neurons + FEW)
            self.assertIn("stage", read(f"/proc/{pid}/cmdline"))
            # The weights are a mapping of no other process.
            maps = read(f"/proc/{pid}/maps")
            self.assertEqual([f"weights-{cell}" in maps for cell in range(2)],
                             [pid == first, pid == second])

        up = [inode for inode, ways in pipes_of(first).items()
              if "w" in ways and "r" in pipes_of(second).get(inode, ())]
        down = [inode for inode, ways in pipes_of(second).items()
                if "w" in ways and "r" in pipes_of(first).get(inode, ())]
        self.assertEqual((len(up), len(down)), (1, 1))
        self.assertNotEqual(up, down)

        # Standard streams; lifeline, event of rest, share of the state, the socket that new pipes
        # come through; up, down, first weights, weights back.
        self.assertEqual(len(os.listdir(f"/proc/{first}/fd")), 3 + 4 + 4)
        self.assertEqual(len(os.listdir(f"/proc/{second}/fd")), 3 + 4 + 4)

        self.follow(run, 60)
        for pid in (first, second):
            after = run_times(pid)
            for task, nanoseconds in before[pid].items():
                self.assertGreater(after[task], nanoseconds, f"neuron {task} does nothing")
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 75)
        frames = self.cells("layers")[0]["frames"]
        self.assertEqual(sorted(frames), ["activation", "bias", "error", "weight"])
        self.assertEqual(frames["activation"]["bytes_in"], 0)
        self.assertGreater(frames["weight"]["bytes_out"], 784 * 128 * 4)

    def test_status_shows_the_memory_of_every_cell_and_the_time_of_every_thread(self):
        for number, words in enumerate([("--grid", "processes", "--set", "grid.threads=2"),
                                        ("--grid", "pipeline", *TWO["pipeline"], "--set", "grid.channel=pipe"),
                                        ("--grid", "threads"), ("--grid", "children")]):
            with self.subTest(" ".join(words)):
                name = f"shown-{number}"
                self.trained("g.toml", "--epochs", "2", "--run", name, *words)
                for cell in self.cells(name):
                    self.assertGreater(cell["arena_bytes"], 100_000)
                    self.assertGreater(cell["rss_bytes"], 0)
                    self.assertGreaterEqual(len(cell["thread_times"]), cell["threads"])
                    for thread in cell["thread_times"]:
                        self.assertGreaterEqual(thread["busy"], 0)
                        self.assertAlmostEqual(thread["busy"] + thread["wait"], 1)
                    self.assertGreater(max(thread["busy"] for thread in cell["thread_times"]), 0)
                text = self.forknet("status", name).stdout
                self.assertIn("arena", text)
                self.assertIn(f"threads of {cell['pid']}: ", text)
                self.assertEqual("balance of the stages" in text, "pipeline" in words)

    def test_every_preset_ends_on_the_bits_of_one_thread(self):
        grids = "serial,threads,replicas,processes,pipeline,layers"
        compared = self.forknet("compare", "g.toml", "--epochs", "3", "--grids", grids, "--json")
        self.assertEqual(compared.returncode, 0, compared.stderr)
        runs = json.loads(compared.stdout)["runs"]
        self.assertEqual([run["weights_digest"] for run in runs], [self.digest] * 6)
        several = len(os.sched_getaffinity(0)) > 1  # cells of a pipeline
        self.assertEqual([run["bytes_moved"] > 0 for run in runs][4:], [several, True])

    def test_a_preset_takes_fewer_workers_of_a_small_net_where_more_are_slower_and_says_so(self):
        small = sets(['model.layers=[ { type = "dense", units = 8 }, { type = "dense", units = 10 } ]',
                      "train.epochs=30"])
        digest = self.trained("g.toml", "--run", "small-serial", *small)["weights_digest"]
        for preset, key in (("threads", "threads"), ("replicas", "replicas")):
            with self.subTest(preset):
                name = "small-" + preset
                brief = ["train", "g.toml", "--json", "--grid", preset, "--set", "train.max_steps=2"]
                asked = result(self.forknet(*brief, *small))["layout"][key]  # a run so short is not measured
                ended = self.forknet("train", "g.toml", "--run", name, "--json", "--grid", preset, *small)
                summary = result(ended)
                took = summary["layout"][key]
                self.assertEqual(summary["weights_digest"], digest)
                self.assertLessEqual(took, asked)
                says = f"the preset {preset} takes {took} "
                self.assertEqual(says in ended.stderr, took < asked, ended.stderr)
                stored = read(self.home.run_path(name, "config.resolved.toml"))
                source = f"preset {preset}" + (", measured" if took < asked else "")
                self.assertRegex(stored, rf"(?m)^{key} = {took} +# {source}$")
                # A resume goes on with what the run has, and measures nothing.
                resumed = self.forknet("train", "--resume", name, "--json", "--epochs", "60")
                self.assertEqual(result(resumed)["layout"][key], took)
                self.assertNotIn("the preset", resumed.stderr)
                dry = self.forknet("train", "g.toml", "--dry-run", "--grid", preset, *small)
                self.assertEqual(f"the preset {preset} takes" in dry.stderr, ", measured" in dry.stdout, dry.stderr)

    def test_workers_that_are_given_are_taken_however_slow(self):
        small = sets(['model.layers=[ { type = "dense", units = 10 } ]', "train.epochs=30"])
        given = self.forknet("train", "g.toml", "--json", "--grid", "threads", *small, *sets(["grid.threads=2"]))
        self.assertEqual(result(given)["layout"]["threads"], 2)
        self.assertNotIn("the preset", given.stderr)
        brief = self.forknet("train", "g.toml", "--json", "--grid", "threads", *small, *sets(["train.max_steps=2"]))
        compared = result(self.forknet("compare", "g.toml", "--grids", "threads", "--json", *small))
        self.assertEqual(compared["runs"][0]["layout"]["threads"], result(brief)["layout"]["threads"])

    def test_a_killed_cell_is_replaced_and_the_others_keep_their_processes(self):
        for grid in ("processes", "layers"):
            name = "killed-" + grid
            run = self.start("--grid", grid, "--epochs", "3", "--run", name)
            before = [cell["pid"] for cell in self.cells(name)]
            os.kill(before[1], signal.SIGKILL)
            out, told = run.communicate(timeout=patience(60))
            self.assertEqual(run.returncode, 0, told)
            self.assertIn(f"(pid {before[1]}) was killed by SIGKILL at step", told)
            result = json.loads(out.splitlines()[-1])
            self.assertEqual(result["weights_digest"], self.digest)
            self.assertEqual(result["faults"]["cell_deaths"], 1)
            self.assertLessEqual(result["faults"]["redone_steps"], 1)
            after = self.cells(name)
            self.assertEqual(after[0]["pid"], before[0])
            self.assertNotEqual(after[1]["pid"], before[1])
            self.assertEqual([cell["deaths"] for cell in after], [0, 1])
            self.gone([cell["pid"] for cell in after], 0)

    def test_cells_that_die_again_and_again_without_a_step_end_the_run_with_exit_5(self):
        run = self.start("--grid", "pipeline", "--epochs", "3", "--run", "restarts",
                         "--set", "grid.restarts=0")
        os.kill(self.cells("restarts")[1]["pid"], signal.SIGKILL)
        _, told = run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 5, told)
        self.assertIn("was killed by SIGKILL", told)
        resumed = self.forknet("train", "--resume", "restarts", "--json")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertIn("continuing from the last step", resumed.stderr)
        self.assertEqual(json.loads(resumed.stdout)["weights_digest"], self.digest)

    def test_no_cell_outlives_its_supervisor_by_a_second(self):
        for words in (("--grid", "processes"), ("--grid", "pipeline", "--set", "grid.channel=pipe")):
            run = self.start(*words, "--run", "orphans" + str(len(words)))
            pids = [cell["pid"] for cell in self.cells("orphans" + str(len(words)))]
            run.kill()
            self.gone(pids, patience(1))

    def test_a_killed_supervisor_costs_no_step(self):
        for number, words in enumerate([("--grid", "processes"), ("--grid", "layers")]):
            name = f"headless-{number}"
            code, told = self.home.killed_at(10, "train", "g.toml", "--epochs", "3", "--run", name,
                                             "--set", "checkpoint.every=off", *words)
            self.assertEqual(code, -signal.SIGKILL, told)
            resumed = self.forknet("train", "--resume", name, "--json")
            self.assertEqual(resumed.returncode, 0, resumed.stderr)
            self.assertIn("continuing from the last step ", resumed.stderr)
            self.assertEqual(json.loads(resumed.stdout)["weights_digest"], self.digest)
            self.assertEqual(states.files(self.home.run_path(name)), [])

    def test_a_stopped_cell_holds_the_others_up_and_goes_on_when_continued(self):
        run = self.start("--grid", "pipeline", "--epochs", "3", "--run", "held",
                         "--set", "grid.channel=pipe")
        pid = self.cells("held")[1]["pid"]
        os.kill(pid, signal.SIGSTOP)
        lines = run.stdout.fileno()
        while select.select([lines], [], [], 0.5)[0]:  # what was under way
            self.assertTrue(os.read(lines, 1 << 16), "the run ended")
        self.assertIsNone(run.poll())
        os.kill(pid, signal.SIGCONT)
        out, _ = run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 0)
        self.assertEqual(json.loads(out.splitlines()[-1])["weights_digest"], self.digest)
        self.assertGreater(len(out.splitlines()), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
