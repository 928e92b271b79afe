"""Learn how much the figures of `rag.selector` count in how sure an answer is, and write that beside the code.

    python -m eval.learn_reading eval/gold/seeds.jsonl eval/gold/newsroom.jsonl --corpus seeds eval/newsroom
        --home HOME --questions questions-dev.jsonl

Three numbers for a line (how likely it is one that answers) and three for an answer, on top of what
`eval/learn_confidence.py` learned: the selector was trained on most of the questions there are, and of those its
figures are better than they will be of others. So only events and weeks count here that it has not seen
(`rag/selector.json`), too few to learn thirty numbers from and enough for three. Run it after that script and after
`bench/train_selector.py`. Writes the part `read` of `rag/confidence.json`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.gold import load
from eval.inprocess import InProcess
from eval.learn_confidence import (
    ARCHIVE,
    FOLDS,
    OUT_WEIGHT,
    SHOWN,
    Floats,
    Look,
    auc,
    events,
    fit,
    folds_of,
    look,
    look_at_archive,
)
from eval.retrieval import eligible
from eval.run import merged
from rag.evidence import ANY, DOUBTS, Coefficients, doubts, learned
from rag.line_ranking import ANSWERS
from rag.selector import card
from rag.settings import EXTRACTIVE, Settings

RIDGE = 0.5
ARCHIVE_WEIGHT = 0.15  # of a question of RealTime QA, whose right lines are those with its words
LEAST_ANSWERED = 0.85  # of the answerable gold questions

NAMES = ("before", ANSWERS)


@dataclass(frozen=True, slots=True)
class Row:
    """An answer as it would be quoted: the figures it is judged by, and whether it is right."""

    before: float  # logits, as without the selector, doubts left out
    doubt: float
    answers: float  # the best of its lines
    right: bool


def main() -> int:
    """Read the arguments, learn, write, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True, help="an index that holds the articles of RealTime QA")
    parser.add_argument("--questions", type=Path, required=True, help="questions of RealTime QA")
    parser.add_argument("-o", "--output", type=Path, default=Path("rag/confidence.json"))
    given = parser.parse_args()
    gold = merged([load(path) for path in given.gold]).questions
    event = events(gold)
    unseen = [one for one in gold if event[one.id] in card().unseen_events]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.read({"DATELINE_HOME": home, "DATELINE_MODEL": EXTRACTIVE})
        with InProcess(settings, given.corpus) as system:
            looks = look(unseen, system, read=True)
    asked = [one for one in eligible(given.questions) if one.week in card().unseen_weeks]
    looks += look_at_archive(given.home, asked, read=True)
    held = json.loads(given.output.read_text(encoding="utf-8"))
    held["read"] = learn(looks, learned())
    given.output.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(held["read"], indent=1))
    return 0


def learn(looks: Sequence[Look], plain: Coefficients) -> dict[str, Any]:
    """Both sets of weights, the confidence that is enough, and how much better they tell right from wrong."""
    weights = np.array([_weight(one) for one in looks])
    lines = [(one, _logit(plain.line, told), line.parts.get(ANSWERS, 0.0), right, weight)
             for one, weight in zip(looks, weights.tolist(), strict=True)
             for told, line, right in zip(one.features, one.lines, one.proves, strict=True)]  # fmt: skip
    line = _weighed(
        np.array([[before, answers] for _, before, answers, _, _ in lines]),
        np.array([float(right) for _, _, _, right, _ in lines]),
        np.array([weight for *_, weight in lines]),
    )
    rows = [_row(one, plain, line) for one in looks]
    known = np.array([[one.before, one.answers] for one in rows])
    right = np.array([float(one.right) for one in rows])
    doubt = np.array([one.doubt for one in rows])
    fold = folds_of(looks)
    both = np.zeros(len(rows))
    for held in range(FOLDS):
        out = fold == held
        if out.any():
            found = _weighed(known[~out], right[~out], weights[~out])
            both[out] = [_logit(found, dict(zip(NAMES, row, strict=True))) for row in known[out].tolist()]
    both -= doubt
    before = known[:, 0] - doubt
    gold = np.array([one.kind != ARCHIVE for one in looks])
    answerable = np.array([one.answered for one in looks])
    enough = float(np.quantile(both[gold & answerable], 1 - LEAST_ANSWERED))
    return {
        "line": line,
        "answer": _weighed(known, right, weights),
        "enough": round(1 / (1 + float(np.exp(-enough))), 3),
        "learned_from": {
            "gold": int(gold.sum()),
            "archive": int((~gold).sum()),
            "by": "eval/learn_reading.py",
        },
        "held_out": {
            "auc_gold": {"before": _auc(before, right, gold), "both": _auc(both, right, gold)},
            "auc_archive": {"before": _auc(before, right, ~gold), "both": _auc(both, right, ~gold)},
            "unanswerable_refused": _refused(both, enough, gold & ~answerable),
            "archive_without_refused": _refused(both, enough, ~gold & ~answerable),
            "archive_right_refused": _refused(both, enough, ~gold & (right == 1)),
        },
    }


def _auc(logits: Floats, right: Floats, those: NDArray[np.bool_]) -> float:
    return round(auc(logits[those], right[those]), 3)


def _refused(logits: Floats, enough: float, those: NDArray[np.bool_]) -> float:
    return round(float((logits[those] < enough).mean()), 3) if those.any() else 0.0


def _weight(one: Look) -> float:
    return ARCHIVE_WEIGHT if one.kind == ARCHIVE else OUT_WEIGHT if one.taken_out else 1.0


def _row(one: Look, plain: Coefficients, line: Mapping[str, float]) -> Row:
    """What `rag.evidence.Evidence.judge` would make of the lines that would be quoted."""
    before = [_logit(plain.line, told) for told in one.features]
    answers = [each.parts.get(ANSWERS, 0.0) for each in one.lines]
    likely = [_logit(line, {"before": b, ANSWERS: a}) for b, a in zip(before, answers, strict=True)]
    shown = np.argsort(-np.array(likely), kind="stable")[:SHOWN].tolist()
    found = [one.features[at] for at in shown]
    together = {name: max(told[name] for told in found) for name in ANY}
    sure = _logit(plain.answer, {**together, "crowd": one.crowd, "logit": before[shown[0]]})
    doubt = sum(DOUBTS[name] * value for name, value in doubts(found).items())
    return Row(sure, doubt, max(answers[at] for at in shown), any(one.proves[at] for at in shown))


def _weighed(rows: Floats, right: Floats, weight: Floats) -> dict[str, float]:
    weights, bias = fit(rows, right, weight, RIDGE)
    return {"bias": round(bias, 4), **{name: round(float(w), 4) for name, w in zip(NAMES, weights, strict=True)}}


def _logit(weights: Mapping[str, float], told: Mapping[str, float]) -> float:
    return weights["bias"] + sum(weight * told[name] for name, weight in weights.items() if name != "bias")


if __name__ == "__main__":
    raise SystemExit(main())
