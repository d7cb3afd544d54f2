"""How long tests wait for what should have happened long before. Nothing is measured by it: a test that gives
up fails. Limits follow what the machine gives: FORKNET_TEST_PATIENCE is a factor for all of them; without it
it is what a fixed piece of work takes here and now, against a machine that has nothing else to do."""
import os
import time

REFERENCE = 0.05  # seconds that work() takes on a core of an AMD EPYC of 2024 that does nothing else
MOST = 20


def work():
    begun = time.monotonic()
    number = 1
    for _ in range(600_000):
        number = number * 6364136223846793005 % (1 << 64)
    return time.monotonic() - begun


def measured():
    busy = os.getloadavg()[0] / len(os.sched_getaffinity(0))
    return min(MOST, max(1, work() / REFERENCE, busy))


FACTOR = float(os.environ.get("FORKNET_TEST_PATIENCE") or measured())


def patience(seconds):
    return seconds * FACTOR
