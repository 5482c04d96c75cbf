"""Trees, beasts, flowers and people, and the graves of the last."""

import math

from . import palette
from .canvas import mix, shade


def tree(c, x, y, s):
    colour = c.jitter(palette.LEAF[c.season], 12)
    c.line([(x, y), (x, y - s * 0.5)], s * 0.08, (82, 66, 52))
    if c.season in ("winter", "snow"):
        for k in range(9):
            a = -math.pi / 2 + (k - 4) * 0.28
            c.line([(x, y - s * 0.35), (x + math.cos(a) * s * 0.42, y - s * 0.4 + math.sin(a) * s * 0.55)], 0.006, (92, 78, 66))
        return
    for _ in range(9):
        a, b, r = x + c.rng.normal(0, s * 0.2), y - s * 0.65 + c.rng.normal(0, s * 0.14), s * c.uniform(0.14, 0.24)
        c.disc(a, b, r, c.jitter(shade(colour, c.uniform(0.8, 1.2)), 6))


def conifer(c, x, y, s):
    colour = c.jitter(palette.CONIFER[c.season], 8)
    for k in range(4):
        w, b = s * (0.26 - 0.055 * k), y - s * (0.1 + 0.22 * k)
        c.poly([(x - w, b), (x, b - s * 0.36), (x + w, b)], shade(colour, 0.85 + 0.1 * k))


def wood(c, x, y, s):
    """Woodland: trunks near at hand under a canopy, or a dense edge of trees or conifers."""
    kind = c.rng.random()
    if kind < 0.45:
        leaf = palette.LEAF[c.season]
        floor = mix((112, 84, 56), palette.GRASS[c.season], 0.35)
        if c.season == "spring" and c.chance(0.4):
            floor = (104, 92, 178)
        c.textured([(0, 0), (c.aspect, 0), (c.aspect, c.horizon + 0.2), (0, c.horizon + 0.2)], shade(leaf, 0.55), mix(leaf, (220, 232, 180), 0.35), "speckle", 1.8)
        c.textured([(0, c.horizon + 0.12), (c.aspect, c.horizon + 0.12), (c.aspect, 1.02), (0, 1.02)], shade(floor, 0.8), shade(floor, 1.15), "speckle", 1.4)
        for k in range(15):
            t = k / 15
            a, w = c.uniform(0, c.aspect), 0.008 + 0.04 * t * c.uniform(0.7, 1.3)
            foot = c.horizon + 0.12 + 0.4 * t
            bark = c.jitter(c.pick([(86, 72, 58), (68, 58, 50), (108, 98, 86)]), 8)
            lean = c.rng.normal(0, 0.02)
            c.poly([(a - w * 1.2, foot), (a - w * 0.7 + lean, -0.02), (a + w * 0.7 + lean, -0.02), (a + w * 1.2, foot)], bark)
            c.poly([(a + w * 0.3, foot), (a + w * 0.2 + lean, -0.02), (a + w * 0.7 + lean, -0.02), (a + w * 1.2, foot)], shade(bark, 0.7))
        for _ in range(30):
            c.disc(c.uniform(0, c.aspect), c.uniform(-0.02, 0.16), c.uniform(0.02, 0.06), c.jitter(shade(leaf, 0.9), 14))
    else:
        grown = conifer if c.chance(0.45) else tree
        for k in range(26):
            a = c.aspect * ((k * 0.618) % 1) + c.rng.normal(0, 0.02)
            grown(c, a, y + 0.05 * (k / 26) + 0.01, s * (0.5 + 0.5 * k / 26))


def shrubs(c, count=3):
    """Neutral filling: a tree or two that says nothing."""
    for _ in range(count):
        y = c.horizon + c.uniform(0.0, 0.06)
        (tree if c.chance(0.8) else conifer)(c, c.uniform(0, c.aspect), y, c.uniform(0.06, 0.16))


