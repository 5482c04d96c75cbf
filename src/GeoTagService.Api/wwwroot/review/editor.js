// All 49 tags of a photo, by group, found by typing.
import { button, dot, h } from "../parts/dom.js";
import { percent, tagsOf } from "../state/decide.js";
import { groupClass, session, tagName } from "../state/session.js";

/** Lets a person choose among all tags; answers with their ids, or null. */
export function editTags(item) {
  return new Promise((done) => {
    const chosen = new Set(tagsOf(item));
    let answer = null;
    const boxes = new Map();
    const groups = session.groups.map((group) => {
      const rows = session.tags.filter((t) => t.group === group);
      return h("fieldset", { class: groupClass(group) }, h("legend", {}, dot(), group), rows.map((tag) => {
        const box = h("input", { type: "checkbox", id: `edit-${tag.id}`, checked: chosen.has(tag.headRow), onchange: () => { box.checked ? chosen.add(tag.headRow) : chosen.delete(tag.headRow); say(); } });
        const label = h("label", { for: `edit-${tag.id}`, title: tag.description }, box, h("span", {}, tag.name),
          item.answer && h("span", { class: "number hint" }, percent(item.answer.probabilities[tag.headRow])));
        boxes.set(label, tag);
        return label;
      }));
    });
    const find = h("input", { type: "search", id: "edit-find", placeholder: "Find a tag", "aria-label": "Find a tag", oninput: () => {
      const text = find.value.trim().toLowerCase();
      for (const [label, tag] of boxes) label.hidden = !`${tag.name} ${tag.description}`.toLowerCase().includes(text);
      for (const set of groups) set.hidden = ![...set.querySelectorAll("label")].some((l) => !l.hidden);
    }, onkeydown: (event) => {
      // Enter takes the one that is meant most likely, so that a tag can be given by its first letters.
      const text = find.value.trim().toLowerCase();
      if (event.key !== "Enter" || !text) return;
      event.preventDefault();
      const fit = ({ name }) => { const at = ` ${name.toLowerCase()}`.indexOf(` ${text}`); return at === 0 ? 3 : at > 0 ? 2 : name.toLowerCase().includes(text) ? 1 : 0; };
      const [best] = [...boxes].filter(([label]) => !label.hidden).sort(([, a], [, b]) => fit(b) - fit(a));
      if (best) { best[0].querySelector("input").click(); find.select(); }
    } });
    const said = h("p", { class: "hint", role: "status" });
    const say = () => { said.textContent = chosen.size === 0 ? "No tag chosen." : [...chosen].map((r) => tagName(r)).join(" · "); };
    const dialog = h("dialog", { class: "editor", "aria-labelledby": "editor-heading" },
      h("form", { method: "dialog", onsubmit: () => { answer = [...chosen].map((r) => session.tags[r].id); } },
        h("h2", { id: "editor-heading" }, `Tags of ${item.name ?? item.title}`), find, said, h("div", { class: "all-tags", tabindex: -1 }, groups),
        h("div", { class: "row end" }, button("button", () => dialog.close(), {}, "Cancel"), h("button", { class: "button primary" }, "Done"))));
    dialog.addEventListener("close", () => { dialog.remove(); done(answer); });
    document.body.append(dialog);
    say();
    dialog.showModal();
    find.focus();
  });
}
