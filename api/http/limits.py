"""How much anyone may ask: the one place where requests are counted, sized, queued and turned away.

In this order: the size of the body, the rate of an address and of a key, the day's budget, a turn to be worked on.
Where no key is needed only the sizes and the turns hold: the machine's own user is not rationed.

Rates are kept by the generic cell rate algorithm (ITU-T I.371): one number for each who asks, no window that
everybody's requests rush into. They are told as the `RateLimit` fields of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import problems
from api.http.access import RULES, Cost, Identity, Rule, Standing, identity_of
from api.http.keys import Key, Keys
from rag.settings import Settings

WINDOW_S = 60.0
REMEMBERED = 50_000  # of those who ask, the latest
GUESSES = 30  # keys a minute that are none, from one address
BODY_S = 20.0  # between two pieces of a request's body
_NO_RULE = RULES[0]


def _whole(seconds: float) -> int:
    """Whole seconds, rounded up; what is over by less than a millisecond is how numbers are kept, not time."""
    return math.ceil(round(seconds, 3))


class TooMany(Exception):
    """Turned away for now."""

    def __init__(self, status: int, detail: str, retry_s: float, why: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {"Retry-After": str(max(1, _whole(retry_s)))}
        self.why = why  # for the metrics


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one limit: `left` of `most` requests a minute, all of them again in `reset_s` seconds."""

    policy: str
    most: int
    left: int
    reset_s: float


