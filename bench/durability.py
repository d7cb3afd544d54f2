"""What it costs that a run can be stopped and gone on with: a checkpoint after every epoch, and how long a
run goes on after TERM. Parts of faults.py."""
import json
import math
import pathlib
import random
import signal
import statistics
import sys
import time

import common
from grids import LARGE, MIDDLE, SMALL, net_config
from homes import result, sets

EPOCH_ROWS = 60_000  # MNIST's
CHECKPOINTS = 4
NETS = (((784, 128, 10), 64, 800), (SMALL[0], SMALL[1], 200), MIDDLE, LARGE)
STOPPED = 75


def timed(home, every):
    """(seconds of the whole run, its result)"""
    begun = time.monotonic()
    ended = home.run("train", "d.toml", "--quiet", "--json", *sets([f"checkpoint.every={every}"]))
    return time.monotonic() - begun, result(ended)


def measure_checkpoints(home, runs):
    """A run with some checkpoints against the same run with none, in turns: what one takes, as a share of an
    epoch of EPOCH_ROWS rows."""
    for widths, batch, steps in NETS:
        net_config(pathlib.Path(home.path("d.toml")), (widths, batch, steps))
        shares, seconds = [], []
        for _ in range(runs):
            without, plain = timed(home, '"off"')
            with_some, saved = timed(home, steps // CHECKPOINTS)
            if plain["weights_digest"] != saved["weights_digest"]:
                sys.exit(f"faults.py: {widths}: a checkpoint changes the weights")
            one = (with_some - without) / CHECKPOINTS
            seconds.append(one)
            shares.append(one * plain["samples_per_second"]
                          / (math.ceil(EPOCH_ROWS / batch) * batch))
        name = "-".join(map(str, widths))
        print(f"{name}, {batch}: a checkpoint takes {common.text(common.spread(seconds), 4)} s", flush=True)
        common.result(f"{name}, a checkpoint every epoch", statistics.median(shares), 0.03, 4,
                      at_least=False)


def seconds_to_exit(home, settings):
    """From TERM to the end of a run that has taken some steps."""
    run = home.start("train", "f.toml", "--json=lines", *sets(settings))
    for _ in range(random.randrange(5, 50)):
        if not json.loads(run.stdout.readline()):
            sys.exit("faults.py: no step")
    told = time.monotonic()
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate()
    if run.returncode != STOPPED:
        sys.exit(f"faults.py: exit {run.returncode} after TERM: {errors}")
    return time.monotonic() - told


def measure_stops(home, grids, stops):
    for name, settings in grids.items():
        seconds = [seconds_to_exit(home, [*settings, "train.epochs=100000"]) for _ in range(stops)]
        print(f"{name:16} {stops:4} stops   TERM to exit {statistics.median(seconds):.3f} s, "
              f"at most {max(seconds):.3f} s", flush=True)
