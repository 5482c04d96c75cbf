// Calls to the service. Addresses are relative, so that the page works behind any path prefix.
export class ServiceError extends Error {
  constructor(problem, status) {
    super(problem?.detail ?? `The service answered ${status}.`);
    this.title = problem?.title ?? "The service could not answer";
    this.field = problem?.field;
  }
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ServiceError({ title: "No connection", detail: "The service could not be reached. Is it still running?" });
  }
  const json = (response.headers.get("content-type") ?? "").includes("json");
  const body = json ? await response.json() : null;
  if (!response.ok) throw new ServiceError(body, response.status);
  return body;
}

/** The multipart fields of one item; empty ones are left out. */
export function toFields(item, options) {
  const fields = [];
  if (item.title.trim()) fields.push(["title", item.title]);
  if (item.grid.trim()) fields.push(["gridReference", item.grid.trim()]);
  if (item.lat.trim()) fields.push(["lat", item.lat.trim()]);
  if (item.lon.trim()) fields.push(["lon", item.lon.trim()]);
  if (options.head) fields.push(["head", options.head]);
  if (!options.orientation) fields.push(["applyOrientation", "false"]);
  return fields;
}

function toForm(item, fields) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  if (item.file) form.append("image", item.file, item.file.name || "photo");
  return form;
}

export const getModel = () => call("v1/model");
export const getTags = () => call("v1/tags");
export const tag = (item, options, signal) =>
  call("v1/tags", { method: "POST", body: toForm(item, [...toFields(item, options), ["explain", "all"]]), signal });
export const evidence = (item, options, tagId) =>
  call("v1/tags/evidence", { method: "POST", body: toForm(item, [...toFields(item, options), ["tag", tagId]]) });

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request for a shell. */
export function toCurl(item, options) {
  const parts = [`curl ${quote(new URL("v1/tags", document.baseURI).href)}`];
  if (item.file) parts.push(`-F ${quote(`image=@${item.file.name || "photo.jpg"}`)}`);
  for (const [name, value] of toFields(item, options)) parts.push(`--form-string ${quote(`${name}=${value}`)}`);
  return parts.join(" \\\n  ");
}
