#!/usr/bin/env python3
"""What the program is started with does not matter: signals, limits, closed descriptors, process 1, a
terminal that goes, calls that are denied. And a stop that waits for no cell that does nothing.

Usage: inherit_test.py FORKNET [unittest arguments]. Nothing sleeps to wait for something.
"""
import concurrent.futures
import ctypes
import glob
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
import unittest

import homes
import states
from controlled import STEPS, ControlledRuns, process_state, until
from homes import children_of, read, sets

DENIED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "denied.py")
GRIDS = {
    "serial": ("--grid", "serial"),
    "threads": ("--grid", "threads"),
    "processes": ("--grid", "processes"),
    "pipeline": ("--grid", "pipeline"),
    "layers": ("--grid", "layers"),
    "children": ("--grid", "children"),
    "averaging": ("--grid", "averaging"),
    "sent": ("--grid", "children", "--set", "grid.channel=pipe"),
}
WITH_PROCESSES = ("processes", "pipeline", "layers", "children", "sent")
SHORT = ("--epochs", "3")
BEGUN = time.monotonic()
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207


def limit(what, soft, hard):
    return lambda: resource.setrlimit(what, (soft, hard))


class InheritTest(ControlledRuns):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.short = {name: cls.trained("c.toml", *SHORT, *words)["weights_digest"]
                     for name, words in GRIDS.items()}

    def ends_as_always(self, name, *words, **how):
        """A short run, however it is started."""
        ended = self.forknet("train", "c.toml", "--json", *SHORT, *GRIDS[name], *words, **how)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(json.loads(ended.stdout)["weights_digest"], self.short[name])
        return json.loads(ended.stdout)

    def begun(self, name, grid, *words, environment=None, **how):
        """A run that trains."""
        run = self.home.start("train", "c.toml", "--quiet", "--run", name, *GRIDS[grid], *words,
                              stderr=subprocess.DEVNULL, environment=environment, **how)
        self.addCleanup(self.end, run)
        run.name = name
        until("its status", lambda: os.path.exists(self.path(name, "status.json")))
        return run

    def checkpoints(self, name):
        return sorted(glob.glob(self.path(name, "checkpoints", "*.safetensors")))

    def stopped_with_checkpoint(self, run, grid):
        """It has ended with one, of its last step, and goes on from there to the same bits."""
        run.communicate(timeout=self.home.limit)
        self.assertEqual(run.returncode, 75, self.log(run))
        result = json.loads(read(self.path(run.name, "summary.json")))
        self.assertEqual(result["state"], "stopped")
        self.assertEqual([os.path.basename(path) for path in self.checkpoints(run.name)],
                         [f"step-{result['steps']}.safetensors"])
        self.assertEqual(states.files(self.path(run.name)), [])
        self.goes_on(run.name, grid, result["steps"])
        return result

    def goes_on(self, name, grid, steps):
        """From there for a few steps, on the bits of a run that was not disturbed."""
        # Two models that train apart share the rows of an epoch, and end on bits of their own.
        epochs = str(steps // (STEPS // 2) + 2)
        other = "averaging" if grid in ("averaging", "children", "sent") else "serial"
        undisturbed = self.trained("c.toml", "--epochs", epochs, "--grid", other)
        resumed = self.trained("--resume", name, "--epochs", epochs)
        self.assertEqual(resumed["weights_digest"], undisturbed["weights_digest"])
        self.assertEqual(resumed["train"]["loss"], undisturbed["train"]["loss"])
        self.assertLess(resumed["train_seconds"], time.monotonic() - BEGUN)

    # --- signals ---

    def test_an_ignored_sigchld_hides_no_death(self):
        for grid in WITH_PROCESSES:
            with self.subTest(grid):
                run = self.begun("deaf-" + grid, grid,
                                 preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
                cell = until("cells", lambda: self.cells(run))[-1]
                os.kill(cell, signal.SIGKILL)
                self.logged(run, f"(pid {cell}) was killed by SIGKILL")
                run.send_signal(signal.SIGTERM)
                self.stopped_with_checkpoint(run, grid)

    def test_blocked_signals_come_all_the_same(self):
        def block():
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
        run = self.begun("blocked", "processes", preexec_fn=block)
        run.send_signal(signal.SIGTERM)
        self.stopped_with_checkpoint(run, "processes")

    def test_a_timer_that_was_set_before_stops_the_run_with_a_checkpoint(self):
        run = self.begun("timed", "serial",
                         preexec_fn=lambda: signal.setitimer(signal.ITIMER_REAL, 1000))
        run.send_signal(signal.SIGALRM)
        self.stopped_with_checkpoint(run, "serial")

    def test_a_limit_of_cpu_time_stops_the_run_with_a_checkpoint(self):
        run = self.begun("limited", "processes")
        for _ in range(3):  # the kernel repeats it
            run.send_signal(signal.SIGXCPU)
        self.stopped_with_checkpoint(run, "processes")

    def test_the_kernels_own_limit_of_cpu_time_does_so_too(self):
        words = ("train", "c.toml", "--quiet", "--run", "spent", "--epochs", "1000000")
        for hard in (2, 100):  # the soft one is what there is, or lies below it
            ended = self.forknet(*words[:-3], "spent" + str(hard), *words[-2:],
                                 preexec_fn=limit(resource.RLIMIT_CPU, min(hard, 3) - 1, hard))
            self.assertEqual(ended.returncode, 75, ended.stderr)
            self.assertEqual(len(self.checkpoints("spent" + str(hard))), 1)

    def test_a_terminal_that_goes_stops_its_run_with_a_checkpoint(self):
        name = "hung-up"
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.home.folder)
            os.execve(self.program, [self.program, "train", "c.toml", "--quiet", "--run", name],
                      self.home.environment)
        until("the control socket", lambda: self.connected(name)).close()
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 75)
        self.assertEqual(len(self.checkpoints(name)), 1)

    # --- process 1 ---

    @staticmethod
    def signals(pid, which):
        """A mask of /proc/PID/status."""
        return int(read(f"/proc/{pid}/status").split(which + ":")[1].split()[0], 16)

    def as_process_1(self, *words, environment=None):
        own = ["unshare", "-pf", "--mount-proc"] if os.getuid() == 0 else ["unshare", "-Urpf",
                                                                            "--mount-proc"]
        if subprocess.run([*own, "true"], capture_output=True).returncode != 0:
            self.skipTest("no process namespaces here")
        outer = subprocess.Popen([*own, self.program, *words], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, **self.home.how(environment))
        self.addCleanup(self.end, outer)
        outer.inner = until("process 1", lambda: children_of(outer.pid))[0]
        self.addCleanup(self.killed, outer.inner)
        return outer

    @staticmethod
    def killed(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def test_process_1_ends_by_quit_and_by_a_second_term(self):
        # It sleeps when it is to end; so that what comes second finds it.
        slow = {"FORKNET_FAILPOINTS": "run/finish/begin:1:delay=100000"}
        for name, signals, code in (("quit", [signal.SIGQUIT], 131),
                                    ("term", [signal.SIGTERM, signal.SIGTERM], 143),
                                    ("int", [signal.SIGTERM, signal.SIGINT], 130)):
            with self.subTest(name):
                outer = self.as_process_1("train", "c.toml", "--quiet", "--run", name,
                                          *GRIDS["pipeline"], environment=slow)
                until("its status", lambda: os.path.exists(self.path(name, "status.json")))
                sent = 0
                for number in signals:
                    # The same one within a twentieth of a second is one wish.
                    until("a wish of its own", lambda: time.monotonic() > sent + 0.1)
                    until("none that waits", lambda: self.signals(outer.inner, "ShdPnd") == 0)
                    os.kill(outer.inner, number)
                    sent = time.monotonic()
                outer.communicate(timeout=self.home.limit)
                self.assertEqual(outer.returncode, code)

    def test_process_1_saves_when_it_is_told_to_stop(self):
        outer = self.as_process_1("train", "c.toml", "--quiet", "--run", "first",
                                  *GRIDS["processes"])
        until("its status", lambda: os.path.exists(self.path("first", "status.json")))
        os.kill(outer.inner, signal.SIGTERM)
        outer.communicate(timeout=self.home.limit)
        self.assertEqual(outer.returncode, 75)
        self.assertEqual(len(self.checkpoints("first")), 1)

    def test_process_1_that_trains_nothing_ends_when_it_is_told_to(self):
        run = self.start("watched")
        outer = self.as_process_1("wait", "watched")
        until("a handler",
              lambda: self.signals(outer.inner, "SigCgt") & 1 << (signal.SIGTERM - 1))
        os.kill(outer.inner, signal.SIGTERM)
        outer.communicate(timeout=self.home.limit)
        self.assertEqual(outer.returncode, 143)
        self.assertEqual(self.state_is("paused", self.status(run.name))["state"], "paused")

    # --- limits, descriptors, umask, working folder ---

    def test_a_small_stack_is_enough(self):
        for grid in GRIDS:
            with self.subTest(grid):
                self.ends_as_always(grid, preexec_fn=limit(resource.RLIMIT_STACK, 64 << 10,
                                                           64 << 10))

    def test_an_unlimited_stack_is_no_stack_without_limits(self):
        _, hard = resource.getrlimit(resource.RLIMIT_STACK)
        for grid in ("threads", "layers"):
            self.ends_as_always(grid, preexec_fn=limit(resource.RLIMIT_STACK, hard, hard))

    def test_too_few_open_files_are_told_as_that(self):
        for grid in ("serial", "layers"):
            ended = None
            for most in (4, 6, 8, 10, 12, 14, 16, 20, 30, 40, 60, 100):
                ended = self.forknet("train", "c.toml", "--json", *SHORT, *GRIDS[grid],
                                     preexec_fn=limit(resource.RLIMIT_NOFILE, most, most))
                if ended.returncode == 0:
                    self.assertEqual(json.loads(ended.stdout)["weights_digest"], self.short[grid])
                    continue
                self.assertIn(ended.returncode, (1, 3, 4), (most, ended.stderr))
                self.assertIn("ulimit -n", ended.stderr, most)
                self.assertNotIn("no room", ended.stderr, most)
            self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_a_soft_limit_of_open_files_is_raised(self):
        self.ends_as_always("layers", preexec_fn=limit(resource.RLIMIT_NOFILE, 10, 1000))

    def test_closed_standard_descriptors_are_given_to_no_file(self):
        for closed in ([0], [1], [2], [0, 1, 2]):
            with self.subTest(closed):
                name = "closed-" + "".join(map(str, closed))

                def close(closed=closed):
                    for fd in closed:
                        os.close(fd)
                self.forknet("train", "c.toml", "--run", name, *SHORT, *GRIDS["layers"],
                             preexec_fn=close)
                result = json.loads(read(self.path(name, "summary.json")))
                self.assertEqual(result["weights_digest"], self.short["layers"])
                for line in read(self.path(name, "metrics.jsonl")).splitlines():
                    json.loads(line)
                for line in read(self.path(name, "log.txt")).splitlines():
                    self.assertRegex(line, r"^(\d{4}-\d\d-\d\dT|  )")

    def test_no_umask_keeps_a_run_from_its_own_files_or_opens_them_to_others(self):
        for mask in (0o777, 0o000):
            name = f"masked-{mask:o}"
            self.ends_as_always("layers", "--run", name, preexec_fn=lambda mask=mask: os.umask(mask))
            for folder, _, files in os.walk(self.path(name)):
                self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700, folder)
                for file in files:
                    mode = os.stat(os.path.join(folder, file)).st_mode
                    self.assertEqual(mode & 0o677, 0o600, file)

    def test_a_working_folder_that_is_gone_does_not_matter(self):
        gone = self.home.path("gone")
        os.mkdir(gone)

        def leave():
            os.chdir(gone)
            os.rmdir(gone)
        data = [word for word in sets([
            f'data.{part}={{ inputs = "{self.home.path("digits", file)}-images-idx3-ubyte.gz", '
            f'labels = "{self.home.path("digits", file)}-labels-idx1-ubyte.gz" }}'
            for part, file in (("train", "train"), ("test", "t10k"))])]
        ended = self.forknet("train", self.home.path("c.toml"), "--json", *SHORT, *GRIDS["layers"],
                             "--set", "run.dir=" + self.home.path("runs"), *data, preexec_fn=leave)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(json.loads(ended.stdout)["weights_digest"], self.short["layers"])

    # --- denied calls ---

    def denied(self, call, error, *words):
        ended = subprocess.run([sys.executable, DENIED, call, error, self.program, *words],
                               capture_output=True, timeout=self.home.limit, **self.home.how(None))
        if ended.returncode == 125:
            self.skipTest("no seccomp filters here")
        return ended

    def each_denial(self, calls, grids):
        """(call, error, grid, the ended run) for all of them."""
        cases = [(call, error, grid) for call in calls for error in ("EPERM", "ENOSYS")
                 for grid in grids]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = pool.map(lambda case: self.denied(case[0], case[1], "train", "c.toml", "--json",
                                                     *SHORT, *GRIDS[case[2]]), cases)
            yield from zip(cases, runs)

    def test_a_denied_call_has_another_way(self):
        calls = ("close_range", "eventfd2", "fallocate", "memfd_create", "pidfd_open",
                 "pidfd_send_signal", "ppoll", "sched_setaffinity", "signalfd4", "waitid")
        for (call, error, grid), run in self.each_denial(calls, ("processes", "layers", "children")):
            with self.subTest(call, error=error, grid=grid):
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(json.loads(run.stdout)["weights_digest"], self.short[grid])

    def test_a_denied_call_without_one_is_told_in_a_line_that_says_what_to_do(self):
        for calls, grids, advice in ((("recvmsg", "sendmsg", "socketpair"), ("layers", "sent"),
                                      "--grid threads"),
                                     (("flock", "fsync", "ftruncate"), ("serial", "processes"),
                                      "a container without that filter")):
            for (call, error, grid), run in self.each_denial(calls, grids):
                with self.subTest(call, error=error, grid=grid):
                    self.assertEqual(run.returncode, 1, run.stderr)
                    last = run.stderr.splitlines()[-1]
                    self.assertRegex(last, f"^forknet: .*seccomp filter.* denies {call}; ")
                    self.assertIn(advice, last)

    def test_threads_that_are_denied_leave_the_serial_grid(self):
        self.assertEqual(self.denied("clone3", "ENOSYS", "train", "c.toml", "--json", *SHORT,
                                     *GRIDS["processes"]).returncode, 0)
        for grid in ("serial", "threads", "processes", "layers"):
            refused = self.denied("clone3", "EPERM", "train", "c.toml", *SHORT, *GRIDS[grid])
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn("denies clone3; use --grid serial --set data.loader_threads=0",
                          refused.stderr.splitlines()[-1])
        ended = self.denied("clone3", "EPERM", "train", "c.toml", "--json", *SHORT, "--grid",
                            "serial", "--set", "data.loader_threads=0")
        self.assertEqual(homes.result(ended)["weights_digest"], self.short["serial"])

    def test_a_death_is_noticed_whatever_is_denied(self):
        for number, call in enumerate(("pidfd_open", "pidfd_send_signal", "waitid", "eventfd2")):
            with self.subTest(call):
                name = f"mourned-{number}"
                run = subprocess.Popen(
                    [sys.executable, DENIED, call, "EPERM", self.program, "train", "c.toml", "--run",
                     name, "--quiet", *GRIDS["layers"]], stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, **self.home.how(None))
                self.addCleanup(self.end, run)
                until("a status or an end", lambda: run.poll() is not None or
                      os.path.exists(self.path(name, "status.json")))
                if run.returncode == 125:
                    self.skipTest("no seccomp filters here")
                run.name = name
                cell = until("cells", lambda: self.cells(run))[-1]
                os.kill(cell, signal.SIGKILL)
                self.logged(run, f"(pid {cell}) ")
                run.send_signal(signal.SIGTERM)
                self.stopped_with_checkpoint(run, "layers")

    def test_signals_come_without_signalfd(self):
        name = "polled"
        run = subprocess.Popen([sys.executable, DENIED, "signalfd4", "ENOSYS", self.program, "train",
                                "c.toml", "--run", name, "--quiet"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, **self.home.how(None))
        self.addCleanup(self.end, run)
        until("a status or an end", lambda: run.poll() is not None or
              os.path.exists(self.path(name, "status.json")))
        if run.returncode == 125:
            self.skipTest("no seccomp filters here")
        run.name = name
        run.send_signal(signal.SIGUSR1)
        self.logged(run, "USR1: checkpoint at step")
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=self.home.limit)
        self.assertEqual(run.returncode, 75)

    def test_doctor_names_each_call_that_is_denied(self):
        for call in ("pidfd_open", "memfd_create", "eventfd2", "fallocate", "clone3"):
            for error in ("EPERM", "ENOSYS"):
                told = self.denied(call, error, "doctor", "--json")
                self.assertEqual(told.returncode, 0, told.stderr)
                calls = [finding for finding in json.loads(told.stdout)
                         if finding["what"] == "calls"]
                self.assertEqual(len(calls), 1)
                # Without clone3 the C library takes another call, if it is told ENOSYS.
                expected = "granted" if (call, error) == ("clone3", "ENOSYS") else call
                self.assertIn(expected, calls[0]["value"])
                self.assertEqual(bool(calls[0]["advice"]), expected == call)

    # --- a stop, and cells that do nothing ---

    def at_a_failpoint(self, name, grid, action):
        """A run one cell of which does that at its 30th step."""
        place = "worker" if grid in ("children", "sent") else "cell"
        return self.begun(name, grid, "--json=lines", environment={
            "FORKNET_FAILPOINTS": f"{place}/step/before@1:30:{action}"})

    def hanging(self, name, grid):
        run = self.at_a_failpoint(name, grid, "delay=100000")
        while json.loads(run.stdout.readline())["step"] < 29:
            pass
        return run

    def stopped_cell(self, run):
        return until("a cell that is stopped",
                     lambda: [pid for pid in children_of(run.pid) if process_state(pid) == "T"])

    def test_a_stop_saves_the_last_step_of_a_run_with_a_stopped_cell(self):
        for grid in ("processes", "layers", "children", "sent"):
            with self.subTest(grid):
                run = self.at_a_failpoint("still-" + grid, grid, "stop")
                self.stopped_cell(run)
                run.send_signal(signal.SIGTERM)
                self.stopped_with_checkpoint(run, grid)
                self.assertIn("is stopped, and the run is to stop: it is ended", self.log(run))

    def test_an_order_to_stop_does_so_too(self):
        run = self.at_a_failpoint("ordered", "processes", "stop")
        self.stopped_cell(run)
        answer = homes.result(self.forknet("stop", run.name, "--json"))
        result = self.stopped_with_checkpoint(run, "processes")
        self.assertEqual(answer, {"step": result["steps"], "state": "stopping"})

    def test_a_stop_saves_the_last_step_of_a_run_with_a_cell_that_hangs(self):
        for grid in ("processes", "layers", "children"):
            with self.subTest(grid):
                run = self.hanging("hangs-" + grid, grid)
                run.send_signal(signal.SIGTERM)
                self.stopped_with_checkpoint(run, grid)

    def seize(self, pid):
        """As a debugger that holds it: nothing ends it but a kill."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(PTRACE_SEIZE, pid, None, None) != 0:
            self.skipTest("no process may be traced here")
        libc.ptrace(PTRACE_INTERRUPT, pid, None, None)
        until("a traced cell", lambda: process_state(pid) == "t")

    def test_a_stop_saves_the_last_step_without_the_cells_where_they_cannot_come_to_rest(self):
        runs = {}
        for grid in ("processes", "layers", "children", "sent"):
            runs[grid] = self.hanging("traced-" + grid, grid)
            self.seize(children_of(runs[grid].pid)[1])
        # Threads cannot be ended: a step that takes longer than the patience of a stop is waited for.
        runs["averaging"] = self.begun("slow-averaging", "averaging", "--json=lines", environment={
            "FORKNET_FAILPOINTS": "worker/step/before:60:delay=7000"})
        while json.loads(runs["averaging"].stdout.readline())["step"] < 25:
            pass
        for run in runs.values():
            run.send_signal(signal.SIGTERM)
        for grid in ("processes", "layers", "children", "sent"):
            result = self.stopped_with_checkpoint(runs[grid], grid)
            self.assertIn(f"the state after step {result['steps']} is saved", self.log(runs[grid]))
        self.stopped_with_checkpoint(runs["averaging"], "averaging")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
