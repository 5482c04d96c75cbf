"""Long things that run from the foreground to the distance: water, roads, rails, paths, walls."""

import math

from . import palette
from .canvas import mix, shade


def _course(c, x, top, wobble, steps=14, reach=0.25):
    """Centre line from the bottom edge to the horizon: (x, y, half-width share) with perspective."""
    far = c.aspect / 2 + (x - c.aspect / 2) * 0.4 + c.rng.normal(0, reach * 0.4)
    phase, waves = c.uniform(0, 6), c.uniform(0.6, 1.6)
    points = []
    for i in range(steps + 1):
        t = i / steps
        depth = 1 - (1 - t) ** 1.8
        y = 1.02 + (top - 1.02) * depth
        points.append((x + (far - x) * depth + wobble * math.sin(phase + waves * 6 * t) * (1 - depth * 0.7), y, 1 - depth * 0.94))
    return points


def _band(course, half_width, shift=0.0):
    left = [(x + (shift - half_width) * w, y) for x, y, w in course]
    right = [(x + (shift + half_width) * w, y) for x, y, w in course]
    return left + right[::-1]


def river(c, x):
    course = _course(c, x, c.horizon + 0.015, c.uniform(0.06, 0.16))
    width = c.uniform(0.14, 0.26)
    water = c.pick(palette.WATER + palette.PEATY)
    c.poly(_band(course, width * 1.14), mix(palette.GRASS[c.season], (110, 92, 66), 0.6))
    c.textured(_band(course, width), shade(water, 0.84), mix(water, (206, 216, 224), 0.35), "streak", 1.3)
    kind = c.rng.random()
    if kind < 0.4:
        for _ in range(22):
            px, py, w = course[int(c.rng.integers(len(course) - 4))]
            r = 0.03 * w * c.uniform(0.4, 1.2)
            a = px + c.uniform(-1, 1) * width * w
            c.oval(a - r * 1.4, py - r * 0.7, a + r * 1.4, py + r * 0.5, c.jitter((122, 120, 114), 14))
            c.line([(a - r * 1.6, py + r * 0.6), (a + r * 1.8, py + r * 0.6)], 0.006, (232, 238, 240))
    elif kind < 0.65:
        px, py, w = course[4]
        c.rect(px - width * w, py - 0.012, px + width * w, py + 0.05, (238, 242, 244))
        c.rect(px - width * w, py - 0.022, px + width * w, py - 0.008, shade(water, 0.7))
    elif kind < 0.8:
        px, py, w = course[8]
        footbridge(c, px, py, width * w * 1.3)


def footbridge(c, x, y, half):
    stone = c.pick(palette.STONE)
    h = half * 0.5
    c.poly([(x - half * 1.5, y + h * 0.2), (x - half, y - h * 0.7), (x, y - h * 1.1), (x + half, y - h * 0.7), (x + half * 1.5, y + h * 0.2),
            (x + half, y + h * 0.2), (x, y - h * 0.6), (x - half, y + h * 0.2)], stone)


def canal(c, x):
    """Still straight water, coping, towpath; a lock with white-tipped beams, a humped bridge, or a narrowboat."""
    course = _course(c, x, c.horizon + 0.02, 0.0, reach=0.1)
    width = c.uniform(0.2, 0.28)
    water = c.pick([(88, 98, 74), (98, 108, 92), (84, 96, 98)])
    path_side = -1 if c.chance(0.5) else 1
    c.poly(_band(course, width * 1.12), (176, 170, 156))
    c.poly(_band(course, width), water)
    c.textured(_band(course, width), shade(water, 0.85), mix(water, (188, 202, 208), 0.4), "blade", 0.9)
    c.poly(_band(course, width * 0.3, path_side * width * 1.5), (190, 176, 146))
    kind = c.rng.random()
    if kind < 0.42:
        lock(c, course[5], width)
        if c.chance(0.4):
            lock(c, course[8], width)
    elif kind < 0.7:
        px, py, w = course[8]
        hump_bridge(c, px, py, width * w)
    if kind > 0.35:
        px, py, w = course[int(c.rng.integers(3, 6))]
        narrowboat(c, px - path_side * width * w * 0.35, py, 0.32 * w + 0.1)


