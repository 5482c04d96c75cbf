// The fourth view: take tags away, bring runs in, clear what this browser keeps.
import { confirm } from "../parts/ask.js";
import { $, button, count, digits, h, hintLine, icon, listen, put, throttle, toast } from "../parts/dom.js";
import { currentView, go } from "../parts/route.js";
import { filter, filterParams, isFiltered, readParams, refine, shows, visible } from "../state/filter.js";
import { fromDirectory, take } from "../state/intake.js";
import { forgetThumbs } from "../state/photos.js";
import { clear, events, files, on, session } from "../state/session.js";
import * as formats from "./formats.js";
import { parquet } from "./parquet.js";
import { bringIn, ndjson } from "./runs.js";

let which = "all", all = false, busy = null;
const isShown = () => currentView() === "export";
const tagged = (item) => item.answer || item.listed || item.decision;

const choices = {
  all: ["All photos", () => session.items.filter(tagged)],
  shown: ["Those that Review shows", () => visible().filter(tagged)],
  decided: ["Those that were checked", () => session.items.filter((i) => i.decision)],
};

const offers = [
  { id: "csv", name: "CSV", what: "A line a photo: the tags that hold, what the model proposed, threshold, place, head.", file: "tags.csv", type: "text/csv", make: (items) => formats.csv(items, all) },
  { id: "geojson", name: "GeoJSON", what: "The same as points, for QGIS and web maps.", file: "tags.geojson", type: "application/geo+json", make: (items) => formats.geoJson(items, all) },
  { id: "kaggle", name: "Table of 0 and 1", what: "A number and 49 columns, as the competition's files are.", file: "labels.csv", type: "text/csv", make: formats.kaggle },
  { id: "xmp", name: "XMP sidecars", what: "A ZIP with a sidecar for each photo: subjects, title, place, and the proposals beside them.", file: "sidecars.zip", make: formats.sidecars },
  { id: "train", name: "train.csv", what: "The checked photos alone, for geotag train.", file: "train.csv", type: "text/csv", decided: true, make: formats.kaggle },
  { id: "set", name: "Training set", what: "A ZIP of train.csv, metadata.csv and the checked photos under their numbers: all that geotag embed and geotag train take.", file: "training-set.zip", decided: true,
    make: (items) => formats.trainingSet(items, (missing) => { if (missing > 0) toast(`${count(missing, "photo")} not at hand and left out: add their folder again.`); }) },
];

