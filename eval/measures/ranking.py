"""Rankings and judgements for the retrieval measures, which ir_measures computes.

Two levels. By *article*: the articles of the hits, each at its first place; all proving articles are relevant. By
*lines*: each proving entry of the gold is one relevant item, found at the place of the first hit that overlaps its
lines; a hit that overlaps none is an irrelevant item of its own. Scores fall by one per place, so there are no ties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

import ir_measures

from eval.case import Case
from eval.measures.base import Score, Scores
from eval.text import contains, words

Judgement = tuple[dict[str, int], list[str]]  # relevant items with their grades; ranked items, best first


def item(article: str, lines: str = "") -> str:
    """An item's name in TREC files, which may hold no blanks."""
    return quote(article, safe="/:.-_") + (f"#{lines}" if lines else "")


def by_article(case: Case) -> Judgement | None:
    """Relevant and ranked articles. None without hits or without proving articles."""
    if case.hits is None or not case.question.relevant:
        return None
    relevant: dict[str, int] = {}
    for entry in case.question.relevant:
        name = item(entry.article)
        relevant[name] = max(entry.grade or 1, relevant.get(name, 1))
    return relevant, list(dict.fromkeys(item(hit.article) for hit in case.hits))


def by_lines(case: Case) -> Judgement | None:
    """Relevant and ranked runs of lines. None without hits or where the gold names no lines."""
    entries = [entry for entry in case.question.relevant if entry.lines]
    if case.hits is None or not entries:
        return None
    names = {entry: item(entry.article, f"{entry.first_line}-{entry.last_line}") for entry in entries}
    ranked: list[str] = []
    for hit in case.hits:
        held = range(hit.first_line, hit.last_line + 1)
        met = [names[e] for e in entries if e.article == hit.article and any(line in held for line in e.lines)]
        ranked += met or [item(hit.article, f"{hit.first_line}-{hit.last_line}~")]
    return {names[entry]: entry.grade or 1 for entry in entries}, list(dict.fromkeys(ranked))


def by_answer(case: Case) -> Judgement | None:
    """Hits that contain the answer or an alias. None without hits, without an answer, or where answers are long."""
    answers = [answer for answer in case.question.answers if 0 < len(words(answer)) <= 6]
    if case.hits is None or not case.question.answerable or not answers:
        return None
    ranked = [str(place) for place in range(len(case.hits))]
    # "the answer" is never retrieved; it makes a question count that no hit answers.
    relevant = {"the answer": 1}
    for place, hit in enumerate(case.hits):
        within = words(hit.text)
        if any(contains(within, answer) for answer in answers):
            relevant[str(place)] = 1
    return relevant, ranked


def trec(
    cases: Iterable[Case], judge: Callable[[Case], Judgement | None]
) -> tuple[list[ir_measures.Qrel], list[ir_measures.ScoredDoc]]:
    """Judgements and rankings of all eligible cases, as ir_measures takes them and TREC files hold them."""
    return _trec((item(case.question.id), held) for case in cases if (held := judge(case)) is not None)


def _trec(judged: Iterable[tuple[str, Judgement]]) -> tuple[list[ir_measures.Qrel], list[ir_measures.ScoredDoc]]:
    qrels: list[ir_measures.Qrel] = []
    run: list[ir_measures.ScoredDoc] = []
    for query, (relevant, ranked) in judged:
        qrels += [ir_measures.Qrel(query, name, grade) for name, grade in sorted(relevant.items())]
        run += [ir_measures.ScoredDoc(query, name, float(len(ranked) - place)) for place, name in enumerate(ranked)]
    return qrels, run


def by_ir_measures(measure: str, judge: Callable[[Case], Judgement | None]) -> Callable[[Sequence[Case]], Scores]:
    """The scores of a measure that ir_measures names, such as `nDCG@10`. A question without hits scores 0."""
    parsed = ir_measures.parse_measure(measure)

    def scores(cases: Sequence[Case]) -> Scores:
        # A question may come more than once, when a run repeats; each asking is a query by its number.
        judged = {str(number): held for number, case in enumerate(cases) if (held := judge(case)) is not None}
        qrels, run = _trec(judged.items())
        values = {m.query_id: float(m.value) for m in ir_measures.iter_calc([parsed], qrels, run)} if run else {}
        return [
            Score(values.get(str(number), 0.0)) if str(number) in judged else None for number in range(len(cases))
        ]

    return scores