def lock(c, station, width):
    px, py, w = station
    half, h = width * w, 0.13 * w + 0.03
    wall = (120, 112, 102)
    c.rect(px - half * 1.15, py - h * 0.3, px - half, py + h * 0.6, wall)
    c.rect(px + half, py - h * 0.3, px + half * 1.15, py + h * 0.6, wall)
    c.poly([(px - half, py - h * 0.7), (px, py - h * 0.5), (px, py + h * 0.6), (px - half, py + h * 0.5)], (46, 42, 38))
    c.poly([(px + half, py - h * 0.7), (px, py - h * 0.5), (px, py + h * 0.6), (px + half, py + h * 0.5)], (62, 56, 48))
    for side in (-1, 1):
        c.line([(px + side * half * 0.1, py - h * 0.62), (px + side * half * 1.75, py - h * 0.95)], 0.026 * w + 0.006, (36, 34, 34))
        c.line([(px + side * half * 1.5, py - h * 0.9), (px + side * half * 1.8, py - h * 0.97)], 0.03 * w + 0.008, (246, 246, 244))
        c.line([(px + side * half * 0.55, py - h * 0.7), (px + side * half * 0.55, py - h * 1.2)], 0.008, (30, 30, 30))
    c.line([(px, py + h * 0.2), (px + half * 0.2, py + h * 0.6)], 0.01, (230, 236, 238))


def hump_bridge(c, x, y, half):
    brick = c.pick(palette.BRICK + palette.STONE)
    h = half * 0.95 + 0.03
    c.poly([(x - half * 2.6, y + 0.01), (x - half * 2.6, y - h * 0.5), (x - half, y - h * 1.1), (x + half, y - h * 1.1), (x + half * 2.6, y - h * 0.5),
            (x + half * 2.6, y + 0.01)], brick)
    c.line([(x - half * 2.6, y - h * 0.5), (x - half, y - h * 1.1), (x + half, y - h * 1.1), (x + half * 2.6, y - h * 0.5)], 0.01, shade(brick, 0.7))
    c.oval(x - half * 0.95, y - h * 0.75, x + half * 0.95, y + h * 0.75, (58, 60, 52))
    c.rect(x - half, y + 0.005, x + half, y + h * 0.75, (90, 100, 84))


def narrowboat(c, x, y, length):
    hull = (34, 36, 42)
    paint = c.pick([(30, 70, 130), (150, 34, 40), (24, 92, 60), (110, 40, 90), (40, 50, 60)])
    h = length * 0.17
    c.poly([(x - length / 2, y - h * 0.4), (x + length * 0.56, y - h * 0.5), (x + length / 2, y), (x - length / 2, y)], hull)
    c.rect(x - length * 0.42, y - h * 1.2, x + length * 0.36, y - h * 0.38, paint)
    c.rect(x - length * 0.43, y - h * 1.3, x + length * 0.37, y - h * 1.15, shade(paint, 1.5))
    for i in range(5):
        a = x - length * 0.36 + i * length * 0.15
        c.rect(a, y - h * 1.02, a + length * 0.07, y - h * 0.64, (226, 226, 210))


def road(c, x):
    course = _course(c, x, c.horizon + 0.01, c.uniform(0, 0.08))
    width = c.uniform(0.26, 0.42)
    tar = c.pick(palette.TARMAC)
    c.poly(_band(course, width * 1.08), mix(tar, (176, 172, 160), 0.5))
    c.textured(_band(course, width), shade(tar, 0.94), shade(tar, 1.06), "grain")
    for i in range(0, len(course) - 1, 2):
        (x0, y0, w0), (x1, y1, w1) = course[i], course[i + 1]
        c.poly([(x0 - 0.012 * w0, y0), (x0 + 0.012 * w0, y0), (x1 + 0.012 * w1, y1), (x1 - 0.012 * w1, y1)], (240, 240, 236))
    if c.chance(0.5):
        for side in (-1, 1):
            c.poly(_band(course, 0.008, side * width * 0.93), (240, 240, 236) if c.chance(0.6) else (236, 206, 70))
    for _ in range(int(c.rng.integers(0, 4))):
        px, py, w = course[int(c.rng.integers(3, 11))]
        side = c.pick((-1, 1))
        vehicle(c, px + side * width * w * 0.48, py, 0.2 * w + 0.02)
    if c.chance(0.4):
        px, py, w = course[int(c.rng.integers(4, 8))]
        road_sign(c, px + width * w * 1.2, py, 0.2 * w + 0.06)


