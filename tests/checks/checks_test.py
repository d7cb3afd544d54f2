"""Every check finds its fault: each runs on a small tree with one planted fault."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import clang_reads
import extending
import failpoints
import floors
import format
import parts
import readme
import requirements
import tests_are_built
import text
import tidy
import tree


class PlantedFaults(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def plant(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def floor_faults(self, name, include):
        return floors.faults(self.root, [self.plant(name, f"#include {include}\n")])

    def test_an_include_from_above_is_found(self):
        self.assertEqual(self.floor_faults("src/math/a.h", '"nn/layer.h"'),
                         ['src/math/a.h:1: math may not include "nn/layer.h": nn stands above it'])
        self.assertEqual(self.floor_faults("src/nn/a.h", '"math/panels.h"'), [])
        self.assertEqual(self.floor_faults("src/nn/a.h", '"nn/layer.h"'), [])
        self.assertTrue(self.floor_faults("tests/os/a_test.cc", '"math/panels.h"'))
        self.assertEqual(self.floor_faults("apps/a.cc", '"report/progress.h"'), [])

    def test_folders_that_include_each_other_in_a_cycle_are_found(self):
        ways = [("src/data/csv/a.h", "data/rows/a.h"), ("src/data/rows/a.h", "data/npy/a.h"),
                ("src/data/npy/a.h", "data/csv/a.h"), ("src/data/list.h", "data/csv/a.h"),
                ("src/data/csv/b.h", "data/list.h")]
        paths = [self.plant(name, f'#include "{header}"\n') for name, header in ways]
        self.assertEqual(floors.faults(self.root, paths[:2] + paths[3:]), [])
        cycle = "a part of the cycle data/csv -> data/rows -> data/npy -> data/csv"
        self.assertEqual(floors.faults(self.root, paths),
                         [f"src/data/csv/a.h:1: src/data/csv includes src/data/rows, {cycle}",
                          f"src/data/rows/a.h:1: src/data/rows includes src/data/npy, {cycle}",
                          f"src/data/npy/a.h:1: src/data/npy includes src/data/csv, {cycle}"])

    def test_a_public_header_that_needs_a_floor_is_found(self):
        self.assertTrue(self.floor_faults("include/forknet/a.h", '"base/check.h"'))
        self.assertEqual(self.floor_faults("include/forknet/a.h", "<forknet/result.h>"), [])

    def test_system_headers_outside_os_are_found(self):
        for header in ("<unistd.h>", "<sys/mman.h>", "<csignal>", "<fcntl.h>", "<linux/futex.h>"):
            self.assertTrue(self.floor_faults("src/data/a.cc", header), header)
            self.assertTrue(self.floor_faults("apps/a.cc", header), header)
            self.assertEqual(self.floor_faults("src/os/a.cc", header), [], header)

    def test_highway_and_intrinsics_outside_math_are_found(self):
        for header in ('"hwy/highway.h"', "<hwy/highway.h>", "<immintrin.h>"):
            self.assertTrue(self.floor_faults("src/cell/a.cc", header), header)
            self.assertEqual(self.floor_faults("src/math/a.cc", header), [], header)

    def test_an_unknown_library_is_found(self):
        self.assertTrue(self.floor_faults("src/nn/a.cc", "<boost/any.hpp>"))
        self.assertTrue(self.floor_faults("src/nn/a.cc", '"a.h"'))
        self.assertEqual(self.floor_faults("src/nn/a.cc", "<vector>"), [])

    LIST = "src/nn/layers/list.cc"
    LINE = f"--- a/{LIST}\n+++ b/{LIST}\n@@ -1 +1,2 @@\n int first;\n+%s\n"

    def extending_faults(self, *added, line="int second;"):
        """Of a page with one diff: new files by name and content, and a line in a list."""
        source = self.plant(self.LIST, "int first;\n")
        compiler = shutil.which("c++")
        commands = [{"directory": str(self.root), "file": str(source),
                     "command": f"{compiler} -I{self.root / 'src'} -o a.o -c {source}"}]
        new = "".join(f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+{content}\n" for name, content in added)
        return extending.check(self.root, f"```diff\n{new}{self.LINE % line}```\n", commands, {self.LIST})

    def test_a_part_that_needs_more_than_its_folder_and_a_list_is_found(self):
        part = ("src/nn/layers/own/a.cc", '#include "nn/layers/list.cc"')
        self.assertEqual(self.extending_faults(part), [])
        for others, fault in (((part, ("src/nn/b.cc", "int b;")), "expected one folder"),
                              ((part, ("src/cell/own/a.cc", "int a;")), "expected one folder"),
                              ((), "no folder"),
                              ((("src/nn/layers/own/a.cc", "int a"),), "does not compile"),
                              ((("src/nn/layers/own/a.cc", '#include "cell/network.h"'),), "stands above it")):
            self.assertIn(fault, "".join(self.extending_faults(*others)), others)
        self.assertIn("does not compile", "".join(self.extending_faults(part, line="int first")))
        two = self.LINE % "int second;"
        self.assertIn("expected one list", extending.size_faults(two + two.replace("list.cc", "list.h"))[0])
        self.assertIn("does not apply", extending.apply(two.replace("int first", "int other"), self.root)[0])
        self.assertEqual(extending.check(self.root, "", [], {self.LIST}), [f"docs/extending.md: no diff for {self.LIST}"])

    def test_a_test_outside_the_build_is_found(self):
        built = self.plant("tests/base/a_test.cc", "")
        left = self.plant("tests/base/b_test.cc", "")
        some = self.plant("build/unity_0.cxx", f'#include "{built}"\n')
        for source in (built, some):
            commands = [{"directory": str(self.root), "file": str(source)}]
            self.assertEqual(tests_are_built.unbuilt(self.root, [built, left], commands),
                             ["tests/base/b_test.cc: in no test program"])

    def test_clang_tidy_sees_each_of_sources_that_are_compiled_together(self):
        paths = [self.plant(f"src/train/{name}.cc", "") for name in "ab"]
        unity = self.plant("build/unity_0.cxx", "".join(f'#include "{path}"\n' for path in paths))
        commands = tidy.each_alone([{"directory": str(self.root), "file": str(unity),
                                     "command": f"c++ -include /b/cmake_pch.hxx -c {unity}"}])
        self.assertEqual([entry["command"].split() for entry in commands[1:]],
                         [["c++", "-c", str(path)] for path in paths])
        self.assertEqual([entry["file"] for entry in commands[1:]], list(map(str, paths)))

    def test_clang_tidy_reads_sources_of_a_folder_and_the_same_options_together(self):
        names = ["src/os/a.cc", "src/os/b.cc", "src/os/c.cc", "src/wire/d.cc"]
        paths = [str(self.plant(name, "")) for name in names]
        options = ["-O1", "-O1", "-O2", "-O1"]
        commands = [{"directory": str(self.root), "file": path, "command": f"c++ {option} -o x.o -c {path}"}
                    for path, option in zip(paths, options)]
        batches = tidy.together(commands, self.root)
        self.assertEqual([batch["sources"] for batch in batches], [paths[:2], paths[2:3], paths[3:]])
        for batch in batches:
            self.assertTrue(batch["command"].endswith(f"-c {batch['file']}"))
            for path in batch["sources"]:
                self.assertIn(f'#include "{path}"', pathlib.Path(batch["file"]).read_text())
        self.assertEqual(len({batch["file"] for batch in batches}), 3)

    def test_what_clang_warns_of_is_found(self):
        clang = shutil.which("clang++-14") or shutil.which("clang++")
        for source, found in (("int f() { int unused; return 1; }", "unused variable"), ("int f() { return 1; }", "")):
            path = self.plant("a.cc", source)
            entry = {"directory": str(self.root), "file": "a.cc", "command": f"{clang} -Wall -Werror -o a.o -c {path}"}
            self.assertEqual(found in clang_reads.reads(entry), True, source)
            self.assertEqual(clang_reads.reads(entry) == "", found == "", source)
        self.assertFalse((self.root / "a.o").exists())

    FLOOR_LIST = f"src/train/{failpoints.LIST}"

    def failpoint_faults(self, listed, source, calls, call_source, known=(failpoints.CALLS_LIST, FLOOR_LIST)):
        def as_list(names):
            return "".join(f'    "{name}",\n' for name in names)
        self.plant(failpoints.PROGRAM[0], "".join(f'#include "{name.removeprefix("src/")}"\n' for name in known))
        return failpoints.faults(self.root, [
            self.plant(failpoints.CALLS_LIST, f"{failpoints.CALLS}\n{as_list(calls)}"),
            self.plant(self.FLOOR_LIST, as_list(listed)),
            self.plant("src/train/a.cc", source), self.plant("src/os/b.cc", call_source)])

    PLACE = 'FORKNET_FAILPOINT("a/b");\n'
    CALL = 'return FORKNET_OR_FAIL(\n    "c/d", ::fsync(fd));\nconst int error = failpoints::pass("e");\n'

    def test_a_failpoint_in_no_list_and_one_that_is_only_listed_are_found(self):
        self.assertEqual(self.failpoint_faults(["a/b"], self.PLACE, ["c/d", "e"], self.CALL), [])
        self.assertEqual(self.failpoint_faults([], self.PLACE, ["e"], self.CALL),
                         [f'src/train/a.cc:1: "a/b" is not in {self.FLOOR_LIST}',
                          f'src/os/b.cc:2: "c/d" is not in {failpoints.CALLS_LIST}'])
        self.assertEqual(self.failpoint_faults(["a/b", "f"], self.PLACE, ["c/d", "e", "e"], self.CALL),
                         [f'{failpoints.CALLS_LIST}:4: "e" is listed twice',
                          f'{self.FLOOR_LIST}:2: "f" is not used'])

    def test_a_failpoint_in_the_list_of_another_floor_is_found(self):
        self.assertEqual(self.failpoint_faults(["a/b"], "", ["c/d", "e"], self.PLACE + self.CALL),
                         [f'src/os/b.cc:1: "a/b" is not in {failpoints.CALLS_LIST}'])

    def test_a_place_among_the_calls_and_a_call_among_the_places_are_found(self):
        call = 'return FORKNET_OR_FAIL("c/d", ::fsync(fd));\n'
        self.assertEqual(self.failpoint_faults(["a/b", "c/d"], self.PLACE + call, [], ""),
                         [f'{self.FLOOR_LIST}:2: "c/d" can fail'])
        self.assertEqual(self.failpoint_faults([], "", ["a/b"], self.PLACE),
                         [f'{failpoints.CALLS_LIST}:2: "a/b" cannot fail'])

    def test_a_list_that_the_program_does_not_know_is_found(self):
        self.assertEqual(self.failpoint_faults(["a/b"], self.PLACE, ["c/d", "e"], self.CALL,
                                               [failpoints.CALLS_LIST]),
                         [f"{self.FLOOR_LIST}: is in none of {', '.join(failpoints.PROGRAM)}"])

    def test_a_part_that_others_know_is_found(self):
        subprocess.run(["git", "init", "--quiet", str(self.root)], check=True)
        for name in ("layers/dense", "layers/dropout", "losses/mse", "losses/entropy", "optimizers/sgd",
                     "optimizers/adam"):
            kind, part = name.split("/")
            self.plant(f"src/nn/{name}/{part}.h", "#pragma once\n")
            with open(self.root / f"src/nn/{kind}/list.cc", "a") as names:
                names.write(f'#include "nn/{name}/{part}.h"\n')
        self.assertEqual(parts.check(self.root), [])
        self.plant("src/cell/network.cc", '#include "nn/layers/dense/dense.h"\n')
        self.plant("src/train/trainer.cc", 'if (config.optimizer.type == "adam") return;\n')
        self.assertEqual([finding.split(":")[0] for finding in parts.check(self.root)],
                         ["src/train/trainer.cc", "src/nn/layers/dense"])

    def test_an_unformatted_source_is_found(self):
        self.plant(".clang-format", "BasedOnStyle: Google\n")
        good, bad = self.plant("a.cc", "int a;\n"), self.plant("b.cc", "int   a;\n")
        program = shutil.which("clang-format-14") or "clang-format"
        self.assertEqual(format.unformatted(self.root, program, [good]), [])
        self.assertEqual(len(format.unformatted(self.root, program, [good, bad])), 1)

    def text_faults(self, name, content):
        return text.faults(self.root, [self.plant(name, content)])

    def test_a_path_of_a_machine_is_found(self):
        for place in ("wo" "rk", "ro" "ot", "ho" "me"):
            self.assertTrue(self.text_faults("a.sh", f"cat /{place}/x\n"), place)
        self.assertEqual(self.text_faults("a.sh", "cat $HOME/x net" "work/x\n"), [])

    def test_work_left_for_later_is_found(self):
        self.assertTrue(self.text_faults("a.cc", "// TO" "DO: later\n"))
        self.assertTrue(self.text_faults("a.cc", "int a; \n"))

    def test_a_broken_link_is_found(self):
        self.plant("docs/b.md", "# Some words, here\n")
        self.assertEqual(self.text_faults("a.md", "[b](docs/b.md#some-words-here)\n"), [])
        self.assertEqual(self.text_faults("a.md", "[b](https://example.org/)\n"), [])
        self.assertTrue(self.text_faults("a.md", "[b](docs/c.md)\n"))
        self.assertTrue(self.text_faults("a.md", "[b](docs/b.md#other)\n"))
        self.assertEqual(self.text_faults("a.md", "```\n[b](docs/c.md)\n```\n"), [])

    def test_only_files_of_the_project_are_checked(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.plant(".gitignore", "/build*/\n")
        self.plant("build/a.cc", "")
        kept = self.plant("src/a.cc", "")
        self.assertEqual(tree.files(self.root, ".cc"), [kept])

    def promise_faults(self, *named):
        self.plant("tests/os/a_test.cc", "TEST_F(Suite,\n       does_so) {}\nTYPED_TEST(Typed, works) {}\n"
                   "INSTANTIATE_TEST_SUITE_P(Wires, Suite, 1);\n")
        self.plant("tests/apps/life_test.py", "    def test_it_lives(self):\n")
        self.plant("tests/crash/storm.py", "    def test_it_rains(self):\n")
        self.plant("tests/CMakeLists.txt", "foreach(script life death)\nendforeach()\n"
                   "add_test(NAME crash.storm COMMAND ${P} ${D}/crash/storm.py $<TARGET_FILE:f>)\n")
        self.plant("tests/checks/CMakeLists.txt", "forknet_check(tidy_things x)\n")
        cells = ", ".join(f"`{name}`" for name in named)
        self.plant("tests/requirements.md", f"| `no test` | held by |\n|---|---|\n| `of no concern` | {cells} |\n")
        return requirements.faults(self.root)

    def test_a_promise_that_names_no_test_is_found(self):
        good = ["Suite.does_so", "Suite.*", "Suite.does…", "Typed/*", "Wires/Suite.*", "life", "life.it_lives",
                "crash.storm", "crash.storm.it_rains", "check.tidy_things", "tests/os", "tests/os/a_test.cc"]
        self.assertEqual(self.promise_faults(*good), [])
        bad = ["Suite.does", "Suite.do…x", "Gone.*", "Suit/*", "Wire/Suite.*", "live", "life.it_dies", "death.*",
               "check.tidy", "tests/os/b_test.cc", "forknet status"]
        self.assertEqual(self.promise_faults(*good, *bad),
                         [f"tests/requirements.md:3: there is no test, file or folder `{name}`" for name in bad])

    def test_the_commands_of_a_page_are_found(self):
        page = "text\n```sh\n$ build/forknet train a.toml \\\n    --quiet\nresult\n```\n"
        self.assertEqual(readme.commands(page), ["build/forknet train a.toml --quiet"])
        page = "```sh\nscripts/test.sh   # everything\nbuild/forknet runs ls\n```\n"
        self.assertEqual(readme.commands(page), ["scripts/test.sh", "build/forknet runs ls"])


if __name__ == "__main__":
    unittest.main()
