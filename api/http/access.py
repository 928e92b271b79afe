"""Who may reach what: the one place where requests are let in, and the one table of what each route needs.

A route that the table does not name needs a secret key, so that a new one is closed until somebody opens it.

Without any key, and listening on loopback only, all is open to this machine: to programs, and to pages that this
machine serves. A page from elsewhere is kept out by its `Origin`, and one whose name was made to point here (DNS
rebinding) by the `Host` it was asked under.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import problems
from api.http.keys import Key, Keys, Kind, digest
from rag.errors import BadSettings
from rag.settings import Settings

EXPOSED = "X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, ETag"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, If-None-Match, X-Request-Id",
    "Access-Control-Max-Age": "600",
}


class Need(StrEnum):
    """What a route asks of whoever comes."""

    NOTHING = "nothing"
    READERS = "readers"  # nothing, as soon as a publishable key says that readers are expected
    PUBLISHABLE = "publishable"  # a publishable key at its own origin, or a secret one
    SECRET = "secret"  # noqa: S105  a word, not a secret


class Cost(StrEnum):
    """Which limits a route counts towards."""

    READ = "read"
    ASK = "ask"
    CALL = "call"  # counted as a question; its turn is taken where it is known whether there is one
    ADD = "add"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the routes of one method and form need and cost."""

    methods: frozenset[str]
    path: re.Pattern[str]
    need: Need
    cost: Cost


def _rule(methods: str, path: str, need: Need, cost: Cost) -> Rule:
    return Rule(frozenset(methods.split()), re.compile(path), need, cost)


RULES = (
    _rule("GET HEAD", r"/(healthz|readyz)", Need.NOTHING, Cost.NONE),
    _rule("GET", r"/openapi\.json", Need.NOTHING, Cost.READ),
    _rule("GET HEAD", r"/(widget(\.[a-z0-9.]+)?\.js|(static|widget)/[A-Za-z0-9_./-]+)", Need.NOTHING, Cost.READ),
    _rule("GET HEAD", r"/(|demo|articles/.+)", Need.READERS, Cost.READ),
    _rule("POST", r"/v1/(ask|search)", Need.PUBLISHABLE, Cost.ASK),
    _rule("POST", r"/v1/feedback", Need.PUBLISHABLE, Cost.READ),
    _rule("GET", r"/v1/(suggestions|articles(/.+)?)", Need.PUBLISHABLE, Cost.READ),
    _rule("POST", r"/v1/(chat/completions|responses)", Need.SECRET, Cost.ASK),
    _rule("POST", r"/mcp", Need.SECRET, Cost.CALL),
    _rule("POST", r"/v1/articles(/bulk)?", Need.SECRET, Cost.ADD),
)
_OTHER = _rule("", "", Need.SECRET, Cost.READ)


def rule_for(method: str, path: str) -> Rule:
    """The first rule that fits; a secret key where none does."""
    return next((rule for rule in RULES if method in rule.methods and rule.path.fullmatch(path)), _OTHER)


class Standing(StrEnum):
    """What somebody was let in as."""

    OPEN = "open"  # this machine, where no key is needed
    NOBODY = "nobody"
    PUBLISHABLE = "publishable"
    SECRET = "secret"  # noqa: S105  a word, not a secret


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks."""

    standing: Standing
    key: Key | None = None

    @property
    def name(self) -> str:
        """The key's id, or what stands for one: what is logged and counted."""
        return self.key.key_id if self.key else self.standing.value

    @property
    def trusted(self) -> bool:
        """Whether this is the house itself: sees what is withdrawn or embargoed, and what every step did."""
        return self.standing in {Standing.OPEN, Standing.SECRET}


def identity_of(scope: Scope) -> Identity:
    """Who this request was let in as; nobody, where it did not come through the door."""
    found = scope.get("dateline.identity")
    return found if isinstance(found, Identity) else Identity(Standing.NOBODY)


class Refused(Exception):
    """Not let in."""

    def __init__(self, status: int, detail: str, *, guessed: bool = False) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.guessed = guessed  # a key was shown that is none


_WITHOUT = "this needs a key: send `Authorization: Bearer …`; `dateline keys create` makes one"


