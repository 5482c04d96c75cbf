"""The service beside its peers: same weights, same photos, same load, one server at a time, in turns.

    compare.py all --weights FILE.safetensors --bundle DIR [--rounds 5] [--each-under CMD]
    compare.py one|report …                   the steps of `all`

Before: dotnet build -c Release src/GeoTagService.Api src/GeoTagService.Cli bench/GeoTagService.Benchmarks, or the service
published as the image publishes it (docs/use/deployment.md) and named by --service;
GeoTagService.Benchmarks random-bundle makes the bundle and `geotag models random` the same weights; npm install
--ignore-scripts in transformersjs. The load is `geotag bench load`. Needs Debian's packages that pytorch_server.py names
and libopenblas0-openmp. --each-under names a command that runs each server's turn, such as one that keeps other work away.
A measurement that other programs disturbed is taken again, whatever it showed. A server that refuses or fails is told in
the table, and the others go on. Raw figures and table go to docs/measurements, under the date.
"""
import argparse
import json
import math
import os
import pathlib
import platform
import resource
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# `one` runs past midnight into its round's file.
CAMPAIGN = os.environ.setdefault("GEOTAG_CAMPAIGN", time.strftime("%Y-%m-%d"))
PAGE = ROOT / f"docs/measurements/{CAMPAIGN}-beside-other-servers.md"
RAW = PAGE.with_suffix(".json")
API = ROOT / "src/GeoTagService.Api"
CLI = ROOT / "src/GeoTagService.Cli/bin/Release/net10.0/geotag.dll"
PHOTOS, WARMUP, SECONDS, CONCURRENCY, TITLE_CONCURRENCY = 48, 2, 8, 16, 64
# Before a server's first measurement: ours repacks its weights behind its first answers, others fill their caches.
FIRST_WARMUP = 16
# Memory in pages of 2 MB, which ours sees to itself.
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
# What a machine's owner set for OpenBLAS in general is not for this processor; the peer's own settings are below.
SURROUNDINGS = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
# Processor time of other programs, as a share of all cores, above which a measurement is taken again; and how often.
DISTURBED, TRIES = 0.05, 2


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
            [part.replace("PORT", str(self.port)) for part in command], cwd=folder, env=SURROUNDINGS | dict(environment),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{self.port}"
        while True:
            try:
                with urllib.request.urlopen(self.address + "/health/ready", timeout=10) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                pass
            if self.process.poll() is not None or time.perf_counter() - start > 90:
                raise RuntimeError(f"{command} did not start")
            time.sleep(0.01)
        self.start_seconds = time.perf_counter() - start

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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
    service = pathlib.Path(options.service).resolve()

    def ours(bundle, precision):
        return (["dotnet", str(service), "--urls", "http://127.0.0.1:PORT"],
                {"GeoTag__Bundle": str(bundle), "GeoTag__Onnx__Precision": precision, "GeoTag__Cache__Enabled": "false",
                 "Serilog__MinimumLevel__Default": "Warning"}, service.parent if (service.parent / "appsettings.json").exists() else API)

    def pytorch(batch):
        return (["/usr/bin/python3", str(HERE / "pytorch_server.py"), "--weights", options.weights, "--vocabulary",
                 f"{options.bundle}/vocabulary.txt.gz", "--batch", str(batch), "--port", "PORT"],
                {"OPENBLAS_CORETYPE": options.coretype, "MALLOC_MMAP_THRESHOLD_": "4294967296",
                 "MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_TOP_PAD_": "67108864"} | LARGE_PAGES, HERE)

    def javascript(batch):
        return (["node", "server.js", "--model", f"{options.bundle}/vision.onnx", "--batch", str(batch), "--port", "PORT"],
                LARGE_PAGES, HERE / "transformersjs")

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


def machine_seconds():
    """Processor time that all programs have used, and the kernel."""
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


class Refused(Exception):
    """A server that did not answer every request of a load: no figure of it counts beside those that did."""


