"""Learn how sure an answer is: the weights of `rag.evidence`, from gold questions and the articles they are asked of.

    python -m eval.learn_confidence eval/gold/seeds.jsonl eval/gold/newsroom.jsonl --corpus seeds eval/newsroom
        --home HOME --questions questions-dev.jsonl

Each question is looked at twice: with its articles, and with the articles that prove it taken out (unless what is
left answers it as well). From the lines two logistic models are learned (ridge; Newton's method): whether a line is
one that proves the answer, from the gold alone, and whether an answer quoted from the best lines is right, from
questions of RealTime QA as well, asked the day after of an index of its articles: so that the figure means the same
in a small newsroom and in a large archive. Held-out figures come from folds by world event and by week. Writes
`rag/confidence.json` with the weights, what they were learned from and those figures; run it again when features or
gold change.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.benchmark import DAYS
from eval.gold import GoldQuestion, load
from eval.inprocess import InProcess
from eval.retrieval import Asked, eligible, holds
from eval.run import merged
from eval.text import contains_any
from eval.text import words as eval_words
from index.passage import Hit
from rag.build import Dateline, build
from rag.evidence import ANY, CROWD, DOUBTS, LOOKED_AT, Coefficients, Evidence, doubts
from rag.line_ranking import score
from rag.lines import EvidenceLine, candidates
from rag.settings import EXTRACTIVE, Settings

FOLDS = 8
SEED = 20250218
LINE_RIDGE, ANSWER_RIDGE = 3.0, 2.0
SHOWN = 3  # lines that an extractive answer may have
OUT_WEIGHT = 0.3  # of a question whose articles were taken out, which is easier than what readers ask
ARCHIVE_WEIGHT = 0.02  # of one of RealTime QA, of which there are many, whose right lines are those with its words
ARCHIVE = "archive"  # their kind
MORE_HITS = 30  # so many, so that enough are left when the answering articles are taken out
LEAST_ANSWERED = 0.8  # of the answerable questions, held out: in whole answers, parts and all, it is .85 of them

Floats = NDArray[np.float64]
_NO_WEIGHTS = Coefficients({"bias": 0.0}, {"bias": 0.0})


@dataclass(frozen=True, slots=True)
class Look:
    """One question with one pool: the features of its first lines, and which of them prove the answer."""

    id: str
    kind: str
    answerable: bool
    taken_out: bool
    event: str
    features: list[dict[str, float]]
    proves: list[bool]
    question: str
    lines: list[EvidenceLine]
    crowd: float  # as `rag.evidence.crowd` tells it
    as_of: dt.date

    @property
    def weight(self) -> float:
        """How much it counts where it is learned whether an answer is right."""
        return ARCHIVE_WEIGHT if self.kind == ARCHIVE else OUT_WEIGHT if self.taken_out else 1.0

    @property
    def answered(self) -> bool:
        """Whether its lines can answer it; in an archive they do where one of them holds the answer."""
        return self.answerable and not self.taken_out and (self.kind != ARCHIVE or any(self.proves))


def main() -> None:
    """Read the arguments, learn, write, tell."""
    parser = arguments(__doc__)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.read({"DATELINE_HOME": home, "DATELINE_MODEL": EXTRACTIVE})
        with InProcess(settings, given.corpus) as system:
            looks = look(merged([load(path) for path in given.gold]).questions, system)
    looks += look_at_archive(given.home, eligible(given.questions))
    held = learn(looks)
    before = json.loads(given.output.read_text(encoding="utf-8")) if given.output.is_file() else {}
    for voice in ("read", "taught"):  # of scripts that build on these weights: run them after this
        if voice in before:
            held[voice] = before[voice]
    given.output.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({"held_out": held["held_out"], "archive": held["held_out_archive"]}, indent=1))


def arguments(told: str | None) -> argparse.ArgumentParser:
    """Where the gold, the archive and its questions lie, and where what is learned goes."""
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True, help="an index that holds the articles of RealTime QA")
    parser.add_argument("--questions", type=Path, required=True, help="questions of RealTime QA")
    parser.add_argument("-o", "--output", type=Path, default=Path("rag/confidence.json"))
    return parser


def look(questions: Iterable[GoldQuestion], system: InProcess, *, read: bool = False) -> list[Look]:
    """The features of every question's lines, with its articles and without; `read` by the selector or not."""
    dateline = system.dateline
    looks: list[Look] = []
    questions = list(questions)
    event = events(questions)
    for question in questions:
        as_of = question.as_of or dateline.index.clock()
        hits = dateline.retriever.retrieve(question.question, as_of=as_of, limit=dateline.asker.hits)
        proving = {entry.article for entry in question.relevant}
        for taken_out in (False, True):
            if taken_out and not proving:
                continue
            kept = [hit for hit in hits if not taken_out or hit.passage.article_id not in proving]
            evidence = _evidence(dateline, question.question, kept, as_of, read=read)
            lines = list(evidence.pool[:LOOKED_AT])
            if not lines or (taken_out and any(_says(question, line.text) for line in lines)):
                continue
            looks.append(
                Look(
                    question.id, question.kind, question.answerable, taken_out,
                    event[question.id] or lines[0].article.article_id,
                    [evidence.features(line) for line in lines],
                    [not taken_out and proves(question, line) for line in lines],
                    question.question, lines, evidence.crowd, as_of.date(),
                )
            )  # fmt: skip
    return looks


