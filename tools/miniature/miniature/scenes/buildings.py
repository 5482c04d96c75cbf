"""Buildings: each stands on (x, y), the middle of its foot, and is `s` tall, more or less."""

from . import palette
from .canvas import shade


def _windows(c, x0, y0, x1, y1, columns, rows, colour=(64, 74, 88), frame=(240, 240, 236), share=0.5):
    dx, dy = (x1 - x0) / columns, (y1 - y0) / rows
    for i in range(columns):
        for j in range(rows):
            a, b = x0 + dx * (i + 0.5 - share / 2), y0 + dy * (j + 0.5 - share * 0.6)
            c.rect(a - dx * 0.05, b - dy * 0.05, a + dx * (share + 0.05), b + dy * (share * 1.2 + 0.05), frame)
            c.rect(a, b, a + dx * share, b + dy * share * 1.2, colour)


def _gable(c, x0, y0, x1, y1, wall, roof, pitch=0.35):
    h = (x1 - x0) * pitch
    c.rect(x0, y0, x1, y1, wall)
    c.poly([(x0 - 0.01, y0), (x0 + (x1 - x0) * 0.12, y0 - h), (x1 - (x1 - x0) * 0.12, y0 - h), (x1 + 0.01, y0)], roof)


def house(c, x, y, s):
    """Housing: a pair or a terrace, with doors, bays, chimneys and garden walls, large in the picture."""
    n = int(c.rng.integers(2, 5))
    w = s * 0.62
    wall = c.jitter(c.pick(palette.BRICK + palette.RENDER), 8)
    roof = c.pick(palette.SLATE + palette.TILE)
    x0 = x - n * w / 2
    c.poly([(x0 - 0.02, y - s * 0.68), (x0 + 0.03, y - s), (x0 + n * w - 0.03, y - s), (x0 + n * w + 0.02, y - s * 0.68)], roof)
    c.rect(x0, y - s * 0.68, x0 + n * w, y, wall)
    for i in range(n):
        a = x0 + i * w
        c.rect(a + w * 0.42, y - s * 1.14, a + w * 0.58, y - s * 0.95, shade(c.pick(palette.BRICK), 0.9))
        door = c.pick([(150, 30, 40), (30, 60, 110), (30, 90, 60), (240, 240, 240), (50, 50, 54)])
        c.rect(a + w * 0.1, y - s * 0.3, a + w * 0.34, y, door)
        c.rect(a + w * 0.48, y - s * 0.3, a + w * 0.9, y - s * 0.06, (244, 244, 240))
        c.rect(a + w * 0.51, y - s * 0.28, a + w * 0.87, y - s * 0.08, (70, 82, 96))
        for k in (0.1, 0.55):
            c.rect(a + w * k, y - s * 0.6, a + w * (k + 0.32), y - s * 0.38, (244, 244, 240))
            c.rect(a + w * (k + 0.03), y - s * 0.58, a + w * (k + 0.29), y - s * 0.4, (70, 82, 96))
        c.line([(a, y), (a, y - s * 0.68)], 0.004, shade(wall, 0.8))
    c.rect(x0 - 0.05, y - 0.015, x0 + n * w + 0.05, y + 0.035, c.pick(palette.BRICK))


def cottages(c, x, y, s):
    """Village: small cottages of differing roofs about a green, a church tower or a signpost among them."""
    spots = sorted(c.uniform(-0.42, 0.42) for _ in range(int(c.rng.integers(5, 8))))
    if c.chance(0.35):
        t = c.pick(palette.STONE)
        c.rect(x - 0.03, y - s * 1.05, x + 0.03, y - s * 0.2, t)
        c.poly([(x - 0.03, y - s * 1.05), (x, y - s * 1.4), (x + 0.03, y - s * 1.05)], shade(t, 0.8))
    for k, dx in enumerate(spots):
        w, h = s * c.uniform(0.34, 0.5), s * c.uniform(0.26, 0.36)
        yy = y - c.uniform(0, 0.05)
        wall = c.jitter(c.pick(palette.RENDER + palette.STONE), 8)
        roof = c.pick(palette.SLATE + palette.TILE + [(150, 122, 76), (166, 140, 92)])
        _gable(c, x + dx - w / 2, yy - h, x + dx + w / 2, yy, wall, roof, 0.5)
        c.rect(x + dx + w * 0.2, yy - h - w * 0.62, x + dx + w * 0.32, yy - h - w * 0.3, shade(c.pick(palette.BRICK), 0.9))
        _windows(c, x + dx - w * 0.45, yy - h * 0.9, x + dx + w * 0.45, yy - h * 0.35, 2, 1)
        c.rect(x + dx - w * 0.08, yy - h * 0.55, x + dx + w * 0.08, yy, (70, 54, 44))
    c.poly([(x - 0.5, y), (x + 0.5, y), (x + 0.66, y + 0.08), (x - 0.66, y + 0.08)], palette.GRASS[c.season])


