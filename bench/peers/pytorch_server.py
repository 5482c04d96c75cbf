"""The seed's stack as a service: openai/CLIP's network in PyTorch behind FastAPI and uvicorn, with a linear head.

    pytorch_server.py --weights FILE.safetensors --vocabulary FILE.txt.gz [--batch 8] [--port N] [--threads N]

Answers POST /v1/tags and /v1/embeddings with the form fields of the product. With --batch 1 (default) one request is
encoded at a time; with more, requests that wait are encoded together.

Run it with OPENBLAS_CORETYPE=SkylakeX where the processor is newer than Debian's OpenBLAS, with libopenblas0-openmp, and
with MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=67108864: otherwise glibc hands
a batch's tensors back to the kernel after each operation, which then clears the same pages again for the next.
Needs Debian's python3-fastapi, python3-uvicorn, python3-uvloop, python3-httptools, python3-multipart, python3-torch,
python3-numpy, python3-pil.
"""
import argparse
import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI, File, Form, UploadFile
from PIL import Image

import pytorch_clip

TAGS, PART = 49, 512
WEST, SOUTH, EAST, NORTH = -8.6, 49.9, 2.1, 61.9


MEAN = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
STD = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)
SCALE, SHIFT = 1 / (255 * STD), -MEAN / STD
EDGE = 224


def pixels(photo):
    """What torchvision's Resize, CenterCrop, ToTensor and Normalize make of a photo, by Pillow and numpy alone."""
    image = Image.open(io.BytesIO(photo))
    short, long = EDGE, int(EDGE * max(image.size) / min(image.size))
    image = image.resize((short, long) if image.width <= image.height else (long, short), Image.BICUBIC)
    left, top = round((image.width - EDGE) / 2.0), round((image.height - EDGE) / 2.0)
    image = image.crop((left, top, left + EDGE, top + EDGE)).convert("RGB")
    return np.ascontiguousarray((np.asarray(image) * SCALE + SHIFT).transpose(2, 0, 1))


class Model:
    """Weights, preprocessing and the head. Belongs to one thread: each thread that computes with torch gets OpenMP
    threads of its own, and more of them than cores wait for each other at every operation."""

    def __init__(self, weights, vocabulary, batch, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        self.photos, self.titles = pytorch_clip.load(weights)
        self.tokenizer = pytorch_clip.Tokenizer(vocabulary)
        self.head = torch.nn.Linear(2 * PART + 2, TAGS)
        self.decoders = ThreadPoolExecutor(threads)
        with torch.inference_mode():
            for n in range(1, batch + 1):
                self.photos(torch.zeros(n, 3, EDGE, EDGE))
                self.titles(torch.tensor([self.tokenizer("warm")] * n))

    @torch.inference_mode()
    def encode(self, items):
        """Embeddings [n, 512] of photos and titles, zeros where an item has none, and probabilities [n, 49].
        All cores decode, then all encode: decoding beside the encoder takes a core from one of its threads, for which
        the others wait."""
        photos, titles, places = zip(*items)
        parts = []
        for network, given, read in ((self.photos, photos, lambda some: np.stack(list(self.decoders.map(pixels, some)))),
                                     (self.titles, titles, lambda some: np.array([self.tokenizer(title) for title in some]))):
            embeddings = torch.zeros(len(items), PART)
            rows = [i for i, value in enumerate(given) if value is not None]
            if rows:
                embeddings[rows] = network(torch.from_numpy(read([given[i] for i in rows])))
            parts.append(embeddings)
        return *parts, self.head(torch.cat([*parts, torch.tensor(places)], 1)).sigmoid()


class Batcher:
    """Encodes what waits, up to `size` at a time, on the model's thread."""

    def __init__(self, model, size, thread):
        self.model, self.size, self.thread, self.waiting = model, size, thread, asyncio.Queue()

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self.waiting.get()]
            while len(batch) < self.size and not self.waiting.empty():
                batch.append(self.waiting.get_nowait())
            results = await loop.run_in_executor(self.thread, self.model.encode, [item for item, _ in batch])
            for (_, answer), *result in zip(batch, *results):
                answer.set_result(result)

    async def encode(self, item):
        answer = asyncio.get_running_loop().create_future()
        await self.waiting.put((item, answer))
        return await answer


def application(model, size, thread):
    app, state = FastAPI(), {}

    @app.on_event("startup")
    async def start():
        state["batcher"] = Batcher(model, size, thread)
        state["loop"] = asyncio.create_task(state["batcher"].run())

    async def encode(image, title, place=(0.0, 0.0)):
        return await state["batcher"].encode((await image.read() if image else None, title, place))

    @app.get("/health/ready")
    async def ready():
        return "ready"

    @app.post("/v1/tags")
    async def tags(image: UploadFile = File(None), title: str = Form(None), latitude: float = Form(None),
                   longitude: float = Form(None), lat: float = Form(None), lon: float = Form(None)):
        north, east = (latitude, longitude) if lat is None else (lat, lon)
        place = (0.0, 0.0) if north is None else ((north - SOUTH) / (NORTH - SOUTH), (east - WEST) / (EAST - WEST))
        p = (await encode(image, title, place))[2].tolist()
        chosen = [row for row in range(TAGS) if p[row] > 0.5] or [p.index(max(p))]
        return {"tags": [{"row": row, "probability": p[row]} for row in chosen], "probabilities": p}

    @app.post("/v1/embeddings")
    async def embeddings(image: UploadFile = File(None), title: str = Form(None)):
        photo, words, _ = await encode(image, title)
        return {"image": photo.tolist() if image else None, "title": words.tolist() if title else None}

    return app


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--vocabulary", required=True)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    thread = ThreadPoolExecutor(1)
    model = thread.submit(Model, arguments.weights, arguments.vocabulary, arguments.batch, arguments.threads).result()
    uvicorn.run(application(model, arguments.batch, thread), host="127.0.0.1", port=arguments.port, log_level="warning",
                access_log=False)


if __name__ == "__main__":
    main()