def look_at_archive(home: Path, questions: Sequence[Asked], *, read: bool = False) -> list[Look]:
    """The same of questions of RealTime QA, whose right lines are those that hold the answer."""
    dateline = build(Settings.read({"DATELINE_MODEL": EXTRACTIVE}, home=home))
    looks: list[Look] = []
    for done, one in enumerate(questions, start=1):
        as_of = one.moment + dt.timedelta(days=DAYS)
        hits = dateline.retriever.retrieve(one.question, as_of=as_of, limit=MORE_HITS)
        left = [hit for hit in hits if one.articles.isdisjoint((hit.passage.article_id, *hit.carried_by))]
        for taken_out, kept in ((False, hits[:CROWD]), (True, left[:CROWD])):
            ranked = [replace(hit, rank=rank) for rank, hit in enumerate(kept, start=1)]
            evidence = _evidence(dateline, one.question, ranked, as_of, read=read)
            lines = list(evidence.pool[:LOOKED_AT])
            right = [holds(line.text, one.answer) for line in lines]
            if lines and not (taken_out and any(right)):
                looks.append(
                    Look(
                        one.id, ARCHIVE, True, taken_out, one.week, [evidence.features(line) for line in lines],
                        right, one.question, lines, evidence.crowd, as_of.date(),
                    )
                )  # fmt: skip
        if done % 100 == 0:
            print(f"{done} of {len(questions)} questions", file=sys.stderr, flush=True)
    dateline.close()
    return looks


def _evidence(dateline: Dateline, question: str, hits: Sequence[Hit], as_of: dt.datetime, *, read: bool) -> Evidence:
    """What an answer would look at, with its first lines compared."""
    asker = dateline.asker
    pool = score(question, candidates(hits, dateline.lines_of), asker.embedder, asker.selector if read else None)
    found = Evidence(question, pool, asker.embedder, _NO_WEIGHTS, as_of=as_of, meaning=asker.meaning)
    found.ranked()
    return found


