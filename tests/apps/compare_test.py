#!/usr/bin/env python3
"""Runs compared side by side, as the user sees them: tables, folders, kills, signals.

Usage: compare_test.py FORKNET [unittest arguments]. Nothing sleeps to wait for something: runs stop
themselves at named places (FORKNET_FAILPOINTS).
"""
import glob
import json
import os
import pty
import select
import signal
import sys
import threading
import unittest

import states
from homes import DIGITS, HomeTest, children_of, read, result, write
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])

CONFIG = f"""
[run]
name = "c"
{DIGITS}[model]
layers = [ {{ type = "dense", units = 16, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 2
batch = 50
[log]
every = 5
"""
RATES = ("--vary", "optimizer.lr=0.003,0.0001")
STOPS = "cell/step/before:9:stop,forward/before:9:stop"  # of every run, in its ninth step


class CompareTest(HomeTest):
    program, config = PROGRAM, ("c.toml", CONFIG)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digests = {rate: cls.trained("c.toml", "--run", f"expected-{rate}", "--set",
                                         f"optimizer.lr={rate}")["weights_digest"]
                       for rate in ("0.003", "0.0001")}

    def compare(self, *words, code=0, **how):
        """What it prints with --json."""
        ended = self.forknet("compare", *words, "--json", **how)
        self.assertEqual(ended.returncode, code, ended.stderr)
        return json.loads(ended.stdout)

    def runs_of(self, compared):
        return [run for variant in compared["variants"] for run in variant["runs"]]

    def check(self, compared):
        """Both rates have ended on the weights of runs that nothing disturbed."""
        self.assertEqual({variant["settings"]["optimizer.lr"]: variant["runs"][0]["weights_digest"]
                          for variant in compared["variants"]}, self.digests)
        for run in self.runs_of(compared):
            self.assertEqual(run["state"], "finished")
            lines = [json.loads(line) for line in read(self.home.run_path(run["run"], "metrics.jsonl")).splitlines()]
            logged = [line["step"] for line in lines if "learning_rate" in line]
            self.assertEqual(logged, list(range(5, 41, 5)))  # every step once

    def start(self, *words, **how):
        run = self.home.start("compare", *words, "--json", **how)
        self.addCleanup(self.end, run)
        return run

    def gone(self, pids):
        for pid in pids:
            try:
                fd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            ready, _, _ = select.select([fd], [], [], patience(20))
            os.close(fd)
            self.assertTrue(ready, f"{pid} lives on")

    def written(self, runs):
        """When each run was finished."""
        return {run["run"]: os.stat(self.home.run_path(run["run"], "summary.json")).st_mtime_ns for run in runs}

    # --- what is compared ---

    def test_every_variant_is_a_run_and_the_best_comes_first(self):
        compared = self.compare("c.toml", *RATES, "--run", "first")
        self.check(compared)
        self.assertEqual(compared["metric"], "test/accuracy")
        values = [variant["value"]["median"] for variant in compared["variants"]]
        self.assertEqual(values, sorted(values, reverse=True))
        for run in self.runs_of(compared):
            self.assertTrue(run["run"].startswith("first-lr0."), run["run"])
            self.assertEqual(json.loads(read(self.home.run_path(run["run"], "summary.json")))["weights_digest"],
                             run["weights_digest"])
        by_loss = self.compare("c.toml", *RATES, "--run", "first", "--by", "test/loss")
        losses = [variant["value"]["median"] for variant in by_loss["variants"]]
        self.assertEqual(losses, sorted(losses))

    def test_runs_that_are_there_are_not_trained_again(self):
        before = self.compare("c.toml", *RATES, "--run", "again")
        told = self.forknet("compare", "c.toml", *RATES, "--run", "again")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(told.stderr.count("finished before"), 2, told.stderr)
        self.assertIn("test/accuracy", told.stdout)
        more = self.compare("c.toml", "--vary", "optimizer.lr=0.003,0.0001,0.001", "--run", "again")
        self.assertEqual(len(self.runs_of(more)), 3)
        written = self.written(self.runs_of(more))
        self.assertEqual({name: written[name] for name in self.written(self.runs_of(before))},
                         self.written(self.runs_of(before)))
        self.assertNotIn("has changed", told.stdout)
        # The data did not change, but the files are newer than the runs.
        os.utime(self.home.path("digits", "t10k-labels-idx1-ubyte.gz"))
        self.assertIn("t10k-labels-idx1-ubyte.gz has changed since again-lr0.003-",
                      self.forknet("compare", "c.toml", *RATES, "--run", "again").stdout)
        # Another text of the config is another comparison.
        write(self.home.path("other.toml"), CONFIG.replace("batch = 50", "batch = 40"))
        other = self.compare("other.toml", *RATES, "--run", "again")
        self.assertFalse({run["run"] for run in self.runs_of(other)} & set(written))

    def test_all_combinations_of_configs_and_values_are_trained(self):
        write(self.home.path("d.toml"), CONFIG.replace("units = 16", "units = 8"))
        compared = self.compare("c.toml", "d.toml", "--vary", "train.batch=50,100", "--vary",
                                "optimizer.type=adam,sgd", "--epochs", "1", "--run", "grid")
        seen = {(variant["config"], *variant["settings"].values()) for variant in compared["variants"]}
        self.assertEqual(seen, {(config, batch, kind) for config in ("c.toml", "d.toml")
                                for batch in ("50", "100") for kind in ("adam", "sgd")})
        self.assertEqual(len({run["weights_digest"] for run in self.runs_of(compared)}), 8)

    def test_seeds_give_mean_deviation_and_median(self):
        compared = self.compare("c.toml", "--seeds", "3", "--run", "seeds")
        variant, = compared["variants"]
        self.assertEqual([run["seed"] for run in variant["runs"]], [1, 2, 3])
        values = sorted(run["test"]["accuracy"] for run in variant["runs"])
        self.assertEqual(variant["value"]["runs"], 3)
        self.assertAlmostEqual(variant["value"]["mean"], sum(values) / 3)
        self.assertEqual(variant["value"]["median"], values[1])
        self.assertEqual(len({run["weights_digest"] for run in variant["runs"]}), 3)
        more = self.compare("c.toml", "--seeds", "4", "--vary", "train.batch=50", "--run", "seeds")
        self.assertLessEqual({run["run"] for run in variant["runs"]}, {run["run"] for run in self.runs_of(more)})
        text = self.forknet("compare", "c.toml", "--seeds", "3", "--run", "seeds").stdout
        for word in ("deviation", "median", "3 of 3 finished"):
            self.assertIn(word, text)

    def test_a_metric_that_no_run_has_is_told(self):
        ended = self.forknet("compare", "c.toml", "--seeds", "1", "--epochs", "1", "--by", "test/rmse", "--run", "rmse")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("no run that has finished has the metric test/rmse", ended.stdout)

    def test_until_gives_the_time_to_an_accuracy(self):
        compared = self.compare("c.toml", *RATES, "--until", "accuracy=0.3", "--epochs", "6", "--run", "until")
        fast, slow = compared["variants"]
        self.assertEqual(fast["settings"]["optimizer.lr"], "0.003")
        self.assertEqual(fast["reached"], 1)
        self.assertLess(fast["runs"][0]["epochs"], 6)
        self.assertEqual(fast["until_seconds"]["median"], fast["runs"][0]["train_seconds"])
        self.assertEqual(slow["reached"], int(slow["runs"][0]["reached"]))

    def test_a_terminal_has_a_table_while_runs_train_and_the_result_alone_afterwards(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        run = self.home.start("compare", "c.toml", *RATES, "--run", "live", stderr=slave,
                              environment={"FORKNET_FAILPOINTS": STOPS, "TERM": "xterm"})
        self.addCleanup(self.end, run)
        os.close(slave)
        shown = ""
        while "lr=0.003" not in shown:  # the first run has stopped itself, or is about to
            shown += os.read(master, 4096).decode()
        self.assertIn("live: 0 of 2 runs have ended, 1 at a time\r\nepoch", shown)
        reader = threading.Thread(target=self.drain, args=(master,))
        reader.start()
        self.go_on(run)
        out, _ = run.communicate(timeout=self.home.limit)
        reader.join()
        self.assertEqual(run.returncode, 0)
        self.assertIn("0.003", out)
        self.assertNotIn("\x1b", out)
        self.assertTrue(self.drained.index("\x1b[") < self.drained.index("1 of 2: lr="), self.drained)

    def drain(self, master):
        self.drained = ""
        try:
            while part := os.read(master, 4096):
                self.drained += part.decode()
        except OSError:  # the terminal has no other end any more
            pass

    # --- what goes wrong ---

    def test_a_bad_value_is_told_in_its_row_and_the_others_are_trained(self):
        words = ("c.toml", "--vary", "optimizer.lr=0.003,fast", "--vary", "train.epochs=1", "--run", "bad")
        compared = self.compare(*words, code=3)
        good, bad = compared["variants"]
        self.assertEqual(good["runs"][0]["state"], "finished")
        self.assertEqual(bad["runs"][0]["error"]["exit_code"], 3)
        self.assertIn("optimizer.lr", bad["runs"][0]["error"]["message"])
        text = self.forknet("compare", *words).stdout
        self.assertRegex(text, r"(?m)^fast .*failed")
        self.assertRegex(text, r"(?m)^lr=fast epochs=1: failed: ")
        # A value that only the data refuses.
        data = self.compare("c.toml", "--vary", "data.train.labels=digits/train-labels-idx1-ubyte.gz,none.gz",
                            "--epochs", "1", "--run", "data", code=4)
        self.assertEqual([variant["finished"] for variant in data["variants"]], [1, 0])
        self.assertIn("none.gz", data["variants"][1]["runs"][0]["error"]["message"])

    def test_a_loss_that_is_not_finite_is_a_result_among_others(self):
        words = ("c.toml", "--set", "optimizer.type=sgd", "--epochs", "1", "--run", "wild")
        compared = self.compare(*words, "--vary", "optimizer.lr=1e30,0.01")
        self.assertEqual([variant["runs"][0]["state"] for variant in compared["variants"]],
                         ["finished", "diverged"])
        self.compare(*words, "--vary", "optimizer.lr=1e30,1e31", code=6)

    def test_words_that_make_no_sense_are_refused(self):
        for words, message in ((["c.toml"], "nothing to compare"),
                               (["c.toml", "c.toml"], "c.toml is there twice"),
                               (["c.toml", "--vary", "optimizer.lr"], "expected KEY=A,B"),
                               (["c.toml", "--seeds", "0"], "--seeds takes a number"),
                               (["c.toml", "--seeds", "2", "--by", "acuracy"], 'did you mean "accuracy"?'),
                               (["c.toml", "--seeds", "2", "--grids", "serial"], "--seeds is for runs"),
                               (["c.toml", "d.toml", "--grids", "serial"], "layouts of one CONFIG"),
                               (["c.toml", *RATES, "--run", "a/b"], "cannot name folders"),
                               (["c.toml", *RATES, "--set", "optimizer.lr=1"], "which one is meant?")):
            with self.subTest(words=words):
                refused = self.forknet("compare", *words)
                self.assertEqual(refused.returncode, 2, refused.stderr)
                self.assertIn(message, refused.stderr)
        misspelt = self.forknet("compare", "c.toml", "--vary", "optimiser.lr=1,2")
        self.assertEqual(misspelt.returncode, 3, misspelt.stderr)
        self.assertIn("optimizer", misspelt.stderr)

    def test_a_folder_that_is_no_run_is_left_alone(self):
        name = self.runs_of(self.compare("c.toml", *RATES, "--run", "left"))[0]["run"]
        states.remove(self.home.run_path(name))
        for file in glob.glob(self.home.run_path(name, "*")):
            if os.path.isfile(file) and not file.endswith("log.txt"):
                os.remove(file)
        compared = self.compare("c.toml", *RATES, "--run", "left")
        self.check(compared)
        self.assertIn(name + "-2", [run["run"] for run in self.runs_of(compared)])
        self.assertTrue(os.path.exists(self.home.run_path(name, "log.txt")))

    # --- what dies ---

    def test_killed_at_any_place_it_goes_on_with_the_same_words(self):
        for place in ("sweep/start/before:2", "sweep/start/after:1", "sweep/start/after:2", "sweep/ended:1",
                      "sweep/ended:2"):
            with self.subTest(place=place):
                words = ("c.toml", *RATES, "--run", "place-" + place.replace("/", "-").replace(":", "-"))
                died = self.forknet("compare", *words, environment={"FORKNET_FAILPOINTS": place + ":kill"})
                self.assertEqual(died.returncode, -signal.SIGKILL, died.stderr)
                self.check(self.compare(*words))

    def test_killed_while_runs_train_its_runs_end_and_go_on_from_their_last_step(self):
        words = ("c.toml", *RATES, "--run", "killed")
        run = self.start(*words, environment={"FORKNET_FAILPOINTS": STOPS})
        states.wait_for_stop(run)
        children = children_of(run.pid)
        run.kill()
        run.wait()
        self.gone(children)
        begun, = glob.glob(self.home.run_path("killed-*"))
        self.check(self.compare(*words))
        self.assertIn("from step 8", read(os.path.join(begun, "log.txt")))

    def test_a_signal_stops_every_run_with_a_checkpoint(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                words = ("c.toml", *RATES, "--run", f"stopped-{number}")
                run = self.start(*words, environment={"FORKNET_FAILPOINTS": STOPS})
                states.wait_for_stop(run)
                children = children_of(run.pid)
                run.send_signal(number)
                while "stopping" not in run.stderr.readline():
                    self.assertIsNone(run.poll())
                for child in children:
                    os.kill(child, signal.SIGCONT)
                out, told = run.communicate(timeout=self.home.limit)
                self.assertEqual(run.returncode, 75, told)
                compared = json.loads(out)
                self.assertTrue(compared["stopped"])
                stopped = [one["run"] for one in self.runs_of(compared) if one["state"] == "stopped"]
                self.assertTrue(stopped)
                for name in stopped:
                    self.assertTrue(os.listdir(self.home.run_path(name, "checkpoints")), name)
                self.check(self.compare(*words))

    def test_a_run_whose_process_is_killed_goes_on(self):
        words = ("c.toml", *RATES, "--run", "child")
        run = self.start(*words, environment={"FORKNET_FAILPOINTS": STOPS})
        states.wait_for_stop(run)
        os.kill(children_of(run.pid)[0], signal.SIGKILL)
        self.go_on(run)
        out, told = run.communicate(timeout=self.home.limit)
        self.assertEqual(run.returncode, 0, told)
        self.check(json.loads(out))

    def go_on(self, run):
        """Until it has ended: runs that stop themselves again are continued."""
        while run.poll() is None:
            for child in children_of(run.pid):
                if states.is_stopped(child):
                    os.kill(child, signal.SIGCONT)

    def test_a_run_whose_folder_another_comparison_has_just_made_is_waited_for(self):
        words = ("c.toml", *RATES, "--run", "made")
        first = self.start(*words, environment={"FORKNET_FAILPOINTS": "folder/made:1:stop"})
        states.wait_for_stop(first)
        second = self.start(*words)
        while "another process trains" not in second.stderr.readline():
            self.assertIsNone(second.poll())
        self.go_on(first)
        for run in (first, second):
            out, told = run.communicate(timeout=self.home.limit)
            self.assertEqual(run.returncode, 0, told)
            self.check(json.loads(out))
        self.assertEqual(len(glob.glob(self.home.run_path("made-*"))), 2)

    def test_two_comparisons_of_the_same_words_share_the_runs(self):
        words = ("c.toml", *RATES, "--run", "shared")
        both = [self.start(*words) for _ in range(2)]
        for run in both:
            out, told = run.communicate(timeout=self.home.limit)
            self.assertEqual(run.returncode, 0, told)
            self.check(json.loads(out))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
