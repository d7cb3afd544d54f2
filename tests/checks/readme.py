"""The README's shell commands work, in their order.

    readme.py ROOT FORKNET
Runs the commands of all blocks marked ```sh in one temporary folder, where build/forknet is the program
FORKNET. In a block with prompts only the lines after "$ " are commands. Commands that prepare the machine
(git, apt, the project's scripts) do not run; their scripts must exist. The data of quickstart is made.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

PREPARES = re.compile(r"(sudo |apt|git |cd |scripts/)")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)


def commands(page):
    found = []
    for block in BLOCK.findall(page):
        lines = re.sub(r"\\\n\s*", "", block).splitlines()
        if any(line.startswith("$ ") for line in lines):
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        lines = (re.sub(r"\s+#.*|^#.*", "", line).strip() for line in lines)
        found += [line for line in lines if line]
    return found


def run(root, folder, command):
    """Runs one command; returns its failure, or None."""
    if PREPARES.match(command):
        script = re.match(r"scripts/\S+", command)
        return None if not script or (root / script[0]).exists() else "there is no such script"
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, "LC_ALL": "C"})
    print(f"$ {command}\n{done.stdout}", flush=True)
    return None if done.returncode == 0 else f"exit {done.returncode}"


def main():
    root, program = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    page = (root / "README.md").read_text()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        (folder / "build").mkdir()
        (folder / "build/forknet").symlink_to(program)
        (folder / "examples").symlink_to(root / "examples")
        for command in commands(page):
            if command == "scripts/quickstart.sh":
                command = "build/forknet data digits data/digits"
            if failure := run(root, folder, command):
                sys.exit(f"README.md: {command}: {failure}")


if __name__ == "__main__":
    main()
