"""Works and machines: each stands on (x, y) and is `s` tall, more or less."""

import math

from . import palette
from .canvas import shade


def pylons(c, x, y, s):
    """Energy: a line of lattice pylons with wires, wind turbines, cooling towers or solar panels."""
    kind = c.rng.random()
    if kind < 0.42:
        steel = c.pick([(96, 102, 108), (130, 136, 142), (70, 76, 82)])
        tops = []
        for k in range(3):
            h = s * (1.6 - 0.5 * k)
            a, b = x + (k - 0.6) * 0.3, y - 0.03 * k
            w = h * 0.14
            for side in (-1, 1):
                c.line([(a + side * w, b), (a, b - h)], 0.009, steel)
            for j in range(6):
                t0, t1 = j / 6, (j + 1) / 6
                c.line([(a - w * (1 - t0), b - h * t0), (a + w * (1 - t1), b - h * t1)], 0.004, steel)
                c.line([(a + w * (1 - t0), b - h * t0), (a - w * (1 - t1), b - h * t1)], 0.004, steel)
            for j, arm in ((0.62, 1.5), (0.76, 1.8), (0.9, 1.2)):
                c.line([(a - w * arm, b - h * j), (a + w * arm, b - h * j)], 0.008, steel)
            tops.append((a, b, h, w))
        for j in (0.62, 0.76, 0.9):
            for side in (-1.6, 1.6):
                points = [(tops[0][0] - 0.8, tops[0][1] - tops[0][2] * (j + 0.2))] + [(a + side * w, b - h * j) for a, b, h, w in tops]
                c.line(points, 0.003, (60, 62, 66))
    elif kind < 0.74:
        for k in range(int(c.rng.integers(2, 5))):
            a, b, h = x + (k - 1.2) * 0.28 + c.rng.normal(0, 0.05), y - c.uniform(0, 0.05), s * c.uniform(0.9, 1.5)
            white = c.pick([(246, 248, 250), (226, 230, 236)])
            c.poly([(a - 0.009, b), (a - 0.005, b - h), (a + 0.005, b - h), (a + 0.009, b)], white)
            turn = c.uniform(0, 2)
            for j in range(3):
                angle = turn + j * 2.094
                c.line([(a, b - h), (a + math.cos(angle) * h * 0.5, b - h + math.sin(angle) * h * 0.5)], 0.012, white)
            c.disc(a, b - h, 0.013, shade(white, 0.85))
    elif kind < 0.88:
        for k in range(int(c.rng.integers(2, 5))):
            a, h = x + (k - 1.5) * 0.26, s * 1.05
            grey = c.jitter((178, 172, 166), 6)
            c.poly([(a - 0.12, y), (a - 0.075, y - h * 0.65), (a - 0.085, y - h), (a + 0.085, y - h), (a + 0.075, y - h * 0.65), (a + 0.12, y)], grey)
            c.poly([(a + 0.03, y), (a + 0.025, y - h), (a + 0.085, y - h), (a + 0.075, y - h * 0.65), (a + 0.12, y)], shade(grey, 0.82))
            for j in range(8):
                c.disc(a + 0.02 * j + c.rng.normal(0, 0.02), y - h - 0.03 * j, 0.06 + 0.008 * j, c.jitter((236, 236, 240), 5))
    else:
        for row in range(5):
            b = y - 0.05 + 0.075 * row
            for k in range(8):
                a, w = x - 0.65 + k * 0.17 + 0.01 * row, 0.145 + 0.006 * row
                c.poly([(a, b), (a + w, b), (a + w + 0.02, b + 0.05), (a + 0.02, b + 0.05)], (34, 44, 86))
                c.line([(a + w / 2, b), (a + w / 2 + 0.02, b + 0.05)], 0.003, (130, 140, 180))
                c.line([(a, b), (a + w, b)], 0.004, (210, 214, 220))


