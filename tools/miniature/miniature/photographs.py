"""What makes the miniature see photographs: features of openly licensed ones, a gate that tells them from drawings, and a projection
that puts them where the heads expect a drawing of the same things.

The heads stay as they are, so that no answer to a title or a drawing changes.
"""

import csv
import os

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from . import archive, dataset, export, residual
from .clip import normalise
from .scenes.composition import clip_crop
from .world import tags

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "photographs")
LIST, FEATURES = os.path.join(FOLDER, "photographs.csv"), os.path.join(FOLDER, "features.npz")
COLUMNS = ["file", "tags", "author", "licence", "source", "place"]
# Heads that the projection is trained for: those that answer to a photo without a title.
HEADS = ("linear-img", "linear-img-mixup", "mlp-img", "mlp-img-mixup", "linear-img-loc-mixup")
DRAWINGS = 1500
# The gate: where it is even on its scale (photographs -1, drawings +1), and how steep it is.
EVEN, STEEPNESS, GATE_RIDGE = 0.2, 60.0, 3e-2
RIDGE, ANCHOR_RIDGE, ANCHOR_REACH = 1.0, 2.0, 1.3
STEPS, RATE, DECAY, DROPOUT = 150, 5e-3, 3e-4, 0.5
# How far an embedding may leave the mean: less makes all answers less sure of themselves.
REACH = 0.78
FOLDS = 8