def estate(c, x, y, s):
    """Suburb: rows upon rows of the same roof, parked cars, street lamps."""
    wall = c.pick(palette.BRICK + palette.RENDER)
    roof = c.pick(palette.TILE + palette.SLATE)
    for row in range(3):
        yy = y - 0.13 + row * 0.09
        w = (0.13 + 0.05 * row) * (s / 0.34)
        a = -c.uniform(0, w)
        while a < c.aspect:
            _gable(c, a, yy - w * 0.45, a + w * 0.8, yy, c.jitter(wall, 6), c.jitter(roof, 6), 0.42)
            c.rect(a + w * 0.12, yy - w * 0.36, a + w * 0.3, yy - w * 0.16, (76, 88, 100))
            c.rect(a + w * 0.48, yy - w * 0.36, a + w * 0.66, yy - w * 0.16, (76, 88, 100))
            a += w * 0.92
    c.rect(0, y + 0.05, c.aspect, y + 0.12, c.pick(palette.TARMAC))
    from .ribbons import vehicle
    for _ in range(3):
        vehicle(c, c.uniform(0.1, c.aspect - 0.1), y + 0.1, 0.09)
    for k in range(3):
        a = c.uniform(0, c.aspect)
        c.line([(a, y + 0.06), (a, y - 0.3), (a + 0.07, y - 0.32)], 0.009, (120, 124, 126))


def church(c, x, y, s):
    stone = c.jitter(c.pick(palette.STONE), 8)
    side = c.pick((-1, 1))
    tw = s * 0.26
    nave_w, nave_h = s * 0.75, s * 0.34
    a, b = (x, x + nave_w) if side > 0 else (x - nave_w, x)
    c.rect(a, y - nave_h, b, y, stone)
    c.poly([(a, y - nave_h), (a + 0.03, y - nave_h - s * 0.22), (b - 0.03, y - nave_h - s * 0.22), (b, y - nave_h)], c.pick(palette.SLATE))
    for i in range(3):
        wx = a + (b - a) * (0.25 + 0.27 * i)
        c.rect(wx - s * 0.035, y - nave_h * 0.7, wx + s * 0.035, y - nave_h * 0.2, (52, 58, 70))
        c.oval(wx - s * 0.035, y - nave_h * 0.7 - s * 0.05, wx + s * 0.035, y - nave_h * 0.7 + s * 0.05, (52, 58, 70))
    tx = x - side * tw * 0.4
    top = y - s * 0.78
    c.textured([(tx - tw / 2, top), (tx + tw / 2, top), (tx + tw / 2, y), (tx - tw / 2, y)], shade(stone, 0.82), shade(stone, 1.04), "grain")
    c.rect(tx - tw * 0.14, top + s * 0.07, tx + tw * 0.14, top + s * 0.2, (56, 54, 56))
    c.rect(tx - tw * 0.18, y - s * 0.16, tx + tw * 0.18, y, (64, 48, 38))
    kind = c.rng.random()
    if kind < 0.5:
        c.poly([(tx - tw * 0.52, top), (tx, top - s * 0.55), (tx + tw * 0.52, top)], shade(stone, 0.74))
        c.line([(tx, top - s * 0.55), (tx, top - s * 0.63)], 0.006, (60, 56, 50))
        c.line([(tx - s * 0.03, top - s * 0.6), (tx + s * 0.03, top - s * 0.6)], 0.006, (60, 56, 50))
    else:
        for i in range(4):
            m = tx - tw * 0.5 + tw * 0.27 * i
            c.rect(m, top - s * 0.05, m + tw * 0.16, top, stone)
        if kind > 0.75:
            c.line([(tx, top), (tx, top - s * 0.22)], 0.007, (230, 230, 228))
            c.rect(tx, top - s * 0.22, tx + s * 0.15, top - s * 0.12, (240, 240, 240))
            c.rect(tx, top - s * 0.18, tx + s * 0.15, top - s * 0.16, (206, 30, 40))


