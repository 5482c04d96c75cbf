// Where a photo is: what a person typed, else what the service found, else what an imported run says.
import { british } from "./grids.js";
import { readPlace } from "./place.js";

export function placeOf(item) {
  if (item.place.trim()) { const read = readPlace(item.place); return read.lat === undefined ? null : read; }
  return item.answer?.location ?? item.at ?? null;
}

const cache = new WeakMap();

/** The photo's point on the map's plane (units of 100 m, y downwards), or null. */
export function pointOf(item) {
  const key = item.place || item.answer?.location || item.at, known = cache.get(item);
  if (known && known.key === key) return known.point;
  const place = placeOf(item);
  let point = null;
  if (place && place.lat > 45 && place.lat < 65 && place.lon > -20 && place.lon < 12) {
    const [easting, northing] = british.project(place.lat, place.lon);
    point = [easting / 100, -northing / 100];
  }
  cache.set(item, { key, point });
  return point;
}
