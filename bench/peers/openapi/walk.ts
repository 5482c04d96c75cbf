// Asks a running service through the client that openapi-typescript made of its document.
import createClient from "openapi-fetch";
import type { paths } from "./geotag.js";

const geotag = createClient<paths>({ baseUrl: process.argv[2]! });

const catalogue = await geotag.GET("/v1/tags");
const tagged = await geotag.POST("/v1/tags", { body: { title: "Canal lock", gridReference: "SJ 96 88", top: 3 } });
const refused = await geotag.POST("/v1/tags", { body: { title: "Canal lock", lat: 91, lon: 0 } });
const batch = await geotag.POST("/v1/tags/batch", {
  body: '{"id":"a","title":"Canal lock"}\n{"id":"b","title":"Moor","lat":91,"lon":0}\n',
  bodySerializer: (body) => body as string,
  headers: { "Content-Type": "application/x-ndjson" },
  parseAs: "text",
});

const totals = JSON.parse((batch.data as unknown as string).trim().split("\n").at(-1)!).totals;
const most: string = tagged.data!.top![0]!.name;
if (most.length === 0) {
  throw new Error("the most probable tag has no name");
}

console.log(
  `${catalogue.data!.tags.length} tags, ${tagged.data!.top!.length} of the most probable, `
  + `${totals.tagged} of ${totals.items} in the batch, ${refused.error!.code} in ${refused.error!.field}`);
