"""Learn `rag/token_map.npy`: from the means of a line's tokens to the vector that the embedder gives the line.

    python -m bench.token_map --home DIR [--lines 30000] [--out FILE]

Lines are drawn from the articles of an index, at most four of each. Every tenth is held back: printed is how the
cosines of random pairs of those agree with the embedder's own. No line is in what is written, only the map's numbers.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from index.article import Status
from index.embedder import load_embedder
from index.lines import Lines
from index.store import Store
from rag.lines import MAX_SENTENCE
from rag.sentences import split
from rag.token_vectors import open_token_vectors

RIDGE = 0.05
OF_EACH = 4  # lines of an article


def drawn(home: Path, most: int, seed: int) -> list[str]:
    """Sentences of usable articles, each once, in an order of their own."""
    store = Store(home / "articles.db")
    names, after = list[tuple[str, str]](), ""
    while page := store.articles(after=after, limit=1000, status=Status.USABLE):
        names += [(held.article_id, held.revision) for held in page if held.revision]
        after = page[-1].article_id
    chance = random.Random(seed)
    chance.shuffle(names)
    found: dict[str, None] = {}
    for name in names:
        if len(found) >= most:
            break
        placed = [one.text for line in Lines(store.text(*name)) for one in split(line)]
        chance.shuffle(placed)
        found.update((text, None) for text in [text for text in placed if len(text) <= MAX_SENTENCE][:OF_EACH])
    store.close()
    return list(found)[:most]


def main() -> None:
    """Learn, say how well it does on what it was not learned from, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=30_000)
    parser.add_argument("--out", type=Path, default=Path("rag/token_map.npy"))
    args = parser.parse_args()
    texts = drawn(args.home, args.lines, seed=1)
    embedder = load_embedder()
    tokens = open_token_vectors(embedder)
    if tokens is None:
        raise SystemExit("the default model is needed")
    exact = embedder.encode_passages(texts)  # (n, d)
    held = np.arange(len(texts)) % 10 == 0
    seen = tokens.features(texts)  # (n, 3 d + 1)
    known = seen[~held].astype(np.float64)
    square = known.T @ known + RIDGE * np.eye(seen.shape[1])
    learned = np.linalg.solve(square, known.T @ exact[~held]).astype(np.float16)
    guessed = seen[held] @ learned.astype(np.float32)
    guessed /= np.linalg.norm(guessed, axis=1, keepdims=True)
    one, other = np.triu_indices(min(len(guessed), 1_000), k=1)
    told = np.einsum("nd,nd->n", guessed[one], exact[held][other])
    truth = np.einsum("nd,nd->n", exact[held][one], exact[held][other])
    print(f"{len(texts):,} lines; held back: correlation {np.corrcoef(told, truth)[0, 1]:.3f}, ", end="")
    print(f"cosine with its own {np.einsum('nd,nd->n', guessed, exact[held]).mean():.3f}")
    with args.out.open("wb") as file:
        np.save(file, learned, allow_pickle=False)


if __name__ == "__main__":
    main()
