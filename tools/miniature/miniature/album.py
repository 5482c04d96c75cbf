"""An album: drawn photos as a camera would leave them, with a place in their EXIF, and a CSV of titles. For trying the page."""

import csv
import os

import numpy as np

from .sample import gps
from .scenes.composition import photograph
from .titles.generator import TEST, TitleWriter
from .world import geography, tags

FIRST = 4210007
HEIGHT = 480


def write(folder, count, seed):
    os.makedirs(folder, exist_ok=True)
    rng, world, writer = np.random.default_rng(seed), geography.Map(), TitleWriter(TEST)
    with open(os.path.join(folder, "titles.csv"), "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["image", "title"])
        for i in range(count):
            rows = [int(r) for r in tags.draw(rng, 0.35)]
            cell, lat, lon = world.draw(rng, rows)
            title = writer.write(rng, rows, world.nation(cell))[0]
            image, _ = photograph(rows, [seed, i], height=HEIGHT, aspect=float(rng.choice([4 / 3, 3 / 2])))
            name = f"{FIRST + 37 * i}_{int(rng.integers(2**32)):08x}.jpg"
            image.save(os.path.join(folder, name), "JPEG", quality=84, exif=gps(float(lat), float(lon)))
            table.writerow([name, title])
