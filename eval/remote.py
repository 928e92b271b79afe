"""Asking over HTTP: another Dateline at `…/v1/ask`, or any OpenAI-compatible endpoint, so that others can be graded.

What an OpenAI-compatible system says is put on the wire of design §4 as far as it goes: the text becomes sentences,
`url_citation` annotations that lead to lines (`/articles/ID?rev=…#L3-L4`) become citations, and a reply that says
nothing but "not in the articles", a `refusal`, and what a Dateline marks as one become `insufficient`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2
import openai

from eval.errors import AskFailed

MAX_REPLY = 4 * 1024 * 1024
_LINES = re.compile(r"L(\d{1,9})(?:-L?(\d{1,9}))?")
_SENTENCE = re.compile(r"[^.!?]*[.!?]+(?:\s*\[\d+\])*(?=\s|$)|[^.!?]+$")
_MARKER = re.compile(r"\[(\d{1,4})\]")
REFUSAL = "NOT IN THE ARTICLES"
INSTRUCTIONS = (
    "Answer the question from the news articles you have, in one or two sentences, and cite your sources. "
    f"If they do not say, reply with exactly: {REFUSAL}"
)
_REFUSALS = re.compile(
    rf"^\W*({REFUSAL}|(the|your|these|my|available)?\s*(articles?|sources?|documents?|context) (do|does)(n't| not) "
    r"(say|contain|mention|state|provide|answer)\b.*|i (do not|don't|cannot|can't) (know|answer|find)\b.*)",
    re.IGNORECASE | re.DOTALL,
)


def asker(
    address: str,
    *,
    model: str | None = None,
    key: str | None = None,
    timeout: float = 120.0,
    client: httpx2.Client | None = None,
) -> WireAsker | OpenAIAsker:
    """What asks at this address: the native route where it ends in `/ask`, else the OpenAI-compatible one.

    An OpenAI address is given as its `/v1` or its `/chat/completions`.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AskFailed(f"{address} is not an http address: give …/v1/ask or an OpenAI-compatible …/v1")
    if parts.path.rstrip("/").endswith("/ask"):
        return WireAsker(address, key=key, timeout=timeout, client=client)
    return OpenAIAsker(address, model=model or "dateline", key=key, timeout=timeout, client=client)


class WireAsker:
    """Asks a Dateline at `POST …/v1/ask`."""

    exact = False  # who knows what stands behind an address tomorrow

    def __init__(
        self, address: str, *, key: str | None = None, timeout: float = 120.0, client: httpx2.Client | None = None
    ) -> None:
        self.name = f"Dateline at {urlsplit(address).netloc}"
        self.fingerprint = hashlib.sha256(f"wire {address}".encode()).hexdigest()
        self._address = address
        self._client = client or httpx2.Client(timeout=timeout, follow_redirects=False)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """See Asker.ask."""
        body: dict[str, Any] = {"question": question, "explain": True}
        if as_of is not None:
            body["as_of"] = as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
        if history:
            body["history"] = [dict(turn) for turn in history]
        try:
            reply = self._client.post(self._address, json=body, headers=self._headers)
            if len(reply.content) > MAX_REPLY:
                raise AskFailed(f"a reply of {len(reply.content):,} bytes, more than {MAX_REPLY:,}")
            answer = reply.json()
        except httpx2.HTTPError as error:
            raise AskFailed(f"{type(error).__name__} at {self._address}: is it running? {error}") from error
        except ValueError as error:
            raise AskFailed(
                f"HTTP {reply.status_code} without JSON: is this address a Dateline's /v1/ask?"
            ) from error
        if reply.status_code != httpx2.codes.OK or not isinstance(answer, dict):
            told = answer.get("detail") or answer.get("title") if isinstance(answer, dict) else None
            raise AskFailed(f"HTTP {reply.status_code}{f': {told}' if told else ''}")
        if answer.get("outcome") not in {"answered", "partial", "insufficient"}:
            raise AskFailed("the reply has no outcome: is this address a Dateline's /v1/ask?")
        return answer


