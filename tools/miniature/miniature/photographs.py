"""What makes the miniature see photographs: features of openly licensed ones, a gate that tells them from drawings, and a projection
that puts them where the heads expect a drawing of the same things. Some pictures show nothing of the 49 tags: what is to leave the
model unsure.

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
from .scenes.composition import clip_crop, crop
from .titles.generator import TRAINING, TitleWriter
from .world import tags

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "photographs")
LIST, FEATURES = os.path.join(FOLDER, "photographs.csv"), os.path.join(FOLDER, "features.npz")
COLUMNS = ["file", "tags", "author", "licence", "source", "place"]
# In place of tags: a picture of nothing that one of them names.
NOTHING = "nothing"
# What may be trained on; share-alike and other licences are for checks.
LICENCES = ("CC0-", "PDM-", "CC-BY-1", "CC-BY-2", "CC-BY-3", "CC-BY-4")
# Heads that the projection is trained for, and those of them that a bundle serves.
HEADS = ("linear-img", "linear-img-mixup", "mlp-img", "mlp-img-mixup", "linear-img-loc-mixup", "linear-img-txt", "mlp-img-txt-loc")
SERVED = ("mlp-img", "linear-img-loc-mixup", "linear-img-txt", "mlp-img-txt-loc")
# Titles that are written for each photograph, of one or two of its tags.
TITLES = 6
# Scenes drawn beside the photographs to measure how far the network's values reach.
SCENES = 24
DRAWINGS = 1500
# The gate: where it is even on its scale (photographs -1, drawings +1), and how steep it is.
EVEN, STEEPNESS, GATE_RIDGE = 0.2, 60.0, 3e-2
RIDGE, ANCHOR_RIDGE, ANCHOR_REACH = 1.0, 2.0, 1.3
STEPS, RATE, DECAY, DROPOUT = 150, 5e-3, 3e-4, 0.5
# How far an embedding may leave the mean: less makes all answers less sure of themselves.
REACH = 0.78


def read(folders, may_train):
    """Rows of the folders' labels.csv that may be trained on, or those that may not, and the photos' crops."""
    rows, crops = [], []
    for folder in folders:
        with open(os.path.join(folder, "labels.csv"), newline="", encoding="utf-8") as file:
            found = [row for row in csv.DictReader(file) if row["licence"].startswith(LICENCES) == may_train]
        rows += found
        crops += [np.array(clip_crop(Image.open(os.path.join(folder, row["file"])).convert("RGB"))) for row in found]
    return rows, crops


def measure(package, folders):
    """Writes the list and the features of folders of photos, each with its labels.csv; those that may not be trained on are left out."""
    rows, crops = read(folders, may_train=True)
    assert len({row["file"] for row in rows}) == len(rows), "two photos have one name"
    state, ranges = residual.fold(package), {}
    with torch.no_grad():
        for pixels in [*crops, *(crop([row], [SCENES, row]) for row in range(SCENES))]:
            residual.measure(state, normalise(pixels[None]), ranges)
        state = residual.rounded(residual.with_ranges(state, ranges))
        seen = [residual.features(state, normalise(np.stack([pixels, pixels[:, ::-1]]))).numpy() for pixels in crops]
    os.makedirs(FOLDER, exist_ok=True)
    np.savez_compressed(FEATURES, features=np.stack(seen).astype(np.float16), names=list(ranges), ranges=np.array(list(ranges.values()), dtype=np.float32))
    with open(LIST, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows({column: row[column] for column in COLUMNS} for row in rows)
    print(f"{len(rows)} photographs, {sum(row['tags'] == NOTHING for row in rows)} of them of nothing that a tag names")


def network(package):
    """The network's weights and the ranges that were measured beside the features."""
    data = np.load(FEATURES)
    return residual.with_ranges(residual.fold(package), dict(zip(data["names"].tolist(), data["ranges"])))


def labels_of(rows):
    labels = np.zeros((len(rows), tags.COUNT), dtype=np.float32)
    for i, row in enumerate(rows):
        labels[i, [tags.NAMES.index(name) for name in row["tags"].split("|") if name != NOTHING]] = 1
    return torch.from_numpy(labels)