def vehicle(c, x, y, size):
    colour = c.pick([(180, 30, 36), (40, 70, 140), (220, 222, 224), (60, 62, 66), (150, 156, 160), (30, 96, 70)])
    if c.chance(0.2):
        bus = c.pick([(196, 30, 40), (30, 90, 170), (236, 236, 230), (60, 150, 80)])
        c.rect(x - size * 0.5, y - size * 1.25, x + size * 0.5, y - size * 0.08, bus)
        c.rect(x - size * 0.44, y - size * 1.12, x + size * 0.44, y - size * 0.6, (60, 70, 80))
    else:
        c.rect(x - size * 0.5, y - size * 0.5, x + size * 0.5, y - size * 0.1, colour)
        c.poly([(x - size * 0.42, y - size * 0.5), (x - size * 0.32, y - size * 0.84), (x + size * 0.32, y - size * 0.84), (x + size * 0.42, y - size * 0.5)],
               shade(colour, 0.9))
        c.poly([(x - size * 0.34, y - size * 0.52), (x - size * 0.28, y - size * 0.78), (x + size * 0.28, y - size * 0.78), (x + size * 0.34, y - size * 0.52)],
               (66, 78, 90))
    for side in (-1, 1):
        c.disc(x + side * size * 0.32, y - size * 0.08, size * 0.1, (24, 24, 26))
        c.disc(x + side * size * 0.4, y - size * 0.34, size * 0.05, (250, 240, 200))


def road_sign(c, x, y, size):
    c.line([(x, y), (x, y - size)], size * 0.06, (150, 152, 154))
    kind = c.rng.random()
    if kind < 0.35:
        c.rect(x - size * 0.36, y - size * 1.1, x + size * 0.36, y - size * 0.7, c.pick([(0, 104, 68), (0, 90, 170), (246, 246, 246)]))
        c.line([(x - size * 0.26, y - size * 0.96), (x + size * 0.26, y - size * 0.96)], size * 0.05, (240, 230, 120))
    elif kind < 0.7:
        c.poly([(x, y - size * 1.3), (x - size * 0.25, y - size * 0.86), (x + size * 0.25, y - size * 0.86)], (210, 30, 40))
        c.poly([(x, y - size * 1.2), (x - size * 0.16, y - size * 0.92), (x + size * 0.16, y - size * 0.92)], (250, 250, 250))
    else:
        c.disc(x, y - size * 1.05, size * 0.22, (210, 30, 40))
        c.disc(x, y - size * 1.05, size * 0.15, (250, 250, 250))


def railway(c, x):
    course = _course(c, x, c.horizon + 0.01, c.uniform(0, 0.05))
    tracks = (-0.2, 0.2) if c.chance(0.6) else (0.0,)
    c.textured(_band(course, 0.22 + 0.2 * (len(tracks) - 1)), (112, 102, 92), (150, 140, 128), "grain", 1.6)
    for shift in tracks:
        t = 0.0
        while t < 0.95:
            i = t * (len(course) - 1)
            a, b, f = course[int(i)], course[int(i) + 1], i % 1
            px, py, w = (a[k] + (b[k] - a[k]) * f for k in range(3))
            px += shift * w
            c.rect(px - 0.16 * w, py - 0.012 * w, px + 0.16 * w, py + 0.008 * w, (72, 62, 54))
            t += 0.028
        for gauge in (-0.1, 0.1):
            c.poly(_band(course, 0.013, shift + gauge), (66, 60, 60))
            c.poly(_band(course, 0.006, shift + gauge), (206, 206, 208))
    kind = c.rng.random()
    if kind < 0.5:
        px, py, w = course[int(c.rng.integers(4, 8))]
        train(c, px + tracks[-1] * w, py, 0.34 * w)
    if kind > 0.4 and c.chance(0.6):
        c.poly(_band(course, 0.26, 0.22 + 0.24 * len(tracks)), (172, 168, 162))
        c.poly(_band(course, 0.02, 0.02 + 0.22 * len(tracks)), (244, 244, 240))
        px, py, w = course[6]
        c.rect(px + 0.5 * w, py - 0.3 * w, px + 0.9 * w, py - 0.04, c.pick(palette.BRICK))
        c.rect(px + 0.4 * w, py - 0.34 * w, px + 0.95 * w, py - 0.28 * w, (236, 236, 230))
    elif c.chance(0.5):
        px, py, w = course[7]
        c.line([(px - 0.4 * w, py), (px - 0.4 * w, py - 0.3)], 0.012, (230, 230, 230))
        c.rect(px - 0.4 * w, py - 0.3, px - 0.4 * w + 0.09, py - 0.27, (210, 40, 40))


