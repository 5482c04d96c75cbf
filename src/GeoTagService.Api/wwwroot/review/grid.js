// Thousands of photos in a list of which only what is seen exists.
import { dot, h, icon } from "../parts/dom.js";
import { tagsOf } from "../state/decide.js";
import { thumb, thumbAtHand, unwish } from "../state/photos.js";
import { rowClass, session, tagName } from "../state/session.js";

const gap = 12, leastWidth = 168, textHeight = 74, overscan = 2;

/** The last letters of a name tell photos of one camera apart, so they are never cut. Read out, it is one word. */
export function fileName(name, more = "") {
  const tail = Math.min(12, Math.ceil(name.length / 2));
  return [h("span", { class: "unseen" }, name + more), h("span", { class: "filename", title: name, "aria-hidden": "true" }, h("span", { class: "head" }, name.slice(0, -tail)), h("span", {}, name.slice(-tail)))];
}

export const stateOf = (item) => item.decision ? (item.decision.how === "edited" ? "corrected" : "checked")
  : item.state === "failed" ? "failed" : item.state === "done" ? "to check" : "waiting";

export function createGrid(scroller, { onPick, onToggle, isSelected }) {
  const list = h("div", { class: "grid", role: "listbox", tabindex: 0, "aria-multiselectable": "true", "aria-label": "Photos", id: "grid" });
  scroller.append(list);
  let items = [], columns = 1, width = leastWidth, rowHeight = 240, current = null;
  const cells = new Map();
  let frame = 0;

  function measure() {
    const room = scroller.clientWidth - 2 * gap;
    columns = Math.max(room < 420 ? 2 : 1, Math.floor((room + gap) / (leastWidth + gap)));
    width = Math.floor((room - gap * (columns - 1)) / columns);
    rowHeight = Math.round(width * 0.75) + textHeight + gap;
    list.style.height = `${Math.ceil(items.length / columns) * rowHeight + gap}px`;
  }

  function draw() {
    frame = 0;
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - overscan);
    const last = Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight) + overscan;
    const wanted = new Map();
    for (let at = first * columns; at < Math.min(items.length, last * columns); at++) wanted.set(items[at].id, at);
    const at = items.indexOf(current);
    if (at >= 0) wanted.set(current.id, at);
    for (const [id, cell] of cells) if (!wanted.has(id)) drop(id, cell);
    for (const [id, place] of wanted) {
      let cell = cells.get(id);
      if (!cell) { cell = make(items[place]); cells.set(id, cell); list.append(cell); }
      put(cell, place);
    }
  }

  /** What is out of sight gives its decoded picture back at once. */
  function drop(id, cell) {
    cell.querySelector("img").removeAttribute("src");
    cell.remove();
    cells.delete(id);
    const item = session.byId.get(id);
    if (item) unwish(item);
  }

  const drawSoon = () => { frame ||= requestAnimationFrame(draw); };

  function put(cell, at) {
    const key = `${at}|${columns}|${width}`;
    if (cell.dataset.at === key) return;
    cell.dataset.at = key;
    cell.style.transform = `translate(${gap + (at % columns) * (width + gap)}px, ${gap + Math.floor(at / columns) * rowHeight}px)`;
    cell.style.width = `${width}px`;
    cell.style.height = `${rowHeight - gap}px`;
    cell.setAttribute("aria-posinset", at + 1);
    cell.setAttribute("aria-setsize", items.length);
  }

  function make(item) {
    const cell = h("div", { class: "cell", role: "option", id: `cell-${item.id}`, dataset: { id: item.id } });
    fill(cell, item);
    return cell;
  }

  function fill(cell, item) {
    const rows = tagsOf(item), state = stateOf(item), name = item.name ?? (item.title || "without a photo");
    const names = rows.map((row) => tagName(row));
    const url = thumbAtHand(item);
    const picture = h("img", { alt: "", hidden: !url, src: url ?? null, draggable: "false" });
    cell.className = `cell ${state.replace(" ", "-")}${item === current ? " current" : ""}`;
    cell.setAttribute("aria-selected", String(isSelected(item)));
    cell.replaceChildren(
      h("span", { class: "picture" }, picture, !item.hasPhoto && !url && h("span", { class: "nothing" }, item.path ? "no file" : "title"),
        h("span", { class: "tick" }, icon("check")),
        badge(state)),
      h("span", { class: "under" }, fileName(name, `, ${state}. `),
        item.state === "failed" ? h("span", { class: "fault" }, item.error?.message ?? "failed")
          : h("span", { class: "tags" }, rows.slice(0, 2).map((row) => h("span", { class: `chip ${rowClass(row)}` }, dot(), h("span", {}, tagName(row)))),
            rows.length > 2 && [h("span", { class: "more", "aria-hidden": "true" }, `+${rows.length - 2}`), h("span", { class: "unseen" }, names.slice(2).join("; "))], rows.length === 0 && h("span", { class: "more" }, item.decision ? "no tags" : "…"))));
    if (!url) thumb(item).then((made) => { if (made) { picture.src = made; picture.hidden = false; } });
  }

  function badge(state) {
    if (state === "checked" || state === "corrected") return h("span", { class: `badge ${state}` }, icon(state === "checked" ? "check" : "edit"));
    return state === "failed" ? h("span", { class: "badge failed" }, icon("warn")) : null;
  }

  const itemAt = (event) => session.byId.get(Number(event.target.closest(".cell")?.dataset.id));
  list.addEventListener("click", (event) => {
    const item = itemAt(event);
    if (!item) return;
    if (event.target.closest(".tick") || event.ctrlKey || event.metaKey || event.shiftKey) onToggle(item, event.shiftKey);
    else onPick(item, event);
  });
  scroller.addEventListener("scroll", drawSoon, { passive: true });
  new ResizeObserver(() => { measure(); draw(); }).observe(scroller);

  return {
    list,
    get columns() { return columns; },
    get page() { return Math.max(1, Math.floor(scroller.clientHeight / rowHeight)) * columns; },
    show(next) { items = next; measure(); draw(); },
    redraw(item) { const cell = cells.get(item.id); if (cell) fill(cell, item); },
    redrawAll() { for (const [id, cell] of cells) { const item = session.byId.get(id); if (item) fill(cell, item); } },
    setCurrent(item, scroll) {
      const before = current;
      current = item;
      if (before) this.redraw(before);
      if (item) list.setAttribute("aria-activedescendant", `cell-${item.id}`); else list.removeAttribute("aria-activedescendant");
      const at = items.indexOf(item);
      if (at >= 0 && scroll) {
        const top = Math.floor(at / columns) * rowHeight;
        if (top < scroller.scrollTop) scroller.scrollTop = top;
        else if (top + rowHeight + gap > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + rowHeight + gap - scroller.clientHeight;
      }
      draw();
      if (item) this.redraw(item);
    },
  };
}
