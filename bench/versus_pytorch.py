#!/usr/bin/python3
"""forknet's training steps against PyTorch's, one thread each, in turn, in one run.

    versus_pytorch.py SERVER [--pairs N] [--seconds S] [--only TEXT]

SERVER is forknet_bench_server. PyTorch gets its best setting: every BLAS kernel set that suits the
CPU, foreach or plain updates, gradients zeroed or dropped, traced or not are tried for every net and
the fastest is what is compared. See docs/benchmarks.md.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time

import common

# Per net: at least so many times PyTorch's samples/s; percent of the FMA peak with one leaf.
SPEED_TARGETS = [4.5, 2.0, 1.25, 1.15, 1.3]
PEAK_TARGETS = [64, 80, 86, 84, 84]

LEARNING_RATE = 0.01
MOMENTUM = 0.9
VERIFY_STEPS = 5
LOSS_TOLERANCE = 1e-4
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

VARIANTS = [dict(zip(("foreach", "drop_gradients", "traced"), choice))
            for choice in itertools.product((False, True), repeat=3)]


def core_types():
    """Kernel sets of OpenBLAS worth trying; "" is its own choice. Its choice can be wrong: it knows
    CPUs by their model, and falls back on older ones for those that it does not know."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        avx512 = "avx512f" in file.read()
    return ["Cooperlake", "SkylakeX", ""] if avx512 else ["", "Haswell", "Zen"]


def name_of(net):
    return "-".join(map(str, net["widths"])) + f" batch {net['batch']}"