def town_hall(c, x, y, s):
    """Public building: columns, pediment, clock or dome, flag; a hall or library."""
    stone = c.jitter(c.pick([(206, 196, 170), (186, 178, 160), (222, 214, 196)]), 6)
    w = s * 1.1
    c.rect(x - w / 2, y - s * 0.58, x + w / 2, y, stone)
    c.poly([(x - w * 0.34, y - s * 0.58), (x, y - s * 0.8), (x + w * 0.34, y - s * 0.58)], shade(stone, 0.92))
    for i in range(6):
        a = x - w * 0.32 + i * w * 0.115
        c.rect(a, y - s * 0.54, a + w * 0.045, y - s * 0.04, shade(stone, 1.12))
        c.rect(a + w * 0.05, y - s * 0.5, a + w * 0.1, y - s * 0.04, shade(stone, 0.5))
    if c.chance(0.6):
        c.rect(x - s * 0.1, y - s * 1.18, x + s * 0.1, y - s * 0.68, stone)
        c.disc(x, y - s * 0.98, s * 0.075, (250, 248, 236))
        c.line([(x, y - s * 0.98), (x, y - s * 1.03)], 0.005, (20, 20, 20))
        c.line([(x, y - s * 0.98), (x + s * 0.035, y - s * 0.96)], 0.005, (20, 20, 20))
        c.poly([(x - s * 0.11, y - s * 1.18), (x, y - s * 1.36), (x + s * 0.11, y - s * 1.18)], (98, 150, 130))
    else:
        c.oval(x - s * 0.2, y - s * 1.0, x + s * 0.2, y - s * 0.55, (104, 154, 136))
        c.line([(x, y - s), (x, y - s * 1.25)], 0.006, (240, 240, 240))
        c.rect(x, y - s * 1.25, x + s * 0.16, y - s * 1.14, (200, 30, 50))
    for i in range(3):
        c.rect(x - w * (0.4 + 0.04 * i), y + 0.014 * i, x + w * (0.4 + 0.04 * i), y + 0.014 * (i + 1), shade(stone, 1.05 - 0.08 * i))


def school(c, x, y, s):
    """Educational: long, low, many large windows, bright doors, railings, playground markings."""
    w, h = s * 1.7, s * 0.42
    brick = c.pick(palette.BRICK + [(206, 180, 140)])
    c.rect(x - w / 2, y - h, x + w / 2, y, brick)
    if c.chance(0.5):
        c.rect(x - w / 2 - 0.01, y - h - 0.03, x + w / 2 + 0.01, y - h, (236, 236, 232))
    else:
        for i in range(3):
            a = x - w / 2 + i * w / 3
            c.poly([(a, y - h), (a + w / 6, y - h - s * 0.3), (a + w / 3, y - h)], c.pick(palette.SLATE))
    trim = c.pick([(30, 90, 180), (220, 50, 50), (40, 140, 80), (246, 200, 40)])
    _windows(c, x - w * 0.48, y - h * 0.95, x + w * 0.48, y - h * 0.1, 9, 2, (120, 150, 170), trim, 0.66)
    c.rect(x - s * 0.09, y - h * 0.5, x + s * 0.09, y, trim)
    c.poly([(0, y), (c.aspect, y), (c.aspect, y + 0.14), (0, y + 0.14)], (98, 98, 102))
    for colour, k in (((250, 220, 60), 0.0), ((240, 90, 90), 0.2), ((90, 160, 230), -0.2)):
        c.oval(x + k - 0.07, y + 0.05, x + k + 0.07, y + 0.1, colour)
        c.oval(x + k - 0.05, y + 0.06, x + k + 0.05, y + 0.09, (98, 98, 102))
    rail = c.pick([(30, 90, 60), (30, 60, 120), (40, 40, 44)])
    a = 0.0
    while a < c.aspect:
        c.line([(a, y + 0.1), (a, y + 0.22)], 0.005, rail)
        a += 0.035
    c.line([(0, y + 0.11), (c.aspect, y + 0.11)], 0.008, rail)


