"""Outbound requests, against real servers on this machine."""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import fetch as fetch_module
from index.errors import RefusedRequest, UnreadableInput
from index.fetch import FetchFailed, FetchLimits, fetch, is_public, shown

Answer = Callable[[bytes], "bytes | Iterator[bytes]"]


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server that sends what `answer` gives for each request's head; yields its port and the heads it saw."""
    heads: list[bytes] = []
    closing = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def serve_one(connection: socket.socket) -> None:
        try:
            connection.settimeout(5)
            with context.wrap_socket(connection, server_side=True) if context else connection as stream:
                head = b""
                while b"\r\n\r\n" not in head and (more := stream.recv(65536)):
                    head += more
                heads.append(head)
                reply = answer(head)
                for piece in [reply] if isinstance(reply, bytes) else reply:
                    if closing.is_set():
                        return
                    stream.sendall(piece)
        except OSError:
            connection.close()

    def serve() -> None:
        while not closing.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heads
    finally:
        closing.set()
        thread.join()
        listener.close()


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP reply."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def test_a_page_is_fetched_with_its_validators() -> None:
    """A reply's body, type, ETag and Last-Modified come back, and the request says who asks."""
    stamp = "Tue, 18 Feb 2025 10:00:00 GMT"
    with serving(
        lambda _: reply(b"<rss/>", etag='"a1"', last_modified=stamp, content_type="text/xml; charset=utf-8")
    ) as (port, heads):
        got = fetch(f"http://127.0.0.1:{port}/feed?page=2#top", allow_private=True)
    assert (got.status, got.body, got.etag, got.last_modified) == (200, b"<rss/>", '"a1"', stamp)
    assert got.content_type == "text/xml; charset=utf-8"
    assert got.url == f"http://127.0.0.1:{port}/feed?page=2"
    assert heads[0].startswith(b"GET /feed?page=2 HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{port}".encode() in heads[0].lower()
    assert b"user-agent: dateline" in heads[0].lower()


def test_an_unchanged_page_is_not_sent_again() -> None:
    """The validators of the last reply are sent, and 304 comes back as not modified, without a body."""
    with serving(lambda _: reply(status="304 Not Modified", etag='"a1"')) as (port, heads):
        got = fetch(f"http://127.0.0.1:{port}/", allow_private=True, etag='"a1"', last_modified="yesterday")
    assert got.not_modified
    assert got.body == b""
    assert b'if-none-match: "a1"' in heads[0].lower()
    assert b"if-modified-since: yesterday" in heads[0].lower()


def test_a_stored_validator_cannot_add_headers() -> None:
    """An ETag with line breaks in it does not reach the request."""
    with serving(lambda _: reply(b"x")) as (port, heads):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True, etag='"a"\r\nx-evil: 1')
    assert b"evil" not in heads[0]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"],
)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    """Loopback is refused however it is written, before anything is sent."""
    with serving(lambda _: reply(b"secret")) as (port, heads):
        limits = FetchLimits(ports=frozenset({port}))
        with pytest.raises((RefusedRequest, FetchFailed)) as refusal:
            fetch(f"http://{host}:{port}/", limits=limits)
    assert heads == []
    if not isinstance(refusal.value, FetchFailed):  # some resolvers do not know the oddest spellings
        assert "not a public address" in str(refusal.value)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.9.9.9", "0.0.0.0", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd12::1", "ff02::1", "ff0e::1", "fec0::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::",
        "64:ff9b::a00:1", "2001:db8::1", "", "nonsense",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    """Private, loopback, link-local, multicast, reserved and wrapped private addresses are not public."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_addresses_that_are_public(address: str) -> None:
    """Ordinary addresses, and wrapped ones that lead to an ordinary address, are public."""
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_wrapping(address: object) -> None:
    """An IPv4 address is as public inside IPv6 as it is alone."""
    packed = int(address)  # type: ignore[call-overload]
    expected = is_public(str(address))
    assert is_public(f"::ffff:{address}") == expected
    assert is_public(f"64:ff9b::{packed >> 16:x}:{packed & 0xFFFF:x}") == expected


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    """A name that changes its address after the check (DNS rebinding) is asked for once, so it cannot."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["198.51.100.7"] if len(asked) == 1 else ["127.0.0.1"]

    with serving(lambda _: reply(b"secret")) as (port, heads):
        limits = FetchLimits(ports=frozenset({port}), connect_seconds=0.2)
        with pytest.raises(RefusedRequest, match=r"198\.51\.100\.7"):
            fetch(f"http://news.example:{port}/", limits=limits, resolver=rebinding)
        assert asked == ["news.example"]

        asked.clear()

        def here(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        got = fetch(
            f"http://news.example:{port}/", resolver=here,
            allow_private=True,
        )  # fmt: skip
    assert got.body == b"secret"
    assert asked == ["news.example"]
    assert f"host: news.example:{port}".encode() in heads[0].lower()


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    """A name with a public and a private address is refused."""
    with pytest.raises(RefusedRequest, match=r"10\.0\.0\.8"):
        fetch("http://news.example/", resolver=lambda host, port: ["1.1.1.1", "10.0.0.8"])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://example.com/x", "only http and https"),
        ("gopher://example.com", "only http and https"),
        ("example.com/feed", "only http and https"),
        ("", "only http and https"),
        ("http://", "only http and https"),
        ("http://example.com:22/", "port 22"),
        ("http://exa mple.com/\x00", "not an address"),
        ("http://example.com:99999/", "not an address"),
    ],
)
def test_what_is_not_fetched(url: str, why: str) -> None:
    """Other schemes, odd ports and things that are no address are refused with the reason."""
    with pytest.raises(RefusedRequest, match=why):
        fetch(url, resolver=lambda host, port: pytest.fail("nothing may be resolved"))


