// What the page offers to try: drawings made by tools/miniature, nothing in them exists, and one photograph (samples/README.md).
export const samples = [
  { file: "harbour.webp", label: "Harbour", title: "Fishing boats in the harbour", place: "NO 61 07" },
  { file: "church.webp", label: "Churchyard", title: "Headstones by the parish church", place: "TF 95 33" },
  { file: "railway.webp", label: "Steam train", title: "Steam engine on the branch line", place: "SX 80 62" },
  { file: "wood.webp", label: "Autumn wood", title: "Path into the autumn wood", place: "SU 97 12" },
  { file: "village.webp", label: "Village", title: "The main street of the village", place: "TL 70 34" },
  { file: "farm.webp", label: "Tractor" },
  { file: "meadow.webp", label: "Meadow, a photo", title: "Dandelions in the evening sun" },
];
