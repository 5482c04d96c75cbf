"""Trains the two towers: each first learns to tell the tags alone, by a linear head of its own that is thrown away."""

import json
import math
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

from . import dataset
from .clip import Clip, normalise
from .titles import bpe
from .titles.generator import TitleWriter
from .world import geography, tags

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


def _pad(rows):
    out = np.zeros((len(rows), max(len(r) for r in rows)), dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, :len(row)] = row
    return torch.from_numpy(out)


def _title_stream(tokenizer, seed, repeats=4):
    """Titles without end, none written twice: (ids, tags, tags that the title mentions), several titles a set of tags."""
    sets, places, words = (np.random.default_rng([seed, kind]) for kind in range(3))
    world, writer = geography.Map(), TitleWriter()
    while True:
        rows = list(tags.draw(sets, dataset.FLATTEN))
        nation = world.nation(world.draw(places, rows)[0])
        for _ in range(repeats):
            title, mentioned = writer.write(words, rows, nation)
            yield tokenizer.encode(_mistype(words, title)), rows, mentioned


def _mistype(rng, title):
    """Now and then a slip of the fingers: a letter lost, doubled or swapped with the next."""
    if rng.random() < 0.06 and len(title) > 8:
        at, kind = int(rng.integers(1, len(title) - 1)), rng.random()
        if kind < 0.4:
            return title[:at] + title[at + 1:]
        if kind < 0.6:
            return title[:at] + title[at] + title[at:]
        return title[:at] + title[at + 1] + title[at] + title[at + 2:]
    return title


class Average:
    """The running mean of weights over the last steps, which is what is kept."""

    def __init__(self, parameters, decay):
        self.live, self.decay, self.at = [p for _, p in parameters], decay, 0
        self.mean = [p.detach().clone() for p in self.live]

    def step(self):
        self.at += 1
        decay = min(self.decay, self.at / (10 + self.at))
        with torch.no_grad():
            torch._foreach_mul_(self.mean, decay)
            torch._foreach_add_(self.mean, self.live, alpha=1 - decay)

    def swap(self):
        """Exchanges live weights and mean: once to look at the mean, once more to go on."""
        with torch.no_grad():
            for p, m in zip(self.live, self.mean):
                kept = p.clone()
                p.copy_(m)
                m.copy_(kept)


def _save(path, parts, head):
    torch.save({n: p.detach() for n, p in parts} | {"head.weight": head.weight.detach(), "head.bias": head.bias.detach()}, path)


def _marks(rows):
    out = torch.zeros(len(rows), tags.COUNT)
    for i, row in enumerate(rows):
        out[i, row] = 1
    return out


def train_text(work, steps, seed):
    """Trains the title tower on titles written as it goes: it learns which tags a title mentions, and which the photo has."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    tokenizer = bpe.Tokenizer(os.path.join(work, VOCABULARY), CONFIG["context_length"])
    stream = _title_stream(tokenizer, [seed, 77])
    tests = {}
    for name in ("test", "known", "unknown"):
        labels, _, _, texts, _ = dataset.load(work, name)
        tests[name] = torch.from_numpy(labels), [tokenizer.encode(ts[0]) for ts in texts]
    model = Clip(CONFIG)
    # The first half of the head tells what is mentioned, the second what the photo is tagged with.
    head = torch.nn.Linear(CONFIG["embed_dim"], 2 * tags.COUNT)
    parts = [(n, p) for n, p in model.named_parameters() if not n.startswith("visual.") and n != "logit_scale"]
    everything = parts + [("head." + n, p) for n, p in head.named_parameters()]
    optimiser = torch.optim.AdamW(_groups(everything, 0.05), lr=1e-3, betas=(0.9, 0.98))
    size, done, began, smooth = 256, 0, time.time(), None
    schedule, average = Schedule(optimiser, 2e-3, steps), Average(everything, 0.998)
    while done < steps:
        # Sixteen batches at a time, so that titles of like length share one.
        chunk = [next(stream) for _ in range(16 * size)]
        order = sorted(range(len(chunk)), key=lambda i: len(chunk[i][0]))
        for b in rng.permutation(16):
            batch = [chunk[i] for i in order[b * size:(b + 1) * size]]
            ids = _pad([ids for ids, _, _ in batch])
            # Now and then a token is lost to a random byte, so that no title hangs on one word alone.
            lost = (torch.rand(ids.shape) < 0.03) & (ids > 0) & (ids < tokenizer.start)
            ids = torch.where(lost, torch.randint(0, 512, ids.shape), ids)
            logits = head(F.dropout(model.encode_text(ids), 0.1))
            loss = _loss(logits, _marks([m for _, _, m in batch]), _marks([r for _, r, _ in batch]))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in parts], 1.0)
            schedule.step()
            optimiser.step()
            average.step()
            done += 1
            smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
            if done % 500 == 0 or done == steps:
                model.eval()
                average.swap()
                with torch.no_grad():
                    scores = [exact_match(torch.cat([head(model.encode_text(_pad(rows[i:i + 500])))[:, tags.COUNT:] for i in range(0, len(rows), 500)]), labels) for labels, rows in tests.values()]
                print(f"text step {done}/{steps} loss {smooth:.3f} exact " + " ".join(f"{n} {s:.4f}" for n, s in zip(tests, scores)) + f" ({time.time() - began:.0f} s)", flush=True)
                _save(os.path.join(work, "text.pt"), parts, head)
                average.swap()
                model.train()
            if done >= steps:
                break


def _loss(logits, evidence, labels):
    """Cross-entropy of what the title or scene itself holds, and, at a third of the weight, of the photo's tags, some of which it leaves out."""
    both = [F.binary_cross_entropy_with_logits(part, truth, reduction="sum") / len(truth) for part, truth in ((logits[:, :tags.COUNT], evidence), (logits[:, tags.COUNT:], labels))]
    return both[0] + both[1] / 3


