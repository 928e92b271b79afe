"""The report: a run as one page that asks nothing of the network and that a journalist can read."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from eval import plots
from eval.measures import ALL, Group, Measure
from eval.measures.cost import cost
from eval.text import spoken

MAX_LINE = 1_500  # characters of a line that are shown
_MARKERS = re.compile(r"((?:\[\d{1,4}\])+)")

_GROUPS = {
    Group.ANSWERS: "Answers",
    Group.CITATIONS: "Citations",
    Group.REFUSAL: "Knowing when not to answer",
    Group.TIME: "Time",
    Group.RETRIEVAL: "Finding the articles",
    Group.EFFORT: "Effort",
}

# The headline: measure, its question in plain words.
_HEADLINES = (
    ("correct", "Served the reader right", "right answers, and refusals where the articles do not say"),
    ("correct_and_cited", "… and with proof", "the same, and every answer cites a line that proves it"),
    ("citation_validity", "Citations that hold", "each leads to exactly the text it quotes, letter for letter"),
    ("line_f1", "Cited the proving lines", "all of the lines that prove the answer, and no others"),
    ("refusal_f1", "Refused when it should", "and only then"),
    ("wrong_answers", "Answers that were wrong", "of all the answers it gave; lower is better"),
)


def report(record: Mapping[str, Any]) -> str:
    """The page. `record` is a run.json; everything in it is escaped."""
    environment = Environment(
        loader=PackageLoader("eval", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    source = environment.loader
    assert source is not None
    style, script = (source.get_source(environment, name)[0] for name in ("report.css", "report.js"))
    measures = {measure.name: measure for measure in (*ALL, cost(0, 0))}
    summary = record["summary"]
    questions = [_question(number, entry) for number, entry in enumerate(record["questions"], 1)]
    return environment.get_template("report.html.j2").render(
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
        run=record,
        intro=_intro(record),
        headlines=[
            _headline(measures[name], title, note, summary[name])
            for name, title, note in _HEADLINES
            if name in summary
        ],
        plots=_plots(record),
        checker=record.get("checker"),
        gate=record.get("gate"),
        titles={name: measure.title for name, measure in measures.items()},
        answered_by=_answered_by(record["system"]["name"]),
        groups=_groups(measures, summary),
        kinds=sorted({q["kind"] for q in questions}),
        tags=sorted({tag for q in questions for tag in q["tags"]}),
        by_kind=_by_kind(record, measures),
        questions=questions,
        faults=sum(bool(q["failures"]) for q in questions),
    )


def _csp_hash(text: str) -> str:
    """For the content security policy: only this very style and script may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def shown(value: float, unit: str) -> str:
    """A figure for a reader."""
    if unit == "share":
        return f"{100 * value:.1f} %" if 0 < value < 1 else f"{100 * value:.0f} %"
    if unit == "ms":
        return plots.seconds(value)
    if unit == "USD":
        return f"${value:.5f}"
    return f"{value:,.1f} {unit}"


def _answered_by(name: str) -> str:
    """The system's name, with what its last word means to those who do not know it."""
    return name + (": it quotes, without a language model" if name.endswith("extractive") else "")


def _intro(record: Mapping[str, Any]) -> str:
    """What happened, in sentences."""
    entries = record["questions"]
    right = sum(entry["correct"] for entry in entries)
    refused = sum((entry["answer"] or {}).get("outcome") == "insufficient" for entry in entries)
    errors = sum(entry["error"] is not None for entry in entries)
    repeat = record["options"]["repeat"]
    told = f"{len(entries)} questions were asked" + (f", each {repeat} times" if repeat > 1 else "") + ". "
    told += f"{right} ended right: with the right answer, or with a refusal where the articles do not say. "
    told += f"{refused} were refused" + (f", and {errors} ended in an error" if errors else "") + "."
    kinds = sorted(
        (figures["correct"]["value"], _words(kind))
        for kind, figures in record["by_kind"].items()
        if "correct" in figures
    )
    if len(kinds) > 3 and kinds[0][0] < 1:
        told += (
            " Weakest were the kinds "
            + ", ".join(f"“{kind}” ({100 * share:.0f} %)" for share, kind in kinds[:3])
            + "."
        )
    if record.get("agreement") is not None:
        told += f" Asked again, {100 * record['agreement']:.0f} % of the questions ended the same way every time."
    return told


