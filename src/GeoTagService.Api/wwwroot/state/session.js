// The one state that all views share. Views listen for what changed:
//   items    photos came or went          item      one photo changed (detail: the item)
//   current  another photo is looked at   settings  threshold, head or another choice changed
import * as db from "./db.js";

export const events = new EventTarget();
const tell = (type, detail) => events.dispatchEvent(new CustomEvent(type, { detail }));
export const on = (types, listener) => { for (const type of types.split(" ")) events.addEventListener(type, (e) => listener(e.detail)); };

export const session = {
  items: [], byId: new Map(), current: null, kept: true,
  settings: { threshold: null, head: "", orientation: true, letters: true },
  model: null, tags: [], rowOf: new Map(), groups: [],
};

/** Files of this visit; those of earlier ones lie in the browser's store. */
export const files = new Map();

const classOf = { "Natural environment": "g-nature", Topography: "g-topography", "Human habitat": "g-habitat", "Human use": "g-use", Communications: "g-communications" };
export const groupClass = (group) => classOf[group] ?? "";
export const rowClass = (row) => groupClass(session.tags[row].group);
export const tagName = (row) => session.tags[row].name;

export function setCatalogue(model, tags) {
  session.model = model;
  session.tags = [...tags].sort((a, b) => a.headRow - b.headRow);
  session.rowOf = new Map(session.tags.map((tag, row) => [tag.id, row]));
  session.groups = Object.keys(classOf).filter((g) => tags.some((t) => t.group === g))
    .concat([...new Set(tags.map((t) => t.group))].filter((g) => !classOf[g]));
}

export async function restore() {
  session.kept = await db.open();
  Object.assign(session.settings, await db.setting("settings"));
  await reload();
}

async function reload() {
  const items = await db.allItems();
  // What was under way when the page was left waits again.
  for (const item of items) if (item.state === "tagging") item.state = "waiting";
  session.items = items;
  session.byId = new Map(items.map((i) => [i.id, i]));
  session.current = session.byId.get(await db.setting("current")) ?? items[0] ?? null;
  tell("items");
  tell("current");
}

export const newItem = (fields) => ({
  name: null, path: null, bytes: 0, title: "", place: "", state: "waiting", error: null, answer: null, listed: null,
  stale: false, hasPhoto: false, photoKept: false, decision: null, ...fields,
});

/** Adds items, each with its file where it has one. */
export async function add(items, fileOf = () => null) {
  await db.addItems(items);
  for (const item of items) {
    session.items.push(item);
    session.byId.set(item.id, item);
    if (fileOf(item)) files.set(item.id, fileOf(item));
  }
  tell("items");
  announce();
}

/** A lone change is kept at once, because a page that is left cannot finish; many changes are kept together. */
const leastPause = 200;
const dirty = new Set();
let timer = 0, lastFlush = 0;

/** Notes that an item changed: views draw it again, and it is kept shortly. */
export function changed(item) {
  dirty.add(item);
  if (!timer) timer = setTimeout(flush, Math.max(0, leastPause - (performance.now() - lastFlush)));
  tell("item", item);
}

export async function flush() {
  clearTimeout(timer);
  timer = 0;
  lastFlush = performance.now();
  const items = [...dirty].filter((i) => session.byId.has(i.id));
  dirty.clear();
  if (items.length === 0) return;
  try { await db.keepItems(items); announce(); } catch { tell("full"); }
}

export function select(item) {
  if (session.current === item) return;
  session.current = item;
  db.keepSetting("current", item?.id ?? null);
  tell("current");
}

export function choose(settings) {
  Object.assign(session.settings, settings);
  db.keepSetting("settings", { ...session.settings });
  tell("settings");
}

export async function remove(items) {
  const ids = new Set(items.map((i) => i.id));
  const at = session.items.indexOf(session.current);
  session.items = session.items.filter((i) => !ids.has(i.id));
  for (const id of ids) { session.byId.delete(id); files.delete(id); }
  tell("items");
  if (session.current && ids.has(session.current.id)) select(session.items[Math.min(at, session.items.length - 1)] ?? null);
  await db.remove([...ids]);
  announce();
}

export async function clear() {
  session.items = [];
  session.byId.clear();
  files.clear();
  dirty.clear();
  history.length = 0;
  tell("items");
  select(null);
  await db.clear();
  announce();
}

// ---- decisions and what can be undone
const history = [];

/** Changes decision, title or place of items in one step that can be undone. */
export function change(label, items, apply) {
  const before = items.map((i) => [i.id, { decision: i.decision, title: i.title, place: i.place, stale: i.stale, answer: i.answer, listed: i.listed, state: i.state, error: i.error }]);
  for (const item of items) { apply(item); changed(item); }
  history.push({ label, before });
  if (history.length > 200) history.shift();
  tell("history");
}

export const canUndo = () => history.at(-1)?.label ?? null;

export function undo() {
  const step = history.pop();
  if (!step) return null;
  const items = [];
  for (const [id, fields] of step.before) {
    const item = session.byId.get(id);
    if (item) { Object.assign(item, fields); changed(item); items.push(item); }
  }
  tell("history");
  return { label: step.label, items };
}

// ---- other tabs
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("geotag") : null;
let others = false;
function announce() { channel?.postMessage("changed"); }
if (channel) channel.onmessage = () => { others = true; if (document.hidden === false && !document.hasFocus()) refresh(); };
async function refresh() { if (others) { others = false; await flush(); await reload(); } }
addEventListener("visibilitychange", () => { if (document.hidden) flush(); else refresh(); });
addEventListener("focus", refresh);
addEventListener("pagehide", flush);
