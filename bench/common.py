"""What the scripts of bench/ share: forknet's side of a comparison, medians and their spread, and
lines that name a target."""

import statistics
import subprocess
import sys


class Server:
    """forknet_bench_server, asked line by line."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.nets = []
        for text in self.ask("nets").split():
            widths, batch, operations = text.split(";")
            self.nets.append({"widths": [int(width) for width in widths.split(",")],
                              "batch": int(batch), "operations": float(operations)})

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            sys.exit(f"forknet_bench_server: {line}: {answer or 'no answer'}")
        return answer

    def time(self, net, leaf, steps):
        return tuple(float(word) for word in self.ask(f"time {net} {leaf} {steps}").split())


def steps_in(seconds, timed):
    """How many steps take `seconds`, found by running timed(steps); warms up."""
    steps = 1
    while (took := timed(steps)) < seconds / 4:
        steps *= 2
    return max(1, round(steps * seconds / took))


def spread(numbers):
    """First quartile, median, third quartile."""
    if len(numbers) < 2:
        return (numbers[0],) * 3
    return tuple(statistics.quantiles(numbers, n=4, method="inclusive"))


def text(of, decimals):
    low, median, high = (f"{number:,.{decimals}f}" for number in of)
    return f"{median} ({low} .. {high})"


def result(what, value, target, decimals, at_least=True):
    met = value >= target if at_least else value <= target
    print(f"result: {what}: {value:.{decimals}f} (target: at {'least' if at_least else 'most'} "
          f"{target:g}): {'met' if met else 'MISSED'}")
