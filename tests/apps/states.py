"""Runs that are killed, and the state that a run keeps for that case: files in memory, listed in its
folder."""
import glob
import json
import os
import subprocess
import time

from patience import patience


def is_stopped(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][:1] == "T"
    except OSError:
        return False


def wait_for_stop(run):
    """Until the process, or a child of it, has stopped itself."""
    end = time.monotonic() + patience(60)
    while True:
        with open(f"/proc/{run.pid}/task/{run.pid}/children") as children:
            if any(map(is_stopped, [run.pid, *children.read().split()])):
                return
        assert run.poll() is None, "the run has ended"
        assert time.monotonic() < end, "nothing stops"
        time.sleep(0.001)


def kill_at(step, command, env, **how):
    """Starts a run one of whose processes stops itself in about that step, and kills it there. Its exit
    code and what it said."""
    stops = f"cell/step/before:{step}:stop,forward/before:{step}:stop"
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                           env={**env, "FORKNET_FAILPOINTS": stops}, **how)
    wait_for_stop(run)
    run.kill()
    _, errors = run.communicate(timeout=patience(60))
    return run.returncode, errors


def files(folder):
    """Of the state of the run in that folder; none without a list."""
    try:
        with open(os.path.join(folder, "state.json")) as file:
            listed = json.load(file)
    except FileNotFoundError:
        return []
    # Bare names are those of files beside the list.
    return [os.path.join(folder, name) for name in [listed["control"], *listed["weights"]]]


def remove(home):
    """Those of all runs under `home`: no run continues from them."""
    for path in glob.glob(os.path.join(home, "**", "state.json"), recursive=True):
        for file in files(os.path.dirname(path)):
            if os.path.exists(file):
                os.remove(file)
