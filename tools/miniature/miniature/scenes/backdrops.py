"""What lies behind: the sky, and the land or sea along the horizon."""

from . import palette
from .canvas import mix, shade


def sky(c, dramatic=False):
    """The upper part of the picture. A dramatic sky is a subject of its own: sunset, storm, rainbow, piled cloud."""
    bottom = c.horizon + 0.08
    if not dramatic:
        top, low = c.pick([((110, 156, 212), (190, 212, 232)), ((150, 176, 208), (214, 222, 230)),
                           ((186, 192, 198), (214, 216, 218)), ((160, 166, 174), (206, 208, 210)),
                           ((96, 146, 208), (176, 204, 230))])
        c.gradient((0, 0, c.aspect, bottom), c.jitter(top), c.jitter(low))
        if c.chance(0.75):
            cloud = c.noise("cloud", c.width, int(bottom * c.height), c.uniform(1.0, 2.6))
            c.glaze((0, 0, c.aspect, bottom), c.jitter((234, 236, 240), 8), cloud.point(lambda v: max(0, v - 70)))
        return
    kind = c.pick(["sunset", "sunset", "storm", "rainbow", "cumulus", "mist", "rays"])
    if kind == "sunset":
        low = c.pick([(250, 160, 70), (246, 120, 80), (252, 190, 110), (226, 110, 110)])
        c.gradient((0, 0, c.aspect, bottom), c.jitter((74, 70, 116)), low)
        cloud = c.noise("streak", c.width, int(bottom * c.height), 1.8).point(lambda v: max(0, v - 110))
        c.glaze((0, 0, c.aspect, bottom), (244, 128, 84) if c.chance(0.5) else (92, 62, 92), cloud)
        x = c.uniform(0.3, c.aspect - 0.3)
        y = c.horizon - c.uniform(0.02, 0.14)
        c.disc(x, y, 0.05, (255, 214, 140))
        c.disc(x, y, 0.034, (255, 244, 206))
    elif kind == "storm":
        c.gradient((0, 0, c.aspect, bottom), (58, 62, 74), (150, 152, 150))
        c.glaze((0, 0, c.aspect, bottom), (34, 38, 50), c.noise("cloud", c.width, int(bottom * c.height), 2.6))
        if c.chance(0.5):
            c.rect(0, c.horizon - 0.05, c.aspect, c.horizon, (206, 196, 160))
    elif kind == "rainbow":
        c.gradient((0, 0, c.aspect, bottom), (96, 106, 124), (158, 164, 172))
        x, r = c.uniform(0.2, c.aspect - 0.2), c.uniform(0.42, 0.7)
        for i, colour in enumerate([(220, 96, 92), (232, 160, 90), (232, 222, 120), (110, 190, 120), (96, 130, 210),
                                    (140, 110, 190)]):
            q = r - 0.014 * i
            h = c.height
            c.draw.arc(((x - q) * h, (c.horizon - q) * h, (x + q) * h, (c.horizon + q) * h), 180, 360, fill=colour,
                       width=max(2, int(0.015 * h)))
    elif kind == "mist":
        c.gradient((0, 0, c.aspect, bottom), (206, 208, 210), (236, 234, 228))
        c.disc(c.uniform(0.3, c.aspect - 0.3), c.uniform(0.08, 0.25), 0.045, (252, 248, 232))
    else:
        c.gradient((0, 0, c.aspect, bottom), (46, 104, 190), (164, 202, 236))
        for _ in range(int(c.rng.integers(3, 7))):
            x, y, s = c.uniform(0, c.aspect), c.uniform(0.06, c.horizon - 0.05), c.uniform(0.08, 0.18)
            for _ in range(9):
                c.disc(x + c.rng.normal(0, s), y + c.rng.normal(0, s * 0.25), s * c.uniform(0.25, 0.5),
                       c.pick([(250, 250, 252), (240, 242, 246), (214, 220, 230)]))
        if kind == "rays":
            x = c.uniform(0.3, c.aspect - 0.3)
            for i in range(5):
                a = x + (i - 2) * 0.16
                c.poly([(x, 0.05), (a, c.horizon), (a + 0.05, c.horizon)], (226, 232, 228))


