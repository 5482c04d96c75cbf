// The second view: many photos, checked one after the other or many at once.
import { ask } from "../parts/ask.js";
import { $, button, count, debounce, digits, h, hintLine, listen, pills, put, throttle } from "../parts/dom.js";
import { currentView, go } from "../parts/route.js";
import { enqueue } from "../state/queue.js";
import { counts, filter, filterParams, indexOf, readParams, refine, showAll, shows, sorts, tagOptions, visible } from "../state/filter.js";
import { canUndo, choose, on, select, session } from "../state/session.js";
import { drawBulk } from "./bulk.js";
import { accept, set, takeBack, toggle, withdraw } from "./decisions.js";
import { editTags } from "./editor.js";
import { createGrid } from "./grid.js";
import { candidates, createInspector } from "./inspector.js";

let grid = null, inspector = null, anchor = null;
const selection = new Set();
const isShown = () => currentView() === "review";
const chosen = () => visible().filter((i) => selection.has(i.id));

// ---- moving and selecting
function step(by) {
  const list = visible(), at = indexOf(session.current);
  const next = list[Math.min(list.length - 1, Math.max(0, at + by))];
  if (next) select(next);
}

function selectOne(item, range) {
  if (range && anchor && indexOf(anchor) >= 0) {
    const [from, to] = [indexOf(anchor), indexOf(item)].sort((a, b) => a - b);
    for (const one of visible().slice(from, to + 1)) selection.add(one.id);
  } else if (selection.has(item.id)) selection.delete(item.id); else selection.add(item.id);
  anchor = item;
  drawSelection();
}

function clearSelection() { selection.clear(); drawSelection(); }

function drawSelection() {
  grid.redrawAll();
  drawBulk($("bulk"), chosen(), clearSelection);
}

// ---- what is done to the current photo
const current = () => (indexOf(session.current) >= 0 ? session.current : null);

function acceptCurrent() {
  const item = current();
  if (!item) return;
  if (!item.decision) accept([item]);
  step(1);
}

async function editCurrent() {
  const item = current();
  if (!item) return;
  const tags = await editTags(item);
  if (tags) set([item], tags);
}

function openCurrent() { if (current()) go("tag"); }

const sheet = (open) => {
  $("inspector").classList.toggle("sheet", open);
  if (!open) grid.list.focus(); else inspector.focus();
};

// ---- keys
const help = [
  ["J, K, arrow keys", "next and previous photo"], ["1 to 9", "take or leave a tag"], ["Enter", "accept, and on to the next"], ["E", "choose among all 49"],
  ["Space", "select, with Shift up to here"], ["Ctrl A", "select all that are shown"], ["U, Ctrl Z", "undo"], ["/", "search"], ["?", "this list"],
];

async function showKeys() {
  const box = h("input", { type: "checkbox", id: "letters", checked: session.settings.letters });
  const answer = await ask("Keys of this view", [
    h("dl", { class: "keys" }, help.map(([key, what]) => [h("dt", {}, key.split(", ").flatMap((k, i) => [i > 0 && " ", h("kbd", {}, k)])), h("dd", {}, what)])),
    h("label", { class: "check", for: "letters" }, box, " Letters and digits act by themselves"),
  ], "Done", () => ({ letters: box.checked }));
  if (answer) choose(answer);
}

function onKey(event) {
  const { key, target } = event;
  if (target.closest("dialog")) return;
  if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "z" && !target.matches("input, textarea")) { event.preventDefault(); return reveal(takeBack()); }
  if (target.matches("input, select, textarea") || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (key.toLowerCase() === "a" && target === grid.list) { event.preventDefault(); for (const i of visible()) selection.add(i.id); drawSelection(); }
    return;
  }
  const inGrid = target === grid.list;
  const arrows = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: grid.columns, ArrowUp: -grid.columns, PageDown: grid.page, PageUp: -grid.page, Home: -Infinity, End: Infinity };
  if (inGrid && key in arrows) { event.preventDefault(); return step(arrows[key]); }
  if (inGrid && key === " ") { event.preventDefault(); if (current()) selectOne(current(), event.shiftKey); return; }
  if (key === "Enter" && (inGrid || target === document.body || target.id === "review-heading" || target.id === "inspector-heading")) { event.preventDefault(); return acceptCurrent(); }
  if (key === "Escape" && $("inspector").classList.contains("sheet")) return sheet(false);
  if (key === "Escape" && selection.size > 0) return clearSelection();
  if (!session.settings.letters) return;
  const act = { j: () => step(1), k: () => step(-1), e: editCurrent, u: () => reveal(takeBack()), "/": () => $("search").focus(), "?": showKeys }[key.toLowerCase()];
  if (act) { event.preventDefault(); act(); return; }
  if (/^[1-9]$/.test(key) && current()) {
    const row = candidates(current())[Number(key) - 1];
    if (row !== undefined) { event.preventDefault(); toggle(current(), row); }
  }
}

