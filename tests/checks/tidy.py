"""Runs clang-tidy with the checks of .clang-tidy. A source that passed is not checked again until it, a
header or the checks change.

    tidy.py ROOT CLANG_TIDY BUILD JOBS short|long FOLDER...
BUILD has compile_commands.json and gets a folder of stamps. The short run skips the slowest checks,
which spend most of their time in the headers of the standard library.
"""

import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

import tree


SLOW = ["bugprone-assert-side-effect", "bugprone-infinite-loop", "bugprone-misplaced-widening-cast",
        "bugprone-multiple-statement-macro", "bugprone-reserved-identifier",
        "bugprone-stringview-nullptr", "bugprone-suspicious-semicolon",
        "bugprone-suspicious-string-compare", "bugprone-unused-raii",
        "bugprone-unused-return-value", "cppcoreguidelines-slicing", "misc-definitions-in-headers",
        "misc-unused-using-decls", "modernize-redundant-void-arg",
        "readability-container-size-empty", "readability-redundant-control-flow",
        "readability-redundant-declaration"]


def digest(paths):
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def tidy(root, program, database, without, source):
    command = [program, "--quiet", "--warnings-as-errors=*", "-p", str(database),
               "--checks=" + ",".join(f"-{name}" for name in without),
               "--extra-arg=-Wno-unknown-warning-option", str(source)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def each_alone(commands):
    """One command per source, also for those in unity sources, without GCC's own parameters and without the
    precompiled header: clang-tidy would parse all of it again for every source, and would not report missing
    includes."""
    return [{**entry, "file": str(source),
             "command": re.sub(r"-Winvalid-pch|-include \S+cmake_pch\.hxx|--param=\S+", "",
                               entry["command"]).replace(entry["file"], str(source))}
            for entry in commands for source in tree.compiled(entry)]


def check(root, program, stamps, without, common, source, command):
    key = f"{common} {without} {source} {command} {digest([source])}"
    stamp = stamps / hashlib.sha256(key.encode()).hexdigest()
    if stamp.exists():
        return ""
    findings = tidy(root, program, stamps, without, source)
    if not findings:
        stamp.touch()
    return findings


def main():
    root, program, build, jobs = (pathlib.Path(sys.argv[1]).resolve(), sys.argv[2],
                                  pathlib.Path(sys.argv[3]), int(sys.argv[4]))
    without, folders = SLOW if sys.argv[5] == "short" else [], sys.argv[6:]
    commands = each_alone(json.loads((build / "compile_commands.json").read_text()))
    built = {entry["file"]: entry["command"] for entry in commands}
    sources = [path for path in tree.files(root, ".cc")
               if str(path) in built
               and any(path.is_relative_to(root / folder) for folder in folders)]
    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)
    (stamps / "compile_commands.json").write_text(json.dumps(commands))
    common = digest([root / ".clang-tidy", pathlib.Path(__file__), *tree.files(root, ".h")])
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        outputs = pool.map(lambda source: check(root, program, stamps, without, common, source,
                                                built[str(source)]), sources)
        tree.report([output.replace(f"{root}/", "") for output in outputs if output],
                    "files with findings of clang-tidy")


if __name__ == "__main__":
    main()
