// The answer for the photo that is looked at: chosen tags first, the rest folded by group, then why and how.
import { $, button, count, dot, h, hintLine, listen, note } from "../parts/dom.js";
import { byTag, cutOf, percent, propose, tagsOf } from "../state/decide.js";
import { choose, groupClass, rowClass, session, tagName } from "../state/session.js";
import { readPlace } from "../places/place.js";
import { toCurl } from "../service.js";
import { catalogue, tagRow } from "./tags.js";

const partNames = { image: "photo", title: "title", location: "place" };
const sourceNames = { exif: "from the photo's EXIF data", gridReference: "from the grid reference", coordinates: "as given" };

/** Draws it anew, keeping open what was open and the keyboard where it was. */
export function drawResult(item, onEvidence, onOptions) {
  const host = $("answer");
  const open = new Set([...host.querySelectorAll("details[open]")].map((d) => d.dataset.tag ?? d.dataset.fold));
  const focused = host.contains(document.activeElement) ? focusKey(document.activeElement) : null;
  host.className = item?.stale ? "answer old" : "answer";
  if (!item || (!item.answer && !item.listed)) {
    host.replaceChildren(item && item.state !== "failed" ? h("p", { class: "busy" }, "Looking at it…") : item ? hintLine("No tags: what is wrong stands beside the photo or its field.") : catalogue());
    return;
  }
  if (!item.answer) { host.replaceChildren(listedResult(item)); return; }

  const { rows, fallback } = propose(item), chosen = new Set(rows);
  const parts = [];
  if (item.decision) parts.push(h("p", { class: "decided" }, h("strong", {}, item.decision.how === "edited" ? "Corrected to " : "Accepted: "), tagsOf(item).map((row) => tagName(row)).join("; ") || "no tag", ". Below is what the model proposes."));
  parts.push(h("div", { id: "chosen", class: "chosen" }, rows.map((row) => tagRow(row, item, { large: true, fallback, open: open.has(session.tags[row].id), onEvidence }))));
  if (fallback) parts.push(hintLine(`No tag passed its threshold; this is the most probable one.`));
  if (item.answer.warnings.length > 0) parts.push(h("ul", { class: "warnings" }, item.answer.warnings.map((w) => h("li", {}, w.message))));
  parts.push(h("h3", { class: "rest-head" }, "Everything else"), ...groups(item, chosen, open, onEvidence), how(item, open, onOptions), ...raw(item, open));
  host.replaceChildren(...parts);
  if (focused) host.querySelector(focused)?.focus();
}

function focusKey(element) {
  const tag = element.closest("[data-tag]"), fold = element.closest("[data-fold]");
  if (element.id) return `#${element.id}`;
  if (tag) return `[data-tag="${tag.dataset.tag}"] ${element.matches("summary") ? "summary" : ".evidence"}`;
  return fold ? `[data-fold="${fold.dataset.fold}"] > summary` : null;
}

function groups(item, chosen, open, onEvidence) {
  const p = item.answer.probabilities;
  return session.groups.map((group) => {
    const rows = session.tags.filter((t) => t.group === group && !chosen.has(t.headRow)).map((t) => t.headRow).sort((a, b) => p[b] - p[a]);
    if (rows.length === 0) return null;
    const best = rows[0];
    const details = h("details", { class: `group ${groupClass(group)}`, dataset: { fold: group } }, h("summary", {},
      dot(), group,
      note(p[best] >= 0.01 ? `${tagName(best)} ${percent(p[best])}` : "all below 1 %")));
    const fill = () => { if (details.open && details.childElementCount === 1) details.append(...rows.map((row) => tagRow(row, item, { open: open.has(session.tags[row].id), onEvidence }))); };
    details.addEventListener("toggle", fill);
    details.open = open.has(group);
    fill();
    return details;
  }).filter(Boolean);
}

