#!/usr/bin/env python3
"""Folders, links and texts of others: what they may not make the program do (docs/security.md).

Usage: security_test.py FORKNET [unittest arguments]. Tests with a second user need root and are
skipped without.
"""
import json
import os
import shutil
import socket
import stat
import sys
import tempfile
import unittest

import states
from homes import DIGITS, HomeTest, read, write

PROGRAM = os.path.abspath(sys.argv[1])
OTHER = 65534
SECRET = "years of work\n"
CONFIG = f"""
[run]
name = "s"
{DIGITS}[model]
layers = [ {{ type = "dense", units = 12, activation = "relu" }}, {{ type = "dense", units = 10 }} ]
[train]
epochs = 4
batch = 50
[log]
every = 1
"""
as_root = unittest.skipUnless(os.geteuid() == 0, "only root can be another user")


def steers(text):
    """Whether a terminal would obey something in it."""
    return any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E
               for c in text)


class SecurityTest(HomeTest):
    program, config, digits = PROGRAM, ("s.toml", CONFIG), (500, 100)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digest = cls.trained("s.toml", "--run", "undisturbed")["weights_digest"]

    def setUp(self):
        self.outside = tempfile.mkdtemp(prefix="forknet-outside-")
        self.addCleanup(shutil.rmtree, self.outside)
        os.chmod(self.outside, 0o755)
        self.secret = os.path.join(self.outside, "thesis.tex")
        write(self.secret, SECRET)
        os.chmod(self.secret, 0o600)

    def path(self, *parts):
        return self.home.path("runs", *parts)

    def killed(self, name):
        """A run that was killed at some step; its folder."""
        code, errors = self.home.killed_at(12, "train", "s.toml", "--run", name)
        self.assertEqual(code, -9, errors)
        return self.path(name)

    def secret_is_whole(self):
        self.assertEqual(read(self.secret), SECRET)
        self.assertEqual(sorted(os.listdir(self.outside)), ["thesis.tex"])

    def resumes(self, name, *words, **how):
        ended = self.forknet("train", "--resume", name, "--json", *words, **how)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(json.loads(ended.stdout)["weights_digest"], self.digest)
        return ended

    def refuses(self, code, message, *words, **how):
        ended = self.forknet(*words, **how)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        self.assertIn(message, ended.stderr)
        self.assertLessEqual(len(ended.stderr.strip().splitlines()), 6, ended.stderr)
        self.secret_is_whole()
        return ended

    # --- links ---

    def test_what_a_resume_reads_or_writes_in_place_is_refused_where_it_is_a_link(self):
        folder = self.killed("links")
        for name in ["run.lock", "log.txt", "metrics.jsonl", "config.resolved.toml", "meta.json",
                     "changes.json"]:
            file, kept = os.path.join(folder, name), os.path.join(folder, "kept")
            was = os.path.exists(file)
            if was:
                os.rename(file, kept)
            os.symlink(self.secret, file)
            self.refuses(2, f"{name}: is a link", "train", "--resume", "links")
            os.remove(file)
            if was:
                os.rename(kept, file)
        self.resumes("links")

    def test_what_a_resume_writes_in_place_is_refused_where_it_has_a_second_name(self):
        folder = self.killed("names")
        with tempfile.TemporaryDirectory(dir=self.home.folder) as near:  # on one file system
            secret = os.path.join(near, "thesis.tex")
            for name in ["run.lock", "log.txt", "metrics.jsonl"]:
                file = os.path.join(folder, name)
                kept = read(file)
                os.remove(file)
                write(secret, kept + SECRET)
                os.link(secret, file)
                self.refuses(2, f"{name}: has a second name", "train", "--resume", "names")
                self.assertEqual(read(secret), kept + SECRET)
                os.remove(file)
                os.remove(secret)
                write(file, kept)
        self.resumes("names")

    def test_what_a_resume_replaces_takes_the_place_of_a_link(self):
        folder = self.killed("replaced")
        for name in ["status.json", "status.json.new", "summary.json.new", "model.safetensors",
                     "control.sock", "state.json.new", "trace.json"]:
            file = os.path.join(folder, name)
            if os.path.lexists(file):
                os.remove(file)
            os.symlink(self.secret, file)
        self.resumes("replaced", "--trace")
        self.secret_is_whole()
        for name in ["status.json", "model.safetensors", "trace.json"]:
            self.assertFalse(os.path.islink(os.path.join(folder, name)), name)

    def test_a_folder_of_checkpoints_that_is_a_link_is_not_written_into(self):
        folder = self.killed("checkpoints")
        checkpoints = os.path.join(folder, "checkpoints")
        shutil.rmtree(checkpoints)
        os.symlink(self.outside, checkpoints)
        self.refuses(2, "checkpoints: is a link", "train", "--resume", "checkpoints")

    def test_readers_do_not_show_what_a_link_leads_to_and_do_not_wait_for_a_pipe(self):
        folder = os.path.join(self.home.folder, "runs", "readers")
        self.trained("s.toml", "--run", "readers", "--set", "train.max_steps=3")
        made = {"log.txt": ("logs",), "status.json": ("status", "top"), "summary.json": ("wait",),
                "model.safetensors": ()}
        for file, commands in made.items():
            os.remove(os.path.join(folder, file))
            for put in (lambda to: os.symlink(self.secret, to), os.mkfifo):
                put(os.path.join(folder, file))
                for command in commands:
                    ended = self.forknet(command, "readers")
                    self.assertNotIn("years", ended.stdout + ended.stderr)
                    self.assertNotEqual(ended.returncode, 0, command)
                for words in (("runs", "show", "readers"), ("runs", "ls"), ("ps",), ("logs", "readers"),
                              ("eval", "readers", "--data", "digits/t10k-images-idx3-ubyte.gz")):
                    ended = self.forknet(*words)
                    self.assertNotIn("years", ended.stdout + ended.stderr, words)
                os.remove(os.path.join(folder, file))
        self.secret_is_whole()

    def test_an_order_is_not_sent_through_a_link(self):
        folder = self.killed("orders")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
            place = os.path.join(self.outside, "other.sock")
            other.bind(place)
            other.listen(1)
            sock = os.path.join(folder, "control.sock")
            if os.path.lexists(sock):
                os.remove(sock)
            os.symlink(place, sock)
            ended = self.forknet("stop", "orders")
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertIn("is not running", ended.stderr)
            os.remove(place)
        self.resumes("orders")

    def test_a_run_folder_that_its_user_moved_is_found_by_the_link_left_behind(self):
        folder = self.killed("moved")
        shutil.move(folder, os.path.join(self.outside, "disk"))
        os.symlink(os.path.join(self.outside, "disk"), folder)
        self.resumes("moved")
        kept = self.forknet("runs", "clean", "--keep", "0", "--dry-run")
        self.assertNotIn("remove runs/moved", kept.stdout)
        self.assertIn("left alone", kept.stdout)
        removed = self.forknet("runs", "clean", "moved")
        self.assertEqual(removed.returncode, 0, removed.stderr)
        self.secret_is_whole()

    # --- state ---

    def test_a_state_that_lists_a_file_of_the_user_never_removes_it(self):
        for command in (("train", "--resume"), ("runs", "clean")):
            folder = self.killed("state-" + command[0])
            listed = states.files(folder)
            file = os.path.join(folder, "state.json")
            lie = json.loads(read(file))
            lie["weights"] = [self.secret]
            write(file, json.dumps(lie))
            ended = self.forknet(*command, "state-" + command[0])
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.secret_is_whole()
            for left in listed:
                if os.path.exists(left):
                    os.remove(left)

    # --- folders that others may write in, and of others ---

    def test_a_folder_that_others_may_write_in_is_read_and_not_gone_on_with(self):
        folder = self.killed("open")
        os.chmod(folder, 0o777)
        self.refuses(2, "chmod go-w runs/open", "train", "--resume", "open")
        self.assertEqual(self.forknet("logs", "open").returncode, 0)
        os.chmod(folder, 0o700)
        self.resumes("open")

    @as_root
    def test_root_does_not_go_on_with_the_run_of_another_user(self):
        folder = self.killed("theirs")
        os.remove(os.path.join(folder, "control.sock"))
        shutil.copytree(folder, folder + "-kept")
        for name in ("run.lock", "log.txt"):
            os.remove(os.path.join(folder, name))
            os.symlink(self.secret, os.path.join(folder, name))
        os.chown(folder, OTHER, OTHER)
        self.refuses(2, "runs/theirs: belongs to user 65534", "train", "--resume", "theirs")
        self.refuses(2, "belongs to another user", "runs", "clean", "theirs")
        cleaned = self.forknet("runs", "clean", "--keep", "0", "--dry-run")
        self.assertEqual(cleaned.returncode, 0, cleaned.stderr)
        self.assertNotIn("runs/theirs\n", cleaned.stdout)
        self.assertIn("left alone", cleaned.stdout)
        os.chown(folder, 0, 0)
        shutil.rmtree(folder)
        os.rename(folder + "-kept", folder)
        self.resumes("theirs")

    def shared(self, owner_of_latest):
        """A folder of runs for all users, in which root has made `latest`."""
        shared = os.path.join(self.home.folder, "shared")
        os.mkdir(shared)
        self.addCleanup(shutil.rmtree, shared)
        os.chmod(shared, 0o1777)
        os.symlink("their-run", os.path.join(shared, "latest"))
        os.chown(os.path.join(shared, "latest"), owner_of_latest, owner_of_latest,
                 follow_symlinks=False)
        os.chmod(self.home.folder, 0o755)
        return shared

    @as_root
    def test_another_users_latest_costs_a_warning_and_no_run(self):
        shared = self.shared(0)
        program = os.path.join(self.outside, "forknet")
        shutil.copy(PROGRAM, program)
        os.chmod(program, 0o755)
        ended = self.home.run("train", "s.toml", "--run", "mine", "--json", "--set",
                              f"run.dir={json.dumps(shared)}", user=OTHER, group=OTHER,
                              extra_groups=[], executable=program)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(json.loads(ended.stdout)["weights_digest"], self.digest)
        self.assertIn("warning:", ended.stderr)
        self.assertIn("latest", ended.stderr)
        self.assertEqual(os.readlink(os.path.join(shared, "latest")), "their-run")
        # And what a user may not read or remove stops nothing.
        os.mkdir(os.path.join(shared, "locked"), 0o700)
        cleaned = self.home.run("runs", "clean", "--keep", "0", user=OTHER, group=OTHER,
                                extra_groups=[], executable=program,
                                environment={"FORKNET_RUN_DIR": shared})
        self.assertEqual(cleaned.returncode, 0, cleaned.stderr)
        self.assertIn("removed " + os.path.join(shared, "mine"), cleaned.stdout)
        self.assertEqual(sorted(os.listdir(shared)), ["latest", "locked"])

    def test_a_file_system_without_links_costs_a_warning_and_no_run(self):
        ended = self.forknet("train", "s.toml", "--run", "linkless", "--json",
                             environment={"FORKNET_FAILPOINTS": "file/symlink:1:error=EPERM"})
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(json.loads(ended.stdout)["weights_digest"], self.digest)
        self.assertIn("warning: symlink", ended.stderr)
        self.assertIn("use linkless", ended.stderr)
        self.assertIn("warning: symlink", read(self.path("linkless", "log.txt")))

    def test_something_else_named_latest_costs_a_warning_and_no_run(self):
        runs = os.path.join(self.home.folder, "other-runs")
        os.makedirs(os.path.join(runs, "latest"))
        ended = self.forknet("train", "s.toml", "--run", "mine", "--json", "--set",
                             f"run.dir={json.dumps(runs)}")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("warning:", ended.stderr)

    # --- texts ---

    def test_nothing_that_a_name_or_a_file_holds_steers_the_terminal(self):
        evil = "x\x1b]0;title\x07\x9b2J\u202etxt"
        name = "e" + evil
        shutil.copytree(self.path("undisturbed"), self.path(name))
        self.addCleanup(shutil.rmtree, self.path(name))
        with open(self.path(name, "log.txt"), "a") as log:
            log.write(evil + "\r\x1b[1A\n")
        status = json.loads(read(self.path(name, "status.json")))
        status.update(state=evil, run=name)
        for cell in status["cells"]:
            cell["state"] = evil
            for thread in cell["thread_times"]:
                thread["name"] = evil
        write(self.path(name, "status.json"), json.dumps(status, ensure_ascii=False))
        summary = json.loads(read(self.path(name, "summary.json")))
        summary.update(state=evil, weights_digest=evil)
        write(self.path(name, "summary.json"), json.dumps(summary, ensure_ascii=False))
        for words in (("logs", name), ("status", name), ("status", name, "--json"), ("top", name),
                      ("runs", "ls"), ("runs", "ls", "--json"), ("runs", "show", name),
                      ("runs", "show", name, "--json"), ("runs", "compare", name, "undisturbed"),
                      ("ps",), ("ps", "--json"), ("wait", name), ("stop", name), ("logs", evil),
                      ("runs", "clean", "--dry-run", name), ("train", evil), ("data", "inspect", evil),
                      ("train", "--resume", name, "--set", "model.init=" + evil), ("eval", evil)):
            ended = self.forknet(*words)
            self.assertFalse(steers(ended.stdout), (words, ended.stdout))
            self.assertFalse(steers(ended.stderr), (words, ended.stderr))
        self.assertIn("\\x1b", self.forknet("logs", name).stdout)

    def test_a_status_of_another_shape_is_told_and_not_believed(self):
        folder = self.path("shape")
        self.trained("s.toml", "--run", "shape", "--set", "train.max_steps=3")
        whole = json.loads(read(os.path.join(folder, "status.json")))
        for change in ({"cells": [7]}, {"cells": {"a": 1}}, {"epoch": "x"}, {"state": 7},
                       {"loss": []}, {"cells": [{"pid": "x"}]}, {"step": -1}, {"run": None}):
            write(os.path.join(folder, "status.json"), json.dumps({**whole, **change}))
            for words in (("status", "shape"), ("top", "shape"), ("ps",), ("wait", "shape"),
                          ("wait", "shape", "--epoch", "1"), ("runs", "ls")):
                ended = self.forknet(*words)
                self.assertIn(ended.returncode, (0, 4), (words, change, ended.stderr))
        write(os.path.join(folder, "summary.json"), json.dumps({"state": 7, "train": 3}))
        self.assertEqual(self.forknet("runs", "ls").returncode, 0)
        shutil.rmtree(folder)

    # --- what it makes itself ---

    def test_what_a_run_makes_is_its_users_alone(self):
        os.umask(0o000)
        try:
            self.trained("s.toml", "--run", "private", "--trace")
        finally:
            os.umask(0o022)
        for folder, _, files in os.walk(self.path("private")):
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700, folder)
            for file in files:
                mode = stat.S_IMODE(os.stat(os.path.join(folder, file)).st_mode)
                self.assertEqual(mode, 0o600, file)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
