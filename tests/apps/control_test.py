#!/usr/bin/env python3
"""Orders to a run that trains: the commands and the signals, what they answer, and that no bit
depends on them.

Usage: control_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder. Nothing
sleeps to wait for something: orders are answered when they are done, and the rest is asked for until
it is so. FORKNET_TEST_SEED sets the seed of the storms, FORKNET_STORM_ORDERS or FORKNET_TEST_SHARE
(share.py) their length and how often what is repeated is repeated.
"""
import json
import os
import random
import resource
import select
import signal
import sys
import unittest

import share
from controlled import LAST, PATIENCE, PROCESSES, STEPS, ControlledRuns, process_state, until

SEED = int(os.environ.get("FORKNET_TEST_SEED", "20240607"))
STORM_ORDERS = int(os.environ.get("FORKNET_STORM_ORDERS") or share.cases(150))
STORM_EPOCHS = 5 * STORM_ORDERS + 100
MORE, LESS = signal.SIGTTIN, signal.SIGTTOU
HOLD, RELEASE = signal.SIGRTMIN, signal.SIGRTMIN + 1


class ControlTest(ControlledRuns):
    # --- the orders ---

    def test_a_paused_run_makes_no_progress_and_uses_no_cpu(self):
        for name, words in (("paused-thread", ("--grid", "replicas")), ("paused-shm", PROCESSES),
                            ("paused-pipe", (*PROCESSES, "--set", "grid.channel=pipe")),
                            ("paused-stages", ("--grid", "pipeline"))):
            run = self.start(name, *words)
            step = self.order("pause", run)[0]
            cells = self.cells(run)
            self.assertEqual(bool(cells), name != "paused-thread")
            self.idle([run.pid, *cells])
            self.assertEqual(self.order("checkpoint", run), (step, "paused"))
            self.idle([run.pid, *cells])
            self.assertEqual(self.status(name)["step"], step)
            self.assertEqual(self.status(name)["state"], "paused")
            self.assertEqual(self.order("resume", run), (step, "running"))
            self.result(run)

    def test_pausing_again_and_again_costs_nothing_but_time(self):
        run = self.start("often", *PROCESSES)
        steps = []
        for _ in range(share.cases(100)):
            self.ask(run, "release")
            self.ask(run, "hold")  # no further than an epoch: the run has to last
            self.assertEqual(self.ask(run, "resume")["state"], "running")
            steps.append(self.ask(run, "pause")["step"])
        self.assertEqual(steps, sorted(steps))
        self.finish(run)

    def test_a_checkpoint_is_there_when_its_order_is_answered(self):
        run = self.start("saved", *PROCESSES)
        step, state = self.order("checkpoint", run)
        self.assertEqual(state, "paused")
        self.assertIn(f"{step}", " ".join(os.listdir(self.path("saved", "checkpoints"))))
        self.ask(run, "resume")
        self.assertEqual(self.ask(run, "checkpoint")["state"], "running")
        self.finish(run)

    def test_a_checkpoint_that_was_deleted_is_written_again_when_it_is_ordered(self):
        run = self.start("again", *PROCESSES)
        step, _ = self.order("checkpoint", run)
        file = self.path("again", "checkpoints", f"step-{step}.safetensors")
        os.remove(file)
        self.assertEqual(self.order("checkpoint", run), (step, "paused"))
        self.assertTrue(os.path.exists(file))
        self.ask(run, "resume")
        self.finish(run)

    def test_a_stopped_run_ends_with_75_and_goes_on_to_the_same_digest(self):
        for name, words, first in (("stopped", PROCESSES, "pause"), ("stopped-running", (), "resume"),
                                   ("stopped-held", ("--grid", "replicas"), "hold")):
            run = self.start(name, *words)
            if first == "hold":
                self.held(run)
            self.ask(run, first)
            step, state = self.order("stop", run)
            self.assertEqual(state, "stopping")
            out, _ = run.communicate(timeout=PATIENCE)
            self.assertEqual(run.returncode, 75)
            self.assertEqual(json.loads(out)["steps"], step)
            self.nothing_is_left(run)
            self.assertEqual(self.forknet("wait", name).returncode, 75)
            self.assertEqual(self.trained("--resume", name)["weights_digest"], self.digest)

    def test_a_hold_rests_at_the_end_of_each_epoch_that_it_is_given_in(self):
        run = self.start("held", *PROCESSES)
        self.assertEqual(self.order("hold", run)[1], "paused")
        first = self.held(run)
        self.assertEqual(first % STEPS, 0)
        self.assertEqual(self.order("resume", run), (first, "held"))
        self.idle([run.pid, *self.cells(run)])
        self.assertEqual(self.order("hold", run), (first, "held"))
        self.assertEqual(self.order("pause", run), (first, "paused"))
        self.assertEqual(self.order("resume", run), (first, "held"))
        self.assertEqual(self.status("held")["state"], "held")
        self.assertEqual(self.order("release", run), (first, "running"))
        second = self.held(run)
        self.assertGreater(second, first)
        self.assertEqual(second % STEPS, 0)
        self.ask(run, "pause")  # so that the next hold comes before the first step
        self.ask(run, "release")
        self.assertEqual(self.held(run), second + STEPS)
        self.assertEqual(self.log(run).count("held at the end of epoch"), 3)
        self.finish(run)

    def test_a_hold_that_is_released_before_the_epochs_end_does_nothing(self):
        run = self.start("unheld")
        self.ask(run, "hold")
        self.ask(run, "release")
        self.finish(run)
        self.assertNotIn("held at", self.log(run))

    def test_scaling_up_and_down_in_every_layout_ends_on_the_same_bits(self):
        pipe = ("--set", "grid.channel=pipe")
        for number, words in enumerate([(), ("--grid", "threads"), ("--grid", "replicas"), PROCESSES,
                                        (*PROCESSES, *pipe), ("--grid", "pipeline"),
                                        ("--grid", "pipeline", *pipe)]):
            with self.subTest(" ".join(words)):
                run = self.start(f"scaled-{number}", *words)
                for replicas in (2, 4, 1):
                    step = self.held(run)
                    self.assertEqual(self.order("scale", run, str(replicas)), (step, "held"))
                    self.assertIn(f"{replicas} replicas from step {step} on", self.log(run))
                    told = {cell["replica"] for cell in self.status(run.name)["cells"]}
                    self.assertEqual(told, set(range(replicas)))
                    self.ask(run, "release")
                self.finish(run)

    def test_figures_after_a_scale_are_of_the_layout_at_hand(self):
        apart = ("--grid", "averaging", "--set", "grid.models=2", "--set", "grid.replicas=1")
        for name, words in (("scaled-thread", ("--grid", "replicas", "--set", "grid.replicas=1")),
                            ("scaled-process", (*PROCESSES, "--set", "grid.replicas=1")),
                            ("scaled-apart", apart)):
            run = self.start(name, *words)
            self.held(run)
            self.ask(run, "scale", 2)
            cells = self.status(name)["cells"]
            self.assertEqual([(cell["busy"], cell["wait"]) for cell in cells], [(0, 0)] * 2, name)
            self.assertNotIn("did the work of", self.forknet("status", name).stdout)
            self.ask(run, "release")
            self.held(run)
            for cell in self.status(name)["cells"]:
                self.assertGreater(cell["busy"], 0, name)
            self.ask(run, "stop")
            self.assertEqual(json.loads(run.communicate(timeout=PATIENCE)[0])["state"], "stopped")

    def test_replicas_beyond_the_leaves_are_refused_and_the_run_goes_on(self):
        for name, words in (("beyond", ()), ("beyond-processes", PROCESSES)):
            run = self.start(name, *words)
            before = self.cells(run)
            for replicas in ("1000", "0", "9223372036854775807"):
                refused = self.forknet("scale", name, replicas)
                self.assertEqual(refused.returncode, 2, refused.stderr)
                if replicas == "1000":
                    self.assertIn("1000 replicas are not possible: 1 to ", refused.stderr)
            self.assertIn("error", self.ask(run, "scale", -3))
            self.assertIn("error", self.ask(run, "scale", 2**64 - 1))
            self.assertEqual(self.cells(run), before)
            self.finish(run)

    def test_a_scale_that_the_system_refuses_is_answered_and_costs_no_step(self):
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (44, 44))
        run = self.start("no-room", *PROCESSES, "--set", "grid.channel=pipe", preexec_fn=few)
        refused = self.forknet("scale", "no-room", "4")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("Too many open files", refused.stderr)
        if run.poll() is None and "error" not in self.ask(run, "resume"):
            self.result(run)
            return
        run.communicate(timeout=PATIENCE)
        self.assertGreater(run.returncode, 0, "it ended by a signal")
        self.assertEqual(self.trained("--resume", "no-room")["weights_digest"], self.digest)

    # --- what is told ---

    def test_answers_name_the_run_the_order_and_the_step(self):
        run = self.start("told")
        step = self.ask(run, "pause")["step"]
        for order, state in (("pause", "paused"), ("checkpoint", "paused"), ("hold", "paused"),
                             ("release", "paused")):
            done = self.forknet(order, "told")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout, f"told: {order} at step {step}, {state}\n")
        self.assertEqual(self.forknet("scale", "told", "2").stdout,
                         f"told: scale at step {step}, paused\n")
        self.finish(run)

    def test_ps_lists_what_runs_and_nothing_else(self):
        run = self.start("listed", *PROCESSES)
        step = self.ask(run, "pause")["step"]
        listed = json.loads(self.forknet("ps", "--json").stdout)
        self.assertEqual([(one["run"], one["state"], one["step"]) for one in listed],
                         [("listed", "paused", step)])
        row = self.forknet("ps").stdout.splitlines()[-1].split()
        self.assertEqual(row[:4], ["listed", "paused", str(step), str(LAST)])
        self.finish(run)
        self.assertEqual(self.forknet("ps").stdout, "nothing runs in runs\n")
        self.assertEqual(self.forknet("ps", "--json").stdout, "[]\n")

    def test_logs_prints_the_log_and_follows_it_to_the_end(self):
        run = self.start("logged")
        follower = self.home.start("logs", "logged", "-f")
        self.addCleanup(self.end, follower)
        self.assertIn("training 784-32-10", follower.stdout.readline())
        self.assertEqual(self.forknet("logs", "logged").stdout, self.log(run))
        self.held(run)
        while "held at the end of epoch" not in (line := follower.stdout.readline()):
            self.assertTrue(line, "the log has ended")
        self.finish(run)
        self.assertIn("finished at step", follower.communicate(timeout=PATIENCE)[0])
        self.assertEqual(follower.returncode, 0)

    def test_wait_waits_for_an_epoch_and_for_the_end(self):
        run = self.start("awaited")
        self.held(run)
        self.assertEqual(self.forknet("wait", "awaited", "--epoch", "1").returncode, 0)
        waiting = self.home.start("wait", "awaited")
        self.addCleanup(self.end, waiting)
        self.assertIsNone(waiting.poll())
        self.finish(run)
        self.assertEqual(waiting.wait(timeout=PATIENCE), 0)

    def test_a_run_that_has_ended_takes_no_orders(self):
        run = self.start("killed", *PROCESSES)
        run.kill()
        run.communicate()
        self.assertEqual(self.status("killed")["state"], "killed")
        self.assertEqual(self.forknet("wait", "killed").returncode, 5)
        for name in ("undisturbed", "killed"):
            for words in (("pause",), ("resume",), ("checkpoint",), ("stop",), ("hold",), ("release",),
                          ("scale", "2")):
                refused = self.forknet(words[0], name, *words[1:])
                self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                self.assertIn(f"{name}: is not running", refused.stderr)
        self.assertEqual(self.forknet("pause", "no-such-run").returncode, 2)
        self.assertEqual(self.forknet("scale", "undisturbed", "x").returncode, 2)

    # --- signals ---

    def test_signals_do_what_the_orders_do_and_the_log_says_so(self):
        run = self.start("signals", *PROCESSES)
        step = self.ask(run, "pause")["step"]
        run.send_signal(signal.SIGUSR1)
        self.logged(run, f"USR1: checkpoint at step {step}")
        self.assertIn(f"{step}", " ".join(os.listdir(self.path("signals", "checkpoints"))))
        run.send_signal(signal.SIGUSR2)
        self.logged(run, 'USR2: {"run":"signals"')
        for number, line, replicas in ((MORE, "TTIN: a replica more", 3),
                                       (LESS, "TTOU: a replica fewer", 2)):
            run.send_signal(number)
            self.logged(run, f"{line} at step {step}")
            self.assertEqual(len(self.cells(run)), replicas)
        run.send_signal(HOLD)
        self.logged(run, f"RTMIN: hold at step {step}")
        self.ask(run, "resume")
        step = until("a hold", lambda: self.state_is("held", self.ask(run, "resume")))["step"]
        self.assertEqual(step % STEPS, 0)
        run.send_signal(RELEASE)
        self.logged(run, f"RTMIN+1: release at step {step}")
        self.result(run)

    def test_replicas_that_a_signal_cannot_take_away_are_refused_in_the_log(self):
        run = self.start("fewest")
        run.send_signal(LESS)
        self.logged(run, "TTOU: a replica fewer: 0 replicas are not possible: 1 to ")
        self.finish(run)

    def test_a_suspended_run_is_stopped_with_its_cells_at_rest_and_goes_on_when_continued(self):
        for name, words in (("suspended", PROCESSES), ("suspended-thread", ("--grid", "replicas"))):
            run = self.start(name, *words)
            cells = self.cells(run)
            for time_of_it in range(1, 4):
                self.ask(run, "resume")
                run.send_signal(signal.SIGTSTP)
                until("state T", lambda: process_state(run.pid) == "T")
                self.assertEqual(self.log(run).count("TSTP: paused at step"), time_of_it)
                self.idle([run.pid, *cells])
                run.send_signal(signal.SIGCONT)
                self.logged(run, "CONT at step", time_of_it)
                self.assertIn(self.ask(run, "pause")["state"], ("paused",))
            self.finish(run)

    def test_term_stops_a_paused_run_and_a_second_one_kills(self):
        run = self.start("terminated", *PROCESSES)
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 75)
        run = self.start("killed-by-term", *PROCESSES)
        cells = [os.pidfd_open(pid) for pid in self.cells(run)]
        # A stopped process takes both at once, before it does anything about the first.
        run.send_signal(signal.SIGSTOP)
        until("state T", lambda: process_state(run.pid) == "T")
        run.send_signal(signal.SIGTERM)
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGCONT)
        run.communicate(timeout=PATIENCE)
        self.assertIn(run.returncode, (-signal.SIGTERM, -signal.SIGINT))
        for cell in cells:
            self.assertTrue(select.select([cell], [], [], PATIENCE)[0], "a cell lives on")
            os.close(cell)
        for name in ("terminated", "killed-by-term"):
            self.assertEqual(self.trained("--resume", name)["weights_digest"], self.digest)

    # --- deaths and storms ---

    def test_a_cell_that_is_killed_while_the_run_is_paused_is_replaced(self):
        for name, words in (("cell-killed", PROCESSES),
                            ("cell-killed-pipe", ("--grid", "pipeline", "--set", "grid.channel=pipe"))):
            run = self.start(name, *words)
            cells = self.cells(run)
            dead = os.pidfd_open(cells[1])
            signal.pidfd_send_signal(dead, signal.SIGKILL)
            self.assertTrue(select.select([dead], [], [], PATIENCE)[0])
            os.close(dead)
            self.logged(run, "it is started again")  # though the run is paused
            self.assertEqual(self.ask(run, "checkpoint")["state"], "paused")
            self.assertEqual(self.finish(run)["faults"]["cell_deaths"], 1)
            self.assertNotIn(cells[1], self.cells(run))

    def storm(self, run, chance):
        # Often at rest, so that the storm is over before the run is.
        orders = ["pause", "pause", "hold", "hold", "resume", "release", "checkpoint"]
        signals = [signal.SIGUSR1, signal.SIGUSR2, MORE, LESS, HOLD, HOLD, RELEASE, signal.SIGCONT]
        for _ in range(STORM_ORDERS):
            what = chance.random()
            if what < 0.6:
                self.assertNotIn("error", self.ask(run, chance.choice(orders)))
            elif what < 0.65:
                self.ask(run, "scale", chance.randint(-1, 9))
            elif what < 0.95:
                run.send_signal(chance.choice(signals))
            else:
                self.ask(run, "nonsense")
            self.assertIsNone(run.poll(), self.log(run))

    def test_a_storm_of_orders_and_signals_changes_no_bit(self):
        print("seed", SEED, file=sys.stderr)
        long = ("--epochs", str(STORM_EPOCHS))
        serial = self.trained("c.toml", *long, "--run", "calm")
        for number, words in enumerate([PROCESSES, ("--grid", "replicas")]):
            run = self.start(f"storm-{number}", *words, *long)
            self.storm(run, random.Random(SEED + number))
            until("the end", lambda: self.let_go(run))  # signals that came last may still hold it
            self.result(run, serial)

    def let_go(self, run):
        try:
            self.ask(run, "resume")
            return "error" in self.ask(run, "release")
        except (OSError, json.JSONDecodeError):  # the socket is closed, with an empty message
            return True


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