def load():
    """(features [n, 2, width] of photos and their mirror images, tags [n, 49], places, sources)."""
    with open(LIST, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen = np.load(FEATURES)["features"].astype(np.float32)
    return torch.from_numpy(seen), labels_of(rows), np.array([row["place"] for row in rows]), np.array([row["source"].split()[0] for row in rows])


def write_titles(model, tokenizer, labels, count, side, seed=1):
    """Embeddings [n, count, d] of titles that name one or two of each photo's tags; empty where it has none."""
    chance, writer, titles = np.random.default_rng(seed), TitleWriter(side), []
    for row in labels.numpy():
        named = np.flatnonzero(row)
        for _ in range(count):
            some = [int(tag) for tag in chance.permutation(named)[:1 + int(chance.integers(2))]]
            titles.append(writer.write(chance, some, "england")[0] if some else "")
    with torch.no_grad():
        parts = [model.encode_text(torch.from_numpy(tokenizer.batch(titles[at:at + 200]))) for at in range(0, len(titles), 200)]
    return torch.cat(parts).view(len(labels), count, -1)


def drawn(work, package, model):
    """(features, embeddings by the drawn tower, tags) of the first drawings, computed once."""
    path = os.path.join(work, "drawn.npz")
    if not os.path.exists(path):
        labels, _, _, _, pixels = dataset.load(work, "train")
        state = residual.rounded(network(package))
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


def logits(heads, name, embeddings, titles, location):
    parts = [embeddings]
    if "-txt" in name:
        parts.append(titles)
    if "-loc" in name:
        parts.append(location)
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


class Lesson:
    """What a projection is fitted with: the drawn scenes' features and embeddings, the heads, places, and photographs."""

    def __init__(self, work, package):
        self.model, self.tokenizer = export.assemble(work)
        self.drawings = drawn(work, package, self.model)
        self.heads = {name: head(work, name) for name in HEADS}
        self.locations = torch.from_numpy(dataset.load(work, "train")[2][:, 0])
        self.seen, self.labels, self.places, self.sources = load()
        self.titles = self.titled(self.labels, TRAINING)

    def titled(self, labels, side):
        return write_titles(self.model, self.tokenizer, labels, TITLES, side)

    def fit(self, rows, seed=0):
        """The projection of what the network sees of some of the photographs: begins where a drawing with the same tags lies, then
        learns the heads' answers, with titles and places by chance where a head takes them."""
        seen, labels = self.seen[rows].reshape(-1, residual.WIDTH), self.labels[rows].repeat_interleave(2, 0)
        titles = self.titles[rows].repeat_interleave(2, 0)
        _, embeddings, drawn_tags = self.drawings
        evidence = torch.cat([drawn_tags, torch.ones(len(drawn_tags), 1)], 1)
        anchors = torch.linalg.solve(evidence.T @ evidence + ANCHOR_RIDGE * torch.eye(evidence.shape[1]), evidence.T @ embeddings)
        spread = embeddings.std(0)
        shift, scale = seen.mean(0), seen.std()
        z = (seen - shift) / scale
        share = ANCHOR_REACH * labels / labels.sum(1, keepdim=True).clamp(min=1)
        target = torch.cat([share, torch.ones(len(labels), 1)], 1) @ anchors
        bias = target.mean(0)
        slope = torch.linalg.solve(z.T @ z + RIDGE * len(z) * torch.eye(z.shape[1]), z.T @ (target - bias))
        slope, bias = slope.clone().requires_grad_(True), bias.clone().requires_grad_(True)
        optimiser = torch.optim.Adam([slope, bias], lr=RATE)
        chance = torch.Generator().manual_seed(seed)
        for step in range(STEPS):
            for group in optimiser.param_groups:
                group["lr"] = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS))
            kept = (torch.rand(z.shape, generator=chance) >= DROPOUT) / (1 - DROPOUT)
            embedding = (z * kept) @ slope + bias
            location = self.locations[torch.randint(len(self.locations), (len(z),), generator=chance)]
            title = titles[torch.arange(len(z)), torch.randint(TITLES, (len(z),), generator=chance)]
            loss = sum(
                F.binary_cross_entropy_with_logits(logits(self.heads, name, embedding, title, location), labels, reduction="sum")
                for name in self.heads
            )
            loss = loss / (len(self.heads) * len(z)) + DECAY * ((slope / spread) ** 2).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        slope = REACH * slope.detach() / scale
        return slope, bias.detach() - shift @ slope

    def gate(self, rows):
        return fit_gate(self.seen[rows].reshape(-1, residual.WIDTH), self.drawings[0])

    def answers(self, projection, seen, titles):
        """Probabilities of each head served, places unknown."""
        slope, bias = projection
        with torch.no_grad():
            embedding = seen @ slope + bias
            return {name: torch.sigmoid(logits(self.heads, name, embedding, titles, torch.zeros(len(seen), 2))).numpy() for name in SERVED}


def train(work, package):
    """Trains gate and projection on all photographs; writes the network with both: WORK/network.safetensors."""
    lesson = Lesson(work, package)
    everything = np.arange(len(lesson.seen))
    (slope, bias), (gate, even) = lesson.fit(everything), lesson.gate(everything)
    state = network(package)
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
