#!/usr/bin/env python3
"""Every word written is checked, every word said is true: results that do not arrive, and messages
that promise or claim something.

Usage: words_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

from homes import DIGITS, HomeTest, read, write

PROGRAM = os.path.abspath(sys.argv[1])

CONFIG = f"""
[run]
name = "t"
{DIGITS}validation = 0.1
[model]
layers = [ {{ type = "dense", units = 24, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 3
batch = 50
[log]
every = 1
"""


class WordsTest(HomeTest):
    program, config, digits = PROGRAM, ("t.toml", CONFIG), (1000, 200)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expected = cls.trained("t.toml", "--run", "undisturbed")

    def path(self, *parts):
        return self.home.path(*parts)

    def test_results_that_cannot_be_written_end_with_1(self):
        few = ["--set", "train.max_steps=2", "--quiet"]
        data = "digits/t10k-images-idx3-ubyte.gz"
        for words in [["train", "t.toml", "--json", *few], ["train", "t.toml", "--json=lines", *few],
                      ["train", "t.toml", *few], ["train", "t.toml", "--dry-run"],
                      ["train", "--resume", "undisturbed"], ["train", "--resume", "undisturbed", "--json"],
                      ["compare", "t.toml", "--grids", "serial", "--set", "train.max_steps=2"],
                      ["compare", "t.toml", "--grids", "serial", "--json", "--set", "train.max_steps=2"],
                      ["eval", "undisturbed", "--data", data],
                      ["eval", "undisturbed", "--data", data, "--json"],
                      ["status", "undisturbed"], ["status", "undisturbed", "--json"],
                      ["top", "undisturbed"], ["logs", "undisturbed"], ["logs", "undisturbed", "-f"],
                      ["ps"], ["ps", "--json"], ["runs", "ls"], ["runs", "ls", "--json"],
                      ["runs", "show", "undisturbed"], ["runs", "show", "undisturbed", "--json"],
                      ["runs", "compare", "undisturbed", "undisturbed"],
                      ["runs", "clean", "--keep", "1000"], ["init", "xor", "unheard.toml"],
                      ["data", "digits", "few", "--train", "10", "--test", "10"],
                      ["data", "inspect", data], ["doctor"], ["doctor", "--json"], ["--version"],
                      ["--help"], ["train", "--help"], ["help", "doc"], ["help", "man"], ["help", "bash"]]:
            with self.subTest(words=words), open("/dev/full", "w") as full:
                result = self.forknet(*words, stdout=full)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn("forknet: stdout: write: No space left on device", result.stderr)
        os.remove(self.path("unheard.toml"))
        shutil.rmtree(self.path("few"))

    def test_a_failure_keeps_its_code_where_stdout_is_full(self):
        with open("/dev/full", "w") as full:
            result = self.forknet("train", "t.toml", "--json", "--quiet", "--set", "optimizer.lr=1e30",
                                  "--set", "optimizer.type=sgd", "--run", "unheard", stdout=full)
        self.assertEqual(result.returncode, 6, result.stderr)
        self.assertIn("stdout: write", result.stderr)

    def test_a_reader_that_has_left_is_no_complaint(self):
        reads, writes = os.pipe()
        os.close(reads)
        try:
            result = self.forknet("train", "--resume", "undisturbed", stdout=writes)
        finally:
            os.close(writes)
        self.assertEqual((result.returncode, result.stderr), (1, ""))

    def test_a_diverged_run_says_which_checkpoint_there_is(self):
        wild = ["--set", "optimizer.lr=1e30", "--set", "optimizer.type=sgd"]
        first = self.forknet("train", "t.toml", "--run", "wild", *wild)
        self.assertEqual(first.returncode, 6)
        self.assertIn("no checkpoint was written before that", first.stderr)
        self.assertNotIn("kept", first.stderr)
        self.assertNotIn("-nan", first.stderr + first.stdout)
        self.assertRegex(self.forknet("runs", "show", "wild").stdout, r'"loss": null')
        self.assertRegex(self.forknet("runs", "ls").stdout, r"wild +diverged +\d+ +nan ")
        later = self.forknet("train", "t.toml", "--run", "wilder", *wild, "--init-from", "undisturbed")
        self.assertEqual(later.returncode, 6)
        self.assertIn("the newest checkpoint is that of step 0", later.stderr)

    def test_first_weights_come_from_a_run_or_a_file(self):
        file = self.path("runs", "undisturbed", "model.safetensors")
        digests = {self.trained("t.toml", "--init-from", start, "--epochs", "1")["weights_digest"]
                   for start in ["undisturbed", "runs/undisturbed", file]}
        self.assertEqual(len(digests), 1)
        self.assertEqual(self.forknet("train", "t.toml", "--dry-run", "--init-from",
                                      "undisturbed").returncode, 0)
        write(self.path("other.toml"), CONFIG.replace("units = 24", "units = 25"))
        for more in [[], ["--dry-run"]]:
            runs = sorted(os.listdir(self.path("runs")))
            refused = self.forknet("train", "other.toml", "--init-from", "undisturbed", *more)
            self.assertEqual(refused.returncode, 4, refused.stderr)
            self.assertIn("layers.0.weight has shape [24, 784]", refused.stderr)
            self.assertEqual(sorted(os.listdir(self.path("runs"))), runs, "a run was left behind")
        os.remove(self.path("other.toml"))

    def test_a_dry_run_tells_the_memory_that_a_run_takes(self):
        units = {"MiB": 1024, "GiB": 1024 * 1024}
        for words in [[], ["--set", "numerics.precision=fp64", "--set", "grid.threads=2"],
                      ["--set", "train.batch=500", "--set", "data.loader_threads=3"],
                      ["--set", "grid.replicas=2", "--set", "grid.sync=average", "--set",
                       "grid.host=thread"]]:
            with self.subTest(words=words):
                write(self.path("large.toml"), CONFIG.replace("units = 24", "units = 900"))
                words = ["train", "large.toml", "--quiet", "--set", "train.max_steps=3", *words]
                told = self.forknet(*words, "--dry-run").stdout
                number, unit = re.search(r"about ([0-9.]+) (\w+) of memory", told).groups()
                run = self.home.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                _, status, usage = os.wait4(run.pid, 0)
                run.returncode = os.waitstatus_to_exitcode(status)
                self.assertEqual(run.returncode, 0)
                ratio = usage.ru_maxrss / (float(number) * units[unit])
                self.assertTrue(1 / 1.5 < ratio < 1.5, (told.splitlines()[-1], usage.ru_maxrss))
        os.remove(self.path("large.toml"))

    def test_a_run_that_failed_is_listed_as_failed(self):
        failed = self.forknet("train", "t.toml", "--run", "many", "--json", "--set",
                              "grid.threads=60000")
        self.assertEqual(failed.returncode, 3, failed.stderr)
        self.assertEqual(json.loads(failed.stdout)["error"]["exit_code"], 3)
        listed = json.loads(self.forknet("runs", "ls", "--json").stdout)
        self.assertEqual([run["state"] for run in listed if run["run"] == "many"], ["failed"])
        self.assertIn("same bits: not known, many has no result (failed)",
                      self.forknet("runs", "compare", "undisturbed", "many").stdout)
        waited = self.forknet("wait", "many")
        self.assertEqual(waited.returncode, 3)
        self.assertIn("many: failed: ", waited.stderr)

    def test_a_resume_for_less_than_is_done_is_refused(self):
        finished = self.forknet("train", "--resume", "undisturbed", "--epochs", "1")
        self.assertEqual((finished.returncode, finished.stderr), (0, ""))
        self.assertIn("had finished; nothing to do", finished.stdout)
        code, errors = self.home.killed_at(30, "train", "t.toml", "--run", "shortened")
        self.assertEqual(code, -signal.SIGKILL, errors)
        refused = self.forknet("train", "--resume", "shortened", "--epochs", "1")
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertIn("are done already, but train.epochs = 1 ends the run at step 18", refused.stderr)
        self.assertEqual(self.trained("--resume", "shortened")["weights_digest"],
                         self.expected["weights_digest"])

    def test_the_log_says_who_writes_and_threads_what_they_do(self):
        run = self.home.start("train", "t.toml", "--run", "named", "--json=lines", "--set",
                              "data.loader_threads=2", "--set", "train.epochs=100000")
        self.assertIn('"step":1,', run.stdout.readline())
        threads = [read(f"/proc/{run.pid}/task/{task}/comm").strip()
                   for task in os.listdir(f"/proc/{run.pid}/task")]
        self.assertEqual(threads.count("loader"), 2, threads)
        self.end(run)
        for line in read(self.path("runs", "named", "log.txt")).splitlines():
            self.assertRegex(line, rf"^\S+Z pid {run.pid} supervisor: ")

    def test_the_checksum_of_a_file_is_found_by_hand_as_the_formats_say(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        text = read(os.path.join(root, "docs", "formats.md"))
        recipe = next(block for block in re.findall(r"```sh\n(.*?)```", text, re.S) if "xxh128sum" in block)
        model = self.path("runs", "undisturbed", "model.safetensors")
        result = subprocess.run(["bash", "-c", recipe.replace("FILE", model) + "echo $checksum"],
                                text=True, capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        by_hand, written = result.stdout.splitlines()
        self.assertEqual(by_hand.split()[0], written)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
