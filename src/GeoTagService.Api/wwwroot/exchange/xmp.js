// XMP sidecars: what archive programs read beside a photo.
import { placeOf } from "../places/of.js";
import { cutOf, propose, tagsOf } from "../state/decide.js";
import { session, tagName } from "../state/session.js";
import { modelOf, rounded } from "./rows.js";

const root = "Geographical Context";

/** What XML 1.0 cannot hold at all is left out, the rest is escaped. */
const text = (value) => String(value).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "").replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Degrees and decimal minutes, as XMP's GPS values are written: 52,30.0180N. */
function coordinate(value, positive, negative) {
  const minutes = Math.round(Math.abs(value) * 600000) / 10000;
  return `${Math.floor(minutes / 60)},${(minutes % 60).toFixed(4)}${value < 0 ? negative : positive}`;
}

const list = (kind, values) => `<rdf:${kind}>${values.map((v) => `<rdf:li>${text(v)}</rdf:li>`).join("")}</rdf:${kind}>`;

/** The tags that hold as subjects; proposals with their probabilities, threshold, head and model beside them. */
export function sidecar(item) {
  const { answer, decision } = item, rows = tagsOf(item), place = placeOf(item), proposal = propose(item);
  const attributes = [
    place && `exif:GPSLatitude="${coordinate(place.lat, "N", "S")}" exif:GPSLongitude="${coordinate(place.lon, "E", "W")}"`,
    `geotag:Decision="${decision ? decision.how : "none"}"`, decision && `geotag:DecidedAt="${text(decision.at)}"`,
    answer && `geotag:Head="${text(answer.head.name)}" geotag:Model="${text(modelOf(answer))}" geotag:Fallback="${proposal.fallback}"`,
    answer && (typeof answer.own === "number" || session.settings.threshold !== null) && `geotag:Threshold="${cutOf(answer, 0)}"`,
  ].filter(Boolean);
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:geotag="urn:geotag:xmp:1"
 ${attributes.join("\n ")}>
<dc:subject>${list("Bag", rows.map((r) => tagName(r)))}</dc:subject>
<lr:hierarchicalSubject>${list("Bag", rows.map((r) => `${root}|${tagName(r)}`))}</lr:hierarchicalSubject>
${item.title.trim() ? `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${text(item.title)}</rdf:li></rdf:Alt></dc:title>\n` : ""}<geotag:Proposals>${list("Seq", proposal.rows.map((r) => (answer ? `${tagName(r)} ${rounded(answer.probabilities[r])}` : tagName(r))))}</geotag:Proposals>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
}

/** Beside its photo, under the photo's whole name, so that two photos of one name and two formats have one each. */
export function sidecarName(item, taken) {
  const path = (item.path ?? `${item.title.slice(0, 60) || "title"}`).replaceAll("\\", "/").split("/").filter((part) => part && part !== "." && part !== "..").join("/").replace(/^[A-Za-z]:/, "");
  const times = (taken.get(path) ?? 0) + 1;
  taken.set(path, times);
  return `${path}${times > 1 ? ` (${times})` : ""}.xmp`;
}