def put_under_load(server, mode, options, warmup=WARMUP):
    """What `geotag bench load` saw, and the share of all cores that other programs took meanwhile."""
    file = pathlib.Path(options.work, "load.json")
    concurrency = TITLE_CONCURRENCY if mode == "title" else CONCURRENCY
    children = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    begin, all_before, known_before = time.perf_counter(), machine_seconds(), server.processor_seconds() + children()
    subprocess.run(["dotnet", options.cli, "bench", "load", "--server", server.address, "--mode", mode, "--photos", f"{options.work}/photos",
                    "--titles", f"{options.work}/titles.txt", "--concurrency", str(concurrency), "--warmup", str(warmup),
                    "--seconds", str(SECONDS), "--first", "0", "--json", str(file)], check=True, stderr=subprocess.DEVNULL,
                   # The generator compiles once and not again under load, on cores that are the servers'.
                   env=os.environ | {"DOTNET_TieredCompilation": "0"})
    others = machine_seconds() - all_before - (server.processor_seconds() + children() - known_before)
    seen = json.loads(file.read_text())
    if seen["errors"] or list(seen["statuses"]) != ["200"]:
        raise Refused(f"statuses {seen['statuses']}, errors {seen['errors']}")
    share = others / (time.perf_counter() - begin) / len(os.sched_getaffinity(0))
    return {"per_second": seen["throughput"], "p50_ms": seen["latency"]["p50"], "p99_ms": seen["latency"]["p99"], "others_share": share}


def measure(server, mode, options, is_first):
    """The first undisturbed measurement, or the least disturbed of all tries."""
    tries = []
    while len(tries) < TRIES and (not tries or tries[-1]["others_share"] > DISTURBED):
        tries.append(put_under_load(server, mode, options, FIRST_WARMUP if is_first and not tries else WARMUP))
    return min(tries, key=lambda one: one["others_share"]) | {"tries": len(tries)}


def embed(address, photo, title):
    """A photo's and a title's embeddings as a server computes them."""
    boundary = b"geotagboundary"
    body = b"".join(b"--" + boundary + b"\r\nContent-Disposition: form-data; name=" + name + b"\r\n\r\n" + value + b"\r\n"
                    for name, value in ((b'"image"; filename="photo.jpg"\r\nContent-Type: image/jpeg', photo),
                                        (b'"title"', title.encode()))) + b"--" + boundary + b"--\r\n"
    asked = urllib.request.Request(address + "/v1/embeddings", body,
                                   {"Content-Type": "multipart/form-data; boundary=" + boundary.decode()})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


def check(name, address, options):
    """That a peer computes the embeddings that the first server computed; transformers.js resizes in its own way."""
    file = pathlib.Path(options.work, "expected.json")
    expected = json.loads(file.read_text()) if file.exists() else {}
    answer = embed(address, pathlib.Path(options.work, "photos/000.jpg").read_bytes(), "Lock 12 on the Llangollen Canal")
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
    file.write_text(json.dumps(expected))
    return distances


def measure_one(options):
    """One server's turn in a round, added to the raw figures."""
    command, environment, folder = next(start for name, start, _ in servers(options) if name == options.server)
    modes = next(modes for name, _, modes in servers(options) if name == options.server)
    server = Server(command, environment.items(), folder)
    try:
        entry = {"start_s": server.start_seconds, "distance": check(options.server, server.address, options)}
        for mode in modes:
            try:
                entry[mode] = measure(server, mode, options, mode == modes[0])
            except Refused as refusal:
                entry.setdefault("refused", {})[mode] = str(refusal)
                print(f"{options.server} {mode}: left out, {refusal}", flush=True)
                continue
            print(f"{options.server} {mode}: {entry[mode]['per_second']:.1f}/s, p50 {entry[mode]['p50_ms']:.0f} ms, "
                  f"others {entry[mode]['others_share']:.1%}, {entry[mode]['tries']} tries", flush=True)
        entry["resident_mb"], entry["peak_mb"] = server.memory()
    finally:
        server.stop()
    rounds = json.loads(RAW.read_text()) if RAW.exists() else []
    if len(rounds) < options.round:
        rounds.append({"machine": machine(), "servers": {}})
    rounds[options.round - 1]["servers"][options.server] = entry
    RAW.parent.mkdir(parents=True, exist_ok=True)
    RAW.write_text(json.dumps(rounds, indent=1) + "\n")


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
    if not values:
        return f"| {name} | {bar:g}{unit} | {aim:g}{unit} | 0 | | | not measured |" if bar else f"| {name} | | | 0 | | | not measured |"
    middle = statistics.median(values)
    reached = lambda limit: middle <= limit if low_is_good else middle >= limit
    met = "" if bar is None else "aim" if reached(aim) else "bar" if reached(bar) else "**no**"
    limits = ("", "") if bar is None else (f"{bar:g}{unit}", f"{aim:g}{unit}")
    return f"| {name} | {limits[0]} | {limits[1]} | {len(values)} | {middle:.2f}{unit} | {min(values):.2f} to {max(values):.2f} | {met} |"