class OpenAIAsker:
    """Asks any OpenAI-compatible endpoint."""

    exact = False

    def __init__(
        self,
        address: str,
        *,
        model: str,
        key: str | None = None,
        timeout: float = 120.0,
        client: httpx2.Client | None = None,
    ) -> None:
        base = re.sub(r"/chat/completions/?$", "", address)
        self.name = f"{model} at {urlsplit(address).netloc}"
        self.fingerprint = hashlib.sha256(f"openai {base} {model}".encode()).hexdigest()
        self._model = model
        self._client = openai.OpenAI(
            base_url=base, api_key=key or "none", timeout=timeout, max_retries=2, http_client=client
        )

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """See Asker.ask. The moment asked about is told in words, for want of a field."""
        told = INSTRUCTIONS
        if as_of is not None:
            told += f" The question is asked as of {as_of:%Y-%m-%d %H:%M} UTC; use nothing published later."
        messages: list[Any] = [{"role": "system", "content": told}]
        for turn in history:
            messages += [
                {"role": "user", "content": turn["question"]},
                {"role": "assistant", "content": turn["answer"]},
            ]
        messages.append({"role": "user", "content": question})
        try:
            reply = self._client.chat.completions.create(model=self._model, messages=messages, temperature=0)
        except openai.OpenAIError as error:
            raise AskFailed(f"{type(error).__name__}: {error}") from error
        if not reply.choices or (reply.choices[0].message.content is None and not reply.choices[0].message.refusal):
            raise AskFailed("the endpoint replied without a message")
        message = reply.choices[0].message
        notes = [note.model_dump() for note in message.annotations or []]
        usage = reply.usage.model_dump() if reply.usage else None
        # A Dateline says beside its text how the question ended; what its text says then is for readers.
        told_beside = (reply.model_extra or {}).get("dateline")
        refused = isinstance(told_beside, Mapping) and told_beside.get("outcome") == "insufficient"
        text = "" if refused or message.refusal else message.content or ""
        return to_wire(question, text, notes, model=reply.model, usage=usage)


def to_wire(
    question: str,
    text: str,
    annotations: Sequence[Mapping[str, Any]],
    *,
    model: str,
    usage: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A chat completion's text and annotations as an answer of design §4, as far as they go."""
    text = text[:MAX_REPLY].strip()
    refused = not text or (len(text) < 600 and _REFUSALS.match(text) is not None)
    citations = [c for number, note in enumerate(annotations, 1) if (c := _citation(number, note, text)) is not None]
    sentences = []
    for found in _SENTENCE.finditer(text) if not refused else ():
        sentence = found.group().strip()
        if not sentence:
            continue
        markers = {int(marker) for marker in _MARKER.findall(sentence)}
        markers |= {c["marker"] for c in citations if found.start() <= c.pop("at", -1) < found.end()}
        sentences.append({"text": _MARKER.sub("", sentence).strip(), "citations": sorted(markers)})
    return {
        "question": question,
        "as_of": None,
        "outcome": "insufficient" if refused else "answered",
        "reason": None,
        "confidence": None,
        "answer": "" if refused else text,
        "sentences": sentences,
        "citations": [] if refused else [{k: v for k, v in c.items() if k != "at"} for c in citations],
        "withheld": 0,
        "reading": [],
        "model": model,
        "newest_evidence": None,
        "timings_ms": {},
        **({"usage": dict(usage)} if usage else {}),
    }


def _citation(number: int, note: Mapping[str, Any], text: str) -> dict[str, Any] | None:
    """An annotation whose address leads to lines of an article; None for any other."""
    cited = note.get("url_citation", note)
    if not isinstance(cited, Mapping) or not isinstance(cited.get("url"), str):
        return None
    parts = urlsplit(cited["url"])
    lines = _LINES.fullmatch(parts.fragment)
    article = unquote(parts.path.rpartition("/articles/")[2])
    if "/articles/" not in parts.path or lines is None:
        return None
    start, end = cited.get("start_index"), cited.get("end_index")
    spoken = text[start:end] if isinstance(start, int) and isinstance(end, int) else ""
    marker = _MARKER.search(spoken)
    given = cited.get("quote")
    return {
        "marker": int(marker.group(1)) if marker else number,
        "article": {
            "id": article,
            "revision": parse_qs(parts.query).get("rev", [""])[0],
            "url": cited["url"],
            "title": str(cited.get("title") or ""),
            "source": None,
            "published_at": None,
            "updated_at": None,
        },
        "lines": {"first": int(lines.group(1)), "last": int(lines.group(2) or lines.group(1))},
        "quote": dict(given) if isinstance(given, Mapping) else {},
        "at": start if isinstance(start, int) else -1,
    }
