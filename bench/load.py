"""Load over real TCP: the server in a process of its own, real retrieval, a stub for the language model.

    python -m bench.load --home DIR [--workers 2] [--clients 1,8,32,128] [--seconds 20] [--stub-ms 0] [--route ask]

Honest about what is real: HTTP over loopback, the door, limits and turns, the embedder, dense and lexical search, the
check of every sentence, and JSON are. The language model is not: it answers after `--stub-ms` with the first line it
was shown, so that its time neither hides nor stands for the server's. `--model extractive` leaves it out altogether.
Questions are headlines of the index's own articles, each asked once in a run before any is asked again, so that the
cache of questions' vectors does not answer for the embedder.

Clients are threads of the measuring process with a connection each; they ask again as soon as they were answered, so
a rate is what the server gave. A 503 with Retry-After is shedding, counted apart from errors; the client waits as
long as it was told, times `--patience`. Memory is the server's resident set: before, at most, and after a rest. On a
machine that does other work too, look at `cpu ms each`, the server's time of processor for one reply, and at `cpus`,
how many processors there were to be had.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

SERVED = "DATELINE_BENCH_SERVED"
WARM_S = 3.0
REST_S = 10.0


class StubModel:
    """Answers after a pause with the first line it was shown: a model that costs time and no thought."""

    name = "stub"
    taught = False

    def __init__(self, pause_s: float) -> None:
        self.pause_s = pause_s

    def stream(self, messages: Sequence[Any], **_: Any) -> Generator[str, None, None]:
        """The reply in two pieces, half of the pause before each."""
        reply = self._reply(messages)
        for half in (reply[:20], reply[20:]):
            time.sleep(self.pause_s / 2)
            yield half

    def complete(self, messages: Sequence[Any], **_: Any) -> Any:
        """The same at once, for what is asked again."""
        from rag.chat import Completion

        time.sleep(self.pause_s)
        return Completion(self._reply(messages), 0, 0, self.name)

    def _reply(self, messages: Sequence[Any]) -> str:
        text = next((line for line in messages[-1].content.splitlines() if line.startswith("[1]")), "[1] Nothing.")
        return json.dumps({"sentences": [{"text": text[3:].strip()[:300], "lines": [1]}], "answer": ""})

    def close(self) -> None:
        """Nothing is held."""


def serve(args: argparse.Namespace) -> None:
    """The server, as `dateline serve` runs it, with the stub in the model's place."""
    import uvicorn

    from api.commands.serve import CONNECTIONS, HEAD_BYTES, run_workers

    options: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": args.serve,
        "log_config": None,
        "access_log": False,
        "limit_concurrency": CONNECTIONS,
        "h11_max_incomplete_event_size": HEAD_BYTES,
    }
    # Worker processes are told by the environment, as those of `dateline serve` are.
    read = not args.unread
    os.environ[SERVED] = json.dumps(
        [str(args.home), args.serve, args.stub_ms, args.model, args.at_once, args.queue, args.threads, read]
    )
    if args.workers == 1:
        uvicorn.run(application(), **options)
    else:
        run_workers("bench.load:application", workers=args.workers, **options)


def application() -> FastAPI:
    """The application of one process."""
    from api.http.app import build_app
    from api.http.observe import log_to_stderr
    from rag.build import Dateline, open_index
    from rag.settings import Settings

    home, port, stub_ms, model, at_once, queue, threads, read = json.loads(os.environ[SERVED])
    log_to_stderr("warning")
    settings = Settings.read(
        {},
        home=home,
        model="extractive",
        port=port,
        at_once=at_once,
        queue=queue,
        threads=threads,
        read_lines=read,
    )
    stub = None if model == "extractive" else StubModel(stub_ms / 1000)
    dateline = Dateline(settings, open_index(settings), stub)
    dateline.warm()
    return build_app(dateline)


@dataclass
class Heard:
    """What one client heard."""

    ms: list[float] = field(default_factory=list)  # of replies with status 200
    shed: int = 0
    errors: int = 0
    kinds: set[str] = field(default_factory=set)


def client(port: int, route: str, questions: Sequence[str], until: float, patience: float, heard: Heard) -> None:
    """Ask until the time is over."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    at = 0
    while time.perf_counter() < until:
        body = json.dumps({"question": questions[at % len(questions)]})
        at += 1
        started = time.perf_counter()
        try:
            connection.request("POST", f"/v1/{route}", body, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            reply.read()
        except (OSError, http.client.HTTPException) as error:
            heard.errors += 1
            heard.kinds.add(type(error).__name__)
            connection.close()
            continue
        if reply.status == 200:
            heard.ms.append((time.perf_counter() - started) * 1000)
        elif reply.status == 503 and reply.getheader("Retry-After"):
            heard.shed += 1
            connection.close()  # the server ends what is idle for longer than its keep-alive, as any client knows
            time.sleep(float(reply.getheader("Retry-After") or 1) * patience)
        else:
            heard.errors += 1
            heard.kinds.add(f"HTTP {reply.status}")
    connection.close()


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def family(pid: int) -> list[int]:
    """A process and all that it started, and they (Linux)."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, task.read_text().split())
    return found


