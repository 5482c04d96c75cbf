"""A picture under construction, in units of its height.

x runs from 0 to `aspect`, y from 0 (top) to 1 (bottom), so a scene is the same scene at every resolution.
Textures come from a bank of noise tiles made once, and are pasted through masks by Pillow's C code:
a scene costs milliseconds, not seconds.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# The height in pixels at which one tile pixel is one picture pixel.
TILE_HEIGHT = 336
TILE_SIZE = 1024


def _tile(rng, blur_x, blur_y):
    """Noise with the given correlation lengths in pixels, stretched to the full range of a byte."""
    noise = rng.standard_normal((TILE_SIZE, TILE_SIZE)).astype(np.float32)
    for axis, blur in ((1, blur_x), (0, blur_y)):
        if blur > 0:
            frequency = np.fft.rfftfreq(TILE_SIZE) if axis == 1 else np.fft.fftfreq(TILE_SIZE)
            gain = np.exp(-2 * (np.pi * blur * frequency) ** 2)
            spectrum = np.fft.rfft(noise, axis=1) if axis == 1 else np.fft.fft(noise, axis=0)
            spectrum *= gain[None, :] if axis == 1 else gain[:, None]
            noise = np.fft.irfft(spectrum, n=TILE_SIZE, axis=1) if axis == 1 else np.fft.ifft(spectrum, axis=0).real
    noise = (noise - noise.mean()) / noise.std()
    return noise.astype(np.float32)


def _to_mask(noise):
    return Image.fromarray(np.clip(128 + 52 * noise, 0, 255).astype(np.uint8), "L")


def _make_tiles():
    rng = np.random.default_rng(7)
    fractal = sum(_tile(rng, b, b * 0.6) * b ** 0.6 for b in (2, 5, 12, 30, 70))
    fractal /= fractal.std()
    return {
        "grain": _to_mask(_tile(rng, 0.6, 0.6)),
        "speckle": _to_mask(_tile(rng, 1.3, 1.1)),
        "blotch": _to_mask(_tile(rng, 7, 4)),
        "patch": _to_mask(_tile(rng, 26, 9)),
        "streak": _to_mask(_tile(rng, 14, 0.8)),
        "blade": _to_mask(_tile(rng, 0.7, 5)),
        "cloud": _to_mask(fractal),
    }


_TILES = None


def tiles():
    global _TILES
    if _TILES is None:
        _TILES = _make_tiles()
    return _TILES


def shade(colour, factor):
    """A colour made lighter (above 1) or darker (below 1)."""
    return tuple(int(max(0, min(255, c * factor))) for c in colour)


def mix(a, b, t):
    return tuple(int(a[i] * (1 - t) + b[i] * t) for i in range(3))


class Canvas:
    """The picture, its random source, and its drawing operations in height units."""

    def __init__(self, rng, height=TILE_HEIGHT, aspect=4 / 3):
        self.rng = rng
        self.height = height
        self.width = int(round(height * aspect))
        self.aspect = self.width / height
        self.image = Image.new("RGB", (self.width, self.height), (128, 128, 128))
        self.draw = ImageDraw.Draw(self.image)
        self.horizon = 0.45
        # Season and light are facts of the whole picture: vegetation and windows look them up.
        self.season = "summer"
        self.night = False

    # Random helpers -----------------------------------------------------------------------------

    def uniform(self, low, high):
        return float(low + (high - low) * self.rng.random())

    def chance(self, p):
        return bool(self.rng.random() < p)

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def jitter(self, colour, amount=12):
        d = self.rng.normal(0, amount, 3) * 0.5 + self.rng.normal(0, amount * 0.8)
        return tuple(int(max(0, min(255, colour[i] + d[i]))) for i in range(3))

    # Drawing ------------------------------------------------------------------------------------

    def px(self, points):
        h = self.height
        return [(x * h, y * h) for x, y in points]

    def poly(self, points, colour):
        if len(points) > 2:
            self.draw.polygon(self.px(points), fill=colour)

    def rect(self, x0, y0, x1, y1, colour):
        h = self.height
        if x1 < x0:
            x0, x1 = x1, x0
        if y1 < y0:
            y0, y1 = y1, y0
        self.draw.rectangle((x0 * h, y0 * h, x1 * h, y1 * h), fill=colour)

    def oval(self, x0, y0, x1, y1, colour):
        h = self.height
        self.draw.ellipse((min(x0, x1) * h, min(y0, y1) * h, max(x0, x1) * h, max(y0, y1) * h), fill=colour)

    def disc(self, x, y, r, colour):
        self.oval(x - r, y - r, x + r, y + r, colour)

    def line(self, points, width, colour):
        self.draw.line(self.px(points), fill=colour, width=max(1, int(round(width * self.height))))

    def textured(self, points, dark, light, tile="blotch", contrast=1.0):
        """Fills a polygon with a mottled mixture of two colours."""
        xs = [p[0] for p in points]
        ys = [p[1] for p in points]
        h = self.height
        x0, x1 = max(0, int(min(xs) * h)), min(self.width, int(max(xs) * h) + 1)
        y0, y1 = max(0, int(min(ys) * h)), min(self.height, int(max(ys) * h) + 1)
        if x1 <= x0 or y1 <= y0:
            return
        noise = self.noise(tile, x1 - x0, y1 - y0, contrast)
        fill = Image.composite(Image.new("RGB", noise.size, light), Image.new("RGB", noise.size, dark), noise)
        mask = Image.new("L", noise.size, 0)
        ImageDraw.Draw(mask).polygon([(x * h - x0, y * h - y0) for x, y in points], fill=255)
        self.image.paste(fill, (x0, y0), mask)

    def noise(self, tile, width, height, contrast=1.0):
        """A window of a noise tile at the picture's scale, as a mask."""
        scale = TILE_HEIGHT / self.height
        w = min(TILE_SIZE, max(1, int(width * scale)))
        h = min(TILE_SIZE, max(1, int(height * scale)))
        left = int(self.rng.integers(0, TILE_SIZE - w + 1))
        top = int(self.rng.integers(0, TILE_SIZE - h + 1))
        window = tiles()[tile].crop((left, top, left + w, top + h))
        if window.size != (width, height):
            window = window.resize((width, height), Image.BILINEAR)
        if contrast != 1.0:
            window = window.point([int(max(0, min(255, 128 + (i - 128) * contrast))) for i in range(256)])
        return window

    def glaze(self, box, colour, mask):
        """Lays a colour over a rectangle (x0, y0, x1, y1 in height units) through a mask of any size."""
        h = self.height
        x0, y0, x1, y1 = (int(round(v * h)) for v in box)
        if x1 <= x0 or y1 <= y0:
            return
        mask = mask.resize((x1 - x0, y1 - y0), Image.BILINEAR) if mask.size != (x1 - x0, y1 - y0) else mask
        self.image.paste(Image.new("RGB", mask.size, colour), (x0, y0), mask)

    def gradient(self, box, top, bottom):
        """Fills a rectangle with a vertical gradient between two colours."""
        h = self.height
        x0, y0, x1, y1 = (int(round(v * h)) for v in box)
        if x1 <= x0 or y1 <= y0:
            return
        ramp = Image.linear_gradient("L").resize((x1 - x0, y1 - y0), Image.BILINEAR)
        fill = Image.composite(Image.new("RGB", ramp.size, bottom), Image.new("RGB", ramp.size, top), ramp)
        self.image.paste(fill, (x0, y0))

    def soften(self, radius, box=None):
        """Blurs the picture, or a box of it, by a radius in height units."""
        blur = ImageFilter.GaussianBlur(radius * self.height)
        if box is None:
            self.image.paste(self.image.filter(blur))
        else:
            pixels = tuple(int(v * self.height) for v in box)
            self.image.paste(self.image.crop(pixels).filter(blur), pixels)

    def ridge(self, y, roughness, steps=40, bias=0.0):
        """A skyline from left to right: midpoint displacement around y, as points."""
        values = [self.rng.normal(0, roughness), self.rng.normal(0, roughness)]
        spread = roughness
        while len(values) < steps:
            finer = []
            for a, b in zip(values, values[1:]):
                finer += [a, (a + b) / 2 + self.rng.normal(0, spread * 0.5)]
            values = finer + [values[-1]]
            spread *= 0.52
        n = len(values) - 1
        return [(self.aspect * i / n, y - bias * (i / n - 0.5) + v) for i, v in enumerate(values)]
