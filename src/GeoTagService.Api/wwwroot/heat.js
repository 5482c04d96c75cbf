// Paints which patches of the photo raise a tag: the drop of its log-odds when a patch is covered.
export function placeHeat(canvas, image) {
  // The encoder sees the centre square.
  const side = Math.min(image.clientWidth, image.clientHeight);
  canvas.style.width = canvas.style.height = `${side}px`;
  canvas.style.left = `${(image.clientWidth - side) / 2}px`;
  canvas.style.top = `${(image.clientHeight - side) / 2}px`;
}

export function paintHeat(canvas, image, grid) {
  placeHeat(canvas, image);
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const rows = grid.length, columns = grid[0].length;
  const strongest = Math.max(1e-6, ...grid.flat().map(Math.abs));
  grid.forEach((row, y) => row.forEach((value, x) => {
    const strength = Math.abs(value) / strongest;
    context.fillStyle = value >= 0 ? `rgb(255 196 0 / ${strength})` : `rgb(30 60 200 / ${strength})`;
    context.fillRect((x * canvas.width) / columns, (y * canvas.height) / rows, canvas.width / columns + 0.5, canvas.height / rows + 0.5);
  }));
  canvas.hidden = false;
}
