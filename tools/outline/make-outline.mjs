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
const tolerance = 10, smallestArea = 300, step = 5; // units of 100 m: 1 km, 3 square kilometres, and points to 500 m

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

// A delta of a point is one printable character, from −45 to 45 steps, so that a point takes two; the backslash is left out.
const furthest = 45, characterOf = (delta) => { const code = delta + 80; return String.fromCharCode(code >= 92 ? code + 1 : code); };

const names = new Set(["United Kingdom", "Ireland", "Isle of Man"]);
const rings = [];
for (const geometry of atlas.objects.countries.geometries.filter((g) => names.has(g.properties.name))) {
  const { type, coordinates } = feature(atlas, geometry).geometry;
  for (const [outer] of type === "Polygon" ? [coordinates] : coordinates) {
    if (!outer.every(([lon, lat]) => lon > box.west && lon < box.east && lat > box.south && lat < box.north)) continue;
    const ring = simplify(outer.map(project));
    if (ring.length < 4 || area(ring) < smallestArea) continue;
    const points = ring.slice(0, -1).map((point) => point.map((value) => Math.round(value / step)))
      .filter(([x, y], i, all) => i === 0 || x !== all[i - 1][0] || y !== all[i - 1][1]);
    let [[px, py]] = points, deltas = "";
    for (const [x, y] of points.slice(1)) {
      // A long side is walked in equal parts.
      const parts = Math.ceil(Math.max(Math.abs(x - px), Math.abs(y - py)) / furthest), [fx, fy] = [px, py];
      for (let i = 1; i <= parts; i++) {
        const [nx, ny] = [Math.round(fx + ((x - fx) * i) / parts), Math.round(fy + ((y - fy) * i) / parts)];
        deltas += characterOf(nx - px) + characterOf(ny - py);
        [px, py] = [nx, ny];
      }
    }
    rings.push(`${points[0].join(" ")} ${deltas}`);
  }
}

const text = rings.join("\n");
writeFileSync(
  new URL("../../src/GeoTagService.Api/wwwroot/places/outline.js", import.meta.url),
  "// Made by tools/outline from Natural Earth (public domain). The National Grid's plane in units of 100 m, y downwards.\n" +
    `// A line a ring: its first point in steps of ${step * 100} m, and the way from point to point, a character for each step in x and in y.\n` +
    `const rings = ${JSON.stringify(text)};\n` +
    `const step = (character) => ${step} * (character.charCodeAt() - 80 - (character > "\\\\"));\n` +
    "export const outline = rings.split(\"\\n\").map((ring) => {\n" +
    "  const [x, y, way] = ring.split(\" \");\n" +
    `  return \`M\${x * ${step}} \${y * ${step}}l\${[...way].map(step).join(" ")}z\`;\n` +
    "}).join(\"\");\n");
console.log(`${rings.length} rings, ${text.length} characters`);
