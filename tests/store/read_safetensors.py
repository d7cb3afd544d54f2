"""Reads a safetensors file by its format, with nothing but numpy, and prints it as one JSON line.

    read_safetensors.py FILE
"""

import json
import struct
import sys

import numpy

DTYPES = {"F32": "<f4", "F64": "<f8", "U32": "<u4"}


def read(path):
    """The metadata, and an array for every tensor."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        flat = numpy.frombuffer(data[begin:end], DTYPES[tensor["dtype"]])
        tensors[name] = flat.reshape(tensor["shape"])
    return metadata, tensors


if __name__ == "__main__":
    found, arrays = read(sys.argv[1])
    print(json.dumps({"metadata": found, "tensors": {n: a.tolist() for n, a in arrays.items()}},
                     sort_keys=True))
