"""The sample photo of the README: a drawn canal lock, with a place in its EXIF."""

import io

from PIL import Image

from .scenes.composition import photograph

# Row 41 is Canals. The place is a flight of locks in Leicestershire; the scene is drawn, not taken there.
ROWS = [41]
SEED = 1
LATITUDE, LONGITUDE = 52.5003, -0.9797


def _degrees(value):
    value = abs(value)
    degrees = int(value)
    minutes = int((value - degrees) * 60)
    seconds = round(((value - degrees) * 60 - minutes) * 60, 2)
    return (float(degrees), float(minutes), seconds)


def gps(latitude, longitude):
    exif = Image.Exif()
    exif[0x010E] = "Canal lock, a drawn scene"
    exif[0x8825] = {1: "N" if latitude >= 0 else "S", 2: _degrees(latitude), 3: "E" if longitude >= 0 else "W", 4: _degrees(longitude)}
    return exif


def write(path, seed=SEED, rows=ROWS):
    image, _ = photograph(rows, seed, height=683, aspect=1024 / 683)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=84, exif=gps(LATITUDE, LONGITUDE))
    with open(path, "wb") as file:
        file.write(buffer.getvalue())