def mast(c, x, y, s):
    """Communications: a red and white lattice mast with dishes, a telephone kiosk or a pillar box."""
    kind = c.rng.random()
    if kind < 0.45:
        h = s * 1.75
        n = 10
        for i in range(n):
            colour = (206, 40, 40) if i % 2 else (240, 240, 240)
            y0, y1 = y - h * i / n, y - h * (i + 1) / n
            w0, w1 = 0.05 * (1 - i / n) + 0.008, 0.05 * (1 - (i + 1) / n) + 0.008
            for side in (-1, 1):
                c.line([(x + side * w0, y0), (x + side * w1, y1)], 0.01, colour)
            c.line([(x - w0, y0), (x + w1, y1)], 0.006, colour)
            c.line([(x + w0, y0), (x - w1, y1)], 0.006, colour)
        for _ in range(5):
            b = y - h * c.uniform(0.45, 0.9)
            c.disc(x + c.pick((-1, 1)) * 0.035, b, 0.028, (244, 244, 246))
            c.disc(x + 0.03, b, 0.012, (180, 184, 190))
        c.line([(x, y - h), (x, y - h - 0.08)], 0.006, (90, 90, 90))
    elif kind < 0.78:
        red = (196, 24, 34)
        w, h = s * 0.34, s * 0.95
        c.rect(x - w / 2, y - h, x + w / 2, y, red)
        c.oval(x - w / 2, y - h * 1.08, x + w / 2, y - h * 0.94, red)
        for i in range(3):
            for j in range(7):
                a, b = x - w * 0.36 + i * w * 0.25, y - h * 0.84 + j * h * 0.11
                c.rect(a, b, a + w * 0.2, b + h * 0.085, (176, 194, 200))
        c.rect(x - w * 0.36, y - h * 0.95, x + w * 0.36, y - h * 0.88, (248, 246, 236))
    else:
        red = (200, 26, 36)
        w, h = s * 0.3, s * 0.7
        c.rect(x - w / 2, y - h, x + w / 2, y, red)
        c.oval(x - w * 0.6, y - h * 1.12, x + w * 0.6, y - h * 0.88, shade(red, 0.9))
        c.rect(x - w * 0.3, y - h * 0.8, x + w * 0.3, y - h * 0.75, (20, 20, 20))
        c.rect(x - w * 0.2, y - h * 0.66, x + w * 0.2, y - h * 0.46, (246, 246, 240))
        c.rect(x - w * 0.55, y - h * 0.08, x + w * 0.55, y, (24, 24, 26))


def aircraft(c, x, y, s):
    """Air transport: a runway with an aircraft on it or above it, a control tower, a windsock."""
    tar = (104, 106, 110)
    c.poly([(x - 0.06, c.horizon + 0.02), (x + 0.06, c.horizon + 0.02), (x + 0.62, 1.02), (x - 0.62, 1.02)], tar)
    for k in range(6):
        t0, t1 = (k / 6) ** 1.7, ((k + 0.5) / 6) ** 1.7
        ya, yb = c.horizon + 0.02 + (0.98 - c.horizon) * t0, c.horizon + 0.02 + (0.98 - c.horizon) * t1
        c.poly([(x - 0.004 - 0.02 * t0, ya), (x + 0.004 + 0.02 * t0, ya), (x + 0.004 + 0.02 * t1, yb), (x - 0.004 - 0.02 * t1, yb)], (246, 246, 244))
    flying = c.chance(0.5)
    ax, ay = x + c.rng.normal(0, 0.12), (c.uniform(0.1, c.horizon - 0.06) if flying else y + c.uniform(-0.02, 0.12))
    n = s * c.uniform(0.8, 1.4)
    d = c.pick((-1, 1))
    body = (246, 248, 250)
    paint = c.pick([(200, 30, 50), (20, 60, 140), (30, 130, 90), (250, 120, 20)])
    c.oval(ax - n * 0.62, ay - n * 0.1, ax + n * 0.62, ay + n * 0.08, body)
    c.poly([(ax - d * n * 0.58, ay), (ax - d * n * 0.72, ay - n * 0.32), (ax - d * n * 0.52, ay - n * 0.32), (ax - d * n * 0.34, ay - n * 0.05)], paint)
    c.poly([(ax + d * n * 0.14, ay), (ax - d * n * 0.26, ay + n * 0.25), (ax - d * n * 0.12, ay + n * 0.25), (ax + d * n * 0.3, ay + 0.01)], (176, 182, 190))
    c.line([(ax - n * 0.45, ay - 0.01), (ax + n * 0.48, ay - 0.01)], 0.006, paint)
    c.disc(ax + d * n * 0.1, ay + n * 0.12, n * 0.055, (120, 126, 134))
    if c.chance(0.5):
        a = x + c.pick((-0.42, 0.42))
        c.rect(a - 0.025, y - s * 0.8, a + 0.025, y, (226, 226, 222))
        c.poly([(a - 0.06, y - s * 0.98), (a + 0.06, y - s * 0.98), (a + 0.045, y - s * 0.78), (a - 0.045, y - s * 0.78)], (70, 100, 120))
    if c.chance(0.4):
        a = x + c.pick((-0.3, 0.3))
        c.line([(a, y + 0.06), (a, y - 0.2)], 0.008, (240, 240, 240))
        for k in range(4):
            c.rect(a + 0.03 * k, y - 0.2 + 0.004 * k, a + 0.03 * (k + 1), y - 0.165 - 0.003 * k, (250, 110, 20) if k % 2 == 0 else (250, 250, 250))


