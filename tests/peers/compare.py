"""The service beside its peers: same weights, same photos, same load, one server at a time, in turns.

    compare.py all --weights FILE.safetensors --bundle DIR [--rounds 5] [--each-under CMD]
    compare.py round|report …                 the steps of `all`

Before: dotnet build -c Release src/GeoTagService.Api tests/GeoTagService.Benchmarks; GeoTagService.Benchmarks
random-bundle makes the bundle and `geotag models random` the same weights; npm install --ignore-scripts in transformersjs.
Needs Debian's packages that pytorch_server.py names, numpy, and libopenblas0-openmp. --each-under names a command that runs each round, such as
one that keeps other work away. Raw figures go to docs/performance/rounds.json, the table into docs/performance.md.
"""
import argparse
import json
import math
import os
import pathlib
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time

import load

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RAW = ROOT / "docs/performance/rounds.json"
PAGE = ROOT / "docs/performance.md"
API = ROOT / "src/GeoTagService.Api"
PHOTOS, WARMUP, SECONDS, CONCURRENCY, TITLE_CONCURRENCY = 48, 2, 8, 16, 64


def draw_photos(folder):
    """640 × 480 scenes of the miniature's maker, the same at every run."""
    folder.mkdir(parents=True, exist_ok=True)
    if len(list(folder.glob("*.jpg"))) < PHOTOS:
        sys.path.insert(0, str(ROOT / "tools/miniature"))
        from miniature.scenes.composition import photograph
        for i in range(PHOTOS):
            image, _ = photograph([i % 49, (i * 7 + 3) % 49], i, height=480, aspect=4 / 3)
            image.save(folder / f"{i:03}.jpg", quality=87)


def fix_width(bundle, copy):
    """The same bundle with a title tower that is said to take 77 columns only."""
    if not copy.exists():
        (copy / "heads").mkdir(parents=True)
        for file in bundle.rglob("*"):
            if file.is_file() and file.name != "bundle.json":
                (copy / file.relative_to(bundle)).hardlink_to(file)
        manifest = json.loads((bundle / "bundle.json").read_text())
        for encoder in manifest["encoders"]:
            encoder["dynamicLength"] = encoder["tower"] == "vision"
        (copy / "bundle.json").write_text(json.dumps(manifest))


