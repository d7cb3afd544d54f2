#!/usr/bin/env python3
"""Another project uses forknet: installed, found by CMake and by pkg-config, or as a part of its own build.

Usage: installed_test.py ROOT BUILD [unittest arguments]. Installs BUILD, which must be built, into a temporary
folder and moves the result. As a part of another build the library is configured, not built
(scripts/check.sh install builds it).
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
COMPILER = os.environ.get("CXX", "c++")
PARENT = """
cmake_minimum_required(VERSION 3.24)
project(parent LANGUAGES CXX)
add_library(hwy INTERFACE)  # names that other projects also use
add_library(xxhash INTERFACE)
add_library(pictures INTERFACE)
add_library(cli11 INTERFACE)
add_executable(before before.cpp)
INCLUSION
add_executable(after xor.cpp)
target_link_libraries(after PRIVATE forknet::forknet)
if(CMAKE_BUILD_TYPE OR CMAKE_CXX_STANDARD OR CMAKE_CXX_FLAGS OR TARGET forknet)
  message(FATAL_ERROR "forknet changes the project around it")
endif()
"""
ADDED = 'add_subdirectory("{}" forknet)'
FETCHED = """include(FetchContent)
FetchContent_Declare(forknet SOURCE_DIR "{}")
FetchContent_MakeAvailable(forknet)"""


def run(*command, cwd=None, env=None):
    return subprocess.run([str(word) for word in command], cwd=cwd, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        done = run("cmake", "--install", BUILD, "--prefix", cls.folder / "first")
        if done.returncode != 0:
            raise RuntimeError(done.stdout)
        cls.prefix = (cls.folder / "first").rename(cls.folder / "moved")
        cls.include = cls.prefix / "include"
        cls.version = (cls.include / "forknet/version.h").read_text().split('FORKNET_VERSION "')[1].split('"')[0]

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def must(self, *command, **options):
        """Runs a command that must succeed; returns its output."""
        done = run(*command, **options)
        self.assertEqual(done.returncode, 0, f"{shlex.join(map(str, command))}\n{done.stdout}")
        return done.stdout

    def project(self, name, **files):
        folder = self.folder / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file.replace("__", ".")).write_text(text)
        return folder

    def pkg_config(self, *options):
        found = {path.parent for path in self.prefix.rglob("forknet.pc")}
        return self.must("pkg-config", *options, "forknet",
                         env={"PKG_CONFIG_PATH": ":".join(map(str, found))}).strip()

    def test_all_that_is_promised_is_installed_and_names_no_place_of_the_build(self):
        names = {str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*") if path.is_file()}
        wanted = [r"bin/forknet", r"lib.*/libforknet\.a", r"lib.*/cmake/forknet/forknet-config\.cmake",
                  r"lib.*/pkgconfig/forknet\.pc", r"share/man/man1/forknet\.1",
                  r"share/bash-completion/completions/forknet"]
        wanted += [f"include/forknet/{re.escape(path.name)}" for path in (ROOT / "include/forknet").iterdir()]
        for pattern in wanted:
            self.assertTrue(any(re.fullmatch(pattern, name) for name in names), f"{pattern} in {sorted(names)}")
        for name in names:
            if name.startswith(("bin/", "lib")) and not name.endswith((".cmake", ".pc")):
                continue  # messages of the program and the library contain source paths
            for place in (ROOT, BUILD, self.folder):
                self.assertNotIn(str(place), (self.prefix / name).read_text(), name)

    def test_program_headers_and_packages_are_of_one_version(self):
        numbers = re.findall(r"FORKNET_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)",
                             (self.include / "forknet/version.h").read_text())
        self.assertEqual(".".join(numbers), self.version)
        self.assertEqual(self.must(self.prefix / "bin/forknet", "--version").strip(), f"forknet {self.version}")
        self.assertEqual(self.pkg_config("--modversion"), self.version)

    def test_each_public_header_compiles_alone_and_defines_no_macro_but_the_version(self):
        for header in sorted((self.include / "forknet").iterdir()):
            with self.subTest(header=header.name):
                source = self.folder / "alone.cc"
                source.write_text(f"#include <forknet/{header.name}>\n")
                self.must(COMPILER, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                          "-I", self.include, source)
                defined = re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", header.read_text(), re.M)
                self.assertEqual([name for name in defined if not re.match("FORKNET_VERSION(_[A-Z]+)?$", name)], [])

    def test_the_examples_copied_elsewhere_build_with_the_cmake_package_and_run(self):
        copy = shutil.copytree(ROOT / "examples/library", self.folder / "examples")
        self.must("cmake", "-S", copy, "-B", copy / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.must("cmake", "--build", copy / "build")
        # One of them trains in processes: a cell is the program started again, as its build id says.
        self.assertIn("100% tests passed", self.must("ctest", "--test-dir", copy / "build", "--output-on-failure"))

    def test_the_cmake_package_says_what_does_not_fit(self):
        cases = {"another version": ("1.0", [], f"version: {self.version}"),
                 "a missing library": ("0.1", ["-DFORKNET_hwy_LIBRARY=OFF"], "apt-get install libhwy-dev"),
                 "a missing package": ("0.1", ["-DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON"], "fmt called with REQUIRED")}
        for name, (version, options, message) in cases.items():
            with self.subTest(name):
                folder = self.project(name.replace(" ", "-"), CMakeLists__txt=(
                    "cmake_minimum_required(VERSION 3.20)\nproject(other LANGUAGES CXX)\n"
                    f"find_package(forknet {version} CONFIG REQUIRED)\n"))
                done = run("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", *options)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertIn(message, re.sub(r"\s+", " ", done.stdout))

    def test_a_program_builds_with_pkg_config_and_runs(self):
        folder = self.project("by-pkg-config")
        self.must(COMPILER, "-std=c++20", *shlex.split(self.pkg_config("--cflags")), "-c",
                  ROOT / "examples/library/xor.cpp", "-o", folder / "xor.o")
        for static in ([], ["--static"]):
            with self.subTest(static=static):
                self.must(COMPILER, folder / "xor.o", *shlex.split(self.pkg_config("--libs", *static)), "-o",
                          folder / "xor")
                self.assertIn("loss 0.0", self.must(folder / "xor", cwd=folder))
                self.assertIn("Build ID", self.must("readelf", "--notes", folder / "xor"))

    def test_a_part_of_another_build_is_the_library_alone_and_changes_nothing_around_it(self):
        for name, inclusion in {"added": ADDED, "fetched": FETCHED}.items():
            with self.subTest(name):
                folder = self.project(name, CMakeLists__txt=PARENT.replace("INCLUSION", inclusion.format(ROOT)),
                                      before__cpp="int main() {}\n")
                shutil.copy(ROOT / "examples/library/xor.cpp", folder)
                build = folder / "build"
                self.must("cmake", "-S", folder, "-B", build, "-G", "Ninja", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
                compiled = {pathlib.Path(entry["file"]).relative_to(base): entry["command"]
                            for entry in json.loads((build / "compile_commands.json").read_text())
                            for base in (folder, ROOT) if pathlib.Path(entry["file"]).is_relative_to(base)}
                options = re.findall(r"(?:^| )(-(?:I|isystem|W|O|f|std)\S*)", compiled[pathlib.Path("xor.cpp")])
                self.assertEqual(sorted(options), sorted([f"-I{ROOT}/include", "-std=gnu++20"]))
                self.assertEqual(re.findall(r" -(?:I|W|O|f|std)\S*", compiled[pathlib.Path("before.cpp")]), [])
                self.assertEqual({path.parts[0] for path in compiled} - {"xor.cpp", "before.cpp", "build"}, {"src"})
                planned = self.must("ninja", "-C", build, "-t", "commands", "after")
                for floor in sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir()):
                    self.assertIn(f"/forknet_{floor}.dir/", planned)
                self.must("cmake", "--install", build, "--prefix", folder / "prefix")
                self.assertFalse((folder / "prefix").exists())
                self.assertIn("No tests were found", run("ctest", "--test-dir", build).stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
