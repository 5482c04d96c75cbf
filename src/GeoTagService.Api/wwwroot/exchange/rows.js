// One photo as other programs take it: proposal and decision side by side, with the threshold in force.
import { toReference } from "../places/grids.js";
import { placeOf } from "../places/of.js";
import { byTag, cutOf, propose, tagsOf } from "../state/decide.js";
import { session, tagName } from "../state/session.js";

const names = (rows) => rows.map((row) => tagName(row));

/** Six decimals are a decimetre. */
const degrees = (value) => Number(value.toFixed(6));

export function toRow(item, number) {
  const place = placeOf(item), proposal = propose(item), { answer } = item;
  return {
    id: item.runId ?? String(number), file: item.path ?? item.name, title: item.title,
    lat: place ? degrees(place.lat) : null, lon: place ? degrees(place.lon) : null, gridReference: place ? place.reference ?? place.gridReference ?? toReference(place.lat, place.lon, 5) : null,
    tags: names(tagsOf(item)), decided: item.decision ? item.decision.how : null, decidedAt: item.decision?.at ?? null, proposed: names(proposal.rows), fallback: proposal.fallback,
    threshold: answer ? (session.settings.threshold ?? (typeof answer.own === "number" ? answer.own : "per tag")) : proposal.threshold ?? null,
    head: answer?.head.name ?? null, model: answer ? modelOf(answer) : null,
    probabilities: answer ? byTag((row) => rounded(answer.probabilities[row])) : null,
    cuts: answer && session.settings.threshold === null && typeof answer.own !== "number" ? byTag((row) => rounded(cutOf(answer, row))) : undefined,
  };
}

/** A model as files name it. */
export const modelOf = ({ model }) => `${model.name} ${model.version ?? ""}`.trim();

/** Seven digits name a 32-bit probability well enough, and no tail of its binary form is written. */
export const rounded = (value) => Number(value.toPrecision(7));

const leading = /^0*(\d{1,15})(?:[_\-. ].*)?$/;

/** Numbers for photos, as training knows them by: that of an imported run, else the one that the file's name begins with
 * (1234567.jpg, 1234567_abc.jpg), else a new one above a billion. No number is given twice. */
export function numbers(items) {
  const taken = new Set(), found = new Map(), rest = [];
  for (const item of items) {
    const own = leading.exec(item.runId ?? (item.name ?? "").replace(/\.\w+$/, ""))?.[1];
    if (own && own !== "0" && !taken.has(Number(own))) { taken.add(Number(own)); found.set(item, Number(own)); } else rest.push(item);
  }
  for (const item of rest) {
    let number = 1_000_000_000 + item.id;
    while (taken.has(number)) number++;
    taken.add(number);
    found.set(item, number);
  }
  return found;
}
