"""openai/CLIP's ViT network in PyTorch, written from its public description, for inference on a CPU.

Names and shapes of the weights are OpenAI's, so that one .safetensors serves this file and the product.
"""
import gzip
import json
import re
from functools import lru_cache

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CONTEXT, START, END = 77, 49406, 49407


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x, mask):
        n, length, width = x.shape
        parts = F.linear(x, self.in_proj_weight, self.in_proj_bias).view(n, length, 3, self.heads, self.size)
        q, k, v = parts.permute(2, 0, 3, 1, 4).reshape(3, n * self.heads, length, self.size).unbind(0)
        scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=self.size ** -0.5)
        mixed = torch.bmm(scores.softmax(-1), v)
        return self.out_proj(mixed.view(n, self.heads, length, self.size).transpose(1, 2).reshape(n, length, width))


class Feedforward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        x = self.c_fc(x)
        return self.c_proj(x * torch.sigmoid(1.702 * x))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = Attention(width, heads), Feedforward(width)

    def forward(self, x, mask):
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads):
        super().__init__()
        self.resblocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])

    def forward(self, x, mask):
        for block in self.resblocks:
            x = block(x, mask)
        return x


class Photos(nn.Module):
    """float32 [n, 3, 224, 224], normalised, to raw projections [n, 512]."""

    def __init__(self, width=768, layers=12, heads=12, patch=32, size=224, dimension=512):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty((size // patch) ** 2 + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, heads)
        self.proj = nn.Parameter(torch.empty(width, dimension))
        self.register_buffer("mask", torch.zeros(1, 1, 1), persistent=False)

    def forward(self, pixels):
        patches = self.conv1(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_embedding.expand(len(patches), 1, -1), patches], 1) + self.positional_embedding
        x = self.transformer(self.ln_pre(x), self.mask)
        return self.ln_post(x[:, 0]) @ self.proj


class Titles(nn.Module):
    """int64 [n, 77], zero padded, to raw projections [n, 512]."""

    def __init__(self, width=512, layers=12, heads=8, vocabulary=49408, dimension=512):
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.empty(CONTEXT, width))
        self.transformer = Transformer(width, layers, heads)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.empty(width, dimension))
        self.register_buffer("mask", torch.full((1, CONTEXT, CONTEXT), float("-inf")).triu(1), persistent=False)

    def forward(self, ids):
        x = self.transformer(self.token_embedding(ids) + self.positional_embedding, self.mask)
        return self.ln_final(x[torch.arange(len(ids)), ids.argmax(1)]) @ self.text_projection


def read_safetensors(path):
    """Tensors by name; the format is a length, a JSON header and the values."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    values = np.memmap(path, dtype=np.uint8, mode="c", offset=8 + length)
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            kind = {"F32": np.float32, "F16": np.float16}[entry["dtype"]]
            yield name, torch.from_numpy(values[begin:end].view(kind).reshape(entry["shape"]).astype(np.float32))


def load(path):
    """Both towers with the weights of an archive, ready for inference."""
    photos, titles = Photos(), Titles()
    weights = dict(read_safetensors(path))
    weights.pop("logit_scale", None)
    visual = {name[7:]: value for name, value in weights.items() if name.startswith("visual.")}
    photos.load_state_dict(visual)
    titles.load_state_dict({name: value for name, value in weights.items() if not name.startswith("visual.")})
    return photos.eval(), titles.eval()


class Tokenizer:
    """CLIP's byte-pair encoding as its users run it, without the repair of mojibake: one row of 77 ids a title."""

    def __init__(self, vocabulary):
        with gzip.open(vocabulary, "rt", encoding="utf-8") as file:
            merges = [tuple(line.split()) for line in file.read().split("\n")[1:48895]]
        printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
        others = [b for b in range(256) if b not in printable]
        self.letters = {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}
        symbols = [self.letters[b] for b in printable + others]
        tokens = symbols + [s + "</w>" for s in symbols] + ["".join(pair) for pair in merges]
        self.ids = {token: i for i, token in enumerate(tokens)}
        self.ranks = {pair: i for i, pair in enumerate(merges)}
        self.pattern = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+")

    @lru_cache(maxsize=65536)
    def _word(self, word):
        parts = [self.letters[b] for b in word.encode("utf-8")]
        parts[-1] += "</w>"
        while len(parts) > 1:
            rank, at = min((self.ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            parts[at:at + 2] = ["".join(parts[at:at + 2])]
        return [self.ids[part] for part in parts]

    def __call__(self, title):
        ids = [i for word in self.pattern.findall(" ".join(title.lower().split())) for i in self._word(word)]
        ids = [START, *ids[:CONTEXT - 2], END]
        return ids + [0] * (CONTEXT - len(ids))
