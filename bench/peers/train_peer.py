"""The paper's training in plain PyTorch, as its notebook does it, on arrays of 'geotag train --export-npy DIR'.

    train_peer.py DIR HEAD              trains and prints the best exact match and its macro F1, by thresholds alone as the
                                        notebook validates, and both with the fallback of its submissions
        --seed N     another seed of weights, order, dropout and MixUp (default 42)
        --batch N    rows of a batch (the paper's 4096)
        --epochs N   most epochs; the cosine's half period is a quarter of them (the paper's 200)
        --patience N epochs without a better exact match (the paper's 10)
    train_peer.py DIR HEAD --epoch ROWS times one epoch of ROWS rows (the arrays repeated), input pipeline included
    train_peer.py DIR all --output FILE trains all 24 configurations and appends a JSON line with every epoch's scores each
    train_peer.py steps DIR HEAD        repeats the steps that 'geotag train --export-npy DIR --export-steps N --head HEAD'
                                        wrote (give both the same --epochs): same weights, batches, dropout and MixUp; prints
                                        how far the numbers of either are from float64's, and the best of the whole epochs,
                                        to be set beside the log of a run of the same seed
    train_peer.py compare FILE RUN...   compares such a file with runs of 'geotag train --all --output RUN', one a seed:
                                        means over seeds, their difference and its standard error, in points

Run it with OPENBLAS_CORETYPE=SkylakeX and an OpenMP build of OpenBLAS where the processor is newer than the library.
"""
import argparse
import json
import pathlib
import statistics
import time

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

TAGS, ALPHA = 49, 0.2
SCORES = ("exactMatch", "macroF1", "exactMatchWithFallback", "macroF1WithFallback")
ABLATION = [
    f"{kind}-{parts}{mixup}"
    for parts in ("img", "txt", "img-txt", "img-loc", "txt-loc", "img-txt-loc")
    for kind in ("linear", "mlp")
    for mixup in ("", "-mixup")
]


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


def with_fallback(chosen, logits):
    """The notebook's submission: the most probable tag where none is above a half."""
    chosen = chosen.clone()
    none = ~chosen.any(1)
    chosen[none, logits[none].argmax(1)] = True
    return chosen


def scores_of(chosen, y):
    right = (chosen & y).sum(0).double()
    both = chosen.sum(0) + y.sum(0)
    f1 = torch.where(both > 0, 2 * right / both.clamp(min=1), torch.zeros_like(right))
    return (chosen == y).all(1).double().mean().item(), f1.mean().item()


def scores(model, x, y, batch):
    """Exact match and macro F1 as the notebook validates, sigmoid(logits) > 0.5 and nothing else; then with the fallback."""
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(part) for part in x.split(batch)])
    chosen = torch.sigmoid(logits) > 0.5
    return scores_of(chosen, y) + scores_of(with_fallback(chosen, logits), y)


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


def parts_of(head):
    """Names of the arrays that a head reads, in the order of its input."""
    names = {"img": "image", "txt": "title", "loc": "location"}
    return [names[part] for part in ("img", "txt", "loc") if part in head.split("-")]


def build(head, inputs, seed):
    torch.manual_seed(seed)
    np.random.seed(seed)
    linear = head.startswith("linear")
    model = torch.nn.Linear(inputs, TAGS) if linear else torch.nn.Sequential(
        torch.nn.Linear(inputs, 256), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(256, TAGS))
    return model, torch.optim.AdamW(
        model.parameters(), lr=5e-3 if linear else 3e-3, weight_decay=1e-5 if linear else 1e-4)


def time_epoch(head, options, load):
    parts = [load(name) for name in parts_of(head)]
    model, optimizer = build(head, sum(part.shape[1] for part in parts), options.seed)
    rows = np.resize(load("training"), options.epoch)
    loader = DataLoader(Rows(parts, load("labels"), rows), batch_size=options.batch, shuffle=True)
    start = time.perf_counter()
    train_epoch(model, loader, optimizer, head.endswith("mixup"))
    print(f"{head} one epoch of {len(rows)} rows: {time.perf_counter() - start:.2f} s")