def learn(looks: Sequence[Look]) -> dict[str, Any]:
    """The weights, what they were learned from, and figures on questions held out."""
    names = list(looks[0].features[0])
    folds = folds_of(looks)
    shown: dict[int, list[int]] = {}
    logits: dict[int, float] = {}
    for fold in range(FOLDS):
        line = _fit_lines([one for at, one in enumerate(looks) if folds[at] != fold and one.kind != ARCHIVE], names)
        for at, one in enumerate(looks):
            if folds[at] == fold:
                shown[at], logits[at] = _best(one, line)
    rows = np.array([_together(one, shown[at], logits[at]) for at, one in enumerate(looks)])
    proved = np.array([any(one.proves[i] for i in shown[at]) for at, one in enumerate(looks)])
    right = proved.astype(np.float64)
    weight = np.array([one.weight for one in looks])
    # In the answer's model doubts are not learned but set: see `rag.evidence.DOUBTS`.
    found = [doubts([one.features[i] for i in shown[at]]) for at, one in enumerate(looks)]
    doubt = np.array([sum(DOUBTS[name] * value for name, value in one.items()) for one in found])
    held_out = np.zeros(len(looks))
    for fold in range(FOLDS):
        out = folds == fold
        if out.any():
            weights, bias = fit_signed(rows[~out], right[~out], weight[~out], ANSWER_RIDGE, _TOGETHER)
            held_out[out] = 1 / (1 + np.exp(doubt[out] - rows[out] @ weights - bias))
    answer_weights, answer_bias = fit_signed(rows, right, weight, ANSWER_RIDGE, _TOGETHER)
    line = _fit_lines([one for one in looks if one.kind != ARCHIVE], names)
    archive = np.array([one.kind == ARCHIVE for one in looks])
    gold = [at for at, one in enumerate(looks) if one.kind != ARCHIVE]
    asked = np.array([not one.taken_out and one.kind != ARCHIVE for one in looks])
    answerable = np.array([one.answerable for one in looks])
    premise = np.array([one.kind == "false_premise" for one in looks])
    enough = float(np.quantile(held_out[asked & answerable], 1 - LEAST_ANSWERED))
    refused = held_out < enough
    counted = asked & ~premise
    at_first = [at for at in gold if asked[at] and answerable[at] and any(looks[at].proves)]
    without = np.array([one.taken_out for one in looks])
    return {
        "line": _told(names, line[0], line[1]),
        "answer": _told(_TOGETHER, answer_weights, answer_bias),
        "enough": round(enough, 3),
        "learned_from": {
            "questions": int(asked.sum()),
            "taken_out": int((without & ~archive).sum()),
            "archive": int((archive & ~without).sum()),
            "archive_taken_out": int((archive & without).sum()),
            "lines": sum(len(looks[at].features) for at in gold),
            "by": "eval/learn_confidence.py",
        },
        "held_out": {
            "proof_first": round(float(np.mean([looks[at].proves[shown[at][0]] for at in at_first])), 3),
            "proof_first_before": round(float(np.mean([looks[at].proves[0] for at in at_first])), 3),
            "proof_among_three": round(float(np.mean([right[at] for at in at_first])), 3),
            "auc_answerable": round(auc(held_out[counted], answerable[counted]), 3),
            "auc_taken_out": round(
                auc(held_out[~archive & (without | (right > 0))], right[~archive & (without | (right > 0))]), 3
            ),
            "answered": round(float(1 - refused[asked & answerable].mean()), 3),
            "refusal_precision": round(float((~answerable[counted & refused]).mean()), 3),
            "refusal_recall": round(float(refused[counted & ~answerable].mean()), 3),
            "taken_out_refused": round(float(refused[without & ~archive].mean()), 3),
            "reliability": _reliability(held_out[counted], right[counted]),
        },
        "held_out_archive": {
            "auc_right": round(auc(held_out[archive], right[archive]), 3),
            "right_answered": round(float(1 - refused[archive & (right == 1)].mean()), 3),
            "taken_out_refused": round(float(refused[archive & without].mean()), 3),
            "refusal_precision": round(float(without[archive & refused].mean()), 3),
            "reliability": _reliability(held_out[archive], right[archive]),
        },
    }


def _is_later(one: Look) -> bool:
    return one.taken_out or one.kind == ARCHIVE


