#!/usr/bin/python3
"""Models that train apart (grid.sync = "average") against one that does not, by the program itself.

    averaging.py FORKNET [--data FOLDER] [--seeds N] [--epochs N] [--only WORD] [--rows N] [--write FILE]

settings: what averaging loses against serial after the same epochs, as the program comes: MNIST,
Fashion-MNIST, the drawn digits and the table of letters; momentum and adam; two batches; 2, 4 and 8 models;
--sets, --optimizer, --rates choose among them. At least 90 % are to be within 0.5 points of serial, none
more than 2 behind.

All else is with a batch for each model (average.batch = "each"). What is learnt: 784-128-10 on MNIST and
Fashion-MNIST, 1 to 16 models, averaged every epoch, 100 and 10 steps, the plain mean and with an outer
optimizer, medians over the seeds; by epoch and by second, with the bytes of models that were exchanged. Then
XOR with 2 models, what becomes of the optimizer's moments, and how much faster two workers are than one, in
pairs. FOLDER has mnist/, fashion/ and letter/; else the environment's FORKNET_TEST_DATA. --write puts the
tables between the marks of that file (docs/averaging.md). --only settings|learn|moments|adam|xor|speed.
Seconds mean something on an idle machine of two CPUs only.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import common
import grids

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARKS = {"settings": ("<!-- settings: bench/averaging.py -->", "<!-- end of settings -->"),
         "figures": ("<!-- figures: bench/averaging.py -->", "<!-- end of figures -->")}
MODELS = (1, 2, 4, 8, 16)
EVERY = ("epoch", "100", "10")
PLAIN = ("average.outer_momentum=0",)
OUTER = ("average.outer_lr=1.0", "average.outer_momentum=0.5")
NETS = (((784, 64, 32, 16, 10), 32, 20000), ((784, 128, 10), 64, 10000), grids.SMALL, grids.MIDDLE,
        (*grids.LARGE[:2], 48))
WORKERS_TARGET = 1.92
LETTER_EPOCHS = 20
LEARNT = 50.0  # percent: below, serial has not learnt
RESTLESS = 0.8  # points, of serial's seeds as a standard deviation: above, all take more seeds
SEEN = {}  # the digest of each config


class Trainer:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def run(self, config, *settings):
        """The summary of a run, and its lines of metrics."""
        command = [self.options.forknet, "train", str(config), "--quiet", "--json", "--run", "bench",
                   "--set", f"run.dir={json.dumps(str(self.folder / 'runs'))}",
                   "--set", "checkpoint.every=off"]
        for setting in settings:
            command += ["--set", setting]
        subprocess.run(["rm", "-rf", str(self.folder / "runs")], check=True)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"averaging.py: {' '.join(command)} failed (exit {done.returncode}):\n{done.stderr}")
        lines = (self.folder / "runs" / "bench" / "metrics.jsonl").read_text().splitlines()
        return json.loads(done.stdout), [json.loads(line) for line in lines]


def images_config(options, folder, which, place=None):
    """784-128-10 as many train it; the test set is looked at after every epoch."""
    def files(part):
        stem = (place or pathlib.Path(options.data) / which) / part
        return (f'{{ inputs = {json.dumps(str(stem) + "-images-idx3-ubyte.gz")}, '
                f'labels = {json.dumps(str(stem) + "-labels-idx1-ubyte.gz")} }}')
    path = folder / f"{which}.toml"
    path.write_text(f"""[data]
