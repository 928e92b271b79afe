"""How good is the check itself? Sentences beside lines, labelled by hand, and what the support check makes of them.

A pair is `sentence`, the `lines` it would cite, the `published_at` of their article, and a `label` (`supported`,
`partial`, `unsupported`), with the `fault` that a label other than `supported` has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.bootstrap import estimate
from eval.errors import BadGold, BadRecord
from eval.formats.records import objects
from eval.measures.base import Score
from eval.measures.lexical_support import bears_out
from index.article import NewsDate
from rag.checks import Claim, check_sentence, verdict
from rag.checks.support import Reader
from rag.lines import Embedder
from rag.verify import Verifier

LABELS = ("supported", "partial", "unsupported")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sentence beside lines, and what a careful reader says of it."""

    id: str
    sentence: str
    lines: tuple[str, ...]
    label: str
    fault: str | None = None
    split: str = ""
    published_at: NewsDate | None = None
    group: str = ""  # the article its lines are of, or those lines written for the pairs alone


Judge = Callable[[Pair], str]  # one of LABELS


def load(path: Path, split: str | None = None) -> list[Pair]:
    """The pairs of a file, or of one of its splits. Raises BadGold, BadRecord."""
    pairs: list[Pair] = []
    problems: list[str] = []
    seen: set[str] = set()
    for place, record in objects(path):
        lines, date = record.get("lines"), record.get("published_at")
        fault = record.get("fault")
        if record.get("label") not in LABELS:
            problems.append(f"{place}: `label` must be one of {', '.join(LABELS)}")
        elif not isinstance(record.get("id"), str) or record["id"] in seen:
            problems.append(f"{place}: `id` must be a string that no other pair has")
        elif not isinstance(record.get("sentence"), str) or not record["sentence"].strip():
            problems.append(f"{place}: `sentence` must be a non-empty string")
        elif not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
            problems.append(f"{place}: `lines` must be a non-empty list of strings")
        elif (record["label"] == "supported") != (fault is None):
            problems.append(f"{place}: a `fault` belongs to every pair that is not supported, and to no other")
        else:
            seen.add(record["id"])
            try:
                published_at = None if date is None else NewsDate.parse(str(date))
            except ValueError:
                problems.append(f"{place}: `published_at` must be null or an ISO 8601 date")
                continue
            pairs.append(
                Pair(
                    id=record["id"],
                    sentence=record["sentence"],
                    lines=tuple(lines),
                    label=record["label"],
                    fault=fault,
                    split=str(record.get("split") or ""),
                    published_at=published_at,
                    group=str(record.get("group") or record.get("article") or record["id"]),
                )
            )
    if problems:
        raise BadGold(str(path), problems)
    kept = [pair for pair in pairs if split is None or pair.split == split]
    if not kept:
        raise BadRecord(f"{path} has no pair{f' of the split {split!r}' if split else ''}")
    return kept


def claim_of(pair: Pair) -> Claim:
    """The pair as the checks take it. A pair has no question and no lines around its own."""
    return Claim(sentence=pair.sentence, lines=pair.lines, published_at=pair.published_at)


def own_check(embedder: Embedder | None = None, reader: Reader | None = None) -> Judge:
    """The check that every sentence of an answer passes, as if nothing had been asked.

    Without an embedder, words and rules alone; a `reader` counts only beside one.
    """
    verifier = Verifier(embedder, reader=reader)

    def judge(pair: Pair) -> str:
        return str(verdict(verifier.findings(claim_of(pair))).value)

    return judge


def macro_f1(pairs: Sequence[Pair], said: Sequence[str]) -> float:
    """The mean of the F1 of the three labels (van Rijsbergen 1979), each counted alike however rare. 0 … 1."""
    total = 0.0
    for label in LABELS:
        right = sum(pair.label == label == word for pair, word in zip(pairs, said, strict=True))
        told = sum(word == label for word in said) + sum(pair.label == label for pair in pairs)
        total += 2 * right / told if told else 0.0
    return total / len(LABELS)


def rules_check(pair: Pair) -> str:
    """The rules of the check alone. A pair has no question, whose words the check of answers would set aside."""
    return str(verdict(check_sentence(claim_of(pair))).value)


def lexical_check(pair: Pair) -> str:
    """The suite's independent check (`lexical_support`), which knows no partial support."""
    return "supported" if bears_out("\n".join(pair.lines), pair.sentence) else "unsupported"


def confusion(pairs: Sequence[Pair], judge: Judge) -> dict[str, Any]:
    """What a check says of the pairs against their labels, as it stands in run.json under `checker`.

    `matrix[label][said]` counts; `macro_f1` is the mean F1 of the three labels; `caught` is, by fault, how many of
    the faulty pairs were not called supported.
    `let_through` are faulty pairs called supported (what readers suffer from), `held_back` supported ones that were
    not called so (what answers are lost to).
    """
    said = [judge(pair) for pair in pairs]
    matrix = {label: dict.fromkeys(LABELS, 0) for label in LABELS}
    for pair, word in zip(pairs, said, strict=True):
        matrix[pair.label][word] += 1
    both = list(zip(pairs, said, strict=True))
    let_through = [pair.id for pair, word in both if pair.label != "supported" and word == "supported"]
    held_back = [pair.id for pair, word in both if pair.label == "supported" and word != "supported"]
    faults = Counter(pair.fault for pair in pairs if pair.fault)
    caught = Counter(pair.fault for pair, word in both if pair.fault and word != "supported")
    return {
        "labels": list(LABELS),
        "n": len(pairs),
        "matrix": matrix,
        "macro_f1": macro_f1(pairs, said),
        "accuracy": _share([pair.label == word for pair, word in both]),
        "shown_that_should_not": _share([word == "supported" for pair, word in both if pair.label != "supported"]),
        "precision_of_supported": _share([pair.label == "supported" for pair, word in both if word == "supported"]),
        "recall_of_supported": _share([word == "supported" for pair, word in both if pair.label == "supported"]),
        "let_through": len(let_through),
        "held_back": len(held_back),
        "let_through_ids": let_through,
        "held_back_ids": held_back,
        "caught": {fault: {"caught": caught[fault], "of": count} for fault, count in sorted(faults.items())},
    }


def _share(told: Sequence[bool]) -> Mapping[str, float] | None:
    """A share with its interval; None where there is nothing to share."""
    found = estimate([Score(float(one)) for one in told])
    return None if found is None else {"value": found.value, "low": found.low, "high": found.high, "n": found.n}
