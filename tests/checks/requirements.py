"""All tests that a page names as proofs exist: suites and tests of GoogleTest, tests of CTest and methods of
its Python scripts, files and folders.

    requirements.py ROOT
Reads the last column of the tables whose last heading is "held by" or "shown by". Names stand between
backquotes: `Suite.test`, `Suite.*`, `Suite.begins_so…`, `Wires/Suite.*`, `Suite/*`; `script` or
`script.name_of_a_test` for a Python script (tests/CMakeLists.txt names them); `check.name`; a path.
"""

import pathlib
import re
import sys

import tree

PAGES = ("tests/requirements.md", "docs/failures.md", "docs/running.md")
HOLDS = {"held by", "shown by"}
FOLDERS = ("tests/", "src/", "bench/", "scripts/", "docs/", "examples/", "apps/", "include/", ".ci/")
GOOGLE_TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(\s*(\w+),\s*(\w+)\)", re.M)
INSTANCE = re.compile(r"INSTANTIATE_TEST_SUITE_P\(\s*(\w+),\s*(\w+)")
SCRIPTS = re.compile(r"foreach\(script ([\w ]+)\)")
NAMED = re.compile(r"add_test\(NAME ([\w.]+)(?:[^()]|\([^()]*\))*?/(\w+/\w+)\.py", re.S)
CHECK = re.compile(r"forknet_check\((\w+)")
METHOD = re.compile(r"^    def test_(\w+)\(", re.M)


def cells(line):
    """The cells of a row of a table."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def names(page):
    """(line, name) of all names in backquotes in the columns of HOLDS."""
    inside = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if not line.startswith("|"):
            inside = False
            continue
        last = cells(line)[-1]
        if last in HOLDS:
            inside = True
        elif inside:
            yield from ((number, name) for name in re.findall(r"`([^`]+)`", last))


class Tests:
    """All names that a page may use."""

    def __init__(self, root):
        self.root = root
        self.suites = {}  # suite -> its tests
        self.instances = set()
        for path in sorted((root / "tests").rglob("*.cc")):
            text = path.read_text()
            for suite, test in GOOGLE_TEST.findall(text):
                self.suites.setdefault(suite, set()).add(test)
            self.instances |= set(INSTANCE.findall(text))
        self.scripts = {}  # test of CTest -> methods of its script
        build = self.text("tests/CMakeLists.txt")
        for script in " ".join(SCRIPTS.findall(build)).split():
            self.scripts[script] = self.methods(f"tests/apps/{script}_test.py")
        for name, script in NAMED.findall(build):
            self.scripts[name] = self.methods(f"tests/{script}.py")
        self.checks = {f"check.{name}" for name in CHECK.findall(self.text("tests/checks/CMakeLists.txt"))}

    def text(self, name):
        path = self.root / name
        return path.read_text() if path.exists() else ""

    def methods(self, name):
        return set(METHOD.findall(self.text(name)))

    def has(self, name):
        if name.startswith(FOLDERS):
            return (self.root / name).exists()
        if name in self.scripts or name in self.checks:
            return True
        script, _, method = name.rpartition(".")
        if script in self.scripts:
            return self.matches(method, self.scripts[script])
        suite, _, test = name.partition(".")
        if suite.endswith("/*") and not test:  # every type of a typed suite
            return suite[:-2] in self.suites
        instance, slash, inner = suite.partition("/")
        if slash:
            return (instance, inner) in self.instances and self.matches(test, self.suites.get(inner, set()))
        return self.matches(test, self.suites.get(suite, set()))

    @staticmethod
    def matches(test, known):
        if test == "*":
            return bool(known)
        if test.endswith("…"):
            return any(one.startswith(test[:-1]) for one in known)
        return test in known


def faults(root, pages=PAGES):
    root = pathlib.Path(root)
    tests = Tests(root)
    return [f"{page}:{line}: there is no test, file or folder `{name}`"
            for page in pages if (root / page).exists() for line, name in names(root / page) if not tests.has(name)]


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(faults(base), "name tests as they are called (tests/checks/requirements.py says how)")
