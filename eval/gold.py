"""Gold questions: the format, a strict reader, and checks against the corpus.

A gold file is JSON Lines, one question per line; docs/evaluation.md describes the fields. Nothing is guessed: an
unknown field, a wrong type or a line number that is not there is a fault with its place and its remedy.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eval.errors import BadGold, UnknownLines
from eval.text import contains_any, words

KINDS = (
    "single_fact",
    "who_said",
    "number",
    "date",
    "list",
    "comparison",
    "two_articles",
    "before_after",
    "latest",
    "as_of",
    "contradiction",
    "attribution",
    "false_premise",
    "unanswerable",
    "multiple_choice",
    "open",
    "retrieval",
)

MAX_BYTES = 256 * 1024 * 1024
MAX_QUESTION = 20_000

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ID = re.compile(r"\S{1,200}")
_REQUIRED = ("id", "question", "answer", "answerable", "kind")
_OPTIONAL = ("aliases", "must_include", "must_not_include", "relevant", "as_of", "tags", "choices")
_RELEVANT = ("article", "first_line", "last_line", "proves", "revision", "grade")


@dataclass(frozen=True, slots=True)
class Relevant:
    """Lines that prove the answer, 1-based and inclusive; without lines, the whole article.

    Entries with the same `proves` prove the same thing, so that citing one of them is enough.
    `revision` (SHA-256, or at least its first eight digits) pins the lines to one revision. `grade` is how relevant,
    for judgements that have grades.
    """

    article: str
    first_line: int | None = None
    last_line: int | None = None
    proves: str | None = None
    revision: str | None = None
    grade: int | None = None

    @property
    def lines(self) -> frozenset[int]:
        """The numbers of the lines; empty when the whole article is meant."""
        if self.first_line is None or self.last_line is None:
            return frozenset()
        return frozenset(range(self.first_line, self.last_line + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuestion:
    """A question with its expected answer and the lines that prove it, or marked unanswerable.

    An unanswerable question may still carry an answer: the sentence that puts a false premise right. Refusing it is
    right, and so is that correction.
    """

    id: str
    question: str
    answer: str
    aliases: tuple[str, ...] = ()
    must_include: tuple[str, ...] = ()  # each must stand in the answer; `a|b` is either
    must_not_include: tuple[str, ...] = ()
    relevant: tuple[Relevant, ...] = ()
    as_of: dt.datetime | None = None
    answerable: bool
    kind: str
    tags: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """The expected answer and its aliases."""
        return (self.answer, *self.aliases) if self.answer else self.aliases

    @property
    def proving(self) -> frozenset[str]:
        """The articles that prove the answer."""
        return frozenset(entry.article for entry in self.relevant)

    @property
    def correctable(self) -> bool:
        """Whether an answer that puts the premise right is as good as a refusal."""
        return not self.answerable and bool(self.answer)

    def as_json(self) -> dict[str, Any]:
        """The record of the gold file."""
        record: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "answer": self.answer,
            "aliases": list(self.aliases),
            "must_include": list(self.must_include),
            "must_not_include": list(self.must_not_include),
            "relevant": [
                {name: value for name in _RELEVANT if (value := getattr(entry, name)) is not None}
                for entry in self.relevant
            ],
            "as_of": None if self.as_of is None else self.as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "answerable": self.answerable,
            "kind": self.kind,
            "tags": list(self.tags),
        }
        if self.choices:
            record["choices"] = list(self.choices)
        return record


@dataclass(frozen=True, slots=True)
class Suite:
    """A gold file as it was read. `sha256` names its exact content."""

    name: str
    path: Path
    sha256: str
    questions: tuple[GoldQuestion, ...]


class Corpus(Protocol):
    """What the checks need of a corpus: the lines of an article."""

    def lines(self, entry: Relevant, as_of: dt.datetime | None) -> Sequence[str]:
        """The lines of the revision that an entry speaks of, the first being line 1.

        That is the pinned revision, else the one current as of that moment, else the current one. Raises UnknownLines
        for an article or revision that is not there.
        """
        ...


def moment(value: str) -> dt.datetime:
    """An `as_of` as written: an ISO 8601 date-time (no zone means UTC), or a date, meaning the end of that day.

    Raises ValueError on anything else.
    """
    value = value.strip()
    if len(value) <= 10:
        day = dt.date.fromisoformat(value)
        return dt.datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=dt.UTC)
    parsed = dt.datetime.fromisoformat(value)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def _strings(record: Mapping[str, Any], name: str, problems: list[str]) -> tuple[str, ...]:
    value = record.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        problems.append(f"`{name}` must be a list of non-empty strings")
        return ()
    return tuple(value)


def _relevant(record: Mapping[str, Any], problems: list[str]) -> tuple[Relevant, ...]:
    value = record.get("relevant", [])
    if not isinstance(value, list):
        problems.append("`relevant` must be a list of {article, first_line, last_line}")
        return ()
    entries = []
    for number, entry in enumerate(value, 1):
        where = f"`relevant` entry {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("article"), str) or not entry["article"]:
            problems.append(f"{where} must be an object with an `article`")
            continue
        if unknown := sorted(set(entry) - set(_RELEVANT)):
            problems.append(f"{where} has {_unknown(unknown, _RELEVANT)}")
        first, last = entry.get("first_line"), entry.get("last_line")
        whole = first is None and last is None
        if not whole:
            if not isinstance(first, int) or not isinstance(last, int) or isinstance(first, bool):
                problems.append(f"{where}: first_line and last_line must both be whole numbers, or both be left out")
                continue
            if not 1 <= first <= last:
                problems.append(f"{where}: lines {first}–{last} are not a range; count from 1, first ≤ last")
                continue
        revision = entry.get("revision")
        if revision is not None and not (isinstance(revision, str) and re.fullmatch(r"[0-9a-f]{8,64}", revision)):
            problems.append(f"{where}: `revision` must be 8 to 64 hexadecimal digits")
            revision = None
        proves = entry.get("proves")
        if proves is not None and not (isinstance(proves, str) and proves):
            problems.append(f"{where}: `proves` must be a non-empty string")
            proves = None
        grade = entry.get("grade")
        if grade is not None and (not isinstance(grade, int) or isinstance(grade, bool) or not 1 <= grade <= 100):
            problems.append(f"{where}: `grade` must be a whole number from 1 to 100")
            grade = None
        entries.append(Relevant(entry["article"], first, last, proves, revision, grade))
    return tuple(entries)


def _unknown(names: Iterable[str], known: Sequence[str]) -> str:
    hints = []
    for name in names:
        near = difflib.get_close_matches(name, known, n=1)
        hints.append(f"`{name}`" + (f" (did you mean `{near[0]}`?)" if near else ""))
    return f"unknown field {', '.join(hints)}"


def parse(record: object) -> tuple[GoldQuestion | None, list[str]]:
    """One record as a gold question, and what is wrong with it. No question when something is."""
    if not isinstance(record, dict):
        return None, ["each line must be a JSON object"]
    problems: list[str] = []
    if unknown := sorted(set(record) - set(_REQUIRED) - set(_OPTIONAL)):
        problems.append(_unknown(unknown, _REQUIRED + _OPTIONAL))
    if missing := [name for name in _REQUIRED if name not in record]:
        problems.append(f"missing {', '.join(f'`{name}`' for name in missing)}")
        return None, problems
    if not isinstance(record["id"], str) or not _ID.fullmatch(record["id"]):
        problems.append("`id` must be a string of 1 to 200 characters without spaces")
    if not isinstance(record["question"], str) or not 1 <= len(record["question"].strip()) <= MAX_QUESTION:
        problems.append(f"`question` must be a string of 1 to {MAX_QUESTION:,} characters")
    answer = "" if record["answer"] is None else record["answer"]
    if not isinstance(answer, str):
        problems.append("`answer` must be a string (empty for an unanswerable question)")
        answer = ""
    if not isinstance(record["answerable"], bool):
        problems.append("`answerable` must be true or false")
    elif record["answerable"] and not answer.strip() and record["kind"] != "retrieval":
        problems.append("an answerable question needs an `answer` (one of kind `retrieval` does not)")
    if not isinstance(record["kind"], str) or not _KIND.fullmatch(record["kind"]):
        problems.append("`kind` must be a word of lower-case letters, digits and _, such as `single_fact`")
    as_of = None
    if record.get("as_of") is not None:
        try:
            as_of = moment(record["as_of"])
        except (ValueError, TypeError, AttributeError):
            problems.append("`as_of` must be null, a date (2025-02-18) or a date-time (2025-02-18T10:00:00Z)")
    lists = {
        name: _strings(record, name, problems)
        for name in ("aliases", "must_include", "must_not_include", "tags", "choices")
    }
    relevant = _relevant(record, problems)
    if problems:
        return None, problems
    question = GoldQuestion(
        id=record["id"],
        question=record["question"],
        answer=answer,
        relevant=relevant,
        as_of=as_of,
        answerable=record["answerable"],
        kind=record["kind"],
        **lists,
    )
    return question, _contradictions(question)


def _contradictions(question: GoldQuestion) -> list[str]:
    """Faults no system could answer around: the expected answer itself would fail."""
    problems = []
    if question.answer:
        problems += [
            f"the expected answer contains `{term}`, which `must_not_include` forbids"
            for term in question.must_not_include
            if contains_any(question.answer, term)
        ]
    elif question.must_include:
        problems.append("`must_include` without an `answer`: give the expected answer, or drop the terms")
    if question.choices and question.answerable and question.answer not in question.choices:
        problems.append("`answer` must be one of `choices`")
    return problems


def load(path: Path) -> Suite:
    """Read a gold file. Raises BadGold, which lists every fault with its line number."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadGold(str(path), [f"larger than {MAX_BYTES >> 20} MB: split the file"])
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise BadGold(str(path), [f"cannot be read ({error.strerror or error}): check the path"]) from error
    except UnicodeDecodeError as error:
        raise BadGold(str(path), [f"byte {error.start} is not UTF-8: save the file as UTF-8"]) from error
    questions: list[GoldQuestion] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            problems.append(f"line {number}: not JSON ({error})")
            continue
        question, faults = parse(record)
        problems += [f"line {number}: {fault}" for fault in faults]
        if question is None:
            continue
        if question.id in seen:
            problems.append(f"line {number}: the id `{question.id}` is already on line {seen[question.id]}")
        seen.setdefault(question.id, number)
        questions.append(question)
    if not questions and not problems:
        problems.append("no questions in it: write one JSON object per line")
    if problems:
        raise BadGold(str(path), problems)
    return Suite(path.stem, path, hashlib.sha256(raw).hexdigest(), tuple(questions))


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a gold question: an `error` makes the question unfair, a `warning` deserves a look."""

    question_id: str
    level: str  # "error" or "warning"
    text: str


def examine(suite: Suite, corpus: Corpus | None = None) -> list[Finding]:
    """What is wrong or doubtful in a gold file, with the corpus beside it where there is one."""
    findings: list[Finding] = []
    asked: dict[tuple[str, object], str] = {}
    for question in suite.questions:

        def remark(level: str, text: str, question_id: str = question.id) -> None:
            findings.append(Finding(question_id, level, text))

        key = (" ".join(words(question.question)), question.as_of)
        if key in asked:
            remark("warning", f"asks the same as {asked[key]}, as of the same moment")
        asked.setdefault(key, question.id)
        if question.kind not in KINDS:
            remark("warning", f"`{question.kind}` is not one of the known kinds ({', '.join(KINDS)})")
        if question.answerable and not question.relevant:
            remark("warning", "answerable, yet no lines prove it: retrieval and citations cannot be graded")
        remark_terms = [t for t in question.must_include if not any(contains_any(a, t) for a in question.answers)]
        if remark_terms:
            remark("warning", f"neither the answer nor an alias contains the required {remark_terms}")
        if corpus is not None:
            _examine_lines(question, corpus, remark)
    return findings


def _examine_lines(question: GoldQuestion, corpus: Corpus, remark: Any) -> None:
    proof: list[str] = []
    for entry in question.relevant:
        try:
            lines = corpus.lines(entry, question.as_of)
        except UnknownLines as error:
            remark("error", str(error))
            continue
        if entry.first_line is None or entry.last_line is None:
            proof += lines
            continue
        if entry.last_line > len(lines):
            remark("error", f"{entry.article} has {len(lines)} lines, not {entry.last_line}: count with sed -n")
            continue
        chosen = lines[entry.first_line - 1 : entry.last_line]
        if not any(line.strip() for line in chosen):
            remark("error", f"{entry.article} lines {entry.first_line}–{entry.last_line} are empty")
        proof += chosen
    if question.answerable and proof and question.answer:
        said = set(words(" ".join(proof)))
        wanted = {word for answer in question.answers for word in words(answer)}
        numbers = {word for word in words(question.answer) if word[0].isdigit()}
        if not wanted & said:
            remark("warning", "no word of the answer stands in the proving lines")
        elif question.kind == "single_fact" and numbers and not numbers & said:
            remark("warning", f"the number {sorted(numbers)} of the answer does not stand in the proving lines")
