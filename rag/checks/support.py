"""Support: what all the checks found, weighed together into one of three verdicts.

The verdict is a small logistic model over plain figures of a sentence and its lines: which words and deeds stand
there, by whom and to whom, what the other checks found, how near the meaning is by the embedder, and what a model
that reads both together says (`rag.checks.entailment`). Its weights were learned from our own labelled pairs, and
what that model said of each before it had seen its article, by `eval/learn_support.py`; they lie beside this file
with the data they came from.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.article import NewsDate
from rag.answer import Support
from rag.checks.align import shared, sources
from rag.checks.claim import Claim, Finding
from rag.checks.clauses import deeds
from rag.checks.entailment import Shares
from rag.checks.names import names
from rag.checks.relations import How, Side, absent, links, opposite, rivals, stands, stems_of
from rag.checks.tables import LIGHT, SAYING
from rag.normal import content, is_english, words
from rag.number_words import is_number
from rag.quantities import quantities

KINDS = ("read", "with", "without")  # of models: see `shipped`
DOUBTED = 0.3  # share of supported below which the reader speaks against a sentence that nothing else does
LEAST = 0.001  # share of a verdict, so that no odds are endless
LABELS = (Support.SUPPORTED, Support.PARTIAL, Support.UNSUPPORTED)


class Embedder(Protocol):
    """What is needed of an embedder here."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, d) float32, unit length."""
        ...


_CHECKS = ("numbers", "dates", "names", "negation", "roles", "scope", "attribution", "additions", "relations")
_PARTS = re.compile(
    r",\s+(?:and\s+|but\s+|while\s+|which\s+|who\s+|where\s+)?|"
    r"\s+(?:and|but|because|where|while|after|before|who|which)\s+"
)


class Reader(Protocol):
    """What reads a sentence beside its lines; `rag.checks.entailment.Entailment` does."""

    def read(self, sentence: str, lines: Sequence[str], published: NewsDate | None = None) -> Shares:
        """How likely the lines bear the sentence out, in part, or not; adds up to 1."""
        ...


def features(
    claim: Claim, findings: Sequence[Finding], embedder: Embedder | None = None, reader: Reader | None = None
) -> dict[str, float]:
    """The figures a verdict is made of, most about 0 … 1; without an embedder or a reader, none of theirs."""
    found: dict[str, float] = {}
    for name in _CHECKS:
        own = [finding.verdict for finding in findings if finding.check == name]
        found[f"{name}_unsupported"] = float(Support.UNSUPPORTED in own)
        found[f"{name}_partial"] = float(Support.PARTIAL in own and Support.UNSUPPORTED not in own)
    worst = {finding.verdict for finding in findings}
    found["any_unsupported"] = float(Support.UNSUPPORTED in worst)
    found["only_partial"] = float(worst == {Support.PARTIAL})
    found["nothing"] = float(not findings)
    found |= _words(claim)
    found |= _deeds(claim)
    found |= _places(claim)
    if embedder is not None:
        found |= _alike(claim, embedder)
    if reader is not None:
        found |= _read(claim, reader)
    return found


def _words(claim: Claim) -> dict[str, float]:
    """Which words stand in the lines."""
    said = content(words(claim.sentence))
    gone = absent(claim.sentence, claim.lines)
    plain = [word for word in said if not word.is_capital and not is_number(word)]
    told = stems_of(claim.lines)
    literal = [word for word in plain if word.stem not in told and word.stem not in SAYING]
    turned = [word for word in gone if any(opposite(word.stem, stem) for stem in told)]
    verbs = {deed.verb.start for deed in deeds(claim.sentence)}
    nouns = [word for word in gone if word.start not in verbs]
    run = _longest_run(claim)
    best = max((shared([word.stem for word in said], source.stems) for source in sources(claim.lines)), default=0.0)
    return {
        "absent": min(3, len(gone)) / 3,
        "absent_one": float(len(gone) >= 1),
        "absent_two": float(len(gone) >= 2),
        "absent_share": len(gone) / max(1, len(plain)),
        "absent_turned": float(bool(turned)),
        "absent_nouns": min(2, len(nouns)) / 2,
        "absent_verbs": min(2, len(gone) - len(nouns)) / 2,
        "absent_last": float(bool(gone) and bool(said) and gone[-1].start >= said[-min(2, len(said))].start),
        "literal": len(literal) / max(1, len(plain)),
        "verbatim": float(not literal),
        "run": run,
        "rivals": float(bool(rivals(claim.sentence, claim.lines))),
        "best_share": best,
        "all_share": shared([word.stem for word in said], told),
        "spread": shared([word.stem for word in said], told) - best,
    }


def _longest_run(claim: Claim) -> float:
    """The longest run of words that the sentence has in common with a line, as a share of the sentence."""
    mine = [word.lower for word in words(claim.sentence)]
    best = 0
    for text in claim.lines:
        before = [0] * (len(mine) + 1)
        for word in words(text):
            row = [0] * (len(mine) + 1)
            for j, own in enumerate(mine):
                if own == word.lower:
                    row[j + 1] = before[j] + 1
                    best = max(best, row[j + 1])
            before = row
    return best / max(1, len(mine))


