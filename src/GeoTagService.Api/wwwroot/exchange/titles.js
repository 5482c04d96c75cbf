// Titles and places of many photos from a CSV: columns image (or file, id, gridimage_id), title, lat and lon, gridReference.
import { count, toast } from "../parts/dom.js";
import { formatDegrees, readPlace } from "../places/place.js";
import { lastPart } from "../state/intake.js";
import { enqueue } from "../state/queue.js";
import { change, session } from "../state/session.js";
import { numbers } from "./rows.js";

/** Rows of a CSV or TSV file as objects by the header's names, in lower case. */
export function table(text) {
  const separator = text.slice(0, text.search(/\r?\n|$/)).includes("\t") ? "\t" : ",", rows = [[""]];
  let quoted = false;
  for (let i = text.startsWith("\uFEFF") ? 1 : 0; i < text.length; i++) {
    const c = text[i], row = rows.at(-1);
    if (quoted) { if (c !== '"') row[row.length - 1] += c; else if (text[i + 1] === '"') { row[row.length - 1] += c; i++; } else quoted = false; }
    else if (c === '"' && row.at(-1) === "") quoted = true;
    else if (c === separator) row.push("");
    else if (c === "\n") rows.push([""]);
    else if (c !== "\r") row[row.length - 1] += c;
  }
  const names = rows.shift().map((name) => name.trim().toLowerCase());
  return rows.filter((row) => row.some((cell) => cell !== "")).map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? ""])));
}

const baseName = (path) => lastPart(path).toLowerCase();

/** Gives photos their titles and places, in one step that can be undone. */
export async function titlesFrom(file) {
  const rows = table(await file.text()), byKey = new Map(), ids = numbers(session.items);
  for (const row of rows) byKey.set(baseName(row.image || row.file || row.id || row.gridimage_id || ""), row);
  byKey.delete("");
  const found = new Map();
  for (const item of session.items) {
    const row = byKey.get(baseName(item.path ?? item.name ?? "")) ?? byKey.get(String(ids.get(item)));
    if (!row) continue;
    const place = row.gridreference || row.grid_reference || (row.lat && row.lon ? formatDegrees(Number(row.lat), Number(row.lon)) : "");
    const title = row.title?.replace(/\s+/g, " ").trim() ?? "", ok = place && !readPlace(place).problem;
    if ((title && title !== item.title) || (ok && place !== item.place)) found.set(item, { title: title || item.title, place: ok ? place : item.place });
  }
  if (found.size === 0) { toast(`${file.name} says nothing new of these photos: it needs a column image (or id) and title or a place.`); return; }
  change("Titles and places", [...found.keys()], (item) => Object.assign(item, found.get(item)));
  enqueue([...found.keys()].filter((i) => i.hasPhoto || i.title.trim()));
  toast(`${count(found.size, "photo")} got a title or place from ${file.name}.`);
}
