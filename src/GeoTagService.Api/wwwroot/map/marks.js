// A mark for each photo or cluster: a dot, or a ring of the groups' shares with a number.
import { count, put, s } from "../parts/dom.js";
import { groupClass } from "../state/session.js";

const radius = (n) => (n === 1 ? 7 : 12 + 4 * Math.log10(n));

function ring(groups, n) {
  const r = radius(n), round = 2 * Math.PI * r;
  let from = 0;
  return groups.map(([group, share]) => {
    const length = (share / n) * round;
    const arc = s("circle", { r, class: `arc ${groupClass(group)}`, "stroke-dasharray": `${length} ${round - length}`, "stroke-dashoffset": -from });
    from += length;
    return arc;
  });
}

function mark(one, first, selected, toScreen, { groupOf, nameOf }) {
  const [x, y] = toScreen(one.x, one.y), n = one.points.length, groups = new Map();
  for (const { item } of one.points) { const g = groupOf(item) ?? ""; groups.set(g, (groups.get(g) ?? 0) + 1); }
  const ordered = [...groups].sort((a, b) => b[1] - a[1]), main = ordered[0][0] || "no tag yet";
  const label = n === 1 ? `${nameOf(one.points[0].item)}, ${main}` : `${count(n, "photo")}, mostly ${main}`;
  const body = n === 1 ? s("circle", { r: 6.5, class: "dot-mark" })
    : [s("circle", { r: radius(n) - 2.5, class: "disc" }), ring(ordered, n), s("text", { class: "n" }, n > 999 ? `${(n / 1000).toFixed(1)}k` : n)];
  const element = s("g", {
    class: `mark ${n === 1 ? groupClass(ordered[0][0]) : "cluster"}${one.points.some((p) => p.item === selected) ? " selected" : ""}`,
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, role: "button", tabindex: first ? 0 : -1, "aria-label": label, dataset: { key: one.key },
  }, s("circle", { r: Math.max(13, radius(n) + 2), class: "reach" }), body, s("title", {}, label));
  element.cluster = one;
  return element;
}

/** Draws all marks, keeping the keyboard on the one it is on. */
export function drawMarks(host, clusters, selected, toScreen, names) {
  const focused = host.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  // From north to south, as a page is read.
  clusters.sort((a, b) => a.y - b.y || a.x - b.x);
  put(host, clusters.map((one, i) => mark(one, i === 0, selected, toScreen, names)));
  if (focused) [...host.children].find((m) => m.dataset.key === focused)?.focus();
}

/** The nearest mark in the direction of an arrow key. */
export function towards(host, from, [dx, dy]) {
  let best = null, least = Infinity;
  for (const other of host.children) {
    const x = other.cluster.x - from.cluster.x, y = other.cluster.y - from.cluster.y, along = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (other !== from && along > 0 && along + 2 * aside < least) { least = along + 2 * aside; best = other; }
  }
  return best;
}
