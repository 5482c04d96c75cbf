// What a person decides about photos. The model's proposals stay as they are.
import { count, toast } from "../parts/dom.js";
import { propose, tagsOf } from "../state/decide.js";
import { change, session, tagName, undo } from "../state/session.js";

const ids = (rows) => rows.map((row) => session.tags[row].id);
const same = (a, b) => a.length === b.length && a.every((x) => b.includes(x));

/** The decision that tags amount to: accepted when they are the proposal, else edited. */
function decisionOf(item, tags) {
  return { tags, how: same(tags, ids(propose(item).rows)) ? "accepted" : "edited", at: new Date().toISOString() };
}

/** Whether there is something to accept: a photo that waits for its tags can only be passed over. */
export const decidable = (item) => item.state === "done" || item.decision || item.answer || item.listed;

/** Accepts the tags as they stand. */
export function accept(items) {
  const some = items.filter(decidable);
  if (some.length === 0) return;
  change(`${count(some.length, "photo")} accepted`, some, (i) => { i.decision = i.decision ?? decisionOf(i, ids(propose(i).rows)); });
  if (some.length > 1) offerUndo(`${count(some.length, "photo")} accepted.`);
}

/** Gives or takes one tag. */
export function toggle(item, row) {
  const id = session.tags[row].id, now = ids(tagsOf(item));
  set([item], now.includes(id) ? now.filter((t) => t !== id) : [...now, id], tagName(row));
}

export function set(items, tags, label = "Tags") { change(`${label} changed`, items, (i) => { i.decision = decisionOf(i, tags); }); }

/** Gives or takes one tag of many photos. */
export function changeTag(items, id, give) {
  const name = session.tags[session.rowOf.get(id)].name;
  change(`${name} ${give ? "added" : "removed"}`, items, (i) => {
    const now = ids(tagsOf(i));
    i.decision = decisionOf(i, give ? (now.includes(id) ? now : [...now, id]) : now.filter((t) => t !== id));
  });
  offerUndo(`${name} ${give ? "added to" : "removed from"} ${count(items.length, "photo")}.`);
}

export function withdraw(items) { change("Decision withdrawn", items, (i) => { i.decision = null; }); }

export function offerUndo(text) { toast(text, "Undo", takeBack); }

export function takeBack() {
  const step = undo();
  if (step) toast(`Undone: ${step.label}.`);
  return step?.items ?? [];
}
