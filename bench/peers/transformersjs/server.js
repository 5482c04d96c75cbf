// Photos' embeddings from the bundle's vision.onnx with transformers.js (onnxruntime-node, sharp), over HTTP.
//
//     node server.js --model BUNDLE/vision.onnx [--port N] [--threads N] [--batch N] [--spinning 0|1]
//
// Answers POST /v1/tags and /v1/embeddings with the form field `image`. Preprocessing is transformers.js' own
// CLIPImageProcessor, which resizes with sharp. The encoder runs on its own threads while the next photo is decoded.
import http from 'node:http';
import { parseArgs } from 'node:util';
import { createRequire } from 'node:module';
import { CLIPImageProcessor, RawImage } from '@huggingface/transformers';

// transformers.js loads only models laid out as on its hub; the session is opened as it opens it, by onnxruntime-node.
const ort = createRequire(import.meta.resolve('@huggingface/transformers'))('onnxruntime-node');
const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    port: { type: 'string', default: '8001' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '1' },
    spinning: { type: 'string', default: '1' },
  },
});
const tags = 49;
const dimension = 512;
const largestBatch = Number(values.batch);
const processor = new CLIPImageProcessor({
  do_resize: true,
  size: { shortest_edge: 224 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  do_convert_rgb: true,
});
const session = await ort.InferenceSession.create(values.model, {
  intraOpNumThreads: Number(values.threads),
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: values.spinning } } },
});
const head = Float32Array.from({ length: tags * dimension }, (_, i) => Math.sin(i));

const waiting = [];
let running = false;

async function encodeWaiting() {
  running = true;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, largestBatch);
    try {
      const size = batch[0].pixels.length;
      const pixels = new Float32Array(batch.length * size);
      batch.forEach((item, i) => pixels.set(item.pixels, i * size));
      const { image_embeds: embeds } = await session.run({
        pixel_values: new ort.Tensor('float32', pixels, [batch.length, 3, 224, 224]),
      });
      batch.forEach((item, i) => item.resolve(embeds.data.slice(i * dimension, (i + 1) * dimension)));
    } catch (error) {
      batch.forEach(item => item.reject(error));
    }
  }
  running = false;
}

function encode(pixels) {
  return new Promise((resolve, reject) => {
    waiting.push({ pixels, resolve, reject });
    if (!running) {
      encodeWaiting();
    }
  });
}

async function embed(request) {
  const form = await new Response(request, { headers: request.headers }).formData();
  const image = await RawImage.fromBlob(form.get('image'));
  const { pixel_values: pixels } = await processor([image]);
  return encode(pixels.data);
}

function decide(embedding) {
  const probabilities = Array.from({ length: tags }, (_, row) => {
    let logit = 0;
    for (let i = 0; i < dimension; i++) {
      logit += head[row * dimension + i] * embedding[i];
    }
    return 1 / (1 + Math.exp(-logit));
  });
  return { tags: probabilities.flatMap((p, row) => (p > 0.5 ? [{ row, probability: p }] : [])), probabilities };
}

http.createServer(async (request, response) => {
  try {
    let answer = 'ready';
    if (request.method === 'POST') {
      const embedding = await embed(request);
      answer = request.url.startsWith('/v1/embeddings') ? { image: Array.from(embedding) } : decide(embedding);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error: String(error) }));
  }
}).listen(Number(values.port), '127.0.0.1');