class Peer:
    """The same net in PyTorch, started from the server's weights, on the server's batch."""

    def __init__(self, net, start, variant):
        import numpy
        import torch
        torch.set_num_threads(1)
        numbers = torch.from_numpy(numpy.fromfile(start, dtype=numpy.float32))
        self.taken = 0

        def take(*shape):
            count = int(numpy.prod(shape))
            self.taken += count
            return numbers[self.taken - count:self.taken].reshape(shape).clone()

        widths, batch = net["widths"], net["batch"]
        self.inputs = take(batch, widths[0])
        self.labels = take(batch).long()
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layer = torch.nn.Linear(inputs, outputs)
            with torch.no_grad():
                layer.weight.copy_(take(outputs, inputs))
                layer.bias.copy_(take(outputs))
            layers += [layer, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        if variant["traced"]:
            self.model = torch.jit.trace(self.model, self.inputs)
        self.measure = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=LEARNING_RATE,
                                         momentum=MOMENTUM, foreach=variant["foreach"])
        self.drop_gradients = variant["drop_gradients"]

    def step(self):
        self.optimizer.zero_grad(set_to_none=self.drop_gradients)
        loss = self.measure(self.model(self.inputs), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def time(self, steps):
        begun = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - begun


def require_openblas():
    """PyTorch of Debian takes whatever libblas.so.3 is; the reference one is many times slower, so
    a comparison with it would say nothing."""
    with open("/proc/self/maps", encoding="utf-8") as file:
        if "openblas" not in file.read():
            sys.exit("versus_pytorch.py: PyTorch is not using OpenBLAS here; install it:\n"
                     "  apt-get install libopenblas0-pthread")


def try_variants(net, start, seconds):
    """Seconds a step of every variant."""
    found = []
    for variant in VARIANTS:
        peer = Peer(net, start, variant)
        require_openblas()
        steps = common.steps_in(seconds, peer.time)
        found.append({"variant": variant,
                      "seconds": min(peer.time(steps) for _ in range(3)) / steps})
    return found


def verify(server, number, start, variant):
    """Both train the same: the losses of the first steps agree, with one leaf and with more."""
    net = server.nets[number]
    peer = Peer(net, start, variant)
    theirs = [float(peer.step().detach()) for _ in range(VERIFY_STEPS)]
    for leaf in (net["batch"], 0):
        ours = [float(loss) for loss in
                server.ask(f"losses {number} {leaf} {VERIFY_STEPS}").split()]
        if any(abs(a - b) > LOSS_TOLERANCE * abs(b) for a, b in zip(ours, theirs)):
            sys.exit(f"versus_pytorch.py: {name_of(net)}: losses differ: {ours} and {theirs}")


def compare(server, number, start, variant, options):
    """One pair after the other: PyTorch, one leaf, default leaves."""
    net = server.nets[number]
    verify(server, number, start, variant)
    peer = Peer(net, start, variant)
    leaves = (net["batch"], 0)
    steps = common.steps_in(options.seconds, peer.time)
    ours = [common.steps_in(options.seconds, lambda n, leaf=leaf: server.time(number, leaf, n)[0])
            for leaf in leaves]
    pairs = []
    for _ in range(options.pairs):
        theirs = peer.time(steps) / steps
        timed = [server.time(number, leaf, count) for leaf, count in zip(leaves, ours)]
        pairs.append({"pytorch": theirs,
                      "forknet": [seconds / count for (seconds, _), count in zip(timed, ours)],
                      "peak": [peak for _, peak in timed]})
    return pairs


def child(options):
    """What runs with the environment of one kernel set: prints one line of JSON."""
    server = common.Server(options.server)
    net = server.nets[options.net]
    with tempfile.TemporaryDirectory() as folder:
        start = os.path.join(folder, "start")
        server.ask(f"start {options.net} {start}")
        if options.variant is None:
            print(json.dumps(try_variants(net, start, options.seconds)))
        else:
            print(json.dumps(compare(server, options.net, start, json.loads(options.variant),
                                     options)))


def run_child(options, net, core, variant=None):
    environment = {**os.environ, **ONE_THREAD}
    environment.pop("OPENBLAS_CORETYPE", None)
    if core:
        environment["OPENBLAS_CORETYPE"] = core
    command = [sys.executable, os.path.abspath(__file__), options.server, "--net", str(net),
               "--pairs", str(options.pairs), "--seconds", str(options.seconds)]
    if variant is not None:
        command += ["--variant", json.dumps(variant)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def best_setting(options, net):
    """The kernel set and the variant with which PyTorch is fastest."""
    tried = [(one["seconds"], core, one["variant"])
             for core in core_types() for one in run_child(options, net, core)]
    return min(tried, key=lambda one: one[0])[1:]


def setting_text(core, variant):
    words = ["OPENBLAS_CORETYPE=" + core if core else "OpenBLAS's own choice"]
    return ", ".join(words + [name for name, on in variant.items() if on])


def report(number, net, core, variant, pairs):
    rate = net["batch"]
    print(f"{name_of(net)}  [PyTorch: {setting_text(core, variant)}]")
    theirs = common.spread([rate / pair["pytorch"] for pair in pairs])
    print(f"  PyTorch         {common.text(theirs, 0)} samples/s")
    for which, name in enumerate(("one leaf", "default leaves")):
        ours = common.spread([rate / pair["forknet"][which] for pair in pairs])
        ratio = common.spread([pair["pytorch"] / pair["forknet"][which] for pair in pairs])
        share = common.spread([100e-9 * net["operations"] / pair["forknet"][which]
                               / pair["peak"][which] for pair in pairs])
        print(f"  {name:<15} {common.text(ours, 0)} samples/s; {common.text(ratio, 2)} x PyTorch; "
              f"{common.text(share, 1)} % of peak")
        common.result(f"{name_of(net)}, {name}, x PyTorch's samples/s", ratio[1],
                      SPEED_TARGETS[number], 2)
        if which == 0:
            common.result(f"{name_of(net)}, {name}, % of peak", share[1], PEAK_TARGETS[number], 1)
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.25, help="of each side in a pair")
    parser.add_argument("--only", default="", help="nets with this in their name")
    parser.add_argument("--net", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--variant", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.net is not None:
        child(options)
        return
    print("Samples/s of a training step, one thread each; median (quartiles)")
    for number, net in enumerate(common.Server(options.server).nets):
        if options.only in name_of(net):
            core, variant = best_setting(options, number)
            report(number, net, core, variant, run_child(options, number, core, variant))


if __name__ == "__main__":
    main()
