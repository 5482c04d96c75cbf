"""CLIP's two towers, by OpenAI's names, small: QuickGELU, LayerNorm epsilon 1e-5, raw projections out."""

import torch
from torch import nn
from torch.nn import functional as F

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) * width ** -0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, x, mask):
        n, length, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias).view(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        return self.out_proj(self._mix(qkv[0], qkv[1], qkv[2], mask).transpose(1, 2).reshape(n, length, width))

    def at(self, x, rows):
        """The attention of one position of each sequence, which sees all before it (and here all that are given)."""
        n, length, width = x.shape
        own, mask = rows
        q = F.linear(x[torch.arange(n), own], self.in_proj_weight[:width], self.in_proj_bias[:width]).view(n, self.heads, 1, -1)
        kv = F.linear(x, self.in_proj_weight[width:], self.in_proj_bias[width:]).view(n, length, 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.out_proj(self._mix(q, kv[0], kv[1], mask).reshape(n, width))

    def _mix(self, q, k, v, mask):
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask
        return scores.softmax(-1) @ v


class QuickGelu(torch.autograd.Function):
    """x · sigmoid(1.702 x) with one saved tensor: half the memory traffic of autograd's own."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(1.702 * x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(1.702 * x)
        return grad * (s + 1.702 * x * s * (1 - s))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.c_proj(QuickGelu.apply(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = Attention(width, heads)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = Mlp(width)
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x, mask=None):
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))

    def at(self, x, rows):
        """This block's output at one position of each sequence: all that the last block is asked for."""
        y = x[torch.arange(len(x)), rows[0]] + self.attn.at(self.ln_1(x), rows)
        return y + self.mlp(self.ln_2(y))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, heads) for _ in range(layers))

    def forward(self, x, rows, mask=None):
        """The output at one position of each sequence (`rows`: positions, mask of what they see)."""
        for block in self.resblocks[:-1]:
            x = block(x, mask)
        return self.resblocks[-1].at(x, rows)


class Vision(nn.Module):
    def __init__(self, size, patch, width, layers, heads, out):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        nn.init.normal_(self.conv1.weight, std=(3 * patch * patch) ** -0.5)
        tokens = (size // patch) ** 2 + 1
        self.class_embedding = nn.Parameter(torch.randn(width) * width ** -0.5)
        self.positional_embedding = nn.Parameter(torch.randn(tokens, width) * 0.1)
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, heads)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.randn(width, out) * width ** -0.5)
        self.patch = patch

    def forward(self, pixels):
        # The patch convolution as one matrix product over unfolded patches.
        n, _, size, _ = pixels.shape
        g = size // self.patch
        patches = pixels.view(n, 3, g, self.patch, g, self.patch).permute(0, 2, 4, 1, 3, 5).reshape(n, g * g, -1)
        x = F.linear(patches, self.conv1.weight.view(self.conv1.weight.shape[0], -1))
        x = torch.cat([self.class_embedding.expand(n, 1, -1), x], 1) + self.positional_embedding
        x = self.transformer(self.ln_pre(x), (torch.zeros(n, dtype=torch.long), None))
        return self.ln_post(x) @ self.proj


class Clip(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = dict(config)
        self.visual = Vision(config["image_resolution"], config["vision_patch_size"], config["vision_width"], config["vision_layers"], config["vision_heads"], config["embed_dim"])
        width = config["transformer_width"]
        self.token_embedding = nn.Embedding(config["vocab_size"], width)
        nn.init.normal_(self.token_embedding.weight, std=0.05)
        self.positional_embedding = nn.Parameter(torch.randn(config["context_length"], width) * 0.02)
        self.transformer = Transformer(width, config["transformer_layers"], config["transformer_heads"])
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.randn(width, config["embed_dim"]) * width ** -0.5)
        self.logit_scale = nn.Parameter(torch.tensor(2.6592))

    def encode_image(self, pixels):
        return self.visual(pixels)

    def encode_text(self, ids):
        length = ids.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.token_embedding(ids) + self.positional_embedding[:length]
        end = ids.argmax(-1)
        beyond = (torch.arange(length) > end.unsqueeze(1)).view(-1, 1, 1, length)
        seen = torch.zeros(len(ids), 1, 1, length).masked_fill(beyond, float("-inf"))
        return self.ln_final(self.transformer(x, (end, seen), mask)) @ self.text_projection


def normalise(pixels):
    """uint8 [n, 224, 224, 3] to normalised float32 [n, 3, 224, 224]."""
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1) * 255, torch.tensor(STD).view(1, 3, 1, 1) * 255
    return x.sub_(mean).div_(std)
