// The 49 bars, grouped as Geograph groups them, and for each what spoke for it.
import { percent } from "./decide.js";

const element = (name, className, text) => {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
};

const partNames = { image: "Photo", title: "Title", location: "Place", bias: "Base rate" };

function signedBar(value, scale) {
  const bar = element("div", "signed");
  const fill = element("i", value < 0 ? "against" : "");
  const half = Math.min(50, (Math.abs(value) / scale) * 50);
  fill.style.width = `${half}%`;
  fill.style.left = value < 0 ? `${50 - half}%` : "50%";
  bar.append(fill);
  return bar;
}

function why(tag, explanation, hasPhoto, onEvidence) {
  const box = element("div", "why");
  box.append(element("p", "", tag.description));
  if (explanation) {
    const parts = Object.keys(partNames).filter((key) => typeof explanation[key] === "number");
    const scale = Math.max(1e-6, ...parts.map((key) => Math.abs(explanation[key])));
    for (const key of parts) {
      const row = element("div", "part");
      const value = explanation[key];
      row.append(element("span", "", partNames[key]), signedBar(value, scale),
        element("output", "", `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`));
      box.append(row);
    }
    box.append(element("p", "quiet", explanation.method === "exact"
      ? `The parts sum to the log-odds ${explanation.logit.toFixed(2)}.`
      : `Log-odds ${explanation.logit.toFixed(2)}; each part is what leaving it out would change, so they need not sum.`));
  }
  if (hasPhoto) {
    const button = element("button", "plain", "Show where in the photo");
    button.type = "button";
    button.addEventListener("click", () => onEvidence(tag, button));
    box.append(button);
  }
  return box;
}

export function renderBars(host, tags, response, chosenIds, hasPhoto, onEvidence) {
  const open = new Set([...host.querySelectorAll("details[open]")].map((d) => d.dataset.tag));
  host.replaceChildren();
  const groups = Map.groupBy ? Map.groupBy(tags, (t) => t.group) : tags.reduce(
    (map, t) => map.set(t.group, [...(map.get(t.group) ?? []), t]), new Map());
  for (const [group, members] of groups) {
    const section = element("section", "group");
    section.append(element("h3", "", group));
    for (const tag of [...members].sort((a, b) => response.probabilities[b.id] - response.probabilities[a.id])) {
      const p = response.probabilities[tag.id];
      const details = element("details", "tag");
      details.dataset.tag = tag.id;
      const summary = element("summary", chosenIds.has(tag.id) ? "on" : "");
      const bar = element("span", "bar");
      const fill = element("i");
      fill.style.width = `${p * 100}%`;
      bar.append(fill);
      summary.append(element("span", "", tag.name), bar, element("span", "percent", percent(p)));
      details.append(summary);
      // The evidence of 49 tags is only built for those that somebody opens.
      details.addEventListener("toggle", () => {
        if (details.open && details.childElementCount === 1) {
          details.append(why(tag, response.explanations?.[tag.id], hasPhoto, onEvidence));
        }
      });
      details.open = open.has(tag.id);
      section.append(details);
    }
    host.append(section);
  }
}

export function markChosen(host, chosenIds) {
  for (const details of host.querySelectorAll("details.tag")) {
    details.firstElementChild.classList.toggle("on", chosenIds.has(details.dataset.tag));
  }
}
