"""Examples: a set of tags, a title that mentions most of them, a scene that shows most of them, a place that suits them.

Title and scene leave tags out independently, so each knows something that the other does not.
"""

import json
import multiprocessing
import os

import numpy as np

from .scenes.composition import crop
from .titles.generator import TitleWriter
from .world import geography, tags

# How often a scene shows each of its tags, and how often it shows one that is not among them.
SHOWN = 0.84
STRAY = 0.035
SIZE = 224


def make_examples(seed, count, unseen, flatten, titles=1):
    """Tag sets, titles (several a set for training) and location features; no scene is drawn yet."""
    rng = np.random.default_rng(seed)
    world, writer = geography.Map(), TitleWriter(unseen)
    labels = np.zeros((count, tags.COUNT), dtype=np.uint8)
    shown = np.zeros((count, tags.COUNT), dtype=np.uint8)
    location = np.zeros((count, 2), dtype=np.float32)
    texts = []
    for i in range(count):
        rows = tags.draw(rng, flatten)
        cell, lat, lon = world.draw(rng, rows)
        nation = world.nation(cell)
        location[i] = world.features(cell, lat, lon)
        labels[i, list(rows)] = 1
        visible = [r for r in rows if rng.random() < SHOWN] or [rows[int(rng.integers(len(rows)))]]
        if rng.random() < STRAY:
            visible.append(int(rng.integers(tags.COUNT)))
        shown[i, visible] = 1
        texts.append([writer.write(rng, list(rows), nation) for _ in range(titles)])
    return labels, shown, location, texts


def _draw(job):
    path, seed, start, shown = job
    total = os.path.getsize(path) // (SIZE * SIZE * 3)
    pixels = np.memmap(path, dtype=np.uint8, mode="r+", shape=(total, SIZE, SIZE, 3))
    for i, row in enumerate(shown):
        pixels[start + i] = crop([int(r) for r in np.flatnonzero(row)], [seed, start + i])
    return start + len(shown)


def make(folder, name, seed, count, unseen, flatten, titles, workers):
    """Writes name.npz, name.json and name.pixels (uint8 [count, 224, 224, 3]) into a folder."""
    os.makedirs(folder, exist_ok=True)
    labels, shown, location, texts = make_examples(seed, count, unseen, flatten, titles)
    np.savez_compressed(os.path.join(folder, name + ".npz"), labels=labels, shown=shown, location=location)
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump(texts, file)
    path = os.path.join(folder, name + ".pixels")
    with open(path, "wb") as file:
        file.truncate(count * SIZE * SIZE * 3)
    jobs = [(path, seed, start, shown[start:start + 250]) for start in range(0, count, 250)]
    with multiprocessing.Pool(workers) as pool:
        for end in pool.imap(_draw, jobs):
            if end % 2000 < 250:
                print(f"{name}: {end} of {count} scenes", flush=True)


def load(folder, name):
    data = np.load(os.path.join(folder, name + ".npz"))
    with open(os.path.join(folder, name + ".json")) as file:
        texts = json.load(file)
    pixels = np.memmap(os.path.join(folder, name + ".pixels"), dtype=np.uint8, mode="r").reshape(-1, SIZE, SIZE, 3)
    return data["labels"], data["location"], texts, pixels
