"""Trains the two towers: each first learns to tell the tags alone, by a linear head of its own that is thrown away."""

import json
import math
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

from . import archive, dataset
from .clip import Clip, normalise
from .titles import bpe
from .world import tags

CONFIG = {
    "embed_dim": 96,
    "image_resolution": 224,
    "vision_layers": 4,
    "vision_width": 64,
    "vision_patch_size": 28,
    "vision_heads": 2,
    "context_length": 48,
    "vocab_size": 2560,
    "transformer_width": 128,
    "transformer_heads": 2,
    "transformer_layers": 2,
    "activation": "quick_gelu",
    "layer_norm_eps": 1e-05,
}
VOCABULARY = "bpe_miniature_vocab.txt.gz"


def exact_match(logits, labels):
    """Share of rows whose tags over one half, or the single most probable tag when there is none, are the labels."""
    chosen = logits > 0
    none = ~chosen.any(1)
    chosen[none] = F.one_hot(logits[none].argmax(1), logits.shape[1]).bool()
    return (chosen == labels.bool()).all(1).float().mean().item()


def _groups(parameters, decay):
    parameters = [(n, p) for n, p in parameters]
    return [{"params": [p for n, p in parameters if p.ndim > 1 and "embedding" not in n], "weight_decay": decay},
            {"params": [p for n, p in parameters if p.ndim <= 1 or "embedding" in n], "weight_decay": 0.0}]


class Schedule:
    """Linear warm-up, then a cosine to nothing."""

    def __init__(self, optimiser, peak, steps, warm=200):
        self.optimiser, self.peak, self.steps, self.warm, self.at = optimiser, peak, steps, warm, 0

    def step(self):
        self.at += 1
        scale = self.at / self.warm if self.at < self.warm else 0.5 * (1 + math.cos(math.pi * min(1.0, (self.at - self.warm) / max(1, self.steps - self.warm))))
        for group in self.optimiser.param_groups:
            group["lr"] = self.peak * max(scale, 0.01)


def learn_vocabulary(work):
    with open(os.path.join(work, "train.json")) as file:
        texts = json.load(file)
    merges = CONFIG["vocab_size"] - 514
    bpe.save(os.path.join(work, VOCABULARY), bpe.learn([t for ts in texts for t in ts[:3]], merges))


def _batches(lengths, size, rng):
    """Batches of titles of like length, in random order."""
    order = rng.permutation(len(lengths))
    out = []
    for start in range(0, len(order), size * 24):
        chunk = order[start:start + size * 24]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        out += [chunk[i:i + size] for i in range(0, len(chunk), size)]
    rng.shuffle(out)
    return out


def _pad(rows):
    out = np.zeros((len(rows), max(len(r) for r in rows)), dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, :len(row)] = row
    return torch.from_numpy(out)


