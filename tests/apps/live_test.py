#!/usr/bin/env python3
"""Runs whose settings change while they train (reload, HUP, scale), what a service manager hears of
them, what "top" shows, and what ends them while they read their data.

Usage: live_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder; nothing
sleeps to wait for something.
"""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import termios
import unittest

import states
from controlled import (CONFIG, EPOCHS, LAST, PATIENCE, PROCESSES, STEPS, ControlledRuns, process_state,
                        until)
from homes import read, write

RATE = 0.002
FEW = 40  # epochs of runs that are held until they are to go on to their end
LAYOUTS = ((), ("--grid", "replicas"), PROCESSES, (*PROCESSES, "--set", "grid.channel=pipe"),
           ("--grid", "pipeline"))


class LiveTest(ControlledRuns):
    def write(self, name, text):
        write(self.home.path(name), text)

    def configured(self, name, *words, **how):
        """A run with a config file of its own: name.toml."""
        self.write(name + ".toml", CONFIG)
        return self.start(name, *words, config=name + ".toml", **how)

    def edit(self, run, settings):
        self.write(run.name + ".toml", CONFIG + settings)

    def lines(self, name):
        """The lines of metrics of steps, by step."""
        lines = [json.loads(line) for line in read(self.path(name, "metrics.jsonl")).splitlines()]
        return {line["step"]: line for line in lines if "learning_rate" in line}

    def reloaded(self, name, *words, rate=RATE, **how):
        """A run whose rate was changed where it is held, and the step."""
        run = self.configured(name, *words, **how)
        step = self.held(run)
        self.edit(run, f"[optimizer]\nlr = {rate}\n")
        done = self.forknet("reload", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, f"{name}: reload at step {step}, held: optimizer.lr = {rate}\n")
        return run, step

    def replayed(self, name, changes, *words, epochs=EPOCHS):
        """The digest of a run that knows from its beginning what changes when."""
        self.trained("c.toml", "--run", name, "--epochs", "1")
        shutil.copy(changes, self.path(name, "changes.json"))
        rest = self.trained("--resume", name, "--epochs", str(epochs), *words)
        return rest["weights_digest"]

    def ended(self, run):
        out, _ = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, self.log(run))
        return json.loads(out)

    # --- the learning rate ---

    def test_a_changed_rate_holds_from_its_step_on_and_its_bits_depend_on_no_layout(self):
        for number, words in enumerate(LAYOUTS):
            with self.subTest(" ".join(words)):
                name = f"rate-{number}"
                run, step = self.reloaded(name, *words, "--epochs", str(FEW))
                self.assertEqual(self.ask(run, "release")["state"], "running")
                digest = self.ended(run)["weights_digest"]
                self.assertNotEqual(digest, self.digest)
                lines = self.lines(name)
                self.assertEqual([lines[at]["learning_rate"] for at in (step, step + 1, FEW * STEPS)],
                                 [0.001, RATE, RATE])
                other = LAYOUTS[number - 1]
                self.assertEqual(self.replayed(f"{name}-again", self.path(name, "changes.json"),
                                               *other, epochs=FEW), digest)

    def test_a_change_survives_the_death_of_everything(self):
        run, step = self.reloaded("dead", *PROCESSES)
        self.ask(run, "release")
        self.held(run)
        run.kill()
        run.communicate()
        self.assertTrue(states.files(self.path("dead")))
        resumed = self.trained("--resume", "dead", "--set", "grid.replicas=1")
        self.assertEqual(resumed["weights_digest"],
                         self.replayed("dead-again", self.path("dead", "changes.json")))
        self.assertEqual(self.lines("dead")[step]["learning_rate"], 0.001)

    def test_a_change_is_made_again_where_the_run_goes_on_from_a_checkpoint_before_it(self):
        run = self.configured("fallen", *PROCESSES)
        saved = self.held(run)
        self.ask(run, "checkpoint")
        self.ask(run, "release")
        step = self.held(run)
        self.edit(run, f"[optimizer]\nlr = {RATE}\n")
        self.assertEqual(self.ask(run, "reload")["step"], step)
        self.ask(run, "release")
        self.held(run)
        run.kill()
        run.communicate()
        states.remove(self.path("fallen"))  # as a power cut would
        resumed = self.forknet("train", "--resume", "fallen", "--json")
        self.assertIn(f"continuing from the checkpoint at step {saved:,}", resumed.stderr)
        self.assertEqual(json.loads(resumed.stdout)["weights_digest"],
                         self.replayed("fallen-again", self.path("fallen", "changes.json")))

    def test_the_rate_can_be_changed_again_and_back(self):
        run, step = self.reloaded("twice")
        self.edit(run, "[optimizer]\nlr = 0.004\n")
        self.assertEqual(self.ask(run, "reload")["note"], "optimizer.lr = 0.004")
        self.edit(run, "")
        self.assertEqual(self.ask(run, "reload")["note"], "optimizer.lr = 0.001")
        self.assertEqual(self.ask(run, "reload")["step"], step)
        self.ask(run, "release")
        self.result(run)  # all of it at one step: the last word counts

    # --- the other settings ---

    def test_what_no_bit_depends_on_changes_and_stays_changed_in_a_resume(self):
        run = self.configured("intervals", *PROCESSES)
        before = self.cells(run)
        step = self.held(run)
        self.write("intervals.toml", CONFIG.replace("every = 1", "every = 8")
                   .replace('every = "off"', f"every = {2 * STEPS}\nkeep = 2"))
        answer = self.ask(run, "reload")
        self.assertEqual(answer["note"], f"checkpoint.every = {2 * STEPS}, checkpoint.keep = 2, "
                         "log.every = 8")
        self.assertEqual(self.cells(run), before)
        for _ in range(6):
            self.ask(run, "pause")
            last = self.held(run)
            self.ask(run, "release")
        self.ask(run, "stop")
        run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 75)
        told = [at for at in self.lines("intervals") if step < at <= last]
        self.assertEqual(told, list(range(step + 8, last + 1, 8)))
        self.assertEqual(len(os.listdir(self.path("intervals", "checkpoints"))), 2)
        self.assertIn("every = 8", read(self.path("intervals", "config.resolved.toml")))
        self.assertEqual(self.trained("--resume", "intervals")["weights_digest"], self.digest)
        self.assertTrue(all(at % 8 == 0 for at in self.lines("intervals") if at > last))
        self.assertEqual(len(os.listdir(self.path("intervals", "checkpoints"))), 2)

    def test_a_bad_file_is_refused_and_the_old_values_kept(self):
        run = self.configured("refused", *PROCESSES)
        for text, part in ((CONFIG + "[optimizer]\nlr = -1\n", "refused.toml:"),
                           (CONFIG + "[optimizer\n", "refused.toml:"),
                           (CONFIG.replace("batch = 64", "batch = 32") + "[optimizer]\nlr = 0.5\n",
                            "train.batch = 32 cannot change while the run trains; it was 64"),
                           ("", "is missing")):
            self.write("refused.toml", text)
            done = self.forknet("reload", "refused")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(part, done.stderr)
            self.assertLessEqual(len(done.stderr.splitlines()), 6)
        os.remove(self.home.path("refused.toml"))
        self.assertIn("is missing or not a file", self.forknet("reload", "refused").stderr)
        self.assertFalse(os.path.exists(self.path("refused", "changes.json")))
        self.finish(run)

    def test_a_file_that_nobody_edited_changes_nothing_whatever_set_says(self):
        run = self.configured("unedited", "--set", "log.every=2")
        answer = self.ask(run, "reload")
        self.assertEqual(answer["note"], "nothing has changed in " +
                         os.path.join(os.path.realpath(self.home.folder), "unedited.toml"))
        self.finish(run)

    def test_hang_up_without_a_terminal_reads_the_settings_again(self):
        run = self.configured("hung-up", start_new_session=True)  # that has none
        step = self.held(run)
        run.send_signal(signal.SIGHUP)
        self.logged(run, f"HUP: reload at step {step}, nothing has changed in ")
        self.edit(run, f"[optimizer]\nlr = {RATE}\n")
        run.send_signal(signal.SIGHUP)
        self.logged(run, f"HUP: reload at step {step}, optimizer.lr = {RATE}")
        self.write("hung-up.toml", "nonsense")
        run.send_signal(signal.SIGHUP)
        self.logged(run, "HUP: reload: ")
        self.ask(run, "release")
        self.assertNotEqual(self.ended(run)["weights_digest"], self.digest)

    def test_a_resume_begins_with_the_replicas_that_the_run_was_scaled_to(self):
        run = self.start("scaled", "--grid", "replicas", "--set", "grid.replicas=1")
        self.ask(run, "scale", 3)
        self.ask(run, "stop")
        run.communicate(timeout=PATIENCE)
        for words, replicas in (((), 3), (("--set", "grid.replicas=2"), 2)):
            shutil.copytree(self.path("scaled"), self.path(f"scaled-{replicas}"))
            result = self.trained("--resume", f"scaled-{replicas}", *words)
            self.assertEqual(result["layout"]["replicas"], replicas)
            self.assertEqual(result["weights_digest"], self.digest)

    # --- while the data is read ---

    def loading(self, *words):
        """A run that takes its time to read what it needs."""
        run = self.home.start("train", *words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              environment={"FORKNET_FAILPOINTS": "file/read:1:delay=200000"})
        self.addCleanup(self.end, run)
        return run

    def listens(self, run):
        """Signals are messages to it: all is set up for them."""
        blocked = re.search(r"SigBlk:\s*(\w+)", read(f"/proc/{run.pid}/status"))[1]
        return int(blocked, 16) >> (signal.SIGUSR1 - 1) & 1

    def test_term_before_there_is_a_run_ends_by_it_and_leaves_nothing(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            run = self.loading("c.toml", "--run", "never")
            until("its signals", lambda: self.listens(run))
            run.send_signal(number)
            self.assertEqual(run.wait(timeout=PATIENCE), -number)
            self.assertFalse(os.path.exists(self.path("never")))

    def test_term_while_a_resume_reads_its_data_ends_with_75_and_costs_nothing(self):
        run = self.start("loaded", *PROCESSES)
        run.kill()
        run.communicate()
        for _ in range(2):
            resumed = self.loading("--resume", "loaded")
            until("the control socket", lambda: self.connected("loaded")).close()
            resumed.send_signal(signal.SIGTSTP)
            until("state T", lambda: process_state(resumed.pid) == "T")
            resumed.send_signal(signal.SIGCONT)
            resumed.send_signal(signal.SIGTERM)
            self.assertEqual(resumed.wait(timeout=PATIENCE), 75)
        self.assertEqual(self.trained("--resume", "loaded")["weights_digest"], self.digest)

    def test_a_resumed_run_is_suspended_with_its_cells_at_rest(self):
        run = self.start("resuspended", *PROCESSES)
        self.ask(run, "stop")
        run.communicate(timeout=PATIENCE)
        resumed = self.resume(run.name)
        self.ask(resumed, "hold")
        self.ask(resumed, "resume")
        resumed.send_signal(signal.SIGTSTP)
        until("state T", lambda: process_state(resumed.pid) == "T")
        self.assertIn("TSTP: paused at step", self.log(resumed))
        resumed.send_signal(signal.SIGCONT)
        self.logged(resumed, "CONT at step")
        self.ask(resumed, "release")
        self.result(resumed)

    def test_orders_that_come_while_a_resume_reads_its_data_are_obeyed_afterwards(self):
        run = self.start("early", *PROCESSES)
        self.ask(run, "stop")
        run.communicate(timeout=PATIENCE)
        resumed = self.resume("early", environment={"FORKNET_FAILPOINTS": "file/read:1:delay=300"})
        self.ask(resumed, "resume")
        self.result(resumed)

    def test_a_stop_does_not_wait_for_ever_for_a_cell_that_stands_still(self):
        run = self.start("stood", *PROCESSES, "--set", "grid.stopped_budget=1000")
        cell = self.cells(run)[0]
        os.kill(cell, signal.SIGSTOP)
        self.ask(run, "hold")
        self.assertEqual(self.ask(run, "resume")["state"], "running")
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 75, self.log(run))
        self.assertIn("is stopped, and the run is to stop: it is ended", self.log(run))
        self.assertEqual(self.trained("--resume", "stood")["weights_digest"], self.digest)

    # --- a service manager ---

    def manager(self, name):
        service = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        service.bind(name)
        service.settimeout(PATIENCE)
        self.addCleanup(service.close)
        return service

    def hear(self, service, start):
        """The next message that starts so; those before it."""
        before = []
        while True:
            text = service.recv(4096).decode()
            if text.startswith(start):
                return text, before
            before.append(text)

    def test_a_service_manager_hears_how_the_run_stands(self):
        path = self.home.path("notify")
        for name, place in (("served", path), ("served-abstract", f"@forknet-live-{os.getpid()}")):
            service = self.manager(place.replace("@", "\0"))
            run = self.configured(name, *PROCESSES, environment={
                "NOTIFY_SOCKET": place, "WATCHDOG_USEC": "200000"})
            ready, before = self.hear(service, "READY=1\nSTATUS=running: step 0 of ")
            self.assertLessEqual(set(before), {"WATCHDOG=1"})  # cells were being started
            self.hear(service, "STATUS=paused")
            for _ in range(3):  # a run at rest is alive
                self.hear(service, "WATCHDOG=1")
            for cell in self.cells(run):
                self.assertNotIn("NOTIFY_SOCKET", read(f"/proc/{cell}/environ"))
            self.ask(run, "reload")
            self.hear(service, "RELOADING=1\nMONOTONIC_USEC=")
            self.hear(service, "READY=1")
            self.ask(run, "stop")
            self.hear(service, "STOPPING=1\nSTATUS=stopping")
            run.communicate(timeout=PATIENCE)
            self.assertEqual(run.returncode, 75)

    def test_a_hung_supervisor_is_not_vouched_for(self):
        path = self.home.path("hung")
        service = self.manager(path)
        run = self.configured("hung", "--set", "checkpoint.every=epoch", environment={
            "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000",
            "FORKNET_FAILPOINTS": "run/checkpoint/before:1:delay=50000"})
        self.hear(service, "WATCHDOG=1")
        run.control.send(b'{"do":"resume"}')
        service.settimeout(2)
        with self.assertRaises(TimeoutError):
            for _ in range(1000):
                service.recv(4096)

    def test_a_socket_that_nobody_hears_disturbs_no_run(self):
        run = self.start("unheard", environment={"NOTIFY_SOCKET": "/nowhere/notify",
                                                 "WATCHDOG_USEC": "1000"})
        self.finish(run)

    # --- top ---

    def top(self, name):
        """In a terminal of its own, and how that was set before."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        before = termios.tcgetattr(slave)
        shown = self.home.start("top", name, stdin=slave, stdout=slave, stderr=slave,
                                start_new_session=True,
                                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(self.end, shown)
        return shown, master, slave, before

    def screen(self, master, text):
        seen = b""
        while text not in seen:
            self.assertTrue(select.select([master], [], [], PATIENCE)[0], seen)
            seen += os.read(master, 4096)
        return seen

    def test_top_draws_until_a_key_and_leaves_the_terminal_as_it_was(self):
        run = self.start("shown", *PROCESSES)
        for key in (b"q", b"\x03"):
            shown, master, slave, before = self.top("shown")
            self.assertIn(b"run shown: paused", self.screen(master, b"deaths"))
            until("keys that come at once", lambda: termios.tcgetattr(slave) != before)
            os.write(master, b"x" + key)
            self.assertEqual(shown.wait(timeout=PATIENCE), 0)
            self.assertEqual(termios.tcgetattr(slave), before)
        self.finish(run)

    def test_top_follows_a_run_to_its_end(self):
        run = self.start("followed")
        shown, master, *_ = self.top("followed")
        self.screen(master, b"run followed: paused")
        self.ask(run, "resume")
        seen = self.screen(master, b"finished")
        self.assertIn(b"\x1b[", seen)
        self.assertEqual(shown.wait(timeout=PATIENCE), 0)
        self.result(run)

    def test_top_elsewhere_than_on_a_terminal_shows_once(self):
        run = self.start("once", *PROCESSES)
        step = self.ask(run, "pause")["step"]
        shown = self.forknet("top", "once")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertTrue(shown.stdout.startswith(f"run once: paused, step {step:,} of {LAST:,}"))
        self.assertNotIn("\x1b", shown.stdout)
        told = json.loads(self.forknet("top", "once", "--json").stdout)
        self.assertEqual(told, self.status("once"))
        self.finish(run)
        self.assertIn("finished", self.forknet("top", "once").stdout)
        self.assertEqual(self.forknet("top", "no-such-run").returncode, 2)


if __name__ == "__main__":
    import sys
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
