// Addresses of views: what is looked at, without the photos, so that it can be shared.
const views = new Map();
let shown = null;

/** A view: its title, how it is shown, what its link says, and what it makes of a link. */
export const addView = (name, view) => views.set(name, view);

export const currentView = () => shown;

export function go(name, params) { location.hash = address(name, params); }

function address(name, params) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params ?? {})) if (value !== null && value !== undefined && value !== "") query.set(key, String(value));
  return `#/${name}${query.size > 0 ? `?${query}` : ""}`;
}

/** The address that shows another person the same, without photos. */
export function link() {
  const url = new URL(location.href);
  url.hash = address(shown, views.get(shown).link?.());
  return url.href;
}

function route() {
  const [, asked = "tag", query = ""] = /^#\/(\w+)(?:\?(.*))?/.exec(location.hash) ?? [];
  const name = views.has(asked) ? asked : "tag", view = views.get(name);
  if (query) {
    view.open?.(Object.fromEntries(new URLSearchParams(query)));
    // The state goes on changing; the address of the view alone stays right.
    history.replaceState(null, "", address(name));
  }
  for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== `view-${name}`;
  for (const item of document.querySelectorAll("[data-view]")) {
    if (item.dataset.view === name) item.setAttribute("aria-current", "page"); else item.removeAttribute("aria-current");
  }
  document.title = `${view.title} – GeoTagService`;
  const before = shown;
  shown = name;
  view.show();
  // At the first view the reader begins at the top of the page; later ones begin at the view's heading.
  if (before && before !== name) { document.getElementById(`${name}-heading`)?.focus({ preventScroll: true }); scrollTo(0, 0); }
}

export function startRouting() {
  addEventListener("hashchange", route);
  route();
}
