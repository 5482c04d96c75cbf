// The third view: every photo that has a place.
import { $, count, h, pills, put } from "../parts/dom.js";
import { currentView, go } from "../parts/route.js";
import { british, toReference } from "../places/grids.js";
import { placeOf, pointOf } from "../places/of.js";
import { fileName } from "../review/grid.js";
import { tagsOf } from "../state/decide.js";
import { filter, filterParams, groupOf, isFiltered, readParams, refine, shows, tagOptions, visible } from "../state/filter.js";
import { thumb } from "../state/photos.js";
import { groupClass, on, select, session } from "../state/session.js";
import { createChart } from "./chart.js";
import { createTiles } from "./tiles.js";

const mostListed = 60;
let chart = null, inView = [], wanted = null, dirty = true;
const isShown = () => currentView() === "map";
const nameOf = (item) => item.name ?? (item.title || "Without a photo");
const dot = () => h("i", { class: "dot" });

/** A picture that comes when it is made. */
function picture(item, alt = "") {
  const image = h("img", { alt, hidden: true });
  thumb(item).then((url) => { if (url) { image.src = url; image.hidden = false; } });
  return image;
}

function collect() {
  dirty = false;
  const points = [];
  for (const item of visible()) { const point = pointOf(item); if (point) points.push({ x: point[0], y: point[1], item }); }
  const without = visible().length - points.length;
  $("map-said").textContent = without > 0 ? `${without.toLocaleString("en-GB")} without a place.` : "";
  chart.setPoints(points);
  drawLegend(points);
}

function drawLegend(points) {
  const found = new Map();
  for (const { item } of points) { const g = groupOf(item); found.set(g, (found.get(g) ?? 0) + 1); }
  pills($("legend"), session.groups.map((group) => ({
    label: group, style: groupClass(group), number: found.get(group) ?? 0, pressed: filter.group === group, run: () => refine({ group: filter.group === group ? "" : group }),
  })));
  tagOptions($("map-tag"));
  put($("map-filter"), isFiltered() && [[filter.show !== "all" && shows[filter.show][0], filter.text && `“${filter.text}”`].filter(Boolean).join(", "),
    h("button", { type: "button", class: "button small", onclick: () => refine({ show: "all", tag: "", group: "", text: "" }) }, "Show all")]);
}

function drawList(items, title) {
  put($("map-list"), h("h2", {}, title), h("ul", {}, items.slice(0, mostListed).map((item) => h("li", {},
    h("button", { type: "button", class: `row-photo ${groupClass(groupOf(item))}`, "aria-current": item === session.current && "true", onclick: () => pick(item) },
      h("span", { class: "small-thumb" }, picture(item)),
      h("span", { class: "words" }, fileName(nameOf(item), ". "), h("span", { class: "hint" }, dot(), " ", tagsOf(item).map((r) => session.tags[r].name).join(" · ") || (item.decision ? "no tags" : item.state === "failed" ? "failed" : "waiting for its tags"))))))),
  items.length > mostListed && h("p", { class: "hint" }, `and ${(items.length - mostListed).toLocaleString("en-GB")} more: zoom in to see them.`),
  items.length === 0 && h("p", { class: "hint" }, session.items.length === 0 ? "Photos with a place in their EXIF data, or a typed one, appear here."
    : visible().length === 0 ? "The filter hides every photo." : "No photo in this part of the map."));
}

const drawInView = () => drawList(inView, `${count(inView.length, "photo")} in view`);

function pick(item) {
  select(item);
  const point = pointOf(item), place = placeOf(item);
  if (point) chart.reveal(point);
  const button = (text, style, run) => h("button", { type: "button", class: `button small ${style}`, onclick: run }, text);
  put($("map-card"), h("div", { class: "card-in" }, picture(item, item.title || `Photo ${nameOf(item)}`), h("strong", {}, fileName(nameOf(item))), item.title && h("span", {}, item.title),
    h("span", { class: "hint" }, place ? place.gridReference ?? toReference(place.lat, place.lon, 4) ?? `${place.lat.toFixed(4)}, ${place.lon.toFixed(4)}` : "no place"),
    h("span", { class: "card-tags" }, tagsOf(item).map((r) => h("span", { class: groupClass(session.tags[r].group) }, dot(), " ", session.tags[r].name))),
    h("span", { class: "row" }, button("Open", "primary", () => go("tag")), button("Review", "", () => go("review")), button("Close", "bare", () => { $("map-card").hidden = true; }))));
  $("map-card").hidden = false;
}

export function start() {
  chart = createChart($("chart-host"), {
    groupOf, nameOf,
    onOpen: (items) => { if (items.length === 1) pick(items[0]); else drawList(items, `${count(items.length, "photo")} in one place`); },
    onMove: (items) => { inView = items; drawInView(); },
  });
  fetch(new URL("page.json", document.baseURI)).then((answer) => answer.json()).then(({ tiles, attribution }) => {
    if (tiles) chart.setTiles(createTiles(tiles), attribution);
  }).catch(() => { /* Without tiles, as by default. */ });
  $("map-tag").addEventListener("change", () => refine({ tag: $("map-tag").value }));
  on("list", () => { dirty = true; if (isShown()) collect(); });
  on("current", () => { if (isShown()) { chart.select(session.current); drawInView(); } });
  on("item", () => { dirty = true; });
}

export function show() {
  refine({});
  if (dirty) collect();
  chart.select(session.current);
  if (wanted) chart.look(wanted);
  wanted = null;
}

export function link() {
  const { x, y, scale } = chart.camera, [lat, lon] = british.unproject(x * 100, -y * 100);
  return { at: `${lat.toFixed(4)},${lon.toFixed(4)}`, zoom: scale.toFixed(3), ...filterParams() };
}

export function open(params) {
  readParams(params);
  const [lat, lon] = (params.at ?? "").split(",").map(Number), scale = Number(params.zoom);
  if (lat > 45 && lat < 65 && lon > -20 && lon < 12 && scale > 0) { const [e, n] = british.project(lat, lon); wanted = { x: e / 100, y: -n / 100, scale }; }
}
