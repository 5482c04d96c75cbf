// What the page offers to try: one photograph (samples/README.md), then drawings by tools/miniature; nothing in those exists.
export const samples = [
  { file: "bay.webp", label: "Bay, a photo", title: "The beach at Rhossili", place: "SS 40 87" },
  { file: "harbour.webp", label: "Harbour", title: "Fishing boats in the harbour", place: "NO 61 07" },
  { file: "church.webp", label: "Churchyard", title: "Headstones by the parish church", place: "TF 95 33" },
  { file: "railway.webp", label: "Steam train", title: "Steam engine on the branch line", place: "SX 80 62" },
  { file: "village.webp", label: "Village", title: "The main street of the village", place: "TL 70 34" },
];
