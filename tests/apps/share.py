"""How much of what they can try tests try: FORKNET_TEST_SHARE percent of the cases (tests/random_cases.h has the
same), without it all."""
import os

SHARE = float(os.environ.get("FORKNET_TEST_SHARE") or 100) / 100
IN_FULL = SHARE >= 1


def cases(usual):
    """So many random ones, or that share of them, at least 4."""
    return max(min(4, usual), int(usual * SHARE))
