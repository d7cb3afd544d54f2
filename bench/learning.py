#!/usr/bin/python3
"""It learns: medians over seeds of the accuracy on held-out rows, by `forknet compare --seeds`.

    learning.py FORKNET [--seeds N] [--sets letter,fashion,mnist] [--epochs N] [--folder FOLDER]

letter: 20 % of the rows are held out, others for each seed. Fashion-MNIST and MNIST have test rows of their own and
train for 15 epochs; their nets are dense ones. --folder: keeps the runs there; started again it goes on with them.
--epochs cuts every run short, to see that all works; its figures mean nothing. FORKNET_TEST_DATA: the folder of the
sets. The figures are qualities: they do not depend on what else the machine does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import common

PICTURES = """
[data]
train = {{ inputs = "{folder}/train-images-idx3-ubyte.gz", labels = "{folder}/train-labels-idx1-ubyte.gz" }}
test = {{ inputs = "{folder}/t10k-images-idx3-ubyte.gz", labels = "{folder}/t10k-labels-idx1-ubyte.gz" }}

[model]
layers = [
  {{ type = "dense", units = 768, activation = "relu" }},
  {{ type = "dropout", rate = 0.3 }},
  {{ type = "dense", units = 256, activation = "gelu" }},
  {{ type = "dropout", rate = 0.2 }},
  {{ type = "dense", units = 10 }},
]

[train]
epochs = 15
batch = 64

[optimizer]
type = "adamw"
lr = 0.0015
weight_decay = 0.01
schedule = "one_cycle"
"""
LETTER = """
[data]
format = "csv"
train = {{ inputs = "{folder}/letter.csv" }}
test = 0.2
target = 0
header = false
scale = "standard"

[model]
layers = [
  {{ type = "dense", units = 512, activation = "relu" }},
  {{ type = "dropout", rate = 0.1 }},
  {{ type = "dense", units = 256, activation = "relu" }},
  {{ type = "dropout", rate = 0.1 }},
  {{ type = "dense", units = 26 }},
]

[train]
epochs = 60
batch = 128

[optimizer]
type = "adamw"
lr = 0.004
weight_decay = 0.01
schedule = "one_cycle"
"""
# What Fashion-MNIST gains by: other inputs and labels, a lower rate.
FASHION = (PICTURES.replace("[model]\n", 'scale = "standard"\n\n[model]\nlabel_smoothing = 0.1\n')
           .replace("lr = 0.0015", "lr = 0.001"))
# set: its config, the least accuracy in percent
SETS = {"letter": (LETTER, 97.0), "fashion": (FASHION, 90.0), "mnist": (PICTURES, 98.6)}


def compared(program, name, text, options):
    """What `forknet compare --json` says of the seeds of that set."""
    config = os.path.join(options.folder, f"{name}.toml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f'[run]\nname = "{name}"\n{text}')
    words = [program, "compare", config, "--seeds", str(options.seeds), "--by", "test/accuracy", "--json"]
    if options.epochs:
        words += ["--epochs", str(options.epochs)]
    done = subprocess.run(words, cwd=options.folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"learning.py: {name}: exit {done.returncode}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--folder")
    options = parser.parse_args()
    data = os.environ.get("FORKNET_TEST_DATA") or sys.exit("learning.py: FORKNET_TEST_DATA is not set")
    with tempfile.TemporaryDirectory(prefix="forknet-learning-") as temporary:
        options.folder = os.path.abspath(options.folder or temporary)
        os.makedirs(options.folder, exist_ok=True)
        for name in options.sets.split(","):
            text, least = SETS[name]
            result = compared(os.path.abspath(options.program), name,
                              text.format(folder=os.path.join(os.path.abspath(data), name)), options)
            variant, = result["variants"]
            value, seconds = variant["value"], variant["train_seconds"]["median"]
            print(f"{name}: {100 * value['mean']:.2f} % on average, deviation {100 * value['deviation']:.2f}, from "
                  f"{100 * value['least']:.2f} to {100 * value['most']:.2f}; {seconds:.1f} s of training a run, "
                  f"{result['at_a_time']} at a time", flush=True)
            common.result(f"{name}, median of {value['runs']} seeds, % of held-out rows", 100 * value["median"],
                          least, 2)


if __name__ == "__main__":
    main()
