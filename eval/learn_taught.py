"""Learn how much counts what a taught model reads in the lines (`rag.taught`), and write that beside the code.

    python -m eval.learn_taught eval/gold/seeds.jsonl eval/gold/newsroom.jsonl --corpus seeds eval/newsroom
        --home HOME --questions questions-dev.jsonl --replies out/replies

It is one more voice in whether the lines answer at all, beside the confidence of `eval/learn_confidence.py` with
that of `eval/learn_reading.py`: run it after those. Neither the gold nor the weeks that count here were taught. What
the model says is kept in the folder of `--replies` by what it was asked, seconds a question; `dateline eval run
--replies` takes it from there. Writes the part `taught` of `rag/confidence.json`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from eval.gold import load
from eval.inprocess import InProcess
from eval.learn_confidence import SEED, Look, arguments, learn_voice, look, look_at_archive
from eval.learn_reading import confidence, first
from eval.replies import KeptReplies
from eval.retrieval import eligible
from eval.run import merged
from rag import taught
from rag.asked import read as read_question
from rag.build import open_model
from rag.evidence import Coefficients, learned, with_voice
from rag.selector import card
from rag.settings import EXTRACTIVE, Settings

ARCHIVE_ASKED = 60  # questions of RealTime QA
ANSWERED = 0.88  # of the answerable questions, held out; what the first lines do not state is among them


def main() -> int:
    """Read the arguments, ask, learn, write, tell."""
    parser = arguments(__doc__)
    parser.add_argument("--replies", type=Path, required=True, help="folder of what the model said")
    given = parser.parse_args()
    gold = merged([load(path) for path in given.gold]).questions
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.read({"DATELINE_HOME": home, "DATELINE_MODEL": EXTRACTIVE})
        with InProcess(settings, given.corpus) as system:
            looks = [one for one in look(gold, system, read=True) if not one.taken_out]
    asked = [one for one in eligible(given.questions) if one.week in card().unseen_weeks]
    order = np.random.default_rng(SEED).permutation(len(asked))[:ARCHIVE_ASKED]
    looks += look_at_archive(given.home, [asked[at] for at in order], read=True)
    looks = [one for one in looks if not read_question(one.question).chooses]  # of those it is not asked
    model = open_model(Settings.read(os.environ))
    if model is None or not model.taught:
        raise SystemExit("the model of these settings was not taught to read lines: unset DATELINE_MODEL")
    kept = KeptReplies(model, given.replies)
    plain = learned()
    said = []
    for done, one in enumerate(looks, start=1):
        said.append(read(one, kept, plain))
        if done % 50 == 0:
            print(f"{done} of {len(looks)} questions", file=sys.stderr, flush=True)
    model.close()
    held = json.loads(given.output.read_text(encoding="utf-8"))
    before = np.array([before_it(one, plain) for one in looks])
    held["taught"] = learn_voice(looks, before, said, held["enough"], ANSWERED)
    given.output.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(held["taught"], indent=1))
    return 0


def read(one: Look, model: KeptReplies, plain: Coefficients) -> float | None:
    """Log-odds that the lines state the answer."""
    lines = [one.lines[at] for at in first(one, plain.line, plain.answers)]
    told = taught.read(model, one.question, lines, as_of=one.as_of.isoformat())
    return told.said if told is not None else None


def before_it(one: Look, plain: Coefficients) -> float:
    """The confidence without what it reads, 0 … 1."""
    sure, of_the_selector = confidence(one, plain, plain.answers)
    return with_voice(sure, of_the_selector, plain.read)


if __name__ == "__main__":
    raise SystemExit(main())