def train(c, x, y, size):
    colour = c.pick([(240, 200, 40), (20, 60, 120), (30, 120, 80), (40, 44, 48), (150, 30, 50)])
    steam = c.chance(0.3)
    c.rect(x - size * 0.55, y - size * 1.3, x + size * 0.55, y - size * 0.1, (44, 46, 50) if steam else shade(colour, 0.8))
    if steam:
        c.disc(x, y - size * 0.8, size * 0.46, (26, 28, 30))
        c.rect(x - size * 0.1, y - size * 1.7, x + size * 0.1, y - size * 1.2, (26, 28, 30))
        for i in range(7):
            c.disc(x + size * 0.2 * i * c.uniform(0.4, 1), y - size * (1.8 + 0.26 * i), size * (0.24 + 0.07 * i), c.jitter((226, 226, 228), 8))
        c.rect(x - size * 0.55, y - size * 0.32, x + size * 0.55, y - size * 0.2, (190, 30, 36))
    else:
        c.rect(x - size * 0.5, y - size * 0.75, x + size * 0.5, y - size * 0.14, (244, 204, 40))
        c.rect(x - size * 0.42, y - size * 1.16, x - size * 0.06, y - size * 0.82, (34, 40, 48))
        c.rect(x + size * 0.06, y - size * 1.16, x + size * 0.42, y - size * 0.82, (34, 40, 48))
    for side in (-1, 1):
        c.disc(x + side * size * 0.36, y - size * 0.4, size * 0.07, (255, 252, 220))


def path(c, x):
    """A trodden or gravelled way, with a stile, gate or fingerpost."""
    course = _course(c, x, c.horizon + c.uniform(0.01, 0.06), c.uniform(0.05, 0.14))
    width = c.uniform(0.06, 0.12)
    earth = c.pick([(176, 148, 108), (196, 176, 140), (150, 124, 92), (204, 192, 170)])
    c.textured(_band(course, width * 1.3), shade(earth, 0.78), shade(earth, 0.92), "speckle")
    c.textured(_band(course, width), shade(earth, 0.94), shade(earth, 1.1), "speckle")
    kind = c.rng.random()
    px, py, w = course[4]
    if kind < 0.45:
        c.line([(px + 0.16, py + 0.02), (px + 0.16, py - 0.24)], 0.018, (96, 74, 52))
        arm = c.pick(((226, 214, 170), (250, 236, 120), (126, 98, 66)))
        c.poly([(px + 0.15, py - 0.24), (px + 0.33, py - 0.23), (px + 0.36, py - 0.205), (px + 0.33, py - 0.18), (px + 0.15, py - 0.19)], arm)
    elif kind < 0.65:
        for i in range(3):
            c.line([(px - 0.12, py - 0.03 - 0.05 * i), (px + 0.12, py - 0.03 - 0.05 * i)], 0.014, (112, 88, 62))
        for side in (-0.12, 0.12):
            c.line([(px + side, py + 0.02), (px + side, py - 0.18)], 0.02, (96, 74, 52))


def wall(c, x):
    """Boundary or barrier across the foreground: dry-stone wall, post-and-rail fence, hedge, field gate."""
    y = c.uniform(0.62, 0.8)
    tilt = c.rng.normal(0, 0.06)
    kind = c.rng.random()
    if kind < 0.4:
        h = c.uniform(0.12, 0.18)
        stone = c.pick(palette.STONE)
        c.textured([(0, y - tilt), (c.aspect, y + tilt), (c.aspect, y + tilt + h), (0, y - tilt + h)], shade(stone, 0.5), stone, "speckle", 2.6)
        n = 40
        for i in range(n):
            a = c.aspect * i / n
            yy = y - tilt + 2 * tilt * i / n
            c.rect(a, yy - 0.026 * c.uniform(0.6, 1.2), a + c.aspect / n * 0.8, yy + 0.01, c.jitter(stone, 12))
    elif kind < 0.75:
        wood = c.pick([(126, 104, 78), (150, 140, 124), (96, 80, 62), (238, 238, 234)])
        for rail in range(int(c.rng.integers(2, 5))):
            yy = y + 0.05 * rail
            c.line([(0, yy - tilt), (c.aspect, yy + tilt)], 0.014, wood)
        a = c.uniform(0, 0.1)
        while a < c.aspect:
            yy = y - tilt + 2 * tilt * a / c.aspect
            c.rect(a, yy - 0.04, a + 0.022, yy + 0.22, shade(wood, 0.85))
            a += 0.19
    else:
        hedge = mix(palette.LEAF[c.season], (46, 66, 40), 0.4)
        c.textured(c.ridge(y, 0.008, 20) + [(c.aspect, y + 0.16), (0, y + 0.16)], shade(hedge, 0.6), shade(hedge, 1.15), "speckle", 1.6)
        g = c.uniform(0.35, c.aspect - 0.55)
        c.rect(g, y - 0.02, g + 0.36, y + 0.17, palette.GRASS[c.season])
        metal = (186, 188, 186)
        for i in range(5):
            c.line([(g, y + 0.035 * i), (g + 0.36, y + 0.035 * i)], 0.011, metal)
        c.line([(g, y + 0.14), (g + 0.36, y)], 0.011, metal)
        for post in (g, g + 0.36):
            c.rect(post - 0.015, y - 0.04, post + 0.015, y + 0.18, (98, 80, 60))


