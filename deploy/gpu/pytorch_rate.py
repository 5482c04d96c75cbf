"""Photos a second of CLIP ViT-B/32's photo tower in PyTorch, over batch sizes: on a card in fp16, compiled.

    pytorch_rate.py FILE.safetensors [--device cuda|cpu] [--batches 1,8,32,64,128] [--runs 20]

On the CPU it computes in fp32, and compiles nothing where this PyTorch cannot: to try the script, and no figure to quote
(bench/peers has the tuned one).
"""
import argparse
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/peers"))
from pytorch_clip import load  # noqa: E402

REPEATS = 7

parser = argparse.ArgumentParser()
parser.add_argument("weights")
parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
parser.add_argument("--batches", type=lambda text: [int(size) for size in text.split(",")], default=[1, 8, 32, 64, 128])
parser.add_argument("--runs", type=int, default=20)
options = parser.parse_args()
on_card = options.device == "cuda"
if on_card and not torch.cuda.is_available():
    sys.exit("this PyTorch sees no card; --device cpu tries the script without one")


def wait():
    """Until all that was asked of the card is done; a CPU has nothing pending."""
    if on_card:
        torch.cuda.synchronize()


kind = torch.float16 if on_card else torch.float32
tower = load(options.weights)[0].to(options.device, kind)
compiled = on_card or sys.platform == "linux" and hasattr(torch, "compile")
if compiled:
    tower = torch.compile(tower, mode="max-autotune-no-cudagraphs") if on_card else torch.compile(tower)
name = torch.cuda.get_device_name() if on_card else f"CPU, {torch.get_num_threads()} threads"
print(f"torch {torch.__version__}, {name}, {str(kind).removeprefix('torch.')}, {'compiled' if compiled else 'not compiled'}")
with torch.inference_mode():
    for batch in options.batches:
        pixels = torch.randn(batch, 3, 224, 224, dtype=kind, device=options.device)
        for _ in range(min(5, options.runs)):
            tower(pixels)
        rates = []
        for _ in range(REPEATS):
            wait()
            begin = time.perf_counter()
            for _ in range(options.runs):
                tower(pixels)
            wait()
            rates.append(options.runs * batch / (time.perf_counter() - begin))
        rates.sort()
        print(f"batch {batch:3}: {rates[REPEATS // 2]:8.1f} photos a second ({rates[0]:.1f} to {rates[-1]:.1f})")
