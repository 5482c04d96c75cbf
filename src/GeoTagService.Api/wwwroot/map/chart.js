// The outline with zoom and pan, the grids, and the photos' marks.
import { button, h, reducedMotion, s } from "../parts/dom.js";
import { outline } from "../places/outline.js";
import { bounds, cluster } from "./clusters.js";
import { clips, drawGrids } from "./graticule.js";
import { drawMarks, towards } from "./marks.js";

const whole = { x0: -2100, x1: 6750, y0: -12250, y1: 50 };
/** Pixels per 100 m at the closest. */
const closest = 12;
const arrows = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export function createChart(host, { onOpen, onMove, onPoint, ...names }) {
  const lines = s("g"), plane = s("g", {}, s("path", { d: outline, class: "land" }), lines);
  const labels = s("g", { class: "labels", "aria-hidden": "true" }), marks = s("g");
  const svg = s("svg", { id: "chart", tabindex: 0, role: "group", "aria-label": "Map. Arrow keys move it, plus and minus zoom, 0 shows everything, Enter goes to the photos." }, clips(), plane, labels, marks);
  host.append(svg);
  let width = 100, height = 100, camera = null, points = [], selected = null, frame = 0, settled = 0;
  const layers = [];

  const fit = (box, pad, most = 4) => ({
    x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2,
    scale: Math.min(most, Math.max(0.01, Math.min((width - 2 * pad) / Math.max(1, box.x1 - box.x0), (height - 2 * pad) / Math.max(1, box.y1 - box.y0)))),
  });
  const toScreen = (x, y) => [(x - camera.x) * camera.scale + width / 2, (y - camera.y) * camera.scale + height / 2];
  const toPlane = (px, py) => [(px - width / 2) / camera.scale + camera.x, (py - height / 2) / camera.scale + camera.y];
  const limit = (scale) => Math.min(closest, Math.max(fit(whole, 8).scale * 0.8, scale));

  function draw() {
    frame = 0;
    if (!camera) return;
    const [x0, y0] = toPlane(0, 0), [x1, y1] = toPlane(width, height), pad = 40 / camera.scale;
    const within = (by) => points.filter((p) => p.x > x0 - by && p.x < x1 + by && p.y > y0 - by && p.y < y1 + by);
    plane.setAttribute("transform", `matrix(${camera.scale} 0 0 ${camera.scale} ${width / 2 - camera.x * camera.scale} ${height / 2 - camera.y * camera.scale})`);
    for (const one of layers) one.draw({ x0, y0, x1, y1 }, camera.scale);
    drawGrids(lines, labels, { x0, y0, x1, y1 }, camera.scale, toScreen);
    drawMarks(marks, cluster(within(pad), camera.scale), selected, toScreen, names);
    // What lies beside the map follows once it stands still.
    clearTimeout(settled);
    settled = setTimeout(() => onMove(within(0).map((p) => p.item)), 150);
  }

  const drawSoon = () => { frame ||= requestAnimationFrame(draw); };

  let goal;
  function look({ x, y, scale }, animate = false) {
    const to = { x: Math.min(9000, Math.max(-4500, x)), y: Math.min(2500, Math.max(-14500, y)), scale: limit(scale) };
    goal = animate && camera && !reducedMotion() ? to : null;
    if (!goal) { camera = to; drawSoon(); return; }
    const from = camera, began = performance.now();
    const go = (now) => {
      if (goal !== to) return;
      const t = Math.min(1, Math.max(0, now - began) / 220), ease = 1 - (1 - t) ** 3;
      camera = { x: from.x + (to.x - from.x) * ease, y: from.y + (to.y - from.y) * ease, scale: from.scale * (to.scale / from.scale) ** ease };
      draw();
      if (t < 1) requestAnimationFrame(go);
    };
    requestAnimationFrame(go);
  }

  function zoom(factor, px = width / 2, py = height / 2, animate = false) {
    const [x, y] = toPlane(px, py), scale = limit((goal ?? camera).scale * factor);
    look({ x: x - (px - width / 2) / scale, y: y - (py - height / 2) / scale, scale }, animate);
  }

  // ---- mouse and fingers
  const at = (event) => { const box = svg.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  svg.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0018)), ...at(event)); }, { passive: false });
  svg.addEventListener("dblclick", (event) => { if (!event.target.closest(".mark")) zoom(2, ...at(event), true); });
  const pointers = new Map();
  let moved = 0;
  svg.addEventListener("pointerdown", (event) => { pointers.set(event.pointerId, at(event)); moved = 0; });
  svg.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId), now = at(event);
    if (!before) return onPoint(...toPlane(...now));
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1], share = other ? 2 : 1;
    if (other) zoom(Math.hypot(now[0] - other[0], now[1] - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1])), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    look({ x: camera.x - dx / share / camera.scale, y: camera.y - dy / share / camera.scale, scale: camera.scale });
    moved += Math.hypot(dx, dy);
    // Captured only once it is a drag, so that a click still arrives at its mark.
    if (moved > 5 && !svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, (event) => pointers.delete(event.pointerId));
  marks.addEventListener("click", (event) => { const mark = event.target.closest(".mark"); if (mark && moved <= 5) open(mark.cluster); });

  function open({ points: some }) {
    const box = bounds(some), inOnePlace = Math.max(box.x1 - box.x0, box.y1 - box.y0) < 3;
    if (some.length === 1 || inOnePlace || camera.scale >= closest * 0.98) onOpen(some.map((p) => p.item));
    else look(fit(box, 90, Math.max(camera.scale * 2, 4)), true);
  }

  // ---- keys
  svg.addEventListener("keydown", (event) => {
    const mark = event.target.closest(".mark"), move = arrows[event.key], { key } = event;
    if (mark && (key === "Enter" || key === " ")) open(mark.cluster);
    else if (mark && key === "Escape") svg.focus();
    else if (mark && move) towards(marks, mark, move)?.focus();
    else if (move) look({ x: camera.x + (move[0] * 90) / camera.scale, y: camera.y + (move[1] * 90) / camera.scale, scale: camera.scale });
    else if (key === "+" || key === "=") zoom(1.6, width / 2, height / 2, true);
    else if (key === "-") zoom(1 / 1.6, width / 2, height / 2, true);
    else if (key === "0") look(fit(whole, 8), true);
    else if (key === "Enter") marks.firstElementChild?.focus();
    else return;
    event.preventDefault();
  });

  new ResizeObserver(() => {
    const box = host.getBoundingClientRect();
    if (box.width === 0) return;
    [width, height] = [box.width, box.height];
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    camera = camera ? { ...camera, scale: limit(camera.scale) } : fit(whole, 8);
    draw();
  }).observe(host);

  const action = (text, label, run) => button("button", run, { "aria-label": label, title: label }, text);
  host.append(h("div", { class: "zoom" }, action("+", "Zoom in", () => zoom(1.8, width / 2, height / 2, true)), action("−", "Zoom out", () => zoom(1 / 1.8, width / 2, height / 2, true)),
    action("⤢", "Show all photos", () => look(points.length > 0 ? fit(bounds(points), 60) : fit(whole, 8), true))));

  return {
    setPoints(next) { points = next; drawSoon(); },
    select(item) { selected = item; drawSoon(); },
    /** Lays something on the outline, under lines and marks. */
    lay(layer) { layers.push(layer); lines.before(layer.layer); },
    /** Lays tiles under the outline, which is a line then, and says whom they are thanked to. */
    setTiles(layer, attribution) { layers.push(layer); plane.prepend(layer.layer); svg.classList.add("tiled"); host.append(h("p", { class: "thanks" }, attribution)); drawSoon(); },
    look,
    reveal(point) { const [x, y] = toScreen(...point); if (x < 30 || y < 30 || x > width - 30 || y > height - 30) look({ x: point[0], y: point[1], scale: camera.scale }, true); },
    get camera() { return camera ?? fit(whole, 8); },
  };
}
