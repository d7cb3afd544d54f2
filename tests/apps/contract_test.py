#!/usr/bin/env python3
"""The contract of the command line, from outside: every word of it is known, results and progress go where
it says, and every exit code means what it says.

Usage: contract_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder. What other
tests of the program hold is not repeated here: tests/requirements.md says which sentence is held where.
"""
import json
import os
import pty
import re
import select
import signal
import stat
import struct
import sys
import time
import tomllib
import unittest

import states
from homes import DIGITS, HomeTest, children_of, read, result, sets, toml, write

PROGRAM = os.path.abspath(sys.argv[1])

CONFIG = f"""
[run]
name = "k"
{DIGITS}validation = 0.1
[model]
layers = [ {{ type = "dense", units = 24, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 2
batch = 50
[log]
every = 1
"""
ROWS = 900  # that are trained on: a tenth is for validation
STEPS = 36
STRETCH = 64  # numbers
IMAGES = "digits/t10k-images-idx3-ubyte.gz"
LABELS = "digits/t10k-labels-idx1-ubyte.gz"

REGRESSION = """
[data]
format = "arrays"
train = { inputs = [[0.0], [0.5], [1.0], [1.5]], targets = [[0.0], [1.0], [2.0], [3.0]] }
test = { inputs = [[0.25], [0.75]], targets = [[0.5], [1.5]] }
scale = "none"
[model]
layers = [ { type = "dense", units = 1 } ]
loss = "mse"
"""

COMMANDS = ["init", "train", "eval", "predict", "compare", "ps", "status", "top", "logs", "pause", "resume",
            "checkpoint", "stop", "reload", "hold", "release", "scale", "wait", "plan", "export", "show",
            "verify", "reproduce", "dashboard", "report", "runs ls", "runs show", "runs compare", "runs clean",
            "data digits", "data fetch", "data inspect", "launch", "bench", "doctor"]
