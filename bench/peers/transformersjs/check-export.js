// Loads what 'geotag models export' wrote in transformers.js and onnxruntime-node, and prints what they answer as JSON:
//     node check-export.js DIR TITLES.json PIXELS.bin
// TITLES.json is a list of titles, PIXELS.bin one photo's pixel_values as little-endian float32.
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
import { AutoProcessor, AutoTokenizer, CLIPTextModelWithProjection, CLIPVisionModelWithProjection, RawImage, Tensor, env } from "@huggingface/transformers";

const [directory, titlesFile, pixelsFile] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = "/";
const titles = JSON.parse(readFileSync(titlesFile, "utf8"));
const raw = readFileSync(pixelsFile);
const pixels = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
const options = { dtype: "fp32", local_files_only: true };

const tokenizer = await AutoTokenizer.from_pretrained(directory, options);
const textModel = await CLIPTextModelWithProjection.from_pretrained(directory, options);
const tokens = [];
const titleEmbeddings = [];
for (const title of titles) {
  const inputs = tokenizer(title, { truncation: true });
  tokens.push(Array.from(inputs.input_ids.data, Number));
  titleEmbeddings.push(Array.from((await textModel(inputs)).text_embeds.data));
}

const processor = await AutoProcessor.from_pretrained(directory, options);
const size = processor.image_processor.crop_size.height;
const visionModel = await CLIPVisionModelWithProjection.from_pretrained(directory, options);
const pixelValues = new Tensor("float32", pixels, [1, 3, size, size]);
const photoEmbedding = Array.from((await visionModel({ pixel_values: pixelValues })).image_embeds.data);
const grey = await processor(new RawImage(new Uint8ClampedArray(3 * 300 * 200).fill(128), 300, 200, 3));

const session = await ort.InferenceSession.create(`${directory}/onnx/vision_model.onnx`);
const bare = await session.run({ pixel_values: new ort.Tensor("float32", pixels, [1, 3, size, size]) });
console.log(JSON.stringify({
  tokens,
  titleEmbeddings,
  photoEmbedding,
  bareEmbedding: Array.from(bare.image_embeds.data),
  grey: { shape: grey.pixel_values.dims, values: [0, size * size, 2 * size * size].map((i) => grey.pixel_values.data[i]) },
}));