def train(head, options, arrays):
    """[exact match, macro F1, both with the fallback] of every epoch. Only the notebook's scores are wanted here, not its input pipeline: whole
    batches are gathered from memory."""
    x = torch.cat([arrays[name] for name in parts_of(head)], 1)
    y, rows, held = arrays["labels"], arrays["training"], arrays["validation"]
    held_x, held_y = x[held], y[held] > 0
    model, optimizer = build(head, x.shape[1], options.seed)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=options.epochs // 4)
    epochs, best = [], 0
    while len(epochs) < options.epochs and len(epochs) - best <= options.patience:
        order = rows[torch.randperm(len(rows))]
        train_epoch(model, ((x[part], y[part]) for part in order.split(options.batch)), optimizer, head.endswith("mixup"))
        schedule.step()
        epochs.append(scores(model, held_x, held_y, 4096))
        best = len(epochs) - 1 if epochs[-1][0] > epochs[best][0] else best
    return epochs


def best_of(epochs):
    """The epoch of best exact match by thresholds alone, the first of equals."""
    return max(epochs, key=lambda epoch: epoch[0])


class Masked(torch.nn.Module):
    """Dropout of given choices, in PyTorch's own arithmetic: kept / (1 - p)."""

    def forward(self, x):
        return x * self.kept.to(x.dtype) / 0.5 if self.training else x


