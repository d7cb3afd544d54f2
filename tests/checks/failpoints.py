"""Every failpoint in the source is in the list of failpoints, and none of the list is missing there.

    failpoints.py ROOT
"""

import pathlib
import re
import sys

import tree

LIST = "src/os/failpoint_names.h"
LISTED = re.compile(r'^\s+"([^"]*)",?$', re.M)
PASSED = re.compile(r'\b(?:FORKNET_FAILPOINT|FORKNET_OR_FAIL|pass|fails)\(\s*"([^"]*)"')


def places(path, pattern):
    """(line, name) of every match."""
    text = path.read_text()
    return [(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in pattern.finditer(text)]


def faults(root, paths):
    found, listed, passed = [], set(), set()
    for line, name in places(root / LIST, LISTED):
        if name in listed:
            found.append(f'{LIST}:{line}: "{name}" is there twice')
        listed.add(name)
    for path in paths:
        for line, name in places(path, PASSED):
            passed.add(name)
            if name not in listed:
                found.append(f'{path.relative_to(root)}:{line}: "{name}" is not in {LIST}')
    found += [f'{LIST}:{line}: "{name}" is passed nowhere'
              for line, name in places(root / LIST, LISTED) if name not in passed]
    return found


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(faults(base, [path for path in tree.files(base, ".cc", ".h")
                              if path.relative_to(base).parts[0] in ("src", "apps")]),
                f"{LIST} names every failpoint")
