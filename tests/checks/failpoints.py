"""The lists of failpoints name exactly the failpoints of the sources; the list of calls names exactly those
that can fail.

    failpoints.py ROOT
"""

import pathlib
import re
import sys

import tree

LIST = "src/os/failpoint_names.h"
LISTED = re.compile(r'^\s+"([^"]*)",?$', re.M)
CALLS = "kCalls"  # the list of calls begins after this word
FAILING = re.compile(r'\b(?:FORKNET_OR_FAIL|pass|fails|move_some)\(\s*"([^"]*)"')
PASSED = re.compile(r'\b(?:FORKNET_FAILPOINT|FORKNET_OR_FAIL|pass|fails|move_some)\(\s*"([^"]*)"')


def places(path, pattern):
    """(line, name) of every match."""
    text = path.read_text()
    return [(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in pattern.finditer(text)]


def faults(root, paths):
    found, listed, passed = [], set(), set()
    for line, name in places(root / LIST, LISTED):
        if name in listed:
            found.append(f'{LIST}:{line}: "{name}" is listed twice')
        listed.add(name)
    for path in paths:
        for line, name in places(path, PASSED):
            passed.add(name)
            if name not in listed:
                found.append(f'{path.relative_to(root)}:{line}: "{name}" is not in {LIST}')
    found += [f'{LIST}:{line}: "{name}" is not used'
              for line, name in places(root / LIST, LISTED) if name not in passed]
    return found + mistaken_calls(root, paths)


def mistaken_calls(root, paths):
    text = (root / LIST).read_text()
    begin = text.find(CALLS)
    calls = set(LISTED.findall(text, begin)) if begin >= 0 else set()
    failing = {name for path in paths for _, name in places(path, FAILING)}
    return [f'{LIST}:{line}: "{name}" {"can" if name in failing else "cannot"} fail'
            for line, name in places(root / LIST, LISTED) if (name in failing) != (name in calls)]


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(faults(base, [path for path in tree.files(base, ".cc", ".h")
                              if path.relative_to(base).parts[0] in ("src", "apps")]),
                f"{LIST} names every failpoint")