def mountains(c):
    """Layered peaks, the nearer the darker; snow or rock on the tops."""
    tone = c.pick([(92, 104, 118), (104, 108, 100), (98, 92, 104)])
    grass = mix(palette.GRASS[c.season], (124, 112, 74), 0.5)
    for layer in range(int(c.rng.integers(2, 4))):
        near = layer / 2
        top = c.horizon - c.uniform(0.14, 0.3) * (1 - 0.35 * near)
        ridge = c.ridge(top, c.uniform(0.05, 0.11), 48, c.uniform(-0.2, 0.2))
        body = ridge + [(c.aspect, c.horizon + 0.1), (0, c.horizon + 0.1)]
        colour = mix(mix(tone, (186, 198, 212), 0.5), grass, min(1, near * 0.8 + 0.1))
        c.textured(body, shade(colour, 0.86), shade(colour, 1.1), "cloud", 1.4)
        if c.season == "snow" or (layer == 0 and c.chance(0.18)):
            cap = [(x, y) for x, y in ridge] + [(x, y + 0.05 + 0.02 * ((i * 7) % 3)) for i, (x, y) in
                                                reversed(list(enumerate(ridge)))]
            c.poly(cap, (236, 240, 244))
        elif layer > 0 and c.chance(0.5):
            for _ in range(10):
                x, y = ridge[int(c.rng.integers(len(ridge)))]
                c.line([(x, y + 0.01), (x + c.rng.normal(0, 0.05), y + c.uniform(0.06, 0.14))], 0.005, shade(colour, 0.72))


def hills(c, relief=0.03):
    """A plain horizon that says little: a low ridge with a line of trees."""
    colour = mix(palette.GRASS[c.season], (150, 164, 170), 0.45)
    ridge = c.ridge(c.horizon - relief, relief * 0.7, 24)
    c.textured(ridge + [(c.aspect, c.horizon + 0.06), (0, c.horizon + 0.06)], shade(colour, 0.92), shade(colour, 1.05), "patch")
    if c.chance(0.6):
        tree_line(c, c.horizon + 0.005, c.uniform(0.012, 0.035))


def tree_line(c, y, height):
    colour = mix(palette.LEAF[c.season], (110, 124, 122), 0.4)
    x = 0.0
    while x < c.aspect:
        r = height * c.uniform(0.5, 1.2)
        if c.chance(0.85):
            c.disc(x, y - r * 0.5, r, c.jitter(colour, 6))
        x += r * c.uniform(0.9, 2.2)
    c.rect(0, y - height * 0.3, c.aspect, y + height * 0.3, colour)


def rolling_fields(c):
    """Lowland patchwork: fields of many greens and yellows seen from a little above, hedges between them."""
    y0, y1 = c.horizon - 0.03, min(1.0, c.horizon + 0.34)
    rows = 6
    edges = [y0 + (y1 - y0) * (i / rows) ** 1.5 for i in range(rows + 1)]
    c.rect(0, y0, c.aspect, y1, palette.GRASS[c.season])
    for i in range(rows):
        x = -c.uniform(0, 0.2)
        while x < c.aspect:
            w = c.uniform(0.12, 0.34) * (0.5 + 0.35 * i)
            colour = c.jitter(c.pick([palette.GRASS[c.season], palette.CROP[c.season], shade(palette.GRASS[c.season], 1.18),
                                      (190, 176, 104), (150, 170, 84), (140, 112, 80)]), 8)
            slant = c.rng.normal(0, 0.05)
            lift = c.rng.normal(0, 0.006, 2)
            a, b = edges[i], edges[i + 1]
            c.poly([(x + slant, a + lift[0]), (x + w + slant, a + lift[1]), (x + w, b + 0.004), (x, b + 0.004)], colour)
            hedge = mix(palette.LEAF[c.season], (40, 60, 40), 0.4)
            c.line([(x + slant, a), (x, b)], 0.004 + 0.0015 * i, hedge)
            if c.chance(0.6):
                c.line([(x + slant, a + lift[0]), (x + w + slant, a + lift[1])], 0.004 + 0.0015 * i, hedge)
            for _ in range(int(c.rng.integers(0, 4))):
                c.disc(x + c.uniform(0, w), a + c.uniform(-0.003, 0.006), c.uniform(0.006, 0.014), hedge)
            x += w


