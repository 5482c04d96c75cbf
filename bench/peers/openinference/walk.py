"""Asks a running service through Triton's own client (tritonclient.http): walk.py HOST:PORT PHOTO, the photo in JPEG.

Each photo and title goes there and back as JSON and as binary data, plain and compressed, alone and by threes, and answers with the
same probabilities; what the service refuses comes as the client's own exception with the service's sentence.
"""

import base64
import sys

import numpy
from tritonclient import http
from tritonclient.utils import InferenceServerException

host, path = sys.argv[1:]
client = http.InferenceServerClient(host, network_timeout=120, connection_timeout=120)
with open(path, "rb") as file:
    photo = file.read()


def tensor(name, values, binary=True):
    kind = "FP32" if name == "location" else "BYTES"
    if kind == "BYTES" and not binary and name == "image":
        # The client puts bytes into JSON as text, and a photo is none.
        values = [base64.b64encode(value) for value in values]
    array = numpy.array(values, dtype=numpy.float32 if kind == "FP32" else numpy.object_)
    made = http.InferInput(name, list(array.shape), kind)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def ask(inputs, model="auto", **options):
    return client.infer(model, inputs, **options).as_numpy("probabilities")


def refusal(call):
    try:
        call()
    except InferenceServerException as error:
        return f"{error.status()} {error.message()}"
    raise AssertionError("nothing was refused")


assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("auto") and not client.is_model_ready("nobody")
assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
labels = client.get_model_metadata("mlp-img-txt-loc")["parameters"]["labels"]

ways = []
for there in (True, False):
    inputs = [tensor("image", [photo], there), tensor("title", ["Canal lock".encode()], there), tensor("location", [[52.5, -0.98]], there)]
    for back in (True, False):
        for packed in (None, "gzip", "deflate"):
            ways.append(
                ask(
                    inputs,
                    "mlp-img-txt-loc",
                    outputs=[http.InferRequestedOutput("probabilities", binary_data=back)],
                    request_compression_algorithm=packed,
                    response_compression_algorithm=packed,
                )
            )
assert all(way.shape == (1, len(labels)) and way.dtype == numpy.float32 for way in ways)
# Decimal digits name a 32-bit number exactly, so that text and bytes agree to the last bit.
assert all((way == ways[0]).all() for way in ways)

three = [
    tensor("image", [photo, b"", photo]),
    tensor("title", ["Canal lock".encode(), "Ål på moor ☂".encode(), b""]),
    tensor("location", [[52.5, -0.98], [57.1, -4.2], [numpy.nan, numpy.nan]]),
]
together = ask(three)
later = client.async_infer("auto", three).get_result().as_numpy("probabilities")
assert together.shape == (3, len(labels)) and numpy.allclose(together, later, atol=1e-5)

broken = tensor("image", [b"no photo"])
title = tensor("title", [b"Moor"])
refused = {
    "broken photo": refusal(lambda: ask([broken])),
    "no such model": refusal(lambda: ask([title], "nobody")),
    "classification": refusal(lambda: ask([title], outputs=[http.InferRequestedOutput("probabilities", class_count=3)])),
    "not served": refusal(lambda: client.get_model_config("auto")),
}
assert [sentence[:3] for sentence in refused.values()] == ["415", "404", "422", "404"], refused
assert not any("exception occurred in the client" in sentence for sentence in refused.values()), refused
print(f"{len(ways)} ways agree, {len(together)} items at once, {len(refused)} refusals read")