def measure(package, photos):
    """Writes the list and the features of a folder of photos with its labels.csv; those under share-alike licences are left out."""
    state = residual.rounded(residual.fold(package))
    with open(os.path.join(photos, "labels.csv"), newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if "SA" not in row["licence"]]
    seen = []
    for row in rows:
        crop = np.array(clip_crop(Image.open(os.path.join(photos, row["file"])).convert("RGB")))
        with torch.no_grad():
            seen.append(residual.features(state, normalise(np.stack([crop, crop[:, ::-1]]))).numpy())
    os.makedirs(FOLDER, exist_ok=True)
    np.savez_compressed(FEATURES, features=np.stack(seen).astype(np.float16))
    with open(LIST, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows({column: row[column] for column in COLUMNS} for row in rows)
    print(f"{len(rows)} photographs")


def load():
    """(features [n, 2, width] of photos and their mirror images, tags [n, 49], places, sources)."""
    with open(LIST, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    labels = np.zeros((len(rows), tags.COUNT), dtype=np.float32)
    for i, row in enumerate(rows):
        labels[i, [tags.NAMES.index(name) for name in row["tags"].split("|")]] = 1
    seen = np.load(FEATURES)["features"].astype(np.float32)
    return torch.from_numpy(seen), torch.from_numpy(labels), np.array([row["place"] for row in rows]), np.array([row["source"] for row in rows])


def drawn(work, package, model):
    """(features, embeddings by the drawn tower, tags) of the first drawings, computed once."""
    path = os.path.join(work, "drawn.npz")
    if not os.path.exists(path):
        labels, _, _, _, pixels = dataset.load(work, "train")
        state = residual.rounded(residual.fold(package))
        seen, own = [], []
        with torch.no_grad():
            for at in range(0, DRAWINGS, 50):
                x = normalise(np.array(pixels[at:at + 50]))
                seen.append(residual.features(state, x).numpy())
                own.append(model.encode_image(x).numpy())
        np.savez_compressed(path, features=np.concatenate(seen), embeddings=np.concatenate(own), labels=labels[:DRAWINGS])
    data = np.load(path)
    return [torch.from_numpy(data[name]).float() for name in ("features", "embeddings", "labels")]


def head(work, name):
    """A trained head as a function of its input."""
    state = torch.load(os.path.join(work, "heads", name + ".pth"))
    if "weight" in state:
        return lambda x: x @ state["weight"].T + state["bias"]
    return lambda x: torch.relu(x @ state["0.weight"].T + state["0.bias"]) @ state["3.weight"].T + state["3.bias"]


def logits(heads, name, embeddings, location):
    parts = [embeddings, location] if "-loc" in name else [embeddings]
    return heads[name](torch.cat(parts, 1))


def fit_gate(photos, drawings):
    """Ridge regression to -1 for photographs and +1 for drawings, each kind weighing the same; steep from one to the other."""
    x = torch.cat([photos, drawings]).double()
    y = torch.cat([-torch.ones(len(photos)), torch.ones(len(drawings))]).double()
    weight = torch.cat([torch.full((len(kind),), 0.5 / len(kind)) for kind in (photos, drawings)]).double()
    shift, scale = weight @ x, x.std()
    z = (x - shift) / scale
    slope = torch.linalg.solve((z * weight[:, None]).T @ z + GATE_RIDGE * torch.eye(z.shape[1]).double(), (z * weight[:, None]).T @ (y - weight @ y))
    slope = slope / scale
    bias = weight @ y - shift @ slope
    return (STEEPNESS * slope).float(), (STEEPNESS * (bias - EVEN)).float()


def fit_projection(seen, labels, heads, drawings, locations, seed=0):
    """The projection of what the network sees: begins where a drawing with the same tags lies, then learns the heads' answers."""
    _, embeddings, drawn_tags = drawings
    ones = torch.ones(len(drawn_tags), 1)
    evidence = torch.cat([drawn_tags, ones], 1)
    anchors = torch.linalg.solve(evidence.T @ evidence + ANCHOR_RIDGE * torch.eye(evidence.shape[1]), evidence.T @ embeddings)
    spread = embeddings.std(0)
    shift, scale = seen.mean(0), seen.std()
    z = (seen - shift) / scale
    share = ANCHOR_REACH * labels / labels.sum(1, keepdim=True)
    target = torch.cat([share, torch.ones(len(labels), 1)], 1) @ anchors
    bias = target.mean(0)
    slope = z.T @ torch.linalg.solve(z @ z.T + RIDGE * len(z) * torch.eye(len(z)), target - bias)
    slope, bias = slope.clone().requires_grad_(True), bias.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([slope, bias], lr=RATE)
    chance = torch.Generator().manual_seed(seed)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        kept = (torch.rand(z.shape, generator=chance) >= DROPOUT) / (1 - DROPOUT)
        embedding = (z * kept) @ slope + bias
        location = locations[torch.randint(len(locations), (len(z),), generator=chance)]
        loss = sum(F.binary_cross_entropy_with_logits(logits(heads, name, embedding, location), labels, reduction="sum") for name in heads)
        loss = loss / (len(heads) * len(z)) + DECAY * ((slope / spread) ** 2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    slope = REACH * slope.detach() / scale
    return slope, bias.detach() - shift @ slope


def calibration_error(confidence, right, bins=10):
    """Expected calibration error over bins of equal width."""
    at = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum((at == b).mean() * abs(confidence[at == b].mean() - right[at == b].mean()) for b in range(bins) if (at == b).any())


def score(probabilities, labels):
    """Most probable tag accepted, one among the chosen accepted, confidence, calibration error of it and of all."""
    top = probabilities.argmax(1)
    right = labels[np.arange(len(labels)), top]
    chosen = probabilities > 0.5
    chosen[np.arange(len(labels)), top] = True
    confidence = probabilities.max(1)
    return (right.mean(), (chosen * labels).any(1).mean(), confidence.mean(), calibration_error(confidence, right),
            calibration_error(probabilities.ravel(), labels.ravel()), chosen.sum(1).mean())


def held_out(seen, labels, groups, heads, drawings, locations):
    """Probabilities of each head for every photo, by projections that saw no photo of its group; and CLIP's share of it by the gate."""
    answers = {name: np.zeros(labels.shape, dtype=np.float32) for name in heads}
    share = np.zeros(len(labels), dtype=np.float32)
    for group in sorted(set(groups)):
        train, test = np.flatnonzero(groups != group), np.flatnonzero(groups == group)
        known = seen[train].reshape(-1, seen.shape[-1])
        slope, bias = fit_projection(known, labels[train].repeat_interleave(2, 0), heads, drawings, locations)
        gate, even = fit_gate(known, drawings[0])
        with torch.no_grad():
            share[test] = torch.sigmoid(seen[test, 0] @ gate + even).numpy()
            for name in heads:
                answers[name][test] = torch.sigmoid(logits(heads, name, seen[test, 0] @ slope + bias, torch.zeros(len(test), 2))).numpy()
    return answers, share


def folds(places, seed):
    """A group for each photo: whole places, dealt out by chance."""
    names = np.array(sorted(set(places)))
    dealt = {names[at]: i % FOLDS for i, at in enumerate(np.random.default_rng(seed).permutation(len(names)))}
    return np.array([dealt[place] for place in places])


def evaluate(work, package, seeds=5):
    """Prints how well photographs fare that nothing was trained on: by place, and with a whole source left out."""
    model, _ = export.assemble(work)
    seen, labels, places, sources = load()
    drawings, heads = drawn(work, package, model), {name: head(work, name) for name in HEADS}
    locations = torch.from_numpy(dataset.load(work, "train")[2][:, 0])
    print("most probable accepted, one of the chosen accepted, confidence, calibration error, the same over all tags, tags chosen")
    rows = {name: [] for name in HEADS}
    for seed in range(seeds):
        answers, share = held_out(seen, labels, folds(places, seed), heads, drawings, locations)
        for name in HEADS:
            rows[name].append(score(answers[name], labels.numpy()))
        print(f"seed {seed}: gate, largest share of the drawn tower {share.max():.2g}", flush=True)
    for name, values in rows.items():
        print(f"{name:22s}", " ".join(f"{mean:.3f}±{spread:.3f}" for mean, spread in zip(np.mean(values, 0), np.std(values, 0))), flush=True)
    answers, _ = held_out(seen, labels, sources, heads, drawings, locations)
    for source in sorted(set(sources)):
        at = sources == source
        print(f"without {source}: {at.sum()} photos,", ", ".join(f"{name} {score(answers[name][at], labels.numpy()[at])[0]:.3f}" for name in HEADS), flush=True)
    return rows


def mistakes(work, package):
    """Prints, for each tag, how many photos it is accepted for, how often it is found, and what is said instead."""
    model, _ = export.assemble(work)
    seen, labels, places, _ = load()
    drawings, heads = drawn(work, package, model), {name: head(work, name) for name in HEADS}
    locations = torch.from_numpy(dataset.load(work, "train")[2][:, 0])
    answers = held_out(seen, labels, folds(places, 0), heads, drawings, locations)[0]["mlp-img"]
    top, truth = answers.argmax(1), labels.numpy().astype(bool)
    chosen = answers > 0.5
    chosen[np.arange(len(top)), top] = True
    for tag in np.argsort(-truth.sum(0)):
        if truth[:, tag].any() or (top == tag).any():
            wrong = [tags.NAMES[t] for t, row in zip(top, truth) if row[tag] and not row[t]]
            instead = max(set(wrong), key=wrong.count) if wrong else "-"
            print(f"{tags.NAMES[tag]:40s} accepted for {truth[:, tag].sum():3d}, chosen {(chosen & truth)[:, tag].sum():3d}, "
                  f"most probable {(top == tag).sum():3d} of which right {((top == tag) & truth[:, tag]).sum():3d}; instead, where wrong: {instead}")


def train(work, package):
    """Trains gate and projection on all photographs; writes the network with both: WORK/network.safetensors."""
    model, _ = export.assemble(work)
    seen, labels, _, _ = load()
    drawings, heads = drawn(work, package, model), {name: head(work, name) for name in HEADS}
    locations = torch.from_numpy(dataset.load(work, "train")[2][:, 0])
    known = seen.reshape(-1, residual.WIDTH)
    slope, bias = fit_projection(known, labels.repeat_interleave(2, 0), heads, drawings, locations)
    gate, even = fit_gate(known, drawings[0])
    state = residual.fold(package)
    state.update({"projection.weight": slope.T.numpy(), "projection.bias": bias.numpy(), "gate.weight": gate.numpy()[None], "gate.bias": even.numpy()[None]})
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32)) for name, value in state.items()}
    archive.save(os.path.join(work, "network.safetensors"), tensors, {"format": "pt"})


def embed(work, model, pixels):
    """Embeddings as the bundle's photo tower gives them: the drawn tower's and the network's, by the gate."""
    state = residual.rounded({name: value.numpy() for name, value in archive.load(os.path.join(work, "network.safetensors")).items()})
    with torch.no_grad():
        for name, value in model.visual.named_parameters():
            if value.numel() >= residual.FEWEST_HALVES:
                value.copy_(value.half().float())
        seen = residual.features(state, pixels)
        share = torch.sigmoid(seen @ state["gate.weight"].T + state["gate.bias"])
        return share * model.encode_image(pixels) + (1 - share) * (seen @ state["projection.weight"].T + state["projection.bias"])
