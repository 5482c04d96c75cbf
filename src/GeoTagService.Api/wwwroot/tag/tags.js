// One tag of an answer: its name, how sure the model is, and on opening what spoke for it.
import { button, dot, h, hintLine, meter, note } from "../parts/dom.js";
import { inWords, partsOf, percent } from "../state/decide.js";
import { groupClass, session } from "../state/session.js";

const partNames = { image: "Photo", title: "Title", location: "Place", bias: "Base rate" };
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

function bar(value, scale) {
  const fill = h("i", { class: value < 0 && "against" });
  const half = Math.min(50, (Math.abs(value) / scale) * 50);
  fill.style.width = `${half}%`;
  fill.style.left = value < 0 ? `${50 - half}%` : "50%";
  return h("span", { class: "signed" }, fill);
}

function why(tag, item, onEvidence) {
  const box = h("div", { class: "why" }, h("p", { class: "about-tag" }, tag.description));
  const found = partsOf(item.answer, tag.headRow), names = Object.keys(partNames).filter((k) => k in found);
  if (names.length > 0) {
    const scale = Math.max(1e-6, ...names.map((k) => Math.abs(found[k])));
    box.append(h("div", { class: "parts" }, names.flatMap((k) => [
      h("span", { class: "part" }, partNames[k]), bar(found[k], scale), h("span", { class: "number" }, signed(found[k])),
    ])));
    box.append(hintLine(item.answer.method === "exact"
      ? `They sum to the log-odds ${signed(names.reduce((sum, k) => sum + found[k], 0))}.`
      : "Each is what leaving it out would change in the log-odds, so they need not sum."));
  }
  if (item.hasPhoto) {
    const said = h("p", { class: "field-error", role: "alert" });
    const show = button("button small evidence", () => onEvidence(tag, show, said), {}, "Show where in the photo");
    box.append(show, said);
  }
  return box;
}

/** A row of the chosen tags (large) or of a group (small). */
export function tagRow(row, item, { large, fallback, open, onEvidence }) {
  const tag = session.tags[row], p = item.answer.probabilities[row];
  const sure = large
    ? h("span", { class: "sure" }, h("span", { class: "words" }, inWords(p)), " ", h("strong", { class: "number" }, percent(p)))
    : h("span", { class: "sure number" }, percent(p));
  const details = h("details", {
    class: `tag ${groupClass(tag.group)}${fallback ? " fallback" : ""}${!large && p < 0.01 ? " faint" : ""}`, dataset: { tag: tag.id },
  }, h("summary", {}, h("span", { class: "name" }, tag.name), sure, (large || p >= 0.01) && meter(p)));
  // The parts of 49 tags are only drawn for those that somebody opens.
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(why(tag, item, onEvidence));
  });
  details.open = open;
  return details;
}

/** The five groups and their tags, before there is anything else to show. */
export function catalogue() {
  return h("div", { class: "catalogue" },
    h("p", { class: "lead" }, "Forty-nine context tags of Geograph say what a landscape photograph shows. Each photo gets those that its picture, its title and its place speak for, with how sure the model is and why."),
    h("ul", { class: "catalogue" }, session.groups.map((group) => h("li", { class: groupClass(group) },
      dot(), h("strong", {}, group),
      note(session.tags.filter((t) => t.group === group).map((t) => t.name).join(" · "))))));
}
