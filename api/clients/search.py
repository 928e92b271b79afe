"""`POST /v1/search` of a running Dateline, asked with the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

MOST_BYTES = 16_000_000  # of a reply: a hundred hits are far below


class SearchFailed(Exception):
    """The search was not done; says why, in the server's words where it had any, and what to do."""


@dataclass(frozen=True, slots=True)
class Search:
    """A running Dateline's search. Threads may share one: each question has a connection of its own."""

    base_url: str = "http://127.0.0.1:8000"  # `/v1` at its end, as OpenAI clients have it, does no harm
    api_key: str | None = field(default=None, repr=False)
    timeout_s: float = 30.0

    def __call__(
        self,
        question: str,
        *,
        limit: int = 10,
        as_of: str | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """The nearest passages, best first, as docs/http.md shows them; `permalink` is made absolute.

        Raises SearchFailed.
        """
        body: dict[str, Any] = {"question": question}
        if as_of is not None:
            body["as_of"] = as_of
        if filters:
            body["filters"] = dict(filters)
        hits = self._post(f"/v1/search?limit={int(limit)}", body).get("hits")
        if not isinstance(hits, list):
            raise SearchFailed(f"{self._root()} replied, but not as Dateline does: check the address")
        return [{**hit, "permalink": self._root() + hit["permalink"]} for hit in hits]

    def _root(self) -> str:
        return self.base_url.rstrip("/").removesuffix("/v1")

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        address = urlsplit(self._root())
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise SearchFailed(f"{self.base_url!r} is no address of a server: give one such as http://127.0.0.1:8000")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        kind: Any = http.client.HTTPConnection
        options: dict[str, Any] = {"timeout": self.timeout_s}
        if address.scheme == "https":
            kind, options["context"] = http.client.HTTPSConnection, ssl.create_default_context()
        connection = kind(address.hostname, address.port, **options)
        try:
            connection.request("POST", address.path + path, json.dumps(body).encode(), headers)
            reply = connection.getresponse()
            told = reply.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise SearchFailed(
                f"{self._root()} could not be reached ({error}): is `dateline serve` running?"
            ) from error
        finally:
            connection.close()
        found = _json(told)
        if reply.status != 200:
            raise SearchFailed(f"{reply.status}: {found.get('detail') or reply.reason}")
        return found


def _json(told: bytes) -> dict[str, Any]:
    try:
        found = json.loads(told) if len(told) <= MOST_BYTES else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def about(hit: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a hit beside its text, flat, as the metadata of frameworks is."""
    article, lines = hit["article"], hit["lines"]
    return {
        "article_id": article["id"],
        "revision": article["revision"],
        "title": article["title"],
        "source": article["source"],
        "url": article["url"],
        "published_at": article["published_at"],
        "updated_at": article["updated_at"],
        "first_line": lines["first"],
        "last_line": lines["last"],
        "permalink": hit["permalink"],
        "rank": hit["rank"],
        "score": hit["score"],
        "carried_by": hit["carried_by"],
    }


def name_of(hit: Mapping[str, Any]) -> str:
    """A name that this passage of this revision always has."""
    article, lines = hit["article"], hit["lines"]
    return f"{article['id']}@{article['revision'][:12]}#L{lines['first']}-L{lines['last']}"
