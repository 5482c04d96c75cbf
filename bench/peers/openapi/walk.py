"""Asks a running service through the client that openapi-generator made of its document: walk.py ADDRESS PHOTO."""

import base64
import json
import sys

import geotag_client

address, photo = sys.argv[1:]
service = geotag_client.ApiClient(geotag_client.Configuration(host=address))
model, tagging, health = geotag_client.ModelApi(service), geotag_client.TaggingApi(service), geotag_client.HealthApi(service)

catalogue = model.list_tags()
served = model.get_model()
with open(photo, "rb") as file:
    items = [
        {"id": "a", "image": base64.b64encode(file.read()).decode(), "gridReference": "SJ 96 88", "top": 3},
        {"id": "b", "title": "Moor", "lat": 91, "lon": 0},
    ]
lines = tagging.tag_batch("".join(json.dumps(item) + "\n" for item in items), _preload_content=False).data.decode().splitlines()
first = service.deserialize(type("Answer", (), {"data": json.dumps(json.loads(lines[0])["result"])}), "TagResponse")
try:
    tagging.tag_batch(json.dumps(items[1]), threshold="much")
    refused = {"code": "nothing", "field": "nothing"}
except geotag_client.ApiException as problem:
    refused = json.loads(problem.body)

assert first.model.digest == served.digest and first.top[0].name, lines[0]
print(
    f"{health.ready().status}, {len(catalogue.tags)} tags, {len(first.top)} of the most probable at {first.location.grid_reference}, "
    f"{json.loads(lines[1])['error']['code']} in the batch, {refused['code']} in {refused.get('field')}"
)
