"""`dateline serve --workers 2`, as it is started: several processes over one index."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from index.embedder import Embedder
from index.index import Index
from index.ingest import Ingest
from tests.running import PATIENCE_S, QUESTION, Endpoint, until
from tests.widget_world import free_port, served

SEEDS = Path(__file__).parents[1] / "seeds"
REPORT = {
    "id": "harbour",
    "title": "Harbour reopens after the storm",
    "text": "The harbour of Port Astley reopened on Monday.",
    "published_at": "2025-03-03",
}
HARBOUR = "When did the harbour of Port Astley reopen?"


@dataclass
class Running:
    """The command, and what its processes log."""

    process: subprocess.Popen[str]
    port: int
    worker_of: dict[str, int] = field(default_factory=dict)  # by request id
    heard: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Read the log until it ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.heard.append(line)
            with suppress(ValueError, KeyError, TypeError):
                told = json.loads(line)
                self.worker_of[told["request_id"]] = told["process"]

    def connect(self) -> http.client.HTTPConnection:
        """A connection, which one of the workers takes for all that is asked over it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def ready(self) -> bool:
        """Whether a worker answers."""
        assert self.process.poll() is None, "".join(self.heard)
        with suppress(OSError, http.client.HTTPException), closing(self.connect()) as connection:
            return ask(connection, "GET", "/readyz")[0] == 200
        return False

    def one_to_each(self, workers: int) -> list[http.client.HTTPConnection]:
        """Connections to as many different workers."""
        found: dict[int, http.client.HTTPConnection] = {}

        def another() -> bool:
            connection, name = self.connect(), f"try-{len(self.worker_of)}-{os.urandom(4).hex()}"
            ask(connection, "GET", "/v1/articles", request_id=name)
            until(lambda: name in self.worker_of)
            if found.setdefault(self.worker_of[name], connection) is not connection:
                connection.close()
            return len(found) == workers

        until(another)
        return list(found.values())


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, request_id: str = "x"
) -> tuple[int, Any]:
    """One request; status and JSON of its reply."""
    headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


@contextmanager
def command(home: Path, model: str) -> Iterator[Running]:
    """`dateline serve --workers 2` over a home, its language model elsewhere; stopped at the end."""
    port = free_port()
    environ = {**os.environ, "DATELINE_HOME": str(home), "DATELINE_BASE_URL": f"{model}/v1", "DATELINE_MODEL": "slow"}
    environ |= {"DATELINE_LOG_LEVEL": "info"}
    program = [sys.executable, "-c", "from api.cli import main; main()"]
    started = subprocess.Popen(
        [*program, "serve", "--workers", "2", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    )
    running = Running(started, port)
    listener = Thread(target=running.listen)
    listener.start()
    try:
        until(running.ready)
        yield running
    finally:
        started.terminate()
        try:
            started.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            started.kill()
        listener.join(PATIENCE_S)
        assert started.stderr is not None
        started.stderr.close()


def test_two_workers_answer_and_finish_what_they_began(tmp_path: Path, real_embedder: Embedder) -> None:
    """What is added through one is found by the other at once; told to stop, a stream still ends with its answer."""
    index = Index(tmp_path, real_embedder)
    Ingest(index, timer=lambda: 0.0).run([SEEDS])
    index.close()
    endpoint = Endpoint()
    with served(endpoint.app()) as model, command(tmp_path, model.origin) as running:
        one, other = running.one_to_each(2)
        for worker in (one, other):
            status, told = ask(worker, "POST", "/v1/search", {"question": QUESTION})
            assert (status, told["hits"][0]["article"]["id"]) == (200, "us-russia-riyadh-talks")
        assert ask(one, "POST", "/v1/articles", REPORT)[1]["change"] == "added"
        for worker in (other, one):
            status, told = ask(worker, "POST", "/v1/search", {"question": HARBOUR})
            assert (status, told["hits"][0]["article"]["id"]) == (200, "harbour")
        assert ask(other, "POST", "/v1/articles/harbour/withdraw")[0] == 200
        for worker in (one, other):
            told = ask(worker, "POST", "/v1/search", {"question": HARBOUR})[1]
            assert "harbour" not in [hit["article"]["id"] for hit in told["hits"]]

        sent = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        other.request("POST", "/v1/ask", json.dumps({"question": QUESTION}), sent)
        stream = other.getresponse()
        until(lambda: endpoint.asked)
        running.process.send_signal(signal.SIGTERM)
        assert one.sock is not None
        assert one.sock.recv(1) == b""  # a worker with nothing to do lets go at once
        endpoint.go_on.set()
        assert b"event: done" in stream.read()
        assert running.process.wait(PATIENCE_S) == 0
        one.close()
        other.close()
    assert endpoint.left == 0