def report(options):
    """Writes the table of all rounds."""
    rounds = [entry["servers"] for entry in json.loads(RAW.read_text())]
    disturbed = [e["others_share"] for r in rounds for server in r.values() for e in server.values() if isinstance(e, dict) and "tries" in e] or [0]
    weights = pathlib.Path(options.weights).stat().st_size / 1e6
    both = lambda mode, ours, peer: [(r[ours], r[peer]) for r in rounds if mode in r.get(ours, {}) and mode in r.get(peer, {})]
    lines = [f"Rounds: {len(rounds)}. Ratios are taken within a round; median, least and greatest of the rounds. Other programs took "
             f"{statistics.median(disturbed):.1%} of the cores during a measurement (median; at most {max(disturbed):.1%}).", "",
             "| what | bar | aim | rounds | median | spread | reached by the median |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, mode, ours, peer, bar, aim in ROWS:
        lines.append(row(name, [o[mode]["per_second"] / p[mode]["per_second"] for o, p in both(mode, ours, peer)], bar, aim, "×"))
    ours = [r["ours"] for r in rounds if "ours" in r]
    lines += [row("resident memory ÷ weights, fp32, after the load", [o["resident_mb"] / weights for o in ours], 1.6, 1.25, "×", True),
              row("start to ready, files in the page cache", [o["start_s"] for o in ours], 3, 1, " s", True)]
    lines += ["", "| server | load | median per second | spread | p50, ms | p99, ms | resident, MB | start, s | cores of others |",
              "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for server, _, modes in servers(options):
        for mode in modes:
            turns = [r[server] for r in rounds if mode in r.get(server, {})]
            if not turns:
                lines.append(f"| {server} | {mode} | not measured | | | | | | |")
                continue
            middle = lambda key: statistics.median(turn[mode][key] for turn in turns)
            own = lambda key: statistics.median(turn[key] for turn in turns)
            speeds = [turn[mode]["per_second"] for turn in turns]
            lines.append(f"| {server} | {mode} | {middle('per_second'):.1f} | {min(speeds):.1f} to {max(speeds):.1f} "
                         f"| {middle('p50_ms'):.0f} | {middle('p99_ms'):.0f} | {own('resident_mb'):.0f} | {own('start_s'):.1f} "
                         f"| {middle('others_share'):.1%} |")
    refused = [f"- Round {number + 1}, {server}, {mode}: {why}" for number, r in enumerate(rounds)
               for server, entry in r.items() for mode, why in entry.get("refused", {}).items()]
    lines += ["", "Left out, because not every request was answered:", "", *refused] if refused else []
    machines = sorted({f"{m['cores']} cores of {m['processor']}, kernel {m['kernel']}" for m in (e["machine"] for e in json.loads(RAW.read_text()))})
    PAGE.write_text("\n".join([f"# Beside other servers, {CAMPAIGN}", "", "; ".join(machines) + ".", "", *lines]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["all", "one", "report"])
    parser.add_argument("--weights", required=True)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--work", default=str(ROOT / "artifacts/peers"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--service", default=str(API / "bin/Release/net10.0/GeoTagService.Api.dll"), help="our GeoTagService.Api.dll")
    parser.add_argument("--cli", default=str(CLI), help="the geotag.dll that makes the load")
    parser.add_argument("--server", help="whose turn it is (one)")
    parser.add_argument("--round", type=int, help="in which round (one)")
    parser.add_argument("--each-under", default="")
    parser.add_argument("--coretype", default="SkylakeX", help="OPENBLAS_CORETYPE of the PyTorch peer")
    options = parser.parse_args()
    if options.step == "report":
        return report(options)
    if options.step == "one":
        return measure_one(options)
    work = pathlib.Path(options.work)
    draw_photos(work / "photos")
    fix_width(pathlib.Path(options.bundle).resolve(), work / "fixed-width")
    titles = [entry["title"] for entry in json.loads((ROOT / "tests/data/evaluation-titles.json").read_text())]
    (work / "titles.txt").write_text("\n".join(titles) + "\n")
    for stale in (RAW, work / "expected.json"):
        stale.unlink(missing_ok=True)
    names = [name for name, _, _ in servers(options)]
    for turn in range(options.rounds):
        # The order turns by one each round; `one` measures with the options of `all`.
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            subprocess.run([*options.each_under.split(), sys.executable, __file__, "one", *sys.argv[2:], "--server", name,
                            "--round", str(turn + 1)], check=False)
    report(options)


if __name__ == "__main__":
    main()
