#!/usr/bin/env python3
"""Preprocessing against Pillow and torchvision, in turns within one run.

Usage: preprocess_peer.py BENCHMARKS_DLL PHOTO... [--rounds N] [--json FILE]
BENCHMARKS_DLL is bench/GeoTagService.Benchmarks built in Release. Each round times a few repetitions of the peer,
then as many of ours, on the same bytes: decode, resize, crop, normalise. Prints processor time per photo (median over
the rounds), the median ratio with its quartiles, and the best time by the clock, which on a busy machine is noise.
Run it with MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=67108864: otherwise glibc
hands Pillow's pictures back to the kernel one by one, and most of the peer's time is page faults.
Needs Debian's python3-pil and python3-torchvision.
"""
import argparse, io, json, statistics, subprocess, time

import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms


def peer():
    return transforms.Compose([
        transforms.Resize(224, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(224),
        lambda image: image.convert("RGB"),
        transforms.ToTensor(),
        transforms.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dll")
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--json")
    arguments = parser.parse_args()

    # One thread is the faster choice for pictures of this size: the work per operation is too small to share.
    torch.set_num_threads(1)
    transform = peer()
    ours = subprocess.Popen(["dotnet", arguments.dll, "rounds", *arguments.photos],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run_ours(index, count):
        ours.stdin.write(f"{index} {count}\n")
        ours.stdin.flush()
        cpu, *times = (float(t) for t in ours.stdout.readline().split())
        return cpu, min(times)

    def run_peer(data, count):
        times, cpu = [], time.process_time()
        for _ in range(count):
            start = time.perf_counter()
            transform(Image.open(io.BytesIO(data)))
            times.append((time.perf_counter() - start) * 1e6)
        return (time.process_time() - cpu) * 1e6 / count, min(times)

    report = {"pillow": PIL.__version__, "torchvision": torchvision.__version__, "torch": torch.__version__, "photos": []}
    for index, path in enumerate(arguments.photos):
        data = open(path, "rb").read()
        width, height = Image.open(io.BytesIO(data)).size
        count = max(2, min(20, 6_000_000 // (width * height)))
        run_ours(index, 60 if count > 2 else 8)
        run_peer(data, count)
        rounds = [(run_peer(data, count), run_ours(index, count)) for _ in range(arguments.rounds)]
        quartiles = statistics.quantiles([peer[0] / own[0] for peer, own in rounds], n=4)
        entry = {"photo": path.rsplit("/", 1)[-1], "width": width, "height": height, "bytes": len(data),
                 "peer_cpu_us": statistics.median(peer[0] for peer, _ in rounds),
                 "ours_cpu_us": statistics.median(own[0] for _, own in rounds),
                 "peer_best_us": min(peer[1] for peer, _ in rounds), "ours_best_us": min(own[1] for _, own in rounds),
                 "cpu_ratio_quartiles": quartiles}
        report["photos"].append(entry)
        print(f"{entry['photo']}: processor time peer {entry['peer_cpu_us'] / 1e3:.2f} ms, "
              f"ours {entry['ours_cpu_us'] / 1e3:.2f} ms, ratio {quartiles[1]:.2f} "
              f"(quartiles {quartiles[0]:.2f} to {quartiles[2]:.2f}); best by the clock "
              f"{entry['peer_best_us'] / 1e3:.2f} and {entry['ours_best_us'] / 1e3:.2f} ms", flush=True)
    ours.stdin.close()
    ours.wait()
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()
