// Which photos are looked at, in which order. Review, map and export share it.
import { h, put } from "../parts/dom.js";
import { disagreement, disagrees, isUncertain, margin, propose, tagsOf } from "./decide.js";
import { choose, events, on, session } from "./session.js";

export const shows = {
  all: ["All", () => true],
  open: ["To check", (i) => !i.decision && i.state === "done"],
  uncertain: ["Uncertain", (i) => isUncertain(i)],
  disagree: ["Photo and title disagree", (i) => disagrees(i)],
  decided: ["Checked", (i) => Boolean(i.decision)],
  changed: ["Corrected", (i) => i.decision?.how === "edited"],
  failed: ["Failed", (i) => i.state === "failed"],
};

const name = new Intl.Collator("en", { numeric: true });
const byMargin = (i) => margin(i) ?? 2;
export const sorts = {
  added: ["As added", null],
  name: ["By name", (a, b) => name.compare(a.path ?? a.title, b.path ?? b.title)],
  close: ["Closest calls first", (a, b) => byMargin(a) - byMargin(b)],
  apart: ["Most disagreement first", (a, b) => disagreement(b) - disagreement(a)],
  sure: ["Surest first", (a, b) => byMargin(b) - byMargin(a)],
};

export const filter = { show: "all", tag: "", group: "", text: "", sort: "added" };

let list = [];
let places = new Map();

export const visible = () => list;
export const indexOf = (item) => places.get(item?.id) ?? -1;
export const isFiltered = () => filter.show !== "all" || filter.tag !== "" || filter.group !== "" || filter.text !== "";

function matches(item) {
  if (!shows[filter.show][1](item)) return false;
  if (filter.tag && !tagsOf(item).includes(session.rowOf.get(filter.tag))) return false;
  if (filter.group && !tagsOf(item).some((row) => session.tags[row].group === filter.group)) return false;
  if (filter.text) {
    const text = filter.text.toLowerCase();
    if (!`${item.path ?? ""} ${item.name ?? ""} ${item.title}`.toLowerCase().includes(text)) return false;
  }
  return true;
}

/** Counts of the photos that each choice of "show" would leave. */
export function counts() {
  const found = Object.fromEntries(Object.keys(shows).map((key) => [key, 0]));
  for (const item of session.items) for (const key in shows) if (shows[key][1](item)) found[key]++;
  return found;
}

/** Photos that carry each tag: rows with their numbers. */
function tagCounts() {
  const found = new Uint32Array(session.tags.length);
  for (const item of session.items) for (const row of tagsOf(item)) found[row]++;
  return found;
}

/** Options of a select: tags by group. */
export const tagChoices = (keep, order, label) => session.groups.map((group) => h("optgroup", { label: group },
  session.tags.filter((t) => t.group === group && keep(t)).sort(order).map((t) => h("option", { value: t.id }, label(t)))));

/** Fills a select with the tags that photos carry, by group. */
export function tagOptions(select) {
  // It may be open: its numbers wait until it is left.
  if (document.activeElement === select && select.value === filter.tag) return;
  const found = tagCounts();
  put(select, h("option", { value: "" }, "Any tag"), tagChoices((t) => found[t.headRow] > 0 || filter.tag === t.id,
    (a, b) => found[b.headRow] - found[a.headRow], (t) => `${t.name} (${found[t.headRow]})`));
  select.value = filter.tag;
}

/** Looks anew. What is in the list stays while somebody works through it, even when it would no longer match. */
function find(keep) {
  const before = keep ? places : null;
  list = session.items.filter((i) => before?.has(i.id) || matches(i));
  const compare = sorts[filter.sort][1];
  if (compare) {
    const keys = filter.sort === "close" || filter.sort === "sure" ? new Map(list.map((i) => [i, byMargin(i)]))
      : filter.sort === "apart" ? new Map(list.map((i) => [i, -disagreement(i)])) : null;
    const sign = filter.sort === "sure" ? -1 : 1;
    list.sort(keys ? (a, b) => sign * (keys.get(a) - keys.get(b)) : compare);
  }
  places = new Map(list.map((item, at) => [item.id, at]));
  events.dispatchEvent(new CustomEvent("list"));
}

export function refine(choice) {
  Object.assign(filter, choice);
  if (!shows[filter.show]) filter.show = "all";
  if (!sorts[filter.sort]) filter.sort = "added";
  if (!session.rowOf.has(filter.tag)) filter.tag = "";
  if (!session.groups.includes(filter.group)) filter.group = "";
  find(false);
}

export const showAll = () => refine({ show: "all", tag: "", group: "", text: "" });

export const filterParams = () => ({
  show: filter.show === "all" ? null : filter.show, tag: filter.tag, group: filter.group, q: filter.text,
  sort: filter.sort === "added" ? null : filter.sort, threshold: session.settings.threshold,
});

export const readThreshold = (text) => Math.min(0.99, Math.max(0.01, Number(text) || 0.5));

export function readParams({ show, tag, group, q, sort, threshold }) {
  if (threshold) choose({ threshold: readThreshold(threshold) });
  refine({ show: show ?? "all", tag: tag ?? "", group: group ?? "", text: q ?? "", sort: sort ?? "added" });
}

let timer = 0;
const soon = () => { if (!timer) timer = setTimeout(() => { timer = 0; find(true); }, 300); };
on("items", () => { clearTimeout(timer); timer = 0; find(isFiltered()); });
on("answered", soon);
on("settings", () => find(false));

/** The group of a photo's first tag, which colours it. */
export function groupOf(item) {
  const row = tagsOf(item)[0] ?? propose(item).rows[0];
  return row === undefined ? null : session.tags[row].group;
}