class Rates:
    """Requests a minute of each who asks. One number for each; the longest unseen are forgotten."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._due: OrderedDict[tuple[str, str], float] = OrderedDict()

    def take(self, policy: str, who: str, most: int) -> Left:
        """One request of `who`. Raises TooMany, with the seconds until one more is allowed."""
        now, step = self._timer(), WINDOW_S / most
        due = max(self._due.get((policy, who), now), now)
        if due - now > WINDOW_S - step + 1e-9:
            raise TooMany(
                429, f"more than {most:,} requests a minute: ask again later", due - now - WINDOW_S + step, policy
            )
        self._due[policy, who] = due + step
        self._due.move_to_end((policy, who))
        if len(self._due) > REMEMBERED:
            self._due.popitem(last=False)
        ahead = due + step - now
        return Left(policy, most, int((WINDOW_S - ahead) / step + 1e-9), ahead)


@dataclass(slots=True)
class Turn:
    """A place at work. What is begun in threads is named here, so that the place is not given away before it ends."""

    running: list[asyncio.Future[None]] = field(default_factory=list)


class Turns:
    """At most `at_once` at work, at most `queue` waiting, first come first served; the rest are turned away."""

    def __init__(self, at_once: int, queue: int, wait_s: float) -> None:
        self.at_once = at_once
        self.queue = queue
        self.wait_s = wait_s
        self.busy = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._seconds = 1.0  # what a turn took of late

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not one.done() for one in self._waiting)

    @asynccontextmanager
    async def one(self, gone: asyncio.Future[None] | None = None) -> AsyncIterator[Turn]:
        """A turn. Raises TooMany (503) when too many wait or it takes too long; Gone when `gone` is done first."""
        if self.busy >= self.at_once or self.waiting:
            await self._wait(gone)
        else:
            self.busy += 1
        started, turn = time.monotonic(), Turn()
        try:
            yield turn
            running = [one for one in turn.running if not one.done()]
            if running:
                await asyncio.wait(running)
        finally:
            # A request that is torn down leaves its threads behind; the place is theirs until they end.
            left = [one for one in turn.running if not one.done()]
            if left:
                asyncio.gather(*left, return_exceptions=True).add_done_callback(lambda _: self._leave(started))
            else:
                self._leave(started)

    async def _wait(self, gone: asyncio.Future[None] | None) -> None:
        expected = self._seconds * (self.waiting + 1) / self.at_once
        if self.waiting >= self.queue:
            raise TooMany(503, "all are busy and many wait already: try again in a moment", expected, "queue_full")
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            heard = [place, gone] if gone else [place]
            await asyncio.wait(heard, timeout=self.wait_s, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if not place.cancel():  # it was given a place and cannot take it
                self._next()
            raise
        if place.done():
            return
        place.cancel()
        if gone is not None and gone.done():
            raise Gone
        raise TooMany(503, "all are busy: try again in a moment", expected, "waited_too_long")

    def _leave(self, started: float) -> None:
        self._seconds += 0.1 * (time.monotonic() - started - self._seconds)
        self._next()

    def _next(self) -> None:
        while self._waiting:
            following = self._waiting.popleft()
            if not following.done():
                following.set_result(None)  # the place goes on to the next, it is never free in between
                return
        self.busy -= 1


class Gone(Exception):
    """Whoever asked has left."""


class Limits:
    """What is allowed, and what was used. Rates hold for one process: with several, each allows its share."""

    def __init__(self, settings: Settings, keys: Keys, *, timer: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.keys = keys
        self.rates = Rates(timer)
        self.asking = Turns(settings.at_once, settings.queue, settings.queue_wait_s)
        self.adding = Turns(1, 8, settings.queue_wait_s)

    def refused(self, scope: Scope) -> Response | None:
        """Count a key that is none; the reply to somebody who showed too many."""
        try:
            self.rates.take("guesses", address_of(scope), self._share(GUESSES))
        except TooMany as no:
            scope["dateline.shed"] = no.why
            return problems.error(scope, no.status, no.detail, headers=no.headers)
        return None

    def take(self, rule: Rule, who: Identity, address: str) -> list[Left]:
        """Count one request towards the rates and the day. Raises TooMany."""
        if who.standing is Standing.OPEN or rule.cost is Cost.NONE:
            return []
        limits, left = self.settings, []
        asks = rule.cost in {Cost.ASK, Cost.CALL}
        if who.standing is not Standing.SECRET:  # programs with a secret key are counted by key, wherever they run
            most = limits.asks_per_minute if asks else limits.reads_per_minute
            if most:
                policy = "address-asks" if asks else "address-reads"
                left.append(self.rates.take(policy, address, self._share(most)))
        if who.key is not None and asks:
            most = who.key.per_minute or limits.key_asks_per_minute
            if most:
                left.append(self.rates.take("key-asks", who.key.key_id, self._share(most)))
            self._day(who.key)
        return left

    def _share(self, most: int) -> int:
        return max(1, most // self.settings.workers)

    def _day(self, key: Key) -> None:
        now = self.keys.clock().astimezone(dt.UTC)
        left_s = 86_400.0 - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
        limits = self.settings
        if limits.tokens_per_day and self.keys.used(key.key_id).tokens >= limits.tokens_per_day:
            raise TooMany(429, "this key's tokens for today are used up: ask again tomorrow (UTC)", left_s, "tokens")
        if limits.spend_per_day:
            used = self.keys.used()
            spent = (used.tokens_in * limits.price_prompt + used.tokens_out * limits.price_reply) / 1e6
            if spent >= limits.spend_per_day:
                raise TooMany(429, "today's budget is used up: ask again tomorrow (UTC)", left_s, "spend")

    def body_bytes(self, rule: Rule) -> int:
        """The largest body of a request, in bytes."""
        return (
            self.settings.max_articles_mb * 1_000_000 if rule.cost is Cost.ADD else self.settings.max_body_kb * 1_000
        )


class Counter:
    """The ASGI side: sizes, counts, and gives turns."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request that was let in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        rule: Rule = scope.get("dateline.rule", _NO_RULE)
        try:
            left = self.limits.take(rule, identity_of(scope), address_of(scope))
        except TooMany as no:
            await self._turn_away(no, scope, receive, send)
            return
        if left:
            send = _with_rates(send, left)
        try:
            body = await self._body(scope, receive, self.limits.body_bytes(rule))
        except _BadBody as bad:
            # What was sent and not read cannot be told from the next request.
            await problems.error(scope, bad.status, bad.detail, headers={"Connection": "close"})(scope, receive, send)
            return
        if body is None:
            return
        turns = {Cost.ASK: self.limits.asking, Cost.ADD: self.limits.adding}.get(rule.cost)
        replayed = _Replay(body, receive)
        if turns is None:
            await self.app(scope, replayed, send)
            return
        watch = asyncio.ensure_future(replayed.left())
        try:
            async with turns.one(watch) as turn:
                watch.cancel()
                await asyncio.wait([watch])
                if replayed.gone:
                    return
                scope["dateline.turn"] = turn
                await self.app(scope, replayed, send)
        except TooMany as no:
            await self._turn_away(no, scope, receive, send)
        except Gone:
            scope["dateline.shed"] = "left_the_queue"
        finally:
            watch.cancel()

    async def _turn_away(self, no: TooMany, scope: Scope, receive: Receive, send: Send) -> None:
        scope["dateline.shed"] = no.why
        await problems.error(scope, no.status, no.detail, headers=no.headers)(scope, receive, send)

    async def _body(self, scope: Scope, receive: Receive, most: int) -> bytes | None:
        """The whole body; None when the sender left. Raises _BadBody for one too large or too slow."""
        stated = Headers(scope=scope).get("content-length", "0")
        size = f"{most / 1e6:g} MB" if most >= 1_000_000 else f"{most / 1e3:g} kB"
        if not stated.isdecimal() or int(stated[:20]) > most:
            raise _BadBody(413, f"the request is larger than {size}: send less at a time")
        pieces, total = [], 0
        while True:
            try:
                message = await asyncio.wait_for(receive(), BODY_S)
            except TimeoutError:
                raise _BadBody(408, f"no more of the request came for {BODY_S:g} seconds") from None
            if message["type"] == "http.disconnect":
                return None
            pieces.append(message.get("body", b""))
            total += len(pieces[-1])
            if total > most:
                raise _BadBody(413, f"the request is larger than {size}: send less at a time")
            if not message.get("more_body", False):
                return b"".join(pieces)


class _BadBody(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class _Replay:
    """A body that was read, to be read again; then whatever comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive
        self.gone = False

    async def left(self) -> None:
        """Return when whoever asked has left."""
        while not self.gone:
            self.gone = (await self._receive())["type"] == "http.disconnect"

    async def __call__(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        if self.gone:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self.gone = message["type"] == "http.disconnect"
        return message


def _with_rates(send: Send, left: list[Left]) -> Send:
    """`send`, with the RateLimit fields on the reply."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["RateLimit-Policy"] = ", ".join(f'"{one.policy}";q={one.most};w={WINDOW_S:.0f}' for one in left)
            headers["RateLimit"] = ", ".join(f'"{one.policy}";r={one.left};t={_whole(one.reset_s)}' for one in left)
        await send(message)

    return told


def address_of(scope: Scope) -> str:
    """Whose address counts: an IPv4 address, or the /64 that an IPv6 address is in, which is one subscriber's."""
    client = scope.get("client")
    host = str(client[0]) if client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