class Server:
    """A process that answers on a port, from its start to its end."""

    def __init__(self, command, environment=(), folder=ROOT):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        start = time.perf_counter()
        self.process = subprocess.Popen(
            [part.replace("PORT", str(self.port)) for part in command], cwd=folder, env=os.environ | dict(environment),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ready = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
        while True:
            try:
                if load.once(self.port, ready)[0] == 200:
                    break
            except OSError:
                pass
            if self.process.poll() is not None or time.perf_counter() - start > 90:
                raise RuntimeError(f"{command} did not start")
            time.sleep(0.01)
        self.start_seconds = time.perf_counter() - start

    def memory(self):
        """Resident megabytes: now, and at most."""
        lines = dict(line.split(":", 1) for line in open(f"/proc/{self.process.pid}/status"))
        return [int(lines[name].split()[0]) / 1e3 for name in ("VmRSS", "VmHWM")]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def servers(options):
    """Name, how it starts, and what it is asked."""
    def ours(bundle, precision):
        return (["dotnet", str(API / "bin/Release/net10.0/GeoTagService.Api.dll"), "--urls", "http://127.0.0.1:PORT"],
                {"GeoTag__Bundle": str(bundle), "GeoTag__Onnx__Precision": precision, "GeoTag__Cache__Enabled": "false",
                 "Serilog__MinimumLevel__Default": "Warning"}, API)

    def pytorch(batch):
        return (["/usr/bin/python3", str(HERE / "pytorch_server.py"), "--weights", options.weights, "--vocabulary",
                 f"{options.bundle}/vocabulary.txt.gz", "--batch", str(batch), "--port", "PORT"],
                {"OPENBLAS_CORETYPE": options.coretype, "MALLOC_MMAP_THRESHOLD_": "4294967296",
                 "MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_TOP_PAD_": "67108864"}, HERE)

    def javascript(batch):
        return (["node", "server.js", "--model", f"{options.bundle}/vision.onnx", "--batch", str(batch), "--port", "PORT"],
                {}, HERE / "transformersjs")

    bundle, work = pathlib.Path(options.bundle).resolve(), pathlib.Path(options.work)
    return [
        ("ours", ours(bundle, "Fp32"), ("photo+title", "photo", "title")),
        ("pytorch-1", pytorch(1), ("photo+title",)),
        ("pytorch-8", pytorch(8), ("photo+title",)),
        ("ours-int8", ours(bundle, "Int8"), ("photo+title",)),
        ("transformersjs-1", javascript(1), ("photo",)),
        ("transformersjs-8", javascript(8), ("photo",)),
        ("ours-77", ours(work / "fixed-width", "Fp32"), ("title",)),
    ]


def content(options):
    """Photos and titles of the load; each title meets each photo."""
    photos = [file.read_bytes() for file in sorted(pathlib.Path(options.work, "photos").glob("*.jpg"))]
    titles = [entry["title"] for entry in json.loads((ROOT / "tests/data/evaluation-titles.json").read_text())]
    count = math.lcm(len(photos), len(titles)) if len(titles) < 400 else len(titles)
    count = min(count, 960)
    place = [("latitude", "53.1"), ("longitude", "-1.2"), ("lat", "53.1"), ("lon", "-1.2")]
    return {
        "photo+title": [load.request("/v1/tags", [("image", photos[i % len(photos)]), ("title", titles[i % len(titles)]), *place])
                        for i in range(count)],
        "photo": [load.request("/v1/tags", [("image", photo)]) for photo in photos],
        "title": [load.request("/v1/tags", [("title", title)]) for title in titles],
    }


def check(name, port, photo, expected):
    """That a peer computes the same embeddings; transformers.js resizes in its own way."""
    status, body = load.once(port, load.request("/v1/embeddings", [("image", photo), ("title", "Lock 12 on the Llangollen Canal")]))
    answer = json.loads(body)
    if status != 200:
        raise RuntimeError(f"{name}: {answer}")
    distances = {}
    for part in ("image", "title"):
        if answer.get(part):
            if part in expected:
                distances[part] = math.dist(answer[part], expected[part]) / math.hypot(*expected[part])
            else:
                expected[part] = answer[part]
    limit = 0.2 if name.startswith(("transformersjs", "ours-int8")) else 1e-4
    if any(distance > limit for distance in distances.values()):
        raise RuntimeError(f"{name} computes something else: {distances}")
    return distances


def measure_round(options):
    """Every server once, the order turned by one each round."""
    rounds = json.loads(RAW.read_text()) if RAW.exists() else []
    everything, asked, expected = servers(options), content(options), {}
    photo = pathlib.Path(options.work, "photos/000.jpg").read_bytes()
    turn = len(rounds) % len(everything)
    order = everything[turn:] + everything[:turn]
    if len(rounds) and (pathlib.Path(options.work) / "expected.json").exists():
        expected = json.loads((pathlib.Path(options.work) / "expected.json").read_text())
    figures = {}
    for name, (command, environment, folder), modes in order:
        if options.only and name not in options.only.split(","):
            continue
        server = Server(command, environment.items(), folder)
        try:
            entry = figures[name] = {"start_s": server.start_seconds, "distance": check(name, server.port, photo, expected)}
            for mode in modes:
                concurrency = TITLE_CONCURRENCY if mode == "title" else CONCURRENCY
                entry[mode] = load.closed_loop(server.port, asked[mode], concurrency, WARMUP, SECONDS)
                print(f"{name} {mode}: {entry[mode]['per_second']:.1f}/s, p50 {entry[mode]['p50_ms']:.0f} ms", flush=True)
            entry["resident_mb"], entry["peak_mb"] = server.memory()
        finally:
            server.stop()
    (pathlib.Path(options.work) / "expected.json").write_text(json.dumps(expected))
    RAW.parent.mkdir(parents=True, exist_ok=True)
    rounds.append({"machine": machine(), "servers": figures})
    RAW.write_text(json.dumps(rounds, indent=1, default=lambda value: round(value, 4)) + "\n")


def machine():
    processor = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    return {"processor": processor, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release().split("-")[0]}


ROWS = [
    ("photo+title/s ÷ PyTorch, one at a time", "photo+title", "ours", "pytorch-1", 2.5, 3.2),
    ("photo+title/s ÷ PyTorch, batching 8", "photo+title", "ours", "pytorch-8", 1.5, 1.9),
    ("photos/s ÷ transformers.js, one at a time", "photo", "ours", "transformersjs-1", 1.3, 2),
    ("photos/s ÷ transformers.js, batching 8 (not a budget)", "photo", "ours", "transformersjs-8", None, None),
    ("photo+title/s int8 ÷ our own fp32, speed alone", "photo+title", "ours-int8", "ours", 2, 3),
    ("titles/s ÷ fixed 77 columns, through the service", "title", "ours", "ours-77", 4, 7),
]


def row(name, values, bar, aim, unit, low_is_good=False):
    middle = statistics.median(values)
    reached = lambda limit: middle <= limit if low_is_good else middle >= limit
    met = "" if bar is None else "aim" if reached(aim) else "bar" if reached(bar) else "**no**"
    limits = ("", "") if bar is None else (f"{bar:g}{unit}", f"{aim:g}{unit}")
    return f"| {name} | {limits[0]} | {limits[1]} | {middle:.2f}{unit} | {min(values):.2f} to {max(values):.2f} | {met} |"


def report(options):
    """Puts the table of all rounds between the page's marks."""
    rounds = [entry["servers"] for entry in json.loads(RAW.read_text())]
    weights = pathlib.Path(options.weights).stat().st_size / 1e6
    lines = [f"Rounds: {len(rounds)}. Ratios are taken within a round; median, least and greatest of the rounds.", "",
             "| what | bar | aim | median | spread | reached by the median |", "| --- | --- | --- | --- | --- | --- |"]
    for name, mode, ours, peer, bar, aim in ROWS:
        lines.append(row(name, [r[ours][mode]["per_second"] / r[peer][mode]["per_second"] for r in rounds], bar, aim, "×"))
    ours = [r["ours"] for r in rounds]
    lines += [row("resident memory ÷ weights, fp32, after the load", [o["resident_mb"] / weights for o in ours], 1.6, 1.25, "×", True),
              row("start to ready, files in the page cache", [o["start_s"] for o in ours], 3, 1, " s", True)]
    lines += ["", "| server | load | median per second | spread | p50, ms | p99, ms | resident, MB | start, s |",
              "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for server in rounds[0]:
        for mode in ("photo+title", "photo", "title"):
            if mode in rounds[0][server]:
                each = [r[server][mode] for r in rounds]
                middle = lambda key: statistics.median(e[key] for e in each)
                speeds = [e["per_second"] for e in each]
                lines.append(f"| {server} | {mode} | {middle('per_second'):.1f} | {min(speeds):.1f} to {max(speeds):.1f} "
                             f"| {middle('p50_ms'):.0f} | {middle('p99_ms'):.0f} "
                             f"| {statistics.median(r[server]['resident_mb'] for r in rounds):.0f} "
                             f"| {statistics.median(r[server]['start_s'] for r in rounds):.1f} |")
    begin, end = "<!-- peers: begin -->", "<!-- peers: end -->"
    page = PAGE.read_text()
    PAGE.write_text(page[:page.index(begin) + len(begin)] + "\n" + "\n".join(lines) + "\n" + page[page.index(end):])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["all", "round", "report"])
    parser.add_argument("--weights", required=True)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--work", default=str(ROOT / "artifacts/peers"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="names of servers, for a trial")
    parser.add_argument("--each-under", default="")
    parser.add_argument("--coretype", default="SkylakeX", help="OPENBLAS_CORETYPE of the PyTorch peer")
    options = parser.parse_args()
    if options.step == "report":
        return report(options)
    draw_photos(pathlib.Path(options.work, "photos"))
    fix_width(pathlib.Path(options.bundle).resolve(), pathlib.Path(options.work, "fixed-width"))
    if options.step == "round":
        return measure_round(options)
    RAW.unlink(missing_ok=True)
    again = [sys.executable, __file__, "round", *sys.argv[2:]]
    for _ in range(options.rounds):
        subprocess.run([*options.each_under.split(), *again], check=True)
    report(options)


if __name__ == "__main__":
    main()