def test_a_redirect_is_followed_and_a_permanent_one_remembered() -> None:
    """Relative redirects work; only the permanent ones at the start say where to ask next time."""

    def answer(head: bytes) -> bytes:
        places = {b"/old": ("301 Moved Permanently", "/new"), b"/new": ("302 Found", "/today")}
        status, to = places.get(head.split()[1], ("", ""))
        return reply(status=status, location=to) if status else reply(b"here")

    with serving(answer) as (port, _):
        got = fetch(f"http://127.0.0.1:{port}/old", allow_private=True)
    assert got.body == b"here"
    assert got.url.endswith("/today")
    assert got.moved_to == f"http://127.0.0.1:{port}/new"


def test_a_redirect_to_a_private_address_is_refused() -> None:
    """A public page cannot lead into the private network: every redirect is checked again."""
    with serving(lambda _: reply(b"secret")) as (private, seen):
        with serving(lambda _: reply(status="302 Found", location=f"http://127.0.0.1:{private}/")) as (port, _):
            # The first server plays a public one: its name is given a public address, and connected to here.
            network = fetch_module._CheckedNetwork
            real = network.connect_tcp

            def connect(self: object, host: str, *args: object, **options: object) -> object:
                if host == "news.example":
                    return fetch_module._TimedStream(
                        self._sockets.connect_tcp("127.0.0.1", port), self._deadline  # type: ignore[attr-defined]
                    )  # fmt: skip
                return real(self, host, *args, **options)  # type: ignore[arg-type]

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(network, "connect_tcp", connect)
                with pytest.raises(RefusedRequest, match=r"127\.0\.0\.1, which is not a public address"):
                    fetch(f"http://news.example:{port}/", limits=FetchLimits(ports=frozenset({port, private})))
        assert seen == []


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)"])
def test_a_redirect_to_another_scheme_is_refused(to: str) -> None:
    """A redirect can only lead to http and https."""
    with serving(lambda _: reply(status="302 Found", location=to)) as (port, _), pytest.raises(RefusedRequest):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True)


def test_redirects_in_a_circle_end() -> None:
    """After the redirects allowed, the fetch is refused."""
    circle = reply(status="302 Found", location="/again")
    with (
        serving(lambda _: circle) as (port, heads),
        pytest.raises(RefusedRequest, match="redirects more than 5 times"),
    ):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True)
    assert len(heads) == 6


def test_credentials_go_to_their_own_address_only() -> None:
    """A password in the address is sent as Basic, not carried to another host, and never shown."""
    with (
        serving(lambda _: reply(b"other")) as (other, seen),
        serving(lambda _: reply(status="302 Found", location=f"http://localhost:{other}/")) as (port, heads),
    ):
        got = fetch(f"http://wire:s3cret@127.0.0.1:{port}/", allow_private=True)
        with pytest.raises(FetchFailed) as failure:
            fetch("http://wire:s3cret@nowhere.invalid/", resolver=lambda host, port: [])
    assert b"authorization: Basic d2lyZTpzM2NyZXQ=" in heads[0]
    assert b"authorization" not in seen[0].lower()
    assert "s3cret" not in got.url + str(failure.value)
    assert shown("http://wire:s3cret@host/x") == "http://***@host/x"