def _headline(measure: Measure, title: str, note: str, figure: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": title,
        "note": note,
        "name": measure.name,
        "value": shown(figure["value"], measure.unit),
        "low": shown(figure["low"], measure.unit),
        "high": shown(figure["high"], measure.unit),
        "n": figure["n"],
        "bar": (100 * figure["value"], 100 * figure["low"], 100 * figure["high"]),
        "good": measure.higher_is_better,
    }


def _groups(measures: Mapping[str, Measure], summary: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    found = []
    for group, title in _GROUPS.items():
        rows = [
            {
                "name": name,
                "title": measure.title,
                "value": shown(summary[name]["value"], measure.unit),
                "low": shown(summary[name]["low"], measure.unit),
                "high": shown(summary[name]["high"], measure.unit),
                "n": summary[name]["n"],
                "good": measure.higher_is_better,
            }
            for name, measure in measures.items()
            if measure.group is group and name in summary
        ]
        if rows:
            found.append((title, rows))
    return found


_KIND_COLUMNS = (
    "correct",
    "correct_and_cited",
    "must_include",
    "f1",
    "line_precision",
    "line_recall",
    "line_f1",
    "citation_validity",
    "lexical_support",
    "answer_rate",
    "wrong_answers",
    "lines:nDCG@10",
)


def _by_kind(record: Mapping[str, Any], measures: Mapping[str, Measure]) -> dict[str, Any]:
    names = [name for name in _KIND_COLUMNS if name in record["summary"]]
    rows = []
    for kind, figures in record["by_kind"].items():
        cells = [shown(figures[name]["value"], measures[name].unit) if name in figures else "–" for name in names]
        n = figures.get("failures", {}).get("n", 0)
        rows.append((_words(kind), n, cells))
    return {"names": [_words(name) for name in names], "rows": rows}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _plots(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    summary, found = record["summary"], []

    def add(title: str, note: str, svg: Markup) -> None:
        found.append({"title": title, "note": note, "svg": svg})

    kinds = [
        plots.Bar(
            _words(kind),
            figures["correct"]["value"],
            figures["correct"]["low"],
            figures["correct"]["high"],
            figures["correct"]["n"],
        )
        for kind, figures in record["by_kind"].items()
        if "correct" in figures
    ]
    if kinds:
        kinds.sort(key=lambda bar: bar.value)
        note = "Questions served right, the weakest kind first, with 95 % intervals and how many were asked."
        add("By kind of question", note, plots.bars(kinds, "Questions served right by kind"))
    series = [
        made
        for prefix, name in (
            ("lines:R@", "proving lines that were found"),
            ("R@", "proving articles that were found"),
            ("answer-hit@", "questions whose answer stands there"),
        )
        if (made := _series(summary, prefix, name)) is not None
    ]
    if series:
        note = "What the search had found before a word was written: an answer cannot be better than this."
        add("Finding the articles", note, plots.by_rank(series))
    curve = [(p["threshold"], p["coverage"], p["wrong"]) for p in record["curves"]["refusal"]]
    if curve:
        note = (
            "Were only the surest answers shown (left), fewer would be wrong; the right end is what readers get now."
        )
        add("Saying less, erring less", note, plots.risk_coverage(curve))
    bins = [(b["confidence"], b["correct"], b["n"]) for b in record["curves"]["reliability"]]
    if bins:
        note = (
            "Of answers it was 80 % sure of, 80 % should be right: on the dashed line. Larger dots are more answers."
        )
        add("Is it as sure as it should be?", note, plots.reliability(bins))
    times = [1000.0 * entry["seconds"] for entry in record["questions"] if entry["error"] is None]
    if times:
        add(
            "How long it takes",
            "Questions by the time to the whole answer.",
            plots.histogram(times, "Time to the answer"),
        )
    return found


def _series(summary: Mapping[str, Any], prefix: str, name: str) -> plots.Series | None:
    held = sorted((int(key.removeprefix(prefix)), value) for key, value in summary.items() if key.startswith(prefix))
    if not held:
        return None
    return plots.Series(
        name,
        tuple((float(k), value["value"]) for k, value in held),
        tuple(value["low"] for _, value in held),
        tuple(value["high"] for _, value in held),
    )


def _question(number: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    gold, answer = entry["gold"], entry["answer"] or {}
    outcome = "error" if entry["error"] is not None else str(answer.get("outcome") or "?")
    quotes = {c.get("marker"): c for c in answer.get("citations") or [] if isinstance(c, Mapping)}
    expected = {(e["article"], number) for e in entry["expected_lines"] for number, _ in e["lines"]}
    citations = {r["marker"]: _citation(r, quotes.get(r["marker"], {}), expected) for r in entry["resolved"]}
    status = "fault" if entry["failures"] else "refused" if outcome == "insufficient" else "right"
    return {
        "id": gold["id"],
        "question": gold["question"],
        "kind": gold["kind"],
        "tags": gold["tags"],
        "as_of": gold["as_of"],
        "answerable": gold["answerable"],
        "expected": gold["answer"],
        "must_include": [spoken(term) for term in gold["must_include"]],
        "must_not_include": [spoken(term) for term in gold["must_not_include"]],
        "choices": gold.get("choices") or [],
        "alternatives": _alternatives(gold),
        "expected_lines": entry["expected_lines"],
        "outcome": outcome,
        "reason": _words(str(answer.get("reason") or "")),
        "note": answer.get("note") or "",
        "answer": _with_marks(str(answer.get("answer") or ""), number),
        "error": entry["error"],
        "status": status,
        "failures": entry["failures"],
        "confidence": answer.get("confidence"),
        "seconds": plots.seconds(1000.0 * entry["seconds"]),
        "citations": list(citations.values()),
        "search": " ".join(
            [gold["id"], gold["question"], gold["answer"], str(answer.get("answer") or "")]
        ).casefold(),
    }


def _alternatives(gold: Mapping[str, Any]) -> bool:
    """Whether some of the proving lines prove the same, so that not all of them are needed."""
    named = [entry["proves"] for entry in gold["relevant"] if entry.get("proves")]
    return len(named) > len(set(named))


def _citation(
    resolved: Mapping[str, Any], given: Mapping[str, Any], expected: set[tuple[str, int]]
) -> dict[str, Any]:
    article = given.get("article") if isinstance(given.get("article"), Mapping) else {}
    quote = given.get("quote") if isinstance(given.get("quote"), Mapping) else {}
    first, last = resolved["first_line"], resolved["last_line"]
    lines = []
    for number, text in resolved["context"]:
        cited = first <= number <= last
        pieces = str((quote or {}).get("exact") or "").split("\n") if cited else []
        # A quote over several lines is marked piece by piece.
        piece = next((p for p in pieces if p and p in text), "")
        lines.append(
            {
                "number": number,
                "cited": cited,
                "proving": (resolved["article"], number) in expected,
                "text": plots.highlighted(text, piece)
                if len(text) <= MAX_LINE or cited
                else escape(text[:MAX_LINE] + " …"),
            }
        )
    return {
        "marker": resolved["marker"],
        "article": resolved["article"],
        "title": (article or {}).get("title") or "",
        "source": (article or {}).get("source") or "",
        "date": (resolved["published_at"] or "")[:10],
        "where": f"line {first}" if first == last else f"lines {first}–{last}",
        "problem": resolved["problem"],
        "lines": lines,
    }


def _with_marks(answer: str, question: int) -> Markup:
    """The answer with its citation markers as links to the citations below it."""
    parts: Sequence[str] = _MARKERS.split(answer)
    made = Markup("")
    for part in parts:
        if _MARKERS.fullmatch(part):
            for marker in re.findall(r"\d+", part):
                made += Markup('<a class="mark" href="#q{}-c{}">{}</a>').format(question, marker, marker)
        else:
            made += escape(part)
    return made
