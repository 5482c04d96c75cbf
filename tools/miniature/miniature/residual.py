"""The photo tower: a residual network trained on photographs, cut short, its normalisation folded into its convolutions."""

import numpy as np
import torch
from torch.nn import functional as F

from . import onnxfile
from .clip import MEAN, STD

# Mean of each channel that the network was trained with, as it takes them: blue, green, red, 0 to 255.
CHANNEL_MEANS = (103.6, 116.5, 122.7)
EPSILON = 1e-5
# Of four stages of two blocks; the last one is half of the whole network's size, and is left out.
BLOCKS = 7
WIDTH = 256 + 512
STEM = "stem"
PIXELS = "pixels"
RANGE = ".range"
# Weights reach from -63 to 63, so that processors without an instruction for bytes lose nothing; what lies between convolutions is a byte.
WEIGHT_STEPS, STEPS = 63, 255
# Shorter tensors stay float32.
FEWEST_HALVES = 1024


def _convolutions(path):
    """The package's convolutions in the order of the file, each with the normalisation behind it folded in."""
    nodes, weights = onnxfile.read(path)
    found = []
    for at, (operation, inputs, outputs) in enumerate(nodes):
        if operation != "Conv":
            continue
        kind, behind, _ = nodes[at + 1]
        assert kind == "BatchNormalization" and behind[0] == outputs[0], (kind, behind)
        scale, bias, mean, variance = (weights[name].astype(np.float64) for name in behind[1:])
        scale = scale / np.sqrt(variance + EPSILON)
        found.append((weights[inputs[1]].astype(np.float64) * scale[:, None, None, None], bias - mean * scale))
    return found


def fold(path, blocks=BLOCKS):
    """Weights of the stem and of the first blocks, by name, float64. The stem takes CLIP's pixels (red, green, blue)."""
    found = iter(_convolutions(path))
    weight, bias = next(found)
    # Blue, green, red become red, green, blue; a pixel of CLIP's is worth 255 times its deviation here.
    weight = weight[:, ::-1] * (255 * np.array(STD))[None, :, None, None]
    state = {f"{STEM}.weight": weight, f"{STEM}.bias": bias,
             # What is taken from CLIP's pixels, so that the border, which is nought, is the mean.
             f"{STEM}.mean": (np.array(CHANNEL_MEANS[::-1]) / 255 - np.array(MEAN)) / np.array(STD)}
    for block in range(blocks):
        parts = ("conv1", "conv2")
        if block % 2 == 0 and block > 0:
            # In the file the one beside comes first.
            parts = ("beside", "conv1", "conv2")
        for part in parts:
            state[f"blocks.{block}.{part}.weight"], state[f"blocks.{block}.{part}.bias"] = next(found)
    return state


def measure(state, pixels, ranges):
    """Widens ranges (name: [lowest, highest]) by what the unrounded network gives for CLIP's pixels [n, 3, 224, 224]."""

    def see(name, x, rectified):
        low, high = 0.0 if rectified else float(x.min()), float(x.max())
        before = ranges.get(name, (0.0, 0.0))
        ranges[name] = (min(before[0], low), max(before[1], high))
        return F.relu(x) if rectified else x

    _run({name: _tensor(value) for name, value in state.items()}, pixels, see)


def with_ranges(state, ranges):
    """The weights and the ranges, by the names that the bundle's maker takes."""
    return {**state, **{name + RANGE: np.array(value, dtype=np.float32) for name, value in ranges.items()}}


def _before(layer):
    """Name of the range of what a convolution takes."""
    if layer == STEM:
        return PIXELS
    block, part = layer.rsplit(".", 1)
    number = int(block.split(".")[1])
    return f"{block}.conv1" if part == "conv2" else f"blocks.{number - 1}" if number > 0 else STEM


def rounded(state):
    """The weights as a bundle computes with them: convolutions' as bytes with a scale for each channel, their biases in steps of
    that scale times the scale of what they take, the rest of any length as halves."""
    out = {}
    for name, value in state.items():
        value = np.ascontiguousarray(value, dtype=np.float32)
        if value.ndim == 4:
            scale = np.abs(value).reshape(len(value), -1).max(1) / np.float32(WEIGHT_STEPS)
            scale = np.where(scale == 0, np.float32(1), scale)
            value = np.rint(value / scale[:, None, None, None]) * scale[:, None, None, None]
            layer = name.removesuffix(".weight")
            low, high = np.asarray(state[_before(layer) + RANGE], dtype=np.float32)
            step = scale.astype(np.float64) * ((high - low) / np.float32(STEPS))
            out[layer + ".bias"] = torch.from_numpy((np.rint(state[layer + ".bias"] / step) * step).astype(np.float32))
        elif name in out:
            continue
        elif value.size >= FEWEST_HALVES:
            value = value.astype(np.float16).astype(np.float32)
        out[name] = torch.from_numpy(value)
    return out


def features(state, pixels):
    """What the last two blocks see, averaged over the photo and joined: float32 [n, width] of CLIP's pixels [n, 3, 224, 224], by
    rounded weights and, between convolutions, bytes over the ranges measured."""

    def see(name, x, rectified):
        low, high = state[name + RANGE]
        scale = (high - low) / STEPS
        zero = torch.round(-low / scale)
        # Where the range begins at nought, this is Relu as well.
        return (torch.clamp(torch.round(x / scale) + zero, 0, STEPS) - zero) * scale

    return _run(state, pixels, see)


def _tensor(value):
    return torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32))


def _room(x):
    """Room before, none behind: how the network was trained where it halves a photo."""
    return F.pad(x, (1, 0, 1, 0))


def _run(state, pixels, see):
    def convolve(x, name, *how):
        return F.conv2d(x, state[name + ".weight"], state[name + ".bias"], *how)

    x = see(PIXELS, pixels - state[f"{STEM}.mean"].view(1, 3, 1, 1), False)
    x = see(STEM, convolve(F.pad(x, (3, 2, 3, 2)), STEM, 2), True)
    x = F.max_pool2d(_room(x), 3, 2)
    block, seen = 0, []
    while f"blocks.{block}.conv1.weight" in state:
        name = f"blocks.{block}"
        if f"{name}.beside.weight" in state:
            beside = see(f"{name}.beside", convolve(x, f"{name}.beside", 2), False)
            y = convolve(_room(x), f"{name}.conv1", 2)
        else:
            beside, y = x, convolve(x, f"{name}.conv1", 1, 1)
        y = see(f"{name}.conv2", convolve(see(f"{name}.conv1", y, True), f"{name}.conv2", 1, 1), False)
        x = see(name, y + beside, True)
        seen.append(x.mean((2, 3)))
        block += 1
    return torch.cat(seen[-2:], 1)
