"""The one place for outbound requests to addresses that people and feeds name.

An address may come from anyone, so a request must not become a way into the network it is made from: only http and
https, only public addresses, checked on the very address that is connected to (a name is resolved once, so it cannot
mean one thing to the check and another to the connection), and again at every redirect. What comes back is bounded in
time and size, unpacked size included. Proxies and credentials of the environment are not used.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from typing import TypeAlias

import httpcore2
import httpx2

from index.errors import RefusedRequest, UnreadableInput
from index.inflate import gunzip
from index.paths import size_of

_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_USER_AGENT = "Dateline/0.1 (news reader)"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052

Resolve: TypeAlias = Callable[[str, int], list[str]]  # host, port → addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Bounds on one fetch, redirects included."""

    seconds: float = 30.0
    connect_seconds: float = 10.0
    body_bytes: int = 20_000_000  # unpacked
    body_ratio: float = 200.0  # unpacked size over packed size
    redirects: int = 5
    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})  # not asked of when private addresses are allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A reply. `body` is unpacked, and empty when `not_modified`."""

    url: str  # the last one, after redirects
    status: int  # 200 … 299, or 304
    body: bytes = b""
    content_type: str = ""  # as sent, with its charset
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None  # where permanent redirects alone lead: the address to ask next time

    @property
    def not_modified(self) -> bool:
        """Whether the server said that nothing changed since `etag` or `last_modified`."""
        return self.status == HTTPStatus.NOT_MODIFIED


