"""Every source is formatted as .clang-format says.

    format.py ROOT CLANG_FORMAT
"""

import pathlib
import subprocess
import sys

import tree


def unformatted(root, program, paths):
    if not paths:
        return []
    done = subprocess.run([program, "--dry-run", "--style=file", *map(str, paths)], cwd=root,
                          capture_output=True, text=True, check=True)
    places = [line for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line]
    return [place.replace(f"{root}/", "") for place in places]


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(unformatted(base, sys.argv[2], tree.files(base, ".cc", ".h")),
                "clang-format-14 -i FILE")
