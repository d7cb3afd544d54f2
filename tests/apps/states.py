"""Runs that are killed, and the state that a run keeps for that case: files in memory, listed in its
folder."""
import fcntl
import glob
import json
import os
import subprocess


def steps_in(text):
    """Of the last whole line; 0 without one."""
    whole = text.decode().split("\n")[:-1]
    return json.loads(whole[-1]).get("step", 0) if whole else 0


def kill_at(step, command, **how):
    """Starts a run that prints its steps and kills it once it has done that many, and not many more:
    it prints into a pipe that soon is full. Its exit code and what it said."""
    lines, out = os.pipe()
    fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, 4096)
    run = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True, **how)
    os.close(out)
    text = more = b" "
    while more and steps_in(text) < step:
        more = os.read(lines, 100)
        text += more
    run.kill()
    _, errors = run.communicate(timeout=60)
    os.close(lines)
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
    """Those of all runs under `home`: nobody goes on with them."""
    for path in glob.glob(os.path.join(home, "**", "state.json"), recursive=True):
        for file in files(os.path.dirname(path)):
            if os.path.exists(file):
                os.remove(file)
