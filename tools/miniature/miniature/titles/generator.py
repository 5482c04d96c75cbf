"""Writes a title for a set of tags.

A title mentions some of its tags, each by a word, a name or a wrap around another mention, set in a frame with a place.
Frames and phrases of more than one word are split by a hash: a fifth of them are never used for training titles, and
evaluation titles use only that fifth (single words, the alphabet of titles, are shared).
"""

import re
import zlib

from . import words_communications, words_habitat, words_nature, words_topography, words_use
from .names import Names

SOURCES = (words_topography, words_nature, words_habitat, words_use, words_communications)

ADJECTIVES = """old small large big little narrow long high new tall wide busy quiet fine impressive attractive unusual typical pretty picturesque lonely remote isolated hidden distant sunny wet early late
stone wooden timber iron metal brick white red green grey blue modern victorian georgian local lovely splendid interesting main first last second another former traditional restored well-kept weathered northern southern eastern western
upper lower north south east west popular peaceful curious""".split()
FRAMES = {
    0: ["{P}", "View from {P}", "Looking north from {P}", "Looking south", "Near {P}", "{P} from the air", "Grid square view, {P}", "A view near {P}", "On the way to {P}", "At {P}", "Towards {P}", "{P} - general view", "{Q} to {P}", "Looking west near {P}", "{P} in summer",
        "Approaching {P}", "{P} in autumn", "North of {P}", "Just south of {P}", "{P}, looking east", "Spring at {P}", "{G}", "The view to {P}", "Above {P}", "Outside {P}", "Somewhere near {P}"],
    1: ["{a}", "{a}", "{a}, {P}", "{a}, {P}", "{a} at {P}", "{a} near {P}", "{a} in {P}", "{P} {a}", "{P}: {a}", "{a} - {P}", "The {a} at {P}", "{A} {a}", "{A} {a} near {P}", "{A} {a}, {P}", "View of {a}", "Looking towards {a}", "{a} on {S}", "{a}, {S}", "{a} by {P}", "{a} west of {P}",
        "{a} south of {P}", "{a} north of {P}", "{a} above {P}", "{a} below {P}", "{a} close to {P}", "The {a}", "Towards {a}", "{P} - {a}", "{a} ({k})", "{a} (1)", "{a} : {P}", "{P}, {a}", "Part of {a}", "{a} from {S}", "{a} off {S}", "Another {a}", "{a} between {P} and {P}", "{a} seen from {P}", "End of {a}",
        "{a} {G}", "Inside {a}", "{A} {a} at {P}", "Approaching {a}", "{a} in winter", "{a} in autumn", "{a} looking north", "{a} from the south", "A {A} {a}", "{a} east of {P}", "{a} & surroundings", "detail of {a}", "{a}, near {P}", "Looking down on {a}", "Old {a}, {P}", "{P} from {a}", "Remote {a}", "No entry to {a}", "{a} on the way to {P}"],
    2: ["{a} and {b}", "{a} and {b}, {P}", "{a} by {b}", "{a} near {b}", "{a} beside the {b}", "{a} with {b}", "{a}, {b}", "{P}: {a} and {b}", "{a} above the {b}", "{a} from the {b}", "{a} overlooking {b}", "{a} at {P} with {b}", "{a} & {b}", "{a} next to {b}", "{a} in front of {b}", "{a} and {b} at {P}",
        "{a} and {b} near {P}", "{a} behind the {b}", "{A} {a} by the {b}", "{a} opposite {b}", "{a} seen from {b}", "{a} beyond the {b}", "{a}, {P}, and {b}", "{a} towards {b}", "{P} - {a}, {b}", "{a} along the {b}", "{a} close to the {b}", "{b}: {a}", "{a} to the {b}", "{a} in the distance from {b}", "The {a} and the {b}"],
    3: ["{a}, {b} and {c}", "{a} and {b} by {c}", "{a}, {b} and {c}, {P}", "{a} near the {b} and {c}", "{a} with {b} and {c}", "{a} by {b}, {c}", "{P}: {a}, {b}, {c}", "{a} and {b} with {c} beyond", "{a} beside {b} near {c}", "{a} from {b} towards {c}", "{a} & {b}, {c}"],
}
# How often a title mentions each of its tags; and how often an image shows each (see dataset).
MENTION = 0.86
NOTHING = 0.035
DISTRACTION = 0.05


def _list(text):
    return [re.sub(r"\s+", " ", part).strip() for part in text.split(";") if part.strip()]


