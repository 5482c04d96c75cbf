// A small map that turns a click, or the arrow keys, into a position.
import { s } from "../parts/dom.js";
import { british } from "../places/grids.js";
import { outline } from "../places/outline.js";

/** What the map shows of the National Grid's plane, in units of 100 m with y downwards. */
export const frame = { x: -2150, y: -12450, width: 8950, height: 12550 };

export function createPlaceMap(host, onPick) {
  const pin = s("circle", { r: 95, class: "pin", visibility: "hidden" });
  const svg = s("svg", {
    id: "pick", viewBox: `${frame.x} ${frame.y} ${frame.width} ${frame.height}`, tabindex: 0, role: "application",
    "aria-label": "Map of Britain and Ireland. Arrow keys move the pin, with Shift in small steps.",
  }, s("path", { d: outline, class: "land" }), pin);
  host.append(svg);
  let at = null;

  function show(lat, lon, guess = false) {
    const [easting, northing] = Number.isFinite(lat) && Number.isFinite(lon) ? british.project(lat, lon) : [NaN, NaN];
    const [x, y] = [easting / 100, -northing / 100];
    at = x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height ? [x, y] : null;
    pin.setAttribute("visibility", at ? "visible" : "hidden");
    pin.setAttribute("class", guess ? "pin guess" : "pin");
    if (at) { pin.setAttribute("cx", x); pin.setAttribute("cy", y); }
  }

  function pick(x, y) {
    const [lat, lon] = british.unproject(x * 100, -y * 100);
    show(lat, lon);
    onPick(lat, lon);
  }

  svg.addEventListener("click", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    pick(point.x, point.y);
  });
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    const step = event.shiftKey ? 20 : 200, [x, y] = at ?? [4000, -4500];
    pick(Math.min(frame.x + frame.width - 1, Math.max(frame.x + 1, x + move[0] * step)),
      Math.min(frame.y + frame.height - 1, Math.max(frame.y + 1, y + move[1] * step)));
  });
  return { show };
}