def shops(c, x, y, s):
    """Business: a parade of shopfronts with fascias and awnings, or an inn with its hanging sign."""
    if c.chance(0.3):
        wall = c.pick(palette.RENDER)
        _gable(c, x - s * 0.55, y - s * 0.6, x + s * 0.55, y, wall, c.pick(palette.SLATE + palette.TILE), 0.28)
        _windows(c, x - s * 0.5, y - s * 0.56, x + s * 0.5, y - s * 0.3, 4, 1)
        c.rect(x - s * 0.45, y - s * 0.3, x + s * 0.45, y - s * 0.22, (30, 30, 34))
        c.line([(x - s * 0.4, y - s * 0.26), (x + s * 0.4, y - s * 0.26)], s * 0.03, (236, 196, 70))
        for k in range(3):
            c.disc(x - s * 0.3 + k * s * 0.3, y - s * 0.12, s * 0.06, c.pick([(230, 60, 100), (240, 90, 40), (200, 80, 200)]))
        a = x + s * 0.7
        c.line([(a, y), (a, y - s * 0.7)], 0.016, (50, 40, 36))
        c.rect(a - s * 0.12, y - s * 0.7, a + s * 0.12, y - s * 0.45, c.pick([(150, 30, 40), (30, 70, 120), (30, 100, 60)]))
        c.disc(a, y - s * 0.57, s * 0.07, (240, 210, 100))
        return
    n = int(c.rng.integers(3, 5))
    w = s * 0.5
    for i in range(n):
        a = x + (i - n / 2) * w
        c.rect(a, y - s * 0.95, a + w, y, c.pick(palette.BRICK + palette.RENDER))
        _windows(c, a, y - s * 0.92, a + w, y - s * 0.46, 2, 1)
        fascia = c.pick([(200, 30, 40), (30, 80, 170), (40, 140, 70), (246, 200, 40), (120, 40, 130), (250, 120, 30), (20, 20, 24)])
        c.rect(a + 0.004, y - s * 0.44, a + w - 0.004, y - s * 0.33, fascia)
        c.line([(a + w * 0.18, y - s * 0.385), (a + w * 0.82, y - s * 0.385)], s * 0.035, (250, 250, 246))
        c.rect(a + w * 0.08, y - s * 0.31, a + w * 0.92, y - s * 0.03, (150, 176, 190))
        if c.chance(0.5):
            for k in range(6):
                b = a + w * k / 6
                c.poly([(b, y - s * 0.33), (b + w / 6, y - s * 0.33), (b + w / 6, y - s * 0.23), (b, y - s * 0.23)], fascia if k % 2 else (250, 250, 250))


def offices(c, x, y, s):
    """City centre: a street canyon of tall fronts with many windows."""
    for side in (-1, 1):
        edge = 0 if side < 0 else c.aspect
        depth = 0.0
        for k in range(4):
            near, far = edge + (-side) * depth, edge + (-side) * (depth + 0.17 - 0.02 * k)
            depth += 0.17 - 0.02 * k
            top = c.horizon - c.uniform(0.26, 0.5) * (1 - 0.18 * k)
            foot = y + 0.16 - 0.05 * k
            colour = c.jitter(c.pick(palette.CONCRETE + palette.BRICK + [(120, 150, 170), (96, 120, 140)]), 8)
            c.rect(near, top, far, foot, colour)
            _windows(c, min(near, far) + 0.01, top + 0.02, max(near, far) - 0.01, foot - 0.1, 3, int(c.rng.integers(5, 9)),
                     c.pick([(60, 72, 90), (150, 176, 196), (90, 104, 120)]), shade(colour, 1.15), 0.55)
            c.rect(near, foot - 0.08, far, foot, c.pick([(200, 40, 50), (30, 70, 150), (30, 30, 34), (240, 200, 60)]))
    if c.chance(0.5):
        w, h = 0.09, c.uniform(0.28, 0.44)
        c.rect(x - w, c.horizon - h, x + w, c.horizon + 0.06, (120, 150, 176))
        _windows(c, x - w, c.horizon - h, x + w, c.horizon, 5, 10, (76, 100, 128), (150, 180, 200), 0.6)


