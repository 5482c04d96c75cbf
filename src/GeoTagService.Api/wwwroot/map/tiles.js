// A layer of Web Mercator tiles under the outline, where the service names a server. The map's plane is the National Grid: each
// tile is laid by its longer edge, so that tiles overlap a little and leave no gap: from zoom 7 on, by 2 pixels.
import { s } from "../parts/dom.js";
import { british } from "../places/grids.js";

const shallowest = 7, deepest = 18, most = 120;
/** Metres of a tile's pixel at York and zoom 0. */
const coarsest = 92500;

const longitude = (x, n) => (x / n) * 360 - 180;
const latitude = (y, n) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / n))) * 180) / Math.PI;
const column = (lon, n) => ((lon + 180) / 360) * n;
const row = (lat, n) => ((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * n;

function corner(x, y, n) {
  const [east, north] = british.project(latitude(y, n), longitude(x, n));
  return [east / 100, -north / 100];
}

/** The tiles of a part of the plane at one zoom: columns and rows, the last exclusive. */
function range({ x0, y0, x1, y1 }, n) {
  const places = [];
  for (const x of [x0, (x0 + x1) / 2, x1]) for (const y of [y0, (y0 + y1) / 2, y1]) places.push(british.unproject(x * 100, -y * 100));
  const lats = places.map(([lat]) => Math.min(64, Math.max(46, lat))), lons = places.map(([, lon]) => Math.min(9, Math.max(-17, lon)));
  return {
    left: Math.floor(column(Math.min(...lons), n)), right: Math.floor(column(Math.max(...lons), n)) + 1,
    top: Math.floor(row(Math.max(...lats), n)), bottom: Math.floor(row(Math.min(...lats), n)) + 1,
  };
}

export function createTiles(address) {
  const layer = s("g", { class: "tiles", "aria-hidden": "true" }), shown = new Map();
  return {
    layer,
    draw(box, scale) {
      let zoom = Math.min(deepest, Math.max(shallowest, Math.round(Math.log2((coarsest * scale) / 100)))), part = range(box, 2 ** zoom);
      while (zoom > shallowest && (part.right - part.left) * (part.bottom - part.top) > most) part = range(box, 2 ** --zoom);
      const n = 2 ** zoom, wanted = new Set();
      for (let x = part.left; x < part.right; x++) {
        for (let y = part.top; y < part.bottom; y++) {
          const name = `${zoom}/${x}/${y}`;
          wanted.add(name);
          if (shown.has(name)) continue;
          const [left, top] = corner(x, y, n), [bx, by] = corner(x, y + 1, n), [ax, ay] = corner(x + 1, y + 1, n);
          const tile = s("image", {
            href: address.replace("{z}", zoom).replace("{x}", x).replace("{y}", y), width: 1.004, height: 1.004, preserveAspectRatio: "none",
            transform: `matrix(${ax - bx} ${ay - by} ${bx - left} ${by - top} ${left} ${top})`,
          });
          shown.set(name, tile);
          layer.append(tile);
        }
      }
      for (const [name, tile] of shown) if (!wanted.has(name)) { tile.remove(); shown.delete(name); }
    },
  };
}