class FetchFailed(UnreadableInput):
    """The other side did not answer, or answered with an error. It may be worth trying again later."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status  # HTTP status, None without an answer
        self.retry_after = retry_after  # seconds that the server asks to wait


def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host` by the system's resolver, which also reads odd spellings such as 0x7f.1."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch(
    url: str,
    *,
    limits: FetchLimits | None = None,
    allow_private: bool = False,
    etag: str | None = None,
    last_modified: str | None = None,
    resolver: Resolve = resolve,
) -> Fetched:
    """GET `url`. With `etag` or `last_modified` of an earlier reply, an unchanged page comes back as `not_modified`.

    Raises RefusedRequest for what is not allowed (address, scheme, port, too many redirects, too large, too slow)
    and FetchFailed for what went wrong (no such host, no answer, an error status).
    """
    limits = limits or FetchLimits()
    deadline = _Deadline(limits.seconds)
    headers = {"user-agent": _USER_AGENT, "accept": "*/*", "accept-encoding": "gzip", "connection": "close"}
    if etag:
        headers["if-none-match"] = _header_value(etag)
    if last_modified:
        headers["if-modified-since"] = _header_value(last_modified)
    network = _CheckedNetwork(resolver, deadline, limits.connect_seconds, allow_private=allow_private)
    here = _parse(url)
    moved_to: str | None = None
    only_permanent = True
    with httpcore2.ConnectionPool(
        ssl_context=_ssl_context(), max_connections=1, max_keepalive_connections=0, network_backend=network
    ) as pool:
        for _ in range(limits.redirects + 1):
            _check_address(here, limits, allow_private=allow_private)
            reply = _get(pool, here, headers, limits, deadline)
            if isinstance(reply, Fetched):
                return replace(reply, moved_to=moved_to)
            only_permanent = only_permanent and reply.permanent
            here = reply.to
            if only_permanent:
                moved_to = str(here)
    raise RefusedRequest(f"{shown(url)}: redirects more than {limits.redirects} times; check where it leads.")


@dataclass(frozen=True, slots=True)
class _Redirect:
    to: httpx2.URL
    permanent: bool


def _get(
    pool: httpcore2.ConnectionPool,
    url: httpx2.URL,
    headers: Mapping[str, str],
    limits: FetchLimits,
    deadline: _Deadline,
) -> Fetched | _Redirect:
    name = shown(str(url))
    target = httpcore2.URL(scheme=url.scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    sent = {**headers, "host": url.netloc.decode("ascii")}
    if url.userinfo:  # sent to this address only: a redirect does not carry it on
        request = next(httpx2.BasicAuth(url.username, url.password).auth_flow(httpx2.Request("GET", url)))
        sent["authorization"] = request.headers["authorization"]
    try:
        with pool.stream("GET", target, headers=list(sent.items())) as response:
            received = httpx2.Headers(response.headers)
            if response.status in _REDIRECTS:
                return _Redirect(_join(url, received.get("location")), response.status in _PERMANENT)
            if response.status != HTTPStatus.NOT_MODIFIED and not 200 <= response.status < 300:
                raise _failed(name, response.status, received)
            body = b"" if response.status == HTTPStatus.NOT_MODIFIED else _body(response, received, name, limits)
            return Fetched(
                url=str(url.copy_with(fragment=None, userinfo=b"")),
                status=response.status,
                body=body,
                content_type=received.get("content-type", ""),
                etag=received.get("etag"),
                last_modified=received.get("last-modified"),
            )
    except httpcore2.TimeoutException as error:
        if deadline.passed:
            limit = f"{limits.seconds:g} seconds"
            raise RefusedRequest(f"{name}: took longer than the {limit} allowed; try later, or raise it.") from error
        raise FetchFailed(
            f"{name}: did not answer in {limits.connect_seconds:g} seconds; try again later."
        ) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError, UnicodeError) as error:
        raise FetchFailed(
            f"{name}: the connection failed ({error}); check the address, or try again later."
        ) from error


def _body(response: httpcore2.Response, headers: httpx2.Headers, name: str, limits: FetchLimits) -> bytes:
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > limits.body_bytes:
        raise _too_large(name, limits)
    pieces: Iterable[bytes] = response.iter_stream()
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding in {"gzip", "x-gzip"}:
        pieces = gunzip(pieces, what=name, max_bytes=limits.body_bytes, max_ratio=limits.body_ratio)
    elif coding not in {"identity", ""}:  # a coding that was not asked for cannot be unpacked within bounds
        raise RefusedRequest(f"{name}: was sent as {coding[:20]!r}, which was not asked for; fetch it another way.")
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > limits.body_bytes:
            raise _too_large(name, limits)
    return bytes(body)


def _too_large(name: str, limits: FetchLimits) -> RefusedRequest:
    return RefusedRequest(f"{name}: is larger than the {size_of(limits.body_bytes)} allowed; raise the limit.")


def _failed(name: str, status: int, headers: httpx2.Headers) -> FetchFailed:
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    wait = headers.get("retry-after", "")
    advice = {401: "give its credentials", 403: "ask its owner for access", 404: "check the address"}.get(
        status, "remove it" if status == HTTPStatus.GONE else "try again later"
    )
    return FetchFailed(
        f"{name}: answered {phrase}; {advice}.", status=status, retry_after=float(wait) if wait.isdigit() else None
    )


# Addresses -----------------------------------------------------------------------------------------------------


def shown(url: str) -> str:
    """An address for messages and logs: without its password."""
    return re.sub(r"(?<=://)[^/@\s]*@", "***@", url[:300])


def _parse(url: str) -> httpx2.URL:
    try:
        return httpx2.URL(url.strip())
    except (httpx2.InvalidURL, TypeError, ValueError, UnicodeError) as error:
        raise RefusedRequest(
            f"{shown(url)}: is not an address; give one such as https://example.com/feed."
        ) from error


def _join(url: httpx2.URL, location: str | None) -> httpx2.URL:
    if not location:
        raise FetchFailed(f"{shown(str(url))}: redirects to nowhere; check the address.")
    try:
        return url.join(location)
    except (httpx2.InvalidURL, ValueError, UnicodeError) as error:
        raise RefusedRequest(
            f"{shown(str(url))}: redirects to what is not an address; check where it leads."
        ) from error


def _check_address(url: httpx2.URL, limits: FetchLimits, *, allow_private: bool) -> None:
    name = shown(str(url))
    if url.scheme not in {"http", "https"} or not url.host:
        raise RefusedRequest(f"{name}: only http and https addresses are fetched; give one of these.")
    port = url.port or (443 if url.scheme == "https" else 80)
    if port > 65535:
        raise RefusedRequest(f"{name}: is not an address, there is no port {port}; correct it.")
    if not allow_private and port not in limits.ports:
        raise RefusedRequest(f"{name}: port {port} is not one that news is served on; allow it if you trust it.")


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, and so is every IPv4 address that it wraps.

    False for private, loopback, link-local, multicast, unspecified, shared and reserved ones, and for no address.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast and not found.is_reserved
    wrapped = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found in _NAT64:
        wrapped.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
    inner = [one for one in wrapped if one is not None]
    if inner:
        return all(is_public(str(one)) for one in inner)
    return found.is_global and not found.is_multicast and not found.is_site_local


# The connection ------------------------------------------------------------------------------------------------


class _Deadline:
    """The end of one fetch, on a clock that nobody can set."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._end

    def left(self, at_most: float | None) -> float:
        """Seconds left. Raises a timeout when there are none, however lively the other side drips."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the time allowed is over")
        return left if at_most is None else min(left, at_most)


class _CheckedNetwork(httpcore2.NetworkBackend):
    """Connects to the address it checked. TLS and the Host header still go by the name."""

    def __init__(
        self, resolver: Resolve, deadline: _Deadline, connect_seconds: float, *, allow_private: bool
    ) -> None:
        self._resolver = resolver
        self._deadline = deadline
        self._connect_seconds = connect_seconds
        self._allow_private = allow_private
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve `host` once, refuse it if any of its addresses is not allowed, connect to one that was checked."""
        try:
            addresses = self._resolver(host.strip("[]"), port)
        except (OSError, UnicodeError) as error:
            raise FetchFailed(f"{host}: there is no such host ({error}); check the address.") from error
        if not addresses:
            raise FetchFailed(f"{host}: has no address; check its name.")
        for address in addresses:
            if not self._allow_private and not is_public(address):
                raise RefusedRequest(
                    f"{host}: is at {address}, which is not a public address; allow private addresses if you mean it."
                )
        failure: Exception | None = None
        for address in addresses[:4]:
            try:
                timeout = self._deadline.left(self._connect_seconds)
                stream = self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure or httpcore2.ConnectError("no address could be connected to")


class _TimedStream(httpcore2.NetworkStream):
    """A connection on which no wait goes beyond the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline
        )

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


@lru_cache(maxsize=1)
def _ssl_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def _header_value(value: str) -> str:
    """A stored validator as a header: one line of ASCII, or nothing of it is sent."""
    return value if value.isascii() and value.isprintable() and len(value) <= 1000 else ""
