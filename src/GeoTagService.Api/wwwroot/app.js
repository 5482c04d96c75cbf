import { renderBars, markChosen } from "./bars.js";
import { decide, percent } from "./decide.js";
import { paintHeat, placeHeat } from "./heat.js";
import { createMap } from "./map.js";
import { evidence, getModel, getTags, tag, toCurl } from "./service.js";

const $ = (id) => document.getElementById(id);
const fields = { title: $("title"), lat: $("lat"), lon: $("lon"), grid: $("grid") };

/** @type {{file: File|null, url: string|null, title: string, lat: string, lon: string, grid: string, state: string,
 *  response: any, error: any, run: number}[]} */
const items = [newItem(null)];
let current = items[0];
let tags = [];

function newItem(file) {
  return { file, url: file ? URL.createObjectURL(file) : null, title: "", lat: "", lon: "", grid: "", state: "waiting", response: null, error: null, run: 0 };
}

const options = () => ({ head: $("head").value, orientation: $("orientation").checked });
const map = createMap($("map"), (lat, lon) => {
  [fields.lat.value, fields.lon.value, fields.grid.value] = [lat, lon, ""];
  remember();
});

function remember() {
  for (const [name, input] of Object.entries(fields)) current[name] = input.value;
  showPin();
}

function showPin() {
  const typed = current.lat.trim() !== "" && current.lon.trim() !== "";
  const found = current.response?.location;
  if (typed) map.show(Number(current.lat), Number(current.lon));
  else if (found) map.show(found.lat, found.lon, true);
  else map.show(NaN, NaN);
}

// ---- photos in -------------------------------------------------------------------------------------------------
function addFiles(list) {
  const files = [...list].filter((f) => f.type === "" || f.type.startsWith("image/"));
  if (files.length === 0) {
    if (list.length > 0) showError({ title: "Not a photo", message: "JPEG, PNG, WebP, GIF and BMP files are read." });
    return;
  }
  const added = files.map(newItem);
  if (items.length === 1 && !items[0].file && !items[0].response) {
    // What was typed before the photo came belongs to the first one.
    Object.assign(added[0], { title: current.title, lat: current.lat, lon: current.lon, grid: current.grid });
    items.length = 0;
  }
  items.push(...added);
  select(added[0]);
  pump();
}

let running = 0;
/** Two at a time: one computes while the other uploads. */
function pump() {
  while (running < 2) {
    const next = items.find((i) => i.state === "waiting" && i.file);
    if (!next) return;
    running++;
    run(next).finally(() => { running--; pump(); });
  }
}

async function run(item) {
  const attempt = ++item.run;
  item.state = "tagging";
  show();
  try {
    const response = await tag(item, options());
    if (attempt === item.run) Object.assign(item, { response, error: null, state: "done" });
  } catch (error) {
    if (attempt === item.run) Object.assign(item, { response: null, error, state: "failed" });
  }
  show();
}

function select(item) {
  current = item;
  for (const [name, input] of Object.entries(fields)) input.value = item[name];
  $("heat").hidden = true;
  $("stage").hidden = !item.url;
  $("drop-hint").hidden = Boolean(item.url);
  if (item.url) {
    $("preview").src = item.url;
    $("preview").alt = `Preview of ${item.file.name}`;
  }
  show();
}

// ---- what is seen ----------------------------------------------------------------------------------------------
function show() {
  showQueue();
  showPin();
  $("go").disabled = current.state === "tagging";
  $("go").textContent = current.state === "tagging" ? "Tagging…" : "Tag";
  $("error").hidden = !current.error;
  if (current.error) showError(current.error);
  $("answer").hidden = !current.response;
  $("empty").hidden = Boolean(current.response || current.error);
  if (current.response) showAnswer();
}

function showError(error) {
  const strong = document.createElement("strong");
  strong.textContent = error.title ?? "Something went wrong";
  $("error").replaceChildren(strong, error.message);
  $("error").hidden = false;
  const blamed = { lat: "lat", lon: "lon", gridReference: "grid", title: "title", head: "head" }[error.field];
  for (const input of [...Object.values(fields), $("head")]) {
    if (input.id === blamed) { input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-describedby", "error"); }
    else { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); }
  }
}

function showQueue() {
  const queue = $("queue");
  queue.hidden = items.length < 2;
  const rows = items.map((item) => {
    const row = document.createElement("li");
    const button = document.createElement("button");
    const name = document.createElement("span");
    const state = document.createElement("span");
    button.type = "button";
    if (item === current) button.setAttribute("aria-current", "true");
    name.className = "name";
    name.textContent = item.file?.name ?? "without a photo";
    state.className = item.state === "failed" ? "state failed" : "state";
    state.textContent = item.state === "done" ? item.response.tags.map((t) => t.name).join(", ") : item.state;
    button.append(name, state);
    button.addEventListener("click", () => select(item));
    row.append(button);
    return row;
  });
  // Keep the keyboard where it is when the list is drawn again.
  const focused = [...queue.querySelectorAll("button")].indexOf(document.activeElement);
  queue.replaceChildren(...rows);
  if (focused >= 0) queue.querySelectorAll("button")[focused]?.focus();
  const finished = items.filter((i) => i.state === "done" || i.state === "failed").length;
  $("queue-progress").textContent = items.length < 2 ? "" : `${finished} of ${items.length} photos done`;
}