def test_a_reply_that_never_ends_is_cut_by_its_size() -> None:
    """A stream without end is refused once it is larger than allowed."""

    def endless(_: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n\r\n<rss>"
        while True:
            yield b"<item/>" * 1000

    with serving(endless) as (port, _), pytest.raises(RefusedRequest, match="larger than the 100 kB allowed"):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True, limits=FetchLimits(body_bytes=100_000))


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n"])
def test_a_reply_that_drips_is_cut_by_its_time(start: bytes) -> None:
    """A server that sends a byte now and then, in the head or in the body, cannot hold a fetch beyond its time."""
    more = threading.Event()

    def dripping(_: bytes) -> Iterator[bytes]:
        yield start
        for _second in range(1000):
            more.wait(0.05)
            yield b"x"

    with serving(dripping) as (port, _), pytest.raises(RefusedRequest, match=r"took longer than the 0\.3 seconds"):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True, limits=FetchLimits(seconds=0.3))


def test_gzip_is_unpacked_within_bounds() -> None:
    """An honest gzip reply is unpacked; a bomb is refused before it fills the memory."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(
        lambda head: reply(bomb if b"bomb" in head else gzip.compress(b"news"), content_encoding="gzip")
    ) as (
        port,
        _,
    ):
        assert fetch(f"http://127.0.0.1:{port}/", allow_private=True).body == b"news"
        with pytest.raises(UnreadableInput, match="unpacks to more than"):
            fetch(f"http://127.0.0.1:{port}/bomb", allow_private=True)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (reply(b"x", content_encoding="br"), "was not asked for"),
        (reply(b"not gzip", content_encoding="gzip"), "not sound gzip"),
        (reply(gzip.compress(b"news" * 100, mtime=0)[:-9], content_encoding="gzip"), "ends early"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", "larger than"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "connection failed"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "connection failed"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 500_000 + b"\r\n\r\n", "connection failed"),
        (b"", "connection failed"),
        (reply(status="302 Found"), "redirects to nowhere"),
    ],
)
def test_broken_replies_are_named(answer: bytes, why: str) -> None:
    """A reply that is not what it says is an error of this family, with the reason."""
    with serving(lambda _: answer) as (port, _), pytest.raises(UnreadableInput, match=why):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True)


def test_an_error_status_says_what_to_do_and_when() -> None:
    """404 and 429 carry their status, the advice, and how long the server asks to wait."""

    def answer(head: bytes) -> bytes:
        return reply(status="429 Too Many Requests", retry_after="120") if b"busy" in head else reply(status="404 No")

    with serving(answer) as (port, _):
        with pytest.raises(FetchFailed, match="404 Not Found; check the address") as missing:
            fetch(f"http://127.0.0.1:{port}/", allow_private=True)
        with pytest.raises(FetchFailed, match="429") as busy:
            fetch(f"http://127.0.0.1:{port}/busy", allow_private=True)
    assert missing.value.status == 404
    assert busy.value.retry_after == 120


def test_a_closed_port_is_a_clear_failure() -> None:
    """Nobody listening is reported with the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed, match=f"127.0.0.1:{port}"):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True)


def test_tls_goes_by_the_name_and_not_by_the_pinned_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate must be of the name in the address, although the connection is to a checked IP address."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=news.example",
         "-addext", "subjectAltName=DNS:news.example"],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("needs openssl to make a certificate")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    names: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    client = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(fetch_module, "_ssl_context", lambda: client)
    with serving(lambda _: reply(b"over TLS"), server) as (port, _):
        here = {"resolver": lambda host, port: ["127.0.0.1"], "allow_private": True}
        assert fetch(f"https://news.example:{port}/", **here).body == b"over TLS"  # type: ignore[arg-type]
        assert names == ["news.example"]
        with pytest.raises(FetchFailed, match=r"(?i)certificate"):
            fetch(f"https://other.example:{port}/", **here)  # type: ignore[arg-type]
