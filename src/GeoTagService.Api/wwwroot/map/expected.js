// A layer under the photos: where the service's place model expects a tag, by square of 10 km, or of 100 km from afar.
import { count, h, note, put, s, toast } from "../parts/dom.js";
import { british, readReference, toReference } from "../places/grids.js";
import { getTagMap } from "../service.js";
import { percent } from "../state/decide.js";
import { tagChoices } from "../state/filter.js";
import { rowClass, session } from "../state/session.js";
import { onPlane } from "./graticule.js";

const shades = 8;
/** Pixels that a square of 10 km needs to be drawn by itself. */
const leastPixels = 6;

function outlineOf({ square }) {
  const { grid, easting: e, northing: n, edge } = readReference(square);
  return `M${[[e, n], [e + edge, n], [e + edge, n + edge], [e, n + edge]].map((p) => onPlane(grid, ...p).map(Math.round).join(" ")).join("L")}Z`;
}

export function createExpected(select, legend) {
  const layer = s("g", { "aria-hidden": "true" }), said = h("span", { role: "status" }), known = new Map();
  let scale = 0.1, drawn = "", map = null, bySquare = new Map(), at = [0, 0];

  async function draw() {
    const edge = scale * 100 < leastPixels ? "100km" : "10km", wanted = select.value && `${select.value} ${edge}`;
    if (wanted === drawn) return;
    drawn = wanted;
    legend.hidden = !wanted;
    if (!wanted) { put(layer); map = null; return; }
    if (!known.has(wanted)) known.set(wanted, getTagMap(select.value, edge));
    try {
      const found = await known.get(wanted);
      if (drawn === wanted) paint(found);
    } catch (error) {
      known.delete(wanted);
      select.value = drawn = "";
      legend.hidden = true;
      toast(error.message);
    }
  }

  function paint(found) {
    const most = found.squares[0]?.share || 1, style = rowClass(session.rowOf.get(found.tag));
    const path = (squares, props) => squares.length > 0 && s("path", { d: squares.map(outlineOf).join(""), ...props });
    const shadeOf = (square) => Math.ceil((square.share / most) * shades) || 1, sparse = found.squares.filter((one) => one.sparse), step = found.edge / 400;
    put(layer, s("pattern", { id: "hatch", width: step, height: step, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, s("path", { d: `M0 0V${step}`, "stroke-width": step * 0.7 })),
      Array.from({ length: shades }, (_, i) => path(found.squares.filter((one) => shadeOf(one) === i + 1), { class: `expected ${style}`, "fill-opacity": (0.85 * (i + 1)) / shades })),
      path(sparse, { fill: "url(#hatch)" }));
    map = found;
    bySquare = new Map(found.squares.map((one) => [one.square, one]));
    put(legend, h("strong", {}, `${found.name} expected`), h("span", { class: "row" }, "0", h("i", { class: `ramp ${style}` }), `${percent(most)} of photos`),
      note(`Usually ${percent(found.usual)}; most in ${found.squares.slice(0, 3).map((one) => one.square).join(", ")}.${sparse.length > 0 ? " Hatched: few photos behind it." : ""}`), said);
    say(...at);
  }

  /** What is expected in the square at a point of the plane. */
  function say(x, y) {
    at = [x, y];
    const reference = map && toReference(...british.unproject(x * 100, -y * 100), map.edge === 1e4 ? 1 : 0), one = bySquare.get(reference?.replaceAll(" ", ""));
    const text = !reference ? "" : one ? `${reference}: ${percent(one.share)} ± ${(one.deviation * 100).toFixed(1)}, ${count(one.photos, "photo")}` : `${reference}: no photos learnt from`;
    if (said.textContent !== text) said.textContent = text;
  }

  select.hidden = !session.model.locationEncoder;
  put(select, h("option", { value: "" }, "Expected: off"), tagChoices(() => true, undefined, (tag) => `Expected: ${tag.name}`));
  select.addEventListener("change", draw);
  return { layer, say, draw(box, now) { scale = now; draw(); } };
}
