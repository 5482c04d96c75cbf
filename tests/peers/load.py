"""A closed loop over HTTP/1.1: as many connections as asked for, each sending its next request when the last is answered.

Requests are built before the clock starts and one process serves all connections, so that the generator takes little of
the cores that it shares with the server; it is the same for every server.
"""
import asyncio
import time


def form(parts):
    """A multipart body of (name, value) pairs; bytes are a photo."""
    boundary, body = b"geotagboundary", b""
    for name, value in parts:
        photo = isinstance(value, bytes)
        body += b"--" + boundary + b'\r\nContent-Disposition: form-data; name="' + name.encode() + b'"'
        body += b'; filename="photo.jpg"\r\nContent-Type: image/jpeg' if photo else b""
        body += b"\r\n\r\n" + (value if photo else value.encode()) + b"\r\n"
    return b"multipart/form-data; boundary=" + boundary, body + b"--" + boundary + b"--\r\n"


def request(path, parts):
    kind, body = form(parts)
    return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        path.encode(), kind, len(body), body)


async def exchange(reader, writer, data):
    """Sends one request; status and body of the answer."""
    writer.write(data)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"transfer-encoding: chunked" in head:
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        body = await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    return int(head.split()[1]), body


async def _loop(port, requests, concurrency, warmup, seconds):
    begin = time.perf_counter() + warmup
    end, times, failures, turn = begin + seconds, [], [], iter(range(1 << 60))

    async def connection():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        while (start := time.perf_counter()) < end:
            status, body = await exchange(reader, writer, requests[next(turn) % len(requests)])
            now = time.perf_counter()
            if status != 200:
                failures.append(body[:200].decode(errors="replace"))
            elif begin <= now < end:
                times.append(now - start)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(concurrency)))
    if failures or not times:
        raise RuntimeError(f"{len(failures)} requests failed: {failures[:1]}")
    times.sort()
    return {"per_second": len(times) / seconds, "p50_ms": times[len(times) // 2] * 1e3, "p99_ms": times[len(times) * 99 // 100] * 1e3}


def closed_loop(port, requests, concurrency, warmup, seconds):
    """Answers per second that arrived between the end of the warm-up and the end, and their latency in milliseconds."""
    return asyncio.run(_loop(port, requests, concurrency, warmup, seconds))


async def _once(port, data):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        return await exchange(reader, writer, data)
    finally:
        writer.close()


def once(port, data):
    """One request on a connection of its own."""
    return asyncio.run(_once(port, data))
