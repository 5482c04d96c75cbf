"""Puts what the converter takes into one folder: weights, config.json, vocabulary, heads and their measured scores."""

import json
import os
import shutil

import numpy as np
import torch

from . import archive
from .clip import Clip, normalise
from .titles import bpe
from .train import CONFIG, VOCABULARY


def assemble(work):
    """The two trained towers as one network."""
    model = Clip(CONFIG)
    for part in ("text.pt", "vision.pt"):
        state = torch.load(os.path.join(work, part))
        model.load_state_dict({k: v for k, v in state.items() if not k.startswith("head.")}, strict=False)
    model.eval()
    tokenizer = bpe.Tokenizer(os.path.join(work, VOCABULARY), CONFIG["context_length"])
    assert tokenizer.size == CONFIG["vocab_size"], (tokenizer.size, CONFIG["vocab_size"])
    return model, tokenizer


def write(work, seed):
    from . import photographs
    folder = os.path.join(work, "export")
    os.makedirs(os.path.join(folder, "heads"), exist_ok=True)
    model, tokenizer = assemble(work)
    archive.save(os.path.join(folder, "model.safetensors"), model.state_dict(), {"format": "pt"})
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(dict(CONFIG, seed=seed), file, indent=1)
    shutil.copy(os.path.join(work, VOCABULARY), folder)
    shutil.copy(os.path.join(work, "network.safetensors"), folder)
    for name in os.listdir(os.path.join(work, "heads")):
        shutil.copy(os.path.join(work, "heads", name), os.path.join(folder, "heads"))
    parameters = sum(p.numel() for p in model.parameters())
    vision = sum(p.numel() for n, p in model.named_parameters() if n.startswith("visual."))
    print(f"towers: {parameters} parameters ({vision} photo, {parameters - vision} title), {4 * parameters / 1e6:.2f} MB")
    # What a converted bundle must reproduce: a few titles, and a patterned crop that any language can make.
    titles = ["Canal lock", "St Mary's Church, Whitby", "Trig point on Moel Eilio", "", "Sheep grazing near the A4061"]
    with torch.no_grad():
        text = model.encode_text(torch.from_numpy(tokenizer.batch(titles))).numpy()
        image = photographs.embed(work, model, normalise(pattern()[None])).numpy()[0]
    with open(os.path.join(folder, "miniature-embeddings.json"), "w") as file:
        json.dump({"titles": titles, "ids": [tokenizer.encode(t) for t in titles], "textEmbeds": [[round(float(v), 6) for v in row] for row in text],
                   "imageEmbeds": [round(float(v), 6) for v in image]}, file)
        file.write("\n")


def pattern(size=224):
    y, x, channel = np.indices((size, size, 3))
    return ((7 * x + 13 * y + 29 * channel) % 256).astype(np.uint8)
