"""Every *_test.cc file is in the build, alone or included by a file that compiles some together.

    tests_are_built.py ROOT COMPILE_COMMANDS
"""

import json
import pathlib
import re
import sys

import tree


def compiled(source):
    """A source, and those that it includes."""
    included = re.findall(r'^#include "(.*\.cc)"$', source.read_text(), re.M) if source.exists() else []
    return {source.resolve(), *(pathlib.Path(path).resolve() for path in included)}


def unbuilt(root, paths, commands):
    built = set().union(*(compiled(pathlib.Path(entry["directory"]) / entry["file"])
                          for entry in commands))
    return [f"{path.relative_to(root)}: in no test program"
            for path in paths if path.resolve() not in built]


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(unbuilt(base, tree.files(base, "_test.cc"),
                        json.loads(pathlib.Path(sys.argv[2]).read_text())),
                "tests/CMakeLists.txt must build them (configure again after adding a file)")
