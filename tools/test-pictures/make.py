"""Draws tests/data/formats: one small picture of every kind that the decoders tell apart. Needs Pillow; from the repository's
root: python3 tools/test-pictures/make.py tests/data/formats"""
import struct
import sys
import zlib
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 61, 45


def scene(width=WIDTH, height=HEIGHT):
    picture = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            hill = y > height * 0.6 + 6 * ((x * 7 // width) % 3)
            picture.putpixel((x, y), (40 + x, 90 + y, 30) if hill else (120 + y, 160, 255 - 2 * y))
    return picture


def png(header, rows, *chunks):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(k, b) for k, b in chunks)
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def png16():
    rows = b"".join(
        b"\x00" + b"".join(struct.pack(">HHHH", x * 1000, y * 1400, 30000, 65535 - x * 500) for x in range(WIDTH))
        for y in range(HEIGHT))
    return png(struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 6, 0, 0, 0), rows)


def png_adam7():
    source, passes = scene(), [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for left, top, across, down in passes:
        for y in range(top, HEIGHT, down):
            rows += b"\x00" + b"".join(bytes(source.getpixel((x, y))) for x in range(left, WIDTH, across))
    return png(struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1), rows)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rgb = scene()
    alpha = rgb.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(rgb.size))
    palette = rgb.quantize(32)
    frames = [rgb.quantize(16), rgb.rotate(180).quantize(16)]

    def save(name, picture, **options):
        picture.save(folder / name, **options)

    save("baseline-420.jpg", rgb, quality=80, subsampling=2)
    save("baseline-444-restart.jpg", rgb, quality=60, subsampling=0, restart_marker_rows=1)
    save("baseline-gray.jpg", rgb.convert("L"), quality=70)
    save("baseline-cmyk.jpg", rgb.convert("CMYK"), quality=70)
    save("progressive-420.jpg", rgb, quality=75, progressive=True)
    save("progressive-444.jpg", rgb, quality=75, progressive=True, subsampling=0)
    save("progressive-gray.jpg", rgb.convert("L"), quality=75, progressive=True)
    save("progressive-cmyk.jpg", rgb.convert("CMYK"), quality=60, progressive=True)
    save("rgb.png", rgb, optimize=True)
    save("rgba.png", alpha, optimize=True)
    save("gray.png", rgb.convert("L"), optimize=True)
    save("gray-alpha.png", alpha.convert("LA"), optimize=True)
    save("palette.png", palette, optimize=True)
    save("palette-transparent.png", palette, transparency=3, optimize=True)
    save("one-bit.png", rgb.convert("1"), optimize=True)
    (folder / "rgba-16.png").write_bytes(png16())
    (folder / "interlaced.png").write_bytes(png_adam7())
    save("lossy.webp", rgb, quality=60)
    save("lossless.webp", rgb, lossless=True)
    save("alpha.webp", alpha, quality=60)
    save("animated.webp", frames[0].convert("RGB"), save_all=True, append_images=[frames[1].convert("RGB")], quality=50)
    save("palette.gif", palette)
    save("interlaced.gif", palette, interlace=1)
    save("transparent.gif", palette, transparency=2)
    save("animated.gif", frames[0], save_all=True, append_images=frames[1:], duration=50)
    save("rgb.bmp", rgb)
    save("palette.bmp", palette)
    save("gray.bmp", rgb.convert("L"))
    save("one-bit.bmp", rgb.convert("1"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
