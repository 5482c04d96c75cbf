// Files to take away.
import { toReference } from "../places/grids.js";
import { placeOf } from "../places/of.js";
import { tagsOf } from "../state/decide.js";
import { photoOf } from "../state/photos.js";
import { session } from "../state/session.js";
import { numbers, toRow } from "./rows.js";
import { sidecar, sidecarName } from "./xmp.js";
import { zip } from "./zip.js";

const cell = (value) => {
  const text = value === null || value === undefined ? "" : Array.isArray(value) ? value.join("; ") : String(value);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
};
const table = (rows) => rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
const columns = ["id", "file", "title", "lat", "lon", "gridReference", "tags", "decided", "decidedAt", "proposed", "fallback", "threshold", "head", "model"];

const rowsOf = (items) => { const ids = numbers(items); return items.map((item) => toRow(item, ids.get(item))); };

export function csv(items, all) {
  const ids = session.tags.map((tag) => tag.id);
  return table([[...columns, ...(all ? ids : [])], ...rowsOf(items).map((row) => [...columns.map((c) => row[c]), ...(all ? ids.map((id) => row.probabilities?.[id]) : [])])]);
}

export function geoJson(items, all) {
  const features = rowsOf(items).map(({ id, lat, lon, probabilities, cuts, ...properties }) => ({
    type: "Feature", id, geometry: lat === null ? null : { type: "Point", coordinates: [lon, lat] }, properties: { ...properties, ...(all ? { probabilities } : {}), thresholds: cuts },
  }));
  return `{"type":"FeatureCollection","features":[\n${features.map((f) => JSON.stringify(f)).join(",\n")}\n]}\n`;
}

/** The competition's form: a number and 49 columns of 0 or 1. */
export function kaggle(items) {
  const ids = numbers(items);
  return table([["gridimage_id", ...session.tags.map((tag) => tag.id)], ...items.map((item) => {
    const rows = new Set(tagsOf(item));
    return [ids.get(item), ...session.tags.map((_, row) => (rows.has(row) ? 1 : 0))];
  })]);
}

/** What `geotag embed` wants beside train.csv: number, title and British grid reference. Irish photos are trained without
 * a place, so theirs is written too and left out there. */
export function metadata(items) {
  const ids = numbers(items);
  return table([["gridimage_id", "title", "grid_reference", "file"], ...items.map((item) => {
    const place = placeOf(item), reference = place && toReference(place.lat, place.lon);
    return [ids.get(item), item.title, reference?.replaceAll(" ", ""), item.path ?? item.name];
  })]);
}

/** Everything that training takes, photos under their numbers. Photos that are not at hand are counted, not written. */
export async function trainingSet(items, onMissing) {
  const ids = numbers(items);
  return zip((async function* () {
    yield { name: "train.csv", content: kaggle(items) };
    yield { name: "metadata.csv", content: metadata(items) };
    let missing = 0;
    for (const item of items) {
      const photo = item.hasPhoto ? await photoOf(item) : null;
      if (photo) yield { name: `photos/${ids.get(item)}.jpg`, content: photo }; else missing++;
    }
    onMissing(missing);
  })());
}

export function sidecars(items) {
  const taken = new Map();
  return zip(items.map((item) => ({ name: sidecarName(item, taken), content: sidecar(item) })));
}
