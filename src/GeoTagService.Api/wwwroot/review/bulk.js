// What is done to many photos at once.
import { ask, confirm } from "../parts/ask.js";
import { button, count, h, put } from "../parts/dom.js";
import { readPlace } from "../places/place.js";
import { tagChoices } from "../state/filter.js";
import { enqueue } from "../state/queue.js";
import { change, remove } from "../state/session.js";
import { accept, changeTag, offerUndo } from "./decisions.js";

export function drawBulk(host, items, clear) {
  host.hidden = items.length === 0;
  if (host.hidden) { put(host); return; }
  const action = (text, run, style = "") => button(`button small ${style}`, run, {}, text);
  put(host, h("strong", {}, `${count(items.length, "photo")} selected`),
    action("Accept", () => { accept(items); clear(); }, "primary"),
    action("Title and place…", () => describe(items)),
    action("A tag…", () => oneTag(items)),
    action("Tag again", () => { enqueue(items); clear(); }),
    action("Remove…", async () => {
      if (await confirm(`Remove ${count(items.length, "photo")}?`, "They leave this page with their decisions. The files themselves stay where they are.", "Remove")) { clear(); remove(items); }
    }),
    action("Clear the selection", clear, "bare"));
}

async function describe(items) {
  const shared = (field) => (items.every((i) => i[field] === items[0][field]) ? items[0][field] : "");
  const field = (name, label, hint) => {
    const input = h("input", { id: `many-${name}`, value: shared(name), autocomplete: "off", placeholder: hint, oninput: () => { box.checked = true; check(); } });
    const box = h("input", { type: "checkbox", id: `many-${name}-set` });
    const said = h("p", { class: "hint" });
    const check = () => { const read = name === "place" ? readPlace(input.value) : {}; input.setCustomValidity(box.checked && read.problem ? read.problem : ""); said.textContent = read.problem ?? read.said ?? ""; };
    box.addEventListener("change", check);
    return { input, box, rows: [h("label", { class: "check", for: box.id }, box, ` Change the ${label}`), h("label", { class: "unseen", for: input.id }, `New ${label}`), input, said] };
  };
  const title = field("title", "title", "the same title for all, or empty for none"), place = field("place", "place", "SP 69 89, or empty for the photos' own");
  const answer = await ask(`Title and place of ${count(items.length, "photo")}`, [...title.rows, ...place.rows], "Change and tag again",
    () => ({ title: title.box.checked ? title.input.value : null, place: place.box.checked ? place.input.value : null }));
  if (!answer || (answer.title === null && answer.place === null)) return;
  change("Title and place", items, (i) => { if (answer.title !== null) i.title = answer.title; if (answer.place !== null) i.place = answer.place; });
  enqueue(items.filter((i) => i.hasPhoto || i.title.trim()));
  offerUndo(`Changed for ${count(items.length, "photo")}.`);
}

async function oneTag(items) {
  const select = h("select", { id: "many-tag", class: "field" }, tagChoices(() => true, (a, b) => a.name.localeCompare(b.name), (tag) => tag.name));
  const give = h("input", { type: "radio", name: "many-how", id: "many-give", checked: true }), take = h("input", { type: "radio", name: "many-how", id: "many-take" });
  const answer = await ask(`A tag of ${count(items.length, "photo")}`, [h("label", { for: "many-tag" }, "Tag"), select,
    h("div", { class: "row ways" }, h("label", { for: "many-give" }, give, " Add it"), h("label", { for: "many-take" }, take, " Remove it"))], "Change",
  () => ({ id: select.value, give: give.checked }));
  if (answer) changeTag(items, answer.id, answer.give);
}
