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
from rag.lines import ANSWERS
from rag.selector import card
from rag.settings import EXTRACTIVE, Settings

RIDGE = 0.5
ARCHIVE_WEIGHT = 0.15  # of a question of RealTime QA, whose right lines are those with its words
LEAST_ANSWERED = 0.85  # of the answerable gold questions

NAMES = ("before", ANSWERS)

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Quoted:
    """An answer as it would be quoted: the figures it is judged by, and whether it is right."""

    before: float  # logits by all but what the selector says, doubts left out
    answers: float  # the best that it says of a line
    doubt: float
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
    """Both sets of weights, the confidence that is enough, and how well they tell right from wrong, held out."""
    fold = folds_of(looks)
    held_out = np.zeros((len(looks), 2))  # logits by all but the selector, and by both
    right = np.zeros(len(looks))
    for out in (fold == number for number in range(FOLDS)):
        if out.any():
            line, answer = _fitted([one for one, at in zip(looks, out.tolist(), strict=True) if not at], plain)
            for at in np.flatnonzero(out).tolist():
                quoted = _quoted(looks[at], plain, line)
                read = _logit(answer, {"before": quoted.before, ANSWERS: quoted.answers})
                held_out[at] = quoted.before - quoted.doubt, read - quoted.doubt
                right[at] = float(quoted.right)
    before, both = held_out[:, 0], held_out[:, 1]
    line, answer = _fitted(looks, plain)
    gold = np.array([one.kind != ARCHIVE for one in looks])
    whole = np.array([not one.taken_out for one in looks])
    answerable = np.array([one.answerable for one in looks])
    said = np.array([one.answered for one in looks])
    enough = float(np.quantile(both[gold & whole & answerable], 1 - LEAST_ANSWERED))
    return {
        "line": line,
        "answer": answer,
        "enough": round(1 / (1 + float(np.exp(-enough))), 3),
        "learned_from": {
            "gold": int((gold & whole).sum()),
            "gold_taken_out": int((gold & ~whole).sum()),
            "archive": int((~gold & whole).sum()),
            "archive_taken_out": int((~gold & ~whole).sum()),
            "by": "eval/learn_reading.py",
        },
        "held_out": {
            "auc_gold": {"before": _auc(before, right, gold), "both": _auc(both, right, gold)},
            "auc_archive": {"before": _auc(before, right, ~gold), "both": _auc(both, right, ~gold)},
            "refused": {
                "gold_unanswerable": _refused(both, enough, gold & whole & ~answerable),
                "gold_taken_out": _refused(both, enough, gold & ~whole),
                "archive_without_an_answer": _refused(both, enough, ~gold & ~said),
                "archive_right": _refused(both, enough, ~gold & (right == 1)),
            },
        },
    }


def _fitted(looks: Sequence[Look], plain: Coefficients) -> tuple[dict[str, float], dict[str, float]]:
    """The weights of a line, and of an answer made of the lines that those choose."""
    rows, proving, counts = [], [], []
    for one in looks:
        for told, read, right in zip(one.features, one.lines, one.proves, strict=True):
            rows.append([_logit(plain.line, told), read.parts[ANSWERS]])
            proving.append(float(right))
            counts.append(_weight(one))
    line = _weighed(np.array(rows), np.array(proving), np.array(counts))
    quoted = [_quoted(one, plain, line) for one in looks]
    answer = _weighed(
        np.array([[one.before, one.answers] for one in quoted]),
        np.array([float(one.right) for one in quoted]),
        np.array([_weight(one) for one in looks]),
    )
    return line, answer


def _auc(logits: Floats, right: Floats, those: NDArray[np.bool_]) -> float:
    return round(auc(logits[those], right[those]), 3)


def _refused(logits: Floats, enough: float, those: NDArray[np.bool_]) -> float:
    return round(float((logits[those] < enough).mean()), 3) if those.any() else 0.0


def _weight(one: Look) -> float:
    return ARCHIVE_WEIGHT if one.kind == ARCHIVE else OUT_WEIGHT if one.taken_out else 1.0


def _quoted(one: Look, plain: Coefficients, line: Weights) -> Quoted:
    """What `rag.evidence.Evidence.judge` would make of the lines that would be quoted."""
    before = [_logit(plain.line, told) for told in one.features]
    answers = [each.parts[ANSWERS] for each in one.lines]
    likely = [_logit(line, {"before": b, ANSWERS: a}) for b, a in zip(before, answers, strict=True)]
    shown = np.argsort(-np.array(likely), kind="stable")[:SHOWN].tolist()
    found = [one.features[at] for at in shown]
    together = {name: max(told[name] for told in found) for name in ANY}
    sure = _logit(plain.answer, {**together, "crowd": one.crowd, "logit": before[shown[0]]})
    doubt = sum(DOUBTS[name] * value for name, value in doubts(found).items())
    return Quoted(sure, max(answers[at] for at in shown), doubt, any(one.proves[at] for at in shown))


def _weighed(rows: Floats, right: Floats, weight: Floats) -> dict[str, float]:
    weights, bias = fit(rows, right, weight, RIDGE)
    return {"bias": round(bias, 4), **{name: round(float(w), 4) for name, w in zip(NAMES, weights, strict=True)}}


def _logit(weights: Weights, told: Mapping[str, float]) -> float:
    return weights["bias"] + sum(weight * told[name] for name, weight in weights.items() if name != "bias")


if __name__ == "__main__":
    raise SystemExit(main())
