// The third view: every photo that has a place.
import { $, button, count, digits, dot, h, hintLine, listen, note, pills, put } from "../parts/dom.js";
import { currentView, go } from "../parts/route.js";
import { british, toReference } from "../places/grids.js";
import { placeOf, pointOf } from "../places/of.js";
import { fileName } from "../review/grid.js";
import { tagsOf } from "../state/decide.js";
import { filter, filterParams, groupOf, isFiltered, readParams, refine, showAll, shows, tagOptions, visible } from "../state/filter.js";
import { picture } from "../state/photos.js";
import { groupClass, on, rowClass, select, session, tagName } from "../state/session.js";
import { createChart } from "./chart.js";
import { createExpected } from "./expected.js";
import { createTiles } from "./tiles.js";

const mostListed = 60;
let chart = null, expected = null, inView = [], wanted = null, dirty = true;
const isShown = () => currentView() === "map";
const nameOf = (item) => item.name ?? (item.title || "Without a photo");

function collect() {
  dirty = false;
  const points = [];
  for (const item of visible()) { const point = pointOf(item); if (point) points.push({ x: point[0], y: point[1], item }); }
  const without = visible().length - points.length;
  $("map-said").textContent = without > 0 ? `${digits(without)} without a place.` : "";
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
    button("button small", showAll, {}, "Show all")]);
}

function drawList(items, title) {
  put($("map-list"), h("h2", {}, title), h("ul", {}, items.slice(0, mostListed).map((item) => h("li", {},
    button(`row-photo ${groupClass(groupOf(item))}`, () => pick(item), { "aria-current": item === session.current && "true" },
      h("span", { class: "small-thumb" }, picture(item)),
      h("span", { class: "words" }, fileName(nameOf(item), ". "), note(dot(), " ", tagsOf(item).map((r) => tagName(r)).join(" · ") || (item.decision ? "no tags" : item.state === "failed" ? "failed" : "waiting for its tags"))))))),
  items.length > mostListed && hintLine(`and ${digits(items.length - mostListed)} more: zoom in to see them.`),
  items.length === 0 && hintLine(session.items.length === 0 ? "Photos with a place in their EXIF data, or a typed one, appear here."
    : visible().length === 0 ? "The filter hides every photo." : "No photo in this part of the map."));
}

const drawInView = () => drawList(inView, `${count(inView.length, "photo")} in view`);

function pick(item) {
  select(item);
  const point = pointOf(item), place = placeOf(item);
  if (point) chart.reveal(point);
  const action = (text, style, run) => button(`button small ${style}`, run, {}, text);
  put($("map-card"), h("div", { class: "card-in" }, picture(item, item.title || `Photo ${nameOf(item)}`), h("strong", {}, fileName(nameOf(item))), item.title && h("span", {}, item.title),
    note(place ? place.gridReference ?? toReference(place.lat, place.lon, 4) ?? `${place.lat.toFixed(4)}, ${place.lon.toFixed(4)}` : "no place"),
    h("span", { class: "card-tags" }, tagsOf(item).map((r) => h("span", { class: rowClass(r) }, dot(), " ", tagName(r)))),
    h("span", { class: "row" }, action("Open", "primary", () => go("tag")), action("Review", "", () => go("review")), action("Close", "bare", () => { $("map-card").hidden = true; }))));
  $("map-card").hidden = false;
}

export function start() {
  chart = createChart($("chart-host"), {
    groupOf, nameOf,
    onOpen: (items) => { if (items.length === 1) pick(items[0]); else drawList(items, `${count(items.length, "photo")} in one place`); },
    onMove: (items) => { inView = items; drawInView(); expected.say(chart.camera.x, chart.camera.y); },
    onPoint: (x, y) => expected.say(x, y),
  });
  expected = createExpected($("map-layer"), $("map-expected"));
  chart.lay(expected);
  fetch(new URL("page.json", document.baseURI)).then((answer) => answer.json()).then(({ tiles, attribution }) => {
    if (tiles) chart.setTiles(createTiles(tiles), attribution);
  }).catch(() => { /* Without tiles, as by default. */ });
  listen("map-tag", "change", () => refine({ tag: $("map-tag").value }));
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
  return { at: `${lat.toFixed(4)},${lon.toFixed(4)}`, zoom: scale.toFixed(3), layer: $("map-layer").value, ...filterParams() };
}

export function open(params) {
  readParams(params);
  $("map-layer").value = params.layer ?? "";
  const [lat, lon] = (params.at ?? "").split(",").map(Number), scale = Number(params.zoom);
  if (lat > 45 && lat < 65 && lon > -20 && lon < 12 && scale > 0) { const [e, n] = british.project(lat, lon); wanted = { x: e / 100, y: -n / 100, scale }; }
}
