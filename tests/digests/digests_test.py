#!/usr/bin/env python3
"""The weights and losses that trainings end on, compared with those of recorded.json by equality: a change that
must not change results passes this test with recorded.json untouched.

Usage: digests_test.py FORKNET [unittest arguments]
       digests_test.py FORKNET --record [CASE...]   trains the cases (default: all) and rewrites their results
Everything else happens in a temporary folder.

recorded.json holds
  "explicit"  the settings that every case starts from, so that a new default changes no case
  "data"      a fingerprint of each data set that drawn.py writes
  "cases"     one line per case: data set, net ("64 relu, dropout 0.2, 3"), settings that differ, results
A case with "defaults" leaves everything else to the defaults of the program, on purpose. Results are the digest of
the last step's weights, the number of steps, the losses (every digit) and, with checkpoint.best, a fingerprint of the
model that was kept. To add a case, add a line without results and run --record with its name.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "apps"))
import drawn
from homes import Home, read, result, toml, write

PROGRAM = os.path.abspath(sys.argv[1])
RECORDED = os.path.join(HERE, "recorded.json")
AGAIN = ("if results change on purpose: digests_test.py FORKNET --record, and an entry in CHANGELOG.md that says so "
         "(CONTRIBUTING.md)")
RESULTS = ("digest", "steps", "loss", "validation", "test", "best")
# Trained again on every target; the second to the fifth also in other layouts.
SAMPLE = ("adam-130-64-7", "fp64-digits-dropout", "momentum-wide-digits", "mse-numbers-deep", "layer-norm-digits",
          "residual-digits", "embedding-codes",
          "table-weights", "scale-robust-table-weights", "class-weight-table-of-rows", "average-3-every-step", "augment-digits",
          "augment-digits-fp64-standard", "adamw-fp64-betas", "lion-betas", "rmsprop", "one_cycle-adamw",
          "clip-norm-momentum", "clip-norm-value-fp64", "clip-value-sgd", "members-digits", "members-numbers-fp64",
           "decay-of-weights", "decay-of-weights-digits-adamw")
LAYOUTS = {
    "threads": {"grid.threads": 2},
    "replicas": {"grid.replicas": 2},
    "stages": {"grid.stages": 2, "grid.microbatches": 2},
}
# Settings that change results: each of their values has a case.
CHOICES = ("activation", "data.format", "data.scale", "data.target_scale", "data.impute", "data.split", "data.shuffle",
           "model.init", "model.loss", "optimizer.type", "optimizer.schedule", "numerics.precision",
           "grid.average_every", "average.batch", "average.moments", "average.diverged", "checkpoint.best",
           "model.class_weight", "optimizer.decay_biases", "optimizer.decay_norms")
# What a case with "defaults" takes from its data set: where the data are, and what to predict.
NEEDED = ("data.format", "data.train", "data.test", "data.target", "data.task")


def layer(words):
    """"64 relu" -> {"type": "dense", ...}."""
    kind, *rest = words.split()
    if kind == "dropout":
        return {"type": "dropout", "rate": float(rest[0])}
    if kind == "layer_norm":
        return {"type": "layer_norm", "eps": float(rest[0]) if rest else 1e-5}
    if kind == "residual":  # of layers with " + " between them
        return {"type": "residual", "layers": [layer(words) for words in " ".join(rest).split(" + ")]}
    if kind == "embedding":  # its size, then the columns with codes
        return {"type": "embedding", "size": int(rest[0]), "columns": [int(column) for column in rest[1:]]}
    return {"type": "dense", "units": int(kind), "activation": rest[0] if rest else "linear"}


def weights_of(path):
    """Fingerprint of the trained numbers of a model file, by the names of its tensors."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        numbers = file.read()
    sum_ = hashlib.sha256()
    for name, tensor in sorted(header.items()):
        if name.startswith("layers."):
            begin, end = tensor["data_offsets"]
            sum_.update(f"{name} {tensor['dtype']} {tensor['shape']} ".encode() + numbers[begin:end])
    return sum_.hexdigest()[:32]