train = {files("train")}
validation = {files("t10k")}
[model]
layers = [{{ type = "dense", units = 128, activation = "relu" }}, {{ type = "dense", units = 10 }}]
[train]
epochs = {options.epochs}
batch = 64
[optimizer]
type = "momentum"
lr = 0.1
[log]
every = 1000000
""")
    return path


def averaging(models, every, *more):
    workers = min(models, 2)
    return ("grid.sync=average", "grid.host=thread", f"grid.replicas={workers}",
            f"grid.models={models}", f"grid.average_every={every}", "average.batch=each", *more)


def ends_of(trainer, config, seeds, settings):
    """Of each seed, the last accuracy in percent."""
    ends = []
    for seed in seeds:
        _, lines = trainer.run(config, f"run.seed={seed}", *settings)
        ends.append([100 * line["validation"]["accuracy"] for line in lines if line.get("validation")][-1])
    return ends


def learnt(trainer, config, options, settings):
    """Medians over the seeds: accuracy after each epoch in percent, seconds, bytes of models."""
    curves, seconds = [], []
    for seed in range(1, options.seeds + 1):
        summary, lines = trainer.run(config, f"run.seed={seed}", *settings)
        curves.append([100 * line["validation"]["accuracy"] for line in lines if line.get("validation")])
        seconds.append(summary["train_seconds"])
    return [statistics.median(points) for points in zip(*curves)], statistics.median(seconds)


def exchanged(models, every, epochs, samples=60000, batch=64, numbers=101770 * 2):
    """Bytes that go to the models and back: weights and one moment, once a round."""
    steps = -(-(-(-samples // models)) // batch)
    rounds = epochs if every == "epoch" else -(-epochs * steps // int(every))
    return 2 * models * rounds * numbers * 4


def row(what, curve, seconds, traffic):
    epochs = " | ".join(f"{accuracy:.2f}" for accuracy in curve)
    return f"| {what} | {epochs} | {seconds:.2f} | {traffic} |"


def measure_learning(trainer, options, folder, which):
    config = images_config(options, folder, which)
    head = " | ".join(f"epoch {n}" for n in range(1, options.epochs + 1))
    rows = [f"| {which} | {head} | seconds | exchanged |", "|---" * (options.epochs + 3) + "|"]
    serial, took = learnt(trainer, config, options, ("grid.preset=serial",))
    rows.append(row("serial", serial, took, "–"))
    both, took = learnt(trainer, config, options, ("grid.replicas=2", "grid.host=thread"))
    if both != serial:
        sys.exit("averaging.py: synchronous gradients do not give serial's model")
    rows.append(row("gradients summed every step, 2 replicas", both, took, "–"))
    plain_four, best_four = None, -100.0
    for every in EVERY:
        for models in MODELS:
            for kind, more in (("plain", PLAIN), ("outer", OUTER)):
                if models == 1 and kind == "outer":
                    continue
                curve, took = learnt(trainer, config, options, averaging(models, every, *more))
                if models == 1 and curve != serial:
                    sys.exit("averaging.py: one model is not serial's")
                traffic = f"{exchanged(models, every, options.epochs) / 1e6:.0f} MB"
                often = "epoch" if every == "epoch" else f"{every} steps"
                rows.append(row(f"{models} models, every {often}, {kind}", curve, took, traffic))
                print(rows[-1], flush=True)
                if models == 4:
                    best_four = max(best_four, curve[-1])
                    if every == "epoch" and kind == "plain":
                        plain_four = curve[-1]
    if which == "mnist":
        common.result("4 models, best setting, points below serial", serial[-1] - best_four, 0.5, 2,
                      at_least=False)
        common.result("4 models, mean of every epoch, points below serial", serial[-1] - plain_four, 1.0,
                      2, at_least=False)
    return rows


def measure_moments(trainer, options, folder):
    config = images_config(options, folder, "mnist")
    rows = ["| moments after an average | " + " | ".join(
        f"{kind}, every {every}" for kind in ("momentum", "adam") for every in EVERY) + " |",
        "|---" * 7 + "|"]
    for moments in ("mean", "keep", "reset"):
        points = []
        for kind, lr in (("momentum", 0.1), ("adam", 0.001)):
            for every in EVERY:
                curve, _ = learnt(trainer, config, options, averaging(
                    4, every, f"average.moments={moments}", f"optimizer.type={kind}",
                    f"optimizer.lr={lr}"))
                points.append(f"{curve[-1]:.2f}")
        rows.append(f"| {moments} | " + " | ".join(points) + " |")
        print(rows[-1], flush=True)
    return rows


def measure_xor(trainer, _options, _folder):
    solved = 0
    for seed in range(1, 21):
        summary, _ = trainer.run(ROOT / "examples/xor.toml", f"run.seed={seed}", *averaging(2, "epoch"))
        solved += summary["train"]["accuracy"] == 1.0
    common.result("XOR with 2 models, seeds of 20 that solve it", solved, 18, 0)
    return [f"XOR with 2 models, averaged every epoch: solved for {solved} of 20 seeds."]


def measure_adam(trainer, options, folder, which):
    """What becomes of Adam's moments, by learning rate: 4 models, the mean of every epoch."""
    config = images_config(options, folder, which)
    kinds = ("mean", "keep", "reset")
    rows = [f"| {which}, adam | serial | " + " | ".join(kinds) + " |", "|---" * 5 + "|"]
    for lr in (0.0005, 0.001, 0.002, 0.004, 0.008):
        adam = ("optimizer.type=adam", f"optimizer.lr={lr}")
        ways = [("grid.preset=serial", *adam)]
        ways += [averaging(4, "epoch", f"average.moments={kind}", *adam) for kind in kinds]
        points = [f"{learnt(trainer, config, options, way)[0][-1]:.2f}" for way in ways]
        rows.append(f"| lr {lr} | " + " | ".join(points) + " |")
        print(rows[-1], flush=True)
    return rows


