#!/usr/bin/python3
"""What the presets threads and replicas bring small nets against one thread, by the program itself: runs
in turns, each a process start, on an otherwise idle machine.

    small_nets.py FORKNET [--runs N] [--steps N] [--widths A,B,…] [--batches A,B,…] [--given N]

Nets of 64 inputs, two hidden layers of WIDTH units and 10 classes, on random rows. The three runs of a
round must end on the same weights before their times count. Prints for every net and preset its samples/s
as a share of one thread's, and the workers that the preset took. --given 2: with that number given, which
is obeyed as it stands: what the presets save. See docs/benchmarks.md.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import common
import grids

INPUTS, ROWS = 64, 16384
LEAF = 16  # rows, at least: a replica takes whole leaves
PRESETS = {"threads": "threads", "replicas": "replicas"}
TARGET = 0.97


def trained(options, config, folder, *words):
    command = [options.forknet, "train", str(config), "--quiet", "--json", "--set", "checkpoint.every=off",
               "--set", f"run.dir={json.dumps(str(folder / 'runs'))}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"small_nets.py: {' '.join(command)} failed (exit {done.returncode}):\n{done.stderr}")
    return json.loads(done.stdout)


def round_of(options, config, batch, folder):
    """The results of one thread and of every preset."""
    results = {"serial": trained(options, config, folder, "--grid", "serial")}
    for preset, key in PRESETS.items():
        enough = options.given is not None and (key == "threads" or batch >= LEAF * options.given)
        given = ("--set", f"grid.{key}={options.given}") if enough else ()
        results[preset] = trained(options, config, folder, "--grid", preset, *given)
    digests = {result["weights_digest"] for result in results.values()}
    if len(digests) != 1:
        sys.exit(f"small_nets.py: {config.stem}: digests differ: {sorted(digests)}")
    return results


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("forknet")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--steps", type=int, default=40000)  # fewer take so short that noise decides
    parser.add_argument("--widths", type=numbers, default=[8, 16, 32, 64])
    parser.add_argument("--batches", type=numbers, default=[16, 32, 64, 128])
    parser.add_argument("--given", type=int)
    options = parser.parse_args()
    worst = {preset: (float("inf"), "") for preset in PRESETS}
    with tempfile.TemporaryDirectory(prefix="forknet-small-nets-") as name:
        folder = pathlib.Path(name)
        for width in options.widths:
            for batch in options.batches:
                net = ((INPUTS, width, width, 10), batch, options.steps)
                config = grids.net_config(folder / f"{width}-{batch}.toml", net, ROWS)
                rounds = [round_of(options, config, batch, folder) for _ in range(options.runs)]
                for preset, key in PRESETS.items():
                    share = common.spread([of[preset]["samples_per_second"] / of["serial"]["samples_per_second"]
                                           for of in rounds])
                    took = sorted(of[preset]["layout"][key] for of in rounds)
                    micros = sorted(of["serial"]["train_seconds"] for of in rounds)[len(rounds) // 2] \
                        / options.steps * 1e6
                    print(f"{grids.name(net)}, {preset} ({', '.join(map(str, took))}) against one thread "
                          f"({micros:.1f} us a step): {common.text(share, 3)}", flush=True)
                    worst[preset] = min(worst[preset], (share[1], grids.name(net)))
    for preset, (median, net) in worst.items():
        common.result(f"{preset} against one thread, the worst of all nets ({net})", median, TARGET, 3)


if __name__ == "__main__":
    main()
