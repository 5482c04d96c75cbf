// Photos come in: dropped, pasted, chosen, from folders, from the camera, from the strip of samples.
import { toast, count } from "../parts/dom.js";
import { keepPhoto } from "./photos.js";
import { add, changed, files, newItem, select, session } from "./session.js";

const endings = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|heic|heif|avif|jp2|jxl|psd|dng|cr[23]|nef|arw|orf|rw2|raf)$/i;
const isPhoto = (file) => file.type.startsWith("image/") && file.type !== "image/svg+xml" || (file.type === "" || file.type === "application/octet-stream") && endings.test(file.name);

/** What was typed before any photo came; it becomes the first photo's. */
export const draft = { title: "", place: "" };

const isTable = (file) => /\.(csv|tsv)$/i.test(file.name);

/** Takes files, each with the path it has in its folder: photos, and tables of their titles. */
export async function take(all) {
  const tables = all.filter(({ file }) => isTable(file)), found = all.filter(({ file }) => !isTable(file));
  const items = found.length > 0 || tables.length === 0 ? await takePhotos(found) : [];
  for (const { file } of tables) await (await import("../exchange/titles.js")).titlesFrom(file);
  return items;
}

async function takePhotos(found) {
  const photos = found.filter(({ file }) => isPhoto(file));
  if (photos.length === 0) {
    if (found.length > 0) toast(found.length === 1 ? `${found[0].file.name} is no photo.` : "There is no photo among these files.");
    return [];
  }
  const reunited = reunite(photos);
  const fresh = photos.filter((p) => !reunited.has(p)).map(({ file, path, title, place }) => ({
    file, item: newItem({ name: file.name || "pasted photo", path: path || file.name, bytes: file.size, hasPhoto: true, title: title ?? "", place: place ?? "" }),
  }));
  if (fresh.length > 0) {
    const first = fresh[0].item;
    if (!session.current && (draft.title || draft.place)) {
      first.title ||= draft.title;
      first.place ||= draft.place;
      draft.title = draft.place = "";
    }
    // In turns, so that a folder of thousands does not hold the page up.
    for (let at = 0; at < fresh.length; at += 200) {
      const some = fresh.slice(at, at + 200);
      const fileOf = new Map(some.map((f) => [f.item, f.file]));
      await add([...fileOf.keys()], (item) => fileOf.get(item));
      if (at === 0) select(first);
    }
    keepInTurns(fresh);
  }
  if (photos.length > 1 || reunited.size > 0) {
    toast([fresh.length && `${count(fresh.length, "photo")} added`, reunited.size && `${count(reunited.size, "photo")} found again`,
      found.length - photos.length && `${count(found.length - photos.length, "other file")} left out`].filter(Boolean).join(", ") + ".");
  }
  return fresh.map((f) => f.item);
}

async function keepInTurns(fresh) {
  for (const { item, file } of fresh) if (session.byId.has(item.id)) await keepPhoto(item, file);
}

/** Gives files back to records that lost theirs, or came from a run's list: by path, or else by a name that is there once. */
function reunite(photos) {
  const taken = new Map();
  const lost = session.items.filter((i) => i.path && !files.has(i.id) && !i.photoKept);
  if (lost.length === 0) return taken;
  const byName = new Map();
  for (const item of lost) {
    const name = lastPart(item.path);
    byName.set(name, [...(byName.get(name) ?? []), item]);
  }
  for (const photo of photos) {
    const path = normal(photo.path || photo.file.name), candidates = byName.get(lastPart(path)) ?? [];
    const item = candidates.find((i) => endsAlike(normal(i.path), path)) ?? (candidates.length === 1 && !path.includes("/") ? candidates[0] : null);
    if (!item || files.has(item.id)) continue;
    files.set(item.id, photo.file);
    Object.assign(item, { hasPhoto: true, bytes: photo.file.size });
    taken.set(photo, item);
    if (item.error?.code === "photo-gone") { item.state = item.answer || item.listed ? "done" : "waiting"; item.error = null; }
    changed(item);
  }
  return taken;
}

const normal = (path) => path.replaceAll("\\", "/").replace(/^\.?\//, "");
export const lastPart = (path) => normal(path).split("/").at(-1);
/** One path is the other with more folders in front. */
const endsAlike = (a, b) => a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`) || sharesFolder(a, b);
const sharesFolder = (a, b) => { const [x, y] = [a.split("/").slice(-2), b.split("/").slice(-2)]; return x.length === 2 && x.join("/") === y.join("/"); };

/** Files in the order in which they were chosen; those of a folder, which comes in any order, by path. */
export function fromList(list) {
  const found = [...list].map((file) => ({ file, path: file.webkitRelativePath || "" }));
  return take(found.some((f) => f.path) ? found.sort((a, b) => order.compare(a.path, b.path)) : found);
}

/** Everything under what was dropped, folders included. */
export async function fromTransfer(transfer) {
  const entries = [...transfer.items].map((i) => i.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((e) => e.isDirectory)) return fromList(transfer.files);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return take(found);
}

async function walk(entry, found) {
  if (entry.isFile) {
    found.push({ file: await new Promise((done, fail) => entry.file(done, fail)), path: entry.fullPath.slice(1) });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A folder is handed out in parts, until an empty one.
    const part = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (part.length === 0) return;
    for (const child of part.sort((a, b) => order.compare(a.name, b.name))) await walk(child, found);
  }
}

/** Everything in a folder that the browser handed out. */
export async function fromDirectory(handle) {
  const found = [];
  await (async function walkIn(folder, path) {
    for await (const entry of folder.values()) {
      if (entry.kind === "directory") await walkIn(entry, `${path}/${entry.name}`);
      else if (endings.test(entry.name)) found.push({ file: await entry.getFile(), path: `${path}/${entry.name}` });
    }
  })(handle, handle.name);
  found.sort((a, b) => order.compare(a.path, b.path));
  return take(found);
}

const order = new Intl.Collator("en", { numeric: true });

export async function fromSample(sample) {
  const path = `samples/${sample.file}`, known = session.items.find((i) => i.path === path);
  if (known) return select(known);
  const response = await fetch(new URL(path, document.baseURI));
  const file = new File([await response.blob()], sample.file, { type: "image/webp" });
  const [item] = await take([{ file, path, title: sample.title, place: sample.place }]);
  if (item) select(item);
}

/** Tags a title without a photo. */
export async function fromDraft() {
  const item = newItem({ title: draft.title, place: draft.place });
  draft.title = draft.place = "";
  await add([item]);
  select(item);
}