def _augment(pixels, rng):
    """Mirrors half of the photos and shifts all a little; brightness is varied already by the scenes."""
    n = len(pixels)
    flip = rng.random(n) < 0.5
    pixels[flip] = pixels[flip][:, :, ::-1]
    dy, dx = rng.integers(-12, 13, 2)
    return np.roll(pixels, (dy, dx), axis=(1, 2)) if abs(dx) + abs(dy) > 0 else pixels


def train_vision(work, epochs, seed, available=None, start=None):
    """Trains the photo tower on the first scenes: it learns which tags a scene shows, and which the photo has."""
    torch.manual_seed(seed + 1)
    rng = np.random.default_rng(seed + 1)
    labels, shown, _, _, pixels = dataset.load(work, "train")
    count = available or len(labels)
    labels, shown = torch.from_numpy(labels).float(), torch.from_numpy(shown).float()
    test_labels, _, _, _, test_pixels = dataset.load(work, "test")
    model = Clip(CONFIG)
    head = torch.nn.Linear(CONFIG["embed_dim"], 2 * tags.COUNT)
    parts = [(n, p) for n, p in model.named_parameters() if n.startswith("visual.")]
    peak = 1e-3
    if start:
        state = torch.load(start)
        # A tower of before 0.4 has a head for the photo's tags alone.
        head.load_state_dict({n: v if len(v) == 2 * tags.COUNT else torch.cat([v, v]) for n, v in (("weight", state.pop("head.weight")), ("bias", state.pop("head.bias")))})
        model.load_state_dict(state, strict=False)
        peak = 7e-4
    everything = parts + [("head." + n, p) for n, p in head.named_parameters()]
    optimiser = torch.optim.AdamW(_groups(everything, 0.05), lr=peak, betas=(0.9, 0.98))
    size = 64
    steps = int(epochs * (count // size))
    schedule, average, done, began, smooth = Schedule(optimiser, peak, steps), Average(everything, 0.998), 0, time.time(), None
    while done < steps:
        order = rng.permutation(count)
        for i in range(0, count - size + 1, size):
            batch = np.sort(order[i:i + size])
            x = normalise(_augment(np.array(pixels[batch]), rng))
            loss = _loss(head(F.dropout(model.encode_image(x), 0.05)), shown[batch], labels[batch])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in parts], 1.0)
            schedule.step()
            optimiser.step()
            average.step()
            done += 1
            smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
            if done % 250 == 0 or done == steps:
                model.eval()
                average.swap()
                with torch.no_grad():
                    logits = torch.cat([head(model.encode_image(normalise(np.array(test_pixels[j:j + 100]))))[:, tags.COUNT:] for j in range(0, 500 if done < steps else len(test_pixels), 100)])
                print(f"vision step {done}/{steps} loss {smooth:.3f} test exact {exact_match(logits, torch.from_numpy(test_labels[:len(logits)])):.4f} ({time.time() - began:.0f} s)", flush=True)
                _save(os.path.join(work, "vision.pt"), parts, head)
                average.swap()
                model.train()
            if done >= steps:
                break
