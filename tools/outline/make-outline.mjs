// Simplifies Natural Earth's outline of Britain and Ireland (public domain, as the npm package world-atlas 2.0.2
// carries it) into one SVG path for the page. Run once:  npm install && node make-outline.mjs
// Equirectangular with the standard parallel 55.4 N, so that a click turns into a position by two divisions.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature } from "topojson-client";

const require = createRequire(import.meta.url);
const atlas = JSON.parse(readFileSync(require.resolve("world-atlas/countries-10m.json")));
const west = -10.8, east = 2.2, north = 61.0, south = 49.8;
const unitsPerDegree = 30, squeeze = Math.cos((55.4 * Math.PI) / 180);
const tolerance = 0.55, smallestArea = 1.2; // in map units: 1 unit is 1/30 degree of latitude, about 3.7 km

const project = ([lon, lat]) => [(lon - west) * squeeze * unitsPerDegree, (north - lat) * unitsPerDegree];

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
    if (!outer.every(([lon, lat]) => lon > west && lon < east && lat > south && lat < north)) continue;
    const ring = simplify(outer.map(project));
    if (ring.length < 4 || area(ring) < smallestArea) continue;
    let [px, py] = [0, 0];
    ring.slice(0, -1).forEach(([x, y], i) => {
      const [rx, ry] = [Math.round(x * 10), Math.round(y * 10)];
      path += i === 0 ? `M${rx / 10} ${ry / 10}l` : `${i > 1 && rx - px >= 0 ? " " : ""}${(rx - px) / 10}${ry - py >= 0 ? " " : ""}${(ry - py) / 10}`;
      [px, py] = [rx, ry];
    });
    path += "z";
  }
}

const width = ((east - west) * squeeze * unitsPerDegree).toFixed(1), height = ((north - south) * unitsPerDegree).toFixed(1);
writeFileSync(
  new URL("../../src/GeoTagService.Api/wwwroot/outline.js", import.meta.url),
  "// Made by tools/outline from Natural Earth (public domain). Equirectangular: x and y are linear in lon and lat.\n" +
    `export const outline = ${JSON.stringify({ west, east, north, south, width: +width, height: +height, path })};\n`);
console.log(`${path.length} characters, view box ${width} x ${height}`);