def _deeds(claim: Claim) -> dict[str, float]:
    """Who does what to whom."""
    found = links(claim.sentence, claim.lines)
    told = [link for link in found if link.deed.verb.stem not in SAYING]
    first = told[0] if told else None
    matched = [link for link in told if link.how in {How.SAME, How.LIKE}]
    other = [link for link in matched if Side.OTHER in {link.agent, link.patient}]
    against = [link for link in told if link.how is How.OPPOSITE]
    return {
        "missing_first": float(first is not None and first.how is How.MISSING),
        "missing_later": float(any(link.how is How.MISSING for link in told[1:])),
        "same_first": float(first is not None and first.how is How.SAME),
        "noun_first": float(first is not None and first.how is How.NOUN),
        "light_first": float(first is not None and first.how is How.LIGHT),
        "like_first": float(first is not None and first.how is How.LIKE),
        "agent_same": float(any(link.agent is Side.SAME for link in matched)),
        "agent_other": float(any(link.agent is Side.OTHER for link in matched)),
        "patient_other": float(any(link.patient is Side.OTHER for link in matched)),
        "both_other": float(any(link.agent is Side.OTHER and link.patient is Side.OTHER for link in other)),
        "other_same_verb": float(any(link.how is How.SAME and link.agent is Side.OTHER for link in matched)),
        "opposite": float(bool(against)),
        "opposite_plain": float(any(not link.negated for link in against)),
        "negated": float(any(link.negated for link in matched)),
        "negated_same": float(any(link.negated and link.how is How.SAME for link in matched)),
        "stronger": float(any(link.stronger for link in matched)),
    }


def _places(claim: Claim) -> dict[str, float]:
    """Whether names and numbers of the sentence stand, in the lines, in the sentence that has its other words."""
    said = content(words(claim.sentence))
    plain = frozenset(word.stem for word in said if not word.is_capital and not is_number(word))
    plain -= LIGHT
    pieces = _pieces(claim.lines)
    if not plain or not pieces:
        return {
            "name_apart": 0.0,
            "number_apart": 0.0,
            "name_rival": 0.0,
            "first_name_apart": 0.0,
            "first_rival": 0.0,
        }
    fit = [_fit(plain, piece) for piece in pieces]
    most = max(fit)
    best = [piece for piece, value in zip(pieces, fit, strict=True) if value >= most - 1e-9 and most > 0]
    mine = names(claim.sentence)
    mine_parts = {part for name in mine for part in name.parts}
    apart, rival, first_apart, first_rival = 0.0, 0.0, 0.0, 0.0
    for i, name in enumerate(mine):
        parts = {word.stem for word in words(name.text)}
        here = any(any(stands(part, piece.every) for part in parts) for piece in best)
        anywhere = any(any(stands(part, piece.every) for part in parts) for piece in pieces)
        pronoun = any(piece.pronoun for piece in best)
        if anywhere and not here and not pronoun:
            facing = any(set(other.parts).isdisjoint(mine_parts) for piece in best for other in names(piece.text))
            apart = 1.0
            rival = max(rival, float(facing))
            if i == 0 and name.start < 25:
                first_apart, first_rival = 1.0, max(first_rival, float(facing))
    numbers = {one.value for one in quantities(claim.sentence)}
    strayed = 0.0
    for value in numbers:
        having = [i for i, piece in enumerate(pieces) if value in piece.values]
        if having and max(fit[i] for i in having) < most - 0.15:
            strayed = 1.0
    return {
        "name_apart": apart,
        "number_apart": strayed,
        "name_rival": rival,
        "first_name_apart": first_apart,
        "first_rival": first_rival,
    }


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    every: frozenset[str]
    values: frozenset[float]
    pronoun: bool


_SPLIT = re.compile(
    r"[;:]\s+|,\s+(?:while|but|and|which|who|where|when|after|because)\s+|"
    r"\s+(?:while|but|when|because|after|before)\s+"
)


@lru_cache(maxsize=256)
def _pieces(lines: tuple[str, ...]) -> tuple[_Piece, ...]:
    """The clauses of the lines."""
    found = []
    for source in sources(lines):
        at = 0
        cuts = [*(m.end() for m in _SPLIT.finditer(source.text)), len(source.text)]
        for cut in cuts:
            text = source.text[at:cut]
            its = words(text)
            if len(its) > 1:
                found.append(
                    _Piece(
                        text,
                        frozenset(word.stem for word in its),
                        frozenset(one.value for one in quantities(text)),
                        any(word.lower in {"he", "she", "it", "they", "his", "her", "their", "its"} for word in its),
                    )
                )
            at = cut
    return tuple(found)


def _fit(plain: frozenset[str], piece: _Piece) -> float:
    return sum(1.0 if one in piece.every else 0.8 * stands(one, piece.every) for one in plain) / len(plain)


