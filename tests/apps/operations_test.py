#!/usr/bin/env python3
"""Runs as people operate them: terminals that hang up, signals that are ignored, the files of examples/ for
systemd and Slurm, and config files that are read again.

Usage: operations_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder; nothing
sleeps to wait for something.
"""
import configparser
import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import unittest

from controlled import CONFIG, LAST, PATIENCE, PROCESSES, PROGRAM, ControlledRuns, process_state, until
from homes import read, write

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")


def takes_terminal():
    """Makes the terminal that is stdin the controlling one."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def catches(pid, number):
    """Whether a process has a handler for the signal."""
    caught = re.search(r"SigCgt:\s*(\w+)", read(f"/proc/{pid}/status"))[1]
    return int(caught, 16) >> (number - 1) & 1


class OperationsTest(ControlledRuns):
    def on_terminal(self):
        """What a process needs to have a terminal of its own, which stays open until the test ends."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        return {"stdin": slave, "start_new_session": True, "preexec_fn": takes_terminal}

    def follow(self, shell, name):
        """Speaks to the run that a shell has started; the process of the run, which is killed at the end."""
        shell.name, shell.control = name, until("the control socket", lambda: self.connected(name))
        self.addCleanup(shell.control.close)
        peer = shell.control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        process = os.pidfd_open(struct.unpack("3i", peer)[0])
        self.addCleanup(os.close, process)
        self.addCleanup(self.kill, process)
        return process

    @staticmethod
    def kill(process):
        try:
            signal.pidfd_send_signal(process, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended

    # --- terminals and ignored signals ---

    def test_hang_up_of_a_terminal_saves_and_ends_with_75(self):
        run = self.start("hung-up", *PROCESSES, **self.on_terminal())
        run.send_signal(signal.SIGHUP)
        run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 75, self.log(run))
        self.assertTrue(os.listdir(self.path("hung-up", "checkpoints")))
        self.assertEqual(self.trained("--resume", "hung-up")["weights_digest"], self.digest)

    def test_hang_up_of_a_terminal_before_there_is_a_run_ends_by_it_and_leaves_nothing(self):
        run = self.home.start("train", "c.toml", "--run", "never", **self.silent(), **self.on_terminal(),
                              environment={"FORKNET_FAILPOINTS": "file/read:1:stop"})
        self.addCleanup(self.end, run)
        until("a read", lambda: read(f"/proc/{run.pid}/stat").rpartition(") ")[2][:1] == "T")
        run.send_signal(signal.SIGHUP)
        run.send_signal(signal.SIGCONT)
        self.assertEqual(run.wait(timeout=PATIENCE), -signal.SIGHUP)
        self.assertFalse(os.path.exists(self.path("never")))

    def test_a_signal_that_was_ignored_at_the_start_stays_ignored(self):
        run = self.start("ignoring", *PROCESSES,
                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        for _ in range(2):
            run.send_signal(signal.SIGINT)
        self.assertEqual(self.ask(run, "checkpoint")["state"], "paused")
        self.finish(run)

    def test_a_terminal_that_stops_its_background_jobs_scales_nothing(self):
        """A reader in the background, in one group with the run: the kernel sends TTIN to both."""
        gate = self.home.path("gate")
        os.mkfifo(gate)
        job = f"""set -m
            ( ( read -r go <'{gate}'; exec cat </dev/tty >'{os.devnull}' ) &
              echo $! >reader; exec '{PROGRAM}' train c.toml --run job --quiet --json --set grid.replicas=2 ) &
            wait"""
        shell = subprocess.Popen(["bash", "-c", job], **{**self.home.how({}), **self.silent(), **self.on_terminal()})
        self.addCleanup(self.end, shell)
        process = self.follow(shell, "job")
        self.assertEqual(self.ask(shell, "pause")["state"], "paused")
        reader = int(read(self.home.path("reader")))
        write(gate, "go\n")
        until("a reader that is stopped", lambda: process_state(reader) == "T")
        # Of signals that wait the lowest comes first: TTIN would be told before this one.
        signal.pidfd_send_signal(process, signal.SIGTTOU)
        self.logged(shell, "TTOU: a replica fewer at step")
        self.assertNotIn("TTIN", self.log(shell))
        os.kill(reader, signal.SIGKILL)
        self.ask(shell, "stop")
        shell.wait(timeout=PATIENCE)

    def test_clean_leaves_a_run_that_runs_alone(self):
        run = self.start("at-work", *PROCESSES)
        named = self.forknet("runs", "clean", "at-work")
        self.assertEqual(named.returncode, 2)
        self.assertIn("is running and is not removed", named.stderr)
        environment = {"FORKNET_RUN_DIR": self.home.path("runs")}
        self.assertNotIn("at-work", self.forknet("runs", "clean", "--keep", "0", "--dry-run",
                                                 environment=environment).stdout)
        self.finish(run)

    # --- the config file ---

    def configured(self, name, text=CONFIG):
        """The path of a config file that may be read from any folder."""
        path = self.home.path(name + ".toml")
        write(path, text.replace('"digits/', f'"{self.home.folder}/digits/'))
        return path

    def test_the_file_that_is_read_again_is_that_of_the_start_wherever_the_run_is_resumed(self):
        path = self.configured("moved")
        run = self.start("moved", *PROCESSES, config=path)
        self.ask(run, "stop")
        run.communicate(timeout=PATIENCE)
        meta = json.loads(read(self.path("moved", "meta.json")))
        self.assertEqual(os.path.realpath(meta["config"]), os.path.realpath(path))
        resumed = self.home.start("train", "--json", "--resume", self.path("moved"), cwd="/",
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, resumed)
        resumed.name = "moved"
        resumed.control = until("the control socket", lambda: self.connected("moved"))
        self.addCleanup(resumed.control.close)
        self.ask(resumed, "pause")
        write(path, read(path).replace("every = 1\n", "every = 4\n"))
        self.assertEqual(self.ask(resumed, "reload")["note"], "log.every = 4")
        self.assertEqual(read(self.path("moved", "config.toml")), read(path), "the copy is what was read last")
        self.finish(resumed)

    def rates(self, name):
        lines = [json.loads(line) for line in read(self.path(name, "metrics.jsonl")).splitlines()]
        return {line["step"]: line["learning_rate"] for line in lines if "learning_rate" in line}

    def test_a_schedule_goes_on_from_its_step_with_the_new_rate_as_its_base(self):
        cosine = CONFIG + "[optimizer]\nlr = 0.001\nschedule = \"cosine\"\n"
        path = self.configured("cosine", cosine)
        self.trained(path, "--run", "cosine-calm")
        run = self.start("cosine", *PROCESSES, config=path)
        step = self.held(run)
        self.configured("cosine", cosine.replace("0.001", "0.004"))
        self.assertEqual(self.ask(run, "reload")["note"], "optimizer.lr = 0.004")
        for order in ("resume", "release"):
            self.ask(run, order)
        run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, self.log(run))
        before, after = self.rates("cosine-calm"), self.rates("cosine")
        self.assertEqual(after[step], before[step])
        for at in (step + 1, LAST // 2, LAST):
            self.assertAlmostEqual(after[at], 4 * before[at], delta=1e-12)

    # --- service managers and batch systems ---

    def test_the_unit_of_systemd_starts_resumes_and_knows_the_exit_codes(self):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        unit.read(os.path.join(EXAMPLES, "forknet@.service"))
        service = unit["Service"]
        self.assertEqual([service[key] for key in ("Type", "KillMode", "SuccessExitStatus")],
                         ["notify", "mixed", "75"])
        self.assertEqual(service["ExecReload"], "/bin/kill -HUP $MAINPID")
        command = re.fullmatch(r"/bin/sh -c '(.*)'", service["ExecStart"])[1].replace("%i", "unit")
        tools = self.tools()
        self.configured("unit")
        first = subprocess.Popen(["/bin/sh", "-c", command], **self.home.how(tools), **self.silent())
        self.addCleanup(self.end, first)
        self.follow(first, "unit")
        self.ask(first, "stop")
        first.communicate(timeout=PATIENCE)
        self.assertEqual(first.returncode, 75)
        second = subprocess.run(["/bin/sh", "-c", command], **self.home.how(tools), **self.silent(), timeout=PATIENCE)
        self.assertEqual(second.returncode, 0)
        self.assertEqual(json.loads(read(self.path("unit", "summary.json")))["weights_digest"], self.digest)

    @staticmethod
    def silent():
        return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def tools(self):
        """An environment in which `forknet` is the program, and `scontrol` writes down what it is asked."""
        folder = self.home.path("tools")
        if not os.path.isdir(folder):
            os.mkdir(folder)
            os.symlink(PROGRAM, os.path.join(folder, "forknet"))
            write(os.path.join(folder, "scontrol"), f'#!/bin/sh\necho "$@" >>{self.home.path("asked")}\n')
            os.chmod(os.path.join(folder, "scontrol"), 0o755)
        return {"PATH": folder + ":" + os.environ["PATH"], "SLURM_JOB_ID": "77"}

    def test_the_script_for_slurm_saves_is_queued_again_and_goes_on_to_the_end(self):
        self.configured("batch")
        words = ["bash", os.path.join(EXAMPLES, "slurm.sh"), "batch"]
        script = subprocess.Popen(words, **self.home.how(self.tools()), **self.silent())
        self.addCleanup(self.end, script)
        self.follow(script, "batch")
        self.ask(script, "hold")  # so that it is at work still
        until("its traps", lambda: catches(script.pid, signal.SIGTERM) and catches(script.pid, signal.SIGUSR1))
        script.send_signal(signal.SIGUSR1)
        self.logged(script, "USR1: checkpoint at step")
        script.send_signal(signal.SIGTERM)
        self.assertEqual(script.wait(timeout=PATIENCE), 0)
        self.assertEqual(read(self.home.path("asked")), "requeue 77\n")
        self.assertEqual(json.loads(read(self.path("batch", "summary.json")))["state"], "stopped")
        again = subprocess.run(words, **self.home.how(self.tools()), **self.silent(), timeout=PATIENCE)
        self.assertEqual(again.returncode, 0)
        self.assertEqual(read(self.home.path("asked")), "requeue 77\n")
        self.assertEqual(json.loads(read(self.path("batch", "summary.json")))["weights_digest"], self.digest)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
