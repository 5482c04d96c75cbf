// The National Grid (EPSG:27700) and the Irish Grid (EPSG:29903): positions to metres and back, and references.
// The projection is the Ordnance Survey's series, the datum shift the published seven parameters (some 4 m).
const radians = Math.PI / 180;
const wgs84 = { a: 6378137, b: 6356752.314245 };

function makeGrid({ a, b, shift, lat0, lon0, scale, east0, north0, width, height, letters, name }) {
  const e2 = 1 - (b * b) / (a * a), n = (a - b) / (a + b);
  const arc = (lat) => {
    const d = lat - lat0 * radians, s = lat + lat0 * radians;
    return b * scale * ((1 + n + 1.25 * n ** 2 + 1.25 * n ** 3) * d
      - (3 * n + 3 * n ** 2 + 2.625 * n ** 3) * Math.sin(d) * Math.cos(s)
      + 1.875 * (n ** 2 + n ** 3) * Math.sin(2 * d) * Math.cos(2 * s)
      - (35 / 24) * n ** 3 * Math.sin(3 * d) * Math.cos(3 * s));
  };
  const radii = (lat) => {
    const s = 1 - e2 * Math.sin(lat) ** 2;
    const nu = (a * scale) / Math.sqrt(s), rho = (a * scale * (1 - e2)) / s ** 1.5;
    return { nu, rho, eta: nu / rho - 1 };
  };

  function project(latitude, longitude) {
    const [lat, lon] = shiftDatum(latitude, longitude, wgs84, { a, b }, shift, -1);
    const { nu, rho, eta } = radii(lat);
    const s = Math.sin(lat), c = Math.cos(lat), t = Math.tan(lat) ** 2, p = lon - lon0 * radians;
    const northing = arc(lat) + north0 + (nu / 2) * s * c * p ** 2
      + (nu / 24) * s * c ** 3 * (5 - t + 9 * eta) * p ** 4
      + (nu / 720) * s * c ** 5 * (61 - 58 * t + t * t) * p ** 6;
    const easting = east0 + nu * c * p + (nu / 6) * c ** 3 * (nu / rho - t) * p ** 3
      + (nu / 120) * c ** 5 * (5 - 18 * t + t * t + 14 * eta - 58 * t * eta) * p ** 5;
    return [easting, northing];
  }

  function unproject(easting, northing) {
    let lat = lat0 * radians + (northing - north0) / (a * scale);
    for (let i = 0; i < 8; i++) lat += (northing - north0 - arc(lat)) / (a * scale);
    const { nu, rho, eta } = radii(lat);
    const t = Math.tan(lat), t2 = t * t, sec = 1 / Math.cos(lat), x = easting - east0;
    const geoLat = lat - (t / (2 * rho * nu)) * x ** 2
      + (t / (24 * rho * nu ** 3)) * (5 + 3 * t2 + eta - 9 * t2 * eta) * x ** 4
      - (t / (720 * rho * nu ** 5)) * (61 + 90 * t2 + 45 * t2 * t2) * x ** 6;
    const geoLon = lon0 * radians + (sec / nu) * x - (sec / (6 * nu ** 3)) * (nu / rho + 2 * t2) * x ** 3
      + (sec / (120 * nu ** 5)) * (5 + 28 * t2 + 24 * t2 * t2) * x ** 5
      - (sec / (5040 * nu ** 7)) * (61 + 662 * t2 + 1320 * t2 * t2 + 720 * t2 ** 3) * x ** 7;
    const [outLat, outLon] = shiftDatum(geoLat / radians, geoLon / radians, { a, b }, wgs84, shift, 1);
    return [outLat / radians, outLon / radians];
  }

  return { name, width, height, letters, project, unproject, covers: (e, n2) => e >= 0 && e < width && n2 >= 0 && n2 < height };
}

/** Degrees on one ellipsoid to radians on another; sign 1 applies the shift, -1 its opposite. */
function shiftDatum(latitude, longitude, from, to, [tx, ty, tz, rx, ry, rz, ppm], sign) {
  const lat = latitude * radians, lon = longitude * radians;
  const e2 = 1 - (from.b * from.b) / (from.a * from.a), nu = from.a / Math.sqrt(1 - e2 * Math.sin(lat) ** 2);
  const x = nu * Math.cos(lat) * Math.cos(lon), y = nu * Math.cos(lat) * Math.sin(lon), z = (1 - e2) * nu * Math.sin(lat);
  const s = 1 + (sign * ppm) / 1e6, second = (sign * radians) / 3600;
  const u = sign * tx + x * s - y * rz * second + z * ry * second;
  const v = sign * ty + x * rz * second + y * s - z * rx * second;
  const w = sign * tz - x * ry * second + y * rx * second + z * s;
  const f2 = 1 - (to.b * to.b) / (to.a * to.a), p = Math.hypot(u, v);
  let out = Math.atan2(w, p * (1 - f2));
  for (let i = 0; i < 5; i++) out = Math.atan2(w + f2 * (to.a / Math.sqrt(1 - f2 * Math.sin(out) ** 2)) * Math.sin(out), p);
  return [out, Math.atan2(v, u)];
}