def dam(c, x, y, s):
    """Water resources: a dam with draw-off tower, or a water tower, or filter beds of a treatment works."""
    kind = c.rng.random()
    if kind < 0.55:
        wall = c.pick([(176, 172, 162), (150, 144, 132)])
        w = s * 1.9
        top = y - s * 0.42
        c.rect(x - w / 2 - 0.05, top - 0.01, x + w / 2 + 0.05, top + 0.035, (96, 128, 150))
        c.poly([(x - w / 2, top), (x + w / 2, top), (x + w * 0.4, y + 0.08), (x - w * 0.4, y + 0.08)], wall)
        for k in range(9):
            a = x - w * 0.42 + k * w * 0.105
            c.oval(a - 0.018, top + 0.02, a + 0.018, top + 0.06, shade(wall, 0.55))
        for k in range(3):
            a = x - 0.14 + 0.14 * k
            c.rect(a - 0.035, top + 0.04, a + 0.035, y + 0.08, (236, 242, 246))
        tx = x + w * 0.28
        c.rect(tx - 0.035, top - s * 0.42, tx + 0.035, top + 0.03, (140, 132, 118))
        c.poly([(tx - 0.05, top - s * 0.42), (tx, top - s * 0.62), (tx + 0.05, top - s * 0.42)], (90, 130, 116))
    elif kind < 0.78:
        grey = c.pick([(196, 192, 186), (170, 168, 164)])
        for k in (-0.11, -0.04, 0.04, 0.11):
            c.line([(x + k, y), (x + k * 0.9, y - s * 0.8)], 0.02, shade(grey, 0.85))
        c.poly([(x - 0.14, y - s * 0.8), (x - 0.22, y - s * 1.15), (x + 0.22, y - s * 1.15), (x + 0.14, y - s * 0.8)], grey)
        c.oval(x - 0.22, y - s * 1.2, x + 0.22, y - s * 1.1, shade(grey, 1.08))
    else:
        for row in range(2):
            for k in range(3):
                a, b, r = x + (k - 1) * 0.36 + 0.06 * row, y + 0.02 + 0.13 * row, 0.15 + 0.02 * row
                c.oval(a - r, b - r * 0.36, a + r, b + r * 0.36, (186, 184, 178))
                c.oval(a - r * 0.88, b - r * 0.3, a + r * 0.88, b + r * 0.3, (84, 108, 104))
                c.line([(a - r, b), (a + r, b)], 0.01, (60, 110, 160))
        c.rect(x - 0.12, y - s * 0.36, x + 0.12, y - 0.06, (170, 100, 80))


