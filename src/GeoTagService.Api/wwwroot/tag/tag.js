// The first view: one photo, its title and place, and its tags beside it.
import { $, button, count, debounce, h, icon, listen, put, reducedMotion, throttle } from "../parts/dom.js";
import { formatDegrees, readPlace } from "../places/place.js";
import { samples } from "../samples/samples.js";
import { evidence } from "../service.js";
import { percent, propose } from "../state/decide.js";
import { readThreshold } from "../state/filter.js";
import { draft, fromDraft, fromSample } from "../state/intake.js";
import { photoOf, picture, thumb } from "../state/photos.js";
import { enqueue, options } from "../state/queue.js";
import { changed, choose, on, remove, select, session, tagName } from "../state/session.js";
import { clearHeat, showHeat } from "./heat.js";
import { drawResult, drawThreshold, watchThreshold } from "./result.js";

const pauseBeforeTagging = 800;
let map = null;
let shownId = null, shownUrl = null, drawnAnswer = null, said = "";
const item = () => session.current;
const fieldsOf = () => item() ?? draft;

// ---- title and place
const retag = debounce(pauseBeforeTagging, () => sendAgain());

function typed() {
  const target = fieldsOf(), changedTitle = target.title !== $("title").value, changedPlace = target.place !== $("place").value;
  if (!changedTitle && !changedPlace) return;
  target.title = $("title").value;
  target.place = $("place").value;
  if (!item()) return drawFields();
  if (item().answer || item().listed) item().stale = true;
  changed(item());
  drawFields();
  retag();
}

/** Sends what is typed. A place that cannot be read waits until it can. */
function sendAgain() {
  retag.cancel();
  drawFields(true);
  if (readPlace(fieldsOf().place).problem) return;
  if (!item()) { if (draft.title.trim()) fromDraft(); return; }
  if (!item().hasPhoto && !item().title.trim()) return;
  enqueue([item()], true);
}

function drawFields(strict = false) {
  const target = fieldsOf(), place = readPlace(target.place);
  if ($("title").value !== target.title) $("title").value = target.title;
  if ($("place").value !== target.place) $("place").value = target.place;
  const error = item()?.error;
  const blames = (...fields) => item()?.state === "failed" && fields.includes(error?.field) ? error.message : null;
  // While somebody is still typing half a reference is no mistake.
  const placeProblem = place.problem ? (strict || document.activeElement !== $("place") ? place.problem : null) : blames("lat", "lon", "gridReference", "place");
  fault("place", placeProblem);
  fault("title", blames("title"));
  $("photo-error").hidden = !blames("image");
  $("photo-error").textContent = blames("image") ?? "";
  const found = item()?.answer?.location;
  $("place-said").textContent = placeProblem ? "" : place.said ? place.said
    : !target.place.trim() && found ? `${found.gridReference ?? formatDegrees(found.lat, found.lon)}, from the photo's EXIF data` : "";
  $("title-hint").textContent = hint(target, place);
  if (map) {
    if (place.lat !== undefined) map.show(place.lat, place.lon);
    else if (found && !target.place.trim()) map.show(found.lat, found.lon, true);
    else map.show(NaN, NaN);
  }
}

function hint(target, place) {
  if (!item()) return draft.title.trim() ? "A title alone can be tagged: press Enter." : "";
  if (place.problem) return "";
  if (item().state === "tagging" || item().state === "waiting") return item().stale ? "Tagging again…" : "";
  if (!item().hasPhoto && !target.title.trim()) return "Without a photo, a title is needed.";
  return item().stale && item().state === "done" ? "Tagging again when you pause." : "";
}

function fault(name, problem) {
  const input = $(name), box = $(`${name}-error`);
  box.hidden = !problem;
  box.textContent = problem ?? "";
  if (problem) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
}

// ---- the photo
async function drawPhoto() {
  const current = item();
  $("invite").hidden = Boolean(current);
  $("drop").classList.toggle("empty", !current);
  $("samples").hidden = session.items.some((one) => !one.path?.startsWith("samples/"));
  $("figure").hidden = !current;
  if (current?.id === shownId) return;
  shownId = current?.id ?? null;
  clearHeat();
  if (shownUrl) URL.revokeObjectURL(shownUrl);
  shownUrl = null;
  const picture = $("preview");
  picture.hidden = true;
  picture.removeAttribute("src");
  document.querySelector(".nopicture")?.remove();
  if (!current) return;
  drawCaption(current);
  const file = current.hasPhoto ? await photoOf(current) : null;
  if (current !== item()) return;
  const address = file ? (shownUrl = URL.createObjectURL(file)) : await thumb(current);
  if (current !== item()) return;
  if (!address) return noPicture(current.hasPhoto ? "This browser does not keep the photo. Add it or its folder again to see it." : current.path ? "Add the photo or its folder to see it here." : "A title without a photo");
  picture.alt = current.title || `Photo ${current.name ?? ""}`;
  picture.hidden = false;
  picture.onerror = () => { if (picture.hidden) return; picture.hidden = true; noPicture(current.state === "failed" ? "There is no picture to show." : "This browser does not show this format; the service may read it."); };
  picture.src = address;
}

function noPicture(text) {
  document.querySelector(".nopicture")?.remove();
  document.querySelector(".picture").append(h("p", { class: "nopicture" }, text));
}

function drawCaption(current) {
  const at = session.items.indexOf(current);
  put($("caption"),
    h("span", { class: "name", title: current.path ?? "" }, current.name ?? "Without a photo"),
    session.items.length > 1 && h("span", { class: "hint number" }, `${at + 1} of ${session.items.length}`),
    h("label", { class: "button small bare", for: "file" }, "Add photos"),
    button("button small bare", () => remove([current]), { "aria-label": `Remove ${current.name ?? "this title"}` }, icon("trash")));
}