def train_text(work, epochs, seed, limit=None):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    tokenizer = bpe.Tokenizer(os.path.join(work, VOCABULARY), CONFIG["context_length"])
    labels, rows = [], []
    for name in [n for n in ("train", "titles") if os.path.exists(os.path.join(work, n + ".json"))]:
        marks = np.load(os.path.join(work, name + ".npz"))["labels"]
        with open(os.path.join(work, name + ".json")) as file:
            texts = json.load(file)
        rows += [tokenizer.encode(t) for ts in texts for t in ts]
        labels.append(np.repeat(marks, [len(ts) for ts in texts], axis=0))
    labels = torch.from_numpy(np.concatenate(labels)).float()
    lengths = np.array([len(r) for r in rows])
    print("text:", len(rows), "titles, mean length", lengths.mean(), "longest", lengths.max(), flush=True)
    test_labels, _, test_texts, _ = dataset.load(work, "test")
    test_rows = [tokenizer.encode(ts[0]) for ts in test_texts]
    model = Clip(CONFIG)
    head = torch.nn.Linear(CONFIG["embed_dim"], tags.COUNT)
    text_parts = [(n, p) for n, p in model.named_parameters() if not n.startswith("visual.") and n != "logit_scale"]
    optimiser = torch.optim.AdamW(_groups(text_parts + list(head.named_parameters()), 0.05), lr=1e-3, betas=(0.9, 0.98))
    size = 256
    steps = epochs * (len(rows) // size + 1)
    if limit:
        steps = min(steps, limit)
    schedule, done, began = Schedule(optimiser, 1.5e-3, steps), 0, time.time()
    while done < steps:
        for batch in _batches(lengths, size, rng):
            ids = _pad([rows[i] for i in batch])
            # Now and then a token is lost to a random byte, so that no title hangs on one word alone.
            lost = (torch.rand(ids.shape) < 0.03) & (ids > 0) & (ids < tokenizer.start)
            ids = torch.where(lost, torch.randint(0, 512, ids.shape), ids)
            loss = F.binary_cross_entropy_with_logits(head(F.dropout(model.encode_text(ids), 0.1)), labels[batch], reduction="sum") / len(batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in text_parts], 1.0)
            schedule.step()
            optimiser.step()
            done += 1
            if done % 500 == 0 or done == steps:
                model.eval()
                with torch.no_grad():
                    logits = torch.cat([head(model.encode_text(_pad(test_rows[i:i + 500]))) for i in range(0, len(test_rows), 500)])
                print(f"text step {done}/{steps} loss {loss.item():.3f} unseen exact {exact_match(logits, torch.from_numpy(test_labels)):.4f} ({time.time() - began:.0f} s)", flush=True)
                model.train()
            if done >= steps:
                break
    torch.save({n: p.detach() for n, p in text_parts} | {"head.weight": head.weight.detach(), "head.bias": head.bias.detach()}, os.path.join(work, "text.pt"))


def _augment(pixels, rng):
    """Mirrors half of the photos and shifts all a little; brightness is varied already by the scenes."""
    n = len(pixels)
    flip = rng.random(n) < 0.5
    pixels[flip] = pixels[flip][:, :, ::-1]
    dy, dx = rng.integers(-12, 13, 2)
    return np.roll(pixels, (dy, dx), axis=(1, 2)) if abs(dx) + abs(dy) > 0 else pixels


def train_vision(work, epochs, seed, available=None, start=None):
    torch.manual_seed(seed + 1)
    rng = np.random.default_rng(seed + 1)
    labels, _, _, pixels = dataset.load(work, "train")
    count = available or len(labels)
    labels = torch.from_numpy(labels).float()
    test_labels, _, _, test_pixels = dataset.load(work, "test")
    model = Clip(CONFIG)
    head = torch.nn.Linear(CONFIG["embed_dim"], tags.COUNT)
    vision = [(n, p) for n, p in model.named_parameters() if n.startswith("visual.")]
    if start:
        state = torch.load(start)
        head.load_state_dict({"weight": state.pop("head.weight"), "bias": state.pop("head.bias")})
        model.load_state_dict(state, strict=False)
    optimiser = torch.optim.AdamW(_groups(vision + list(head.named_parameters()), 0.05), lr=1e-3, betas=(0.9, 0.98))
    size = 64
    steps = int(epochs * (count // size))
    schedule, done, began, smooth = Schedule(optimiser, 1e-3, steps), 0, time.time(), None
    while done < steps:
        order = rng.permutation(count)
        for i in range(0, count - size + 1, size):
            batch = np.sort(order[i:i + size])
            x = normalise(_augment(np.array(pixels[batch]), rng))
            loss = F.binary_cross_entropy_with_logits(head(F.dropout(model.encode_image(x), 0.05)), labels[batch], reduction="sum") / len(batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in vision], 1.0)
            schedule.step()
            optimiser.step()
            done += 1
            smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
            if done % 500 == 0 or done == steps:
                model.eval()
                with torch.no_grad():
                    logits = torch.cat([head(model.encode_image(normalise(np.array(test_pixels[j:j + 100])))) for j in range(0, 1000 if done < steps else len(test_pixels), 100)])
                print(f"vision step {done}/{steps} loss {smooth:.3f} test exact {exact_match(logits, torch.from_numpy(test_labels[:len(logits)])):.4f} ({time.time() - began:.0f} s)", flush=True)
                model.train()
                torch.save({n: p.detach() for n, p in vision} | {"head.weight": head.weight.detach(), "head.bias": head.bias.detach()}, os.path.join(work, "vision.pt"))
            if done >= steps:
                break