def mansion(c, x, y, s):
    """Country estate: a long symmetrical front, a drive, clipped trees and gate piers."""
    stone = c.pick([(214, 196, 154), (226, 212, 180), (196, 176, 140), (176, 100, 76)])
    w, h = s * 1.6, s * 0.56
    c.rect(x - w / 2, y - h, x + w / 2, y, stone)
    c.rect(x - w * 0.13, y - h * 1.12, x + w * 0.13, y, shade(stone, 1.05))
    c.poly([(x - w * 0.13, y - h * 1.12), (x, y - h * 1.4), (x + w * 0.13, y - h * 1.12)], shade(stone, 0.92))
    c.rect(x - w / 2 - 0.01, y - h - 0.018, x + w / 2 + 0.01, y - h, shade(stone, 0.82))
    for i in range(6):
        a = x - w * 0.44 + i * w * 0.17
        c.rect(a, y - h * 1.25, a + w * 0.035, y - h, shade(stone, 0.75))
    _windows(c, x - w * 0.49, y - h * 0.96, x - w * 0.13, y - h * 0.06, 4, 3, share=0.4)
    _windows(c, x + w * 0.13, y - h * 0.96, x + w * 0.49, y - h * 0.06, 4, 3, share=0.4)
    _windows(c, x - w * 0.12, y - h * 0.98, x + w * 0.12, y - h * 0.3, 3, 2, share=0.4)
    c.rect(x - w * 0.03, y - h * 0.26, x + w * 0.03, y, (70, 54, 44))
    c.poly([(x - 0.05, y), (x + 0.05, y), (x + 0.34, 1.02), (x - 0.34, 1.02)], (212, 196, 160))
    for k in range(3):
        for side in (-1, 1):
            a, b, r = x + side * (0.16 + 0.16 * k), y + 0.05 + 0.1 * k, 0.03 + 0.02 * k
            c.poly([(a - r, b), (a, b - r * 4), (a + r, b)], (40, 74, 44))


def hospital(c, x, y, s):
    """Health: a pale block with a cross, a canopy and an ambulance."""
    w, h = s * 1.4, s * 0.72
    wall = c.pick([(236, 236, 232), (216, 222, 226), (226, 216, 196)])
    c.rect(x - w / 2, y - h, x + w / 2, y, wall)
    _windows(c, x - w * 0.48, y - h * 0.96, x + w * 0.48, y - h * 0.26, 8, 3, (90, 130, 160), (200, 206, 210), 0.6)
    c.rect(x - w * 0.5, y - h * 0.24, x + w * 0.5, y - h * 0.14, (0, 94, 184))
    sx, r = x + c.uniform(-0.3, 0.3) * w, s * 0.17
    c.rect(sx - r, y - h - r * 0.9, sx + r, y - h + r * 1.1, (252, 252, 252))
    cross = c.pick([(214, 20, 40), (0, 140, 80), (0, 94, 184)])
    c.rect(sx - r * 0.24, y - h - r * 0.65, sx + r * 0.24, y - h + r * 0.85, cross)
    c.rect(sx - r * 0.74, y - h - r * 0.14, sx + r * 0.74, y - h + r * 0.34, cross)
    a = x - w * 0.3
    c.rect(a - s * 0.24, y - s * 0.24, a + s * 0.24, y + s * 0.04, (246, 246, 240))
    for k in range(6):
        c.rect(a - s * 0.24 + k * s * 0.08, y - s * 0.1, a - s * 0.2 + k * s * 0.08, y - s * 0.03, (0, 150, 80) if k % 2 else (250, 230, 40))
    for k in (-0.14, 0.14):
        c.disc(a + k * s, y + s * 0.04, s * 0.05, (24, 24, 26))


