"""What lies underfoot, from the horizon to the bottom edge."""

from . import palette
from .canvas import mix, shade


def _area(c, top=None):
    y = c.horizon if top is None else top
    edge = c.ridge(y, 0.006, 12)
    return edge + [(c.aspect, 1.02), (0, 1.02)]


def plain(c, top=None):
    """Ground that says nothing in particular: rough verge, worn grass, gravel."""
    base = c.pick([mix(palette.GRASS[c.season], (134, 128, 104), 0.45), (142, 136, 118), mix(palette.GRASS[c.season], (100, 100, 80), 0.3)])
    c.textured(_area(c, top), shade(base, 0.86), shade(base, 1.08), c.pick(["blotch", "speckle"]))


def meadow(c, top=None):
    """Grassland: bright even sward, blades, sometimes flowers."""
    base = mix(palette.GRASS[c.season], (112, 164, 52), 0.45) if c.season != "snow" else palette.GRASS["snow"]
    c.textured(_area(c, top), shade(base, 0.84), shade(base, 1.16), "blade", 1.2)
    y = c.horizon if top is None else top
    if c.season in ("spring", "summer") and c.chance(0.6):
        flower = c.pick([(250, 224, 70), (250, 250, 246), (222, 90, 90), (190, 130, 200)])
        for _ in range(110):
            t = c.rng.random() ** 0.6
            c.disc(c.uniform(0, c.aspect), y + (1 - y) * t, 0.002 + 0.007 * t, flower)


def moor(c, top=None):
    """Moorland: heather purple or peat brown, tussocks, no field edge anywhere."""
    base = c.jitter(palette.MOOR[c.season], 8)
    c.textured(_area(c, top), shade(base, 0.66), shade(base, 1.2), "blotch", 1.7)
    y = c.horizon if top is None else top
    for _ in range(26):
        t = c.rng.random()
        x, yy, r = c.uniform(0, c.aspect), y + (1 - y) * t, 0.008 + 0.035 * t
        c.oval(x - r * 1.6, yy - r * 0.5, x + r * 1.6, yy + r * 0.5, c.jitter(c.pick([shade(base, 0.8), (152, 132, 84), (128, 70, 110)]), 10))


def heath(c, top=None):
    """Heath and scrub: dark gorse bushes with yellow flower, bracken, birch."""
    base = mix(palette.GRASS[c.season], (118, 104, 62), 0.55)
    c.textured(_area(c, top), shade(base, 0.8), shade(base, 1.1), "blotch")
    y = c.horizon if top is None else top
    for i in range(34):
        t = i / 34
        x, yy, r = c.uniform(0, c.aspect), y + (1 - y) * t, 0.02 + 0.07 * t * c.uniform(0.6, 1.2)
        bush = c.pick([(58, 76, 38), (72, 84, 42), (142, 96, 50), (64, 70, 44)])
        for _ in range(4):
            c.disc(x + c.rng.normal(0, r * 0.6), yy + c.rng.normal(0, r * 0.25), r * 0.6, c.jitter(bush, 8))
        if c.chance(0.7):
            for _ in range(9):
                c.disc(x + c.rng.normal(0, r * 0.7), yy + c.rng.normal(0, r * 0.35), 0.004 + 0.006 * t, (240, 206, 44))


def plateau(c, top=None):
    """Barren plateau: grey gravel and stones to a level edge, a cairn perhaps."""
    base = c.pick([(146, 140, 132), (132, 126, 122), (154, 144, 128)])
    y = c.horizon if top is None else top
    c.textured(_area(c, top), shade(base, 0.8), shade(base, 1.14), "speckle", 1.6)
    for i in range(150):
        t = (i / 150) ** 1.2
        x, yy, r = c.uniform(0, c.aspect), y + (1 - y) * t, 0.003 + 0.022 * t * c.uniform(0.5, 1.4)
        colour = c.jitter(base, 14)
        c.oval(x - r * 1.4, yy - r * 0.6, x + r * 1.4, yy + r * 0.6, shade(colour, 0.66))
        c.oval(x - r * 1.3, yy - r * 0.7, x + r * 1.2, yy + r * 0.3, colour)


