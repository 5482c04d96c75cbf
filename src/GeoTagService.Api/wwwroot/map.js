// A small outline map that turns a click, or the arrow keys, into a position.
import { outline } from "./outline.js";

const svgNamespace = "http://www.w3.org/2000/svg";
const make = (name, attributes) => {
  const element = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

export function createMap(host, onPick) {
  const { west, east, north, south, width, height } = outline;
  const svg = make("svg", {
    viewBox: `0 0 ${width} ${height}`, tabindex: "0", role: "application",
    "aria-label": "Map of Britain and Ireland. Arrow keys move the pin; with Shift in small steps.",
  });
  const pin = make("circle", { r: 4.5, class: "pin", visibility: "hidden" });
  svg.append(make("path", { d: outline.path }), pin);
  host.append(svg);

  let position = null;
  const show = (lat, lon, guess = false) => {
    position = Number.isFinite(lat) && Number.isFinite(lon) && lat > south && lat < north && lon > west && lon < east
      ? { lat, lon } : null;
    pin.setAttribute("visibility", position ? "visible" : "hidden");
    pin.setAttribute("class", guess ? "pin guess" : "pin");
    if (!position) return;
    pin.setAttribute("cx", ((lon - west) / (east - west)) * width);
    pin.setAttribute("cy", ((north - lat) / (north - south)) * height);
  };
  const pick = (lat, lon) => {
    lat = Math.min(north - 0.01, Math.max(south + 0.01, lat));
    lon = Math.min(east - 0.01, Math.max(west + 0.01, lon));
    show(lat, lon);
    onPick(lat.toFixed(4), lon.toFixed(4));
  };

  svg.addEventListener("click", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    pick(north - (point.y / height) * (north - south), west + (point.x / width) * (east - west));
  });
  svg.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!direction) return;
    event.preventDefault();
    const step = event.shiftKey ? 0.02 : 0.2;
    const from = position ?? { lat: 54.0, lon: -2.5 };
    pick(from.lat + direction[0] * step, from.lon + direction[1] * step * 1.7);
  });
  return { show };
}