def pillbox(c, x, y, s):
    """Defence: concrete pillbox, gun, tank, range flag and warning fence."""
    grey = c.jitter((150, 148, 138), 8)
    kind = c.rng.random()
    if kind < 0.5:
        c.poly([(x - s * 0.55, y), (x - s * 0.5, y - s * 0.5), (x - s * 0.2, y - s * 0.58), (x + s * 0.25, y - s * 0.58), (x + s * 0.5, y - s * 0.5), (x + s * 0.55, y)], grey)
        c.poly([(x + s * 0.12, y), (x + s * 0.12, y - s * 0.5), (x + s * 0.5, y - s * 0.5), (x + s * 0.55, y)], shade(grey, 0.75))
        c.rect(x - s * 0.58, y - s * 0.6, x + s * 0.54, y - s * 0.5, shade(grey, 1.1))
        for k in (-0.3, 0.3):
            c.rect(x + (k - 0.1) * s, y - s * 0.36, x + (k + 0.1) * s, y - s * 0.27, (18, 18, 18))
    elif kind < 0.8:
        green = c.pick([(78, 84, 54), (96, 92, 62)])
        c.rect(x - s * 0.6, y - s * 0.28, x + s * 0.6, y - s * 0.06, green)
        c.oval(x - s * 0.62, y - s * 0.16, x + s * 0.62, y + s * 0.05, (40, 42, 36))
        for k in range(6):
            c.disc(x + (k - 2.5) * s * 0.2, y - s * 0.05, s * 0.07, (84, 88, 66))
        c.poly([(x - s * 0.3, y - s * 0.28), (x - s * 0.22, y - s * 0.5), (x + s * 0.24, y - s * 0.5), (x + s * 0.3, y - s * 0.28)], shade(green, 1.1))
        c.line([(x + s * 0.2, y - s * 0.42), (x + s * 0.95, y - s * 0.48)], s * 0.06, shade(green, 0.8))
    else:
        c.oval(x - s * 0.7, y - s * 0.6, x + s * 0.7, y + s * 0.5, (108, 118, 96))
        c.rect(x - s * 0.72, y, x + s * 0.72, y + s * 0.5, palette.GRASS[c.season])
        c.rect(x - s * 0.16, y - s * 0.3, x + s * 0.16, y, (50, 52, 46))
    a = x + c.pick((-0.45, 0.45))
    c.line([(a, y + 0.05), (a, y - s * 0.9)], 0.009, (236, 236, 236))
    c.poly([(a, y - s * 0.9), (a + 0.13, y - s * 0.84), (a, y - s * 0.72)], (214, 20, 30))
    for k in range(12):
        b = k * c.aspect / 11
        c.line([(b, y + 0.22), (b, y + 0.06)], 0.009, (110, 110, 104))
    for k in range(3):
        c.line([(0, y + 0.09 + 0.045 * k), (c.aspect, y + 0.09 + 0.045 * k)], 0.003, (80, 80, 78))


def quarry(c, x, y, s):
    """Quarrying, mining: benches cut in bright rock, a dumper, a headframe or spoil heaps."""
    rock = c.pick([(222, 210, 184), (196, 164, 128), (176, 176, 180), (146, 130, 120)])
    kind = c.rng.random()
    if kind < 0.6:
        for k in range(5):
            a, b = y - s * 0.55 + 0.08 * k, 0.86 - 0.085 * k
            c.textured([(x - b, a), (x + b, a), (x + b - 0.04, a + 0.06), (x - b + 0.04, a + 0.06)], shade(rock, 0.66), shade(rock, 0.9), "blade", 1.7)
            c.rect(x - b + 0.04, a + 0.055, x + b - 0.04, a + 0.085, shade(rock, 1.12))
        yellow = (240, 180, 30)
        a, b = x + c.uniform(-0.2, 0.2), y + 0.06
        c.poly([(a - 0.1, b - 0.09), (a + 0.06, b - 0.09), (a + 0.04, b - 0.03), (a - 0.08, b - 0.03)], yellow)
        c.rect(a + 0.05, b - 0.08, a + 0.1, b - 0.02, yellow)
        for k in (-0.05, 0.05):
            c.disc(a + k, b - 0.015, 0.024, (30, 30, 30))
    elif kind < 0.8:
        steel = (84, 60, 54)
        h = s * 1.35
        c.line([(x - 0.1, y), (x - 0.03, y - h)], 0.018, steel)
        c.line([(x + 0.03, y - h), (x + 0.1, y)], 0.018, steel)
        c.line([(x + 0.02, y - h), (x + 0.4, y)], 0.018, steel)
        for k in range(1, 5):
            t = k / 5
            c.line([(x - 0.1 + 0.07 * t, y - h * t), (x + 0.1 - 0.07 * t, y - h * t)], 0.01, steel)
        for dx in (-0.035, 0.035):
            c.disc(x + dx, y - h, 0.055, steel)
            c.disc(x + dx, y - h, 0.036, (186, 196, 206))
        c.rect(x + 0.24, y - s * 0.4, x + 0.5, y, (150, 84, 66))
    else:
        c.rect(x - 0.05, y - s * 0.55, x + 0.2, y, (150, 138, 120))
        c.rect(x + 0.14, y - s * 1.15, x + 0.19, y - s * 0.5, (156, 120, 96))
        c.poly([(x + 0.02, y), (x + 0.02, y - s * 0.25), (x + 0.1, y - s * 0.25), (x + 0.1, y)], (40, 36, 34))
    for _ in range(3):
        a, w, h = x + c.uniform(-0.6, 0.6), c.uniform(0.12, 0.24), c.uniform(0.07, 0.15)
        c.textured([(a - w, y + 0.05), (a - w * 0.1, y + 0.05 - h), (a + w * 0.1, y + 0.05 - h), (a + w, y + 0.05)], shade(rock, 0.7), shade(rock, 0.95), "grain", 1.5)


