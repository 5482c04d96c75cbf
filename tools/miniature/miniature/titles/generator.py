"""Writes a title for a set of tags.

A title mentions some of its tags, each by a word, a name or a wrap around another mention, set in a frame with a place.
Frames and phrases of more than one word are split: training titles never use those of the test, and test titles use no others
(single words, the alphabet of titles, are shared). A phrase is kept for the test only where training has each of its words in
another phrase of the same tag: a model of this size cannot know what a word means that it never met. Some phrases with such words
are kept from training all the same, for a third set that shows just that.
"""

import collections
import re
import zlib

from . import words_communications, words_habitat, words_nature, words_regional, words_topography, words_use
from .frames import ADJECTIVES, DISTRACTIONS, FILLERS, FRAMES
from .names import Names

SOURCES = (words_topography, words_nature, words_habitat, words_use, words_communications, words_regional)
# Which phrases a title may use: training's; the test's, new combinations of known words; or new ones with unknown words.
TRAINING, TEST, UNKNOWN = "training", "test", "unknown words"

# How often a title mentions each of its tags, how often it mentions none of them, and how often it adds what tells nothing.
MENTION = 0.9
NOTHING = 0.03
DISTRACTION = 0.1
# How often a phrase is passed over that by another of its words names a tag the photo does not have: who writes of a
# mountain stream mostly tags the mountain too.
CONSISTENCY = 0.8


def _list(text):
    return [re.sub(r"\s+", " ", part).strip() for part in text.split(";") if part.strip()]


def _load():
    rows = {row: ([], [], []) for row in range(49)}
    for source in SOURCES:
        for row, entry in source.ROWS.items():
            for kept, name in zip(rows[row], ("words", "named", "wraps")):
                kept += [phrase for phrase in _list(entry.get(name, "")) if phrase not in kept]
    return rows


LEXICON = _load()
_SMALL = set("a an and as at by for from in it n near of off on or over s the to under with y".split())


def content(phrase):
    """The words of a phrase or shape that can tell anything."""
    return [w for w in re.findall(r"[^\W\d_]+", re.sub(r"\{\w\}", " ", phrase).lower()) if w not in _SMALL]


def held(phrase):
    """Whether a frame or an adjective with a word belongs to the test alone: a fixed fifth of them."""
    return zlib.crc32(("phrase " + phrase).encode()) % 5 == 0


def _split(row):
    """The side of every phrase of several words of a tag, and of its shapes and wraps."""
    counts = collections.Counter(w for part in LEXICON[row] for phrase in part for w in set(content(phrase)))
    sides = {}
    for kind, part in enumerate(LEXICON[row]):
        for phrase in part:
            if kind == 0 and " " not in phrase:
                continue
            words, lot = set(content(phrase)), zlib.crc32(("phrase " + phrase).encode())
            if all(counts[w] > 1 for w in words):
                if lot % 4 == 0:
                    sides[phrase] = TEST
                    counts.subtract(words)
            elif kind == 0 and lot % 8 == 0:
                sides[phrase] = UNKNOWN
    return sides


def _implied():
    """For every phrase the other tags that one of its words, or all of it, names alone."""
    names = collections.defaultdict(set)
    for row, (words, _, _) in LEXICON.items():
        for word in words:
            names[word.lower()].add(row)
    out = {}
    for row, parts in LEXICON.items():
        for phrase in (p for part in parts for p in part):
            said = set().union(names.get(phrase.lower(), ()), *(names.get(w, ()) for w in content(phrase)))
            if said - {row}:
                out[row, phrase] = said - {row}
    return out


SIDES = {row: _split(row) for row in LEXICON}
IMPLIED = _implied()


class TitleWriter:
    """Writes titles of one side of the split."""

    def __init__(self, side=TRAINING):
        self.unseen = side != TRAINING
        self.names = Names(self.unseen)
        self.lexicon = {}
        for row, (words, named, wraps) in LEXICON.items():
            sides = SIDES[row]
            single = [w for w in words if " " not in w]
            if side == UNKNOWN:
                words = [w for w in words if sides.get(w) == UNKNOWN] or single
            else:
                words = single + [w for w in words if " " in w and sides.get(w, TRAINING) == side]
            # A tag without a shape or wrap of the test's own shares training's.
            new = TEST if self.unseen else TRAINING
            named, wraps = ([s for s in part if sides.get(s, TRAINING) == new] or part for part in (named, wraps))
            self.lexicon[row] = (words, named, wraps)
        self.frames = {n: [f for f in frames if held(f) == self.unseen] for n, frames in FRAMES.items()}
        self.distractions, self.fillers = ([f for f in some if held(f) == self.unseen] for some in (DISTRACTIONS, FILLERS))

    def write(self, rng, rows, nation):
        """A title for the rows, and the rows that it mentions; nation shapes its names."""
        mentioned = [r for r in rows if rng.random() < MENTION]
        if rng.random() < NOTHING:
            mentioned = []
        elif not mentioned:
            mentioned = [rows[int(rng.integers(len(rows)))]]
        rng.shuffle(mentioned)
        mentioned = mentioned[:4]
        parts, pending, present = [], list(mentioned), set(rows)
        while pending:
            phrase = self._mention(rng, pending.pop(), present, nation)
            # A wrap says two tags in one phrase: "footpath to the lock".
            if pending and rng.random() < 0.45:
                phrase = self._wrap(rng, pending.pop(), present, phrase, nation)
            parts.append(phrase)
        title = self._frame(rng, parts, nation)
        if rng.random() < DISTRACTION:
            title = self._distraction(rng, nation, title)
        return self._spell(rng, title), mentioned

    @staticmethod
    def _choose(rng, row, options, present):
        """One of the options, mostly one that names no tag which the photo does not have."""
        for _ in range(6):
            phrase = _one(rng, options)
            if IMPLIED.get((row, phrase), present) <= present or rng.random() > CONSISTENCY:
                break
        return phrase

    def _mention(self, rng, row, present, nation):
        words, named, _ = self.lexicon[row]
        if rng.random() < (0.42 if row not in (12, 27, 24) else 0.6):
            for _ in range(6):
                shape = self._choose(rng, row, named, present)
                # Welsh, Gaelic and Irish shapes belong at home, mostly.
                home = {"w": "wales", "g": "scotland", "i": "ireland"}
                if all(home.get(k, nation) == nation for k in re.findall(r"\{(\w)\}", shape)) or rng.random() < 0.08:
                    break
            return self.names.fill(shape, rng, nation)
        word = self._choose(rng, row, words, present)
        if rng.random() < 0.16:
            for _ in range(5):
                phrase = f"{_one(rng, ADJECTIVES)} {word}"
                if held(phrase) == self.unseen:
                    return phrase
        return word

    def _wrap(self, rng, row, present, phrase, nation):
        wrap = self._choose(rng, row, self.lexicon[row][2], present).replace("{x}", "\0")
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

    def _distraction(self, rng, nation, title):
        """What tells nothing of the tags: a landmark that the photo need not show, or a turn of phrase."""
        if rng.random() < 0.5:
            return title + self.names.fill(_one(rng, self.distractions), rng, nation)
        filler = _one(rng, self.fillers)
        return f"{title}{_one(rng, [', ', ' - ', ' '])}{filler}" if rng.random() < 0.6 else f"{filler[:1].upper()}{filler[1:]}{_one(rng, [', ', ' - ', ': '])}{title}"

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