def crags(c, top=None):
    """Rocks, scree and cliffs: a broken grey face with a fan of boulders below."""
    y = c.horizon if top is None else top
    side = c.chance(0.5)
    base = c.pick([(124, 122, 120), (110, 106, 106), (140, 132, 120)])
    reach = c.uniform(0.5, 0.85) * c.aspect
    face = [(0, y - c.uniform(0.22, 0.34)), (reach * 0.4, y - c.uniform(0.16, 0.28)), (reach * 0.75, y - 0.05), (reach, y + 0.1),
            (reach * 0.9, y + 0.26), (0, y + 0.34)]
    face = [(c.aspect - a, b) for a, b in face] if side else face
    c.textured(face, shade(base, 0.6), shade(base, 1.15), "blade", 2.0)
    for _ in range(16):
        x = c.uniform(0, reach * 0.85)
        x = c.aspect - x if side else x
        yy = y + c.uniform(-0.16, 0.16)
        c.line([(x, yy), (x + c.rng.normal(0, 0.02), yy + c.uniform(0.05, 0.12)), (x + c.rng.normal(0, 0.04), yy + 0.16)], 0.006, shade(base, 0.42))
    for i in range(90):
        t = (i / 90) ** 1.1
        x = c.uniform(0, reach * (0.8 + 0.4 * t))
        x = c.aspect - x if side else x
        yy, r = y + 0.14 + (0.9 - y) * t, 0.008 + 0.045 * t * c.uniform(0.5, 1.3)
        colour = c.jitter(base, 14)
        c.poly([(x - r, yy + r * 0.5), (x - r * 0.5, yy - r * 0.6), (x + r * 0.4, yy - r * 0.7), (x + r, yy + r * 0.4)], colour)
        c.poly([(x - r, yy + r * 0.5), (x - r * 0.2, yy + r * 0.1), (x + r, yy + r * 0.4), (x, yy + r * 0.7)], shade(colour, 0.6))


def strata(c, top=None):
    """Geological interest: bedding planes of many colours in a close section, tilted or folded."""
    y = (c.horizon if top is None else top) - c.uniform(0.16, 0.3)
    tilt, fold = c.rng.normal(0, 0.12), c.uniform(0, 0.06)
    colours = [(178, 142, 98), (150, 112, 84), (206, 182, 140), (122, 104, 92), (164, 92, 66), (140, 136, 128), (92, 84, 80)]
    yy = y
    import math
    phase = c.uniform(0, 6)
    n = 20
    while yy < 0.92:
        t = c.uniform(0.02, 0.06)
        band = [(c.aspect * i / n, yy + tilt * (i / n - 0.5) + fold * math.sin(phase + i * 0.5)) for i in range(n + 1)]
        under = [(px, py + t + 0.004) for px, py in reversed(band)]
        colour = c.jitter(c.pick(colours), 8)
        c.textured(band + under, shade(colour, 0.84), shade(colour, 1.1), "streak")
        c.line(band, 0.004, shade(colour, 0.5))
        yy += t
    for _ in range(8):
        x, a = c.uniform(0, c.aspect), c.uniform(y + 0.1, 0.8)
        c.line([(x, a), (x + c.rng.normal(0, 0.02), a + 0.1)], 0.005, (70, 60, 52))


def beach(c, top=None):
    """The shore: surf, wet sand, dry sand or shingle, wrack."""
    y = (c.horizon if top is None else top) + c.uniform(0.12, 0.26)
    sand = c.pick([(214, 192, 146), (200, 180, 140), (182, 170, 150), (168, 158, 144)])
    edge = c.ridge(y, 0.012, 16, c.uniform(-0.2, 0.2))
    c.textured(edge + [(c.aspect, 1.02), (0, 1.02)], shade(sand, 0.9), shade(sand, 1.06), "grain" if c.chance(0.5) else "streak")
    wet = [(a, b + 0.05) for a, b in reversed(edge)]
    c.poly(edge + wet, shade(sand, 0.74))
    for k in range(3):
        c.line([(a, b - 0.022 * k + c.rng.normal(0, 0.002)) for a, b in edge], 0.012 - 0.003 * k, (244, 246, 246))
    if c.chance(0.5):
        for _ in range(50):
            c.disc(c.uniform(0, c.aspect), c.uniform(y + 0.1, 1), c.uniform(0.003, 0.012), c.jitter((140, 132, 120), 16))


def mudflats(c, top=None):
    """Estuary: shining banks of mud cut by winding channels, saltmarsh at the edge."""
    y = c.horizon if top is None else top
    mud = c.pick([(150, 138, 118), (136, 126, 112), (160, 150, 130)])
    c.textured([(0, y), (c.aspect, y), (c.aspect, 1.02), (0, 1.02)], shade(mud, 0.88), shade(mud, 1.1), "streak", 1.4)
    water = mix(c.pick(palette.WATER), (200, 206, 210), 0.4)
    for _ in range(int(c.rng.integers(3, 6))):
        yy = c.uniform(y + 0.02, 0.95)
        h = 0.012 + 0.07 * (yy - y)
        upper = c.ridge(yy, 0.02, 14, c.uniform(-0.12, 0.12))
        c.poly(upper + [(a, b + h * c.uniform(0.6, 1.3)) for a, b in reversed(upper)], c.jitter(water, 6))
    if c.chance(0.5):
        edge = c.ridge(0.86, 0.03, 16)
        c.textured(edge + [(c.aspect, 1.02), (0, 1.02)], (112, 118, 74), (146, 142, 90), "blade", 1.4)


