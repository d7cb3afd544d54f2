"""Writes arrays with numpy for numpy_test.cc: write_arrays.py FOLDER."""

import sys

import numpy as np

folder = sys.argv[1] + "/"
numbers = np.arange(24).reshape(4, 3, 2)
for code in ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
    for order in "<>":
        array = (numbers % 2 if code == "b1" else numbers).astype(np.dtype(order + code))
        name = f"{'little' if order == '<' else 'big'}-{code}"
        np.save(folder + name + "-c.npy", array)
        np.save(folder + name + "-f.npy", np.asfortranarray(array))
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(folder + f"version-{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, numbers.astype("<f4"), version=version)
labels = np.array([1, 0, 2, 1])
np.save(folder + "labels.npy", labels)
np.savez(folder + "stored.npz", x=numbers.astype("f4"), y=labels)
np.savez_compressed(folder + "packed.npz", x=numbers.astype("f4"), y=labels)
np.savez(folder + "bare.npz", numbers.astype("f4"), labels)
np.save(folder + "objects.npy", np.array([{"a": 1}, None], dtype=object))
np.save(folder + "fields.npy", np.zeros(4, dtype=[("a", "<f4"), ("b", "<i2")]))
np.save(folder + "texts.npy", np.array(["a", "b"]))
np.save(folder + "complex.npy", np.zeros(4, dtype=complex))
np.save(folder + "scalar.npy", np.float32(3))
