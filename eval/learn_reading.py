"""Learn how much the figures of `rag.selector` count, and write that beside the code.

    python -m eval.learn_reading eval/gold/seeds.jsonl eval/gold/newsroom.jsonl --corpus seeds eval/newsroom
        --home HOME --questions questions-dev.jsonl

Two things, on top of what `eval/learn_confidence.py` learned. How much they count in which line answers: of a few
weights the one is taken that has the most right lines first and among three; a gold question counts twice. And how
much in whether the lines answer at all: the surest figure of the first three is one more voice (`learn_voice`),
beside a confidence that was learned from the gold too, so its own part is flattered a little. The selector was
trained on most of the real questions there are, and of those its figures are better than they will be of others; so
only the gold and weeks count here that it has not seen (`rag/selector.json`), too few to learn thirty numbers from.
Run it after that script and after `bench/train_selector.py`. Writes the part `read` of `rag/confidence.json`.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eval.gold import load
from eval.inprocess import InProcess
from eval.learn_confidence import ARCHIVE, LEAST_ANSWERED, SHOWN, Look, arguments, learn_voice, look, look_at_archive
from eval.retrieval import eligible
from eval.run import merged
from rag.evidence import ANY, DOUBTS, Coefficients, doubts, learned, read_of
from rag.lines import ANSWERS
from rag.selector import card
from rag.settings import EXTRACTIVE, Settings

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)
GOLD_WEIGHT = 2.0


def main() -> int:
    """Read the arguments, learn, write, tell."""
    given = arguments(__doc__).parse_args()
    gold = merged([load(path) for path in given.gold]).questions
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.read({"DATELINE_HOME": home, "DATELINE_MODEL": EXTRACTIVE})
        with InProcess(settings, given.corpus) as system:
            looks = look(gold, system, read=True)
    asked = [one for one in eligible(given.questions) if one.week in card().unseen_weeks]
    looks += look_at_archive(given.home, asked, read=True)
    held = json.loads(given.output.read_text(encoding="utf-8"))
    plain = learned()
    held["read"] = learn(looks, plain.line)
    told = [confidence(one, plain, held["read"]["answers"]) for one in looks]
    before, said = zip(*told, strict=True)
    held["read"]["voice"] = learn_voice(looks, np.array(before), said, held["enough"], LEAST_ANSWERED)
    given.output.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(held["read"], indent=1))
    return 0


def learn(looks: Sequence[Look], plain: Mapping[str, float]) -> dict[str, Any]:
    """The weight, and what each that was tried has of right lines first and among three, in logits beside `plain`."""
    proved = [one for one in looks if not one.taken_out and any(one.proves)]
    gold = np.array([one.kind != ARCHIVE for one in proved])
    tried: dict[float, np.ndarray[Any, np.dtype[np.float64]]] = {
        weight: np.array([_places(one, plain, weight) for one in proved], np.float64) for weight in WEIGHTS
    }  # of each question: right first, right among three
    worth = {
        weight: float((found * np.where(gold, GOLD_WEIGHT, 1.0)[:, None]).sum()) for weight, found in tried.items()
    }
    return {
        "answers": max(WEIGHTS, key=lambda weight: worth[weight]),
        "learned_from": {"gold": int(gold.sum()), "archive": int((~gold).sum()), "by": "eval/learn_reading.py"},
        "right_first_and_among_three": {
            str(weight): {
                name: found[those].mean(axis=0).round(3).tolist()
                for name, those in (("gold", gold), ("archive", ~gold))
                if those.any()
            }
            for weight, found in tried.items()
        },
    }


def confidence(one: Look, plain: Coefficients, weight: float) -> tuple[float, float | None]:
    """How sure an answer of its first lines is without what the selector says of them, and that: log-odds."""
    chosen = first(one, plain.line, weight)[:SHOWN]
    found = [one.features[at] for at in chosen]
    together = {name: max(told[name] for told in found) for name in ANY}
    together |= {"crowd": one.crowd, "logit": _logit(plain.line, found[0])}
    doubt = sum(DOUBTS[name] * value for name, value in doubts(found).items())
    return 1 / (1 + math.exp(doubt - _logit(plain.answer, together))), read_of(one.lines[at] for at in chosen)


def _places(one: Look, plain: Mapping[str, float], weight: float) -> tuple[bool, bool]:
    """Whether the first line, or one of the first three, is right."""
    order = first(one, plain, weight)[:SHOWN]
    return one.proves[order[0]], any(one.proves[at] for at in order)


def first(one: Look, plain: Mapping[str, float], weight: float) -> list[int]:
    """The places of the lines, those first that an answer is quoted from."""
    read = [line.parts[ANSWERS] for line in one.lines if ANSWERS in line.parts]
    least = min(read, default=0.0)
    logits = [
        _logit(plain, told) + weight * line.parts.get(ANSWERS, least)
        for told, line in zip(one.features, one.lines, strict=True)
    ]
    order: list[int] = np.argsort(-np.array(logits), kind="stable").tolist()
    return order


def _logit(weights: Mapping[str, float], told: Mapping[str, float]) -> float:
    return weights["bias"] + sum(weight * told[name] for name, weight in weights.items() if name != "bias")


if __name__ == "__main__":
    raise SystemExit(main())