def sheep(c, x, y, s):
    body = c.jitter((232, 228, 214), 8)
    c.oval(x - s * 0.5, y - s * 0.7, x + s * 0.4, y - s * 0.12, body)
    c.disc(x + s * 0.46, y - s * 0.52, s * 0.15, c.pick([(30, 28, 28), (226, 220, 206)]))
    for k in (-0.3, -0.1, 0.15, 0.3):
        c.line([(x + k * s, y), (x + k * s, y - s * 0.2)], s * 0.06, (50, 46, 44))


def cow(c, x, y, s):
    body = c.pick([(30, 28, 28), (120, 66, 40), (236, 232, 226), (96, 60, 44)])
    c.rect(x - s * 0.55, y - s * 0.75, x + s * 0.4, y - s * 0.28, body)
    c.oval(x - s * 0.4, y - s * 0.74, x - s * 0.05, y - s * 0.42, (240, 238, 232))
    c.rect(x + s * 0.36, y - s * 0.85, x + s * 0.66, y - s * 0.55, body)
    for k in (-0.48, -0.34, 0.2, 0.34):
        c.line([(x + k * s, y), (x + k * s, y - s * 0.32)], s * 0.09, body)


def tractor(c, x, y, s):
    colour = c.pick([(190, 30, 34), (30, 110, 50), (30, 80, 170)])
    c.rect(x - s * 0.1, y - s * 0.62, x + s * 0.5, y - s * 0.3, colour)
    c.rect(x - s * 0.45, y - s * 1.0, x - s * 0.05, y - s * 0.4, colour)
    c.rect(x - s * 0.4, y - s * 0.94, x - s * 0.1, y - s * 0.62, (150, 176, 190))
    c.disc(x - s * 0.3, y - s * 0.28, s * 0.3, (26, 26, 28))
    c.disc(x - s * 0.3, y - s * 0.28, s * 0.13, (220, 200, 60))
    c.disc(x + s * 0.4, y - s * 0.17, s * 0.17, (26, 26, 28))


def bales(c, x, y, s):
    straw = (214, 186, 108)
    for k in range(5):
        a, b, r = x + (k - 2) * s * 0.62, y + c.uniform(-0.03, 0.05), s * 0.24
        c.rect(a - r, b - 2 * r, a + r * 0.9, b, straw)
        c.oval(a + r * 0.4, b - 2 * r, a + r * 1.4, b, shade(straw, 0.82))
        c.oval(a + r * 0.65, b - 1.5 * r, a + r * 1.15, b - 0.5 * r, shade(straw, 0.7))


def farmyard(c, x, y, s):
    """Farm: one of barn, flock, herd, tractor, bales, or polytunnels."""
    from .buildings import barn
    kind = c.rng.random()
    if kind < 0.3:
        barn(c, x, y, s)
        if c.chance(0.4):
            tractor(c, x + 0.3, y + 0.08, s * 0.5)
    elif kind < 0.52:
        for k in range(11):
            sheep(c, x + c.uniform(-0.5, 0.5), y - 0.02 + 0.03 * k * 0.8, 0.055 + 0.008 * k)
    elif kind < 0.72:
        for k in range(7):
            cow(c, x + c.uniform(-0.5, 0.5), y + 0.035 * k, 0.09 + 0.014 * k)
    elif kind < 0.84:
        tractor(c, x, y + 0.06, s * 0.9)
    elif kind < 0.94:
        bales(c, x, y + 0.06, s * 0.8)
    else:
        for k in range(4):
            a = x + (k - 2) * 0.26
            c.oval(a, y - 0.12, a + 0.24, y + 0.12, (226, 232, 236))
            c.rect(a, y, a + 0.24, y + 0.13, palette.GRASS[c.season])


def figure(c, x, y, s, colour=None):
    colour = colour or c.pick([(200, 40, 50), (30, 70, 160), (250, 200, 40), (40, 130, 80), (120, 60, 140), (240, 120, 40), (30, 30, 34), (240, 240, 240)])
    for k in (-0.07, 0.07):
        c.line([(x + k * s, y), (x + k * s * 0.6, y - s * 0.45)], s * 0.1, c.pick([(40, 44, 60), (60, 54, 48), (90, 96, 110)]))
    c.rect(x - s * 0.13, y - s * 0.8, x + s * 0.13, y - s * 0.42, colour)
    c.disc(x, y - s * 0.9, s * 0.1, c.pick([(228, 184, 156), (206, 160, 130), (120, 84, 64)]))