def settings_configs(options, folder):
    """The four data sets of measure_settings: name, config, epochs."""
    net = '[{ type = "dense", units = 128, activation = "relu" }, { type = "dense", units = %d }]'
    digits = folder / "digits"
    subprocess.run([options.forknet, "data", "digits", str(digits)], check=True, capture_output=True)
    for which in ("mnist", "fashion", "digits"):
        config = images_config(options, folder, which, digits if which == "digits" else None)
        yield which, config, options.epochs
    letter = folder / "letter.toml"
    table = pathlib.Path(options.data) / "letter" / "letter.csv"
    letter.write_text(f"""[data]
format = "csv"
train = {{ inputs = {json.dumps(str(table))} }}
validation = 0.2
header = false
target = [0]
scale = "standard"
[model]
layers = {net % 26}
[log]
every = 1000000
""")
    yield "letter", letter, LETTER_EPOCHS


def measure_settings(trainer, options, folder):
    """What models that train apart lose against serial after the same epochs, as the program comes:
    four data sets, four optimizers, two batches, 2, 4 and 8 models; medians over the seeds, of which there
    are three times as many for all where those of serial differ much."""
    every = [f"grid.average_every={options.every}"] if options.every else []
    counts = (2, 4, 8)
    rows = ["| data | optimizer, lr | batch | serial | " +
            " | ".join(f"{models} models" for models in counts) + " |", "|---" * 7 + "|"]
    lost, set_apart = [], 0
    for which, config, epochs in settings_configs(options, folder):
        if which not in options.sets.split(","):
            continue
        for kind, rate in (("momentum", 0.01), ("momentum", 0.05), ("momentum", 0.1), ("adam", 0.001)):
            if options.optimizer not in (None, kind) or options.rates and str(rate) not in options.rates:
                continue
            for batch in (64, 128):
                common_settings = (f"optimizer.type={kind}", f"optimizer.lr={rate}",
                                   f"train.batch={batch}", f"train.epochs={epochs}",
                                   f"train.eval_every={epochs}")
                alone = ("grid.preset=serial", *common_settings)
                seeds = range(1, options.seeds + 1)
                of_serial = ends_of(trainer, config, seeds, alone)
                if len(of_serial) > 1 and statistics.stdev(of_serial) > RESTLESS:
                    more = range(options.seeds + 1, 3 * options.seeds + 1)
                    of_serial += ends_of(trainer, config, more, alone)
                    seeds = range(1, 3 * options.seeds + 1)
                serial = statistics.median(of_serial)
                ends = [statistics.median(ends_of(trainer, config, seeds, (
                    "grid.sync=average", "grid.host=thread", f"grid.replicas={min(models, 2)}",
                    f"grid.models={models}", *every, *common_settings))) for models in counts]
                learns = serial >= LEARNT
                if learns:
                    lost += [serial - end for end in ends]
                else:
                    set_apart += len(ends)
                many = f"{batch} *" if len(seeds) > options.seeds else batch
                rows.append(f"| {which} | {kind} {rate} | {many} | {serial:.2f} | " + " | ".join(
                    f"{end:.2f} ({end - serial:+.2f})" for end in ends) + " |")
                print(rows[-1], flush=True)
    near = sum(points <= 0.5 for points in lost)
    common.result(f"settings of {len(lost)} within 0.5 points of serial, percent",
                  100 * near / len(lost), 90, 1)
    common.result("points below serial, most", max(lost), 2, 2, at_least=False)
    if set_apart:
        print(f"set apart, because serial does not learn them: {set_apart}")
    print(f"points below serial, on average: {statistics.mean(lost):.2f}")
    rows += ["", f"{near} of {len(lost)} settings within 0.5 points of serial, {max(lost):.2f} points "
             f"below it at most, {statistics.mean(lost):.2f} on average."]
    return rows


