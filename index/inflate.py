"""gzip, undone a piece at a time, never to more than was agreed: for files and for replies from the network."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from index.errors import UnreadableInput
from index.paths import size_of

_PIECE = 256 * 1024
_RATIO_FROM = 16_000_000  # below this many bytes a high ratio harms nobody: blank lines compress 1000 to 1


def gunzip(pieces: Iterable[bytes], *, what: str, max_bytes: int, max_ratio: float) -> Iterator[bytes]:
    """The content of the gzip stream `pieces` (RFC 1952, one member or several), in pieces of at most 256 kB.

    Raises UnreadableInput when it is damaged, ends early, grows beyond `max_bytes`, or beyond `max_ratio` times its
    packed size (a "zip bomb"). `what` names it in messages.
    """
    member = zlib.decompressobj(wbits=31)
    packed = unpacked = 0
    begun = False  # inside a member
    for piece in pieces:
        rest = piece
        packed += len(piece)
        while rest:
            if member.eof:
                if not rest.strip(b"\0"):  # padding after the last member, as tape archives leave it
                    break
                member = zlib.decompressobj(wbits=31)
            begun = True
            try:
                out = member.decompress(rest, _PIECE)
            except zlib.error as error:
                raise UnreadableInput(f"{what}: is not sound gzip ({error}); fetch or pack it again.") from error
            rest = member.unused_data if member.eof else member.unconsumed_tail
            unpacked += len(out)
            if unpacked > max_bytes:
                raise UnreadableInput(
                    f"{what}: unpacks to more than the {size_of(max_bytes)} allowed; split it, or raise the limit."
                )
            if unpacked > _RATIO_FROM and unpacked > max_ratio * packed:
                raise UnreadableInput(
                    f"{what}: unpacks to more than {max_ratio:g} times its size, as a zip bomb does; "
                    "unpack it yourself if you trust it."
                )
            if out:
                yield out
    if not begun:
        raise UnreadableInput(f"{what}: is empty; fetch or pack it again.")
    if not member.eof:
        raise UnreadableInput(f"{what}: its gzip data ends early; fetch or pack it again.")
