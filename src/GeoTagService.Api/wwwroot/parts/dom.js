// Elements without markup in strings: nothing that a photo is called can become markup.
const svgSpace = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(element.dataset, value);
    else if (key === "value" || key === "checked") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

export const h = (name, props, ...children) => fill(document.createElement(name), props, children);
export const s = (name, props, ...children) => fill(document.createElementNS(svgSpace, name), props, children);
export const icon = (name) => s("svg", { class: "icon", "aria-hidden": "true" }, s("use", { href: `#i-${name}` }));
/** Replaces what an element holds; null and false are nothing. */
export const put = (element, ...children) => element.replaceChildren(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
export const $ = (id) => document.getElementById(id);

/** "1 photo", "2 photos". */
export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;

/** Calls once, a while after the last call. */
export function debounce(ms, action) {
  let timer = 0;
  const later = (...args) => { clearTimeout(timer); timer = setTimeout(action, ms, ...args); };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** A short message at the foot of the page, with at most one thing to do about it. */
export function toast(text, action, run) {
  const host = $("toasts");
  const close = () => box.remove();
  const box = h("div", { class: "toast" }, h("span", {}, text),
    action && h("button", { type: "button", onclick: () => { close(); run(); } }, action));
  while (host.childElementCount > 1) host.firstElementChild.remove();
  host.append(box);
  setTimeout(close, action ? 8000 : 4000);
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
