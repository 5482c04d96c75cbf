// The page: its views, what comes in from anywhere, and where the work stands.
import { $, button, count, digits, h, listen, put, throttle, toast } from "./parts/dom.js";
import { watchForKey } from "./parts/key.js";
import { addView, link, startRouting } from "./parts/route.js";
import { getModel, getTags } from "./service.js";
import { fromList, fromTransfer } from "./state/intake.js";
import { noteKept } from "./state/photos.js";
import { progress, trouble, tryAgain } from "./state/queue.js";
import { on, restore, session, setCatalogue } from "./state/session.js";

addView("tag", "Tag", () => import("./tag/tag.js"));
addView("review", "Review", () => import("./review/review.js"));
addView("map", "Map", () => import("./map/map.js"));
addView("export", "Export", () => import("./exchange/exchange.js"));

// ---- where the work stands
function drawWork() {
  const { done, failed, open, total } = progress();
  const parts = total === 0 ? [] : open > 0
    ? [`${digits(done + failed)} of ${count(total, "photo")}`, failed > 0 && `${failed} failed`]
    : total > 1 ? [`${count(done, "photo")} tagged`, failed > 0 && `${failed} failed`] : [];
  const text = parts.filter(Boolean).join(", ") + (trouble && open > 0 ? ", waiting" : "");
  if ($("work").textContent !== text) $("work").textContent = text;
}

const drawWorkSoon = throttle(200, drawWork);

/** What keeps all photos waiting stands above every view, with the way on. */
function drawTrouble() {
  if (trouble) notify(trouble, trouble.status === 401 ? "Enter the key" : "Try again", tryAgain);
  else $("notice").hidden = true;
}

function notify(error, action, run) {
  const text = `${error.title ?? "Something went wrong"}. ${error.message}`;
  if ($("notice").hidden || $("notice").firstChild.textContent !== text) put($("notice"), h("span", {}, text), action && [" ", button("button small", run, {}, action)]);
  $("notice").hidden = false;
}

// ---- photos from anywhere
function watchForPhotos() {
  // Every view's buttons lead to the same three fields.
  for (const name of ["file", "folder", "camera"]) listen(name, "change", (event) => { fromList([...event.target.files]); event.target.value = ""; });
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { if (holdsFiles(event)) { event.preventDefault(); document.body.classList.add("dropping"); } });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    fromTransfer(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length > 0) { event.preventDefault(); fromList(event.clipboardData.files); }
  });
}

async function share() {
  try { await navigator.clipboard.writeText(link()); toast("Link copied. It holds no photos."); }
  catch { history.replaceState(null, "", link()); toast("The link is in the address bar. It holds no photos."); }
}

// ---- start
async function introduce() {
  const [model, catalogue] = await Promise.all([getModel(), getTags()]);
  setCatalogue(model, catalogue.tags);
  $("notice").hidden = true;
  $("model-line").textContent = `Model ${model.name} ${model.version}, ${model.runtime.precision} on ${model.runtime.executionProvider}.`;
  if (model.purpose === "demonstration") {
    $("banner").replaceChildren("Demonstration model: its tags show how the service works and are not for use. ", h("span", { class: "wide-only" }, h("code", {}, model.installationCommand), " installs the real one."));
    $("banner").hidden = false;
  }
}

async function start() {
  watchForKey();
  watchForPhotos();
  for (;;) {
    try { await introduce(); break; } catch (error) {
      // A service that starts, or comes back, is noticed by itself; a key is asked for again when the user wants to.
      await new Promise((done) => { if (error.status === 401) notify(error, "Enter the key", done); else { notify(error); setTimeout(done, 3000); } });
    }
  }
  listen("share", "click", share);
  on("items item queue", drawWorkSoon);
  on("queue", drawTrouble);
  await restore();
  noteKept(session.items);
  await startRouting();
  document.body.dataset.ready = "true";
}

start();
