// Files and thumbnails of photos: in memory for this visit, in the browser's store for the next ones.
import { h } from "../parts/dom.js";
import * as db from "./db.js";
import { changed, files } from "./session.js";

/** Originals beyond this are not kept for the next visit; their thumbnails and tags are. */
const mostKeptBytes = 1024 ** 3;
const thumbWidth = 256;
let keptBytes = 0;

/** The photo's file, or null when it has to be added again. */
export async function photoOf(item) {
  const known = files.get(item.id);
  if (known) return typeof known.getFile === "function" ? known.getFile().catch(() => null) : known;
  if (!item.photoKept) return null;
  const stored = await db.blob("photos", item.id);
  if (stored) files.set(item.id, stored);
  return stored ?? null;
}

export function noteKept(items) { keptBytes = items.reduce((sum, i) => sum + (i.photoKept ? i.bytes : 0), 0); }

/** Keeps a photo for the next visit, while there is room. */
export async function keepPhoto(item, file) {
  if (keptBytes + file.size > mostKeptBytes) return;
  const room = await navigator.storage?.estimate?.().catch(() => null);
  if (room?.quota && room.usage + file.size > room.quota * 0.6) return;
  keptBytes += file.size;
  if (await db.keepBlob("photos", item.id, file)) { item.photoKept = true; changed(item); } else keptBytes -= file.size;
}

// ---- thumbnails
const urls = new Map();
const mostUrls = 240;
const wanted = new Map();
let busy = 0;
let worker = null;
let nextJob = 1;
const jobs = new Map();

function shrink(file) {
  worker ??= startWorker();
  return new Promise((done) => {
    const job = nextJob++;
    jobs.set(job, done);
    worker.postMessage({ job, file, width: thumbWidth });
  });
}

function startWorker() {
  const made = new Worker(new URL("thumb-worker.js", import.meta.url));
  made.onmessage = ({ data }) => { jobs.get(data.job)?.(data.blob); jobs.delete(data.job); };
  return made;
}

function remember(id, url) {
  urls.delete(id);
  urls.set(id, url);
  if (urls.size > mostUrls) {
    const [oldest, old] = urls.entries().next().value;
    urls.delete(oldest);
    if (old) URL.revokeObjectURL(old);
  }
  return url;
}

export function forgetThumbs(ids) {
  for (const id of ids ?? [...urls.keys()]) { if (urls.get(id)) URL.revokeObjectURL(urls.get(id)); urls.delete(id); }
}

/** Address of the thumbnail if it is at hand. */
export const thumbAtHand = (item) => urls.get(item.id);

/** Address of a photo's thumbnail, or null when there is none to be made. The latest wish is served first. */
export function thumb(item) {
  if (urls.has(item.id)) return Promise.resolve(remember(item.id, urls.get(item.id)));
  const known = wanted.get(item.id);
  if (known) return known.promise;
  const wish = {};
  wish.promise = new Promise((done) => { wish.done = done; });
  wish.item = item;
  wanted.set(item.id, wish);
  pump();
  return wish.promise;
}

/** Takes a wish back that nobody waits for any more. */
export function unwish(item) { const wish = wanted.get(item.id); if (wish && !wish.begun) { wanted.delete(item.id); wish.done(null); } }

function pump() {
  while (busy < 2) {
    const wish = [...wanted.values()].findLast((w) => !w.begun);
    if (!wish) return;
    wish.begun = true;
    busy++;
    make(wish.item).catch(() => null).then((blob) => {
      busy--;
      wanted.delete(wish.item.id);
      wish.done(remember(wish.item.id, blob ? URL.createObjectURL(blob) : null));
      pump();
    });
  }
}

async function make(item) {
  const stored = await db.blob("thumbs", item.id);
  if (stored) return stored;
  if (!item.hasPhoto) return null;
  const file = await photoOf(item);
  if (!file) return null;
  const blob = await shrink(file);
  if (blob) await db.keepBlob("thumbs", item.id, blob);
  return blob;
}

/** A picture that comes when it is made. */
export function picture(item, alt = "") {
  const image = h("img", { alt, hidden: true });
  thumb(item).then((url) => { if (url) { image.src = url; image.hidden = false; } });
  return image;
}
