#!/usr/bin/python3
"""Two replicas in processes against two in threads, by the program itself: pairs of runs in turns, each a
process start, on an otherwise idle machine of two CPUs, with huge pages and without.

    processes.py FORKNET [--runs N] [--scale X] [--only TEXT] [--pages on|off]

Before a net is timed, one run of each side ends on the same weights. Runs without huge pages are those of a
process that has had them forbidden (PR_SET_THP_DISABLE); that says what they are worth, and has no target.
--scale 0.1 makes runs a tenth as long, --only takes the nets whose names hold TEXT. See docs/benchmarks.md.
"""

import argparse
import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import common
import grids

NETS = (grids.SMALL, grids.MIDDLE, grids.LARGE)
TARGET = 0.97
PR_SET_THP_DISABLE = 41


def forbid_huge_pages():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_THP_DISABLE)")


def cells_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def mapped(cell):
    """MB of files in memory that a process maps, to write and to read, and how much by huge pages."""
    sums = {"w": [0, 0], "r": [0, 0]}
    kind = None
    try:
        for line in pathlib.Path(f"/proc/{cell}/smaps").read_text().splitlines():
            words = line.split()
            if len(words) > 4 and len(words[1]) == 4:
                shared = words[1][3] == "s" and "weights" in line
                kind = ("w" if words[1][1] == "w" else "r") if shared else None
            elif kind and words[0] in ("Rss:", "ShmemPmdMapped:"):
                sums[kind][words[0] != "Rss:"] += int(words[1]) / 1024
    except OSError:
        return None
    return sums


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def command(self, config, host):
        return [self.options.forknet, "train", str(config), "--quiet", "--json", "--set",
                f"run.dir={json.dumps(str(self.folder / 'runs'))}", "--set", "checkpoint.every=off",
                "--set", f"grid.host={host}", "--set", "grid.replicas=2"]

    def train(self, config, host, pages):
        """A whole run's result, and the most that one of its cells mapped (mapped())."""
        limit = None if pages == "on" else forbid_huge_pages
        run = subprocess.Popen(self.command(config, host), stdout=subprocess.PIPE, text=True,
                               preexec_fn=limit)
        most = None
        if host == "process" and self.look:
            while run.poll() is None:
                for cell in cells_of(run.pid):
                    seen = mapped(cell)
                    if seen and (most is None or seen["r"][0] >= most["r"][0]):
                        most = seen
                time.sleep(0.05)
        out = run.communicate()[0]
        if run.returncode != 0:
            sys.exit(f"processes.py: {' '.join(run.args)} failed (exit {run.returncode})")
        return json.loads(out), most

    def pairs(self, config, pages):
        self.look = True
        thread, process = (self.train(config, host, pages) for host in ("thread", "process"))
        digests = {thread[0]["weights_digest"], process[0]["weights_digest"]}
        self.look = False
        shares = []
        for _ in range(self.options.runs):
            results = [self.train(config, host, pages)[0] for host in ("thread", "process")]
            digests |= {result["weights_digest"] for result in results}
            shares.append(results[0]["train_seconds"] / results[1]["train_seconds"])
        if len(digests) != 1:
            sys.exit(f"processes.py: {config.stem}: digests differ: {sorted(digests)}")
        return common.spread(shares), process[1]

    def net(self, net):
        widths, batch, steps = net
        config = self.folder / ("-".join(map(str, widths)) + ".toml")
        grids.net_config(config, (widths, batch, max(3, round(steps * self.options.scale))))
        for pages in ("on", "off"):
            if self.options.pages not in (None, pages):
                continue
            share, seen = self.pairs(config, pages)
            what = f"{grids.name(net)}, replicas = 2 in processes against threads, huge pages {pages}"
            print(f"{what}: {common.text(share, 3)}")
            if seen:
                print(f"  a cell's weights: {seen['r'][0]:.0f} MB mapped to read, {seen['r'][1]:.0f} by huge "
                      f"pages; {seen['w'][0]:.0f} MB to write, {seen['w'][1]:.0f} by huge pages")
            if pages == "on":
                common.result(what, share[1], TARGET, 3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("forknet")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--pages", choices=("on", "off"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forknet-processes-") as folder:
        bench = Bench(options, pathlib.Path(folder))
        for net in NETS:
            if options.only in grids.name(net):
                bench.net(net)


if __name__ == "__main__":
    main()
