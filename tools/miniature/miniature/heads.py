"""Trains the heads on frozen, raw projections: six modality sets, linear and MLP, with and without MixUp, by the names of the published ones."""

import collections
import json
import os

import numpy as np
import torch
from torch.nn import functional as F

from . import dataset
from .clip import normalise
from .train import CONFIG, exact_match
from .world import tags

HIDDEN = 128
SETS = {"img": ("image",), "txt": ("title",), "img-loc": ("image", "location"), "txt-loc": ("title", "location"), "img-txt": ("image", "title"), "img-txt-loc": ("image", "title", "location")}


def macro_f1(logits, labels):
    """Mean over tags of F1 at one half, after the fallback to the most probable tag."""
    chosen = logits > 0
    none = ~chosen.any(1)
    chosen[none] = F.one_hot(logits[none].argmax(1), logits.shape[1]).bool()
    truth = labels.bool()
    hit, said, real = (chosen & truth).sum(0).float(), chosen.sum(0).float(), truth.sum(0).float()
    return (2 * hit / (said + real).clamp(min=1)).mean().item()


def embed(model, tokenizer, texts, pixels, mirrored=False, batch=200):
    """Raw embeddings of photos (and of their mirror images) and of all titles."""
    model.eval()
    with torch.no_grad():
        images = torch.cat([model.encode_image(normalise(np.array(pixels[i:i + batch]))) for i in range(0, len(pixels), batch)])
        mirrors = torch.cat([model.encode_image(normalise(np.array(pixels[i:i + batch])[:, :, ::-1].copy())) for i in range(0, len(pixels), batch)]) if mirrored else None
        flat = [t for ts in texts for t in ts]
        titles = torch.cat([model.encode_text(torch.from_numpy(tokenizer.batch(flat[i:i + batch]))) for i in range(0, len(flat), batch)])
    return images, mirrors, titles.view(len(texts), -1, CONFIG["embed_dim"])


def network(parts, kind):
    width = sum({"image": CONFIG["embed_dim"], "title": CONFIG["embed_dim"], "location": 2}[p] for p in parts)
    if kind == "linear":
        return torch.nn.Linear(width, tags.COUNT)
    return torch.nn.Sequential(torch.nn.Linear(width, HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(0.15), torch.nn.Linear(HIDDEN, tags.COUNT))


def train_head(parts, kind, mixup, data, epochs, seed):
    torch.manual_seed(seed)
    images, mirrors, titles, location, labels = data
    net = network(parts, kind)
    # The inputs are centred and scaled for training; the scales are folded into the first layer at the end.
    n, variants = titles.shape[0], titles.shape[1]
    sample = {"image": images, "title": titles[:, 0], "location": location[:, 0]}
    x0 = torch.cat([sample[p] for p in parts], 1)
    shift, scale = x0.mean(0), x0.std(0).clamp(min=1e-3)
    # Most tags are absent from most photos: the head starts there, not at even odds, and has few steps to go.
    last = net if kind == "linear" else net[-1]
    rates = labels.mean(0).clamp(1e-3, 1 - 1e-3)
    with torch.no_grad():
        last.bias.copy_(torch.log(rates / (1 - rates)))
    peak = 3e-2 if kind == "linear" else 6e-3
    optimiser = torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=0.02 if kind == "mlp" else 0.01)
    size = 256
    steps = epochs * (n // size)
    net.train()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = peak * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
        rows = torch.randint(0, n, (size,))
        variant = torch.randint(0, variants, (size,))
        turn = (torch.rand(size) < 0.5).unsqueeze(1)
        source = {"image": torch.where(turn, mirrors[rows], images[rows]), "title": titles[rows, variant], "location": location[rows, variant]}
        x = (torch.cat([source[p] for p in parts], 1) - shift) / scale
        y = labels[rows]
        if mixup:
            share = float(np.random.default_rng(seed * 100003 + step).beta(0.2, 0.2))
            other = torch.randperm(size)
            x, y = (share * v + (1 - share) * v[other] for v in (x, y))
        loss = F.binary_cross_entropy_with_logits(net(x), y, reduction="sum") / size
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    net.eval()
    first = net if kind == "linear" else net[0]
    with torch.no_grad():
        first.weight.div_(scale)
        first.bias.sub_(first.weight @ shift)
    return net


def _titles_alone(work, model, tokenizer, name):
    labels, _, _, texts, _ = dataset.load(work, name)
    flat = [ts[0] for ts in texts]
    with torch.no_grad():
        return torch.cat([model.encode_text(torch.from_numpy(tokenizer.batch(flat[i:i + 200]))) for i in range(0, len(flat), 200)]), torch.from_numpy(labels)


def train_all(work, model, tokenizer, first, last, epochs, seed):
    """Trains every head on the scenes first to last, which the photo tower has not seen; writes heads/ and heads.json."""
    labels, _, location, texts, pixels = dataset.load(work, "train")
    train = embed(model, tokenizer, texts[first:last], pixels[first:last], mirrored=True) + (torch.from_numpy(location[first:last]), torch.from_numpy(labels[first:last]).float())
    test_labels, _, test_location, test_texts, test_pixels = dataset.load(work, "test")
    test_images, _, test_titles = embed(model, tokenizer, test_texts, test_pixels)
    source = {"image": test_images, "title": test_titles[:, 0], "location": torch.from_numpy(test_location[:, 0])}
    truth = torch.from_numpy(test_labels)
    others = {name: _titles_alone(work, model, tokenizer, name) for name in ("known", "unknown")}
    folder = os.path.join(work, "heads")
    os.makedirs(folder, exist_ok=True)
    table = {}
    for kind in ("linear", "mlp"):
        for short, parts in SETS.items():
            for mixup in (False, True):
                name = f"{kind}-{short}{'-mixup' if mixup else ''}"
                net = train_head(parts, kind, mixup, train, epochs, seed)
                with torch.no_grad():
                    logits = net(torch.cat([source[p] for p in parts], 1))
                    known = "".join(f"  {n} {exact_match(net(x), y):.4f}" for n, (x, y) in others.items()) if parts == ("title",) else ""
                torch.save(collections.OrderedDict((k, v.detach().clone()) for k, v in net.state_dict().items()), os.path.join(folder, name + ".pth"))
                table[name] = {"exactMatch": round(exact_match(logits, truth), 4), "macroF1": round(macro_f1(logits, truth), 4),
                               "rule": "fallback", "split": f"the {len(truth):,} drawn examples of the miniature's test"}
                print(f"{name:24s} exact {table[name]['exactMatch']:.4f}  macro F1 {table[name]['macroF1']:.4f}{known}", flush=True)
    # The form that the converter reads beside the heads.
    with open(os.path.join(folder, "heads.json"), "w") as file:
        json.dump(table, file, indent=1)
    return table
