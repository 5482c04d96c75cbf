// The drawings that the page offers to try. Made by tools/miniature; nothing in them exists.
export const samples = [
  { file: "harbour.webp", label: "Harbour", title: "Fishing boats in the harbour", place: "NO 61 07" },
  { file: "church.webp", label: "Churchyard", title: "Headstones by the parish church", place: "TF 95 33" },
  { file: "railway.webp", label: "Railway", title: "Green engine on the branch line", place: "SX 80 62" },
  { file: "wood.webp", label: "Bluebell wood", title: "Bluebells along the woodland path", place: "SU 97 12" },
  { file: "village.webp", label: "Village", title: "The main street of the village", place: "TL 70 34" },
  { file: "farm.webp", label: "Red barn", title: "", place: "" },
];