/** Shows what an undo changed. */
function reveal(items) { if (items.length > 0 && indexOf(items[0]) >= 0) select(items[0]); }

// ---- the bar above
function drawBar() {
  const found = counts();
  pills($("shows"), Object.entries(shows).filter(([key]) => key === "all" || key === filter.show || found[key] > 0).map(([key, [label]]) => ({
    label, number: found[key], pressed: filter.show === key, run: (event) => { refine({ show: key }); if (event.detail > 0) grid.list.focus(); },
  })));
  tagOptions($("filter-tag"));
  $("filter-group").value = filter.group;
  $("sort").value = filter.sort;
  if (document.activeElement !== $("search")) $("search").value = filter.text;
  const total = session.items.length;
  $("checked-bar").max = Math.max(1, total);
  $("checked-bar").value = found.decided;
  $("checked").textContent = total > 0 ? `${digits(found.decided)} of ${digits(total)} checked` : "";
  $("undo").disabled = !canUndo();
  $("undo").title = canUndo() ? `Undo: ${canUndo()}` : "Nothing to undo";
  $("retry").hidden = filter.show !== "failed" || found.failed === 0;
}

const drawBarSoon = throttle(250, () => { if (isShown()) drawBar(); });

function drawList() {
  const list = visible();
  for (const id of [...selection]) if (!session.byId.has(id)) selection.delete(id);
  $("grid-empty").hidden = list.length > 0;
  put($("grid-empty"), session.items.length === 0
    ? [h("p", { class: "lead" }, "Nothing to review yet"), hintLine("Drop photos or a folder anywhere, or import a run under Export."), h("label", { class: "button primary", for: "file" }, "Choose photos")]
    : [h("p", { class: "lead" }, "No photo matches"), button("button", showAll, {}, "Show all")]);
  $("matches").textContent = list.length === session.items.length ? "" : `${count(list.length, "photo")} shown`;
  grid.show(list);
  grid.setCurrent(current(), false);
  inspector.show(current());
  drawBulk($("bulk"), chosen(), clearSelection);
}

function drawCurrent() {
  grid.setCurrent(current(), true);
  inspector.show(current());
}

export function start() {
  const option = (value, label) => h("option", { value }, label);
  put($("filter-group"), option("", "Any group"), session.groups.map((g) => option(g, g)));
  put($("sort"), Object.entries(sorts).map(([key, [label]]) => option(key, label)));
  for (const [id, name] of [["filter-tag", "tag"], ["filter-group", "group"], ["sort", "sort"]]) $(id).addEventListener("change", () => refine({ [name]: $(id).value }));
  const search = debounce(200, (text) => refine({ text }));
  listen("search", "input", () => search($("search").value.trim()));
  listen("undo", "click", () => reveal(takeBack()));
  listen("keys", "click", showKeys);
  listen("retry", "click", () => enqueue(session.items.filter((i) => i.state === "failed")));
  grid = createGrid($("grid-scroller"), {
    onPick: (item) => { select(item); anchor = item; if (matchMedia("(max-width: 60rem)").matches) sheet(true); },
    onToggle: selectOne, isSelected: (item) => selection.has(item.id),
  });
  inspector = createInspector($("inspector"), {
    step, close: () => sheet(false), accept: acceptCurrent, edit: editCurrent, open: openCurrent,
    toggle: (row) => toggle(session.current, row), withdraw: () => withdraw([session.current]),
  });
  listen("view-review", "keydown", onKey);
  // Somebody who chose anew goes on with the first photo of what is left.
  on("list", () => { if (isShown()) { if (!current() && visible().length > 0) select(visible()[0]); drawBar(); drawList(); } });
  on("current", () => { if (isShown()) drawCurrent(); });
  on("item", (item) => { if (!isShown()) return; grid.redraw(item); if (item === session.current) inspector.draw(); drawBarSoon(); });
  on("history", drawBarSoon);
}

export function show() {
  // The list is right again whenever the view is come back to.
  refine({});
  if (!current() && visible().length > 0) select(visible()[0]);
  drawCurrent();
}

export const link = filterParams, open = readParams;
