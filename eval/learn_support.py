"""Learn how the checks' findings are weighed into one verdict: `python -m eval.learn_support`.

Reads our own labelled pairs: the `dev` split of gold/pairs.jsonl and the `train` split of gold/pairs-written.jsonl;
their `test` splits are only measured on. Measured too: how many of the lines' own sentences, which a small model says
most often, are called supported. They are not learned from: in hand-made pairs a sentence that repeats its line's
words is as often a trap as a copy, so `judge` never fails one against which nothing was found. Same data, same
weights: nothing here is random.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.pairs import LABELS, Pair, claim_of, load, macro_f1
from index.article import NewsDate
from index.embedder import load_embedder
from rag.checks import check_sentence
from rag.checks.align import sources
from rag.checks.entailment import Entailment, Shares
from rag.checks.support import KINDS, Embedder, Model, Reader, features, unopposed
from rag.settings import Settings

GOLD = Path(__file__).parent / "gold"
FILES = {"pairs.jsonl": "dev", "pairs-written.jsonl": "train"}  # file → the split learned from
CARD = Path(__file__).parents[1] / "rag" / "checks" / "entailment.json"
TARGET = Path(__file__).parents[1] / "rag" / "checks" / "support.json"
LEFT_OUT = {"read": (), "with": ("read",), "without": ("read", "alike")}  # how features that a model lacks begin
STEPS = 4_000
# C, the weight of the errors beside that of the weights; the best of .01, .03, .1 in cross-validation over articles.
REGULARISATION = 0.03


class HeldOut:
    """What the entailment model said of the pairs it learned from, each time before it had seen their article."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """The shares lie in the model's card, by the pair's id."""
        said = json.loads(CARD.read_text(encoding="utf-8"))["held_out"]
        self._shares: dict[tuple[str, tuple[str, ...]], Shares] = {
            (pair.sentence, pair.lines): tuple(said[pair.id]) for pair in pairs
        }

    def read(self, sentence: str, lines: Sequence[str], published: NewsDate | None = None) -> Shares:  # noqa: ARG002
        """See `rag.checks.support.Reader`."""
        return self._shares[sentence, tuple(lines)]


def copies(pairs: Sequence[Pair]) -> list[Pair]:
    """The sentences of the pairs' lines, each as a supported pair beside its own lines."""
    made: dict[str, Pair] = {}
    for pair in {pair.lines: pair for pair in pairs}.values():
        for source in sources(pair.lines):
            if 4 <= len(source.words) <= 40:
                made.setdefault(
                    source.text,
                    Pair(
                        id=f"copy-{len(made)}", sentence=source.text, lines=pair.lines, label="supported",
                        published_at=pair.published_at, group=pair.group,
                    ),
                )  # fmt: skip
    return list(made.values())


def fit(x: npt.NDArray[np.float64], y: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Mean, scale, weights and bias of the model, rounded to four places. The three labels count alike."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale < 1e-6] = 1.0
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])  # (pairs, features + 1): the bias is the last
    told = np.eye(len(LABELS))[y]
    weight = (len(y) / len(LABELS) / told.sum(axis=0))[y][:, None]
    free = np.ones(z.shape[1])
    free[-1] = 0.0  # the bias is not held back
    # Gradient descent with Nesterov's momentum (1983) on C · cross-entropy + ½ |weights|², from zero.
    step = 1 / (1 + REGULARISATION * 0.5 * float(np.linalg.eigvalsh((z * weight).T @ z)[-1]))
    w = ahead = np.zeros((len(LABELS), z.shape[1]))
    for turn in range(1, STEPS + 1):
        e = np.exp((s := z @ ahead.T) - s.max(axis=1, keepdims=True))
        gradient = REGULARISATION * ((e / e.sum(axis=1, keepdims=True) - told) * weight).T @ z + free * ahead
        w, last = ahead - step * gradient, w
        ahead = w + (turn - 1) / (turn + 2) * (w - last)
    return {
        "mean": np.round(mean, 4).tolist(),
        "scale": np.round(scale, 4).tolist(),
        "weights": np.round(w[:, :-1], 4).tolist(),
        "bias": np.round(w[:, -1], 4).tolist(),
    }


