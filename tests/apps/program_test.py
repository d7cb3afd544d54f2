#!/usr/bin/env python3
"""The program as a user meets it: commands, exit codes, messages, signals, kill -9.

Usage: program_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
Nothing sleeps to wait for something: the tests follow the lines that `train --json=lines` prints.
"""
import fcntl
import gzip
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import states
from homes import DIGITS, HomeTest, read, write
from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])

CONFIG = f"""
[run]
name = "t"
{DIGITS}validation = 0.1
[model]
layers = [ {{ type = "dense", units = 24, activation = "relu" }}, {{ type = "dropout", rate = 0.1 }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 3
batch = 50
[log]
every = 1
"""


def idx(dims, payload, kind=0x08):
    return struct.pack(">BBBB", 0, 0, kind, len(dims)) + struct.pack(f">{len(dims)}I", *dims) + payload


class ProgramTest(HomeTest):
    program, config, digits = PROGRAM, ("t.toml", CONFIG), (1000, 200)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expected = cls.trained("t.toml", "--run", "undisturbed")

    def start(self, *words, **how):
        return self.home.start(*words, **how)

    def path(self, *parts):
        return self.home.path(*parts)

    def at_step(self, process, step):
        """Reads the run's lines until it has done that many steps."""
        for line in process.stdout:
            if json.loads(line).get("step", -1) >= step:
                return
        self.fail(f"the run ended before step {step}: {process.stderr.read()}")

    def finish(self, process):
        process.stdout.read()
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        return process.wait(timeout=patience(60)), errors

    def refused(self, code, message, *words, **more):
        before = sorted(os.listdir(self.home.folder))
        runs = sorted(os.listdir(self.path("runs")))
        result = self.forknet(*words, **more)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(message, result.stderr)
        self.assertLessEqual(len(result.stderr.strip().splitlines()), 6, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(sorted(os.listdir(self.home.folder)), before, "something was left behind")
        self.assertEqual(sorted(os.listdir(self.path("runs"))), runs, "a run was left behind")

    # --- results ---

    def test_the_summary_has_every_key_that_the_contract_names(self):
        for key in ["run", "state", "steps", "epochs", "train", "validation", "test", "wall_seconds",
                    "train_seconds", "samples_per_second", "weights_digest", "layout", "faults",
                    "parameters"]:
            self.assertIn(key, self.expected)
        self.assertEqual(self.expected["state"], "finished")
        self.assertEqual(self.expected["steps"], 54)
        self.assertEqual(self.expected["parameters"], 785 * 24 + 25 * 10)

    def test_compare_shows_that_layouts_end_on_the_same_weights(self):
        result = self.forknet("compare", "t.toml", "--grids", "serial,threads,replicas", "--json",
                              "--set", "train.max_steps=20")
        self.assertEqual(result.returncode, 0, result.stderr)
        comparison = json.loads(result.stdout)
        self.assertTrue(comparison["same_bits"])
        self.assertEqual([run["grid"] for run in comparison["runs"]],
                         ["serial", "threads", "replicas"])
        self.assertEqual(len({run["weights_digest"] for run in comparison["runs"]}), 1)
        self.refused(3, "not built yet", "compare", "t.toml", "--grids", "serial,auto")
        both = json.loads(self.forknet("compare", "t.toml", "--grids", "serial,averaging,children",
                                       "--json", "--set", "train.max_steps=20").stdout)
        self.assertEqual([run["same_bits"] for run in both["runs"]], [True, None, True])
        self.assertTrue(both["same_bits"])

    def test_a_killed_run_goes_on_in_another_layout(self):
        process = self.start("train", "t.toml", "--run", "relaid", "--json=lines", "--set",
                             "grid.threads=3")
        self.at_step(process, 20)
        process.kill()
        self.finish(process)
        self.resumed("relaid", "--set", "grid.replicas=2", "--set", "grid.host=thread")

    def test_layouts_loaders_and_targets_do_not_change_the_digest(self):
        for name, words, environment in [
            ("threads", ["--grid", "threads", "--set", "grid.threads=2"], {}),
            ("replicas", ["--set", "grid.replicas=2", "--set", "grid.host=thread"], {}),
            ("loaders-0", ["--set", "data.loader_threads=0"], {}),
            ("loaders-4", ["--set", "data.loader_threads=4"], {}),
            ("reference", ["--set", "numerics.kernels=reference"], {}),
            ("forced-reference", [], {"FORKNET_TARGET": "reference"}),
        ]:
            result = self.forknet("train", "t.toml", "--run", name, "--json", *words,
                                  environment=environment)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(json.loads(result.stdout)["weights_digest"],
                             self.expected["weights_digest"], name)

    def test_eval_and_predict_agree_with_training(self):
        data = "digits/t10k-images-idx3-ubyte.gz"
        evaluated = self.forknet("eval", "undisturbed", "--data", data, "--json")
        self.assertEqual(evaluated.returncode, 0, evaluated.stderr)
        figures = json.loads(evaluated.stdout)
        self.assertEqual(figures["loss"], self.expected["test"]["loss"])
        self.assertEqual(figures["accuracy"], self.expected["test"]["accuracy"])
        self.assertEqual(sum(map(sum, figures["confusion"])), 200)
        predicted = self.forknet("predict", "undisturbed", "--in", data, "--out", "p.csv")
        self.assertEqual(predicted.returncode, 0, predicted.stderr)
        rows = read(self.path("p.csv")).splitlines()[1:]
        with gzip.open(self.path("digits/t10k-labels-idx1-ubyte.gz")) as file:
            labels = file.read()[8:]
        hits = sum(int(row.split(",")[0]) == label for row, label in zip(rows, labels))
        self.assertEqual(hits / 200, figures["accuracy"])
        os.remove(self.path("p.csv"))

    def test_a_dry_run_makes_nothing(self):
        runs = os.listdir(self.path("runs"))
        result = self.forknet("train", "t.toml", "--dry-run")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("784-24-10", result.stdout)
        self.assertEqual(os.listdir(self.path("runs")), runs)
        told = json.loads(self.forknet("train", "t.toml", "--dry-run", "--json").stdout)
        self.assertEqual((told["model"], told["settings"]["run.dir"]), ("784-24-10", {"toml": '"runs"', "source": "default"}))
        self.assertEqual(os.listdir(self.path("runs")), runs)

    def test_a_dry_run_shows_each_layer_with_its_parameters_and_memory(self):
        shown = self.forknet("train", "t.toml", "--dry-run")
        told = json.loads(self.forknet("train", "t.toml", "--dry-run", "--json").stdout)
        lines = [line.split() for line in shown.stdout.splitlines()]
        first = lines.index(["#", "layer", "type", "outputs", "parameters", "memory"]) + 1
        self.assertEqual([line[1:7] for line in lines[first:first + 3]],
                         [["1", "dense", "50", "x", "24", "18,840"], ["2", "dropout", "50", "x", "24", "0"],
                          ["3", "dense", "50", "x", "10", "250"]])
        self.assertEqual([(layer["type"], layer["outputs"], layer["parameters"]) for layer in told["layers"]],
                         [("dense", 24, 18840), ("dropout", 24, 0), ("dense", 10, 250)])
        # Adam: 2 panels of 785 lines of 16 numbers, in 3 regions; each in as many versions.
        self.assertGreater(told["layers"][0]["memory_bytes"], 2 * 785 * 16 * 4 * 3)
        self.assertLess(sum(layer["memory_bytes"] for layer in told["layers"]), told["memory_bytes"])

    def test_a_dry_run_stumbles_where_a_start_would(self):
        runs = os.listdir(self.path("runs"))
        for words, code, message in [
                (["--run", "a/b"], 2, "this cannot name a folder"),
                (["--run", next(name for name in runs if name != "latest")], 2, "this run exists already"),
                (["--set", "run.dir=/dev/null"], 1, "/dev/null: is not a folder"),
                (["--set", "model.layers=[{type='dense',units=200000},{type='dense',units=200000},{type='dense',units=10}]"],
                 3, "MiB of memory")]:
            result = self.forknet("train", "t.toml", "--dry-run", *words)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertIn(message, result.stderr)
            self.assertEqual(result.stdout, "")

    def test_runs_are_listed_and_cleaned(self):
        self.forknet("train", "t.toml", "--run", "old", "--epochs", "1")
        listed = json.loads(self.forknet("runs", "ls", "--json").stdout)
        self.assertIn("old", [run["run"] for run in listed])
        self.assertEqual(self.forknet("runs", "clean", "old").returncode, 0)
        self.assertFalse(os.path.exists(self.path("runs", "old")))

    # --- stopping, killing, going on ---

    def killed(self, name, step, *words):
        """A run that was killed at about that step; the files of its state."""
        code, errors = self.home.killed_at(step, "train", "t.toml", "--run", name, *words)
        self.assertEqual(code, -signal.SIGKILL, errors)
        files = states.files(self.path("runs", name))
        for file in files:
            self.assertTrue(os.path.exists(file), file)
        return files

    def resumed(self, name, *words, told=""):
        result = self.forknet("train", "--resume", name, "--json", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(told, result.stderr)
        summary = json.loads(result.stdout)
        self.assertEqual(summary["weights_digest"], self.expected["weights_digest"])
        for key in ["train", "validation", "test", "steps", "epochs"]:
            self.assertEqual(summary[key], self.expected[key], key)
        with open(self.path("runs", name, "metrics.jsonl")) as file:
            lines = [json.loads(line) for line in file]
        steps = [line["step"] for line in lines if "learning_rate" in line]
        self.assertEqual(steps, list(range(1, 55)), "every step once")

    def test_term_and_int_write_a_checkpoint_and_the_run_goes_on_to_the_same_digest(self):
        for number, (name, step) in enumerate([("SIGTERM", 7), ("SIGINT", 25)]):
            process = self.start("train", "t.toml", "--run", f"stopped-{number}", "--json=lines")
            self.at_step(process, step)
            process.send_signal(getattr(signal, name))
            code, errors = self.finish(process)
            if code == 0:
                continue  # it had finished first: these runs are short
            self.assertEqual(code, 75, errors)
            self.assertTrue(os.listdir(self.path("runs", f"stopped-{number}", "checkpoints")))
            self.resumed(f"stopped-{number}")

    def test_kill_at_any_step_costs_time_and_nothing_else(self):
        for step in [1, 18, 19, 40]:
            name = f"killed-{step}"
            process = self.start("train", "t.toml", "--run", name, "--json=lines")
            self.at_step(process, step)
            process.kill()
            self.finish(process)
            self.resumed(name)

    def test_a_killed_run_goes_on_from_its_last_step_and_leaves_no_state(self):
        for words in [[], ["--set", "grid.threads=2"],
                      ["--set", "grid.replicas=2", "--set", "grid.host=process"]]:
            name = f"last-step-{len(words)}"
            files = self.killed(name, 10, "--set", "checkpoint.every=off", *words)
            self.assertEqual(len(files), 2)
            self.resumed(name, told="continuing from the last step ")
            self.assertFalse([file for file in files if os.path.exists(file)])
            self.assertEqual(states.files(self.path("runs", name)), [])

    def test_cleaning_a_killed_run_removes_its_state(self):
        files = self.killed("cleaned", 10)
        self.assertTrue(files)
        self.assertEqual(self.forknet("runs", "clean", "cleaned", "--dry-run").returncode, 0)
        self.assertTrue(all(os.path.exists(file) for file in files))
        self.assertEqual(self.forknet("runs", "clean", "cleaned").returncode, 0)
        self.assertFalse([file for file in files if os.path.exists(file)])
        self.assertFalse(os.path.exists(self.path("runs", "cleaned")))

    def test_state_of_a_run_that_was_removed_by_hand_is_cleaned(self):
        files = self.killed("by-hand", 10)
        if not all(file.startswith("/dev/shm/") for file in files):
            self.skipTest("no /dev/shm")
        clean = self.forknet("runs", "clean", "--keep", "1000")
        self.assertTrue(all(os.path.exists(file) for file in files), "the run is there still")
        shutil.rmtree(self.path("runs", "by-hand"))
        told = self.forknet("runs", "clean", "--keep", "1000").stdout
        self.assertIn(f"kept {files[0]}: the state of a run that is no longer in runs", told)
        self.assertTrue(all(os.path.exists(file) for file in files), "it may have been moved")
        # Another process that looks at the files at that moment keeps them from being removed.
        stem = os.path.join(tempfile.gettempdir(), "forknet-tests.clean.")
        with open(stem + "gate", "ab") as gate, open(stem + "inside", "ab") as inside:
            fcntl.flock(gate, fcntl.LOCK_EX)  # no test has just made such states (tests/no_clean.h)
            fcntl.flock(inside, fcntl.LOCK_EX)
            for _ in range(20):
                clean = self.forknet("runs", "clean", "--keep", "1000", "--orphans")
                self.assertEqual(clean.returncode, 0, clean.stderr)
                told += clean.stdout
                if not any(os.path.exists(file) for file in files):
                    break
        for file in files:
            self.assertFalse(os.path.exists(file), file)
            self.assertIn(f"removed {file}, left by a run that is gone", told)

    def test_state_of_a_run_that_was_moved_is_kept_and_gone_on_with(self):
        self.killed("carried", 10, "--set", "checkpoint.every=off")
        far = self.path("elsewhere")
        shutil.move(self.path("runs", "carried"), far)
        self.killed("carried", 10, "--set", "checkpoint.every=off")  # another run, of the same name
        self.assertEqual(self.forknet("runs", "clean", "--keep", "1000").returncode, 0)
        for run in [far, "carried"]:
            resumed = self.forknet("train", "--resume", run, "--json")
            self.assertIn("continuing from the last step ", resumed.stderr)
            self.assertEqual(json.loads(resumed.stdout)["weights_digest"],
                             self.expected["weights_digest"])
        shutil.rmtree(far)

    def test_a_copy_of_a_killed_run_leaves_the_last_step_to_the_run(self):
        self.killed("original", 10, "--set", "checkpoint.every=off")
        subprocess.run(["cp", "-r", self.path("runs", "original"), self.path("runs", "copy")], check=True)
        for run, told in [("copy", "of which this folder is a copy"),
                          ("original", "continuing from the last step ")]:
            resumed = self.forknet("train", "--resume", run, "--json")
            self.assertIn(told, resumed.stderr)
            self.assertEqual(json.loads(resumed.stdout)["weights_digest"],
                             self.expected["weights_digest"])

    def test_the_start_says_where_the_state_lies_and_what_costs_steps(self):
        for words, told in [(["--set", "run.state=memory"], "state: in memory (/dev/shm"),
                            (["--set", "run.state=folder"], "state: in the run folder; ")]:
            result = self.forknet("train", "t.toml", "--json", *words)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(told, result.stderr)
            self.assertIn("a kill at most the step in flight", result.stderr)
            self.assertNotIn("state: ", self.forknet("train", "t.toml", "--quiet", *words).stderr)

    def test_a_state_that_lies_in_the_folder_is_gone_on_with(self):
        files = self.killed("in-folder", 10, "--set", "run.state=folder")
        self.assertTrue(all(file.startswith(self.path("runs", "in-folder")) for file in files), files)
        self.resumed("in-folder", told="continuing from the last step ")

    def in_namespace(self, script, *words):
        """The ended program, which the script has started with "$@" in a mount namespace of its own."""
        return subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", PROGRAM, *words],
                              capture_output=True, timeout=60, **self.home.how(None))

    def test_a_mount_namespace_with_its_own_shm_leaves_the_state_in_the_folder(self):
        own = "mount -t tmpfs none /dev/shm && exec \"$@\""
        _, errors = states.kill_at(10, ["unshare", "-rm", "sh", "-c", own, "sh", PROGRAM, "train",
                                        "t.toml", "--run", "apart", "--json=lines"],
                                   cwd=self.home.folder, env=self.home.environment)
        if "state: " not in errors:
            self.skipTest(f"no mount namespaces: {errors}")
        self.assertIn("state: in the run folder; ", errors)
        self.resumed("apart", told="continuing from the last step ")

    def test_data_that_was_renamed_is_named_in_a_resume(self):
        self.killed("renamed", 10)
        os.rename(self.path("digits"), self.path("moved-digits"))
        try:
            refused = self.forknet("train", "--resume", "renamed", "--json")
            self.assertEqual(refused.returncode, 4, refused.stderr)
            self.assertIn("--set data.train.inputs=FILE", refused.stderr)
            words = []
            for part, stem in [("train", "train"), ("test", "t10k")]:
                for kind, end in [("inputs", "images-idx3"), ("labels", "labels-idx1")]:
                    words += ["--set", f"data.{part}.{kind}=moved-digits/{stem}-{end}-ubyte.gz"]
            resumed = self.forknet("train", "--resume", "renamed", "--json", *words)
            self.assertEqual(json.loads(resumed.stdout)["weights_digest"],
                             self.expected["weights_digest"], resumed.stderr)
        finally:
            os.rename(self.path("moved-digits"), self.path("digits"))

    def test_data_that_a_resume_names_is_found_by_the_next_one_from_anywhere(self):
        self.killed("named", 10)
        os.rename(self.path("digits"), self.path("runs", "named-digits"))
        try:
            words = []
            for part, stem in [("train", "train"), ("test", "t10k")]:
                for kind, end in [("inputs", "images-idx3"), ("labels", "labels-idx1")]:
                    words += ["--set", f"data.{part}.{kind}=named-digits/{stem}-{end}-ubyte.gz"]
            code, errors = self.home.killed_at(20, "train", "--resume", self.path("runs", "named"),
                                               *words, cwd=self.path("runs"))
            self.assertEqual(code, -signal.SIGKILL, errors)
            resumed = self.forknet("train", "--resume", self.path("runs", "named"), "--json", cwd="/")
            self.assertEqual(json.loads(resumed.stdout)["weights_digest"],
                             self.expected["weights_digest"], resumed.stderr)
        finally:
            os.rename(self.path("runs", "named-digits"), self.path("digits"))

    def test_what_lies_in_the_place_of_a_file_is_named_in_one_line(self):
        for name, is_folder in (("log.txt", True), ("checkpoints", False), ("state.json", True),
                                ("identity.json", True)):
            with self.subTest(name):
                run = "blocked-" + name.partition(".")[0]
                self.killed(run, 10)
                path = self.path("runs", run, name)
                if os.path.isdir(path):
                    shutil.rmtree(path)
                elif os.path.exists(path):
                    os.remove(path)
                if is_folder:
                    os.makedirs(os.path.join(path, "inner"))
                else:
                    open(path, "w", encoding="utf-8").close()
                refused = self.forknet("train", "--resume", run, "--json")
                self.assertEqual(refused.returncode, 2, refused.stderr)
                kind = "is a folder" if is_folder else "is a file"
                self.assertIn(f"runs/{run}/{name}: {kind}", refused.stderr)
                self.assertIn("move it away", refused.stderr)
                self.assertNotIn("trained again", refused.stderr)
                if is_folder:
                    shutil.rmtree(path)
                else:
                    os.remove(path)
                self.resumed(run)

    def test_a_state_without_its_list_is_gone_on_with(self):
        self.killed("unlisted", 10)
        os.remove(self.path("runs", "unlisted", "state.json"))
        kept = self.forknet("runs", "clean", "--keep", "1000")
        self.assertNotIn("unlisted", kept.stdout)
        self.resumed("unlisted", told="continuing from the last step 9")

    def test_a_killed_run_shows_the_step_that_it_had_committed(self):
        self.killed("shown", 10)
        status = json.loads(self.forknet("status", "shown", "--json").stdout)
        self.assertEqual((status["state"], status["step"]), ("killed", 9))
        self.resumed("shown", told="continuing from the last step 9")

    def test_before_the_first_step_there_is_no_loss(self):
        self.killed("early", 1)
        with open(self.path("runs", "early", "status.json")) as file:
            self.assertIsNone(json.load(file)["loss"])

    def test_a_resume_finds_a_run_that_is_being_removed_held(self):
        self.killed("going", 10)
        process = self.start("runs", "clean", "going", environment={
            "FORKNET_FAILPOINTS": "clean/within:1:stop"})
        states.wait_for_stop(process)
        refused = self.forknet("train", "--resume", "going")
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("this run still trains or is being removed", refused.stderr)
        process.send_signal(signal.SIGCONT)
        self.finish(process)
        self.assertFalse(os.path.exists(self.path("runs", "going")))

    def test_relative_paths_of_data_count_from_where_the_run_was_started_too(self):
        self.killed("far", 10)
        resumed = self.forknet("train", "--resume", self.path("runs", "far"), "--json",
                               cwd=self.path("runs"))
        self.assertEqual(json.loads(resumed.stdout)["weights_digest"],
                         self.expected["weights_digest"], resumed.stderr)
        self.assertIn("the data is read from where the run was started", resumed.stderr)

    def test_killed_again_and_again(self):
        process = self.start("train", "t.toml", "--run", "often", "--json=lines",
                             "--set", "checkpoint.every=5")
        for step in [6, 12, 18, 24]:
            self.at_step(process, step)
            process.kill()
            self.finish(process)
            process = self.start("train", "--resume", "often", "--json=lines")
        self.finish(process)
        self.resumed("often")

    def test_a_finished_run_is_not_trained_again(self):
        result = self.forknet("train", "--resume", "undisturbed", "--json")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(json.loads(result.stdout), self.expected)

    # Nothing of 200 units fits into it but the model alone.
    SMALL = (1_000_000, 1_000_000)

    def wide(self):
        write(self.path("wide.toml"), CONFIG.replace("units = 24", "units = 200"))
        return json.loads(self.forknet("train", "wide.toml", "--json").stdout)["weights_digest"]

    def test_a_disk_that_fills_up_costs_the_checkpoint_not_the_training(self):
        digest = self.wide()
        run = self.start("train", "wide.toml", "--run", "full", "--json", "--set", "checkpoint.every=45",
                         environment={"FORKNET_FAILPOINTS": "run/checkpoint/before:1:stop"})
        states.wait_for_stop(run)
        resource.prlimit(run.pid, resource.RLIMIT_FSIZE, self.SMALL)
        run.send_signal(signal.SIGCONT)
        out, told = run.communicate(timeout=patience(60))
        self.assertEqual(run.returncode, 0, told)
        self.assertIn("training goes on", told)
        self.assertEqual(json.loads(out)["weights_digest"], digest)
        left = [name for _, _, names in os.walk(self.path("runs", "full")) for name in names]
        self.assertFalse([name for name in left if ".tmp" in name or "step-" in name], left)

    def test_a_disk_without_room_for_the_state_is_an_error_at_the_start(self):
        digest = self.wide()
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, self.SMALL)
        refused = self.forknet("train", "wide.toml", "--run", "roomless", "--json", preexec_fn=limit)
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(json.loads(refused.stdout)["state"], "failed")
        message = refused.stderr[refused.stderr.index("forknet: "):]
        self.assertRegex(message, "no room for the state of the run: [0-9]+ bytes are needed")
        self.assertEqual(message.count(" bytes free ("), 2, message)
        self.assertLessEqual(len(message.splitlines()), 6)
        self.assertEqual(states.files(self.path("runs", "roomless")), [])
        self.assertFalse([name for name in os.listdir("/dev/shm") if "forknet-roomless-" in name])
        resumed = self.forknet("train", "--resume", "roomless", "--json")
        self.assertEqual(json.loads(resumed.stdout)["weights_digest"], digest)

    def test_a_disk_that_is_full_at_the_end_names_the_way_on(self):
        digest = self.wide()
        run = self.start("train", "wide.toml", "--run", "no-model", "--json=lines",
                         "--set", "checkpoint.every=off", pipesize=4096)
        self.at_step(run, 1)
        resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))
        _, told = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 1, told)
        self.assertIn("continue with: forknet train --resume no-model", told)
        resumed = self.forknet("train", "--resume", "no-model", "--json")
        self.assertIn("continuing from the last step ", resumed.stderr)
        self.assertEqual(json.loads(resumed.stdout)["weights_digest"], digest)

    def test_a_disk_that_is_too_small_is_foreseen(self):
        small = "mkdir -p small && mount -t tmpfs -o size=3m none small && exec \"$@\""
        write(self.path("wide.toml"), CONFIG.replace("units = 24", "units = 200"))
        run = self.in_namespace(small, "train", "wide.toml", "--run", "tight", "--json", "--set",
                                "run.dir=small", "--set", "checkpoint.every=20")
        if "run tight" not in run.stderr:
            self.skipTest(f"no mount namespaces: {run.stderr}")
        self.assertRegex(run.stderr, "warning: small/tight: the disk has [0-9.]+ MiB free; checkpoints "
                                     "and model will take up to [0-9.]+ MiB")

    # --- bad input: code, message, nothing left behind ---

    def test_bad_configs_are_refused_with_exit_3(self):
        for name, old, new, message in [
            ("unknown key", "units = 24", "unitz = 24", 'did you mean "units"'),
            ("wrong type", "batch = 50", 'batch = "many"', "train.batch"),
            ("zero", "units = 24", "units = 0", "units"),
            ("negative", "units = 24", "units = -5", "units"),
            ("huge", "units = 24", "units = 1000000000000", "units"),
            ("no value", "epochs = 3", "epochs = 0", "epochs"),
            ("rate", "rate = 0.1", "rate = 1.0", "rate"),
            ("syntax", "epochs = 3", "epochs = = 3", "bad.toml:"),
            ("grid", "[log]", "[grid]\npreset = \"auto\"\n[log]", "serial"),
        ]:
            with self.subTest(name):
                write(self.path("bad.toml"), CONFIG.replace(old, new))
                self.refused(3, message, "train", "bad.toml")
        os.remove(self.path("bad.toml"))
        self.refused(3, "nowhere.toml", "train", "nowhere.toml")

    def test_bad_words_are_refused_with_exit_2(self):
        self.refused(2, "", "trian", "t.toml")
        self.refused(2, "", "train", "t.toml", "--epoch")
        self.refused(2, "no such run", "train", "--resume", "nothing")
        self.refused(2, "exists already", "train", "t.toml", "--run", "undisturbed")

    def bad_data(self, content, message, labels=None):
        write(self.path("bad.idx"), content)
        words = ["train", "t.toml", "--set", 'data.train={inputs="bad.idx",labels="bad-labels.idx"}']
        good_labels = idx([2], bytes([0, 1]))
        write(self.path("bad-labels.idx"), good_labels if labels is None else labels)
        self.refused(4, message, *words)
        os.remove(self.path("bad.idx"))
        os.remove(self.path("bad-labels.idx"))

    def test_bad_data_is_refused_with_exit_4(self):
        good = idx([2, 28, 28], bytes(2 * 784))
        cases = {
            "empty": (b"", "bad.idx"),
            "cut short": (good[:-1], "bad.idx"),
            "too long": (good + b"x", "bad.idx"),
            "not IDX": (b"hello world, no images here", "bad.idx"),
            "sizes that wrap": (idx([2**32 - 1, 2**32 - 1, 2**32 - 1], b""), "bad.idx"),
            "sizes past the file": (idx([60000, 28, 28], b"abc"), "47040000"),
            "no rows": (idx([0, 28, 28], b""), "bad.idx"),
            "NaN": (idx([2, 784], struct.pack(">1568f", *([float("nan")] * 1568)), 0x0D), "bad.idx"),
            "gz cut short": (gzip.compress(good)[:-20], "bad.idx"),
            "gz bomb": (gzip.compress(good + bytes(10_000_000)), "bad.idx"),
        }
        for name, (content, message) in cases.items():
            with self.subTest(name):
                self.bad_data(content, message)

    def test_bad_labels_are_refused_with_exit_4(self):
        good = idx([2, 28, 28], bytes(2 * 784))
        self.bad_data(good, "label 12", idx([2], bytes([0, 12])))
        self.bad_data(good, "bad-labels.idx", idx([3], bytes([0, 1, 2])))
        self.bad_data(good, "bad-labels.idx", b"")

    def test_damaged_models_are_refused_with_exit_4(self):
        with open(self.path("runs", "undisturbed", "model.safetensors"), "rb") as file:
            model = file.read()
        damaged = {"empty": b"", "cut": model[:1000], "wrap": b"\xff" * 8 + model[8:],
                   "flipped": model[:-5] + bytes([model[-5] ^ 1]) + model[-4:], "text": b"hello"}
        for name, content in damaged.items():
            with self.subTest(name):
                write(self.path("bad.safetensors"), content)
                self.refused(4, "bad.safetensors", "eval", "bad.safetensors", "--data",
                             "digits/t10k-images-idx3-ubyte.gz")
        os.remove(self.path("bad.safetensors"))

    def test_another_build_on_resume_is_a_note(self):
        self.killed("rebuilt", 10)
        path = self.path("runs", "rebuilt", "meta.json")
        with open(path) as file:
            meta = json.load(file)
        now = meta["build"]
        self.assertRegex(now, "^[0-9a-f]{40}$")
        meta["build"] = "0123abcd"
        with open(path, "w") as file:
            json.dump(meta, file)
        self.resumed("rebuilt", told=f'note: build was "0123abcd" when the run began, now "{now}"')

    def test_other_data_is_refused_on_resume(self):
        result = self.forknet("train", "t.toml", "--run", "moved", "--epochs", "1")
        self.assertEqual(result.returncode, 0)
        images = self.path("digits", "train-images-idx3-ubyte.gz")
        shutil.copy(images, images + ".kept")
        with gzip.open(images) as file:
            content = bytearray(file.read())
        content[1000] ^= 255
        write(images, gzip.compress(bytes(content)))
        try:
            self.refused(4, "not the same", "train", "--resume", "moved", "--epochs", "2")
        finally:
            os.replace(images + ".kept", images)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
