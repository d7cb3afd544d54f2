"""No file contains a path of one machine or a note of unfinished work; links in docs resolve.

    text.py ROOT
"""

import pathlib
import re
import sys

import tree

# Written so that this file does not match itself.
FORBIDDEN = {
    r"(?<![\w.$}~-])/(?:work|ro{2}t|home)/": "a path of one machine",
    r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b": "work left for later",
    r"[ \t]+$": "trailing space",
}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def is_text(path):
    with path.open("rb") as file:
        return b"\0" not in file.read(4096)


def forbidden(root, path):
    found = []
    if path.name == "LICENSE" or not is_text(path):
        return found
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        found += [f"{path.relative_to(root)}:{number}: {what}"
                  for pattern, what in FORBIDDEN.items() if re.search(pattern, line)]
    return found


def anchors(path):
    """The anchors of a page's headings, in the form of GitHub."""
    headings = re.findall(r"^#+ +(.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in headings}


def broken_links(root, page):
    found = []
    in_code = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        in_code ^= line.startswith("```")
        for link in LINK.finditer("" if in_code else line):
            target = link[1] or link[2]
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            other = (page.parent / name).resolve() if name else page
            if not other.exists():
                found.append(f"{page.relative_to(root)}:{number}: {target} does not exist")
            elif anchor and other.suffix == ".md" and anchor not in anchors(other):
                found.append(f"{page.relative_to(root)}:{number}: {target} has no such heading")
    return found


def faults(root, paths):
    found = []
    for path in paths:
        found += forbidden(root, path)
        if path.suffix == ".md":
            found += broken_links(root, path)
    return found


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1]).resolve()
    tree.report(faults(base, tree.files(base)), "see CONTRIBUTING.md")