function how(item, open, onOptions) {
  const { answer } = item, place = answer.location;
  const select = h("select", { id: "head", class: "field", onchange: () => onOptions({ head: select.value }) },
    h("option", { value: "" }, "the best for what is given"),
    session.model.heads.map((head) => h("option", { value: head.name }, `${head.name} (${head.modalities.map((m) => partNames[m]).join(", ")})`)));
  select.value = session.settings.head;
  const turn = h("input", { type: "checkbox", id: "orientation", checked: session.settings.orientation, onchange: () => onOptions({ orientation: turn.checked }) });
  const details = h("details", { class: "how", dataset: { fold: "how" } },
    h("summary", { id: "how-summary" }, answer.modalities.length > 0 ? `Read from ${answer.modalities.map((m) => partNames[m]).join(", ")}. Why this head?` : "From an imported run"),
    h("p", {}, `The head ${answer.head.name} gave these numbers. ${answer.head.reason}`),
    place && h("p", {}, `Place: ${place.lat.toFixed(4)}, ${place.lon.toFixed(4)}${place.gridReference ? ` (${place.gridReference})` : ""}, ${sourceNames[place.source] ?? ""}${place.inTrainedArea ? "" : "; outside the trained area, and left out"}.`),
    h("p", {}, `Model ${answer.model.name} ${answer.model.version}.`),
    h("div", { class: "options" }, h("label", { for: "head" }, "Head", select), h("label", { class: "check" }, turn, "Turn photos as their EXIF orientation says")));
  details.open = open.has("how");
  return details;
}

/** The answer as the service gives it, at the threshold in force. */
function toDocument(item) {
  const { answer } = item, { rows, fallback } = propose(item), own = session.settings.threshold === null;
  return {
    tags: rows.map((row) => { const { id, name, group } = session.tags[row]; return { id, name, group, probability: answer.probabilities[row] }; }),
    probabilities: byTag((row) => answer.probabilities[row]),
    decision: own && typeof answer.own !== "number"
      ? { tagThresholds: byTag((row) => cutOf(answer, row)), fallbackUsed: fallback }
      : { threshold: cutOf(answer, 0), fallbackUsed: fallback },
    modalities: answer.modalities, head: answer.head, location: answer.location, model: answer.model, warnings: answer.warnings,
  };
}

function raw(item, open) {
  const fold = (id, label, text) => {
    const details = h("details", { class: "fold", dataset: { fold: id } }, h("summary", {}, label));
    const fill = () => {
      if (!details.open || details.childElementCount > 1) return;
      const pre = h("pre", { id, tabindex: 0, "aria-label": label }, text());
      const copy = button("button small", () => copyText(pre, copy), {}, "Copy");
      details.append(copy, pre);
    };
    details.addEventListener("toggle", fill);
    details.open = open.has(id);
    fill();
    return details;
  };
  return [
    fold("curl", "The request as curl", () => toCurl({ ...item, place: readPlace(item.place).fields }, session.settings)),
    fold("json", "The answer as JSON", () => JSON.stringify(toDocument(item), null, 2)),
  ];
}

/** Where the clipboard is refused (plain http), the text is selected. */
async function copyText(element, button) {
  try { await navigator.clipboard.writeText(element.textContent); button.textContent = "Copied"; }
  catch { getSelection().selectAllChildren(element); button.textContent = "Selected: press Ctrl+C"; }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function listedResult(item) {
  const proposal = propose(item);
  return h("div", {},
    h("ul", { id: "chosen", class: "chosen" }, proposal.rows.map((row) => h("li", { class: `tag ${rowClass(row)}` },
      h("span", { class: "name listed" }, tagName(row))))),
    hintLine(`From an imported run, ${count(proposal.rows.length, "tag")} at threshold ${proposal.threshold ?? 0.5}; it holds no probabilities.`));
}

/** The slider: one threshold for all photos of the session, or each head's own. */
export function watchThreshold(onChange) {
  const slider = $("threshold");
  slider.addEventListener("input", () => { choose({ threshold: Number(slider.value) }); onChange(); });
  listen("threshold-reset", "click", () => { choose({ threshold: null }); onChange(); });
}

export function drawThreshold(item) {
  const own = item?.answer && typeof item.answer.own === "number" ? item.answer.own : 0.5;
  const { threshold } = session.settings;
  if (document.activeElement !== $("threshold")) $("threshold").value = threshold ?? own;
  $("threshold-value").textContent = threshold === null ? (item?.answer && typeof item.answer.own !== "number" ? "per tag" : own.toFixed(2)) : threshold.toFixed(2);
  $("threshold-reset").disabled = threshold === null;
}