class Recording:
    """recorded.json, and a home in which its cases are trained."""

    def __init__(self):
        content = json.loads(read(RECORDED))
        self.explicit, self.data = content["explicit"], content["data"]
        self.cases = {case["name"]: case for case in content["cases"]}
        assert len(self.cases) == len(content["cases"]), "two cases have one name"
        self.home = Home(PROGRAM, 300, 100)
        self.sets = {name: draw(self.home.folder) for name, draw in drawn.SETS.items()}

    def fingerprints(self):
        return {name: drawn.fingerprint(self.home.folder, settings) for name, settings in self.sets.items()}

    def settings(self, case):
        data, explicit = self.sets[case["data"]], self.explicit
        if case.get("defaults"):
            data, explicit = {key: data[key] for key in NEEDED if key in data}, {}
        return {**explicit, **data, "model.layers": [layer(words) for words in case["net"].split(", ")],
                **case["settings"]}

    def train(self, case, kind=None, more=None, target=None):
        """The results of a case, or {"error": message}. `kind` names a run that has the settings `more` or another
        target besides."""
        run = f"{case['name']}-{kind}" if kind else case["name"]
        settings = {**self.settings(case), **(more or {})}
        write(self.home.path(f"{run}.toml"), "".join(f"{key} = {toml(value)}\n" for key, value in settings.items()))
        ended = self.home.run("train", f"{run}.toml", "--run", run, "--json", "--quiet",
                              environment={"FORKNET_TARGET": target} if target else None)
        if ended.returncode:
            return {"error": ended.stderr.strip()}
        summary = result(ended)
        ends = {"digest": summary["weights_digest"], "steps": summary["steps"]}
        for part, name in (("train", "loss"), ("validation", "validation"), ("test", "test")):
            if summary[part]:
                ends[name] = repr(summary[part]["loss"])
        if settings.get("checkpoint.best", "off") != "off":
            ends["best"] = weights_of(self.home.run_path(run, "model.safetensors"))
        return ends

    def all(self, names, kind=None, more=None, target=None):
        """(case, results) of each. Two run at a time: most of a run is starting a process."""
        cases = [self.cases[name] for name in names]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ends = pool.map(lambda case: self.train(case, kind, more, target), cases)
            return list(zip(cases, ends))

    def write(self):
        def lines(values):
            return ",\n".join(values)
        explicit = lines(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in self.explicit.items())
        data = lines(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in self.data.items())
        cases = lines(json.dumps(case) for case in self.cases.values())
        write(RECORDED, f'{{"explicit": {{\n{explicit}\n}},\n"data": {{\n{data}\n}},\n"cases": [\n{cases}\n]}}\n')


def results(case):
    return {name: case[name] for name in RESULTS if name in case}


def differences(case, ends, kind):
    """The message of a failure: the case and each result that differs."""
    expected = results(case)
    lines = [f"  {name}: expected {expected.get(name)}, got {ends.get(name)}"
             for name in (*RESULTS, "error") if expected.get(name) != ends.get(name)]
    name = f"case {case['name']}" + (f" ({kind})" if kind else "")
    return "\n".join([f"{name}: {case['data']}, {case['net']}, {json.dumps(case['settings'])}", *lines,
                      f"  {AGAIN}"])


class DigestsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recording = Recording()
        cls.addClassCleanup(cls.recording.home.close)

    def same(self, names, kind=None, **how):
        for case, ends in self.recording.all(names, kind, **how):
            with self.subTest(case=case["name"], kind=kind):
                if ends != results(case):
                    self.fail(differences(case, ends, kind))

    def test_every_case_ends_on_its_recorded_weights_and_losses(self):
        self.assertGreaterEqual(len(self.recording.cases), 60)
        self.same(self.recording.cases)

    def test_every_target_of_this_machine_ends_on_the_recorded_weights(self):
        targets = self.targets()
        self.assertIn("reference", targets)
        for target in targets:
            self.same(SAMPLE, target, target=target)

    def targets(self):
        """The targets that the program lists when it refuses an unknown one."""
        refused = self.recording.train(self.recording.cases[SAMPLE[0]], "none-of-them", target="none-of-them")
        return re.search(r"this CPU and build have: (.*)", refused["error"])[1].split(", ")

    def test_other_layouts_end_on_the_recorded_weights(self):
        for layout, settings in LAYOUTS.items():
            self.same(SAMPLE[1:5], layout, more=settings)

    def test_the_data_are_those_of_the_recording(self):
        self.assertEqual(self.recording.fingerprints(), self.recording.data, AGAIN)

    def test_every_value_of_a_setting_that_changes_results_has_a_case(self):
        used = {}
        for case in self.recording.cases.values():
            settings = self.recording.settings(case)
            for key, value in settings.items():
                used.setdefault(key, set()).add(toml(value))
            for one in settings["model.layers"]:
                used.setdefault("activation", set()).add(toml(one.get("activation", "linear")))
        known = self.known()
        self.assertEqual(sorted(known), sorted(CHOICES))
        for key, values in known.items():
            self.assertEqual(values - used[key], set(), f"{key}: values without a case in recorded.json")

    def known(self):
        """{key: its values} for CHOICES, from the tables that `forknet help doc` prints."""
        found, section = {}, ""
        for line in self.recording.home.run("help", "doc").stdout.splitlines():
            section = line[5:-1] + "." if line.startswith("### [") else section
            columns = [column.strip() for column in line.split("|")]
            key = columns[1].strip("`") if len(columns) > 4 else ""
            for name in (key, section + key):
                if name in CHOICES:
                    values = columns[-2].split(";")[0]
                    found[name] = set(re.findall(r'"[\w/]+"|\btrue\b|\bfalse\b', values))
        return found


def record(names):
    recording = Recording()
    try:
        recording.data = recording.fingerprints()
        unknown = [name for name in names if name not in recording.cases]
        if unknown:
            sys.exit(f"recorded.json has no case {', '.join(unknown)}")
        changed = 0
        for case, ends in recording.all(names or recording.cases):
            if "error" in ends:
                sys.exit(f"nothing is recorded: case {case['name']}: {ends['error']}")
            changed += ends != results(case)
            recording.cases[case["name"]] = {key: value for key, value in case.items() if key not in RESULTS} | ends
        recording.write()
        print(f"{changed} of {len(recording.cases)} cases have other results now")
    finally:
        recording.home.close()


if __name__ == "__main__":
    if sys.argv[2:3] == ["--record"]:
        record(sys.argv[3:])
    else:
        unittest.main(argv=sys.argv[:1] + sys.argv[2:])
