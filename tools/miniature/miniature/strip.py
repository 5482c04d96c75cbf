"""The small drawings that the page offers to try: one scene each, as WebP."""

import os

from .scenes.composition import photograph

HEIGHT = 300
QUALITY = 45

# Name of the file, rows of the heads that the scene shows, seed.
SCENES = [
    ("church", [15, 33], 132),
    ("harbour", [42, 1], 132),
    ("railway", [28], 129),
    ("village", [12, 24], 154),
]


def write(folder):
    os.makedirs(folder, exist_ok=True)
    for name, rows, seed in SCENES:
        image, _ = photograph(rows, seed, height=HEIGHT, aspect=4 / 3)
        image.save(os.path.join(folder, f"{name}.webp"), "WEBP", quality=QUALITY, method=6)
