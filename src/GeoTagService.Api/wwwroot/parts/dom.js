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
export const button = (style, onclick, props, ...children) => h("button", { type: "button", class: style, onclick, ...props }, ...children);
export const note = (...children) => h("span", { class: "hint" }, ...children);
export const hintLine = (...children) => h("p", { class: "hint" }, ...children);
export const dot = () => h("i", { class: "dot" });
export const icon = (name) => s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("use", { href: `#i-${name}` }));
/** Replaces what an element holds; null and false are nothing. */
export const put = (element, ...children) => element.replaceChildren(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
export const $ = (id) => document.getElementById(id);
export const listen = (id, type, action) => $(id).addEventListener(type, action);

export const digits = (n) => n.toLocaleString("en-GB");
/** "1 photo", "2 photos". */
export const count = (n, one) => `${digits(n)} ${one}${n === 1 ? "" : "s"}`;

/** Calls once, a while after the last call. */
export function debounce(ms, action) {
  let timer = 0;
  const later = (...args) => { clearTimeout(timer); timer = setTimeout(action, ms, ...args); };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Calls a while after the first call, however often it is asked meanwhile: what goes on for minutes is drawn while it does. */
export function throttle(ms, action) {
  let timer = 0;
  return () => { timer ||= setTimeout(() => { timer = 0; action(); }, ms); };
}

/** A bar of a probability. */
export function meter(p) {
  const fill = h("i");
  fill.style.width = `${p * 100}%`;
  return h("span", { class: "meter" }, fill);
}

/** Buttons with numbers, of which one is pressed. They stay the same elements while only numbers change, so that no click falls between. */
export function pills(host, entries) {
  const names = entries.map((one) => one.label).join("|");
  if (host.dataset.names !== names) {
    host.dataset.names = names;
    put(host, entries.map((one) => button(`pill ${one.style ?? ""}`, (event) => one.run(event), {},
      one.style !== undefined && dot(), one.label, h("span", { class: "number" }))));
  }
  entries.forEach((one, i) => {
    host.children[i].setAttribute("aria-pressed", String(one.pressed));
    host.children[i].lastChild.textContent = digits(one.number);
  });
}

/** A short message at the foot of the page, with at most one thing to do about it. */
export function toast(text, action, run) {
  const host = $("toasts");
  const close = () => box.remove();
  const box = h("div", { class: "toast" }, h("span", {}, text),
    action && button("", () => { close(); run(); }, {}, action));
  while (host.childElementCount > 1) host.firstElementChild.remove();
  host.append(box);
  setTimeout(close, action ? 8000 : 4000);
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