def _alike(claim: Claim, embedder: Embedder) -> dict[str, float]:
    """Nearness by the embedder: of the whole, of the least near part, and of the words that are not there."""
    parts = [part for part in _PARTS.split(claim.sentence) if len(part.split()) >= 3]
    parts = parts if len(parts) > 1 else []
    its = [source.text for source in sources(claim.lines)][:12]
    texts = [claim.sentence, " ".join(claim.lines), *its, *parts]
    vectors = embedder.encode_passages(texts)
    whole = float(vectors[0] @ vectors[1])
    near = float((vectors[2 : 2 + len(its)] @ vectors[0]).max()) if its else whole
    least = near
    if parts:
        their = vectors[1 : 2 + len(its)]
        least = min(float((their @ vector).max()) for vector in vectors[2 + len(its) :])
    return {
        "alike": max(whole, near),
        "alike_line": near,
        "alike_part": least,
        "alike_gap": near - least,
    }


def _read(claim: Claim, reader: Reader) -> dict[str, float]:
    """What the reader says: log-odds of supported, and of nothing rather than a part where it is not."""
    supported, partly, not_at_all = (max(share, LEAST) for share in _shares(claim, reader))
    return {
        "read_supported": math.log(supported / (partly + not_at_all)),
        "read_unsupported": math.log(not_at_all / partly),
        "read_contradicted": not_at_all,
    }


def _shares(claim: Claim, reader: Reader) -> Shares:
    return reader.read(claim.sentence, claim.lines, claim.published_at)


@dataclass(frozen=True, slots=True)
class Model:
    """A multinomial logistic model: one row of weights for each of LABELS over standardised figures."""

    names: tuple[str, ...]
    mean: npt.NDArray[np.float64]  # (features,)
    scale: npt.NDArray[np.float64]  # (features,), no zero
    weights: npt.NDArray[np.float64]  # (3, features)
    bias: npt.NDArray[np.float64]  # (3,)

    @classmethod
    def of(cls, record: Mapping[str, object]) -> Model:
        """From its JSON record. Raises ValueError where its parts do not fit together."""
        names = tuple(str(name) for name in _sequence(record["features"]))
        made = cls(
            names,
            np.asarray(record["mean"], dtype=np.float64),
            np.asarray(record["scale"], dtype=np.float64),
            np.asarray(record["weights"], dtype=np.float64),
            np.asarray(record["bias"], dtype=np.float64),
        )
        fits = made.mean.shape == made.scale.shape == (len(names),) and made.weights.shape == (3, len(names))
        if not fits or made.bias.shape != (3,) or not (made.scale > 0).all():
            raise ValueError("the support model's parts do not fit together; learn it again: eval/learn_support.py")
        return made

    def probabilities(self, figures: Mapping[str, float]) -> tuple[float, float, float]:
        """Of supported, partial and unsupported; they add up to 1."""
        x = (np.array([figures[name] for name in self.names]) - self.mean) / self.scale
        z = self.weights @ x + self.bias
        e = np.exp(z - z.max())
        p = e / e.sum()
        return float(p[0]), float(p[1]), float(p[2])


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise ValueError("the support model's features are no list; learn it again: eval/learn_support.py")  # noqa: TRY004
    return value


@lru_cache(maxsize=1)
def shipped() -> dict[str, Model]:
    """The models that ship: `read`, with an embedder and a reader; `with` an embedder alone; `without` either."""
    record = json.loads(Path(__file__).with_name("support.json").read_text(encoding="utf-8"))
    return {name: Model.of(record["models"][name]) for name in KINDS}


def unopposed(claim: Claim, findings: Sequence[Finding], reader: Reader | None = None) -> bool:
    """Whether no check found a fault, every word stands there, and the reader hardly doubts it.

    No figure fails such a sentence: a rejection without a reason would be a guess, and a right sentence withheld is a
    fault too. But all its words stand in the lines as well where they say who did it to whom the other way round, so
    what is not cut out of a line whole must not be doubted by the reader either.
    """
    if findings or absent(claim.sentence, claim.lines):
        return False
    return reader is None or _longest_run(claim) == 1.0 or _shares(claim, reader)[0] >= DOUBTED


def judge(
    claim: Claim, findings: Sequence[Finding], embedder: Embedder | None = None, reader: Reader | None = None
) -> tuple[Support, float, str]:
    """The verdict on a sentence after the other checks: which, how sure (0 … 1), and why in words.

    A `reader` counts only where there is an embedder.
    """
    if not is_english(claim.lines):
        worst = [one for one in reversed(LABELS) if any(finding.verdict is one for finding in findings)]
        return (worst[0] if worst else Support.SUPPORTED), 0.5, "the lines are not in English: names and numbers only"
    if unopposed(claim, findings, None if embedder is None else reader):
        return Support.SUPPORTED, 1.0, "nothing speaks against it"
    kind = "without" if embedder is None else "with" if reader is None else "read"
    p = shipped()[kind].probabilities(features(claim, findings, embedder, reader))
    verdict = LABELS[int(np.argmax(p))]
    gone = [word.text for word in absent(claim.sentence, claim.lines)]
    why = f"supported with probability {p[0]:.2f}, in part {p[1]:.2f}, not {p[2]:.2f}"
    if gone:
        why += f"; not in the lines: {', '.join(gone[:6])}"
    return verdict, max(p), why
