// Lines and names of the two grids, each drawn where it is used.
import { s } from "../parts/dom.js";
import { british, irelandRing, irish, isInIreland, lettersOf } from "../places/grids.js";

const toPlane = (lat, lon) => { const [e, n] = british.project(lat, lon); return [e / 100, -n / 100]; };
/** Metres of a grid on the plane, in 100 m with y downwards. */
export const onPlane = (grid, e, n) => (grid === british ? [e / 100, -n / 100] : toPlane(...irish.unproject(e, n)));
const ringPath = `M${irelandRing.map((p) => toPlane(...p).map(Math.round).join(" ")).join("L")}Z`;

/** Where lines of each grid may be: Irish ones within the ring, British ones outside. */
export const clips = () => s("defs", {},
  s("clipPath", { id: "in-ireland" }, s("path", { d: ringPath })),
  s("clipPath", { id: "in-britain" }, s("path", { d: `M-9000 -20000H16000V9000H-9000Z${ringPath}`, "clip-rule": "evenodd" })));

/** Metres between lines, the pixels that a square needs before it is drawn, and before it is named. */
const steps = [{ metres: 100000, least: 0, named: 0 }, { metres: 10000, least: 26, named: 58 }, { metres: 1000, least: 34, named: 52 }];

/** The box in a grid's metres that a part of the plane touches. */
function extent(grid, { x0, x1, y0, y1 }) {
  const es = [], ns = [];
  for (const x of [x0, (x0 + x1) / 2, x1]) for (const y of [y0, (y0 + y1) / 2, y1]) {
    const [e, n] = grid === british ? [x * 100, -y * 100] : irish.project(...british.unproject(x * 100, -y * 100));
    es.push(e);
    ns.push(n);
  }
  return { e0: Math.min(...es), e1: Math.max(...es), n0: Math.min(...ns), n1: Math.max(...ns) };
}

function range(from, to, step, most) {
  const out = [];
  for (let v = Math.max(0, Math.floor(from / step) * step); v <= Math.min(most, to + step); v += step) out.push(v);
  return out;
}

function lines(grid, box, step) {
  const es = range(box.e0, box.e1, step, grid.width), ns = range(box.n0, box.n1, step, grid.height);
  if (es.length === 0 || ns.length === 0) return "";
  const parts = grid === british ? 1 : 6;
  const path = (along, point) => Array.from({ length: parts + 1 }, (_, i) =>
    `${i === 0 ? "M" : "L"}${point(along[0] + ((along.at(-1) - along[0]) * i) / parts).map((v) => v.toFixed(1)).join(" ")}`).join("");
  return es.map((e) => path(ns, (n) => onPlane(grid, e, n))).join("") + ns.map((n) => path(es, (e) => onPlane(grid, e, n))).join("");
}

function nameOf(grid, e, n, step) {
  const digits = step === 10000 ? 1 : 2, part = (v) => String(Math.floor((v % 1e5) / step)).padStart(digits, "0");
  if (step === 100000) return lettersOf(grid, e, n);
  return step === 10000 ? lettersOf(grid, e, n) + part(e) + part(n) : `${part(e)} ${part(n)}`;
}

/** Draws lines into `paths` (on the plane) and names into `labels` (in pixels). */
export function drawGrids(paths, labels, view, scale, toScreen) {
  const width = (one) => (one.metres / 100) * scale;
  const drawn = steps.filter((one) => width(one) >= one.least), named = drawn.filter((one) => width(one) >= one.named).at(-1);
  const newPaths = [], texts = [];
  for (const grid of [british, irish]) {
    const box = extent(grid, view), own = grid === irish ? " irish" : "";
    drawn.forEach((one, i) => newPaths.push(s("path", { class: `lines step${i}${own}`, d: lines(grid, box, one.metres), "clip-path": `url(#in-${own ? "ireland" : "britain"})` })));
    for (const one of new Set([steps[0], named])) {
      const step = one.metres, large = one === steps[0];
      if (large && (width(one) > 2600 || width(one) < 20)) continue;
      for (const e of range(box.e0, box.e1, step, grid.width - step)) for (const n of range(box.n0, box.n1, step, grid.height - step)) {
        const [px, py] = onPlane(grid, e + step / 2, n + step / 2);
        if (isInIreland(...british.unproject(px * 100, -py * 100)) !== Boolean(own)) continue;
        const [x, y] = large ? toScreen(px, py) : toScreen(...onPlane(grid, e, n));
        const text = s("text", { class: (large ? "letters" : "square") + own, x: large ? x : x + 4, y: large ? y : y - 4 }, nameOf(grid, e, n, step));
        if (large) text.style.fontSize = `${Math.min(18, width(one) * 0.36)}px`;
        texts.push(text);
      }
    }
  }
  paths.replaceChildren(...newPaths);
  labels.replaceChildren(...texts);
}