class Steps:
    """Repeats exported steps in one precision."""

    def __init__(self, head, arrays, trace, batches, options, precision):
        self.x = torch.cat([arrays[name] for name in parts_of(head)], 1)
        self.y, self.precision, self.trace = arrays["labels"], precision, trace
        self.model, _ = build(head, self.x.shape[1], 0)
        self.masked = Masked()
        if not head.startswith("linear"):
            self.model[2] = self.masked
        self.model = self.model.to(precision)
        torch.nn.utils.vector_to_parameters(trace("parameters-0").to(precision), self.model.parameters())
        linear = head.startswith("linear")
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=5e-3 if linear else 3e-3, weight_decay=1e-5 if linear else 1e-4)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=options.epochs // 4)
        self.batches, self.seen = batches, 0

    def step(self):
        rows, partners, lam, self.masked.kept = next(self.batches)
        x, y = self.x[rows].to(self.precision), self.y[rows].to(self.precision)
        if len(partners):
            other_x, other_y = self.x[partners].to(self.precision), self.y[partners].to(self.precision)
            x, y = lam * x + (1 - lam) * other_x, lam * y + (1 - lam) * other_y
        self.model.train()
        self.optimizer.zero_grad()
        loss = torch.nn.BCEWithLogitsLoss()(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        self.seen += len(rows)
        return loss.item()

    def flat(self, gradients=False):
        return torch.cat([(p.grad if gradients else p.detach()).flatten() for p in self.model.parameters()]).double()


def repeat_steps(head, options, arrays):
    """Repeats the steps in float32 and in float64, and says at the steps that were exported how far the loss, the gradients
    and the parameters of float32 PyTorch and of the exporting program are from float64's and from each other: gradients
    relative to their root mean square, parameters to that of what the steps changed. Afterwards, scores of float32 PyTorch.
    """
    folder = pathlib.Path(options.directory) / head

    def trace(name):
        return torch.from_numpy(np.load(folder / f"{name}.npy"))

    sizes, lambdas, losses = trace("sizes").tolist(), trace("lambdas").tolist(), trace("losses")
    rows = trace("rows").long().split(sizes)
    partners = trace("partners").long()
    partners = partners.split(sizes) if len(partners) else [partners] * len(sizes)
    kept = trace("kept").reshape(sum(sizes), -1).split(sizes)
    both = [Steps(head, arrays, trace, zip(rows, partners, lambdas, kept), options, precision)
            for precision in (torch.float64, torch.float32)]
    share = torch.cat(kept).double()
    if share.numel():
        deviation = (share.mean(0) - 0.5) / (0.5 / len(share) ** 0.5)
        print(f"dropout keeps {share.mean():.6f}; units deviate from a half by {deviation.std():.3f} standard errors")
    start, epoch, epochs = both[0].flat(), len(arrays["training"]), []
    held_x, held_y = both[0].x[arrays["validation"]], arrays["labels"][arrays["validation"]] > 0
    print("step | loss | loss peer, ours | gradients peer, ours, between the two | parameters peer, ours, between the two")
    for step in range(1, len(sizes) + 1):
        wanted, peer = (side.step() for side in both)
        if (folder / f"gradients-{step}.npy").exists():
            cells = [f"{abs(peer - wanted) / wanted:.1e}, {abs(losses[step - 1].item() - wanted) / wanted:.1e}"]
            for name, gradients in (("gradients", True), ("parameters", False)):
                true, other = (side.flat(gradients) for side in both)
                scale = (true if gradients else true - start).square().mean().sqrt()
                ours = trace(f"{name}-{step}").double()
                cells.append(", ".join(f"{difference.square().mean().sqrt() / scale:.1e}"
                                       for difference in (other - true, ours - true, ours - other)))
            print(f"{step} | {wanted:.6f} | {' | '.join(cells)}", flush=True)
        if both[0].seen % epoch == 0:
            for side in both:
                side.schedule.step()
            epochs.append(scores(both[1].model, held_x, held_y, 4096))
    if epochs:
        best = best_of(epochs)
        print(f"{describe(head, best)}  epoch {epochs.index(best)} of these draws in PyTorch")


def describe(head, scored):
    return "{:24} exact match {:.4f} ({:.4f} with fallback)  macro F1 {:.4f} ({:.4f})".format(head, scored[0], scored[2], scored[1], scored[3])


def compare(options):
    peer, ours = {}, {}
    for line in pathlib.Path(options.head).read_text().splitlines():
        run = json.loads(line)
        peer.setdefault(run["head"], []).append(best_of(run["epochs"]))
    for directory in options.runs:
        for log in pathlib.Path(directory).glob("*.log.jsonl"):
            epochs = [json.loads(line) for line in log.read_text().splitlines()]
            ours.setdefault(log.name.removesuffix(".log.jsonl"), []).append(
                best_of([tuple(epoch[name] for name in SCORES) for epoch in epochs]))
    print("head | seeds | exact match ours, peer, points | macro F1 ours, peer, points | both again with the fallback")
    for head in ABLATION:
        if head not in peer or head not in ours:
            continue
        cells = []
        for i in range(len(SCORES)):
            a, b = [run[i] for run in ours[head]], [run[i] for run in peer[head]]
            error = sum(statistics.variance(side) / len(side) if len(side) > 1 else float("nan") for side in (a, b)) ** 0.5
            cells.append(f"{statistics.mean(a):.4f} {statistics.mean(b):.4f} "
                         f"{100 * (statistics.mean(a) - statistics.mean(b)):+.2f} ± {100 * error:.2f}")
        print(f"{head} | {len(ours[head])}, {len(peer[head])} | {' | '.join(cells)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("head")
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--epoch", type=int)
    parser.add_argument("--output")
    options = parser.parse_args()
    if options.directory == "compare":
        compare(options)
        return
    repeated = options.directory == "steps"
    if repeated:
        options.directory, options.head = options.head, options.runs[0]

    def load(name):
        return np.load(f"{options.directory}/{name}.npy", mmap_mode="r")

    if options.epoch:
        time_epoch(options.head, options, load)
        return

    arrays = {name: torch.from_numpy(np.asarray(load(name), dtype=np.float32))
              for name in ("image", "title", "location", "labels")}
    arrays |= {name: torch.from_numpy(np.asarray(load(name))).long() for name in ("training", "validation")}
    if repeated:
        repeat_steps(options.head, options, arrays)
        return
    for head in ABLATION if options.head == "all" else [options.head]:
        epochs = train(head, options, arrays)
        print(f"{describe(head, best_of(epochs))}  epochs {len(epochs)}", flush=True)
        if options.output:
            with open(options.output, "a", encoding="ascii") as file:
                file.write(json.dumps({"head": head, "seed": options.seed, "epochs": epochs}) + "\n")


if __name__ == "__main__":
    main()
