// The decision rule of the service, and what a person should look at twice. Rows are the heads' rows.
import { session } from "./session.js";

const parts = ["bias", "image", "title", "location"];

/** What is kept of an answer of the service. */
export function toAnswer(response) {
  const probabilities = new Float32Array(session.tags.length);
  const explained = new Float32Array(session.tags.length * parts.length).fill(NaN);
  session.tags.forEach((tag, row) => {
    probabilities[row] = response.probabilities[tag.id];
    const why = response.explanations?.[tag.id];
    if (why) parts.forEach((part, i) => { if (typeof why[part] === "number") explained[row * parts.length + i] = why[part]; });
  });
  const { threshold, tagThresholds } = response.decision;
  const own = tagThresholds ? Float32Array.from(session.tags, (t) => tagThresholds[t.id] ?? threshold ?? 0.5) : threshold ?? 0.5;
  const method = Object.values(response.explanations ?? {})[0]?.method ?? null;
  const { head, modalities, location, model, warnings } = response;
  return { probabilities, explained, own, method, head, modalities, location, model, warnings };
}

/** The parts of a tag's log-odds that an answer explains. */
export function partsOf(answer, row) {
  const found = {};
  parts.forEach((part, i) => { const v = answer.explained[row * parts.length + i]; if (!Number.isNaN(v)) found[part] = v; });
  return found;
}

/** The threshold in force for a tag of an answer: the one chosen on the page, else the head's own. */
export const cutOf = (answer, row) => session.settings.threshold ?? (typeof answer.own === "number" ? answer.own : answer.own[row]);

/** Values of all tags by their ids. */
export const byTag = (valueOf) => Object.fromEntries(session.tags.map((tag, row) => [tag.id, valueOf(row)]));

const cache = new WeakMap();

/** The tags that the model proposes, most probable first: above the threshold, or else the most probable one. */
export function propose(item) {
  const { answer } = item;
  if (!answer) return listed(item);
  const known = cache.get(answer), threshold = session.settings.threshold;
  if (known && known.threshold === threshold) return known.proposal;
  const p = answer.probabilities, rows = [];
  let best = 0;
  for (let row = 0; row < p.length; row++) {
    if (p[row] > cutOf(answer, row)) rows.push(row);
    if (p[row] > p[best]) best = row;
  }
  rows.sort((a, b) => p[b] - p[a] || a - b);
  const proposal = rows.length > 0 ? { rows, fallback: false } : { rows: [best], fallback: true };
  cache.set(answer, { threshold, proposal });
  return proposal;
}

const none = { rows: [], fallback: false };

/** A run's list without probabilities holds the tags at some thresholds: the nearest one counts. */
function listed(item) {
  if (!item.listed) return none;
  const wanted = session.settings.threshold ?? 0.5;
  return item.listed.reduce((best, next) => (Math.abs(next.threshold - wanted) < Math.abs(best.threshold - wanted) ? next : best));
}

/** The tags that hold: a person's decision, else the proposal. */
export const tagsOf = (item) => item.decision ? item.decision.tags.map((id) => session.rowOf.get(id)).filter((row) => row !== undefined) : propose(item).rows;

const odds = (p) => Math.log(p / (1 - p));

/** How far the closest call is from its threshold; a fallback is as close as its runner-up. Null without numbers. */
export function margin(item) {
  const { answer } = item;
  if (!answer) return null;
  const p = answer.probabilities;
  let least = 1;
  for (let row = 0; row < p.length; row++) least = Math.min(least, Math.abs(p[row] - cutOf(answer, row)));
  const proposal = propose(item);
  if (proposal.fallback) {
    let second = 0;
    for (let row = 0; row < p.length; row++) if (row !== proposal.rows[0]) second = Math.max(second, p[row]);
    least = Math.min(least, p[proposal.rows[0]] - second);
  }
  return least;
}

/** Near the threshold, a choice between equals, or nothing that passed. */
export function isUncertain(item) {
  if (!item.answer && item.listed) {
    const sizes = new Set(item.listed.map((l) => l.rows.length));
    return sizes.size > 1 || propose(item).fallback;
  }
  return item.answer ? propose(item).fallback || margin(item) < 0.15 : false;
}

/** By how many log-odds photo and title pull one tag apart, where that decides about it. 0 when they do not. */
export function disagreement(item) {
  const { answer } = item;
  if (!answer || !answer.modalities.includes("image") || !answer.modalities.includes("title")) return 0;
  let most = 0;
  for (let row = 0; row < answer.probabilities.length; row++) {
    const image = answer.explained[row * 4 + 1], title = answer.explained[row * 4 + 2];
    if (!(image * title < 0)) continue;
    const logit = odds(Math.min(0.999999, Math.max(1e-6, answer.probabilities[row])));
    const against = Math.min(image, title), cut = odds(cutOf(answer, row));
    // Chosen, or it would be chosen but for the part that speaks against it.
    if (logit > cut || logit - against > cut) most = Math.max(most, Math.min(Math.abs(image), Math.abs(title)));
  }
  return most;
}

export const disagrees = (item) => disagreement(item) >= 2;

export const percent = (p) => {
  if (p > 0.9995) return "> 99.9 %";
  if (p >= 0.9945) return `${(p * 100).toFixed(1)} %`;
  if (p >= 0.0995) return `${Math.round(p * 100)} %`;
  return p >= 0.001 ? `${(p * 100).toFixed(1)} %` : "< 0.1 %";
};

export const inWords = (p) => (p >= 0.95 ? "almost certain" : p >= 0.8 ? "very likely" : p >= 0.6 ? "likely"
  : p >= 0.4 ? "even chance" : p >= 0.2 ? "possible" : p >= 0.05 ? "unlikely" : "very unlikely");