def crowd(c, x, y, s):
    """People, events: a crowd, bunting, tents, a band or a war memorial parade."""
    if c.chance(0.6):
        for row in (0, 1):
            for k in range(14):
                a = k * c.aspect / 13
                b = y - s * 0.9 + 0.05 * row + 0.03 * abs((k % 6) - 3) / 3
                c.poly([(a, b), (a + 0.05, b), (a + 0.025, b + 0.05)], c.pick([(220, 30, 40), (30, 80, 200), (250, 210, 40), (40, 150, 80), (250, 250, 250)]))
    if c.chance(0.55):
        for k in range(3):
            a, w = x + (k - 1) * 0.4, 0.15
            stripe = c.pick([(220, 40, 50), (40, 90, 180), (50, 140, 90)])
            c.poly([(a - w, y - s * 0.35), (a, y - s * 0.72), (a + w, y - s * 0.35)], stripe)
            c.poly([(a - w * 0.3, y - s * 0.35), (a, y - s * 0.72), (a + w * 0.3, y - s * 0.35)], (250, 250, 250))
            c.rect(a - w, y - s * 0.35, a + w, y, (250, 250, 250))
    for k in range(30):
        t = k / 30
        figure(c, x + c.uniform(-0.58, 0.58), y + 0.02 + 0.26 * t, 0.12 + 0.13 * t)


def graves(c, x, y, s):
    """Burial ground: rows of headstones and crosses, a yew."""
    if c.chance(0.5):
        a = x + c.pick((-0.4, 0.4))
        c.poly([(a - 0.14, y + 0.04), (a - 0.1, y - 0.2), (a, y - 0.3), (a + 0.1, y - 0.2), (a + 0.14, y + 0.04)], (34, 56, 38))
    white = c.chance(0.25)
    for row in range(4):
        h = 0.06 + 0.04 * row
        b = y + 0.03 + 0.085 * row
        a = x - 0.62 + c.uniform(0, 0.05)
        while a < x + 0.62:
            stone = (240, 240, 236) if white else c.jitter(c.pick([(150, 148, 142), (120, 118, 116), (176, 170, 158), (70, 70, 74)]), 10)
            w = h * 0.34
            kind = 0 if white else c.rng.random()
            if kind < 0.7:
                c.rect(a - w, b - h, a + w, b, stone)
                c.oval(a - w, b - h - w, a + w, b - h + w, stone)
                c.rect(a + w * 0.55, b - h, a + w, b, shade(stone, 0.75))
                for j in range(3):
                    c.line([(a - w * 0.6, b - h * (0.8 - 0.18 * j)), (a + w * 0.4, b - h * (0.8 - 0.18 * j))], 0.003, shade(stone, 0.6))
            else:
                c.rect(a - w * 0.3, b - h * 1.5, a + w * 0.3, b, stone)
                c.rect(a - w * 0.95, b - h * 1.2, a + w * 0.95, b - h * 1.0, stone)
            a += h * c.uniform(1.0, 1.5)


