"""Every *_test.cc file is in the build, alone or included by a unity source.

    tests_are_built.py ROOT COMPILE_COMMANDS
"""

import json
import pathlib
import sys

import tree


def unbuilt(root, paths, commands):
    built = {source for entry in commands for source in tree.compiled(entry)}
    return [f"{path.relative_to(root)}: in no test program"
            for path in paths if path.resolve() not in built]


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(unbuilt(base, tree.files(base, "_test.cc"),
                        json.loads(pathlib.Path(sys.argv[2]).read_text())),
                "tests/CMakeLists.txt must build them (configure again after adding a file)")
