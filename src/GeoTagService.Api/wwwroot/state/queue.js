// Photos on their way through the service: a few at a time, the one that is looked at first.
import { ServiceError, tag } from "../service.js";
import { readPlace } from "../places/place.js";
import { toAnswer } from "./decide.js";
import { photoOf } from "./photos.js";
import { changed, events, on, session } from "./session.js";

/** One computes while the others upload. */
const width = 3;
const longestPause = 30;

const waiting = [];
const underWay = new Map();
let pause = 0;
let resting = null;

/** Why nothing goes on, or null. */
export let trouble = null;
const setTrouble = (error) => { trouble = error; events.dispatchEvent(new CustomEvent("queue")); };

export const options = () => session.settings;

/** Sends items to the service; one that is already on its way starts again with what is typed now. */
export function enqueue(items, first = false) {
  const known = new Set(waiting);
  for (const item of items) {
    underWay.get(item.id)?.abort();
    if (item.answer || item.listed) item.stale = true;
    item.state = "waiting";
    changed(item);
    if (known.has(item)) continue;
    if (first) waiting.unshift(item); else waiting.push(item);
  }
  pump();
}

export const progress = () => {
  let done = 0, failed = 0, open = 0;
  for (const item of session.items) {
    if (item.state === "done") done++;
    else if (item.state === "failed") failed++;
    else open++;
  }
  return { done, failed, open, total: session.items.length };
};

/** Goes on at once: somebody did something about it. */
export function tryAgain() { clearTimeout(resting); resting = null; pause = 0; setTrouble(null); pump(); }

on("items", () => {
  // Items that were removed are not sent; those restored from an earlier visit are.
  for (let i = waiting.length - 1; i >= 0; i--) if (!session.byId.has(waiting[i].id) || session.byId.get(waiting[i].id) !== waiting[i]) waiting.splice(i, 1);
  for (const [id, controller] of underWay) if (!session.byId.has(id)) controller.abort();
  const known = new Set(waiting);
  for (const item of session.items) if (item.state === "waiting" && !known.has(item) && !underWay.has(item.id)) waiting.push(item);
  pump();
});

function next() {
  const current = waiting.indexOf(session.current);
  return waiting.splice(current >= 0 ? current : 0, 1)[0];
}

function pump() {
  if (!session.model) return;
  while (waiting.length > 0 && underWay.size < width && !resting) {
    const item = next();
    const controller = new AbortController();
    underWay.set(item.id, controller);
    run(item, controller).finally(() => {
      if (underWay.get(item.id) === controller) underWay.delete(item.id);
      pump();
    });
  }
}

async function run(item, controller) {
  item.state = "tagging";
  changed(item);
  try {
    const place = readPlace(item.place);
    if (place.problem) throw new ServiceError({ title: "Place", detail: place.problem, field: "place" }, 0);
    const photo = item.hasPhoto ? await photoOf(item) : null;
    if (item.hasPhoto && !photo) {
      throw new ServiceError({ title: "The photo is not at hand", detail: "This browser does not keep it. Add the photo or its folder again, and it finds its place here.", code: "photo-gone" }, 0);
    }
    const response = await tag({ title: item.title, place: place.fields, photo, name: item.name }, options(), controller.signal);
    if (controller.signal.aborted) return;
    Object.assign(item, { answer: toAnswer(response), listed: null, error: null, stale: false, state: "done" });
    pause = 0;
    if (trouble) setTrouble(null);
  } catch (error) {
    if (error.name === "AbortError" || controller.signal.aborted) return;
    if (!(error instanceof ServiceError)) throw error;
    if (isPassing(error)) return rest(item, error);
    Object.assign(item, { error: error.toRecord(), state: "failed", stale: Boolean(item.answer || item.listed) });
  }
  changed(item);
  events.dispatchEvent(new CustomEvent("answered"));
}

/** Nothing is wrong with the photo: the service is busy, away, or wants a key. */
const isPassing = (error) => error.status === 429 || error.status === 503 || error.status === 401 || error.code === "no-connection";

function rest(item, error) {
  item.state = "waiting";
  changed(item);
  if (!waiting.includes(item)) waiting.unshift(item);
  pause = Math.min(longestPause, error.retryAfter ?? Math.max(2, pause * 2));
  setTrouble(error.toRecord());
  // Without a key there is nothing to try until the user says so.
  resting ??= error.status === 401 ? true : setTimeout(() => { resting = null; pump(); }, pause * 1000);
}