def wildlife(c, x, y, s):
    """Wild animals, plants, mushrooms: one creature close to, everything behind out of focus."""
    back = c.pick([mix(palette.GRASS[c.season], (60, 96, 44), 0.5), (86, 112, 62), (112, 96, 70), (140, 156, 120)])
    c.textured([(0, 0), (c.aspect, 0), (c.aspect, 1.02), (0, 1.02)], shade(back, 0.7), shade(back, 1.3), "patch", 1.5)
    c.soften(0.012)
    x, y = c.aspect / 2 + c.rng.normal(0, 0.12), 0.52 + c.rng.normal(0, 0.06)
    kind = c.rng.random()
    if kind < 0.4:
        petal = c.pick([(250, 216, 50), (236, 110, 170), (250, 250, 250), (150, 90, 200), (230, 60, 50), (110, 130, 230)])
        for k in range(int(c.rng.integers(1, 5))):
            a, b, r = x + c.rng.normal(0, 0.22), y + c.rng.normal(0, 0.15), c.uniform(0.09, 0.19)
            c.line([(a, b), (a + c.rng.normal(0, 0.06), 1.02)], 0.02, (70, 120, 50))
            n = int(c.rng.integers(5, 10))
            for j in range(n):
                t = j * 2 * math.pi / n
                c.disc(a + math.cos(t) * r * 0.6, b + math.sin(t) * r * 0.5, r * 0.42, shade(petal, 0.88 + 0.24 * (j % 2)))
            c.disc(a, b, r * 0.3, c.pick([(246, 190, 30), (90, 60, 30), (250, 240, 140)]))
    elif kind < 0.58:
        cap = c.pick([(200, 40, 36), (176, 126, 76), (226, 206, 170), (214, 140, 60)])
        for k in range(int(c.rng.integers(2, 5))):
            a, b, r = x + c.rng.normal(0, 0.24), y + 0.16 + c.rng.normal(0, 0.08), c.uniform(0.09, 0.17)
            c.rect(a - r * 0.24, b, a + r * 0.24, b + r * 1.7, (232, 222, 200))
            c.oval(a - r, b - r * 0.8, a + r, b + r * 0.4, cap)
            c.rect(a - r, b + r * 0.1, a + r, b + r * 0.22, shade(cap, 0.7))
            if cap[0] == 200:
                for _ in range(8):
                    c.disc(a + c.rng.normal(0, r * 0.4), b - r * 0.25 + c.rng.normal(0, r * 0.18), r * 0.08, (250, 246, 236))
    elif kind < 0.8:
        d = c.pick((-1, 1))
        body = c.pick([(250, 250, 250), (60, 62, 70), (150, 110, 80), (96, 130, 180), (34, 36, 40)])
        c.oval(x - 0.24, y - 0.14, x + 0.24, y + 0.15, body)
        c.disc(x + d * 0.24, y - 0.16, 0.1, shade(body, 0.9))
        c.poly([(x + d * 0.32, y - 0.18), (x + d * 0.46, y - 0.14), (x + d * 0.32, y - 0.12)], (250, 170, 40))
        c.disc(x + d * 0.27, y - 0.18, 0.016, (10, 10, 10))
        c.poly([(x - d * 0.2, y), (x - d * 0.5, y + 0.05), (x - d * 0.18, y + 0.12)], shade(body, 0.7))
        c.oval(x - 0.16, y - 0.06, x + 0.12, y + 0.1, shade(body, 0.75))
        for k in (-0.05, 0.06):
            c.line([(x + k, y + 0.14), (x + k, y + 0.32)], 0.012, (220, 140, 50))
        c.line([(x - 0.6, y + 0.33), (x + 0.6, y + 0.31)], 0.03, (96, 76, 56))
    else:
        wing = c.pick([(240, 130, 30), (60, 120, 210), (250, 246, 230), (200, 50, 40), (246, 220, 80)])
        for side in (-1, 1):
            c.poly([(x, y), (x + side * 0.12, y - 0.26), (x + side * 0.36, y - 0.24), (x + side * 0.3, y - 0.02)], wing)
            c.poly([(x, y), (x + side * 0.28, y + 0.02), (x + side * 0.24, y + 0.2), (x + side * 0.08, y + 0.22)], shade(wing, 0.85))
            c.disc(x + side * 0.24, y - 0.16, 0.035, (30, 26, 30))
            c.disc(x + side * 0.18, y + 0.1, 0.025, (240, 236, 210))
            c.line([(x, y - 0.16), (x + side * 0.08, y - 0.32)], 0.007, (30, 26, 26))
        c.oval(x - 0.024, y - 0.18, x + 0.024, y + 0.2, (40, 34, 30))