def resident_mb(pid: int) -> float:
    """Resident sets of a process and its workers in MB; what they share counts in each."""
    pages = 0
    for each in family(pid):
        with suppress(OSError):
            pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_s(pid: int) -> float:
    """Seconds of processor that a process and its workers have taken so far."""
    ticks = 0
    for each in family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def questions_of(home: Path, most: int, seed: int) -> list[str]:
    """Headlines of usable articles, in an order of their own."""
    from index.article import Status
    from index.store import Store

    store = Store(home / "articles.db")
    found: list[str] = []
    after = ""
    while len(found) < most:
        page = store.articles(after=after, limit=1000, status=Status.USABLE)
        found += [held.title[:300] for held in page if len(held.title) > 12]
        if len(page) < 1000:
            break
        after = page[-1].article_id
    store.close()
    random.Random(seed).shuffle(found)
    if not found:
        raise SystemExit(f"{home} holds no articles: ingest some first")
    return found[:most]


def measure(
    port: int, pid: int, route: str, clients: int, seconds: float, questions: Sequence[str], patience: float = 1.0
) -> dict[str, Any]:
    """One row of the table."""
    heard = [Heard() for _ in range(clients)]
    before, most, done = resident_mb(pid), 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.2):
            most = max(most, resident_mb(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    taken = processor_s(pid)
    started = time.perf_counter()
    share = max(1, len(questions) // clients)
    threads = [
        threading.Thread(
            target=client,
            args=(
                port,
                route,
                questions[n * share : (n + 1) * share] or questions,
                started + seconds,
                patience,
                heard[n],
            ),
        )
        for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    taken = processor_s(pid) - taken
    done.set()
    watcher.join()
    ms = [one for each in heard for one in each.ms]
    return {
        "clients": clients,
        "requests": len(ms),
        "per_second": round(len(ms) / took, 1),
        "server_cpu_ms": round(1000 * taken / max(1, len(ms)), 1),  # of processor for one reply, shed ones included
        "cpus": round(taken / took, 2),  # processors that the server had on the average
        "median_ms": round(quantile(ms, 0.5), 1),
        "p95_ms": round(quantile(ms, 0.95), 1),
        "p99_ms": round(quantile(ms, 0.99), 1),
        "errors": sum(each.errors for each in heard),
        "error_kinds": sorted({kind for each in heard for kind in each.kinds}),
        "shed": sum(each.shed for each in heard),
        "mb_before": round(before),
        "mb_most": round(most),
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def wait_ready(port: int, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What /readyz says, once it does."""
    for _ in range(1200):
        if process.poll() is not None:
            raise SystemExit("the server did not start")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            told: dict[str, Any] = json.loads(connection.getresponse().read())
            connection.close()
        except OSError:
            time.sleep(0.25)
        else:
            return told
    raise SystemExit("the server was not ready within 5 minutes")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--clients", default="1,8,32,128")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--stub-ms", type=float, default=0.0)
    parser.add_argument("--model", choices=["stub", "extractive"], default="stub")
    parser.add_argument("--route", choices=["search", "ask"], default="ask")
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--queue", type=int, default=64)
    parser.add_argument("--workers", type=int, default=1, help="processes, as of `dateline serve --workers`")
    parser.add_argument("--threads", type=int, default=1, help="that encode passages, in each process")
    parser.add_argument("--unread", action="store_true", help="without the model that reads lines")
    parser.add_argument("--patience", type=float, default=1.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve is not None:
        serve(args)
        return
    questions = questions_of(args.home, 50_000, seed=7)
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.load", *sys.argv[1:], "--serve", str(port)])
    try:
        ready = wait_ready(port, process)
        measure(port, process.pid, args.route, 2, WARM_S, questions[::-1])
        idle = resident_mb(process.pid)
        counts = list(map(int, args.clients.split(",")))
        rows = [
            measure(port, process.pid, args.route, count, args.seconds, questions, args.patience) for count in counts
        ]
        time.sleep(REST_S)
        after = resident_mb(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    told = {
        "articles": ready["articles"],
        "passages": ready["passages"],
        "route": args.route,
        "model": args.model if args.model == "extractive" else f"stub, {args.stub_ms:g} ms",
        "workers": args.workers,
        "at_once": args.at_once,
        "queue": args.queue,
        "cores": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "mb_idle": round(idle),
        "mb_after_rest": round(after),
        "rows": rows,
    }
    if args.json:
        args.json.write_text(json.dumps(told, indent=2) + "\n")
    print(
        f"{told['articles']:,} articles, {told['passages']:,} passages; POST /v1/{args.route}; "
        f"model: {told['model']}; {args.workers} workers, each {args.at_once} at once, {args.queue} waiting; "
        f"{told['cores']} cores"
    )
    print(
        "\n| clients | requests/s | median ms | p95 ms | p99 ms | errors | shed | cpu ms each | cpus | MB at most |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        kinds = f" ({', '.join(row['error_kinds'])})" if row["error_kinds"] else ""
        print(
            f"| {row['clients']} | {row['per_second']} | {row['median_ms']} | {row['p95_ms']} | {row['p99_ms']} "
            f"| {row['errors']}{kinds} | {row['shed']} "
            f"| {row['server_cpu_ms']} | {row['cpus']} | {row['mb_most']} |"
        )
    print(f"\nmemory: {told['mb_idle']} MB before, {told['mb_after_rest']} MB {REST_S:g} s after")


if __name__ == "__main__":
    main()
