"""Every file includes only floors below its own, and no folders include each other in a cycle
(docs/architecture.md).

    floors.py ROOT
"""

import pathlib
import re
import sys

import tree

# From top to bottom: a folder includes itself and the folders below it.
FLOORS = ["report", "sweep", "session", "train", "average", "supervise", "engine", "state", "settings",
          "cell", "store", "wire", "data", "nn", "math", "os", "base"]

# Patterns of the names of libraries and system headers: the folders that may include them.
LIBRARIES = {
    r"hwy/": ["src/math", "src/nn/layers", "src/nn/members", "src/nn/losses", "src/nn/optimizers"],
    r"xxhash\.h": ["src/base"],
    r"fmt/": ["src", "apps", "bench", "tests"],
    r"zlib\.h": ["src/data", "tests"],
    r"fast_float/": ["src/data"],
    r"nlohmann/": ["src/store", "src/settings", "src/state", "src/engine", "src/train", "src/session",
                   "src/sweep", "src/report", "apps", "tests"],
    r"toml\+\+/": ["src/settings"],
    r"(CLI|curl|openssl)/": ["apps"],
    r"mpi\.h": ["src/wire"],
    r"(archive|archive_entry|lzma|spng|turbojpeg)\.h": ["src/data", "tests/data"],
    r"(gtest|gmock|rapidcheck)(/|\.h)": ["tests"],
    r"(dnnl\.hpp|dnnl\.h|oneapi/)": ["bench"],
    r"(\w*intrin|cpuid|arm_neon)\.h": ["src/math", "tests/math"],
    # System headers: only one floor uses them. Tests may, because they act as the user.
    r"(sys|linux|asm|arpa|net|netinet)/": ["src/os", "tests"],
    r"(unistd|signal|fcntl|dirent|pthread|sched|spawn|poll|termios|dlfcn|pwd|grp|semaphore|"
    r"execinfo|ucontext|syscall|glob|fnmatch|syslog|libgen|ftw|utime|mqueue|aio|link|elf|"
    r"malloc|features|getopt|error|sysexits|strings|string|stdlib|stdio|time|errno)\.h":
        ["src/os", "tests"],
    r"csignal": ["src/os", "tests"],
    # Threads need their own stack size: os/thread.h.
    r"(thread|future)$": ["src/os", "tests", "bench"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"[a-z_]+$")


def floor_of(place):
    """The floor a file belongs to, by its path's parts, or None."""
    if len(place) > 2 and place[0] in ("src", "tests") and place[1] in FLOORS:
        return place[1]
    return None


def quoted_fault(place, header):
    """What is wrong with #include "header" in the file at `place`, or None."""
    floor, target = floor_of(place), header.split("/")[0]
    if target not in FLOORS:
        if any(re.match(pattern, header) for pattern in LIBRARIES):
            return angled_fault(place, header)
        return f'"{header}" names no floor' if place[0] in ("src", "include") else None
    if place[0] == "include":
        return f'a public header may not include "{header}"'
    if floor and FLOORS.index(target) < FLOORS.index(floor):
        return f'{floor} may not include "{header}": {target} stands above it'
    return None


def angled_fault(place, header):
    """What is wrong with #include <header> in the file at `place`, or None."""
    folder = "/".join(place)
    for pattern, allowed in LIBRARIES.items():
        if re.match(pattern, header):
            if any(folder.startswith(where + "/") for where in allowed):
                return None
            return f"<{header}> belongs in {', '.join(allowed)}"
    if STANDARD.match(header) or header.startswith("forknet/"):
        return None
    return f"<{header}> is in no list of tests/checks/floors.py"


def folder_edges(root, paths):
    """folder below src/ -> folders that it includes, each with the place of an include. Edges between a
    folder and its parent do not count: a list of parts includes parts that include its interface."""
    edges = {}
    for path in paths:
        place = path.relative_to(root).parts
        if place[0] != "src":
            continue
        folder = "/".join(place[1:-1])
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if (include := INCLUDE.match(line)) and include[1] == '"' and "/" in include[2]:
                target = include[2].rpartition("/")[0]
                if not (folder + "/").startswith(target + "/") and not (target + "/").startswith(folder + "/"):
                    edges.setdefault(folder, {}).setdefault(target, f"{'/'.join(place)}:{number}")
    return edges


def cycle(edges):
    """Folders that include each other in a cycle, the first one at both ends, or []."""
    done = set()

    def walk(folder, way):
        if folder in way:
            return way[way.index(folder):] + [folder]
        if folder not in done:
            for target in sorted(edges.get(folder, {})):
                if found := walk(target, way + [folder]):
                    return found
            done.add(folder)
        return []

    return next((found for folder in sorted(edges) if (found := walk(folder, []))), [])


def cycle_faults(root, paths):
    edges = folder_edges(root, paths)
    way = cycle(edges)
    return [f"{edges[a][b]}: src/{a} includes src/{b}, a part of the cycle {' -> '.join(way)}"
            for a, b in zip(way, way[1:])]


def faults(root, paths):
    found = cycle_faults(root, paths)
    for path in paths:
        place = path.relative_to(root).parts
        if place[0] not in ("src", "include", "apps", "tests", "bench", "examples"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if include := INCLUDE.match(line):
                check = quoted_fault if include[1] == '"' else angled_fault
                if fault := check(place, include[2]):
                    found.append(f"{'/'.join(place)}:{number}: {fault}")
    return found


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(faults(base, tree.files(base, ".cc", ".h")),
                "a folder includes only the folders below it")
