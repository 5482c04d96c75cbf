"""Byte-pair encoding as CLIP's tokeniser does it, with merges of our own learnt from titles.

The file has CLIP's form: gzip, one header line, then one merge a line. Ids: 256 bytes, 256 bytes ending a word, the merges in order, start, end.
"""

import collections
import gzip
import html
import re

import numpy as np

# CLIP's pattern, for the letters that titles use ([^\W\d_] is a letter, \d a digit).
_WORDS = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+", re.IGNORECASE)


def byte_letters():
    """CLIP's printable stand-in for every byte, in the order of its first 256 ids."""
    shown = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters = [chr(b) for b in shown]
    extra = 0
    for b in range(256):
        if b not in shown:
            shown.append(b)
            letters.append(chr(256 + extra))
            extra += 1
    return dict(zip(shown, letters))


_LETTERS = byte_letters()


def words(text):
    """A title's words as byte letters, cleaned as CLIP cleans them."""
    text = html.unescape(html.unescape(text)).strip()
    text = re.sub(r"\s+", " ", text).strip().lower()
    return ["".join(_LETTERS[b] for b in word.encode("utf-8")) for word in _WORDS.findall(text)]


def learn(titles, merges):
    """The `merges` commonest merges of a list of titles."""
    counts = collections.Counter(word for title in titles for word in words(title))
    pieces = [[list(word[:-1]) + [word[-1] + "</w>"], count] for word, count in sorted(counts.items())]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for index, (symbols, count) in enumerate(pieces):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += count
            where[pair].add(index)
    learnt = []
    while len(learnt) < merges:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        learnt.append(best)
        for index in list(where[best]):
            symbols, count = pieces[index]
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] -= count
                where[pair].discard(index)
            merged, i = [], 0
            while i < len(symbols):
                if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == best:
                    merged.append(symbols[i] + symbols[i + 1])
                    i += 2
                else:
                    merged.append(symbols[i])
                    i += 1
            pieces[index][0] = merged
            for pair in zip(merged, merged[1:]):
                pairs[pair] += count
                where[pair].add(index)
        del pairs[best]
    return learnt


def save(path, merges):
    text = '"geotag miniature merges" - #version: 0.2\n' + "\n".join(" ".join(pair) for pair in merges) + "\n"
    with open(path, "wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file:
        file.write(text.encode("utf-8"))


class Tokenizer:
    """Titles to ids."""

    def __init__(self, path, context):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            merges = [tuple(line.split()) for line in file.read().split("\n")[1:] if line]
        vocabulary = list(_LETTERS.values())
        vocabulary += [v + "</w>" for v in vocabulary] + ["".join(pair) for pair in merges]
        self.ids = {piece: i for i, piece in enumerate(vocabulary)}
        self.ranks = {pair: i for i, pair in enumerate(merges)}
        self.start, self.end = len(vocabulary), len(vocabulary) + 1
        self.size = len(vocabulary) + 2
        self.context = context
        self.cache = {}

    def _word(self, word):
        if word in self.cache:
            return self.cache[word]
        symbols = list(word[:-1]) + [word[-1] + "</w>"]
        while len(symbols) > 1:
            rank, at = min((self.ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(symbols, symbols[1:])))
            if rank == 1 << 30:
                break
            pair = (symbols[at], symbols[at + 1])
            merged, i = [], 0
            while i < len(symbols):
                if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
                    merged.append(symbols[i] + symbols[i + 1])
                    i += 2
                else:
                    merged.append(symbols[i])
                    i += 1
            symbols = merged
        self.cache[word] = [self.ids[s] for s in symbols]
        return self.cache[word]

    def encode(self, title):
        ids = [self.start] + [i for word in words(title) for i in self._word(word)] + [self.end]
        if len(ids) > self.context:
            ids = ids[:self.context]
            ids[-1] = self.end
        return ids

    def batch(self, titles):
        """Ids padded with zeros to the longest title: int64 [n, length]."""
        rows = [self.encode(title) for title in titles]
        out = np.zeros((len(rows), max(len(r) for r in rows)), dtype=np.int64)
        for i, row in enumerate(rows):
            out[i, :len(row)] = row
        return out
