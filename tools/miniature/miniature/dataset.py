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
SHOWN = 0.88
STRAY = 0.03
SIZE = 224
# How far the rates of tags are evened out for training, so that it sees the rare ones (see world/tags.draw).
FLATTEN = 0.35
# Each kind of choice has a random source of its own, so that a new word in the lexicon moves no place and no scene.
TAGS, PLACES, SCENES, TITLES = range(4)


def make_examples(seed, count, side, flatten, titles=1):
    """Tag sets, what their scenes show, and places with titles (several a set for training); no scene is drawn yet."""
    sets, places, scenes, words = (np.random.default_rng([seed, kind]) for kind in (TAGS, PLACES, SCENES, TITLES))
    world, writer = geography.Map(), TitleWriter(side)
    labels = np.zeros((count, tags.COUNT), dtype=np.uint8)
    shown = np.zeros((count, tags.COUNT), dtype=np.uint8)
    location = np.zeros((count, titles, 2), dtype=np.float32)
    texts = []
    for i in range(count):
        rows = tags.draw(sets, flatten)
        labels[i, list(rows)] = 1
        visible = [r for r in rows if scenes.random() < SHOWN] or [rows[int(scenes.integers(len(rows)))]]
        if scenes.random() < STRAY:
            visible.append(int(scenes.integers(tags.COUNT)))
        shown[i, visible] = 1
        texts.append([])
        for j in range(titles):
            cell, lat, lon = world.draw(places, rows)
            location[i, j] = world.features(cell, lat, lon)
            texts[i].append(writer.write(words, list(rows), world.nation(cell))[0])
    return labels, shown, location, texts


def _draw(job):
    path, seed, start, shown = job
    total = os.path.getsize(path) // (SIZE * SIZE * 3)
    pixels = np.memmap(path, dtype=np.uint8, mode="r+", shape=(total, SIZE, SIZE, 3))
    for i, row in enumerate(shown):
        pixels[start + i] = crop([int(r) for r in np.flatnonzero(row)], [seed, start + i])
    return start + len(shown)


def write_examples(folder, name, seed, count, side, flatten, titles):
    """Writes name.npz (tags, tags shown, a place for each title) and name.json (titles) into a folder."""
    os.makedirs(folder, exist_ok=True)
    labels, shown, location, texts = make_examples(seed, count, side, flatten, titles)
    np.savez_compressed(os.path.join(folder, name + ".npz"), labels=labels, shown=shown, location=location)
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump(texts, file)


def draw_scenes(folder, name, seed, workers):
    """Draws the scenes of written examples: name.pixels, uint8 [count, 224, 224, 3]."""
    shown = np.load(os.path.join(folder, name + ".npz"))["shown"]
    path = os.path.join(folder, name + ".pixels")
    with open(path, "wb") as file:
        file.truncate(len(shown) * SIZE * SIZE * 3)
    jobs = [(path, seed, start, shown[start:start + 250]) for start in range(0, len(shown), 250)]
    with multiprocessing.Pool(workers) as pool:
        for end in pool.imap(_draw, jobs):
            if end % 2000 < 250:
                print(f"{name}: {end} of {len(shown)} scenes", flush=True)


def load(folder, name):
    """(labels, shown, location, titles, pixels) of a written set; pixels is None where no scene was drawn."""
    data = np.load(os.path.join(folder, name + ".npz"))
    with open(os.path.join(folder, name + ".json")) as file:
        texts = json.load(file)
    path = os.path.join(folder, name + ".pixels")
    pixels = np.memmap(path, dtype=np.uint8, mode="r").reshape(-1, SIZE, SIZE, 3) if os.path.exists(path) else None
    return data["labels"], data["shown"], data["location"], texts, pixels
