#!/usr/bin/python3
"""Training of nets with the newer parts (layer_norm, gelu, tanh, adam, adamw) against PyTorch's, on one CPU
and on two, in turn, in one run, on an otherwise idle machine.

    menu_versus_pytorch.py FORKNET [--pairs N] [--seconds S] [--only TEXT] [--threads 1,2] [--no-compile]

Run it with a Python that has torch. forknet is the program as it is used: it shuffles, gathers its batches
and writes its run folder; PyTorch trains on slices of a tensor in memory. PyTorch gets its best setting:
eager or compiled by torch.compile, foreach or fused updates, one thread or all, are tried for every net and
the fastest is what is compared. Both must first have the same losses from the same weights. See
docs/benchmarks.md.
"""

import argparse
import itertools
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import common

BATCHES = 64       # of each set of rows
LOSS_TOLERANCE = 1e-4
VERIFY_ROWS = 8    # batches
SETTINGS = {1: [("--grid", "serial")],
            2: [("--grid", "threads", "--set", "grid.threads=2"),
                ("--grid", "replicas", "--set", "grid.replicas=2")]}


def normed(width):
    """Two hidden layers with gelu, each behind it a layer_norm."""
    return {"name": f"784-{width}-{width}-10 layer_norm gelu adamw batch 128", "inputs": 784, "classes": 10,
            "batch": 128, "hidden": [("dense", width, "gelu"), ("norm",), ("dense", width, "gelu"), ("norm",)], "units": 10,
            "optimizer": "adamw", "decay": 0.01, "loss": "softmax_cross_entropy", "target": {1: 1.3, 2: 1.3}}


NETS = [normed(512), normed(1024),
        {"name": "28-5x300-1 tanh adam batch 100", "inputs": 28, "classes": 2, "batch": 100,
         "hidden": [("dense", 300, "tanh")] * 5, "units": 1, "optimizer": "adam", "decay": 0.0,
         "loss": "binary_cross_entropy", "target": {2: 2.0}}]
LEARNING_RATE = 0.001


def rows_of(folder, net):
    """Random inputs and labels as NPY files, and as arrays; the same for both sides."""
    import numpy
    rows = net["batch"] * BATCHES
    random = numpy.random.default_rng()
    inputs = random.random((rows, net["inputs"]), dtype=numpy.float32)
    labels = random.integers(0, net["classes"], rows)
    labels = labels.astype(numpy.float32).reshape(-1, 1) if net["units"] == 1 else labels.astype(numpy.int64)
    paths = folder / "inputs.npy", folder / "labels.npy"
    numpy.save(paths[0], inputs)
    numpy.save(paths[1], labels)
    return paths, (inputs, labels)


def layers_of(net):
    texts = []
    for layer in net["hidden"]:
        texts.append('{ type = "layer_norm" }' if layer[0] == "norm" else
                     f'{{ type = "dense", units = {layer[1]}, activation = "{layer[2]}" }}')
    return ", ".join(texts + [f'{{ type = "dense", units = {net["units"]} }}'])


def config_of(folder, net, paths):
    path = folder / "net.toml"
    path.write_text(f"""[data]
train = {{ inputs = {json.dumps(str(paths[0]))}, labels = {json.dumps(str(paths[1]))} }}
format = "npy"
scale = "none"
[model]
loss = "{net['loss']}"
layers = [ {layers_of(net)} ]
[train]
batch = {net['batch']}
epochs = 100000
[optimizer]
type = "{net['optimizer']}"
lr = {LEARNING_RATE}
weight_decay = {net['decay']}
[checkpoint]
every = "off"
[run]
dir = {json.dumps(str(folder / "runs"))}
""")
    return path


