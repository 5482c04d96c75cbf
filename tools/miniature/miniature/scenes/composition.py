"""From tags to a picture: which layers and elements a set of tags calls for, and the camera that takes it."""

import io

import numpy as np
from PIL import Image, ImageFilter

from . import backdrops, buildings, grounds, living, palette, ribbons, structures
from .canvas import Canvas

# Rows of the heads (see world/tags.py) by what draws them.
BACKDROPS = {5: backdrops.mountains, 2: backdrops.rolling_fields, 44: backdrops.flat_land}
GROUNDS = {46: grounds.moor, 40: grounds.heath, 10: grounds.meadow, 48: grounds.plateau, 47: grounds.crags, 3: grounds.strata,
           45: grounds.mudflats, 19: grounds.bog, 17: grounds.lawn}
RIBBONS = {11: ribbons.river, 41: ribbons.canal, 24: ribbons.road, 28: ribbons.railway, 6: ribbons.path, 7: ribbons.wall, 42: ribbons.quay}
OBJECTS = {0: structures.pylons, 4: buildings.castle, 9: living.farmyard, 12: buildings.cottages, 13: buildings.house, 14: buildings.town_hall,
           15: buildings.church, 16: structures.quarry, 18: buildings.shops, 20: buildings.estate, 21: buildings.school, 25: structures.aircraft,
           26: buildings.mansion, 27: buildings.offices, 29: buildings.ruin, 30: buildings.hospital, 31: structures.building_site, 32: living.crowd,
           33: living.graves, 34: living.wood, 35: buildings.factory, 36: structures.mast, 37: structures.dam, 39: structures.rubbish,
           43: structures.pillbox, 8: structures.pitch, 22: living.wildlife}
# These fill the picture, so the others are drawn over them.
FILLING = (22, 8, 34, 27, 20, 25, 21)
# Where a lone subject is large; beside others it shrinks.
SIZES = {22: 0.5, 13: 0.36, 12: 0.4, 15: 0.38, 33: 0.4, 36: 0.36, 20: 0.34, 34: 0.36}


def compose(canvas, rows):
    """Draws a scene that shows the given tags."""
    c, rng = canvas, canvas.rng
    shown = set(rows)
    c.season = str(rng.choice(palette.SEASONS, p=palette.SEASON_RATES))
    c.horizon = c.uniform(0.34, 0.5)
    if 38 in shown:
        c.horizon = c.uniform(0.56, 0.72)
    elif 44 in shown:
        c.horizon = c.uniform(0.46, 0.6)
    elif shown & {13, 20, 27, 18}:
        c.horizon = c.uniform(0.42, 0.54)
    backdrops.sky(c, 38 in shown)
    backing = [r for r in shown if r in BACKDROPS]
    coast = shown & {1, 23}
    if 5 in shown:
        backdrops.mountains(c)
    elif coast:
        backdrops.sea(c)
        if 23 in shown:
            backdrops.island(c)
    elif 27 not in shown and c.chance(0.7):
        backdrops.hills(c, c.uniform(0.01, 0.04))
    if 5 in shown and coast:
        c.rect(0, c.horizon, c.aspect, 1, c.pick(palette.SEA))
        if 23 in shown:
            backdrops.island(c)

    # The ground: one kind to the bottom edge, a second in the far half.
    kinds = [r for r in shown if r in GROUNDS]
    rng.shuffle(kinds)
    tops = [c.horizon + 0.02, c.uniform(0.66, 0.76), 0.84]
    if coast:
        shift = 0.16
        if not kinds and 42 not in shown and not shown & {11, 41}:
            grounds.beach(c)
        elif 1 in shown and 47 not in shown:
            grounds.beach(c)
        tops = [c.horizon + shift, 0.8, 0.9]
        if set(kinds) & {47, 3}:
            tops[0] = c.horizon + 0.06
        if not kinds and 1 not in shown:
            grounds.plain(c, c.uniform(0.8, 0.92))
    elif 2 in shown or 44 in shown:
        grounds.plain(c)
        (backdrops.flat_land if 44 in shown else backdrops.rolling_fields)(c)
        if 2 in shown and 44 in shown:
            backdrops.rolling_fields(c)
        if not kinds and 2 in shown:
            grounds.plain(c, min(0.96, c.horizon + 0.33))
        tops = [min(0.9, c.horizon + 0.26), 0.82, 0.9]
    elif 27 in shown or shown & {18, 14} and c.chance(0.5):
        grounds.paving(c)
    elif 9 in shown and c.chance(0.6):
        grounds.farmland(c)
    elif not kinds:
        grounds.plain(c)
    if kinds and not coast and not backing and len(kinds) == 1:
        tops[0] = c.horizon
    for kind, top in zip(kinds, tops):
        GROUNDS[kind](c, top)
    if 5 in shown and not kinds and not coast:
        grounds.plain(c)
    if c.chance(0.55) and not shown & {22, 34, 27}:
        living.shrubs(c, int(rng.integers(1, 4)))

    things = [r for r in shown if r in OBJECTS]
    things.sort(key=lambda r: (r not in FILLING, rng.random()))
    ribbon_rows = [r for r in shown if r in RIBBONS and r != 7]
    rng.shuffle(ribbon_rows)
    middle = c.aspect / 2
    filling = [r for r in things if r in FILLING]
    for r in filling:
        OBJECTS[r](c, middle + rng.normal(0, 0.06), c.horizon + 0.08, SIZES.get(r, 0.34))
    lanes = [middle + d for d in ((0.0,) if len(ribbon_rows) < 2 else (-0.26, 0.28, 0.0))]
    for r, lane in zip(ribbon_rows, lanes):
        RIBBONS[r](c, lane + rng.normal(0, 0.1))
    standing = [r for r in things if r not in FILLING]
    busy = len(standing) + len(ribbon_rows)
    spread = {1: [0.0], 2: [-0.27, 0.27], 3: [-0.34, 0.0, 0.34]}.get(len(standing), [-0.4, -0.13, 0.13, 0.4, 0.0, 0.0])
    rng.shuffle(spread)
    for r, dx in zip(standing, spread):
        size = SIZES.get(r, 0.34) * (1.15 if busy < 2 else 0.9 if busy == 2 else 0.75) * c.uniform(0.85, 1.15)
        aside = 0.0 if not ribbon_rows or len(standing) > 1 else c.pick((-0.3, 0.3))
        OBJECTS[r](c, middle + dx + aside + rng.normal(0, 0.05), c.horizon + c.uniform(0.06, 0.16), size)
    if 7 in shown:
        ribbons.wall(c, middle)


