#!/usr/bin/env python3
"""Rows in a file that is mapped (data.cache), from outside: the weights of the run in memory, whatever
dies, changes or is full.

Usage: mapped_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder.
"""
import fcntl
import gzip
import io
import json
import os
import shutil
import signal
import struct
import sys
import unittest
import zipfile

from homes import DIGITS, HomeTest, read, result, sets, write

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = f"""
[run]
name = "t"
seed = 3
{DIGITS}
validation = 0.2
[model]
layers = [ {{ type = "dense", units = 24, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 2
batch = 32
[checkpoint]
every = 10
"""
CACHE = f".cache-{os.geteuid()}"
MAPPED = sets(['data.cache="mapped"'])


class MappedTest(HomeTest):
    program, config = PROGRAM, ("t.toml", CONFIG)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.in_memory = cls.trained("t.toml", "--run", "memory", *sets(['data.cache="memory"']))

    def setUp(self):
        shutil.rmtree(self.cache(), ignore_errors=True)

    def cache(self, *parts):
        return self.home.run_path(CACHE, *parts)

    def files(self):
        return sorted(os.listdir(self.cache())) if os.path.isdir(self.cache()) else []

    def mapped(self, *words, **how):
        """(summary, stderr) of a run that finishes."""
        ended = self.forknet("train", "t.toml", *MAPPED, *words, "--json", **how)
        return result(ended), ended.stderr

    def same(self, summary, other=None):
        self.assertEqual(summary["weights_digest"], (other or self.in_memory)["weights_digest"])

    def test_a_mapped_run_ends_on_the_weights_of_the_run_in_memory_in_every_layout(self):
        layouts = [
            [], ["data.loader_threads=0"], ["data.loader_threads=3"], ["grid.threads=2"],
            ["grid.replicas=2", 'grid.host="process"'],
            ["grid.stages=2", 'grid.host="process"', 'grid.channel="pipe"'],
        ]
        for number, layout in enumerate(layouts):
            with self.subTest(layout=layout):
                summary, errors = self.mapped(*sets(layout))
                self.same(summary)
                self.assertIn(f"found in runs/{CACHE}/" if number else f"in the new file runs/{CACHE}/", errors)
        self.assertEqual(len(self.files()), 2)

    def test_other_formats_are_mapped_too(self):
        for part, name in (("train", "train"), ("t10k", "test")):
            with gzip.open(self.home.path("digits", f"{part}-images-idx3-ubyte.gz")) as file:
                pixels = file.read()[16:]
            with gzip.open(self.home.path("digits", f"{part}-labels-idx1-ubyte.gz")) as file:
                labels = file.read()[8:]
            write(self.home.path(f"x_{name}.npy"), npy("|u1", f"({len(labels)}, 784)", pixels))
            write(self.home.path(f"y_{name}.npy"), npy("|u1", f"({len(labels)},)", labels))
            rows = [",".join([*map(str, pixels[i * 784:i * 784 + 784]), str(label)])
                    for i, label in enumerate(labels)]
            columns = ",".join([*(f"p{i}" for i in range(784)), "label"])
            write(self.home.path(f"{name}.csv"), "\n".join([columns, *rows]) + "\n")
            for i, label in enumerate(labels):
                os.makedirs(self.home.path(f"pictures-{name}", str(label)), exist_ok=True)
                write(self.home.path(f"pictures-{name}", str(label), f"{i:04}.pgm"),
                      b"P5 28 28 255\n" + pixels[i * 784:i * 784 + 784])
            shutil.make_archive(self.home.path(f"pictures-{name}"), "zip", self.home.path(f"pictures-{name}"))
        formats = {
            "npy": ['data.train={inputs="x_train.npy", labels="y_train.npy"}',
                    'data.test={inputs="x_test.npy", labels="y_test.npy"}'],
            "csv": ['data.train={inputs="train.csv"}', 'data.test={inputs="test.csv"}'],
            "images": ['data.train={inputs="pictures-train.zip"}', 'data.test={inputs="pictures-test.zip"}'],
            "images of folders": ['data.train={inputs="pictures-train"}', 'data.test={inputs="pictures-test"}'],
        }
        for name, settings in formats.items():
            with self.subTest(format=name):
                words = sets([f'data.format="{name.split()[0]}"', *settings])
                in_memory = self.trained("t.toml", *words)
                for where in ("in the new file", "found in"):
                    summary, errors = self.mapped(*words)
                    self.same(summary, in_memory)
                    self.assertEqual(errors.count(where), 2, errors)
        self.assertEqual([self.count(ending) for ending in (".table", ".set", "")], [8, 3, 11])

    def count(self, ending):
        return len([name for name in self.files() if name.endswith(ending)])

    def test_a_run_on_text_goes_on_from_its_rows_whatever_dies(self):
        rows = [f"{i % 97 / 10},{'abc'[i * 7 % 3]},{i * 31 % 101},{['low', 'high', 'odd'][i * i % 3]}" for i in range(900)]
        write(self.home.path("words.csv"), "x,y,z,kind\n" + "\n".join(rows) + "\n")
        words = sets(['data.format="csv"', 'data.train={inputs="words.csv"}', "data.test=0.2", 'data.scale="standard"',
                      'model.layers=[{type="dense"}]'])
        in_memory = self.trained("t.toml", *words)
        places = ("cache/fill:1", "cache/committed:1", "cache/set:1", "run/epoch/closed:1")
        for number, place in enumerate(places):
            with self.subTest(place=place):
                self.setUp()
                name = f"text-{number}"
                killed = self.forknet("train", "t.toml", *MAPPED, *words, "--run", name,
                                      environment={"FORKNET_FAILPOINTS": f"{place}:kill"})
                self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
                begun = os.path.exists(self.home.run_path(name))
                ended = self.forknet("train", "--resume", name, "--json") if begun else self.forknet(
                    "train", "t.toml", *MAPPED, *words, "--json")
                self.same(result(ended), in_memory)
                self.assertIn("found in" if begun else "in the new file", ended.stderr)
                self.assertEqual([self.count(ending) for ending in (".table", ".set", "")], [1, 1, 2])
        write(self.home.path("words.csv"), "x,y,z,kind\n" + "\n".join(reversed(rows)) + "\n")
        refused = self.forknet("train", "--resume", name)
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("the train data is not the same", refused.stderr)

    def test_a_resume_after_a_kill_finds_the_file_again_or_makes_it_again(self):
        for gone in (False, True):
            with self.subTest(gone=gone):
                name = f"killed-{gone}"
                killed = self.forknet("train", "t.toml", *MAPPED, "--run", name,
                                      environment={"FORKNET_FAILPOINTS": "run/epoch/closed:1:kill"})
                self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
                if gone:
                    shutil.rmtree(self.cache())
                ended = self.forknet("train", "--resume", name, "--json")
                self.assertIn("in the new file" if gone else "found in", ended.stderr)
                self.assertIn("continuing from the last step", ended.stderr)
                self.same(result(ended))

    def test_a_cell_that_is_killed_is_replaced_and_maps_the_file_again(self):
        for channel in ("shm", "pipe"):
            with self.subTest(channel=channel):
                summary, _ = self.mapped(*sets(["grid.replicas=2", 'grid.host="process"', f'grid.channel="{channel}"']),
                                         environment={"FORKNET_FAILPOINTS": "forward/after@1:9:kill"})
                self.same(summary)
                self.assertEqual(summary["faults"]["cell_deaths"], 1)

    def test_a_run_goes_on_in_memory_and_the_other_way_round(self):
        for first, then in (("mapped", "memory"), ("memory", "mapped")):
            with self.subTest(first=first):
                killed = self.forknet("train", "t.toml", "--run", f"from-{first}", *sets([f'data.cache="{first}"']),
                                      environment={"FORKNET_FAILPOINTS": "run/epoch/closed:1:kill"})
                self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
                self.same(self.trained("--resume", f"from-{first}", *sets([f'data.cache="{then}"'])))

    def test_a_kill_while_the_file_is_made_leaves_nothing_that_is_believed(self):
        for place in ("cache/fill", "cache/filled", "durable/rename", "cache/committed"):
            with self.subTest(place=place):
                self.setUp()
                killed = self.forknet("train", "t.toml", *MAPPED,
                                      environment={"FORKNET_FAILPOINTS": f"{place}:1:kill"})
                self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
                whole = [name for name in self.files() if name.endswith(".table")]
                self.assertEqual(len(whole), 1 if place == "cache/committed" else 0)
                self.same(self.mapped()[0])
                self.assertEqual([name for name in self.files() if not name.endswith(".table")], [])
                self.assertEqual(len(self.files()), 2)

    def test_two_runs_that_make_it_at_once_end_on_the_same_weights(self):
        slow = {"FORKNET_FAILPOINTS": "cache/filled:*:delay=300"}
        runs = [self.home.start("train", "t.toml", *MAPPED, "--json", environment=slow) for _ in range(2)]
        for run in runs:
            self.addCleanup(self.end, run)
        for run in runs:
            out, errors = run.communicate(timeout=self.home.limit)
            self.assertEqual(run.returncode, 0, errors)
            self.same(json.loads(out))
        self.assertEqual(len(self.files()), 2)

    def test_a_source_that_has_changed_is_noticed(self):
        path = self.home.path("digits", "train-labels-idx1-ubyte.gz")
        before = read_bytes(path)
        self.addCleanup(write, path, before)
        self.same(self.mapped("--run", "before")[0])
        labels = bytearray(gzip.decompress(before))
        labels[8:] = bytes((label + 1) % 10 for label in labels[8:])
        write(path, gzip.compress(bytes(labels)))
        summary, errors = self.mapped()
        self.assertIn("in the new file", errors)
        self.assertNotEqual(summary["weights_digest"], self.in_memory["weights_digest"])
        refused = self.forknet("train", "--resume", "before")
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("the train data is not the same", refused.stderr)

    def test_a_damaged_file_is_made_again(self):
        self.mapped()
        path = self.cache(self.files()[0])
        with open(path, "r+b") as file:
            file.seek(1000)
            file.write(b"\x55")
        summary, errors = self.mapped()
        self.assertIn("is damaged and is made again", errors)
        self.same(summary)

    def test_a_full_disk_is_told_and_leaves_nothing(self):
        full = self.forknet("train", "t.toml", *MAPPED, "--run", "full",
                            environment={"FORKNET_FAILPOINTS": "file/fallocate:1:error=ENOSPC"})
        self.assertEqual(full.returncode, 1, full.stderr)
        self.assertIn("No space left on device", full.stderr)
        self.assertIn('data.cache = "memory"', full.stderr)
        self.assertLessEqual(len(full.stderr.strip().splitlines()), 6)
        self.assertEqual(self.files(), [])
        self.assertFalse(os.path.exists(self.home.run_path("full")))

    def test_a_folder_that_cannot_be_written_is_told(self):
        write(self.home.path("file"), "in the way")
        refused = self.forknet("train", "t.toml", *MAPPED, *sets(['run.dir="file"']))
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("file: is not a folder", refused.stderr)

    def test_a_folder_that_others_may_write_to_is_refused(self):
        os.makedirs(self.cache())
        os.chmod(self.cache(), 0o777)
        refused = self.forknet("train", "t.toml", *MAPPED)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn(CACHE, refused.stderr)
        self.assertEqual(self.files(), [])

    def test_a_dry_run_leaves_no_file(self):
        ended = self.forknet("train", "t.toml", *MAPPED, "--dry-run")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("a file without a name", ended.stderr)
        self.assertEqual(self.files(), [])

    def test_clean_removes_files_with_the_last_run_that_was_trained_on_them(self):
        self.mapped("--run", "one", *sets(['run.dir="clean"']))
        self.mapped("--run", "two", *sets(['run.dir="clean"']))
        folder = self.home.path("clean", CACHE)
        for name, left in (("one", 2), ("two", 0)):
            ended = self.forknet("runs", "clean", f"clean/{name}")
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.assertEqual(len(os.listdir(folder)), left, ended.stdout)
        self.assertIn(f"removed clean/{CACHE}/", ended.stdout)

    def test_a_dry_clean_names_what_a_clean_removes(self):
        where = sets(['run.dir="dry"'])
        self.mapped("--run", "one", *where)
        folder = self.home.path("dry", CACHE)
        os.remove(os.path.join(folder, os.listdir(folder)[0]))
        killed = self.forknet("train", "t.toml", *MAPPED, *where,
                              environment={"FORKNET_FAILPOINTS": "cache/fill:1:kill"})
        self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
        there = sorted(os.listdir(folder))
        self.assertEqual([name.endswith(".table") for name in there], [False, True])
        told = self.forknet("runs", "clean", "dry/one", "--dry-run")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(sorted(os.listdir(folder)), there)
        self.assertEqual(told.stdout.count("left unfinished"), 1, told.stdout)
        self.assertEqual(told.stdout.count("that no run there was trained on"), 1, told.stdout)
        cleaned = self.forknet("runs", "clean", "dry/one")
        # Other tests' states lie in the same shared memory, and come and go.
        named, gone = ([line for line in text.splitlines() if " dry/" in line] for text in (told.stdout, cleaned.stdout))
        self.assertEqual(gone, [line.replace("would remove", "removed") for line in named])
        self.assertEqual(os.listdir(folder), [])

    def test_clean_keeps_what_a_process_has_mapped_and_removes_a_damaged_file(self):
        where = sets(['run.dir="held"'])
        self.mapped("--run", "one", *where)
        folder = self.home.path("held", CACHE)
        held, damaged = sorted(os.listdir(folder))
        os.truncate(os.path.join(folder, damaged), 100)
        # Another run, whose data has no digest.
        shutil.copytree(self.home.path("held", "one"), self.home.path("held", "two"))
        meta = json.loads(read(self.home.path("held", "two", "meta.json")))
        for data in meta["data"].values():
            data.pop("digest")
        write(self.home.path("held", "two", "meta.json"), json.dumps(meta))
        with open(os.path.join(folder, held), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            for dry in (["--dry-run"], []):
                ended = self.forknet("runs", "clean", "held/one", *dry)
                self.assertEqual(ended.returncode, 0, ended.stderr)
                self.assertIn(damaged, ended.stdout)
                self.assertNotIn(held, ended.stdout)
        self.assertEqual(os.listdir(folder), [held])

    def test_the_folder_of_runs_is_its_users_alone(self):
        self.mapped("--run", "one", *sets(['run.dir="alone"']))
        self.assertEqual(os.stat(self.home.path("alone")).st_mode & 0o777, 0o700)

    def test_clean_removes_nothing_through_a_folder_that_is_not_its_users_alone(self):
        self.mapped("--run", "one", *sets(['run.dir="open"']))
        folder = self.home.path("open", CACHE)
        os.chmod(folder, 0o777)
        before = sorted(os.listdir(folder))
        refused = self.forknet("runs", "clean", "open/one")
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("chmod go-w", refused.stderr)
        self.assertEqual(sorted(os.listdir(folder)), before)

    @unittest.skipIf(os.geteuid() != 0, "only root can make what another user has made")
    def test_clean_does_not_follow_the_link_of_another_user(self):
        self.mapped("--run", "one", *sets(['run.dir="linked"']))
        folder = self.home.path("linked", CACHE)
        os.rename(folder, self.home.path("elsewhere"))
        before = sorted(os.listdir(self.home.path("elsewhere")))
        os.symlink(self.home.path("elsewhere"), folder)
        os.chown(folder, 65534, 65534, follow_symlinks=False)
        refused = self.forknet("runs", "clean", "linked/one")
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("is a link that user 65534 made", refused.stderr)
        self.assertEqual(sorted(os.listdir(self.home.path("elsewhere"))), before)

    def test_arrays_whose_names_hold_spaces_are_not_taken_for_one_another(self):
        rows = 200
        write(self.home.path("spaces.npz"), npz({
            "a": npy("|u1", f"({rows}, 4)", bytes(i * 37 % 251 for i in range(rows * 4))),
            "a b": npy("|u1", f"({rows}, 4)", bytes(i * 53 % 239 for i in range(rows * 4))),
            "c": npy("|u1", f"({rows},)", bytes(i % 10 for i in range(rows))),
            "b c": npy("|u1", f"({rows},)", bytes(i // 3 % 10 for i in range(rows))),
        }))
        for inputs, labels in (("a b", "c"), ("a", "b c")):
            with self.subTest(inputs=inputs):
                arrays = f'{{inputs="spaces.npz:{inputs}", labels="spaces.npz:{labels}"}}'
                words = sets(['data.format="npy"', f"data.train={arrays}", f"data.test={arrays}"])
                self.same(self.mapped(*words)[0], self.trained("t.toml", *words))

    def test_the_start_says_where_rows_lie_and_why(self):
        self.trained("t.toml", "--run", "auto")
        self.assertRegex(read(self.home.run_path("auto", "log.txt")),
                         r"rows in memory: [\d.]+ MiB \(data.cache is auto: up to half of the [\d.]+ .iB that may")
        _, errors = self.mapped()
        self.assertRegex(errors, r"note: digits/train-images\S+: [\d.]+ MiB of rows are mapped, in the new file "
                                 rf"runs/{CACHE}/[0-9a-f]{{32}}.table\n  data.cache is mapped")

    def test_in_a_small_memory_control_group_auto_maps_and_training_stays_within(self):
        with Group(24 << 20) as group:
            if group.path is None:
                self.skipTest(f"no memory control group can be made here: {group.why}")
            rows = 40_000  # 30 MB
            write(self.home.path("big-images"), struct.pack(">IIII", 0x803, rows, 28, 28) +
                  bytes(random_bytes(rows * 784)))
            write(self.home.path("big-labels"), struct.pack(">II", 0x801, rows) + bytes(i % 10 for i in range(rows)))
            big = sets(['data.train={inputs="big-images", labels="big-labels"}', "train.epochs=1"])
            in_memory = self.trained("t.toml", *big)
            ended = self.forknet("train", "t.toml", *big, "--json", preexec_fn=group.join)
            self.same(result(ended), in_memory)
            refused = self.forknet("train", "t.toml", *big, *sets(['data.cache="memory"']), preexec_fn=group.join)
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn('data.cache = "mapped" keeps the rows in a file', refused.stderr)
            self.assertRegex(ended.stderr, r"big-images: [\d.]+ MiB of rows are mapped.*\n  data.cache is auto: up to half")

    def test_a_table_of_text_stays_within_a_small_memory_control_group(self):
        with Group(32 << 20) as group:
            if group.path is None:
                self.skipTest(f"no memory control group can be made here: {group.why}")
            lines = [",".join(f"{(i * 7919 + c * 104729) % 10007 / 100}" for c in range(40)) for i in range(500)]
            with open(self.home.path("big.csv"), "w") as file:  # 32 MB of fp32
                file.write(",".join([*(f"c{c}" for c in range(40)), "label"]) + "\n")
                for i in range(200_000):
                    file.write(f"{lines[i % 500]},{'ab'[i % 2]}\n")
            words = sets(['data.format="csv"', 'data.train={inputs="big.csv"}', "data.test=0.1", "train.epochs=1",
                          "train.max_steps=100", 'model.layers=[{type="dense"}]'])
            in_memory = self.trained("t.toml", *words)
            ended = self.forknet("train", "t.toml", *words, "--json", preexec_fn=group.join)
            self.same(result(ended), in_memory)
            self.assertRegex(ended.stderr, r"big.csv: [\d.]+ MiB of rows are mapped, in the new file")
            again = self.forknet("train", "t.toml", *words, "--json", preexec_fn=group.join)
            self.same(result(again), in_memory)
            self.assertRegex(again.stderr, r"big.csv: [\d.]+ MiB of rows are mapped, found in")
            run = os.path.join("runs", in_memory["run"])
            for words in (["eval", run, "--data", "big.csv", "--json"], ["predict", run, "--in", "big.csv", "--out", "p.npy"]):
                figures = []
                for how in ({}, {"preexec_fn": group.join}):
                    ended = self.forknet(*words, **how)
                    self.assertEqual(ended.returncode, 0, ended.stderr)
                    figures.append(read_bytes(self.home.path("p.npy")) if "p.npy" in words else
                                   {**json.loads(ended.stdout), "warnings": None})
                self.assertRegex(ended.stderr, r"big.csv: [\d.]+ MiB of rows are mapped, in a file without a name")
                self.assertEqual(figures[0], figures[1])


def random_bytes(count):
    import random
    return random.Random(5).randbytes(count)


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def npz(arrays):
    """An archive as numpy.savez writes it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            archive.writestr(name + ".npy", array)
    return content.getvalue()


def npy(descr, shape, content):
    """An array as numpy.save writes it."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + content


class Group:
    """A memory control group of its own, of version 2 or 1, below the one of this process. path: None where
    none can be made, and why."""

    def __init__(self, limit):
        self.path, self.why, self.limit = None, "there is no controller of memory", limit

    def __enter__(self):
        for line in read("/proc/self/cgroup").splitlines():
            _, controllers, own = line.split(":", 2)
            if controllers == "":
                root, limit = "/sys/fs/cgroup", "memory.max"
            elif "memory" in controllers.split(","):
                root, limit = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
            else:
                continue
            path = root + own.rstrip("/") + f"/forknet-test-{os.getpid()}"
            try:
                os.mkdir(path)
            except OSError as error:
                self.why = str(error)
                continue
            try:
                write(os.path.join(path, limit), str(self.limit))
            except OSError as error:  # of version 2 without the controller
                self.why = str(error)
                os.rmdir(path)
                continue
            self.path = path
            break
        return self

    def join(self):
        write(os.path.join(self.path, "cgroup.procs"), str(os.getpid()))

    def __exit__(self, *_):
        if self.path is not None:
            os.rmdir(self.path)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
