// Photos that would lie on one another become one mark.
const reach = 46, touching = 30;

/** Clusters of points [{x, y, item}] at a scale of pixels per unit. Cells are fixed on the plane, so that nothing jumps
 * while the map is moved. */
export function cluster(points, scale) {
  const edge = 2 ** Math.ceil(Math.log2(reach / scale)), cells = new Map();
  for (const point of points) {
    const key = `${Math.floor(point.x / edge)}:${Math.floor(point.y / edge)}`, cell = cells.get(key);
    if (cell) { cell.points.push(point); cell.x += point.x; cell.y += point.y; } else cells.set(key, { key: `${edge}:${key}`, points: [point], x: point.x, y: point.y });
  }
  const found = [...cells.values()].sort((a, b) => b.points.length - a.points.length);
  for (const one of found) { one.x /= one.points.length; one.y /= one.points.length; }
  return merge(found, touching / scale);
}

/** Marks of neighbouring cells that touch become one, the larger one staying where it is. */
function merge(found, least) {
  const kept = new Map(), out = [], cellOf = (v) => Math.floor(v / least);
  for (const one of found) {
    let near = null;
    for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++) {
      near ??= kept.get(`${cellOf(one.x) + dx}:${cellOf(one.y) + dy}`)?.find((other) => Math.hypot(other.x - one.x, other.y - one.y) < least);
    }
    if (near) { near.points.push(...one.points); continue; }
    const key = `${cellOf(one.x)}:${cellOf(one.y)}`;
    kept.set(key, [...(kept.get(key) ?? []), one]);
    out.push(one);
  }
  return out;
}

export function bounds(points) {
  const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (const { x, y } of points) { box.x0 = Math.min(box.x0, x); box.x1 = Math.max(box.x1, x); box.y0 = Math.min(box.y0, y); box.y1 = Math.max(box.y1, y); }
  return box;
}