function drawStrip() {
  const strip = $("strip"), total = session.items.length;
  strip.hidden = total < 2;
  if (strip.hidden) { strip.replaceChildren(); return; }
  const at = Math.max(0, session.items.indexOf(item()));
  const half = matchMedia("(max-width: 44rem)").matches ? 2 : 4;
  const from = Math.max(0, Math.min(at - half, total - 2 * half - 1));
  const focusedId = strip.contains(document.activeElement) ? document.activeElement.id : null;
  const step = (by, label, name) => button("button small", () => select(session.items[at + by]), { id: `strip-${name}`, "aria-label": label, disabled: at + by < 0 || at + by >= total }, icon(name));
  const thumbs = session.items.slice(from, from + 2 * half + 1).map((one) => h("li", {}, button("thumb", () => select(one), {
    id: `strip-${one.id}`, "aria-current": one === item() && "true", title: one.name ?? one.title, "aria-label": `${one.name ?? one.title}${one.state === "failed" ? ", failed" : ""}`,
  }, picture(one), one.state === "failed" && h("span", { class: "failed" }, icon("warn")))));
  strip.replaceChildren(step(-1, "Previous photo", "left"), h("ul", { "aria-label": "Photos" }, thumbs), step(1, "Next photo", "right"));
  if (focusedId) document.getElementById(focusedId)?.focus();
}

// ---- the answer
function drawAnswer(force = false) {
  const current = item();
  const fields = ["title", "lat", "lon", "gridReference", "place", "image"];
  const error = current?.state === "failed" && !fields.includes(current.error?.field) ? current.error : null;
  $("error").hidden = !error;
  if (error) {
    const text = `${error.title}. ${error.message}`;
    if ($("error").textContent !== text) $("error").textContent = text;
  }
  $("stale").hidden = !current?.stale || !(current.answer || current.listed);
  drawThreshold(current);
  const answer = current?.answer ?? current?.listed ?? null;
  if (!force && answer && answer === drawnAnswer) { $("answer").classList.toggle("old", Boolean(current.stale)); return; }
  if (answer !== drawnAnswer) clearHeat();
  drawnAnswer = answer;
  drawResult(current, findEvidence, (chosen) => { choose(chosen); if (item()) enqueue([item()], true); });
  say(current);
}

/** Says the outcome once, for those who do not see it. */
function say(current) {
  let text = "";
  if (current?.answer && !current.stale) {
    const { rows, fallback } = propose(current);
    text = `${fallback ? "No tag passed; the most probable is" : count(rows.length, "tag") + ":"} ${rows.map((r) => `${tagName(r)} ${percent(current.answer.probabilities[r])}`).join(", ")}.`;
  }
  if (text !== said) $("result-said").textContent = said = text;
}

async function findEvidence(tag, button, said) {
  const current = item(), answer = current.answer;
  button.disabled = true;
  said.textContent = "";
  button.textContent = "Covering patch by patch…";
  try {
    const photo = await photoOf(current);
    if (!photo) throw new Error("Add the photo again: this browser does not keep it.");
    const found = await evidence({ title: current.title, place: readPlace(current.place).fields, photo, name: current.name }, { ...options(), head: answer.head.name }, tag.id);
    if (current !== item() || current.answer !== answer) return;
    showHeat(tag, found.drops);
    $("figure").scrollIntoView({ block: "nearest", behavior: reducedMotion() ? "auto" : "smooth" });
  } catch (error) {
    said.textContent = error.message;
  } finally {
    button.disabled = false;
    button.textContent = "Show where in the photo";
  }
}

// ---- start
function drawSamples() {
  $("samples").replaceChildren(h("h2", {}, "Or try one of these"), h("ul", {}, samples.map((sample) => h("li", {},
    button("sample", () => fromSample(sample), {},
      h("img", { src: `samples/${sample.file}`, alt: "", width: 400, height: 300, loading: "lazy" }), h("span", {}, sample.label))))));
}

export function start() {
  for (const name of ["title", "place"]) {
    listen(name, "input", typed);
    listen(name, "blur", () => drawFields());
  }
  listen("about", "submit", (event) => { event.preventDefault(); typed(); sendAgain(); });
  listen("place-map-button", "click", async () => {
    const { createPlaceMap } = await import("./place-map.js"), open = $("place-map").hidden;
    $("place-map").hidden = !open;
    $("place-map-button").setAttribute("aria-expanded", String(open));
    map ??= createPlaceMap($("place-map"), (lat, lon) => { $("place").value = formatDegrees(lat, lon); typed(); });
    drawFields();
  });
  watchThreshold(() => drawAnswer(true));
  drawSamples();
  on("current", () => { retag.cancel(); show(); });
  on("items", () => { drawStrip(); if (item()) drawCaption(item()); drawPhoto(); });
  on("item", (one) => { if (one === item()) { drawFields(); drawAnswer(); } else if (one.state === "failed") drawStripSoon(); });
  on("settings", () => drawThreshold(item()));
}

/** What a link to this view says: title, place and choices, without the photo. */
export const link = () => ({ title: fieldsOf().title, place: fieldsOf().place, head: session.settings.head, threshold: session.settings.threshold });

export function open({ title = "", place = "", head = "", threshold }) {
  const known = session.model.heads.some((one) => one.name === head);
  choose({ head: known ? head : "", threshold: threshold ? readThreshold(threshold) : null });
  if (!title && !place) return;
  Object.assign(draft, { title, place });
  select(null);
}

const drawStripSoon = throttle(100, drawStrip);

export function show() {
  drawPhoto();
  drawFields();
  drawStrip();
  drawAnswer(true);
}