def rubbish(c, x, y, s):
    """Waste: wheelie bins, recycling banks, skips, or a tip with gulls."""
    kind = c.rng.random()
    if kind < 0.4:
        for k in range(5):
            a, w, h = x + (k - 2) * s * 0.44, s * 0.18, s * 0.62
            colour = c.pick([(40, 120, 60), (30, 80, 160), (60, 62, 64), (130, 80, 50), (120, 40, 120)])
            c.poly([(a - w, y - h), (a + w, y - h), (a + w * 0.8, y), (a - w * 0.8, y)], colour)
            c.rect(a - w * 1.12, y - h - s * 0.06, a + w * 1.12, y - h + s * 0.03, shade(colour, 0.75))
            c.disc(a + w * 0.7, y, s * 0.05, (20, 20, 20))
            c.rect(a - w * 0.4, y - h * 0.65, a + w * 0.4, y - h * 0.4, (240, 240, 240))
    elif kind < 0.65:
        colour = c.pick([(246, 200, 30), (220, 90, 30), (40, 90, 160)])
        c.poly([(x - s * 0.75, y - s * 0.45), (x + s * 0.75, y - s * 0.45), (x + s * 0.5, y), (x - s * 0.5, y)], colour)
        for k in (-0.4, 0, 0.4):
            c.line([(x + k * s * 1.3, y - s * 0.45), (x + k * s, y)], 0.014, shade(colour, 0.75))
        for _ in range(34):
            a, b, r = x + c.uniform(-0.65, 0.65) * s, y - s * c.uniform(0.42, 0.72), s * c.uniform(0.04, 0.1)
            c.rect(a - r, b - r * 0.6, a + r, b + r * 0.6, c.jitter(c.pick([(240, 240, 240), (120, 90, 60), (60, 90, 140), (30, 30, 30), (200, 60, 50)]), 20))
    else:
        for k in range(260):
            t = (k / 260)
            a, b, r = x + c.rng.normal(0, 0.34), y - s * 0.5 + t * s * 0.9 + c.rng.normal(0, 0.02), 0.006 + 0.012 * t
            c.rect(a - r, b - r * 0.7, a + r, b + r * 0.7, c.jitter(c.pick([(240, 240, 240), (30, 30, 34), (60, 110, 190), (200, 60, 50), (120, 96, 70), (230, 220, 90)]), 20))
        for _ in range(16):
            a, b = x + c.rng.normal(0, 0.4), y - s * c.uniform(0.6, 1.2)
            c.line([(a - 0.02, b - 0.008), (a, b), (a + 0.02, b - 0.008)], 0.005, (250, 250, 250))


def building_site(c, x, y, s):
    """Construction: tower crane, scaffolding, digger, orange barriers."""
    yellow = c.pick([(246, 190, 30), (230, 60, 40)])
    h = s * 1.75
    a = x + c.uniform(-0.25, 0.25)
    c.rect(a - 0.011, y - h, a + 0.011, y, yellow)
    d = c.pick((-1, 1))
    c.line([(a - d * 0.14, y - h * 0.93), (a + d * 0.55, y - h * 0.93)], 0.016, yellow)
    c.line([(a - d * 0.14, y - h * 0.93), (a, y - h * 1.05), (a + d * 0.5, y - h * 0.93)], 0.005, (60, 60, 60))
    c.rect(a - d * 0.14, y - h * 0.93, a - d * 0.07, y - h * 0.84, (90, 90, 92))
    c.line([(a + d * 0.4, y - h * 0.93), (a + d * 0.4, y - h * 0.6)], 0.004, (40, 40, 40))
    w = s * 1.1
    c.rect(x - w / 2, y - s * 0.75, x + w / 2, y, (176, 150, 130))
    for i in range(8):
        b = x - w / 2 + i * w / 7
        c.line([(b, y), (b, y - s * 0.85)], 0.008, (196, 200, 204))
    for j in range(4):
        b = y - s * 0.2 * (j + 1)
        c.line([(x - w / 2, b), (x + w / 2, b)], 0.012, (206, 170, 110))
    for i in range(6):
        for j in range(3):
            c.rect(x - w * 0.44 + i * w * 0.15, y - s * (0.66 - 0.2 * j), x - w * 0.37 + i * w * 0.15, y - s * (0.54 - 0.2 * j), (60, 60, 64))
    b = x + c.pick((-0.4, 0.4))
    c.rect(b - 0.09, y - 0.02, b + 0.09, y + 0.03, (40, 40, 40))
    c.rect(b - 0.06, y - 0.1, b + 0.04, y - 0.02, (246, 190, 30))
    c.line([(b + 0.03, y - 0.08), (b + 0.13, y - 0.17), (b + 0.2, y - 0.06)], 0.022, (246, 190, 30))
    for k in range(9):
        a = k * c.aspect / 8
        c.rect(a, y + 0.1, a + 0.11, y + 0.15, (250, 110, 20) if k % 2 else (246, 246, 246))
    c.textured([(0, y + 0.17), (c.aspect, y + 0.17), (c.aspect, 1.02), (0, 1.02)], (140, 108, 74), (170, 136, 98), "blotch")


