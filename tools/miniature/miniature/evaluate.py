"""Asks the finished model about titles written by hand, and about the sample photo."""

import io
import json

import numpy as np
import torch
from PIL import Image

from . import photographs
from .clip import normalise
from .export import assemble
from .scenes.composition import clip_crop
from .world import tags


def titles(work, path, name="mlp-txt"):
    """Share of the titles of a JSON list ({"title", "tags": [names or ids]}) whose most probable tag is among the given ones."""
    model, tokenizer = assemble(work)
    with open(path) as file:
        entries = json.load(file)
    entries = entries["titles"] if isinstance(entries, dict) else entries
    head = photographs.head(work, name)
    with torch.no_grad():
        logits = head(model.encode_text(torch.from_numpy(tokenizer.batch([e["title"] for e in entries]))))
    names = {f"tag{i}": n for i, n in zip(tags.IDS, tags.NAMES)}
    right = 0
    for entry, row in zip(entries, torch.sigmoid(logits)):
        wanted = [names.get(str(t), str(t)) for t in entry["tags"]]
        top = row.argsort(descending=True)[:3].tolist()
        ok = tags.NAMES[top[0]] in wanted
        right += ok
        print("ok  " if ok else "MISS", f"{entry['title']!r}: wanted {wanted}; said", [(tags.NAMES[i], round(row[i].item(), 2)) for i in top])
    print(f"{name}: top tag right for {right} of {len(entries)} ({100 * right / len(entries):.0f} %)")


def photo(work, path, name="mlp-img"):
    model, _ = assemble(work)
    with open(path, "rb") as file:
        image = clip_crop(Image.open(io.BytesIO(file.read())).convert("RGB"))
    with torch.no_grad():
        row = torch.sigmoid(photographs.head(work, name)(photographs.embed(work, model, normalise(np.array(image)[None]))))[0]
    for i in row.argsort(descending=True)[:6].tolist():
        print(f"{row[i]:.3f}  {tags.NAMES[i]}")