def learn_voice(
    looks: Sequence[Look],
    held_out: Floats,
    said: Sequence[float | None],
    enough: float,
    answered: float | None = None,
) -> dict[str, Any]:
    """How the confidence before and what another voice said make one; figures on questions held out both times.

    At `enough` this share of the answerable questions is `answered`, or as many as without that voice.
    """
    at = np.array([i for i, one in enumerate(said) if one is not None])
    before = np.clip(held_out[at], 1e-6, 1 - 1e-6)
    rows = np.c_[np.log(before / (1 - before)), np.array([said[i] for i in at], dtype=np.float64)]
    right = np.array([float(looks[i].answered) for i in at])
    # Of the archive there is only a sample: it would count for nothing if it counted as little as the whole.
    weight = np.array([OUT_WEIGHT if _is_later(looks[i]) else 1.0 for i in at])
    names = ["before", "said"]
    folds = folds_of(looks)[at]
    both = np.zeros(len(at))
    for fold in range(FOLDS):
        out = folds == fold
        if out.any():
            weights, bias = fit_signed(rows[~out], right[~out], weight[~out], ANSWER_RIDGE, names)
            both[out] = rows[out] @ weights + bias
    weights, bias = fit_signed(rows, right, weight, ANSWER_RIDGE, names)
    asked = np.array([not looks[i].taken_out and looks[i].kind not in (ARCHIVE, "false_premise") for i in at])
    if answered is None:  # what it adds is which
        answered = float((before[asked & (right == 1)] >= enough).mean())
    least = float(np.quantile(both[asked & (right == 1)], 1 - answered))
    bias += math.log(enough / (1 - enough)) - least

    def told(scores: Floats, line: float) -> dict[str, float]:
        refused = scores[asked] < line
        due = right[asked] == 0
        return {
            "auc": round(auc(scores[asked], right[asked]), 3),
            "answered": round(float(1 - refused[~due].mean()), 3),
            "refusal_precision": round(float(due[refused].mean()), 3),
            "refusal_recall": round(float(refused[due].mean()), 3),
        }

    return {
        "weights": _told(names, weights, bias),
        "auc_said": round(auc(rows[asked, 1], right[asked]), 3),
        "learned_from": {
            "questions": int(asked.sum()),
            "unanswerable": int((right[asked] == 0).sum()),
            "others": int((~asked).sum()),
            "archive": sum(looks[i].kind == ARCHIVE for i in at),
        },
        "held_out": {"before": told(before, enough), "both": told(both, least)},
    }


_TOGETHER = [*ANY, "crowd", "logit"]


def _together(one: Look, shown: Sequence[int], logit: float) -> list[float]:
    found = [one.features[i] for i in shown]
    return [*(max(f[name] for f in found) for name in ANY), one.crowd, logit]


def _best(one: Look, line: tuple[Floats, float]) -> tuple[list[int], float]:
    logits = np.array([list(f.values()) for f in one.features]) @ line[0] + line[1]
    order = np.argsort(-logits, kind="stable")[:SHOWN]
    return [int(i) for i in order], float(logits[order[0]])


def _fit_lines(looks: Sequence[Look], names: Sequence[str]) -> tuple[Floats, float]:
    rows = np.array([[f[name] for name in names] for one in looks for f in one.features])
    right = np.array([float(p) for one in looks for p in one.proves])
    return fit_signed(rows, right, np.ones(len(right)), LINE_RIDGE, names)