def flat_land(c):
    """Fenland: a ruled horizon, strips of field and a straight drain, much sky."""
    c.rect(0, c.horizon, c.aspect, 1, palette.GRASS[c.season])
    y = c.horizon
    step = 0.012
    while y < 1:
        colour = c.jitter(c.pick([palette.CROP[c.season], palette.GRASS[c.season], (86, 68, 54), (148, 150, 92)]), 8)
        c.rect(0, y, c.aspect, y + step, colour)
        y += step
        step *= c.uniform(1.3, 1.9)
    for _ in range(int(c.rng.integers(0, 4))):
        x = c.uniform(0, c.aspect)
        c.disc(x, c.horizon - 0.006, c.uniform(0.006, 0.014), (92, 104, 92))
    if c.chance(0.5):
        x = c.uniform(0.3, c.aspect - 0.3)
        c.poly([(x, c.horizon + 0.004), (x + 0.01, c.horizon + 0.004), (x + 0.22, 1), (x - 0.14, 1)], c.pick(palette.WATER))


def sea(c):
    """Open sea to the horizon, darker towards it, with lines of swell."""
    colour = c.pick(palette.SEA)
    c.gradient((0, c.horizon, c.aspect, min(1, c.horizon + 0.3)), shade(colour, 0.86), shade(colour, 1.22))
    c.textured([(0, c.horizon), (c.aspect, c.horizon), (c.aspect, c.horizon + 0.3), (0, c.horizon + 0.3)],
               shade(colour, 0.85), shade(colour, 1.25), "streak", 0.9)
    if c.chance(0.4):
        headland(c)


def headland(c):
    side = c.chance(0.5)
    reach = c.uniform(0.25, 0.6)
    top = c.horizon - c.uniform(0.04, 0.14)
    points = [(0, top), (reach * 0.4, top + 0.01), (reach * 0.8, c.horizon - 0.03), (reach, c.horizon + 0.012), (0, c.horizon + 0.03)]
    if side:
        points = [(c.aspect - x, y) for x, y in points]
    c.textured(points, (96, 96, 84), (128, 126, 98), "blotch")


def island(c):
    """A humped island out on the water."""
    x, w, h = c.uniform(0.4, c.aspect - 0.4), c.uniform(0.18, 0.36), c.uniform(0.05, 0.13)
    base = c.horizon + 0.012
    n = 14
    hump = [(x + w * (2 * i / n - 1), base - h * max(0, 1 - abs(2 * i / n - 1) ** c.uniform(1.6, 2.6)) * c.uniform(0.85, 1.1))
            for i in range(n + 1)]
    c.textured(hump, (84, 92, 80), (116, 122, 96), "blotch")
    c.line([(x - w, base), (x + w, base)], 0.006, (206, 208, 200))
    if c.chance(0.3):
        c.rect(x - 0.008, base - h - 0.05, x + 0.008, base - h * 0.8, (240, 240, 236))


def skyline(c):
    """A town's roofs and towers against the sky."""
    x = 0.0
    while x < c.aspect:
        w, h = c.uniform(0.05, 0.12), c.uniform(0.03, 0.12)
        colour = c.jitter(mix(c.pick(palette.BRICK + palette.CONCRETE), (170, 178, 190), 0.45), 8)
        c.rect(x, c.horizon - h, x + w, c.horizon + 0.06, colour)
        if c.chance(0.5):
            c.poly([(x, c.horizon - h), (x + w / 2, c.horizon - h - 0.03), (x + w, c.horizon - h)], shade(colour, 0.8))
        x += w
