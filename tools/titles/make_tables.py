#!/usr/bin/env python3
"""Writes the tables that title clean-up reads, from Python's own copies of the public lists.

    python3 tools/titles/make_tables.py src/GeoTagService.Core/Titles/Cleaning

html-entities.txt: the named character references of HTML, as html.entities lists them.
canonical-mappings.txt: Unicode's canonical decompositions and combining classes. Run it with a Python whose Unicode
version (3.11: 14.0) is that of the reference tokeniser.
"""
import html.entities
import pathlib
import sys
import unicodedata


def entities():
    names = html.entities.html5
    yield "# Named character references of HTML: name, code points. A star: also without its semicolon."
    for name in sorted(name for name in names if name.endswith(";")):
        star = "*" if name[:-1] in names else ""
        yield f"{name[:-1]}{star} {' '.join(f'{ord(c):X}' for c in names[name])}"


def canonical_mappings():
    yield f"# Unicode {unicodedata.unidata_version}. code point=canonical decomposition; ! = never composed again."
    for code in range(0x110000):
        mapping = unicodedata.decomposition(chr(code))
        if mapping and not mapping.startswith("<"):
            stays = unicodedata.normalize("NFC", chr(code)) == chr(code)
            yield f"{code:X}{'=' if stays else '!'}{' '.join(part.lstrip('0') for part in mapping.split())}"
    yield "# first-last:canonical combining class"
    classes = [(code, unicodedata.combining(chr(code))) for code in range(0x110000)]
    first = 0
    for code, value in classes:
        following = classes[code + 1][1] if code + 1 < len(classes) else 0
        if value and (code == 0 or classes[code - 1][1] != value):
            first = code
        if value and following != value:
            yield f"{first:X}-{code:X}:{value}"


def main(folder):
    for name, lines in (("html-entities.txt", entities()), ("canonical-mappings.txt", canonical_mappings())):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