def fit(rows: Floats, right: Floats, weight: Floats, ridge: float, steps: int = 40) -> tuple[Floats, float]:
    """Weights (k,) and bias of a logistic model of `right` (n,) on `rows` (n, k), by Newton's method."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-6
    scaled = np.c_[(rows - mean) / spread, np.ones(len(rows))]  # (n, k + 1)
    penalty = np.diag([ridge] * rows.shape[1] + [1e-6])
    found = np.zeros(scaled.shape[1])
    for _ in range(steps):
        share = 1 / (1 + np.exp(-np.clip(scaled @ found, -30, 30)))
        slope = scaled.T @ (weight * (share - right)) + penalty @ found
        bend = (scaled * (weight * share * (1 - share))[:, None]).T @ scaled + penalty
        step = np.linalg.solve(bend, slope)
        found -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


# What speaks against an answer; everything else that is measured speaks for it. A few hundred questions must not
# unlearn that: a feature that comes out with the other sign (two that say nearly the same share one weight) is left
# out.
AGAINST = frozenset(
    [
        "undue",
        "unsaid",
        "former",
        "headline",
        "opens_list",
        "few_terms",
        "presumed",
        "apart",
        "bystander",
        "crowd",
        "stale",
    ]
)
EITHER = frozenset({"short", "newness"})


def fit_signed(
    rows: Floats, right: Floats, weight: Floats, ridge: float, names: Sequence[str]
) -> tuple[Floats, float]:
    """`fit`, without the features whose weight has the wrong sign."""
    kept = list(range(len(names)))
    while True:
        weights, bias = fit(rows[:, kept], right, weight, ridge)
        wrong = [
            (abs(w) * float(rows[:, i].std()), i)
            for i, w in zip(kept, weights, strict=True)
            if names[i] not in EITHER and (w > 0) == (names[i] in AGAINST)
        ]
        if not wrong:
            break
        kept.remove(max(wrong)[1])
    whole = np.zeros(len(names))
    whole[kept] = weights
    return whole, bias


def auc(scores: Floats, right: NDArray[Any]) -> float:
    """Area under the ROC curve: how often a right one scores above a wrong one (Mann and Whitney 1947)."""
    good, bad = scores[right == 1], scores[right == 0]
    if not len(good) or not len(bad):
        return math.nan
    return float((good[:, None] > bad[None, :]).mean() + 0.5 * (good[:, None] == bad[None, :]).mean())


def _says(question: GoldQuestion, text: str) -> bool:
    terms = question.must_include or question.answers
    return bool(terms) and all(contains_any(eval_words(text), term) for term in terms)


def proves(question: GoldQuestion, line: EvidenceLine) -> bool:
    """Whether a line is one of those that the gold names."""
    return any(
        entry.article == line.article.article_id
        and (entry.first_line is None or entry.first_line <= line.line <= (entry.last_line or entry.first_line))
        for entry in question.relevant
    )


def events(questions: Iterable[GoldQuestion]) -> dict[str, str]:
    """The world event of each question by its id: articles that some question needs together are of one event.

    Its name is that of one of the articles; "" where a question needs none.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    needed = {question.id: sorted({entry.article for entry in question.relevant}) for question in questions}
    for articles in needed.values():
        for other in articles[1:]:
            parent[root(other)] = root(articles[0])
    return {name: root(articles[0]) if articles else "" for name, articles in needed.items()}


def folds_of(looks: Sequence[Look]) -> NDArray[np.int64]:
    """The fold (n,) of each look: events dealt out, the largest first, each to the smallest fold."""
    sizes: dict[str, int] = defaultdict(int)
    for one in looks:
        sizes[one.event] += 1
    filled = [0] * FOLDS
    of: dict[str, int] = {}
    for event in sorted(sizes, key=lambda name: (-sizes[name], name)):
        of[event] = filled.index(min(filled))
        filled[of[event]] += sizes[event]
    return np.array([of[one.event] for one in looks])


def _reliability(confidence: Floats, right: Floats) -> list[dict[str, float]]:
    """Stated against found, in tenths."""
    found = []
    for low in np.arange(0, 1, 0.1):
        inside = (confidence >= low) & (confidence < low + 0.1)
        if inside.any():
            found.append(
                {
                    "stated": round(float(confidence[inside].mean()), 3),
                    "right": round(float(right[inside].mean()), 3),
                    "questions": int(inside.sum()),
                }
            )
    return found


def _told(names: Sequence[str], weights: Floats, bias: float) -> Mapping[str, float]:
    return {"bias": round(bias, 4)} | {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}


if __name__ == "__main__":
    main()
