#!/usr/bin/env python3
"""Deaths while something is done to a run: Supervisors that die at any point of carrying out an order or of
a rescale, cells that die while a rescale starts them, and cells that die while their Supervisor evaluates,
saves, rescales or ends. Every run ends on the weights of the undisturbed one, and leaves nothing.

Usage: orders_crash_test.py FORKNET [unittest arguments]. FORKNET_TEST_SHARE: with less than 100 each place in one
layout (tests/apps/share.py).
"""
import os
import signal
import sys
import time
import unittest

from runs import DeathTest, kill, lasting
import share  # runs knows where it is
from homes import children_of, read, write
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])
EPOCHS = 30  # that an order finds the run at work: a checkpoint every seven steps takes its time
ORDERS = [("pause",), ("resume",), ("hold",), ("release",), ("checkpoint",), ("scale", "2"), ("reload",), ("stop",)]
LAYOUTS = ["serial", "processes-shm", "pipeline-pipe", "mixed-shm"]
MOVES = ["move/before", "move/state", "move/ended", "move/opened", "move/kept", "state/weights", "state/keep/before",
         "state/keep/after"]
PATIENCE = patience(60)


def is_stopped(pid):
    try:
        return read(f"/proc/{pid}/stat").rpartition(") ")[2][:1] == "T"
    except OSError:
        return False  # it is gone


def limited_group(limit):
    """A new control group whose processes may have so many bytes; none where the system lets us make none."""
    for root, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = f"{root}/forknet-test-{os.getpid()}"
        try:
            os.mkdir(group)
            write(f"{group}/{file}", str(limit))
            return group
        except OSError:
            if os.path.isdir(group):
                os.rmdir(group)
    return None