def factory(c, x, y, s):
    """Industry: saw-tooth sheds, chimneys with smoke, tanks and pipes."""
    wall = c.pick([(150, 156, 160), (110, 130, 150), (160, 100, 80), (176, 176, 170)])
    w, h = s * 1.5, s * 0.4
    c.rect(x - w / 2, y - h, x + w / 2, y, wall)
    for i in range(5):
        a = x - w / 2 + i * w / 5
        c.poly([(a, y - h), (a, y - h - s * 0.22), (a + w / 5, y - h)], shade(wall, 0.8))
    for i in range(12):
        a = x - w / 2 + i * w / 12
        c.line([(a, y - h), (a, y)], 0.003, shade(wall, 0.86))
    c.rect(x - w * 0.3, y - h * 0.6, x - w * 0.12, y, (60, 64, 70))
    for _ in range(int(c.rng.integers(1, 4))):
        a, t = x + c.uniform(-0.45, 0.45) * w, s * c.uniform(0.7, 1.15)
        brick = c.pick([(150, 84, 66), (180, 180, 176), (200, 60, 50)])
        c.poly([(a - 0.022, y - h), (a - 0.015, y - h - t), (a + 0.015, y - h - t), (a + 0.022, y - h)], brick)
        drift = c.uniform(0.3, 1.0)
        for k in range(9):
            c.disc(a + 0.03 * k * drift, y - h - t - 0.016 * k, 0.018 + 0.007 * k, c.jitter((198, 198, 200), 10))
    for k in range(int(c.rng.integers(0, 4))):
        a = x + w * 0.2 + k * s * 0.22
        c.rect(a, y - s * 0.34, a + s * 0.18, y, (214, 216, 214))
        c.oval(a, y - s * 0.38, a + s * 0.18, y - s * 0.3, (234, 236, 234))


def barn(c, x, y, s):
    """Farm buildings: barn, silo, Dutch barn."""
    if c.chance(0.5):
        wall, roof = c.pick([(150, 60, 50), (98, 104, 100), (128, 110, 88)]), c.pick([(120, 126, 130), (150, 70, 56)])
        _gable(c, x - s * 0.6, y - s * 0.42, x + s * 0.4, y, wall, roof, 0.3)
        c.rect(x - s * 0.25, y - s * 0.3, x + s * 0.05, y, (46, 40, 36))
        c.rect(x + s * 0.46, y - s * 0.85, x + s * 0.68, y, (186, 192, 196))
        c.oval(x + s * 0.46, y - s * 0.93, x + s * 0.68, y - s * 0.77, (206, 212, 216))
    else:
        metal = (160, 70, 56)
        c.oval(x - s * 0.5, y - s * 0.85, x + s * 0.5, y - s * 0.35, metal)
        c.rect(x - s * 0.5, y - s * 0.6, x + s * 0.5, y - s * 0.5, metal)
        c.rect(x - s * 0.48, y - s * 0.5, x + s * 0.48, y, (206, 180, 104))
        for k in range(5):
            a = x - s * 0.48 + k * s * 0.24
            c.line([(a, y), (a, y - s * 0.55)], 0.012, (90, 90, 92))


