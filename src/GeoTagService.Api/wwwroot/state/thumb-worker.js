// Shrinks photos beside the page, so that it stays smooth.
onmessage = async ({ data: { job, file, width } }) => {
  let blob = null;
  try {
    const image = await createImageBitmap(file, { resizeWidth: width, resizeQuality: "medium" });
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d").drawImage(image, 0, 0);
    image.close();
    blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
  } catch { /* a format that this browser does not show */ }
  postMessage({ job, blob });
};
