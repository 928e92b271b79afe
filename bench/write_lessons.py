"""Have a language model write lessons about real news: questions, or sentences beside lines.

    python -m bench.write_lessons questions ../shared/data/realtimeqa -o questions.jsonl \
        --base-url https://…/v1 --model NAME --reports 3200
    python -m bench.write_lessons pairs ../shared/data/realtimeqa -o pairs.jsonl --skip 3200 --reports 2000 …

Real questions are few, and pairs that are labelled by hand fewer. A large model reads the beginnings of articles and
writes both, by the instructions in `bench/prompts/` (after Puri et al., "Training question answering models from
synthetic data", EMNLP 2020, and Tang et al., "MiniCheck", EMNLP 2024). What ships was learned from such lessons
(`bench/train_selector.py`, `bench/train_entailment.py`); a small embedded model writes them too badly: of what the
1.5B wrote, one answer in seven is none.

Kept is what stands the simplest tests: lines that are there, an answer that stands in one of them, a known label.
Articles of weeks that are kept back are not shown. What was written stays: stopped, the same command goes on.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai import OpenAI

from bench.corpus import rows
from bench.selector_lessons import held_out
from eval.pairs import LABELS
from eval.retrieval import week_of
from index.lines import Lines
from index.readers.canonical import canonical, paragraphs_of
from rag.planted import orders
from rag.sentences import split

PROMPTS = Path(__file__).with_name("prompts")
READ, SHOWN, SENTENCES = 4_000, 950, 7  # characters of an article that are looked at and shown; sentences shown
SENTENCE = 40, 330  # characters of one
FEWEST = 5  # sentences in an article
OF_ONE = 5  # articles of those that were found for one question


@dataclass(frozen=True, slots=True)
class Report:
    """The beginning of an article that is written about."""

    article: str
    published: str | None
    date: str  # of the real question for which it was found, YYYY-MM-DD
    found: Sequence[str]  # all articles that were found for it
    lines: Sequence[str]  # the headline first


def reports(data: Path, dice: random.Random) -> list[Report]:
    """Articles that were found for questions of weeks that are taught, in an order by chance."""
    asked = list(rows(data / "questions-dev.jsonl"))
    back = [held_out(week_of(dt.date.fromisoformat(one["date"]))) for one in asked]
    kept_back = {
        name
        for one, kept in zip(asked, back, strict=True)
        for name in (*one["retrieved"], *one["answer_articles"])
        if kept
    }
    for_which: dict[str, list[Mapping[str, Any]]] = {}
    for one, kept in zip(asked, back, strict=True):
        for name in dict.fromkeys(one["retrieved"]):
            if not kept and name not in kept_back:
                for_which.setdefault(name, []).append(one)
    found = []
    for row in rows(data / "articles.jsonl.gz"):
        if row["id"] in for_which and row["title"] and (shown := _beginning(row)):
            one = dice.choice(for_which[row["id"]])
            names = [name for name in dict.fromkeys(one["retrieved"]) if name not in kept_back]
            found.append(Report(row["id"], row.get("published"), one["date"], names, shown))
    dice.shuffle(found)
    count: Counter[tuple[str, ...]] = Counter()
    kept_ones = []
    for report in found:
        count[key := (report.date, *report.found[:3])] += 1
        if count[key] <= OF_ONE:
            kept_ones.append(report)
    return kept_ones


def _beginning(row: Mapping[str, Any]) -> list[str]:
    """The headline and the first whole sentences; empty where there are few."""
    title, text = canonical(row["title"], paragraphs_of(row["text"][:READ]))
    lines = Lines(text)
    shortest, longest = SENTENCE
    sentences = [
        placed.text
        for number in range(2, len(lines) + 1)
        for placed in split(lines[number], "en")
        if shortest <= len(placed.text) <= longest and placed.text[-1] in ".!?”\"'’" and not orders(placed.text)
    ]
    sentences = list(dict.fromkeys(sentences))
    if len(sentences) < FEWEST:
        return []
    shown: list[str] = []
    for one in sentences[:SENTENCES]:
        if sum(map(len, shown)) + len(one) > SHOWN:
            break
        shown.append(one)
    return [title, *shown]


def questions(report: Report, items: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What of a reply is a question as `bench.selector_lessons.written_lessons` reads it."""
    for item in items:
        question, lines = str(item["question"]).strip(), _lines(item["lines"], report)
        answer = str(item["answer"]).strip(" .,;") if item["answer"] else None
        told = any(answer.casefold() in report.lines[at - 1].casefold() for at in lines) if answer else not lines
        if question and told:
            yield {
                "date": report.date, "article": report.article, "published": report.published,
                "found": report.found, "lines": report.lines, "question": question, "answer": answer, "right": lines,
            }  # fmt: skip


def pairs(report: Report, items: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What of a reply is a pair as `bench.train_entailment` reads it."""
    for item in items:
        sentence, lines = str(item["sentence"]).strip(), _lines(item["lines"], report)
        if sentence and lines and item["label"] in LABELS:
            yield {
                "article": report.article, "published": report.published, "sentence": sentence,
                "lines": [report.lines[at - 1] for at in lines], "label": item["label"], "fault": item["fault"],
            }  # fmt: skip


def _lines(numbers: object, report: Report) -> list[int]:
    """The numbers of lines that are there."""
    given = numbers if isinstance(numbers, list) else []
    return [one for one in given if isinstance(one, int) and 1 <= one <= len(report.lines)]


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
    wanted = reports(given.data, random.Random(11))[given.skip :][: given.reports]
    client = OpenAI(base_url=given.base_url, api_key=os.environ.get(given.key_env, "none"))
    prompt = (PROMPTS / f"{given.kind}.txt").read_text("utf-8")

    def ask(report: Report) -> list[dict[str, Any]]:
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
            return list(KINDS[given.kind](report, json.loads(found[0] if found else "[]")))
        except (ValueError, KeyError, TypeError):  # no JSON, or not of this form
            return []

    left = [report for report in wanted if report.article not in done]
    count = 0
    with given.output.open("a", encoding="utf-8") as output, ThreadPoolExecutor(given.jobs) as pool:
        for shown, found in enumerate(pool.map(ask, left), start=1):
            output.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in found)
            output.flush()
            count += len(found)
            if shown % 50 == 0:
                print(f"{shown} of {len(left)} reports, {count} lessons", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