def castle(c, x, y, s):
    """Historic: curtain wall and towers with battlements, or a ring of standing stones, or a windmill."""
    kind = c.rng.random()
    stone = c.jitter(c.pick([(150, 140, 120), (132, 124, 112), (166, 152, 122)]), 8)
    if kind < 0.6:
        for a, b, h in ((-0.55, -0.3, 0.75), (-0.3, 0.3, 0.5), (0.3, 0.55, 0.85)):
            x0, x1, top = x + a * s, x + b * s, y - h * s
            c.textured([(x0, top), (x1, top), (x1, y), (x0, y)], shade(stone, 0.74), shade(stone, 1.05), "speckle", 1.5)
            m = x0
            while m < x1 - 0.01:
                c.rect(m, top - s * 0.07, m + s * 0.05, top, stone)
                m += s * 0.1
        c.rect(x - s * 0.1, y - s * 0.24, x + s * 0.1, y, (44, 40, 38))
        c.oval(x - s * 0.1, y - s * 0.33, x + s * 0.1, y - s * 0.13, (44, 40, 38))
        for k in (-0.43, 0.43):
            c.rect(x + k * s - 0.006, y - s * 0.5, x + k * s + 0.006, y - s * 0.36, (40, 38, 36))
    elif kind < 0.85:
        for k in range(7):
            a, h, w = x + (k - 3) * s * 0.26, s * c.uniform(0.4, 0.75), s * c.uniform(0.07, 0.11)
            yy = y - abs(k - 3) * 0.012
            lean = c.rng.normal(0, 0.02)
            c.poly([(a - w, yy), (a - w * 0.7 + lean, yy - h), (a + w * 0.6 + lean, yy - h * 0.95), (a + w, yy)], c.jitter(stone, 10))
            c.poly([(a + w * 0.2, yy), (a + w * 0.1 + lean, yy - h * 0.93), (a + w * 0.6 + lean, yy - h * 0.95), (a + w, yy)], shade(stone, 0.66))
    else:
        c.poly([(x - s * 0.22, y), (x - s * 0.13, y - s * 0.75), (x + s * 0.13, y - s * 0.75), (x + s * 0.22, y)], c.pick([(238, 236, 228), (54, 50, 48), stone]))
        c.poly([(x - s * 0.15, y - s * 0.75), (x, y - s * 0.92), (x + s * 0.15, y - s * 0.75)], (240, 240, 236))
        for dx, dy in ((0.4, 0.3), (-0.4, -0.3), (0.3, -0.4), (-0.3, 0.4)):
            c.line([(x, y - s * 0.75), (x + dx * s, y - s * 0.75 + dy * s)], 0.02, (226, 222, 212))


def ruin(c, x, y, s):
    """Derelict: roofless broken walls, empty windows, ivy, rafters and rubble."""
    wall = c.jitter(c.pick([(134, 120, 106), (150, 104, 88), (120, 116, 110)]), 8)
    w = s * 0.75
    top = [(x - w, y - s * 0.3), (x - w * 0.9, y - s * 0.8), (x - w * 0.55, y - s * 0.62), (x - w * 0.4, y - s * 0.88), (x - w * 0.1, y - s * 0.5),
           (x + w * 0.2, y - s * 0.42), (x + w * 0.34, y - s * 0.72), (x + w * 0.7, y - s * 0.55), (x + w * 0.85, y - s * 0.85), (x + w, y - s * 0.2)]
    c.textured(top + [(x + w, y), (x - w, y)], shade(wall, 0.62), shade(wall, 1.05), "speckle", 1.8)
    for k in (-0.62, -0.15, 0.45):
        c.poly([(x + k * w, y - s * 0.42), (x + (k + 0.2) * w, y - s * 0.45), (x + (k + 0.22) * w, y - s * 0.16), (x + k * w, y - s * 0.14)], (24, 22, 24))
    for k in range(5):
        a = x - w * 0.5 + k * w * 0.22
        c.line([(a, y - s * 0.5), (a + w * 0.2, y - s * 0.82)], 0.012, (66, 52, 42))
    ivy = (48, 84, 40)
    for _ in range(26):
        c.disc(x + c.uniform(-1, -0.3) * w, y - c.uniform(0, 0.7) * s, c.uniform(0.012, 0.032), c.jitter(ivy, 10))
    for _ in range(22):
        a, r = x + c.uniform(-1.2, 1.2) * w, c.uniform(0.01, 0.026)
        c.poly([(a - r, y + 0.03), (a, y - r), (a + r * 1.2, y + 0.02)], c.jitter(wall, 14))
    if c.chance(0.5):
        c.rect(x + w * 0.4, y - s * 0.14, x + w * 0.9, y + 0.02, (126, 70, 44))
        c.disc(x + w * 0.5, y + 0.02, 0.02, (50, 40, 36))
