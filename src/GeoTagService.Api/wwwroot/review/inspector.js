// The photo that is being checked, large, with its proposed tags to take or leave.
import { button, debounce, h, hintLine, icon, meter, note, put } from "../parts/dom.js";
import { formatDegrees, readPlace } from "../places/place.js";
import { disagrees, percent, propose, tagsOf } from "../state/decide.js";
import { photoOf, thumb } from "../state/photos.js";
import { enqueue } from "../state/queue.js";
import { changed, groupClass, session } from "../state/session.js";
import { decidable } from "./decisions.js";
import { fileName, stateOf } from "./grid.js";

const mostCandidates = 9;

/** Tags offered under the digits: what holds, what is proposed, then the next most probable ones. */
export function candidates(item) {
  const rows = [...new Set([...propose(item).rows, ...tagsOf(item)])];
  if (item.answer) {
    const p = item.answer.probabilities;
    const rest = [...p.keys()].filter((row) => !rows.includes(row) && p[row] >= 0.02).sort((a, b) => p[b] - p[a]);
    rows.push(...rest.slice(0, Math.max(0, Math.min(mostCandidates, 5) - rows.length)));
  }
  return rows;
}

export function createInspector(host, actions) {
  let shown = null, url = null;
  const picture = h("img", { alt: "" }), nothing = h("p", { class: "nothing" });
  const frame = h("div", { class: "frame" }, picture, nothing);
  const title = h("input", { class: "field", id: "review-title", autocomplete: "off" });
  const place = h("input", { class: "field", id: "review-place", autocomplete: "off", spellcheck: "false", "aria-describedby": "review-place-said" });
  const placeSaid = h("p", { class: "hint", id: "review-place-said" });
  const heading = h("h2", { id: "inspector-heading", tabindex: -1 });
  const about = h("div", { class: "about-photo" }), tags = h("div", { class: "candidates" }), buttons = h("div", { class: "row" });
  const sendSoon = debounce(800, () => send());
  let typing = null;

  function type() {
    const item = shown;
    if (!item) return;
    typing = item;
    item.title = title.value;
    item.place = place.value;
    if (item.answer || item.listed) item.stale = true;
    changed(item);
    sayPlace(item);
    sendSoon();
  }

  /** What was typed is of the photo it was typed for, even when another one is looked at by now. */
  function send() {
    sendSoon.cancel();
    const item = typing;
    typing = null;
    if (!item || readPlace(item.place).problem || !(item.hasPhoto || item.title.trim())) return;
    enqueue([item], true);
  }

  for (const input of [title, place]) {
    input.addEventListener("input", type);
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); send(); } });
  }

  host.append(
    h("div", { class: "inspector-head" }, heading,
      button("button small bare", () => actions.step(-1), { "aria-label": "Previous photo" }, icon("left")),
      button("button small bare", () => actions.step(1), { "aria-label": "Next photo" }, icon("right")),
      button("button small bare close-sheet", actions.close, { "aria-label": "Back to the photos" }, icon("close"))),
    frame, about, tags, buttons,
    h("div", { class: "fields" },
      h("label", { for: "review-title" }, "Title"), title,
      h("label", { for: "review-place" }, "Place"), place, placeSaid));

  function sayPlace(item) {
    const read = readPlace(item.place), found = item.answer?.location;
    if (read.problem && document.activeElement !== place) place.setAttribute("aria-invalid", "true"); else place.removeAttribute("aria-invalid");
    placeSaid.textContent = read.problem ?? read.said ?? (!item.place.trim() && found ? `${found.gridReference ?? formatDegrees(found.lat, found.lon)}, from the photo's EXIF data` : "");
  }

  async function showPicture(item) {
    const address = await thumb(item);
    if (shown !== item) return;
    picture.hidden = !address;
    nothing.hidden = Boolean(address);
    if (address) picture.src = address;
    else if (item.hasPhoto) nothing.textContent = "This browser cannot show it";
    const file = item.hasPhoto ? await photoOf(item) : null;
    if (shown !== item || !file) return;
    // The thumbnail stands until the photo itself is decoded.
    const large = new Image();
    large.src = URL.createObjectURL(file);
    try { await large.decode(); } catch { URL.revokeObjectURL(large.src); return; }
    if (shown !== item) { URL.revokeObjectURL(large.src); return; }
    if (url) URL.revokeObjectURL(url);
    url = large.src;
    picture.src = url;
    picture.hidden = false;
    nothing.hidden = true;
  }

  function draw() {
    const item = shown;
    host.classList.toggle("none", !item);
    if (!item) return;
    const state = stateOf(item), now = new Set(tagsOf(item));
    put(heading, fileName(item.name ?? (item.title || "Without a photo")));
    put(about, h("span", { class: `state ${state.replace(" ", "-")}` }, state),
      item.stale && note("tagging again…"),
      item.answer && propose(item).fallback && note("nothing passed the threshold"),
      disagrees(item) && note("photo and title disagree"));
    const focused = tags.contains(document.activeElement) ? document.activeElement.dataset.row : null;
    put(tags, item.state === "failed" && h("p", { class: "field-error" }, item.error?.message),
      candidates(item).map((row, at) => candidate(item, row, at, now.has(row))),
      !item.answer && !item.listed && item.state !== "failed" && hintLine("Waiting for its tags."));
    if (focused) tags.querySelector(`[data-row="${focused}"]`)?.focus();
    const chosen = buttons.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    put(buttons,
      action("accept", "button primary", () => actions.accept(), item.decision || !decidable(item) ? "Next" : "Accept", "Enter"),
      action("edit", "button", () => actions.edit(), "All 49 tags", "E"),
      item.decision && action("withdraw", "button bare", () => actions.withdraw(), "Back to the proposal"),
      action("open", "button bare", () => actions.open(), "Why?"));
    if (chosen) (buttons.querySelector(`[data-name="${chosen}"]`) ?? buttons.firstElementChild).focus();
    if (document.activeElement !== title) title.value = item.title;
    if (document.activeElement !== place) place.value = item.place;
    sayPlace(item);
  }

  const action = (name, style, onclick, text, key) => button(style, onclick, { dataset: { name } }, text,
    key && session.settings.letters && h("kbd", { "aria-hidden": "true" }, key));

  function candidate(item, row, at, on) {
    const tag = session.tags[row], p = item.answer?.probabilities[row];
    return button(`candidate ${groupClass(tag.group)}`, () => actions.toggle(row), { "aria-pressed": String(on), dataset: { row } },
      session.settings.letters && at < 9 && h("kbd", { "aria-hidden": "true" }, String(at + 1)),
      h("span", { class: "name" }, tag.name), p !== undefined && h("span", { class: "number" }, percent(p)),
      meter(p ?? 0));
  }

  return {
    show(item) {
      if (item === shown) return draw();
      if (typing) send();
      shown = item;
      if (url) { URL.revokeObjectURL(url); url = null; }
      picture.removeAttribute("src");
      picture.hidden = true;
      nothing.hidden = false;
      nothing.textContent = item?.hasPhoto ? "…" : item?.path ? "Add the photo's folder to see it" : "A title without a photo";
      picture.alt = item ? item.title || `Photo ${item.name ?? ""}` : "";
      // Titles of another photo must not look like this one's while the keyboard is in the field.
      if (item) { title.value = item.title; place.value = item.place; }
      draw();
      if (item) showPicture(item);
    },
    draw,
    focus() { heading.focus(); },
  };
}