def expose(image, rng):
    """Light, haze, lens and sensor: what lies between the scene and the file."""
    pixels = np.asarray(image, dtype=np.float32)
    warmth = rng.normal(0, 0.05)
    gain = np.array([1 + warmth, 1 + rng.normal(0, 0.015), 1 - warmth], dtype=np.float32) * np.float32(np.exp(rng.normal(-0.03, 0.14)))
    haze = np.float32(max(0, rng.normal(0.02, 0.07)))
    contrast = np.float32(rng.uniform(0.78, 1.12))
    pixels = ((pixels - 128) * contrast + 128) * gain * (1 - haze) + haze * np.float32(212)
    if rng.random() < 0.04:
        pixels = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    sigma = abs(rng.normal(0, 5))
    if sigma > 1:
        coarse = rng.standard_normal((pixels.shape[0], pixels.shape[1], 1), dtype=np.float32)
        pixels = pixels + coarse * np.float32(sigma)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    blur = rng.random()
    if blur < 0.35:
        image = image.filter(ImageFilter.GaussianBlur(image.height * (0.0008 + 0.0035 * blur)))
    return image


def photograph(rows, seed, height=336, aspect=None):
    """A finished photo, before its file: RGB, of the given height."""
    rng = np.random.default_rng(seed)
    aspect = aspect or float(rng.choice([4 / 3, 4 / 3, 4 / 3, 3 / 2, 16 / 9, 3 / 4, 1.0], p=[0.3, 0.2, 0.1, 0.22, 0.06, 0.07, 0.05]))
    canvas = Canvas(rng, height if aspect >= 1 else int(height / aspect), max(aspect, 1.0))
    compose(canvas, rows)
    image = canvas.image
    if aspect < 1:
        # A portrait photo is the middle of a wider scene.
        width = int(image.height * aspect)
        left = (image.width - width) // 2
        image = image.crop((left, 0, left + width, image.height))
    if rng.random() < 0.5:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    return expose(image, rng), rng


def jpeg(image, quality):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(quality))
    return buffer.getvalue()


def clip_crop(image, size=224):
    """CLIP's preprocessing up to the bytes: shorter side to `size` by bicubic, centre crop."""
    w, h = image.size
    short, long = min(w, h), max(w, h)
    target = int(size * long / short)
    image = image.resize((size, target) if w <= h else (target, size), Image.BICUBIC)
    left, top = round((image.width - size) / 2.0), round((image.height - size) / 2.0)
    return image.crop((left, top, left + size, top + size))


def crop(rows, seed, height=None):
    """What the encoder sees of a photo of these tags: the file decoded and preprocessed, uint8 [224, 224, 3]."""
    picker = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    height = height or int(picker.choice([240, 300, 480], p=[0.5, 0.36, 0.14]))
    image, rng = photograph(rows, seed, height)
    data = jpeg(image, rng.integers(45, 94))
    return np.asarray(clip_crop(Image.open(io.BytesIO(data)).convert("RGB")))
