"""Fits the label-set model of the semi-synthetic benchmark: a mixture of independent Bernoulli tags.

Input are counts alone: how often each of the commonest label sets occurs, and how often each pair of tags occurs
together. The likelihood covers the listed sets exactly and all others as one remainder; the pair counts shape that
remainder. Output is the resource of GeoTagService.Training: one line per component, its weight in millionths and the
49 log-odds in tenths.

    fit_label_set_model.py label_sets.csv tags_cooccurrence.csv 609822 label-set-model.csv
"""
import csv
import sys

import numpy as np
import torch

TAGS = 49
COMPONENTS = 96
STEPS = 1200


def main(sets_path, pairs_path, photos, output):
    torch.manual_seed(7)
    photos = int(photos)
    with open(sets_path, newline="") as lines:
        rows = list(csv.DictReader(lines))
    counts = torch.tensor([float(row["count"]) for row in rows])
    sets = torch.zeros(len(rows), TAGS)
    for i, row in enumerate(rows):
        sets[i, [int(tag) for tag in row["rows"].split()]] = 1
    pairs = torch.tensor(np.loadtxt(pairs_path, delimiter=","), dtype=torch.float32) / photos
    weights = counts / photos
    remainder = 1 - weights.sum().item()
    print(f"{len(rows)} sets cover {1 - remainder:.3f}")

    chosen = torch.multinomial(counts ** 0.5, COMPONENTS)
    odds = (sets[chosen] * 4 - 3.5 + 0.3 * torch.randn(COMPONENTS, TAGS)).requires_grad_()
    mixing = torch.zeros(COMPONENTS, requires_grad=True)
    optimizer = torch.optim.Adam([odds, mixing], lr=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    scale = 1 / (pairs + 1e-4)
    for step in range(STEPS):
        optimizer.zero_grad()
        log_mix = torch.log_softmax(mixing, 0)
        on = torch.nn.functional.logsigmoid(odds)
        off = torch.nn.functional.logsigmoid(-odds)
        log_p = torch.logsumexp(sets @ on.T + (1 - sets) @ off.T + log_mix, 1)
        # A photo without any tag is never drawn.
        log_any = torch.log1p(-torch.exp(torch.logsumexp(off.sum(1) + log_mix, 0)).clamp(max=0.9999))
        log_p = log_p - log_any
        rest = (1 - log_p.exp().sum()).clamp(min=1e-6)
        likelihood = (weights * log_p).sum() + remainder * rest.log()
        p = torch.sigmoid(odds)
        mix = log_mix.exp()
        model = torch.einsum("k,ka,kb->ab", mix, p, p)
        model = model - torch.diag(torch.diag(model)) + torch.diag(mix @ p)
        moments = (scale * (model / log_any.exp() - pairs) ** 2).sum()
        loss = -likelihood + 3 * moments
        loss.backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            odds.clamp_(-9.9, 9.9)
        if step % 200 == 0 or step == STEPS - 1:
            print(step, f"log-likelihood {likelihood.item():.4f} moments {moments.item():.4f} rest {rest.item():.3f}",
                  flush=True)

    mix = torch.softmax(mixing, 0).detach().numpy()
    tenths = np.rint(odds.detach().numpy() * 10).astype(int)
    with open(output, "w", newline="\n") as lines:
        for k in np.argsort(-mix):
            lines.write(f"{round(mix[k] * 1e6)}," + ",".join(str(v) for v in tenths[k]) + "\n")


main(*sys.argv[1:])
