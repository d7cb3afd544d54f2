"""Common parts of the checks: the project's files and the report of findings."""

import pathlib
import re
import subprocess
import sys


def files(root, *suffixes):
    """Every file of the project (tracked, or new and not ignored) with one of the suffixes."""
    root = pathlib.Path(root)
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "--cached",
               "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
    paths = (root / name for name in sorted(names) if name)
    return [path for path in paths
            if path.is_file() and (not suffixes or path.name.endswith(suffixes))]


def compiled(entry):
    """The sources that an entry of compile_commands.json compiles: its file and those .cc files that
    it includes."""
    source = pathlib.Path(entry["directory"]) / entry["file"]
    included = re.findall(r'^#include "(.*\.cc)"$', source.read_text(), re.M) if source.exists() else []
    return [source.resolve(), *(pathlib.Path(path).resolve() for path in included)]


def report(findings, hint):
    """Prints the findings and ends the program: 0 without any, 1 with."""
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} finding(s): {hint}")
    sys.exit(1 if findings else 0)
