"""Parses with Clang, warnings as errors, the sources of a nested build that its targets do not compile.

    clang_reads.py BUILD JOBS TARGET...
BUILD: the folder of the nested build with Clang and Ninja, in which TARGET... are built. Nothing is
compiled; all warnings come from Clang's front end.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import tree


OBJECT = re.compile(r" -o (\S+) -c ")


def reads(entry):
    command = OBJECT.sub(" -fsyntax-only ", entry["command"])
    done = subprocess.run(command, shell=True, cwd=entry["directory"], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{entry['file']}:\n{done.stdout}{done.stderr}"


def main():
    build, jobs, targets = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    built = subprocess.run(["ninja", "-C", str(build), "-t", "commands", *targets], check=True,
                           capture_output=True, text=True).stdout
    rest = [entry for entry in json.loads((build / "compile_commands.json").read_text())
            if OBJECT.search(entry["command"]).group(0) not in built]
    print(f"{len(rest)} sources are parsed")
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        findings = [found for found in pool.map(reads, rest) if found]
    tree.report(findings, "Clang does not accept these")


if __name__ == "__main__":
    main()
