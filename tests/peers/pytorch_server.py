"""The seed's stack as a service: openai/CLIP's network in PyTorch behind FastAPI and uvicorn, with a linear head.

    pytorch_server.py --weights FILE.safetensors --vocabulary FILE.txt.gz [--batch 8] [--port N] [--threads N]

Answers POST /v1/tags and /v1/embeddings with the form fields of the product. With --batch 1 (default) one request is
encoded at a time; with more, requests that wait are encoded together. Decoding runs beside the encoder either way.
Run it with OPENBLAS_CORETYPE=SkylakeX where the processor is newer than Debian's OpenBLAS, and with
libopenblas0-openmp. Needs Debian's python3-fastapi, python3-uvicorn, python3-multipart, python3-torchvision, python3-pil.
"""
import argparse
import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import torch
import uvicorn
from fastapi import FastAPI, File, Form, UploadFile
from PIL import Image
from torchvision import transforms

import pytorch_clip

TAGS, PART = 49, 512
WEST, SOUTH, EAST, NORTH = -8.6, 49.9, 2.1, 61.9


class Model:
    """Weights, preprocessing and the head."""

    def __init__(self, weights, vocabulary):
        self.photos, self.titles = pytorch_clip.load(weights)
        self.tokenizer = pytorch_clip.Tokenizer(vocabulary)
        self.transform = transforms.Compose([
            transforms.Resize(224, interpolation=transforms.InterpolationMode.BICUBIC),
            transforms.CenterCrop(224),
            lambda image: image.convert("RGB"),
            transforms.ToTensor(),
            transforms.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
        ])
        torch.manual_seed(1)
        self.head = torch.nn.Linear(2 * PART + 2, TAGS)

    def prepare(self, item):
        photo, title, place = item
        pixels = None if photo is None else self.transform(Image.open(io.BytesIO(photo)))
        ids = None if title is None else torch.tensor(self.tokenizer(title))
        return pixels, ids, place

    @torch.inference_mode()
    def encode(self, items, prepared=True):
        """Embeddings [n, 512] of photos and titles, zeros where an item has none, and probabilities [n, 49]."""
        if not prepared:
            items = [self.prepare(item) for item in items]
        parts = []
        for kind, network in enumerate((self.photos, self.titles)):
            embeddings = torch.zeros(len(items), PART)
            rows = [i for i, item in enumerate(items) if item[kind] is not None]
            if rows:
                embeddings[rows] = network(torch.stack([items[i][kind] for i in rows]))
            parts.append(embeddings)
        places = torch.tensor([item[2] for item in items])
        return *parts, self.head(torch.cat([*parts, places], 1)).sigmoid()


class Batcher:
    """Encodes what waits, up to `size` at a time, on one thread; photos are decoded beside it or by it."""

    def __init__(self, model, size, decodes_beside):
        self.model, self.size, self.beside, self.waiting = model, size, decodes_beside, asyncio.Queue()
        # A set number of threads belongs to the thread that sets it; both have their own.
        self.encoder = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(torch.get_num_threads(),))
        self.decoder = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,))

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self.waiting.get()]
            while len(batch) < self.size and not self.waiting.empty():
                batch.append(self.waiting.get_nowait())
            items = [item for item, _ in batch]
            results = await loop.run_in_executor(self.encoder, self.model.encode, items, self.beside)
            for (_, answer), *result in zip(batch, *results):
                answer.set_result(result)

    async def encode(self, item):
        loop = asyncio.get_running_loop()
        if self.beside:
            item = await loop.run_in_executor(self.decoder, self.model.prepare, item)
        answer = loop.create_future()
        await self.waiting.put((item, answer))
        return await answer


def application(model, size, decodes_beside):
    app, state = FastAPI(), {}

    @app.on_event("startup")
    async def start():
        state["batcher"] = Batcher(model, size, decodes_beside)
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
    parser.add_argument("--decode", choices=["beside", "inline"], default="beside", help="on a thread of its own, or the encoder's")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = Model(arguments.weights, arguments.vocabulary)
    model.encode([(None, "warm", (0.0, 0.0))] * arguments.batch, prepared=False)
    uvicorn.run(application(model, arguments.batch, arguments.decode == "beside"), host="127.0.0.1", port=arguments.port,
                log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
