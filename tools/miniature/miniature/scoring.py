"""Scores the network for photographs: on places and sources that nothing was fitted to, and on photos that may not be trained on."""

import zlib

import numpy as np
import torch

from . import photographs, residual
from .clip import normalise
from .titles.generator import TEST
from .world import tags

FOLDS = 8
# Sources of at least so many photographs are left out whole; smaller ones together, in so many parts.
LARGE_SOURCE, SMALL_PARTS = 15, 5


def calibration_error(confidence, right, bins=10):
    """Expected calibration error over bins of equal width."""
    at = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum((at == b).mean() * abs(confidence[at == b].mean() - right[at == b].mean()) for b in range(bins) if (at == b).any())


def score(probabilities, labels):
    """Most probable tag accepted, one among the chosen accepted, confidence, calibration error of it and of all."""
    top = probabilities.argmax(1)
    right = labels[np.arange(len(labels)), top]
    chosen = probabilities > 0.5
    chosen[np.arange(len(labels)), top] = True
    confidence = probabilities.max(1)
    return (right.mean(), (chosen * labels).any(1).mean(), confidence.mean(), calibration_error(confidence, right),
            calibration_error(probabilities.ravel(), labels.ravel()), chosen.sum(1).mean())


def held_out(lesson, groups):
    """Probabilities for every photo, by projections that saw no photo of its group, and CLIP's share of it by the gate."""
    answers = {name: np.zeros(lesson.labels.shape, dtype=np.float32) for name in photographs.SERVED}
    share = np.zeros(len(lesson.labels), dtype=np.float32)
    titles = lesson.titled(lesson.labels, TEST)[:, 0]
    for group in sorted(set(groups)):
        rows, others = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
        for name, values in lesson.answers(lesson.fit(others), lesson.seen[rows, 0], titles[rows]).items():
            answers[name][rows] = values
        weight, bias = lesson.gate(others)
        share[rows] = torch.sigmoid(lesson.seen[rows, 0] @ weight + bias).numpy()
    return answers, share


def folds(places, seed):
    """A group for each photo: whole places, dealt out by chance."""
    names = np.array(sorted(set(places)))
    dealt = {names[at]: i % FOLDS for i, at in enumerate(np.random.default_rng(seed).permutation(len(names)))}
    return np.array([dealt[place] for place in places])


def _print(rows):
    """A line for each head: mean and deviation of scores."""
    for name in photographs.SERVED:
        values = [scores[name] for scores in rows]
        print(f"{name:22s}", " ".join(f"{mean:.3f}±{spread:.3f}" for mean, spread in zip(np.mean(values, 0), np.std(values, 0))), flush=True)


def _score_all(answers, labels):
    """Scores of each head on the photos that have a tag, and the mean confidence on those that have none."""
    has = labels.any(1)
    if not has.all():
        print(f"{(~has).sum()} of nothing: confidence", ", ".join(f"{name} {answers[name][~has].max(1).mean():.3f}" for name in photographs.SERVED))
    return {name: score(answers[name][has], labels[has]) for name in photographs.SERVED}


HEADING = "most probable accepted, one of the chosen accepted, confidence, calibration error, the same over all tags, tags chosen"


def evaluate(work, package, seeds=5):
    """Prints how well photographs fare that nothing was trained on: by place, and with whole sources left out."""
    lesson, rows = photographs.Lesson(work, package), []
    labels = lesson.labels.numpy()
    print(HEADING)
    for seed in range(seeds):
        answers, share = held_out(lesson, folds(lesson.places, seed))
        rows.append(_score_all(answers, labels))
        print(f"seed {seed}: gate, largest share of the drawn tower {share.max():.2g}", flush=True)
    _print(rows)
    names, counts = np.unique(lesson.sources, return_counts=True)
    parts = {name: name if count >= LARGE_SOURCE else f"{zlib.crc32(name.encode()) % SMALL_PARTS}" for name, count in zip(names, counts)}
    groups = np.array([parts[source] for source in lesson.sources])
    answers, _ = held_out(lesson, groups)
    print("without the whole source")
    _print([_score_all(answers, labels)])
    for group in sorted(set(groups)):
        at = (groups == group) & labels.any(1)
        if at.any():
            print(f"without {group}: {at.sum()} photos,", ", ".join(f"{name} {score(answers[name][at], labels[at])[0]:.3f}" for name in photographs.SERVED[:2]), flush=True)


def check(work, package, folders):
    """Scores folders of photos that may not be trained on, by a projection of all that may."""
    lesson = photographs.Lesson(work, package)
    rows, crops = photographs.read(folders, may_train=False)
    state = residual.rounded(photographs.network(package))
    with torch.no_grad():
        seen = torch.cat([residual.features(state, normalise(pixels[None])) for pixels in crops])
    labels, everything = photographs.labels_of(rows), np.arange(len(lesson.seen))
    weight, bias = lesson.gate(everything)
    print(f"{len(rows)} photographs; gate, largest share of the drawn tower {torch.sigmoid(seen @ weight + bias).max():.2g}")
    print(HEADING)
    _print([_score_all(lesson.answers(lesson.fit(everything), seen, lesson.titled(labels, TEST)[:, 0]), labels.numpy())])


def mistakes(work, package):
    """Prints, for each tag, how many photos it is accepted for, how often it is found, and what is said instead."""
    lesson = photographs.Lesson(work, package)
    answers = held_out(lesson, folds(lesson.places, 0))[0]["mlp-img"]
    truth = lesson.labels.numpy().astype(bool)
    answers, truth = answers[truth.any(1)], truth[truth.any(1)]
    top = answers.argmax(1)
    chosen = answers > 0.5
    chosen[np.arange(len(top)), top] = True
    for tag in np.argsort(-truth.sum(0)):
        if truth[:, tag].any() or (top == tag).any():
            wrong = [tags.NAMES[t] for t, row in zip(top, truth) if row[tag] and not row[t]]
            instead = max(sorted(set(wrong)), key=wrong.count) if wrong else "-"
            print(f"{tags.NAMES[tag]:40s} accepted for {truth[:, tag].sum():3d}, chosen {(chosen & truth)[:, tag].sum():3d}, "
                  f"most probable {(top == tag).sum():3d} of which right {((top == tag) & truth[:, tag]).sum():3d}; instead, where wrong: {instead}")
