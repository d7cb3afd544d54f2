"""A part (docs/extending.md) is known by its own folder and by one list: nothing else includes its header or calls
what it declares, and no source compares with its name.

    parts.py ROOT
"""

import pathlib
import re
import sys

import tree

# Kind of part: where its folders lie, and the one list that names them.
LISTS = {
    "src/nn/layers": "src/nn/layers/list.cc",
    "src/nn/losses": "src/nn/losses/list.cc",
    "src/nn/optimizers": "src/nn/optimizers/list.cc",
}
# Folders of the parts of a program's own, which stand in no list and may use other parts.
ADAPTERS = ("own", "rows")
# Enums and questions of earlier versions: a part is a name and an interface.
OLD = re.compile(r"is_dense|\bLayerType::|\bLoss::[a-z]|\bOptimizerType::|\bDataFormat::|\bChannelKind::")
# The names of the parts that have stood in conditions everywhere.
NAMES = re.compile(r'[=!]= *"(dense|dropout|layer_norm|embedding|residual|softmax_cross_entropy|binary_cross_entropy|mse|mae|huber|quantile|'
                   r'poisson|sgd|momentum|nesterov|adamw?|rmsprop|adagrad|lion|constant|step|cosine|linear|one_cycle|'
                   r'polynomial|relu|sigmoid|tanh)"')
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def folders_of_parts(root, kind):
    """A part: a folder in that of its kind."""
    return [path for path in sorted((root / kind).iterdir()) if path.is_dir() and path.name not in ADAPTERS]


def users(root, sources, part):
    """The files outside a part's folder that include one of its headers."""
    headers = {str(header.relative_to(root / "src")) for header in part.rglob("*.h")}
    return [str(path.relative_to(root)) for path, text in sources.items()
            if not path.is_relative_to(part) and path.parent.name not in ADAPTERS and headers & set(INCLUDE.findall(text))]


def check(root):
    sources = {path: path.read_text() for folder in ("src", "apps")
               for path in tree.files(root, ".cc", ".h") if path.is_relative_to(root / folder)}
    findings = []
    for path, text in sources.items():
        for number, line in enumerate(text.splitlines(), 1):
            for pattern in (OLD, NAMES):
                if pattern.search(line):
                    findings.append(f"{path.relative_to(root)}:{number}: knows a part by its name: {line.strip()}")
    counted = 0
    for kind, names in LISTS.items():
        for part in folders_of_parts(root, kind):
            counted += 1
            found = users(root, sources, part)
            if found != [names]:
                findings.append(f"{part.relative_to(root)}: is included by {', '.join(found) or 'nothing'}; expected "
                                f"only {names}")
    if counted < 6:
        findings.append(f"only {counted} parts found: where are they?")
    return findings


if __name__ == "__main__":
    tree.report(check(pathlib.Path(sys.argv[1]).resolve()), "a part is its own files and a line in one list")