class Access:
    """Decides. Holds no state but the keys."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self.keys = keys
        self._here = is_loopback(settings.host)
        self._set: dict[bytes, Key] = {}
        if settings.secret_key is not None:
            own = Key(
                key_id="key_setting",
                kind=Kind.SECRET,
                name="DATELINE_SECRET_KEY",
                origins=frozenset(),
                per_minute=None,
                created_at="",
            )
            self._set[digest(settings.secret_key.get_secret_value())] = own

    @property
    def open(self) -> bool:
        """Whether no key is needed: none was ever made, and only this machine can come."""
        return self._here and not self._set and not self.keys.any

    def check(self, host: str) -> None:
        """Refuse to listen where strangers come and nobody could be told from them. Raises BadSettings."""
        if not is_loopback(host) and not self._set and not self.keys.any:
            raise BadSettings(
                f"{host} can be reached from outside and there is no key yet: make one with `dateline keys create "
                "--secret NAME` (or set DATELINE_SECRET_KEY), or listen on 127.0.0.1"
            )

    def readable_by(self, origin: str | None) -> bool:
        """Whether a page of this origin may read refusals and ask before it sends (CORS): some key is for it."""
        if origin is None:
            return False
        return _served_here(origin) if self.open else origin in self.keys.origins

    def admit(self, rule: Rule, headers: Headers, scheme: str) -> Identity:
        """Who this is. Raises Refused: 401 without a key that is one, 403 with one that is not for this."""
        origin = _origin(headers, scheme)
        if self.open:
            return self._at_home(headers, origin, rule)
        shown = _bearer(headers)
        if shown is None:
            if rule.need is Need.NOTHING or (rule.need is Need.READERS and self.keys.publishes):
                return Identity(Standing.NOBODY)
            raise Refused(401, _WITHOUT)
        key = self._set.get(digest(shown)) or self.keys.find(shown)
        if key is None:
            raise Refused(401, "this key is not known: `dateline keys list` shows those there are", guessed=True)
        if key.kind is Kind.SECRET:
            if origin is not None and origin not in key.origins:
                raise Refused(
                    403,
                    "a secret key does not belong in a web page: make a publishable one with "
                    f"`dateline keys create --origin {origin[:200]} NAME`",
                )
            return Identity(Standing.SECRET, key)
        if origin is None:
            raise Refused(403, "a publishable key works in web pages only: use a secret one in programs")
        if origin not in key.origins:
            raise Refused(403, f"this key is not for pages of {origin[:200]}")
        if rule.need is Need.SECRET:
            raise Refused(403, "a publishable key asks, searches and reads: this needs a secret one")
        return Identity(Standing.PUBLISHABLE, key)

    def _at_home(self, headers: Headers, origin: str | None, rule: Rule) -> Identity:
        if not _names_this_machine(headers.get("host", "")):
            raise Refused(403, "asked under a name that is not this machine's: use http://127.0.0.1 or localhost")
        own = {f"{scheme}://{headers.get('host', '')}" for scheme in ("http", "https")}
        if origin is not None and rule.need is not Need.NOTHING and origin not in own:
            if not _served_here(origin):
                raise Refused(403, f"pages of {origin[:200]} may not ask here: make a publishable key for them")
            if rule.need is Need.SECRET:
                raise Refused(403, "pages ask, search and read; what else there is, programs do")
        return Identity(Standing.OPEN)


class Guesses(Protocol):
    """Counts keys that are none."""

    def refused(self, scope: Scope) -> Response | None:
        """What to reply instead to somebody who showed too many of them."""


class Door:
    """The ASGI side: lets in or refuses, and tells browsers which pages may read the reply (CORS)."""

    def __init__(self, app: ASGIApp, access: Access, guesses: Guesses) -> None:
        self.app = app
        self.access = access
        self.guesses = guesses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            else:  # there is no WebSocket here
                await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        readable = self.access.readable_by(origin)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                added.setdefault("X-Content-Type-Options", "nosniff")
                if "access-control-allow-origin" not in added:  # what is public says so itself
                    added.add_vary_header("Origin")
                    if readable and origin is not None:
                        added["Access-Control-Allow-Origin"] = origin
                        added["Access-Control-Expose-Headers"] = EXPOSED
            await send(message)

        if scope["method"] == "OPTIONS" and origin is not None and "access-control-request-method" in headers:
            reply = (
                problems.plain(204, headers=_PREFLIGHT)
                if readable
                else problems.error(scope, 403, f"pages of {origin[:200]} may not ask here")
            )
            await reply(scope, receive, told)
            return
        rule = rule_for(scope["method"], scope["path"])
        scope["dateline.rule"] = rule
        try:
            scope["dateline.identity"] = self.access.admit(rule, headers, scope["scheme"])
        except Refused as no:
            told_how = {"WWW-Authenticate": 'Bearer realm="dateline"'} if no.status == 401 else {}
            reply = problems.error(scope, no.status, no.detail, headers=told_how)
            too_many = self.guesses.refused(scope) if no.guessed else None
            await (too_many or reply)(scope, receive, told)
            return
        await self.app(scope, receive, told)


def _bearer(headers: Headers) -> str | None:
    """The key that was sent, if one was. What is no `Bearer` header is a key that nobody knows."""
    sent = headers.getlist("authorization")
    if not sent:
        return None
    word, _, key = sent[0].partition(" ")
    return key.strip() if len(sent) == 1 and word.lower() == "bearer" else ""


def _origin(headers: Headers, scheme: str) -> str | None:
    """The page's origin. Browsers leave it out when a page gets something from its own server."""
    origin = headers.get("origin")
    if origin is None and headers.get("sec-fetch-site") == "same-origin":
        return f"{scheme}://{headers.get('host', '')}"
    return origin


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _names_this_machine(host: str) -> bool:
    """Whether a Host header is one that no page from elsewhere can be served under: an address, or a bare name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if re.fullmatch(r"[a-z0-9_-]+|[a-z0-9-]+\.localhost", name):
        return True  # a name without a dot is nobody's domain
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _served_here(origin: str) -> bool:
    """Whether a page comes from a server on this machine."""
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and (is_loopback(name) or name.endswith(".localhost"))