OPTIONS = {
    "train": ["--set", "--grid", "--epochs", "--run", "--resume", "--init-from", "--dry-run", "--json[=lines]",
              "--quiet", "--trace", "--dashboard[=ADDR]", "--until"],
    "eval": ["--data", "--labels", "--json"], "predict": ["--in", "--out"], "compare": ["--grids", "--json"],
    "ps": ["--json"], "status": ["--json"], "top": ["--json"], "logs": ["-f"], "wait": ["--epoch"],
    "runs ls": ["--json"], "runs show": ["--json"], "runs compare": ["--json"],
}
# The settings of the contract and what each may be; what runs today and what does not yet.
SETTINGS = {
    "run.name": ["mnist"], "run.dir": ["runs"], "run.seed": [1], "run.state": ["auto", "memory", "folder"],
    "train.epochs": [5], "train.batch": [128], "train.leaf": ["auto", 16], "train.max_steps": [0],
    "train.eval_every": [1], "train.early_stop_patience": [0, 3], "train.clip_norm": [0.0, 1.0],
    "train.clip_value": [0.0, 1.0], "train.max_seconds": [0, 60],
    "model.init": ["auto", "he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal",
                   "lecun_uniform", "zeros"],
    "model.loss": ["softmax_cross_entropy", "binary_cross_entropy", "mse", "mae", "huber", "quantile", "poisson"],
    "model.label_smoothing": [0.0, 0.1], "model.class_weight": ["none", "balanced"], "model.members": [1, 4],
    "optimizer.type": ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad", "lion"],
    "optimizer.lr": [0.001], "optimizer.momentum": [0.9], "optimizer.betas": [[0.9, 0.999]],
    "optimizer.eps": [1e-8], "optimizer.weight_decay": [0.0], "optimizer.decay_biases": [False, True],
    "optimizer.decay_norms": [False, True],
    "optimizer.schedule": ["constant", "step", "cosine", "linear", "one_cycle", "polynomial", "plateau"],
    "optimizer.warmup_steps": [0], "optimizer.decay_steps": [0], "optimizer.decay_rate": [0.1, 0.5],
    "optimizer.final_lr": [0.0],
    "numerics.precision": ["fp32", "fp64", "bf16"], "numerics.kernels": ["fast", "reference"],
    "grid.preset": ["serial", "threads", "replicas", "processes", "pipeline", "layers", "averaging", "children",
                    "auto"],
    "grid.stages": [1, "layers"], "grid.replicas": [1], "grid.threads": [0, 1, "neurons"],
    "grid.microbatches": [0, 2], "grid.host": ["process", "thread"], "grid.channel": ["shm", "pipe"],
    "grid.schedule": ["1f1b", "gpipe", "zero-bubble"], "grid.sync": ["step", "average"],
    "grid.average_every": ["auto", "epoch", 5, "end"], "grid.models": [0], "grid.ranks": ["replicas", "stages"],
    "grid.pin": ["auto", "none", [0]], "grid.restarts": [100], "grid.step_budget": ["auto", 20],
    "grid.stopped_budget": [60],
    "checkpoint.every": ["epoch", 7, "off"], "checkpoint.keep": [3],
    "checkpoint.best": ["auto", "off", "validation/accuracy", "validation/loss"],
    "log.every": [50], "log.digest": ["epoch", "steps", "off"], "log.tensorboard": [False, True],
}
# Whether they fit depends on the format: that they are known is all that is asked of them here.
DATA_SETTINGS = {
    "data.format": ["idx", "csv", "npy", "images", "arrays"], "data.test": [0.2], "data.validation": [0.1],
    "data.scale": ["none", "unit", "minmax", "standard"], "data.shuffle": [True], "data.loader_threads": [1],
    "data.cache": ["auto", "memory", "mapped"], "data.target_scale": ["auto", "none", "standard"],
    "data.target": ["quality", 0, ["a", "b"]], "data.task": ["auto", "classify", "regress"],
    "data.header": ["auto", True], "data.delimiter": ["auto", ";"], "data.decimal": ["auto", ","],
    "data.missing": [["", "NA", "?"]], "data.impute": ["median", "mean", "error"], "data.drop": [["a"]],
    "data.keep": [["a"]], "data.categorical": [["a"]], "data.weight": ["column"], "data.split": ["random", "time"],
    "data.augment": [{"shift": 2, "rotate": 10}], "data.size": [28], "data.color": ["grey", "rgb"],
}
ACTIVATIONS = ["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh", "softplus", "linear"]
LAYERS = [{"type": "layer_norm"}, {"type": "embedding"},
          {"type": "residual", "layers": [{"type": "dropout", "rate": 0.1}]}]
LAST = {"type": "dense", "units": 10}
# What a setting is that is not given; of two, the second is today's, where the first is not built.
DEFAULTS = {
    "run": {"name": "run", "dir": "runs", "seed": 1, "state": "auto"},
    "data": {"format": "idx", "validation": 0.0, "scale": "unit", "shuffle": True, "loader_threads": 1,
             "cache": "auto", "target_scale": ("auto", "none")},
    "model": {"init": ("auto", "he_normal"), "loss": "softmax_cross_entropy", "label_smoothing": 0.0,
              "class_weight": "none", "members": 1},
    "train": {"epochs": 5, "batch": 128, "leaf": "auto", "max_steps": 0, "eval_every": 1, "early_stop_patience": 0,
              "clip_norm": 0.0, "clip_value": 0.0, "max_seconds": 0},
    "optimizer": {"type": "adam", "lr": 0.001, "momentum": 0.9, "betas": [0.9, 0.999], "eps": 1e-8,
                  "weight_decay": 0.0, "decay_biases": False, "decay_norms": False, "schedule": "constant",
                  "warmup_steps": 0, "decay_steps": 0, "decay_rate": 0.1, "final_lr": 0.0},
    "numerics": {"precision": "fp32", "kernels": "fast"},
    "grid": {"preset": "serial", "stages": 1, "replicas": 1, "threads": 1, "microbatches": 0, "host": "process",
             "channel": "shm", "schedule": "1f1b", "sync": "step", "average_every": "auto", "models": 0,
             "ranks": "replicas", "pin": "auto", "restarts": 100, "step_budget": "auto", "stopped_budget": 60},
    "checkpoint": {"every": "epoch", "keep": 3, "best": "auto"},
    "log": {"every": 50, "digest": ("epoch", "off"), "tensorboard": False},
}


