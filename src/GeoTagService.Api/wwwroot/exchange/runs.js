// Runs of `geotag tag` and answers of the service, back on the page to be reviewed.
import { toAnswer } from "../state/decide.js";
import { lastPart } from "../state/intake.js";
import { add, newItem, session } from "../state/session.js";

const atOnce = 500, most = 100_000;

/** Rows of a tag by its id or name, as an item of a list may say it. */
function rowOf(tag, byName) {
  const key = typeof tag === "string" ? tag : tag?.id ?? tag?.tag ?? tag?.name;
  return session.rowOf.get(key) ?? byName.get(key);
}

/** Tags as an array, or joined by semicolons, because names hold commas. */
const asList = (value) => (Array.isArray(value) ? value : typeof value === "string" ? value.split(/;\s*/).filter(Boolean) : []);

function toItem(row, byName) {
  if (row.result?.probabilities) return { ...base(row, row.result.location), answer: toAnswer(row.result) };
  const listed = Object.keys(row).filter((k) => /^tags_\d/.test(k)).map((key) => ({
    threshold: Number(key.slice(5)), rows: asList(row[key]).map((t) => rowOf(t, byName)).filter((r) => r !== undefined), fallback: row[`fallback_${key.slice(5)}`] === true,
  }));
  const probabilities = row.probabilities ?? (session.tags.every((t) => typeof row[t.id] === "number") ? row : null);
  if (listed.length === 0 && !probabilities) return null;
  const place = typeof row.lat === "number" ? { lat: row.lat, lon: row.lon, gridReference: row.gridReference ?? null, source: "run", inTrainedArea: true } : null;
  const item = base(row, place);
  if (!probabilities) return { ...item, listed };
  return { ...item, answer: toAnswer({
    probabilities, decision: { threshold: 0.5 }, modalities: [], head: { name: row.head ?? "unknown", reason: "It comes from an imported run." }, location: place,
    model: { name: row.model ?? "imported run", version: row.modelVersion ?? "" }, warnings: asList(row.warnings).map((w) => ({ code: w, message: w })),
  }) };
}

const base = (row, place) => newItem({
  runId: row.id === undefined || row.id === null ? null : String(row.id), path: row.image ?? null,
  name: row.image ? lastPart(row.image) : row.id !== undefined ? String(row.id) : null,
  title: row.title ?? "", state: "done", at: place ?? null,
});

/** Adds rows as they come; answers with how many came, and how many lines were something else. */
export async function bringIn(rows, onProgress = () => {}) {
  const byName = new Map(session.tags.map((tag, row) => [tag.name, row]));
  let some = [], brought = 0, left = 0;
  for await (const row of rows) {
    const item = row && toItem(row, byName);
    if (!item) { left++; continue; }
    if (session.items.length + some.length >= most) throw new Error(`This page holds ${most.toLocaleString("en-GB")} photos at most; split the run.`);
    some.push(item);
    if (some.length >= atOnce) { await add(some); brought += some.length; some = []; onProgress(brought); }
  }
  if (some.length > 0) await add(some);
  return { brought: brought + some.length, left };
}

/** The objects of an NDJSON file; null for a line that is none. */
export async function* ndjson(file) {
  let rest = "";
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  const parse = (line) => { try { const value = JSON.parse(line); return typeof value === "object" ? value : null; } catch { return null; } };
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : lines.pop();
    for (const line of lines) if (line.trim()) yield parse(line);
    if (done) return;
  }
}
