"""The paper's training in plain PyTorch, as its notebook does it, on arrays of 'geotag train --export-npy DIR'.

    train_peer.py DIR HEAD              trains and prints the best exact match and its macro F1
        --seed N     another seed of weights, order, dropout and MixUp (default 42)
        --batch N    rows of a batch (the paper's 4096)
        --epochs N   most epochs; the cosine's half period is a quarter of them (the paper's 200)
    train_peer.py DIR HEAD --epoch ROWS times one epoch of ROWS rows (the arrays repeated), input pipeline included

Run it with OPENBLAS_CORETYPE=SkylakeX and an OpenMP build of OpenBLAS where the processor is newer than the library.
"""
import argparse
import time

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

TAGS, PATIENCE, ALPHA = 49, 10, 0.2


class Rows(Dataset):
    """One row at a time, as the notebook's."""

    def __init__(self, parts, labels, rows):
        self.parts, self.labels, self.rows = parts, labels, rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row = self.rows[i]
        x = np.concatenate([part[row] for part in self.parts]).astype(np.float32)
        return torch.from_numpy(x), torch.from_numpy(self.labels[row].astype(np.float32))


def decide(logits):
    chosen = logits > 0
    none = ~chosen.any(1)
    chosen[none, logits[none].argmax(1)] = True
    return chosen


def scores(model, x, y, batch):
    model.eval()
    with torch.no_grad():
        chosen = decide(torch.cat([model(part) for part in x.split(batch)]))
    right = (chosen & y).sum(0).double()
    both = chosen.sum(0) + y.sum(0)
    f1 = torch.where(both > 0, 2 * right / both.clamp(min=1), torch.zeros_like(right))
    return (chosen == y).all(1).double().mean().item(), f1.mean().item()


def train_epoch(model, batches, optimizer, mixup):
    model.train()
    criterion = torch.nn.BCEWithLogitsLoss()
    for x, y in batches:
        if mixup:
            lam = np.random.beta(ALPHA, ALPHA)
            lam = max(lam, 1 - lam)
            other = torch.randperm(len(x))
            x, y = lam * x + (1 - lam) * x[other], lam * y + (1 - lam) * y[other]
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("head")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--epoch", type=int)
    options = parser.parse_args()
    directory, head = options.directory, options.head
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    load = lambda name: np.load(f"{directory}/{name}.npy", mmap_mode="r")
    names = {"img": "image", "txt": "title", "loc": "location"}
    parts = [load(names[part]) for part in ("img", "txt", "loc") if part in head.split("-")]
    labels, training, validation = load("labels"), load("training"), load("validation")
    inputs = sum(part.shape[1] for part in parts)
    linear = head.startswith("linear")
    model = torch.nn.Linear(inputs, TAGS) if linear else torch.nn.Sequential(
        torch.nn.Linear(inputs, 256), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(256, TAGS))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=5e-3 if linear else 3e-3, weight_decay=1e-5 if linear else 1e-4)
    mixup = head.endswith("mixup")

    if options.epoch:
        rows = np.resize(training, options.epoch)
        loader = DataLoader(Rows(parts, labels, rows), batch_size=options.batch, shuffle=True)
        start = time.perf_counter()
        train_epoch(model, loader, optimizer, mixup)
        print(f"{head} one epoch of {len(rows)} rows: {time.perf_counter() - start:.2f} s")
        return

    # For the scores alone the input pipeline does not matter: whole batches are gathered from memory.
    x = torch.from_numpy(np.concatenate([np.asarray(part, dtype=np.float32) for part in parts], 1))
    y = torch.from_numpy(np.asarray(labels, dtype=np.float32))
    held_x, held_y = x[torch.from_numpy(np.asarray(validation)).long()], y[torch.from_numpy(np.asarray(validation)).long()] > 0
    rows = torch.from_numpy(np.asarray(training)).long()
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=options.epochs // 4)
    best, best_f1, since = -1.0, 0.0, 0
    for epoch in range(options.epochs):
        order = rows[torch.randperm(len(rows))]
        train_epoch(model, ((x[part], y[part]) for part in order.split(options.batch)), optimizer, mixup)
        schedule.step()
        exact, f1 = scores(model, held_x, held_y, 4096)
        best, best_f1, since = (exact, f1, 0) if exact > best else (best, best_f1, since + 1)
        if since >= PATIENCE:
            break
    print(f"{head:24} exact match {best:.4f}  macro F1 {best_f1:.4f}  epochs {epoch + 1}")


main()
