// Where in the photo a tag is seen: the drop of its log-odds when a patch is covered.
import { $, h, note } from "../parts/dom.js";

/** Lays the canvas over the centre square, which is what the encoder sees. */
function place(canvas, image) {
  const side = Math.min(image.clientWidth, image.clientHeight);
  Object.assign(canvas.style, {
    width: `${side}px`, height: `${side}px`,
    left: `${image.offsetLeft + (image.clientWidth - side) / 2}px`, top: `${image.offsetTop + (image.clientHeight - side) / 2}px`,
  });
}

function paint(canvas, grid) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const rows = grid.length, columns = grid[0].length;
  const strongest = Math.max(1e-6, ...grid.flat().map(Math.abs));
  grid.forEach((row, y) => row.forEach((value, x) => {
    context.fillStyle = `rgb(${value >= 0 ? "255 196 0" : "30 60 200"} / ${Math.abs(value) / strongest})`;
    context.fillRect((x * canvas.width) / columns, (y * canvas.height) / rows, canvas.width / columns + 0.5, canvas.height / rows + 0.5);
  }));
}

let shown = false;
addEventListener("resize", () => { if (shown) place($("heat"), $("preview")); });

/** Shows a heat map with its tag's name and a switch. */
export function showHeat(tag, grid) {
  const canvas = $("heat");
  paint(canvas, grid);
  place(canvas, $("preview"));
  canvas.hidden = false;
  shown = true;
  const box = h("input", { type: "checkbox", role: "switch", id: "heat-switch", checked: true, onchange: () => { canvas.hidden = !box.checked; } });
  $("heat-bar").replaceChildren(
    h("label", { class: "switch" }, box, h("strong", {}, `Where it sees ${tag.name}`)),
    note("against ", h("i", { class: "scale" }), " for"));
  $("heat-bar").hidden = false;
}

/** Takes it away: another photo, or another answer. */
export function clearHeat() {
  shown = false;
  $("heat").hidden = true;
  $("heat-bar").hidden = true;
  $("heat-bar").replaceChildren();
}
