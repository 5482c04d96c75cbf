// Calls to the service. Addresses are relative, so that the page works behind any path prefix.
const keyName = "geotag-key";
let askForKey = async () => null;

/** Who asks the user for a key; answers with it, or null. */
export const onKeyWanted = (asker) => { askForKey = asker; };

export class ServiceError extends Error {
  constructor(problem, status, retryAfter) {
    super((problem?.detail ?? `The service answered ${status}.`).replace(/^./, (first) => first.toUpperCase()));
    this.title = problem?.title ?? "The service could not answer";
    this.field = problem?.field;
    this.code = problem?.code;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** What is kept with a photo. */
  toRecord() { return { title: this.title, message: this.message, field: this.field, code: this.code, status: this.status }; }
}

const storedKey = () => { try { return sessionStorage.getItem(keyName); } catch { return null; } };
let key = storedKey();

async function send(path, options) {
  const headers = new Headers(options?.headers);
  if (key) headers.set("X-Api-Key", key);
  try {
    return await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError({ title: "No connection", detail: "The service could not be reached. Is it still running?", code: "no-connection" }, 0);
  }
}

let asking = null;
async function call(path, options) {
  let response = await send(path, options);
  while (response.status === 401) {
    const wrong = Boolean(key);
    // Many requests may be refused at once; the user is asked once.
    asking ??= askForKey(wrong).finally(() => { asking = null; });
    const given = await asking;
    if (!given) break;
    key = given;
    try { sessionStorage.setItem(keyName, key); } catch { /* kept for this page alone */ }
    response = await send(path, options);
  }
  const json = (response.headers.get("content-type") ?? "").includes("json");
  const body = json ? await response.json() : null;
  if (!response.ok) throw new ServiceError(body, response.status, Number(response.headers.get("retry-after")) || null);
  return body;
}

/** The multipart fields of one item; empty ones are left out. */
function toFields(item, options) {
  const fields = [];
  if (item.title.trim()) fields.push(["title", item.title]);
  else if (item.photo || item.hasPhoto) fields.push(["titleFrom", "metadata"]);
  fields.push(...(item.place ?? []));
  if (options.head) fields.push(["head", options.head]);
  if (options.threshold) fields.push(["threshold", String(options.threshold)]);
  if (!options.orientation) fields.push(["applyOrientation", "false"]);
  return fields;
}

function toForm(item, fields) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  if (item.photo) form.append("image", item.photo, item.name || "photo");
  return form;
}

export const getModel = () => call("v1/model");
export const getTags = () => call("v1/tags");
export const getTagMap = (tag, square) => call(`v1/places/map?tag=${tag}&square=${square}`);
export const tag = (item, options, signal) =>
  call("v1/tags", { method: "POST", body: toForm(item, [...toFields(item, { ...options, threshold: null }), ["explain", "all"]]), signal });
export const evidence = (item, options, tagId, signal) =>
  call("v1/tags/evidence", { method: "POST", body: toForm(item, [...toFields(item, { ...options, threshold: null }), ["tag", tagId]]), signal });

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request for a shell. */
export function toCurl(item, options) {
  const parts = [`curl ${quote(new URL("v1/tags", document.baseURI).href)}`];
  if (key) parts.push(`-H "X-Api-Key: $GEOTAG_API_KEY"`);
  if (item.hasPhoto) parts.push(`-F ${quote(`image=@${item.name || "photo.jpg"}`)}`);
  for (const [name, value] of toFields(item, options)) parts.push(`--form-string ${quote(`${name}=${value}`)}`);
  return parts.join(" \\\n  ");
}