class ContractTest(HomeTest):
    program, config, digits = PROGRAM, ("k.toml", CONFIG), (1000, 100)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expected = cls.trained("k.toml", "--run", "done")
        write(cls.home.path("regression.toml"), REGRESSION)

    def known(self, message, setting):
        for word in ("unknown", "no setting has this name", "did you mean"):
            self.assertNotIn(word, message, setting)

    # --- words ---

    def test_every_command_of_the_contract_is_known_and_what_is_not_built_is_refused_in_one_line(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                helped = self.forknet(*command.split(), "--help")
                self.assertEqual((helped.returncode, helped.stderr), (0, ""))
                self.assertIn(f"usage: forknet {command}", helped.stdout)
                for option in OPTIONS.get(command, []):
                    self.assertIn(f"  {option}", helped.stdout)
                if "does not have yet" in helped.stdout:
                    refused = self.forknet(*command.split(), "something", "--json")
                    self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                    self.assertRegex(refused.stderr, f"^forknet {command}: comes with .*\n$")

    def test_every_setting_of_the_contract_runs_or_is_refused_with_a_clear_line(self):
        words = [(key, value) for key, values in SETTINGS.items() for value in values]
        words += [("model.layers", [{"type": "dense", "units": 10, "activation": name}, LAST]) for name in ACTIVATIONS]
        words += [("model.layers", [layer, LAST]) for layer in LAYERS]
        for key, value in words:
            with self.subTest(setting=f"{key} = {value}"):
                tried = self.forknet("train", "k.toml", "--dry-run", *sets([f"{key}={toml(value)}"]))
                if tried.returncode != 0:
                    self.assertEqual(tried.returncode, 3, tried.stderr)
                    self.assertIn(" is not built yet", tried.stderr)
                    self.known(tried.stderr, key)

    def test_every_setting_of_data_in_the_contract_is_known(self):
        for key, values in DATA_SETTINGS.items():
            for value in values:
                with self.subTest(setting=f"{key} = {value}"):
                    tried = self.forknet("train", "k.toml", "--dry-run", *sets([f"{key}={toml(value)}"]))
                    self.assertIn(tried.returncode, (0, 3, 4), tried.stderr)
                    self.known(tried.stderr, key)
                    self.assertNotIn("expected", tried.stderr)

    def test_a_setting_that_nobody_gives_has_the_value_of_the_contract(self):
        write(self.home.path("bare.toml"), DIGITS + "[model]\nlayers = [ { type = \"dense\", units = 10 } ]\n")
        told = self.forknet("train", "bare.toml", "--dry-run")
        self.assertEqual(told.returncode, 0, told.stderr)
        resolved = tomllib.loads(told.stdout)
        for section, settings in DEFAULTS.items():
            for key, value in settings.items():
                self.assertIn(resolved[section][key], value if isinstance(value, tuple) else (value,), key)

    # --- where what is written goes ---

    def test_results_are_one_line_of_json_on_stdout(self):
        for words in (["train", "k.toml", "--set", "train.max_steps=3"], ["train", "--resume", "done"],
                      ["eval", "done", "--data", IMAGES], ["ps"], ["status", "done"], ["top", "done"],
                      ["runs", "ls"], ["runs", "show", "done"], ["runs", "compare", "done", "latest"], ["doctor"],
                      ["compare", "k.toml", "--grids", "serial,threads", "--set", "train.max_steps=3"]):
            with self.subTest(words=words):
                ended = self.forknet(*words, "--json")
                self.assertEqual(ended.returncode, 0, ended.stderr)
                line, rest = ended.stdout.split("\n")
                self.assertEqual(rest, "")
                self.assertIsInstance(json.loads(line), (dict, list))

    def test_progress_goes_to_stderr_and_quiet_leaves_it_out(self):
        told = self.forknet("train", "k.toml", "--run", "told")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("epoch 1/2", told.stderr)
        self.assertNotIn("epoch 1/2", told.stdout)
        self.assertIn(self.expected["weights_digest"], told.stdout)
        for text in (told.stdout, told.stderr):  # no terminal: nothing is redrawn
            self.assertNotRegex(text, "[\r\x1b]")
        quiet = self.forknet("train", "k.toml", "--run", "quiet", "--quiet")
        self.assertEqual((quiet.returncode, quiet.stderr), (0, ""))
        self.assertIn(self.expected["weights_digest"], quiet.stdout)

    def test_lines_of_json_come_at_every_log_interval_before_the_result(self):
        ended = self.forknet("train", "k.toml", "--json=lines", "--set", "log.every=10")
        lines = [json.loads(line) for line in ended.stdout.splitlines()]
        self.assertEqual(lines[-1]["weights_digest"], self.expected["weights_digest"])
        steps = [line["step"] for line in lines[:-1]]
        self.assertEqual([step for step in steps if step % 10 == 0], [10, 20, 30])
        self.assertEqual(steps, sorted(steps))

    def terminal(self, *words, environment):
        """What a command whose stderr is a terminal writes to it, and the seconds that it took."""
        master, slave = pty.openpty()
        run = self.home.start(*words, stderr=slave, environment=environment)
        os.close(slave)
        seen = b""
        try:
            while select.select([master], [], [], self.home.limit)[0]:
                seen += os.read(master, 4096)
        except OSError:
            pass  # the other end is closed
        os.close(master)
        out, _ = run.communicate(timeout=self.home.limit)
        self.assertEqual(run.returncode, 0, seen)
        return seen.decode(), json.loads(out)["wall_seconds"]

    def test_a_terminal_sees_a_line_that_is_redrawn_ten_times_a_second_at_most(self):
        seen, seconds = self.terminal("train", "k.toml", "--json", "--epochs", "100", environment={})
        # Lines that stay, of epochs, are not redrawn.
        redrawn = [line for line in seen.split("\r") if line.startswith("epoch")]
        stay = seen.count("\n")
        self.assertGreater(len(redrawn), 0)
        self.assertLessEqual(len(redrawn) - stay, 10 * seconds + 1)

    def test_no_color_is_honoured(self):
        seen, _ = self.terminal("train", "k.toml", "--json", environment={"NO_COLOR": "1", "TERM": "xterm-256color"})
        self.assertIn("epoch", seen)
        self.assertNotRegex(seen, "\x1b\\[[0-9;]*m")

    # --- runs ---

    def test_a_run_is_a_name_or_latest_or_a_path_and_its_folder_may_be_named(self):
        unnamed = self.trained("k.toml", "--set", "train.max_steps=1")["run"]
        self.assertRegex(unnamed, r"^k-\d{8}-\d{6}(-\d+)?$")
        self.trained("k.toml", "--run", "newest", "--set", "train.max_steps=2")
        for name, run in (("done", "done"), ("latest", "newest"), ("runs/done", "done"), ("runs/latest", "newest"),
                          (self.home.run_path("done"), "done")):
            self.assertEqual(result(self.forknet("status", name, "--json"))["run"], run)
        for word in ("runs ls", "status newest", "eval newest --data " + self.home.path(IMAGES)):
            found = self.forknet(*word.split(), cwd="/", environment={"FORKNET_RUN_DIR": self.home.path("runs")})
            self.assertEqual(found.returncode, 0, found.stderr)

    def test_the_folder_of_a_run_has_what_the_contract_lists_and_is_private(self):
        run = self.home.start("train", "k.toml", "--run", "listed", "--trace", "--json=lines", "--set",
                              "grid.replicas=2", environment={"FORKNET_FAILPOINTS": "cell/step/before@0:5:stop"})
        self.addCleanup(self.end, run)
        cells = self.stopped(run)
        while_it_runs = {"control.sock", "state.json", "status.json"}
        self.assertLessEqual(while_it_runs, set(os.listdir(self.home.run_path("listed"))))
        for path in states.files(self.home.run_path("listed")):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)
        self.go_on(cells)
        run.communicate(timeout=self.home.limit)
        self.assertEqual(run.returncode, 0)
        names = set(os.listdir(self.home.run_path("listed")))
        self.assertLessEqual({"config.toml", "config.resolved.toml", "meta.json", "metrics.jsonl", "summary.json",
                              "log.txt", "checkpoints", "model.safetensors", "trace.json"}, names)
        self.assertFalse({"control.sock", "state.json"} & names)
        self.assertIn(f"step-{STEPS}.safetensors", os.listdir(self.home.run_path("listed", "checkpoints")))
        self.assertEqual(stat.S_IMODE(os.stat(self.home.run_path("listed")).st_mode), 0o700)
        self.assertEqual(read(self.home.run_path("listed", "config.toml")), CONFIG)
        self.assertIn("# k.toml:", read(self.home.run_path("listed", "config.resolved.toml")))
        meta = json.loads(read(self.home.run_path("listed", "meta.json")))
        for key in ("host", "build", "cpu", "data"):
            self.assertTrue(meta[key], key)
        for line in read(self.home.run_path("listed", "log.txt")).splitlines():
            self.assertRegex(line, r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*Z? pid \d+ .*: |    )")

    def test_runs_are_shown_and_compared(self):
        self.trained("k.toml", "--run", "other", "--set", "run.seed=2")
        self.trained("k.toml", "--run", "again", "--grid", "threads")
        shown = self.forknet("runs", "show", "done").stdout
        self.assertIn(self.expected["weights_digest"], shown)
        self.assertIn("runs/done/metrics.jsonl", shown)
        for other, same in (("again", "yes"), ("other", "no")):
            compared = self.forknet("runs", "compare", "done", other)
            self.assertEqual(compared.returncode, 0, compared.stderr)
            self.assertIn(f"same bits: {same}\n", compared.stdout)

    def test_clean_keeps_the_newest_and_a_dry_run_removes_nothing(self):
        elsewhere = {"FORKNET_RUN_DIR": "few"}
        for name in ("one", "two", "three"):
            self.assertEqual(self.forknet("train", "k.toml", "--run", name, "--set", "train.max_steps=1",
                                          environment=elsewhere).returncode, 0)
        told = self.forknet("runs", "clean", "--keep", "2", "--dry-run", environment=elsewhere)
        self.assertIn("would remove few/one", told.stdout)
        self.assertEqual(len(os.listdir(self.home.path("few"))), 4)  # latest too
        self.forknet("runs", "clean", "--keep", "2", environment=elsewhere)
        self.assertEqual(sorted(os.listdir(self.home.path("few"))), ["latest", "three", "two"])

    # --- figures ---

    def test_seconds_of_training_cover_the_steps_and_not_evaluations_and_checkpoints(self):
        samples = self.expected["samples_per_second"] * self.expected["train_seconds"]
        self.assertAlmostEqual(samples / (2 * ROWS), 1, places=6)
        slow = self.forknet("train", "k.toml", "--json", environment={
            "FORKNET_FAILPOINTS": "run/evaluate/before:1:delay=300,run/checkpoint/before:1:delay=300"})
        timed = result(slow)
        self.assertGreaterEqual(timed["wall_seconds"] - timed["train_seconds"], 0.6)
        step = result(self.forknet("train", "k.toml", "--json", *sets(["grid.replicas=2"]), environment={
            "FORKNET_FAILPOINTS": "cell/step/before@0:9:delay=300"}))
        self.assertGreaterEqual(step["train_seconds"], 0.3)

    def test_a_regression_reports_its_errors(self):
        summary = self.trained("regression.toml", "--epochs", "3")
        self.assertLessEqual({"loss", "rmse", "mae", "r2"}, set(summary["test"]))
        self.assertNotIn("accuracy", summary["test"])

    def test_training_ends_at_the_accuracy_that_was_asked_for(self):
        early = self.trained("k.toml", "--epochs", "100", "--until", "accuracy=0.3")
        self.assertEqual(early["state"], "finished")
        self.assertLess(early["epochs"], 100)
        self.assertGreaterEqual(early["validation"]["accuracy"], 0.3)

    def test_compare_has_time_speed_and_digest_of_every_layout(self):
        words = ["compare", "k.toml", "--grids", "serial,threads", "--set", "train.max_steps=5"]
        text = self.forknet(*words).stdout
        for word in ("serial", "threads", "samples/s", "same bits"):
            self.assertIn(word, text)
        for run in result(self.forknet(*words, "--json"))["runs"]:
            self.assertLessEqual({"grid", "train_seconds", "samples_per_second", "speed_up", "weights_digest",
                                  "same_bits"}, set(run))

    def test_a_model_is_evaluated_and_predicts_in_every_form(self):
        for words in ([], ["--labels", LABELS]):
            shown = self.forknet("eval", "runs/done/model.safetensors", "--data", IMAGES, *words)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertIn("accuracy", shown.stdout)
            self.assertGreater(len(shown.stdout.splitlines()), 10)  # a line a class
        for form in ("csv", "jsonl"):
            self.assertEqual(self.forknet("predict", "done", "--in", IMAGES, "--out", "p." + form).returncode, 0)
        csv = [line.split(",") for line in read(self.home.path("p.csv")).splitlines()]
        rows = [json.loads(line) for line in read(self.home.path("p.jsonl")).splitlines()]
        self.assertEqual(csv[0], ["class", *(f"output_{i}" for i in range(10))])
        self.assertEqual(len(rows), 100)
        self.assertEqual([[int(row[0]), *map(float, row[1:])] for row in csv[1:]],
                         [[row["class"], *row["outputs"]] for row in rows])
        refused = self.forknet("predict", "done", "--in", IMAGES, "--out", "p.txt")
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertFalse(os.path.exists(self.home.path("p.txt")))

    # --- the machine and data ---

    def test_data_is_drawn_and_described(self):
        for folder, seed in (("one", "1"), ("two", "2")):
            drawn = self.forknet("data", "digits", folder, "--train", "20", "--test", "10", "--seed", seed)
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
        images = "train-images-idx3-ubyte.gz"
        same = [self.forknet("data", "inspect", f"{folder}/{images}").stdout for folder in ("one", "two")]
        self.assertIn("20", same[0])
        self.assertIn("28", same[0])
        with open(self.home.path("one", images), "rb") as one, open(self.home.path("two", images), "rb") as two:
            self.assertNotEqual(one.read(), two.read())

    def test_doctor_says_what_the_machine_has(self):
        told = result(self.forknet("doctor", "--json"))
        self.assertLessEqual({"cpus", "memory", "/dev/shm", "mpi"}, {one["what"] for one in told})
        text = self.forknet("doctor").stdout
        for one in told:
            self.assertIn(one["what"], text)

    def test_threads_are_bound_to_the_cpus_that_are_named_and_the_status_shows_them(self):
        cpus = sorted(os.sched_getaffinity(0))
        for number, (pin, bound) in enumerate(((f"[{cpus[-1]}]", [cpus[-1:]] * 2), ("none", [cpus] * 2))):
            name = f"bound-{number}"
            run = self.home.start("train", "k.toml", "--run", name, "--json", *sets(
                ["grid.replicas=2", f"grid.pin={pin}"]), environment={
                "FORKNET_FAILPOINTS": "cell/step/before@0:5:stop,cell/step/before@1:5:stop"})
            self.addCleanup(self.end, run)
            cells = self.stopped(run, number=2)
            # Of a cell process the first thread works.
            self.assertEqual([sorted(os.sched_getaffinity(pid)) for pid in cells], bound)
            self.go_on(cells)
            run.communicate(timeout=self.home.limit)
            self.assertEqual(run.returncode, 0)
            shown = result(self.forknet("status", name, "--json"))["cells"]
            self.assertEqual([cell["cpus"] for cell in shown], [cpus[-1:]] * 2 if pin != "none" else [[]] * 2)

    # --- exit codes ---

    def test_a_loss_that_is_not_finite_ends_with_6(self):
        wild = sets(["optimizer.type=sgd", "optimizer.lr=1e30"])
        run = self.forknet("train", "k.toml", "--run", "wild", "--json", *wild)
        self.assertEqual(run.returncode, 6, run.stderr)
        self.assertEqual(json.loads(run.stdout)["state"], "diverged")
        self.assertIn("the loss is not finite", run.stderr)
        self.assertEqual(self.forknet("wait", "wild").returncode, 6)
        self.assertEqual(self.forknet("compare", "k.toml", "--grids", "serial,threads", *wild).returncode, 6)

    def test_quit_ends_at_once_without_a_checkpoint_and_no_step_is_lost(self):
        run = self.home.start("train", "k.toml", "--run", "quit", "--json=lines", *sets(
            ["grid.replicas=2", "checkpoint.every=off"]), environment={
            "FORKNET_FAILPOINTS": "cell/step/before@0:9:stop"})
        self.addCleanup(self.end, run)
        cells = self.stopped(run)
        run.send_signal(signal.SIGQUIT)
        run.communicate(timeout=self.home.limit)
        self.assertEqual(run.returncode, -signal.SIGQUIT)
        self.go_on(cells)
        self.assertEqual(os.listdir(self.home.run_path("quit", "checkpoints")), [])
        resumed = self.forknet("train", "--resume", "quit", "--json")
        self.assertIn("continuing from the last step", resumed.stderr)
        self.assertEqual(result(resumed)["weights_digest"], self.expected["weights_digest"])

    def test_term_ends_with_75_from_the_moment_the_run_folder_exists(self):
        for number, place in enumerate(("durable/sync", "state/control", "state/keep/after", "run/begin")):
            name = f"early-term-{number}"
            replicas = f"grid.replicas={1 + number % 2}"
            run = self.home.start("train", "k.toml", "--run", name, "--json", "--set", replicas,
                                  environment={"FORKNET_FAILPOINTS": place + ":1:stop"})
            self.addCleanup(self.end, run)
            self.stopped(run, processes=lambda: [run.pid])
            self.assertTrue(os.path.isdir(self.home.run_path(name)), place)
            run.send_signal(signal.SIGTERM)
            run.send_signal(signal.SIGCONT)
            out, told = run.communicate(timeout=self.home.limit)
            self.assertEqual((run.returncode, json.loads(out)["state"]), (75, "stopped"), told)
            rest = result(self.forknet("train", "--resume", name, "--json"))
            self.assertEqual(rest["weights_digest"], self.expected["weights_digest"], place)

    def test_layouts_that_disagree_end_a_comparison_with_7(self):
        run = self.home.start("compare", "k.toml", "--grids", "serial,processes", "--json", *sets(
            ["grid.replicas=2", "grid.threads=1"]), environment={"FORKNET_FAILPOINTS": "forward/after@0:20:stop"})
        self.addCleanup(self.end, run)
        first = self.stopped(run)  # of the first layout: as the settings have two replicas in it as well
        self.go_on(first)
        second = self.stopped(run, first)
        self.spoil(second[0])
        self.go_on(second)
        out, told = run.communicate(timeout=self.home.limit)
        self.assertEqual(run.returncode, 7, told)
        compared = json.loads(out)
        self.assertFalse(compared["same_bits"])
        self.assertEqual([one["same_bits"] for one in compared["runs"]], [True, False])

    def test_what_a_resume_may_not_change_ends_with_3_and_what_it_may_is_taken(self):
        self.trained("k.toml", "--run", "part", "--set", "train.max_steps=1")
        for setting in ("train.batch=25", "run.seed=2", "optimizer.lr=0.1", "data.scale=none", "model.init=zeros",
                        "train.leaf=8", "numerics.precision=fp64", "data.validation=0.2", "grid.models=2"):
            refused = self.forknet("train", "--resume", "part", *sets([setting, "train.max_steps=9"]))
            self.assertEqual((refused.returncode, refused.stdout), (3, ""), setting)
            self.assertIn(setting.split("=")[0], refused.stderr)
            self.assertLessEqual(len(refused.stderr.splitlines()), 6)
        for steps, settings in enumerate((["grid.replicas=2"], ["grid.stages=2", "grid.replicas=1"],
                                          ["grid.host=thread", "grid.channel=pipe"], ["grid.schedule=gpipe"],
                                          ["grid.threads=2", "grid.microbatches=2"], ["data.loader_threads=0"],
                                          ["checkpoint.every=off", "checkpoint.keep=1"], ["log.every=5"],
                                          ["grid.restarts=3", "grid.step_budget=30", "grid.stopped_budget=30"]), 2):
            summary = result(self.forknet("train", "--resume", "part", "--json",
                                          *sets([*settings, f"train.max_steps={steps}"])))
            self.assertEqual((summary["state"], summary["steps"]), ("finished", steps), settings)
        whole = result(self.forknet("train", "--resume", "part", "--json", "--set", "train.max_steps=0"))
        self.assertEqual(whole["weights_digest"], self.expected["weights_digest"])

    def test_early_stopping_counts_on_after_a_kill(self):
        worse = sets(["optimizer.lr=0.2", "train.early_stop_patience=3", "train.epochs=100"])
        whole = result(self.forknet("train", "k.toml", "--run", "early", "--json", *worse))
        self.assertLess(whole["epochs"], 100)
        for number, evaluation in enumerate((2, whole["epochs"])):
            name = f"early-{number}"
            killed = self.forknet("train", "k.toml", "--run", name, *worse, environment={
                "FORKNET_FAILPOINTS": f"run/evaluate/before:{evaluation}:kill"})
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
            rest = result(self.forknet("train", "--resume", name, "--json"))
            for key in ("epochs", "steps", "weights_digest", "validation"):
                self.assertEqual(rest[key], whole[key], key)

    def test_a_cell_of_a_thread_host_that_dies_ends_the_process_and_no_step_is_lost(self):
        for number, words in enumerate((["grid.threads=2"], ["grid.replicas=2"],
                                        ["grid.stages=2", "grid.channel=pipe"])):
            name = f"threads-{number}"
            died = self.forknet("train", "k.toml", "--run", name, *sets([*words, "grid.host=thread"]), environment={
                "FORKNET_FAILPOINTS": "forward/after:20:kill"})
            self.assertEqual(died.returncode, -signal.SIGKILL, died.stderr)
            resumed = self.forknet("train", "--resume", name, "--json")
            self.assertIn("continuing from the last step", resumed.stderr)
            self.assertEqual(result(resumed)["weights_digest"], self.expected["weights_digest"])

    # --- processes that a failpoint has stopped ---

    def stopped(self, run, but=(), number=1, processes=None):
        """The cells of a run (or these processes), but for those, that a failpoint has stopped, once so many are."""
        processes = processes or (lambda: children_of(run.pid))
        end = time.monotonic() + self.home.limit
        while time.monotonic() < end:
            found = [pid for pid in processes() if self.state(pid) == "T" and pid not in but]
            if len(found) >= number:
                return found
            self.assertIsNone(run.poll(), "the run ended")
            time.sleep(0.001)
        self.fail("no cell has stopped")

    @staticmethod
    def state(pid):
        try:
            return read(f"/proc/{pid}/stat").rpartition(") ")[2][:1]
        except OSError:
            return ""  # it is gone

    @staticmethod
    def go_on(pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass  # it died with its Supervisor

    def spoil(self, pid):
        """Other activations in the memory that the cells share, such as a defect would leave: stretches in which
        all numbers are of their size, which words of control are not."""
        arenas = [line.split()[0] for line in read(f"/proc/{pid}/maps").splitlines() if "memfd:forknet grid" in line]
        changed = 0
        with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
            for arena in arenas:
                first, last = (int(end, 16) for end in arena.split("-"))
                for place in range(first, last, 4 * STRETCH):
                    memory.seek(place)
                    numbers = struct.unpack(f"<{STRETCH}f", memory.read(4 * STRETCH))
                    sizes = [abs(n) for n in numbers if n != 0]
                    if len(sizes) > STRETCH / 4 and all(1e-6 < size < 100 for size in sizes):
                        memory.seek(place)
                        memory.write(struct.pack(f"<{STRETCH}f", *(2 * n for n in numbers)))
                        changed += 1
        self.assertGreater(changed, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