@dataclass(frozen=True, slots=True)
class Table:
    """Pairs with what was found of each."""

    names: tuple[str, ...]
    figures: npt.NDArray[np.float64]  # (pairs, features)
    clear: tuple[tuple[bool, bool], ...]  # nothing speaks against it: without a reader, and with one

    @classmethod
    def of(cls, pairs: Sequence[Pair], embedder: Embedder, reader: Reader) -> Table:
        """Look at every pair once."""
        rows, clear = [], []
        for pair in pairs:
            claim = claim_of(pair)
            findings = check_sentence(claim)
            figures = features(claim, findings, embedder, reader)
            rows.append(figures)
            clear.append((unopposed(claim, findings), unopposed(claim, findings, reader)))
        return cls(tuple(rows[0]), np.array([list(row.values()) for row in rows], dtype=np.float64), tuple(clear))

    def said(self, record: dict[str, Any], columns: Sequence[int], rows: Sequence[int] | None = None) -> list[str]:
        """The verdicts of a model that reads these columns."""
        names = [self.names[i] for i in columns]
        model = Model.of({"features": names, **record})
        told = []
        for i in range(len(self.clear)) if rows is None else rows:
            p = model.probabilities(dict(zip(names, map(float, self.figures[i, columns]), strict=True)))
            clear = self.clear[i][any(name.startswith("read") for name in names)]
            told.append(LABELS[0] if clear else LABELS[int(np.argmax(p))])
        return told


def folds(groups: Sequence[str], count: int = 8) -> npt.NDArray[np.int64]:
    """A fold for each pair; the pairs of one article are in one fold."""
    order = {
        group: i for i, group in enumerate(sorted(set(groups), key=lambda g: hashlib.sha256(g.encode()).digest()))
    }
    return np.array([order[group] % count for group in groups])


def main() -> None:
    """Learn, measure, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    settings = Settings.read(os.environ)
    embedder = load_embedder(settings.embedder, threads=settings.threads)
    pairs = [*load(GOLD / "pairs.jsonl", "dev"), *load(GOLD / "pairs-written.jsonl", "train")]
    held_out = {file: load(GOLD / file, "test") for file in FILES}
    held_out["copies"] = copies([pair for kept in list(held_out.values()) for pair in kept])
    reader = Entailment()
    seen = Table.of(pairs, embedder, HeldOut(pairs))
    tables = {name: Table.of(kept, embedder, reader) for name, kept in held_out.items()}
    y = np.array([LABELS.index(pair.label) for pair in pairs])
    parts = folds([pair.group for pair in pairs])
    models: dict[str, Any] = {}
    measured: dict[str, Any] = {}
    for name in KINDS:
        columns = [i for i, one in enumerate(seen.names) if not one.startswith(LEFT_OUT[name])]
        said = [""] * len(pairs)
        for part in sorted(set(parts.tolist())):
            rows = np.flatnonzero(parts == part).tolist()
            record = fit(seen.figures[parts != part][:, columns], y[parts != part])
            for i, label in zip(rows, seen.said(record, columns, rows), strict=True):
                said[i] = label
        record = fit(seen.figures[:, columns], y)
        models[name] = {"features": [seen.names[i] for i in columns], **record}
        figures = {"cross-validated over articles": macro_f1(pairs, said)}
        for other, kept in held_out.items():
            told = tables[other].said(record, columns)
            if other == "copies":
                figures["share of copies called supported"] = told.count("supported") / len(told)
            else:
                figures[f"{other} test"] = macro_f1(kept, told)
        measured[name] = {key: round(value, 3) for key, value in figures.items()}
        print(name, measured[name])
    shipped = {
        "learned_by": "python -m eval.learn_support",
        "from": {file: {"split": split, "sha256": _sha256(GOLD / file)} for file, split in FILES.items()},
        "pairs": len(pairs),
        "macro_f1": measured,
        "models": models,
    }
    TARGET.write_text(json.dumps(shipped, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