def _load():
    rows = {}
    for source in SOURCES:
        for row, entry in source.ROWS.items():
            rows[row] = (_list(entry["words"]), _list(entry["named"]), _list(entry["wraps"]))
    assert sorted(rows) == list(range(49))
    return rows


LEXICON = _load()


def held(phrase):
    """Whether a frame or a phrase of several words belongs to evaluation alone."""
    return zlib.crc32(("phrase " + phrase).encode()) % 5 == 0


def _side(options, unseen, singles=True):
    kept = [o for o in options if (singles and " " not in o) or held(o) == unseen]
    return kept or options


class TitleWriter:
    """Writes titles of one side of the split."""

    def __init__(self, unseen=False):
        self.unseen = unseen
        self.names = Names(unseen)
        self.lexicon = {}
        for row, (words, named, wraps) in LEXICON.items():
            self.lexicon[row] = (_side(words, unseen), _side(named, unseen, singles=False), _side(wraps, unseen, singles=False))
        self.frames = {n: _side(frames, unseen) for n, frames in FRAMES.items()}

    def write(self, rng, rows, nation):
        """A title for the rows; nation shapes its names."""
        mentioned = [r for r in rows if rng.random() < MENTION]
        if rng.random() < NOTHING:
            mentioned = []
        elif not mentioned:
            mentioned = [rows[int(rng.integers(len(rows)))]]
        rng.shuffle(mentioned)
        if len(mentioned) > 4:
            mentioned = mentioned[:4]
        parts = []
        pending = list(mentioned)
        while pending:
            row = pending.pop()
            phrase = self._mention(rng, row, nation)
            # A wrap says two tags in one phrase: "footpath to the lock".
            if pending and rng.random() < 0.45:
                phrase = self._wrap(rng, pending.pop(), phrase, nation)
            parts.append(phrase)
        title = self._frame(rng, parts, nation)
        if rng.random() < DISTRACTION:
            title += self._distraction(rng, nation)
        return self._spell(rng, title)

    def _mention(self, rng, row, nation):
        words, named, _ = self.lexicon[row]
        if rng.random() < (0.42 if row not in (12, 27, 24) else 0.6):
            for _ in range(6):
                shape = _one(rng, named)
                # Welsh, Gaelic and Irish shapes belong at home, mostly.
                home = {"w": "wales", "g": "scotland", "i": "ireland"}
                if all(home.get(k, nation) == nation for k in re.findall(r"\{(\w)\}", shape)) or rng.random() < 0.08:
                    break
            return self.names.fill(shape, rng, nation)
        word = _one(rng, words)
        if rng.random() < 0.16:
            for _ in range(5):
                phrase = f"{_one(rng, ADJECTIVES)} {word}"
                if held(phrase) == self.unseen:
                    return phrase
        return word

    def _wrap(self, rng, row, phrase, nation):
        wrap = _one(rng, self.lexicon[row][2]).replace("{x}", "\0")
        return self.names.fill(wrap, rng, nation).replace("\0", phrase)

    def _frame(self, rng, parts, nation):
        while len(parts) > 3:
            parts = [f"{parts[0]}, {parts[1]}"] + parts[2:]
        frame = _one(rng, self.frames[len(parts)])
        for key, phrase in zip("abc", parts):
            frame = frame.replace("{" + key + "}", "\0" + key)
        adjective = _one(rng, ADJECTIVES)
        frame = frame.replace("{A}", adjective).replace("{P}", "{n}").replace("{Q}", "{n}").replace("{S}", "{s}").replace("{G}", "{q}")
        frame = self.names.fill(frame, rng, nation)
        for key, phrase in zip("abc", parts):
            frame = frame.replace("\0" + key, phrase)
        return frame

    def _distraction(self, rng, nation):
        """A landmark that the photo need not show."""
        tail = _one(rng, [" from {s}", " off {s}", " ({s})", ", behind {s}", " near Church Farm", " by Mill Lane", " on Station Road", " seen from Castle Hill", ", taken from the car", " on a walk from {n}", " - view {k}", ", {k} years on", " on the {n} side", " in the rain", " with the dog"])
        return self.names.fill(tail, rng, nation)

    def _spell(self, rng, title):
        """The habits of typing: capitals, full stops, a double space."""
        kind = rng.random()
        if kind < 0.04:
            title += "."
        elif kind < 0.06:
            title = title.replace(" and ", " & ", 1)
        elif kind < 0.07:
            title = title.replace("'", "", 1)
        elif kind < 0.085:
            title = title.replace(",", " -", 1)
        return title[:1].upper() + title[1:]


def _one(rng, options):
    return options[int(rng.random() * len(options))]