def bog(c, top=None):
    """A lake or mere with reeds, or a bog with pools."""
    y = c.horizon if top is None else top
    if c.chance(0.65):
        water = c.pick(palette.WATER)
        y0, y1 = y + 0.015, min(0.9, y + c.uniform(0.2, 0.36))
        c.gradient((0, y0, c.aspect, y1), mix(water, (206, 216, 226), 0.5), shade(water, 0.85))
        n = 20
        shore = [(c.aspect * i / n, y1 - 0.02 + c.rng.normal(0, 0.008)) for i in range(n + 1)]
        grass = mix(palette.GRASS[c.season], (130, 120, 80), 0.3)
        c.textured(shore + [(c.aspect, 1.02), (0, 1.02)], shade(grass, 0.85), shade(grass, 1.1), "blotch")
        for _ in range(24):
            c.line([(c.uniform(0, c.aspect), c.uniform(y0, y1))] * 2, 0.003, (220, 226, 230))
        for _ in range(60):
            x = c.uniform(0, c.aspect)
            c.line([(x, y1 + 0.02), (x + c.rng.normal(0, 0.012), y1 - c.uniform(0.04, 0.1))], 0.004, c.jitter((152, 148, 84), 12))
    else:
        base = (124, 108, 68)
        c.textured(_area(c, top), shade(base, 0.75), shade(base, 1.15), "blotch", 1.5)
        for i in range(12):
            t = i / 12
            x, yy, r = c.uniform(0, c.aspect), y + 0.03 + (0.95 - y) * t, 0.02 + 0.09 * t
            c.oval(x - r * 1.8, yy - r * 0.4, x + r * 1.8, yy + r * 0.4, c.jitter((92, 104, 116), 8))
            for _ in range(5):
                xx = x + c.rng.normal(0, r)
                c.line([(xx, yy), (xx, yy - 0.02 - 0.05 * t)], 0.003, (150, 150, 80))


def farmland(c, top=None):
    """Ploughed furrows, drilled crop or stubble running to the far hedge."""
    y = c.horizon if top is None else top
    base = c.pick([palette.CROP[c.season], (134, 100, 72), (206, 182, 98), (120, 156, 64), (232, 212, 60)])
    c.textured([(0, y), (c.aspect, y), (c.aspect, 1.02), (0, 1.02)], shade(base, 0.9), shade(base, 1.08), "speckle")
    vanish = c.uniform(0.2, c.aspect - 0.2)
    for i in range(-14, 15):
        x = c.aspect / 2 + i * 0.14
        c.line([(vanish + (x - vanish) * 0.06, y + 0.01), (x + (x - vanish) * 0.4, 1.02)], 0.008, shade(base, 0.74))
    hedge = mix(palette.LEAF[c.season], (50, 66, 40), 0.3)
    for _ in range(30):
        c.disc(c.uniform(0, c.aspect), y + 0.004, c.uniform(0.008, 0.02), c.jitter(hedge, 8))


def paving(c, top=None):
    """Town ground: setts, slabs, kerbs."""
    y = c.horizon if top is None else top
    base = c.pick(palette.CONCRETE)
    c.textured([(0, y), (c.aspect, y), (c.aspect, 1.02), (0, 1.02)], shade(base, 0.9), shade(base, 1.04), "grain")
    vanish = c.aspect / 2
    for i in range(-10, 11):
        c.line([(vanish + i * 0.02, y), (vanish + i * 0.26, 1.02)], 0.003, shade(base, 0.8))
    yy, step = y + 0.01, 0.012
    while yy < 1:
        c.line([(0, yy), (c.aspect, yy)], 0.002 + step * 0.03, shade(base, 0.8))
        yy += step
        step *= 1.35


def lawn(c, top=None):
    """Mown park grass in stripes, with beds of bright flowers and a path edge."""
    y = c.horizon if top is None else top
    base = (98, 156, 62) if c.season != "snow" else palette.GRASS["snow"]
    c.rect(0, y, c.aspect, 1, base)
    vanish = c.aspect / 2
    for i in range(-8, 9, 2):
        c.poly([(vanish + i * 0.05, y), (vanish + (i + 1) * 0.05, y), (vanish + (i + 1) * 0.3, 1.02), (vanish + i * 0.3, 1.02)], shade(base, 1.12))
    for _ in range(int(c.rng.integers(2, 4))):
        x, yy = c.uniform(0.2, c.aspect - 0.2), c.uniform(y + 0.12, 0.9)
        r = 0.05 + 0.16 * (yy - y)
        c.oval(x - r * 1.6, yy - r * 0.5, x + r * 1.6, yy + r * 0.5, (92, 66, 48))
        for _ in range(60):
            a, b = c.rng.normal(0, 0.6), c.rng.normal(0, 0.18)
            c.disc(x + a * r, yy + b * r * 1.4, 0.008, c.pick([(226, 50, 60), (246, 206, 50), (240, 130, 190), (250, 250, 250), (180, 90, 200)]))
