// One field for a place: a grid reference, or degrees.
import { readReference, toReference } from "./grids.js";

const degrees = /^\s*([+-]?\d+(?:[.,]\d+)?)\s*°?\s*([NSns])?\s*[,;\s]\s*([+-]?\d+(?:[.,]\d+)?)\s*°?\s*([EWew])?\s*$/;

/** What a text says: {} for nothing; {lat, lon, said} with fields for the service; or {problem}. */
export function readPlace(text) {
  const trimmed = text.trim().replace(/[−–]/g, "-");
  if (trimmed === "") return {};
  const match = degrees.exec(trimmed);
  if (match) {
    const number = (t) => Number(t.replace(",", "."));
    const lat = number(match[1]) * (/s/i.test(match[2] ?? "") ? -1 : 1);
    const lon = number(match[3]) * (/w/i.test(match[4] ?? "") ? -1 : 1);
    if (Math.abs(lat) > 90) return { problem: `Latitude ${lat} lies outside −90 to 90 degrees.` };
    if (Math.abs(lon) > 180) return { problem: `Longitude ${lon} lies outside −180 to 180 degrees.` };
    return { lat, lon, fields: [["lat", String(lat)], ["lon", String(lon)]], said: toReference(lat, lon, 3) };
  }
  if (/^[+-]?\d/.test(trimmed)) return { problem: "Degrees are latitude and longitude with a comma or space between: 52.5003, −0.9797." };
  const read = readReference(trimmed);
  if (read.problem) return { problem: read.problem };
  return { lat: read.lat, lon: read.lon, fields: [["gridReference", trimmed]], said: formatDegrees(read.lat, read.lon) };
}

export const formatDegrees = (lat, lon) => `${lat.toFixed(4)}, ${lon.toFixed(4)}`.replaceAll("-", "−");
