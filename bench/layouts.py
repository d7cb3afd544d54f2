#!/usr/bin/python3
"""What a second core brings: forknet_bench_layouts over several process starts.

    layouts.py FORKNET_BENCH_LAYOUTS [--starts N] [options of the program]

Prints for every net and layout the median over the starts and its quartiles. See docs/benchmarks.md.
"""

import argparse
import json
import subprocess
import sys

import common

# In the order of the nets; None: nothing is asked.
TARGETS = {"threads": (1.4, 1.5, 1.80, 1.85, 1.90), "replicas": (None, None, 1.75, 1.85, 1.85)}


def start(program, options):
    done = subprocess.run([program, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr, end="", file=sys.stderr)
        sys.exit(done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--starts", type=int, default=9)
    options, rest = parser.parse_known_args()
    starts = [start(options.program, rest) for _ in range(options.starts)]
    print(f"Speed-up of two members over one thread, as a share of two cores; {options.starts} starts, "
          "median (quartiles)")
    lines = []
    for i, rows in enumerate(zip(*starts)):
        cores = common.spread([row["cores"] for row in rows])
        print(f"{rows[0]['net']}: two loops gain {common.text(cores, 2)} over one")
        for layout, targets in TARGETS.items():
            gained = common.spread([row[layout] for row in rows])
            print(f"  {layout:9} {common.text(gained, 2)}")
            if targets[i] is not None:
                lines.append((f"{rows[0]['net']}, {layout} = 2, speed-up", gained[1], targets[i], 2))
    for line in lines:
        common.result(*line)


if __name__ == "__main__":
    main()