def workers_speed(trainer, config, host, channel, workers):
    """Samples a second. All ways end on the same weights, or the benchmark ends."""
    summary, _ = trainer.run(config, "grid.sync=average", "grid.models=2", f"grid.replicas={workers}",
                             "grid.average_every=epoch", "average.batch=each", f"grid.host={host}", f"grid.channel={channel}")
    digest = SEEN.setdefault(config.read_text(), summary["weights_digest"])
    if digest != summary["weights_digest"]:
        sys.exit(f"averaging.py: {channel}, {host}, {workers} workers: another digest, {digest}")
    return summary["samples_per_second"]


def measure_speed(trainer, options, folder):
    """Two workers against one, each with a model of its own: samples a second, in turns."""
    rows = ["| net, batch | 2 workers in threads against 1 | in processes | "
            "these behind pipes against shared memory |", "|---|---|---|---|"]
    for widths, batch, steps in NETS:
        if options.net and options.net != widths[1]:
            continue
        config = grids.net_config(folder / "net.toml", (widths, batch, steps), options.rows)
        name = "-".join(map(str, widths))
        cells = []
        for host in ("thread", "process"):
            ratios, piped = [], []
            for _ in range(options.runs):
                one, two = (workers_speed(trainer, config, host, "shm", count) for count in (1, 2))
                ratios.append(two / one)
                if host == "process":
                    piped.append(workers_speed(trainer, config, host, "pipe", 2) / two)
            print(f"{name} {host}: {common.text(common.spread(ratios), 3)}", flush=True)
            common.result(f"{name}, 2 workers ({host})", statistics.median(ratios), WORKERS_TARGET, 2)
            cells.append(common.text(common.spread(ratios), 2))
        print(f"{name} pipe against shm: {common.text(common.spread(piped), 3)}", flush=True)
        cells.append(common.text(common.spread(piped), 2))
        rows.append(f"| {name}, {batch} | " + " | ".join(cells) + " |")
    return rows


def write(path, marks, parts):
    begin, end = marks
    text = path.read_text()
    if begin not in text or end not in text:
        sys.exit(f"averaging.py: {path} has no lines {begin} and {end}")
    before, after = text.split(begin)[0], text.split(end)[1]
    path.write_text(before + begin + "\n\n" + "\n\n".join("\n".join(rows) for rows in parts) +
                    "\n\n" + end + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("forknet")
    parser.add_argument("--data", default=os.environ.get("FORKNET_TEST_DATA"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", choices=("settings", "learn", "moments", "adam", "xor", "speed"))
    parser.add_argument("--optimizer", choices=("momentum", "adam"), help="of the settings; default: both")
    parser.add_argument("--sets", default="mnist,fashion,digits,letter", help="of data, of the settings")
    parser.add_argument("--rates", help="of the settings, such as 0.05,0.1; default: all")
    parser.add_argument("--every", help="grid.average_every of the settings; default: the program's")
    parser.add_argument("--net", type=int, help="of that many first units alone (speed)")
    parser.add_argument("--rows", type=int, default=60000, help="of an epoch, between two means (speed)")
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    options.forknet = str(pathlib.Path(options.forknet).resolve())
    if not options.data and options.only not in ("xor", "speed"):
        sys.exit("averaging.py: needs --data FOLDER, or FORKNET_TEST_DATA, with mnist/ and fashion/")
    parts, settings = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        trainer = Trainer(options, folder)
        if options.only in (None, "settings"):
            settings.append(measure_settings(trainer, options, folder))
        if options.only in (None, "learn"):
            for which in ("mnist", "fashion"):
                parts.append(measure_learning(trainer, options, folder, which))
        if options.only in (None, "moments"):
            parts.append(measure_moments(trainer, options, folder))
        if options.only in (None, "moments", "adam"):
            for which in ("mnist", "fashion"):
                parts.append(measure_adam(trainer, options, folder, which))
        if options.only in (None, "xor"):
            parts.append(measure_xor(trainer, options, folder))
        if options.only in (None, "speed"):
            parts.append(measure_speed(trainer, options, folder))
    if options.write:
        for what, rows in (("settings", settings), ("figures", parts)):
            if rows:
                write(options.write, MARKS[what], rows)
    for rows in settings + parts:
        print("\n".join(rows))


if __name__ == "__main__":
    main()