def pitch(c, x, y, s):
    """Sport: marked pitch with goals, a green with its flag, courts, play equipment."""
    green = (84, 150, 60) if c.season != "snow" else palette.GRASS["snow"]
    kind = c.rng.random()
    white = (250, 250, 250)
    c.rect(0, y - 0.02, c.aspect, 1.02, green)
    if kind < 0.45:
        c.poly([(x - 0.5, y + 0.02), (x + 0.5, y + 0.02), (x + 0.9, 0.97), (x - 0.9, 0.97)], shade(green, 1.08))
        c.line([(x - 0.5, y + 0.02), (x + 0.5, y + 0.02), (x + 0.9, 0.97), (x - 0.9, 0.97), (x - 0.5, y + 0.02)], 0.009, white)
        c.line([(x - 0.68, y + 0.26), (x + 0.68, y + 0.26)], 0.009, white)
        c.draw.ellipse([v * c.height for v in (x - 0.2, y + 0.2, x + 0.2, y + 0.32)], outline=white, width=max(1, int(0.009 * c.height)))
        tall = c.chance(0.35)
        c.line([(x - 0.15, y + 0.03), (x - 0.15, y - (0.3 if tall else 0.1)), (x - 0.15, y - 0.1), (x + 0.15, y - 0.1), (x + 0.15, y - (0.3 if tall else 0.1)), (x + 0.15, y + 0.03)],
               0.013, white)
        from .living import figure
        for _ in range(int(c.rng.integers(2, 8))):
            figure(c, x + c.uniform(-0.5, 0.5), y + c.uniform(0.08, 0.4), 0.11, c.pick([(220, 30, 40), (30, 70, 190)]))
    elif kind < 0.65:
        c.oval(x - 0.45, y + 0.04, x + 0.4, y + 0.3, shade(green, 1.25))
        c.oval(x - 0.75, y + 0.2, x - 0.35, y + 0.32, (232, 216, 170))
        c.line([(x, y + 0.16), (x, y - 0.2)], 0.008, (246, 246, 200))
        c.poly([(x, y - 0.2), (x + 0.12, y - 0.16), (x, y - 0.11)], (220, 20, 40))
    elif kind < 0.82:
        court = c.pick([(60, 110, 160), (170, 84, 64), (60, 130, 90)])
        c.poly([(x - 0.4, y + 0.02), (x + 0.4, y + 0.02), (x + 0.8, 0.92), (x - 0.8, 0.92)], court)
        for k in (1.0, 0.72, 0):
            c.line([(x - 0.4 * k, y + 0.02), (x - 0.8 * k, 0.92)], 0.008, white)
            c.line([(x + 0.4 * k, y + 0.02), (x + 0.8 * k, 0.92)], 0.008, white)
        c.rect(x - 0.58, y + 0.12, x + 0.58, y + 0.2, (40, 44, 44))
        c.line([(x - 0.58, y + 0.12), (x + 0.58, y + 0.12)], 0.012, white)
    else:
        for k, colour in ((-0.3, (220, 40, 50)), (0.1, (40, 90, 200)), (0.42, (250, 200, 30))):
            a = x + k
            c.line([(a - 0.1, y + 0.14), (a - 0.06, y - 0.16), (a + 0.06, y - 0.16), (a + 0.1, y + 0.14)], 0.016, colour)
            c.line([(a, y - 0.16), (a + 0.03, y + 0.06)], 0.005, (60, 60, 60))
            c.rect(a + 0.0, y + 0.05, a + 0.07, y + 0.07, (30, 30, 30))
        c.poly([(x - 0.62, y - 0.2), (x - 0.56, y - 0.2), (x - 0.36, y + 0.16), (x - 0.44, y + 0.16)], (250, 210, 40))
