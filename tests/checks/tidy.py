"""Runs clang-tidy with the checks of .clang-tidy. A source that passed is not checked again until it, a
header or the checks change.

    tidy.py ROOT CLANG_TIDY BUILD JOBS short|long FOLDER...
BUILD has compile_commands.json and gets a folder of stamps. The short run skips the slowest checks,
which spend most of their time in the headers of the standard library, and reads the sources of a folder
together, so that it parses these headers once.
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
    command = [program, "--quiet", "--warnings-as-errors=*", "-p", str(database), f"--config-file={root}/.clang-tidy",
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


def together(commands, folder, most=20):
    """Commands for files in `folder` that include up to `most` sources each, of one folder and with the same
    options; their sources are in "sources". Most of the time goes into headers, once for each of these files."""
    groups = {}
    for entry in sorted(commands, key=lambda one: one["file"]):
        options = entry["command"].split(" -o ")[0]
        groups.setdefault((str(pathlib.Path(entry["file"]).parent), options), []).append(entry)
    batches = []
    for (parent, _), entries in groups.items():
        for start in range(0, len(entries), most):
            some = entries[start:start + most]
            sources = [entry["file"] for entry in some]
            file = folder / f"{'_'.join(pathlib.Path(parent).parts[-2:])}_{len(batches)}.cc"
            file.write_text("".join(f'#include "{source}"  // NOLINT\n' for source in sources))
            command = some[0]["command"].replace(sources[0], str(file))
            batches.append({**some[0], "file": str(file), "command": command, "sources": sources})
    return batches


def check(root, program, stamps, without, common, entry):
    source, sources = entry["file"], [pathlib.Path(name) for name in entry.get("sources", [entry["file"]])]
    key = f"{common} {without} {source} {entry['command']} {digest(sources)}"
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
    wanted = [root / folder for folder in folders]
    known = {str(path) for path in tree.files(root, ".cc") if any(map(path.is_relative_to, wanted))}
    commands = each_alone(json.loads((build / "compile_commands.json").read_text()))
    commands = list({entry["file"]: entry for entry in commands if entry["file"] in known}.values())
    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)
    if sys.argv[5] == "short":
        commands = together(commands, stamps)
    (stamps / "compile_commands.json").write_text(
        json.dumps([{key: entry[key] for key in ("directory", "command", "file")} for entry in commands]))
    common = digest([root / ".clang-tidy", pathlib.Path(__file__), *tree.files(root, ".h")])
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        outputs = pool.map(lambda entry: check(root, program, stamps, without, common, entry), commands)
        tree.report([output.replace(f"{root}/", "") for output in outputs if output],
                    "files with findings of clang-tidy")


if __name__ == "__main__":
    main()
