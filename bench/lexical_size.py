"""The lexical index by size: build, disk, opening, latency of a question, and the cost of one more article.

    python -m bench.lexical_size --sizes 10000 100000 300000

Real articles (DATELINE_DATA), cut into passages of at most 150 words, taken again under new ids beyond what there is;
real questions, one at a time. An article added is ten passages, one commit, and the writer closed again.
`processor_ms` is the processor's time, which other work on the machine disturbs less than it does the clock's.
"""

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.corpus import articles, questions
from index.lexical import LexicalIndex, LexicalRow

WORDS: Final = 150
FETCHED: Final = 100


def passages(file: str) -> Iterator[tuple[str, str]]:
    """Yield the title and text of every passage of the corpus: whole lines of about `WORDS` words together."""
    for article in articles(file):
        held: list[str] = []
        size = 0
        for line in article.text.split("\n")[1:]:
            words = line.count(" ") + 1
            if held and size + words > WORDS:
                yield article.title, "\n".join(held)
                held, size = [], 0
            held.append(line)
            size += words
        if held:
            yield article.title, "\n".join(held)


def _timed(calls: list[Callable[[], object]]) -> dict[str, float]:
    took, used = [], []
    for call in calls:
        begun, processor = time.perf_counter(), time.process_time()
        call()
        used.append((time.process_time() - processor) * 1e3)
        took.append((time.perf_counter() - begun) * 1e3)
    return {
        "processor_ms": round(float(np.median(used)), 2),
        "median_ms": round(float(np.median(took)), 2),
        "p99_ms": round(float(np.percentile(took, 99)), 2),
    }


def measure(count: int, texts: list[tuple[str, str]], asked: list[str], folder: Path) -> dict[str, Any]:
    """Build an index of `count` passages in a folder and return its figures."""
    rows = (LexicalRow(n, *text) for n, text in enumerate(itertools.islice(itertools.cycle(texts), count), 1))
    begun = time.perf_counter()
    index = LexicalIndex.open(folder)
    index.add(rows)
    index.commit(1)
    built = time.perf_counter() - begun
    index.close()
    merged = time.perf_counter() - begun
    size = sum(path.stat().st_size for path in max(folder.glob("g*")).iterdir())
    begun = time.perf_counter()
    reader = LexicalIndex.open(folder, read_only=True)
    opened = time.perf_counter() - begun
    rng = np.random.default_rng(0)
    result: dict[str, Any] = {
        "n": count,
        "build_s": round(built, 1),
        "merge_s": round(merged - built, 1),
        "bytes_per_passage": round(size / count),
        "open_s": round(opened, 2),
    }
    for question in asked[:50]:
        reader.search(question, FETCHED)
    result["search"] = _timed([lambda q=q: reader.search(q, FETCHED) for q in asked])  # type: ignore[misc]
    for share in (0.99, 0.1, 0.01, 0.001):
        mask = rng.random(count + 1) < share
        result[f"search, {share:.1%} allowed"] = _timed(
            [lambda q=q, mask=mask: reader.search(q, FETCHED, allowed=mask) for q in asked]  # type: ignore[misc]
        )
    long = " ".join(text for _, text in texts[:100])
    result["search, 10,000 words"] = _timed([lambda: reader.search(long, FETCHED)] * 10)

    def add(number: int) -> None:
        index.add(LexicalRow(count + number * 10 + n, *texts[n]) for n in range(10))
        index.commit(number)
        index.close()  # so that any process may write next

    result["add an article"] = _timed([lambda n=n: add(n) for n in range(1, 41)])  # type: ignore[misc]
    result["refresh"] = _timed([reader.refresh])
    result["refresh, nothing new"] = _timed([reader.refresh] * 100)
    result["search after it"] = _timed([lambda q=q: reader.search(q, FETCHED) for q in asked])  # type: ignore[misc]
    return result


def main() -> int:
    """Print the figures of each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 300_000])
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    asked = [each.question for each in questions("questions-dev.jsonl")][: arguments.questions]
    texts = list(itertools.islice(passages("articles.jsonl.gz"), max(arguments.sizes)))
    every = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="lexical-size-") as name:
            every.append(measure(size, texts, asked, Path(name)))
        if not arguments.json:
            for key, value in every[-1].items():
                print(f"{key:28}", value, flush=True)
    if arguments.json:
        print(json.dumps(every))
    return 0


if __name__ == "__main__":
    sys.exit(main())