export const british = makeGrid({
  name: "National Grid", a: 6377563.396, b: 6356256.909, shift: [446.448, -125.157, 542.06, 0.15, 0.247, 0.842, -20.489],
  lat0: 49, lon0: -2, scale: 0.9996012717, east0: 400000, north0: -100000, width: 700000, height: 1300000, letters: 2,
});
export const irish = makeGrid({
  name: "Irish Grid", a: 6377340.189, b: 6356034.448, shift: [482.5, -130.6, 564.6, -1.042, -0.214, -0.631, 8.15],
  lat0: 53.5, lon0: -8, scale: 1.000035, east0: 200000, north0: 250000, width: 500000, height: 500000, letters: 1,
});

const alphabet = "ABCDEFGHJKLMNOPQRSTUVWXYZ";
const letter = (column, row) => alphabet[(4 - row) * 5 + column];

/** The letters of the 100 km square at a point of a grid. */
export function lettersOf(grid, easting, northing) {
  let column = Math.floor(easting / 1e5), row = Math.floor(northing / 1e5);
  if (grid === irish) return letter(column, row);
  column += 10;
  row += 5;
  return letter(Math.floor(column / 5), Math.floor(row / 5)) + letter(column % 5, row % 5);
}

/** The square of 10 ** (5 - digits) metres at a point: "TQ 30 80". */
export function referenceOf(grid, easting, northing, digits = 2) {
  const letters = lettersOf(grid, easting, northing), edge = 10 ** (5 - digits);
  const part = (metres) => String(Math.floor((metres % 1e5) / edge)).padStart(digits, "0");
  return digits === 0 ? letters : `${letters} ${part(easting)} ${part(northing)}`;
}

// A ring through the middle of the sea between the islands, to tell which grid people would write a place in.
export const irelandRing = [
  [51.0, -11.5], [55.7, -11.5], [55.7, -8.5], [55.6, -7.3], [55.5, -6.8], [55.45, -6.3], [55.33, -6.0], [55.25, -5.94],
  [55.05, -5.56], [54.75, -5.32], [54.4, -5.2], [53.8, -5.3], [53.0, -5.6], [52.0, -5.9], [51.6, -6.3], [51.0, -8.0],
];

export function isInIreland(lat, lon) {
  let inside = false;
  irelandRing.forEach(([lat1, lon1], i) => {
    const [lat2, lon2] = irelandRing[(i + irelandRing.length - 1) % irelandRing.length];
    if (lat1 > lat !== lat2 > lat && lon < lon1 + ((lat2 - lat) === 0 ? 0 : ((lat - lat1) / (lat2 - lat1)) * (lon2 - lon1))) inside = !inside;
  });
  return inside;
}

/** The reference that people would write for a position, or null outside both grids. */
export function toReference(lat, lon, digits = 2) {
  if (!(lat > 48 && lat < 63 && lon > -14 && lon < 5)) return null;
  const grid = isInIreland(lat, lon) ? irish : british;
  const [easting, northing] = grid.project(lat, lon);
  return grid.covers(easting, northing) ? referenceOf(grid, easting, northing, digits) : null;
}

/** Reads a reference: its grid, corner and edge in metres, and the position of its centre; or what is wrong with it. */
export function readReference(text) {
  const match = /^\s*([A-Za-z]{1,2})\s*([\d\s]*)$/.exec(text);
  if (!match) return { problem: "A grid reference is one or two letters and digits: TQ 30 80, or O 15 34 in Ireland." };
  const letters = match[1].toUpperCase();
  const digits = match[2].trim(), parts = digits.split(/\s+/), joined = parts.join("");
  if (letters.includes("I")) return { problem: `“${letters}” is no square: grid letters leave out I.` };
  if (joined.length % 2 || (parts.length === 2 && parts[0].length !== parts[1].length) || parts.length > 2) {
    return { problem: "Half of the digits are eastings and half northings, so their number is even." };
  }
  if (joined.length > 10) return { problem: "A grid reference has ten digits at most." };
  const half = joined.length / 2, edge = 10 ** (5 - half), grid = letters.length === 1 ? irish : british;
  const place = (c) => { const i = alphabet.indexOf(c); return [i % 5, 4 - Math.floor(i / 5)]; };
  let [column, row] = place(letters[0]);
  if (grid === british) {
    const [inner, innerRow] = place(letters[1]);
    [column, row] = [column * 5 + inner - 10, row * 5 + innerRow - 5];
  }
  const easting = column * 1e5 + Number(joined.slice(0, half)) * edge, northing = row * 1e5 + Number(joined.slice(half)) * edge;
  if (!grid.covers(easting, northing)) return { problem: `“${letters}” is no 100 km square of the National Grid.` };
  const [lat, lon] = grid.unproject(easting + edge / 2, northing + edge / 2);
  return { grid, easting, northing, edge, lat, lon, reference: referenceOf(grid, easting, northing, half) };
}
