"""The list of each floor names exactly the failpoints of its sources; the list of calls names exactly those
that can fail. The program knows every list.

    failpoints.py ROOT
"""

import pathlib
import re
import sys

import tree

LIST = "failpoint_names.h"  # of each floor that has failpoints
CALLS_LIST = f"src/os/{LIST}"
CALLS = "kCalls"  # the list of calls begins after this word
PROGRAM = ("src/os/failpoint.cc", "src/train/failpoint_lists.h", "apps/main.cc")  # where lists are joined
LISTED = re.compile(r'^\s+"([^"]*)",?$', re.M)
FAILING = re.compile(r'\b(?:FORKNET_OR_FAIL|pass|fails|move_some)\(\s*"([^"]*)"')
PASSED = re.compile(r'\b(?:FORKNET_FAILPOINT|FORKNET_OR_FAIL|pass|fails|move_some)\(\s*"([^"]*)"')


def places(path, pattern):
    """(line, name) of every match."""
    text = path.read_text()
    return [(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in pattern.finditer(text)]


def list_of(path, root):
    """The list, relative to the root, that the names in this file belong to."""
    parts = path.relative_to(root).parts
    return "/".join([*parts[:2 if parts[0] == "src" else 1], LIST])


def faults(root, paths):
    found, listed, passed = [], {}, {}
    for file in (path for path in paths if path.name == LIST):
        own = file.relative_to(root).as_posix()
        for line, name in places(file, LISTED):
            if name in listed:
                found.append(f'{own}:{line}: "{name}" is listed twice')
            listed.setdefault(name, own)
    for path in paths:
        for line, name in places(path, PASSED):
            passed.setdefault(name, set()).add(list_of(path, root))
            if listed.get(name) != list_of(path, root):
                found.append(f'{path.relative_to(root)}:{line}: "{name}" is not in {list_of(path, root)}')
    for file in (path for path in paths if path.name == LIST):
        own = file.relative_to(root).as_posix()
        found += [f'{own}:{line}: "{name}" is not used' for line, name in places(file, LISTED)
                  if name not in passed]
    return found + mistaken_calls(root, paths) + unknown_lists(root, paths)


def mistaken_calls(root, paths):
    own = root / CALLS_LIST
    text = own.read_text() if own.exists() else ""
    calls = set(LISTED.findall(text, text.find(CALLS))) if CALLS in text else set()
    failing = {name for path in paths for _, name in places(path, FAILING)}
    return [f'{file.relative_to(root)}:{line}: "{name}" {"can" if name in failing else "cannot"} fail'
            for file in (path for path in paths if path.name == LIST)
            for line, name in places(file, LISTED) if (name in failing) != (name in calls)]


def unknown_lists(root, paths):
    """Lists that no program puts together with the others: their names would be refused."""
    text = "".join((root / name).read_text() for name in PROGRAM if (root / name).exists())
    own = [path.relative_to(root).as_posix() for path in paths if path.name == LIST]
    return [f"{name}: is in none of {', '.join(PROGRAM)}" for name in own
            if f'#include "{name.removeprefix("src/")}"' not in text]


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(faults(base, [path for path in tree.files(base, ".cc", ".h")
                              if path.relative_to(base).parts[0] in ("src", "apps")]),
                f"each floor's {LIST} names its failpoints")
