"""Reads what an ONNX file holds: nodes and weights, by protobuf's wire format, so that nothing has to be installed for it."""

import numpy as np

GRAPH, NODE, INITIALIZER = 7, 1, 5
VARINT, DOUBLE, BYTES, SINGLE = 0, 1, 2, 5


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _fields(data):
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(data, at)
        else:
            size = {DOUBLE: 8, SINGLE: 4}.get(kind)
            if kind == BYTES:
                size, at = _varint(data, at)
            if size is None:
                raise ValueError(f"wire type {kind} is none of ONNX's")
            value = data[at:at + size]
            at += size
        yield key >> 3, value


def _numbers(value):
    if isinstance(value, int):
        return [value]
    numbers, at = [], 0
    while at < len(value):
        number, at = _varint(value, at)
        numbers.append(number)
    return numbers


def _tensor(data):
    name, shape, values = "", [], None
    for field, value in _fields(data):
        if field == 1:
            shape += _numbers(value)
        elif field == 8:
            name = bytes(value).decode()
        elif field in (4, 9):
            values = np.frombuffer(value, dtype="<f4")
    return name, None if values is None or values.size != np.prod(shape, dtype=int) else values.reshape(shape)


def read(path):
    """(nodes, weights) of a file: nodes as (operator, inputs, outputs) in order, weights as float32 arrays by name."""
    with open(path, "rb") as file:
        model = memoryview(file.read())
    nodes, weights = [], {}
    for field, graph in _fields(model):
        if field != GRAPH:
            continue
        for part, value in _fields(graph):
            if part == NODE:
                texts = {1: [], 2: [], 4: []}
                for kind, text in _fields(value):
                    if kind in texts:
                        texts[kind].append(bytes(text).decode())
                nodes.append((texts[4][0], texts[1], texts[2]))
            elif part == INITIALIZER:
                name, values = _tensor(value)
                if values is not None:
                    weights[name] = values
    return nodes, weights