def quay(c, x):
    """Docks and harbours: basin, stone quay, boats with masts, cranes or lobster pots."""
    y = c.horizon + c.uniform(0.0, 0.04)
    water = c.pick(palette.SEA + palette.WATER)
    c.textured([(0, y), (c.aspect, y), (c.aspect, 0.88), (0, 0.88)], shade(water, 0.8), mix(water, (214, 222, 228), 0.35), "streak", 1.2)
    stone = c.pick(palette.STONE + palette.CONCRETE)
    side = c.chance(0.5)
    pier = [(0, y - 0.02), (c.aspect * 0.62, y - 0.012), (c.aspect * 0.62, y + 0.035), (0, y + 0.06)]
    c.poly([(c.aspect - a, b) for a, b in pier] if side else pier, shade(stone, 0.8))
    edge = c.uniform(0.8, 0.88)
    c.poly([(0, edge), (c.aspect, edge + 0.03), (c.aspect, 1.02), (0, 1.02)], stone)
    c.poly([(0, edge), (c.aspect, edge + 0.03), (c.aspect, edge + 0.075), (0, edge + 0.045)], shade(stone, 0.66))
    for i in range(int(c.rng.integers(4, 8))):
        boat(c, c.uniform(0.1, c.aspect - 0.1), y + 0.06 + (edge - y - 0.08) * (i + 1) / 8, 0.12 + 0.03 * i, mast=c.chance(0.7))
    if c.chance(0.35):
        a = c.uniform(0.2, c.aspect - 0.3)
        metal = c.pick([(40, 70, 130), (190, 60, 40), (220, 180, 40)])
        for dx in (0, 0.14):
            c.line([(a + dx, y + 0.02), (a + dx * 0.6 + 0.03, y - 0.3)], 0.016, metal)
        c.line([(a - 0.1, y - 0.26), (a + 0.36, y - 0.34)], 0.018, metal)
    for _ in range(4):
        a = c.uniform(0, c.aspect)
        c.rect(a, edge + 0.0, a + 0.025, edge + 0.06, (34, 34, 38))


def boat(c, x, y, size, mast=True):
    hull = c.pick([(244, 244, 242), (30, 60, 120), (190, 40, 40), (30, 110, 90), (230, 190, 60)])
    c.poly([(x - size / 2, y - size * 0.2), (x + size * 0.62, y - size * 0.26), (x + size * 0.42, y), (x - size * 0.4, y)], hull)
    c.line([(x - size / 2, y - size * 0.2), (x + size * 0.62, y - size * 0.26)], 0.008, shade(hull, 0.6))
    c.rect(x - size * 0.22, y - size * 0.42, x + size * 0.14, y - size * 0.2, (238, 238, 234))
    c.rect(x - size * 0.17, y - size * 0.38, x + size * 0.09, y - size * 0.28, (60, 80, 100))
    if mast:
        c.line([(x + size * 0.1, y - size * 0.2), (x + size * 0.1, y - size * 1.35)], 0.007, (216, 214, 208))
        c.line([(x + size * 0.1, y - size * 1.3), (x + size * 0.55, y - size * 0.26)], 0.004, (180, 180, 180))
        c.line([(x + size * 0.1, y - size * 0.42), (x - size * 0.35, y - size * 0.44)], 0.014, (70, 90, 150))