let drawn = null;
function showAnswer() {
  const response = current.response;
  if (drawn !== response) {
    drawn = response;
    for (const input of [...Object.values(fields), $("head")]) input.removeAttribute("aria-invalid");
    $("threshold").value = response.decision.threshold ?? 0.5;
    renderBars($("groups"), tags, response, new Set(), Boolean(current.file), showEvidence);
    const place = response.location;
    const parts = { image: "photo", title: "title", location: "place" };
    $("how").textContent = `From ${response.modalities.map((m) => parts[m]).join(", ")} by the head ${response.head.name}. `
      + (place ? `Place ${place.lat.toFixed(4)}, ${place.lon.toFixed(4)}${place.gridReference ? ` (${place.gridReference})` : ""}`
        + `${{ exif: ", from the photo's EXIF data", gridReference: ", from the grid reference" }[place.source] ?? ""}`
        + `${place.inTrainedArea ? "" : ", outside the trained area and left out"}. ` : "")
      + response.head.reason;
    $("warnings").hidden = response.warnings.length === 0;
    $("warnings").replaceChildren(...response.warnings.map((w) => {
      const li = document.createElement("li");
      li.textContent = w.message;
      return li;
    }));
    $("json").textContent = JSON.stringify(response, null, 2);
    $("curl").textContent = toCurl(current, options());
  }
  decideAgain();
}

function decideAgain() {
  const response = current.response;
  const threshold = Number($("threshold").value);
  $("threshold-value").textContent = threshold.toFixed(2);
  const { chosen, fallback } = decide(tags, response.probabilities, threshold);
  $("chosen").replaceChildren(...chosen.map(({ tag: chosenTag, p }) => {
    const li = document.createElement("li");
    const probability = document.createElement("span");
    probability.textContent = percent(p);
    if (fallback) { li.className = "fallback"; li.title = "No tag passed the threshold: the most probable one"; }
    li.append(`${chosenTag.name} `, probability);
    return li;
  }));
  markChosen($("groups"), new Set(chosen.map((c) => c.tag.id)));
}

async function showEvidence(chosenTag, button) {
  const item = current;
  button.disabled = true;
  button.textContent = "Covering patch by patch…";
  try {
    const answer = await evidence(item, options(), chosenTag.id);
    if (item !== current) return;
    paintHeat($("heat"), $("preview"), answer.drops);
    button.textContent = "Shown on the photo: yellow speaks for it, blue against";
    $("stage").scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  } catch (error) {
    showError(error);
    button.textContent = "Show where in the photo";
  } finally {
    button.disabled = false;
  }
}

// ---- events ----------------------------------------------------------------------------------------------------
for (const input of Object.values(fields)) input.addEventListener("input", remember);
fields.grid.addEventListener("input", () => { if (fields.grid.value) { fields.lat.value = fields.lon.value = ""; remember(); } });
$("clear-place").addEventListener("click", () => { fields.lat.value = fields.lon.value = fields.grid.value = ""; remember(); });
$("file").addEventListener("change", (event) => { addFiles(event.target.files); event.target.value = ""; });
$("threshold").addEventListener("input", decideAgain);
$("threshold-reset").addEventListener("click", () => { $("threshold").value = current.response.decision.threshold ?? 0.5; decideAgain(); });
$("form").addEventListener("submit", (event) => { event.preventDefault(); remember(); run(current); });
const drop = $("drop");
for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); addFiles(event.dataTransfer.files); });
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length > 0) { event.preventDefault(); addFiles(event.clipboardData.files); }
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText($(button.dataset.copy).textContent); button.textContent = "Copied"; }
    catch { getSelection().selectAllChildren($(button.dataset.copy)); button.textContent = "Selected: press Ctrl+C"; }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
addEventListener("resize", () => { if (!$("heat").hidden) placeHeat($("heat"), $("preview")); });

// ---- start -----------------------------------------------------------------------------------------------------
try {
  const [model, catalogue] = await Promise.all([getModel(), getTags()]);
  tags = catalogue.tags;
  $("model-line").textContent = `Model ${model.name} ${model.version}, ${model.runtime.precision} on ${model.runtime.executionProvider}.`;
  for (const head of model.heads) $("head").append(new Option(`${head.name} (${head.modalities.join(", ")})`, head.name));
  if (model.purpose === "demonstration") {
    const command = document.createElement("code");
    command.textContent = model.installationCommand;
    $("banner").append("Demonstration model: the tags show how the service works and are not for use. ", command, " installs the real one.");
    $("banner").hidden = false;
  }
} catch (error) {
  showError(error);
}
show();