class OrdersCrashTest(DeathTest):
    program = PROGRAM

    def start_stopped(self, layout, place, more="", who=lambda run: [run.pid]):
        """A run of which some process has stopped itself there (name, process); `more`: failpoints that are
        set besides."""
        environment = {"FORKNET_FAILPOINTS": f"{place}:stop{more}"}
        name = self.runs.next_name()
        run = self.runs.start("train", "c.toml", "--json", "--run", name, *self.runs.layout(layout),
                              *lasting(EPOCHS), environment=environment)
        self.addCleanup(self.end, run)
        until = time.monotonic() + PATIENCE
        while run.poll() is None and not any(map(is_stopped, who(run))):
            self.assertLess(time.monotonic(), until, place)
            time.sleep(0.001)  # until it is there; what follows is in its hands
        self.assertIsNone(run.poll(), place)
        return name, run

    @staticmethod
    def end(process):
        """Also where a check has failed, and it is stopped or waits."""
        if process.poll() is None:
            process.kill()
            process.communicate()

    def ordered(self, name, run, order):
        """The order is in the run's socket when the run goes on; the command that waits for its answer."""
        asked = self.runs.start(order[0], name, *order[1:])
        self.addCleanup(self.end, asked)
        until = time.monotonic() + PATIENCE
        while asked.poll() is None and "S" not in read(f"/proc/{asked.pid}/stat").rpartition(") ")[2][:1]:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.001)
        run.send_signal(signal.SIGCONT)
        return asked

    def resumed(self, name, died):
        self.assertEqual(died, -signal.SIGKILL)
        self.check(name, self.runs.run("train", "--resume", name, "--json"), EPOCHS)

    def dies_while_it_obeys(self, layout, place, order):
        with self.subTest(layout=layout, place=place, order=order):
            name, run = self.start_stopped(layout, "run/begin:1", f",{place}:kill")
            asked = self.ordered(name, run, order)
            run.communicate(timeout=PATIENCE)
            asked.communicate(timeout=PATIENCE)
            self.resumed(name, run.returncode)

    def test_a_supervisor_that_dies_while_it_obeys_is_gone_on_with(self):
        for number, order in enumerate(ORDERS):
            for when in ("before", "after"):
                self.dies_while_it_obeys(LAYOUTS[number % len(LAYOUTS)], f"life/order/{when}:1", order)

    def test_a_supervisor_that_dies_within_a_rescale_is_gone_on_with(self):
        for number, place in enumerate(MOVES):
            hit = 2 if place.startswith("state/") else 1  # the first is the run's own beginning
            self.dies_while_it_obeys(LAYOUTS[number % len(LAYOUTS)], f"{place}:{hit}", ("scale", "3"))

    def test_a_supervisor_that_dies_at_the_end_of_an_epoch_is_gone_on_with(self):
        for number, hit in enumerate((1, 2, 9)):
            name, ended = self.runs.with_failpoints(LAYOUTS[number], f"life/epoch_end:{hit}:kill",
                                                    *lasting(EPOCHS))
            self.resumed(name, ended.returncode)

    def test_a_cell_that_dies_while_a_rescale_starts_it_is_replaced(self):
        """Of numbers that only the new layout has."""
        for number, (layout, cell) in enumerate((("processes-shm", 2), ("processes-pipe", 2), ("pipeline-pipe", 5))):
            places = ("cell/started", "cell/entered", "cell/joined", "cell/opened", "cell/step/after")
            for place in places if share.IN_FULL else places[number::3]:
                with self.subTest(layout=layout, place=place):
                    name, run = self.start_stopped(layout, "run/begin:1", f",{place}@{cell}:1:kill")
                    asked = self.ordered(name, run, ("scale", "3"))
                    asked.communicate(timeout=PATIENCE)
                    out, told = run.communicate(timeout=PATIENCE)
                    self.assertEqual(asked.returncode, 0, told)
                    self.assertIn("was killed by SIGKILL", told)
                    self.assertIn(self.runs.digest(EPOCHS), out)
                    self.assertEqual(self.runs.left_behind(name), [])

    def test_cells_that_die_while_their_supervisor_does_something_else_are_replaced(self):
        for number, place in enumerate(("run/evaluate/before:2", "run/evaluate/after:1", "run/checkpoint/before:2",
                                        "run/checkpoint/after:1", "run/best/before:1", "life/epoch_end:2",
                                        "gather/joined:1", "run/finish/begin:1", "run/finish/model:1")):
            layouts = (["processes-shm", "pipeline-shm"], ["pipeline-pipe", "mixed-pipe"])[number % 2]
            for layout in layouts if share.IN_FULL else [layouts[number // 2 % 2]]:
                with self.subTest(layout=layout, place=place):
                    name, run = self.start_stopped(layout, place)
                    cells = children_of(run.pid)
                    self.assertGreater(len(cells), 0)
                    for cell in cells[:1 + number % 2]:
                        self.assertTrue(kill(cell))
                    run.send_signal(signal.SIGCONT)
                    out, told = run.communicate(timeout=PATIENCE)
                    self.assertEqual(run.returncode, 0, told)
                    self.assertIn(self.runs.digest(EPOCHS), out)
                    self.assertEqual(self.runs.left_behind(name), [])

    def test_a_cell_that_the_kernel_ends_for_want_of_memory_is_replaced_and_the_log_says_why(self):
        group = limited_group(1 << 14)
        if group is None:
            self.skipTest("no control group with a limit of memory can be made here (needs root)")
        self.addCleanup(os.rmdir, group)
        for layout in ("processes-pipe", "pipeline-shm"):
            with self.subTest(layout=layout):
                name, run = self.start_stopped(layout, "cell/started@1:1", who=lambda run: children_of(run.pid))
                starved = [cell for cell in children_of(run.pid) if is_stopped(cell)]
                write(f"{group}/cgroup.procs", str(starved[0]))
                os.kill(starved[0], signal.SIGCONT)
                out, told = run.communicate(timeout=PATIENCE)
                self.assertEqual(run.returncode, 0, told)
                self.assertIn(f"(pid {starved[0]}) was killed by SIGKILL when the system was out of memory", told)
                self.assertIn("when the system was out of memory", read(self.runs.run_path(name, "log.txt")))
                self.assertIn(self.runs.digest(EPOCHS), out)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
