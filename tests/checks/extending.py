"""docs/extending.md adds a part of each kind as a diff: new files in one folder, and lines in the one list of that
kind, nothing else. Every diff applies to the tree, and what it adds compiles.

    extending.py ROOT COMPILE_COMMANDS
"""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import floors
import tree

PAGE = "docs/extending.md"
LISTS = {
    "src/nn/layers/list.cc",
    "src/nn/losses/list.cc",
    "src/nn/optimizers/list.cc",
    "src/nn/metrics/list.cc",
    "src/data/formats/format.cc",
    "src/wire/transports.cc",
    "apps/command_list.cc",
}
COPIED = ("src", "apps", "include")
# Options of a compilation that read or write files of the build, with their argument.
OF_BUILD = {"-o", "-c", "-MT", "-MF", "-include", "-x"}


def diffs(page):
    return re.findall(r"^```diff\n(.*?)^```$", page, re.M | re.S)


def files(diff):
    """The new files of a diff, and those that it changes."""
    pairs = re.findall(r"^--- (\S+)\n\+\+\+ b/(\S+)$", diff, re.M)
    return ([new for old, new in pairs if old == "/dev/null"], [new for old, new in pairs if old != "/dev/null"])


def size_faults(diff):
    """A part is new files in one folder, and its lines in the list above that folder."""
    new, changed = files(diff)
    if len(changed) != 1:
        return [f"a diff changes {', '.join(changed) or 'no file'}: expected one list"]
    folders = {str(pathlib.Path(name).parent) for name in new}
    above = pathlib.Path(changed[0]).parent
    if len(folders) != 1 or not pathlib.Path(min(folders)).is_relative_to(above):
        return [f"{changed[0]}: the new files of its diff lie in {', '.join(sorted(folders)) or 'no folder'}: "
                f"expected one folder in {above}"]
    return []


def apply(diff, root):
    """Applies a diff to the tree; what is wrong with it."""
    done = subprocess.run(["git", "apply", "-"], input=diff, cwd=root, capture_output=True, text=True,
                          env={"GIT_DIR": "/nonexistent", "PATH": "/usr/bin:/bin"})
    return [] if done.returncode == 0 else [f"{files(diff)[1]}: the diff does not apply: {done.stderr.strip()}"]


def options_of(source, root, copy, commands):
    """The command that compiles a source of the tree, for sources of the copy."""
    entry = next((entry for entry in commands if (root / source).resolve() in tree.compiled(entry)), None)
    if entry is None:
        return None
    words = iter(shlex.split(entry["command"]))
    options = []
    for word in words:
        if word in OF_BUILD:
            next(words)
        elif word in ("-Winvalid-pch", "-MD") or word.endswith("ccache"):
            continue
        else:
            places = {f"-I{root}": f"-I{copy}"}
            places.update({f"-I{root / folder}": f"-I{copy / folder}" for folder in COPIED})
            options.append(places.get(word, word))
    return [*options, "-O0", "-fsyntax-only"]


def compile_faults(sources, options, copy):
    faults = []
    for source in sources:
        done = subprocess.run([*options, str(copy / source)], capture_output=True, text=True)
        if done.returncode != 0:
            faults.append(f"{source}: does not compile: {done.stderr.strip()}")
    return faults


def check(root, page, commands, lists):
    found = diffs(page)
    faults = [fault for diff in found for fault in size_faults(diff)]
    shown = {name for diff in found for name in files(diff)[1]}
    faults += [f"{PAGE}: no diff for {name}" for name in sorted(lists - shown)]
    if faults:
        return faults
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder).resolve()
        for name in COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name)
        for diff in found:
            new, changed = files(diff)
            wrong = apply(diff, copy)
            options = options_of(changed[0], root, copy, commands)
            if options is None:
                wrong.append(f"{changed[0]}: is not in the build")
            if not wrong:
                added = [copy / name for name in new]
                wrong = [str(fault) for fault in floors.faults(copy, added)]
                sources = [name for name in (*new, *changed) if name.endswith(".cc")]
                wrong += compile_faults(sources, options, copy)
            faults += wrong
    return faults


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(check(base, (base / PAGE).read_text(), json.loads(pathlib.Path(sys.argv[2]).read_text()), LISTS),
                f"a part is its own files and its lines in one list; mend the diff in {PAGE}, or the interface")
