#!/usr/bin/env python3
"""Words on the command line: what is understood, what is refused and how.

Usage: command_line_test.py FORKNET [unittest arguments]. Nothing here trains.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from patience import patience

PROGRAM = os.path.abspath(sys.argv[1])

REFUSED = [
    ([], "usage: forknet COMMAND"),
    (["trian", "x.toml"], 'unknown command "trian"\n  did you mean "train"?'),
    (["--fast"], 'unknown option "--fast"'),
    (["data"], "forknet data is followed by one of digits, fetch, inspect"),
    (["data", "digist"], 'unknown command "data digist"\n  did you mean "digits"?'),
    (["launch"], "forknet launch: comes with MPI"),
    (["init", "csv"], "init csv needs the table"),
    (["init", "xor", "a", "b"], "belong to init csv"),
    (["init", "csv", "a", "--task", "guess"], '--task "guess" is not classify or regress'),
    (["init", "mnits"], 'did you mean "mnist"?'),
    (["train"], "CONFIG is missing"),
    (["train", "x.toml", "y.toml"], 'what is "y.toml" for?'),
    (["train", "x.toml", "--epoch=5"], 'unknown option "--epoch"; did you mean "--epochs"?'),
    (["train", "x.toml", "--epochs"], "--epochs needs a value: --epochs N"),
    (["train", "x.toml", "--epochs", "few"], '"few" is not a whole number'),
    (["train", "x.toml", "--set"], "--set needs a value: --set KEY=VALUE"),
    (["train", "x.toml", "--json", "lines"], 'what is "lines" for?'),
    (["train", "x.toml", "--json=line"], "--json=line is not --json or --json=lines"),
    (["train", "x.toml", "--quiet=yes"], "--quiet takes no value"),
    (["train", "x.toml", "--until", "loss=1"], "is not accuracy=X"),
    (["train", "x.toml", "--dashboard"], "forknet train --dashboard: comes with"),
    (["train", "--resume", "latest", "x.toml"], "takes no CONFIG"),
    (["train", "--resume", "latest", "--dry-run"], "does not go with --resume"),
    (["compare", "x.toml"], "there is nothing to compare"),
    (["compare", "x.toml", "--grids", "serial,,threads"], "is not a list of presets"),
    (["eval", "latest"], "--data FILE is missing"),
    (["predict", "latest", "--in", "a"], "--out FILE is missing"),
    (["runs", "compare", "a"], "RUN is missing"),
    (["runs", "clean", "--keep", "-1"], "is not a whole number"),
    (["bench", "stpes"], 'did you mean "steps"?'),
    (["train", "x\x1b[31m.toml", "--\x1b[31m"], "unknown option"),
]


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="forknet-words-")
        self.addCleanup(shutil.rmtree, self.home)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("FORKNET_")}

    def forknet(self, *words, environment=None):
        return subprocess.run([PROGRAM, *words], cwd=self.home, text=True, capture_output=True,
                              timeout=patience(60), stdin=subprocess.DEVNULL,
                              env={**self.environment, **(environment or {})})

    def test_wrong_words_are_refused_with_exit_2(self):
        for words, message in REFUSED:
            with self.subTest(words=words):
                result = self.forknet(*words)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(message, result.stderr)
                self.assertNotIn("\x1b", result.stderr)
                self.assertEqual(result.stdout, "")
                self.assertEqual(os.listdir(self.home), [])
                if words:
                    self.assertLessEqual(len(result.stderr.splitlines()), 6)

    def test_the_committed_manual_man_page_and_completion_are_the_generated_ones(self):
        docs = pathlib.Path(__file__).resolve().parents[2] / "docs"
        for what, page in (("doc", "cli.md"), ("man", "man/forknet.1"), ("bash", "completions/forknet.bash")):
            made = subprocess.run([PROGRAM, "help", what], capture_output=True, text=True).stdout
            self.assertEqual(made, (docs / page).read_text(), f"forknet help {what} > docs/{page}")

    def test_help_and_version_go_to_stdout(self):
        for words, text in [(["--version"], "forknet 0."), (["--help"], "usage: forknet COMMAND"),
                            (["help"], "usage: forknet COMMAND"), (["train", "--help"], "--until"),
                            (["data", "digits", "-h"], "FOLDER"), (["data", "--help"], "digits"),
                            (["reload", "--help"], "RUN"), (["plan", "--help"], "does not have yet"),
                            (["help", "man"], ".TH FORKNET 1"), (["help", "bash"], "complete -o"),
                            (["help", "doc"], "## Config")]:
            with self.subTest(words=words):
                result = self.forknet(*words)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(text, result.stdout)
                self.assertEqual(result.stderr, "")

    def test_init_writes_a_config_and_never_over_a_file(self):
        self.assertEqual(self.forknet("init").returncode, 0)
        path = os.path.join(self.home, "mnist.toml")
        with open(path) as file:
            written = file.read()
        self.assertIn("[model]", written)
        with open(path, "a") as file:
            file.write("# mine\n")
        again = self.forknet("init", "mnist")
        self.assertEqual(again.returncode, 2)
        self.assertIn("mnist.toml exists already", again.stderr)
        with open(path) as file:
            self.assertEqual(file.read(), written + "# mine\n")
        self.assertEqual(self.forknet("init", "xor", "other.toml").returncode, 0)
        self.assertEqual(sorted(os.listdir(self.home)), ["mnist.toml", "other.toml"])

    def test_settings_come_in_their_order(self):
        self.assertEqual(self.forknet("init", "xor").returncode, 0)

        def batch(*words, **environment):
            result = self.forknet("train", "xor.toml", "--dry-run", *words, environment=environment)
            self.assertEqual(result.returncode, 0, result.stderr)
            line, = [line for line in result.stdout.splitlines() if line.startswith("epochs = ")]
            return " ".join(line.split())

        self.assertRegex(batch(), r"^epochs = 300 # xor.toml:\d+$")
        self.assertEqual(batch(FORKNET_TRAIN_EPOCHS="7"), "epochs = 7 # FORKNET_TRAIN_EPOCHS")
        self.assertEqual(batch("--epochs=8", FORKNET_TRAIN_EPOCHS="7"), "epochs = 8 # --epochs")
        self.assertEqual(batch("--set", "train.epochs=9", "--epochs", "8"), "epochs = 9 # --set")
        wrong = self.forknet("train", "xor.toml", "--set", "train.epochs=0")
        self.assertEqual(wrong.returncode, 3)
        self.assertIn("--set: train.epochs = 0: expected a whole number", wrong.stderr)

    def dry(self, config, *words, code=0, **environment):
        result = self.forknet("train", config, "--dry-run", *words, environment=environment)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def test_a_preset_counts_wherever_it_is_named(self):
        self.assertEqual(self.forknet("init", "xor").returncode, 0)
        path = os.path.join(self.home, "xor.toml")

        def value(result, key):
            line, = [line for line in result.stdout.splitlines() if line.startswith(f"{key} = ")]
            return " ".join(line.split())

        layers = 'stages = "layers" # preset layers'
        self.assertEqual(value(self.dry("xor.toml"), "stages"), "stages = 1 # default")
        self.assertEqual(value(self.dry("xor.toml", FORKNET_GRID_PRESET="layers"), "stages"), layers)
        self.assertEqual(value(self.dry("xor.toml", "--set", "grid.preset=layers"), "stages"), layers)
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace('preset = "serial"', 'preset = "layers"'))
        told = self.dry("xor.toml")
        self.assertEqual(value(told, "stages"), layers)
        self.assertEqual(told.stderr, "")
        with open(path, "w") as file:
            file.write(text.replace('preset = "serial"', 'preset = "layers"')
                       .replace("# stages = 1 ", "stages = 1 "))
        told = self.dry("xor.toml")
        self.assertRegex(value(told, "stages"), r"^stages = 1 # xor.toml:\d+$")
        self.assertRegex(told.stderr, r"^grid: preset layers, with grid.stages = 1 from xor.toml:\d+\n$")

    def test_a_dry_run_looks_at_the_first_weights(self):
        self.assertEqual(self.forknet("init", "xor").returncode, 0)
        missing = self.dry("xor.toml", "--init-from", "/nonexistent", code=2)
        self.assertIn("/nonexistent: there is no such run", missing.stderr)
        self.assertIn("nor is there a file of this name", missing.stderr)
        missing = self.dry("xor.toml", "--init-from", "none.safetensors", code=4)
        self.assertIn("none.safetensors", missing.stderr)
        self.assertEqual(os.listdir(self.home), ["xor.toml"])

    def test_a_config_of_mnist_without_its_files_names_what_makes_them(self):
        told = self.forknet("init", "mnist")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn('"forknet data digits data/mnist" draws some', told.stdout)
        refused = self.forknet("train", "mnist.toml")
        self.assertEqual(refused.returncode, 4)
        self.assertIn('"forknet data digits data/mnist" draws digits', refused.stderr)
        small = ("--train", "100", "--test", "20")
        self.assertEqual(self.forknet("data", "digits", "data/mnist", *small).returncode, 0)
        self.dry("mnist.toml")
        self.assertNotIn("not there yet", self.forknet("init", "mnist", "again.toml").stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
