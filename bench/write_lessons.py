r"""Have a language model write lessons about real news: questions, or sentences beside lines.

    python -m bench.write_lessons questions ../shared/data/realtimeqa -o questions.jsonl.gz \
        --base-url https://…/v1 --model NAME --reports 3200
    python -m bench.write_lessons pairs ../shared/data/realtimeqa -o pairs.jsonl.gz --skip 3200 --reports 2600 …

Real questions are few, and pairs that are labelled by hand fewer. A large model reads the beginnings of articles and
writes both, by the instructions in `bench/prompts/` (after Puri et al., "Training question answering models from
synthetic data", EMNLP 2020, and Tang et al., "MiniCheck", EMNLP 2024), for `bench/train_selector.py` and
`bench/train_entailment.py`. A small embedded model writes them too badly: of what the 1.5B wrote, one answer in seven
is none.

Kept is what stands the simplest tests: lines that are there, an answer that stands in one of them, a known label, and
no run of so many words of the news itself. Lines are numbers, found again by whoever has the articles
(`bench/reports.py`); but answers are words of the news, and sentences close to it, so lessons never ship. What was
written stays: stopped, the same command goes on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from openai import OpenAI

from bench.corpus import rows
from bench.reports import Pool, Report, drawn
from eval.pairs import LABELS

PROMPTS = Path(__file__).with_name("prompts")
COPIED = 8  # words of a line, one after the other, that no question or sentence has


def questions(pool: Pool, report: Report, items: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What of a reply is a question, with the real one whose articles may answer it too."""
    for item in items:
        question, lines = str(item["question"]).strip(), _lines(item["lines"], report)
        answer = str(item["answer"]).strip(" .,;") if item["answer"] else None
        told = any(answer.casefold() in report.lines[at - 1].casefold() for at in lines) if answer else not lines
        if question and told and not copied(question, report.lines):
            yield {
                "article": report.article, "beside": pool.question, "question": question, "answer": answer,
                "lines": lines,
            }  # fmt: skip


def pairs(pool: Pool, report: Report, items: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:  # noqa: ARG001
    """What of a reply is a sentence beside lines."""
    for item in items:
        sentence, lines = str(item["sentence"]).strip(), _lines(item["lines"], report)
        if sentence and lines and item["label"] in LABELS and not copied(sentence, report.lines):
            yield {
                "article": report.article, "sentence": sentence, "lines": lines, "label": item["label"],
                "fault": item["fault"],
            }  # fmt: skip


def _lines(numbers: object, report: Report) -> list[int]:
    """The numbers of lines that are there."""
    given = numbers if isinstance(numbers, list) else []
    return [one for one in given if isinstance(one, int) and 1 <= one <= len(report.lines)]


def copied(text: str, lines: Sequence[str]) -> bool:
    """Whether a text repeats too many words of a line, one after the other."""
    own = re.findall(r"\w+", text.casefold())
    for line in lines:
        theirs = re.findall(r"\w+", line.casefold())
        if SequenceMatcher(None, own, theirs, autojunk=False).find_longest_match().size >= COPIED:
            return True
    return False


KINDS = {"questions": questions, "pairs": pairs}


def main() -> int:
    """Ask about one report after another, and write what is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("data", type=Path, help="the folder of RealTime QA")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--base-url", required=True, help="of an OpenAI-compatible endpoint")
    parser.add_argument("--model", required=True)
    parser.add_argument("--key-env", default="OPENAI_API_KEY", help="the variable with its key")
    parser.add_argument("--skip", type=int, default=0, help="reports that are left to others")
    parser.add_argument("--reports", type=int, default=3_000)
    parser.add_argument("--jobs", type=int, default=4)
    given = parser.parse_args()
    done = {row["article"] for row in rows(given.output)} if given.output.exists() else set()
    wanted = drawn(given.data, random.Random(11))[given.skip :][: given.reports]
    client = OpenAI(base_url=given.base_url, api_key=os.environ.get(given.key_env, "none"))
    prompt = (PROMPTS / f"{given.kind}.txt").read_text("utf-8")

    def ask(one: tuple[Pool, Report]) -> list[dict[str, Any]]:
        pool, report = one
        shown = "\n".join(f"[{number}] {line}" for number, line in enumerate(report.lines, start=1))
        reply = client.chat.completions.create(
            model=given.model,
            messages=[
                {"role": "system", "content": prompt},
                {"role": "user", "content": f"published {report.published or 'unknown'}\n{shown}"},
            ],
        )
        found = re.search(r"\[.*\]", reply.choices[0].message.content or "", re.DOTALL)
        try:
            return list(KINDS[given.kind](pool, report, json.loads(found[0] if found else "[]")))
        except (ValueError, KeyError, TypeError):  # no JSON, or not of this form
            return []

    left = [one for one in wanted if one[1].article not in done]
    count = 0
    with gzip.open(given.output, "at", encoding="utf-8") as output, ThreadPoolExecutor(given.jobs) as workers:
        for shown, found in enumerate(workers.map(ask, left), start=1):
            output.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in found)
            output.flush()
            count += len(found)
            if shown % 50 == 0:
                print(f"{shown} of {len(left)} reports, {count} lessons", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