def forknet(program, config, *words):
    command = [program, "train", str(config), "--quiet", "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"menu_versus_pytorch.py: {' '.join(command)} failed (exit {done.returncode}):\n{done.stderr}")
    return json.loads(done.stdout)


def tensors_of(path):
    """The tensors of a safetensors file by name."""
    import numpy
    bytes_of = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", bytes_of[:8])
    header = json.loads(bytes_of[8:8 + length])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            found[name] = numpy.frombuffer(bytes_of[begin:end], dtype=numpy.float32).reshape(entry["shape"])
    return found


class Peer:
    """The same net in PyTorch, from the same weights, on the same rows in the same order."""

    def __init__(self, net, data, tensors, variant):
        import torch
        torch.set_num_threads(variant["threads"])
        self.torch, self.net = torch, net
        width, layers = net["inputs"], []
        for layer in net["hidden"]:
            if layer[0] == "norm":
                layers.append(torch.nn.LayerNorm(width))
            else:
                layers += [torch.nn.Linear(width, layer[1]),
                           torch.nn.GELU() if layer[2] == "gelu" else torch.nn.Tanh()]
                width = layer[1]
        layers.append(torch.nn.Linear(width, net["units"]))
        model = torch.nn.Sequential(*layers)
        with torch.no_grad():
            for (name, parameter), tensor in zip(model.named_parameters(), tensors.values()):
                if tuple(parameter.shape) != tensor.shape:
                    sys.exit(f"menu_versus_pytorch.py: {name} is {tuple(parameter.shape)} in PyTorch, "
                             f"{tensor.shape} in forknet")
                parameter.copy_(torch.from_numpy(tensor.copy()))
        self.optimizer = self.optimizer_of(model, variant)
        self.binary = net["loss"] == "binary_cross_entropy"
        measure = torch.nn.BCEWithLogitsLoss() if self.binary else torch.nn.CrossEntropyLoss()
        both = lambda inputs, labels: measure(model(inputs), labels)  # noqa: E731
        self.loss = torch.compile(both) if variant["compiled"] else both
        self.inputs, self.labels = data
        self.at = 0

    def optimizer_of(self, model, variant):
        """Decay on weights alone: biases and norms have none."""
        kind = {"adam": self.torch.optim.Adam, "adamw": self.torch.optim.AdamW}[self.net["optimizer"]]
        parameters = list(model.parameters())
        return kind([{"params": [one for one in parameters if one.dim() > 1], "weight_decay": self.net["decay"]},
                     {"params": [one for one in parameters if one.dim() == 1], "weight_decay": 0.0}],
                    lr=LEARNING_RATE, **{variant["update"]: True})

    def step(self):
        batch = self.net["batch"]
        rows = slice(self.at, self.at + batch)
        self.at = (self.at + batch) % len(self.labels)
        self.optimizer.zero_grad()
        loss = self.loss(self.inputs[rows], self.labels[rows])
        loss.backward()
        self.optimizer.step()
        return loss

    def time(self, steps):
        begun = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - begun


def loss_of(program, config, steps):
    """forknet's mean loss over the first steps, rows in their order."""
    result = forknet(program, config, "--set", "data.shuffle=false", "--set", f"train.max_steps={steps}",
                     "--grid", "serial")
    return result["train"]["loss"]


def best_setting(options, net, threads, data, tensors):
    """The variant with which PyTorch is fastest. Old versions have no compiler and fuse on GPUs alone."""
    import torch
    found = []
    compilers = (False, True) if options.compile and hasattr(torch, "compile") else (False,)
    for compiled, update, count in itertools.product(compilers, ("foreach", "fused"), {1, threads}):
        variant = {"compiled": compiled, "update": update, "threads": count}
        try:
            peer = Peer(net, data, tensors, variant)
        except RuntimeError as error:
            print(f"  PyTorch has no {variant}: {str(error).splitlines()[0]}")
            continue
        steps = common.steps_in(options.seconds, peer.time)
        found.append((min(peer.time(steps) for _ in range(3)) / steps, json.dumps(variant)))
    return json.loads(min(found)[1])


def verify(options, net, config, data, tensors, variant):
    peer = Peer(net, data, tensors, variant)
    theirs = statistics.fmean(float(peer.step().detach()) for _ in range(VERIFY_ROWS))
    ours = loss_of(options.forknet, config, VERIFY_ROWS)
    if abs(ours - theirs) > LOSS_TOLERANCE * abs(theirs):
        sys.exit(f"menu_versus_pytorch.py: {net['name']}: losses differ: {ours} and {theirs}")


def ours_best(options, config, threads, steps):
    """forknet's fastest layout of that many threads, and its words."""
    return max(SETTINGS[threads], key=lambda words: forknet(
        options.forknet, config, *words, "--set", f"train.max_steps={steps}")["samples_per_second"])


def compare(options, net, threads, folder):
    import torch  # after the affinity is set: it counts the CPUs
    paths, arrays = rows_of(folder, net)
    config = config_of(folder, net, paths)
    # A rate that changes no weight.
    forknet(options.forknet, config, "--set", "optimizer.lr=1e-45", "--set", "train.max_steps=1", "--run", "start")
    tensors = tensors_of(folder / "runs" / "start" / "model.safetensors")
    data = tuple(torch.from_numpy(array) for array in arrays)
    variant = best_setting(options, net, threads, data, tensors)
    verify(options, net, config, data, tensors, variant)
    peer = Peer(net, data, tensors, variant)
    steps = common.steps_in(options.seconds, peer.time)
    words = ours_best(options, config, threads, steps)
    theirs, ours = [], []
    for _ in range(options.pairs):
        theirs.append(net["batch"] * steps / peer.time(steps))
        result = forknet(options.forknet, config, *words, "--set", f"train.max_steps={2 * steps}")
        ours.append(result["samples_per_second"])
    report(net, threads, variant, words, theirs, ours)


def report(net, threads, variant, words, theirs, ours):
    ratio = common.spread([a / b for a, b in zip(ours, theirs)])
    print(f"{net['name']}, {threads} CPUs  [PyTorch: {'compiled' if variant['compiled'] else 'eager'}, "
          f"{variant['update']}, {variant['threads']} threads; forknet: {' '.join(words)}]")
    print(f"  PyTorch {common.text(common.spread(theirs), 0)} samples/s")
    print(f"  forknet {common.text(common.spread(ours), 0)} samples/s; {common.text(ratio, 2)} x PyTorch", flush=True)
    if threads in net["target"]:
        common.result(f"{net['name']}, {threads} CPUs, x PyTorch's samples/s", ratio[1], net["target"][threads], 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("forknet", type=os.path.abspath)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each side in a pair")
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", metavar="1,2", default=[1, 2],
                        type=lambda text: [int(word) for word in text.split(",")])
    parser.add_argument("--no-compile", dest="compile", action="store_false")
    options = parser.parse_args()
    if len(options.threads) > 1:  # PyTorch's pools of threads keep the CPUs of their process's start
        for threads in options.threads:
            subprocess.run([sys.executable, *sys.argv, "--threads", str(threads)], check=True)
        return
    threads, = options.threads
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for net in NETS:
        if options.only in net["name"]:
            with tempfile.TemporaryDirectory(prefix="forknet-menu-") as folder:
                compare(options, net, threads, pathlib.Path(folder))


if __name__ == "__main__":
    main()