function save(content, name, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const anchor = h("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

async function takeAway(offer) {
  const items = itemsFor(offer);
  if (items.length === 0 || busy) return;
  busy = offer.id;
  draw();
  try { save(await offer.make(items), offer.file, offer.type); toast(`${offer.file}: ${count(items.length, "photo")}.`); }
  catch (error) { toast(error.message); }
  busy = null;
  draw();
}

const itemsFor = (offer) => (offer.decided ? choices.decided[1]() : choices[which][1]());

/** The choices and offers, made once: only their numbers change while photos are tagged, and no click falls between. */
function build() {
  put($("which"), h("legend", {}, "Which photos"), Object.entries(choices).map(([key, [label]]) => h("label", { for: `which-${key}` },
    h("input", { type: "radio", name: "which", id: `which-${key}`, checked: which === key, onchange: () => { which = key; draw(); } }),
    h("span", {}, label, h("span", { id: `which-${key}-said` })), h("span", { class: "number hint", id: `which-${key}-count` }))));
  put($("offers"), offers.map((offer) => h("li", { class: "offer" }, h("h2", {}, offer.name), hintLine(offer.what),
    button("", () => takeAway(offer), { id: `take-${offer.id}` }, icon("export"), h("span", {})))));
}

function draw() {
  for (const [key, [, find]] of Object.entries(choices)) $(`which-${key}-count`).textContent = digits(find().length);
  const shown = [filter.show !== "all" && shows[filter.show][0], filter.group, filter.tag && session.tags[session.rowOf.get(filter.tag)].name, filter.text].filter(Boolean);
  $("which-shown-said").textContent = isFiltered() ? ` (${shown.join(", ")})` : "";
  const { threshold } = session.settings, without = session.items.filter((i) => !tagged(i)).length;
  $("in-force").textContent = `Threshold in force: ${threshold === null ? "each head's own" : threshold.toFixed(2)}. A person's decision goes before it.${without > 0 ? ` ${count(without, "photo")} without tags, waiting or failed, ${without === 1 ? "is" : "are"} left out.` : ""}`;
  for (const offer of offers) {
    const n = itemsFor(offer).length, button = $(`take-${offer.id}`);
    button.className = n > 0 ? "button soft" : "button";
    button.disabled = n === 0 || busy !== null;
    button.lastChild.textContent = busy === offer.id ? "Making it…" : n > 0 ? `${offer.file} · ${digits(n)}` : offer.decided ? "Check photos first" : "Nothing yet";
  }
  $("learn").hidden = choices.decided[1]().length === 0;
  drawKept();
}

async function drawKept() {
  const lost = session.items.filter((i) => i.path && !i.photoKept && !files.has(i.id)).length;
  $("lost").textContent = lost > 0 ? `The files of ${count(lost, "photo")} are not at hand: choose their folder to see them and tag them again.` : "";
  const used = await navigator.storage?.estimate?.().catch(() => null);
  $("kept").textContent = `${count(session.items.length, "photo")} in this browser${used?.usage ? `, ${(used.usage / 1e6).toFixed(used.usage > 1e8 ? 0 : 1)} MB` : ""}. ${session.kept ? "They stay until you clear them." : "This browser keeps nothing beyond this page."}`;
  $("clear").disabled = session.items.length === 0;
}

async function bring(file) {
  if (!file) return;
  if (/\.(csv|tsv)$/i.test(file.name)) { await take([{ file }]); return; }
  $("import-said").textContent = `Reading ${file.name}…`;
  try {
    const { brought, left } = await bringIn(/\.parquet$/i.test(file.name) ? parquet(file) : ndjson(file), (n) => { $("import-said").textContent = `Reading ${file.name}: ${digits(n)}…`; });
    $("import-said").textContent = brought === 0
      ? `${file.name} holds no row of a run: rows with tags_0.5, probabilities or a result are read.`
      : `${count(brought, "photo")} came from ${file.name}${left > 0 ? `, ${count(left, "other line")} left out` : ""}. Now choose the folder of the photos, or review without them.`;
  } catch (error) { $("import-said").textContent = `${file.name} could not be read: ${error.message}`; }
  draw();
}

async function chooseFolder() {
  // Where the browser hands out folders it remembers which one; elsewhere files are chosen each time.
  if (!globalThis.showDirectoryPicker) { $("folder").click(); return; }
  try { await fromDirectory(await showDirectoryPicker({ id: "geotag-photos" })); } catch (error) { if (error.name !== "AbortError") toast(error.message); }
}

export function start() {
  build();
  listen("with-all", "change", () => { all = $("with-all").checked; });
  listen("import", "change", (event) => { bring(event.target.files[0]); event.target.value = ""; });
  listen("import-folder", "click", chooseFolder);
  listen("import-review", "click", () => go("review"));
  listen("clear", "click", async () => {
    if (!await confirm("Clear everything?", `${count(session.items.length, "photo")} with titles, tags and decisions leave this browser. The files themselves stay where they are.`, "Clear all")) return;
    await clear();
    forgetThumbs();
    toast("Cleared.");
  });
  const soon = throttle(300, () => { if (isShown()) draw(); });
  on("items item settings list history", soon);
  events.addEventListener("full", () => toast("The browser has no room left: what is done from here on is lost on reload."));
}

export function show() { refine({}); draw(); }
export const link = filterParams;
export { readParams as open };
