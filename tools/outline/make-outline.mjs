// Simplifies Natural Earth's outline of Britain and Ireland (public domain, as the npm package world-atlas 2.0.2
// carries it) into one SVG path for the page. Run once:  npm install && node make-outline.mjs
// The plane is the National Grid's, in units of 100 m, with y downwards: its squares are squares on the map.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature } from "topojson-client";
import { british } from "../../src/GeoTagService.Api/wwwroot/places/grids.js";

const require = createRequire(import.meta.url);
const atlas = JSON.parse(readFileSync(require.resolve("world-atlas/countries-10m.json")));
const box = { west: -11, east: 2.5, south: 49.7, north: 61.2 };
const tolerance = 7, smallestArea = 100; // units of 100 m: 700 m, and 1 square kilometre

const project = ([lon, lat]) => { const [e, n] = british.project(lat, lon); return [e / 100, -n / 100]; };

function simplify(points) {
  if (points.length < 3) return points;
  const [a, b] = [points[0], points.at(-1)];
  let worst = 0, at = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    const d = length < 1e-9
      ? Math.hypot(points[i][0] - a[0], points[i][1] - a[1])
      : Math.abs((b[0] - a[0]) * (a[1] - points[i][1]) - (a[0] - points[i][0]) * (b[1] - a[1])) / length;
    if (d > worst) { worst = d; at = i; }
  }
  if (worst <= tolerance) return [a, b];
  return [...simplify(points.slice(0, at + 1)).slice(0, -1), ...simplify(points.slice(at))];
}

const area = (ring) => Math.abs(ring.reduce((sum, [x, y], i) => {
  const [u, v] = ring[(i + 1) % ring.length];
  return sum + x * v - u * y;
}, 0)) / 2;

const names = new Set(["United Kingdom", "Ireland", "Isle of Man"]);
let path = "";
for (const geometry of atlas.objects.countries.geometries.filter((g) => names.has(g.properties.name))) {
  const { type, coordinates } = feature(atlas, geometry).geometry;
  for (const [outer] of type === "Polygon" ? [coordinates] : coordinates) {
    if (!outer.every(([lon, lat]) => lon > box.west && lon < box.east && lat > box.south && lat < box.north)) continue;
    const ring = simplify(outer.map(project));
    if (ring.length < 4 || area(ring) < smallestArea) continue;
    let [px, py] = [0, 0];
    ring.slice(0, -1).forEach(([x, y], i) => {
      const [rx, ry] = [Math.round(x), Math.round(y)];
      path += i === 0 ? `M${rx} ${ry}l` : `${i > 1 && rx - px >= 0 ? " " : ""}${rx - px}${ry - py >= 0 ? " " : ""}${ry - py}`;
      [px, py] = [rx, ry];
    });
    path += "z";
  }
}

writeFileSync(
  new URL("../../src/GeoTagService.Api/wwwroot/places/outline.js", import.meta.url),
  "// Made by tools/outline from Natural Earth (public domain). The National Grid's plane in units of 100 m, y downwards.\n" +
    `export const outline = ${JSON.stringify(path)};\n`);
console.log(`${path.length} characters`);
