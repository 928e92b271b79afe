"""The straight line from a question to an answer: retrieve, choose lines, generate, resolve, verify, answer.

`Asker.stream` is the line itself; `Asker.ask` is its last event. So a stream and a whole answer cannot differ.
"""

from __future__ import annotations

import datetime as dt
import time
import unicodedata
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from index.article import NewsDate
from index.catalog import NO_FILTERS, Filters
from index.passage import Hit
from rag import extractive, protocol, words
from rag.answer import Answer, Citation, Outcome, Reason, Sentence, Support
from rag.chat import ChatModel
from rag.errors import BadQuestion, ModelError
from rag.evidence import ENOUGH, Evidence, Judgement, Missing
from rag.lines import Embedder, EvidenceLine, LinesOf, candidates, choose, score
from rag.prompt import Prompt, build
from rag.protocol import Pointed
from rag.resolve import Markers, cite, resolve
from rag.verify import Verdict, Verifier, own_words


class Retriever(Protocol):
    """Where hits come from."""

    def retrieve(
        self, question: str, *, as_of: dt.datetime, limit: int, filters: Filters = NO_FILTERS
    ) -> Sequence[Hit]:
        """At most `limit` hits, best first, of nothing published or observed after `as_of`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the conversation."""

    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Status:
    """A step begins: `retrieve`, `read`, `generate`, `verify`."""

    step: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, before anything is said."""

    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One verified sentence, and the citations it uses for the first time."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer."""

    answer: Answer


Event: TypeAlias = Status | Retrieved | Spoken | Done


@dataclass(slots=True)
class _Run:
    """What one question gathers on its way."""

    question: str
    as_of: dt.datetime
    started: float = field(default_factory=time.perf_counter)
    timings: dict[str, int] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)  # the trace
    sentences: list[Sentence] = field(default_factory=list)
    withheld: int = 0
    confidence: float = 0.0
    short: str | None = None
    note: str | None = None
    model: str = extractive.NAME

    def took(self, step: str, since: float) -> None:
        """Add the milliseconds since `since` to a step."""
        self.timings[step] = self.timings.get(step, 0) + round((time.perf_counter() - since) * 1000)


class Asker:
    """Answers questions. Holds no state of its own, so that one serves many threads."""

    def __init__(
        self,
        retriever: Retriever,
        model: ChatModel | None,
        embedder: Embedder | None,
        lines_of: LinesOf,
        *,
        verifier: Verifier | None = None,
        hits: int = 10,
        lines: int = 8,
        max_question: int = 2_000,
        max_tokens: int = 220,
        enough: float = ENOUGH,
        hopeless: float = 0.1,
    ) -> None:
        """`model` None answers extractively. `lines` are shown to a model; `enough` is the confidence that speaks.

        Below `hopeless` no model is asked: whatever it said would not pass.
        """
        self.retriever = retriever
        self.model = model
        self.embedder = embedder
        self.lines_of = lines_of
        self.verifier = verifier or Verifier(embedder)
        self.hits = hits
        self.lines = lines
        self.max_question = max_question
        self.max_tokens = max_tokens
        self.enough = enough
        self.hopeless = hopeless

    def ask(
        self,
        question: str,
        *,
        as_of: dt.datetime,
        filters: Filters = NO_FILTERS,
        history: Sequence[Turn] = (),
        explain: bool = False,
    ) -> Answer:
        """The answer. Raises BadQuestion, and what the retriever raises; a failing model is no error here."""
        for event in self.stream(question, as_of=as_of, filters=filters, history=history, explain=explain):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with its answer")

    def stream(
        self,
        question: str,
        *,
        as_of: dt.datetime,
        filters: Filters = NO_FILTERS,
        history: Sequence[Turn] = (),  # noqa: ARG002  the seam for follow-up questions
        explain: bool = False,
    ) -> Generator[Event, None, None]:
        """The same as events: each sentence once it is verified, and last the whole answer.

        Closing the generator stops the model.
        """
        run = _Run(self.checked(question), as_of)
        yield Status("retrieve")
        since = time.perf_counter()
        hits = self.retriever.retrieve(run.question, as_of=as_of, limit=self.hits, filters=filters)
        run.took("retrieve", since)
        yield Retrieved(hits)
        yield Status("read")
        since = time.perf_counter()
        pool = score(run.question, candidates(hits, self.lines_of), self.embedder)
        evidence = Evidence(run.question, pool)
        before = max((evidence.judge([line]) for line in pool[:5]), key=lambda j: j.confidence, default=None)
        run.took("read", since)
        run.steps["retrieve"] = [_told_hit(hit) for hit in hits]
        run.steps["before"] = _told_judgement(before)
        markers = Markers(self.lines_of)
        if before is not None and before.confidence >= self.hopeless:
            yield from self._answer(run, evidence, pool, markers)
        else:
            run.confidence = before.confidence if before else 0.0
        yield Done(self._finish(run, evidence, pool, markers, before, explain=explain))

    def checked(self, question: str) -> str:
        """The question as it is asked: one line, nothing invisible. Raises BadQuestion."""
        if len(question) > self.max_question:
            raise BadQuestion(f"the question has {len(question):,} characters; ask in at most {self.max_question:,}")
        plain = "".join(
            " " if character.isspace() else character
            for character in unicodedata.normalize("NFC", question)
            if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
        )
        plain = " ".join(plain.split())
        if not any(character.isalnum() for character in plain):
            raise BadQuestion('the question is empty; ask something, e.g. "Who was excluded from the talks?"')
        return plain

    def _answer(
        self, run: _Run, evidence: Evidence, pool: Sequence[EvidenceLine], markers: Markers
    ) -> Iterator[Event]:
        if self.model is not None:
            try:
                yield from self._generate(run, self.model, evidence, pool, markers)
            except ModelError as error:
                run.note = f"The language model failed ({error}); these are the articles' own sentences."
                run.steps["model_error"] = str(error)
            else:
                return
            if run.sentences:  # it failed after it had spoken; what was verified stands
                run.note = f"The language model stopped in the middle ({run.steps['model_error']})."
                return
        run.model = extractive.NAME
        yield from self._quote(run, evidence, pool, markers)

    def _generate(
        self, run: _Run, model: ChatModel, evidence: Evidence, pool: Sequence[EvidenceLine], markers: Markers
    ) -> Iterator[Event]:
        shown = choose(pool, self.lines)
        prompt = build(run.question, shown, as_of=run.as_of.date().isoformat())
        run.model = model.name
        run.steps["prompt"] = {"version": prompt.version, "system": prompt.system, "user": prompt.user}
        run.steps["sentences"] = []
        yield Status("generate")
        text, done = "", 0
        since = time.perf_counter()
        with closing(
            model.stream(prompt.messages, schema=protocol.schema(len(shown)), max_tokens=self.max_tokens)
        ) as pieces:
            for piece in pieces:
                text += piece
                if len(text) > protocol.MAX_REPLY:
                    break
                if "}" not in piece:
                    continue
                short, sentences = protocol.so_far(text)
                for pointed in sentences[done:]:
                    run.took("generate", since)
                    yield from self._judge(run, short, pointed, evidence, shown, markers)
                    since = time.perf_counter()
                done = len(sentences)
        run.took("generate", since)
        run.steps["reply"] = text[: protocol.MAX_REPLY]
        if not done:  # not the shape that was asked for
            reply = protocol.parse(text)
            for pointed in reply.sentences:
                yield from self._judge(run, reply.short, pointed, evidence, shown, markers)

    def _judge(
        self,
        run: _Run,
        short: str,
        pointed: Pointed,
        evidence: Evidence,
        shown: Sequence[EvidenceLine],
        markers: Markers,
    ) -> Iterator[Event]:
        """One sentence of the model: resolve, verify, repair, weigh; speak it or leave it out."""
        since = time.perf_counter()
        found, unknown = resolve(pointed.labels, shown)
        text = _sentence(pointed.text)
        first = self.verifier.verify(text, found, run.question)
        verdict, how = first, "as pointed"
        if not verdict.passed:
            verdict, how = self.verifier.repair(text, short, run.question, found, shown), "repaired"
        if not verdict.passed:
            verdict, text, how = self._quoted(run, short or pointed.text, found, shown), "", "quoted"
            text = verdict.lines[0].text if verdict.lines else ""
        judged = evidence.judge(verdict.lines, short or text) if verdict.passed else None
        told = {
            "said": pointed.text,
            "short": short,
            "labels": list(pointed.labels),
            "unknown_labels": unknown,
            "first": _told_verdict(first),
            "how": how,
            "last": _told_verdict(verdict),
            "judgement": _told_judgement(judged),
        }
        run.steps["sentences"].append(told)
        run.took("verify", since)
        if judged is None or judged.confidence < self.enough:
            run.withheld += 1
            run.confidence = max(run.confidence, judged.confidence if judged and not run.sentences else 0.0)
            return
        if any(text == sentence.text for sentence in run.sentences):
            return
        if not run.sentences:
            run.short = short or None
            run.confidence = judged.confidence
        yield self._speak(run, text, verdict, markers)

    def _quoted(self, run: _Run, short: str, found: Sequence[EvidenceLine], shown: Sequence[EvidenceLine]) -> Verdict:
        """The line itself instead of a sentence that failed: if the short answer stands in it."""
        ranked = [*found, *(line for line in shown if line not in found)]
        for line in ranked:
            if words.content(short) and own_words(short, run.question, [line])[0] == 1.0:
                return self.verifier.verify(line.text, [line], run.question)
        return self.verifier.verify(short, (), run.question)

    def _speak(self, run: _Run, text: str, verdict: Verdict, markers: Markers) -> Spoken:
        before = len(markers.citations)
        numbers = tuple(dict.fromkeys(markers.number(line, verdict.support) for line in verdict.lines))
        sentence = Sentence(text, numbers, verdict.support)
        run.sentences.append(sentence)
        return Spoken(sentence, tuple(markers.citations[before:]))

    def _quote(
        self, run: _Run, evidence: Evidence, pool: Sequence[EvidenceLine], markers: Markers
    ) -> Iterator[Event]:
        """The extractive answer."""
        since = time.perf_counter()
        kept = extractive.best(evidence, pool)
        judged = evidence.judge(kept[:1])
        run.confidence = judged.confidence
        run.steps["extractive"] = [_told_judgement(evidence.judge([line])) for line in kept]
        run.took("verify", since)
        if judged.confidence < self.enough:
            return
        for line in extractive.in_order(kept):
            verdict = Verdict(Support.SUPPORTED, (line,), ())  # its own words, cut from the article
            yield self._speak(run, line.text, verdict, markers)

    def _finish(
        self,
        run: _Run,
        evidence: Evidence,
        pool: Sequence[EvidenceLine],
        markers: Markers,
        before: Judgement | None,
        *,
        explain: bool,
    ) -> Answer:
        run.timings["total"] = round((time.perf_counter() - run.started) * 1000)
        answered = bool(run.sentences)
        reading: tuple[Citation, ...] = ()
        if not answered:
            nearest = extractive.best(evidence, pool)
            reading = tuple(
                cite(line, self.lines_of(line.article.article_id, line.revision), marker, Support.UNSUPPORTED)
                for marker, line in enumerate(nearest, start=1)
            )
            why = _why(run, before, newest(pool))
            run.note = f"{run.note} {why}" if run.note else why
        cited = [c.published_at for c in markers.citations]
        return Answer(
            question=run.question,
            as_of=run.as_of,
            outcome=Outcome.ANSWERED if answered else Outcome.INSUFFICIENT,
            reason=None if answered else Reason.NO_COVERAGE,
            confidence=run.confidence,
            sentences=tuple(run.sentences),
            citations=tuple(markers.citations),
            withheld=run.withheld,
            reading=reading,
            model=run.model,
            newest_evidence=latest(cited) if answered else None,
            short=run.short if answered else None,
            note=run.note,
            timings_ms=run.timings,
            trace=run.steps if explain else None,
        )


def latest(dates: Sequence[NewsDate | None]) -> NewsDate | None:
    """The newest of the dates that are known."""
    return max((date for date in dates if date is not None), key=lambda date: date.moment, default=None)


def newest(lines: Sequence[EvidenceLine]) -> NewsDate | None:
    """The newest publication date among the lines' articles."""
    return latest([line.article.published_at for line in lines])


def _sentence(text: str) -> str:
    """White space made plain, a full stop at the end."""
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?…”\"'’)" else text + "."


def _why(run: _Run, before: Judgement | None, newest_date: NewsDate | None) -> str:
    """One sentence or two: why there is no answer, and what would help."""
    if before is None:
        return "Nothing in the index is about this; add articles on it, or ask about another time."
    missing: Missing = before.missing
    if missing.names:
        return f"The nearest articles do not mention {_listed(missing.names)}; articles that do would help."
    if missing.other:
        return f"The nearest lines say nothing about {_listed(missing.other)}; see them as reading."
    if run.withheld:
        return "What could be said was not borne out by the lines; the nearest ones are given as reading."
    until = f" The newest of them is of {str(newest_date)[:10]}." if newest_date else ""
    return f"The nearest lines speak of this without saying what was asked.{until}"


def _listed(items: Sequence[str]) -> str:
    shown = [f"“{item}”" for item in items[:4]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _told_hit(hit: Hit) -> dict[str, Any]:
    span = hit.passage.span
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "parts": {name: round(value, 4) for name, value in hit.parts.items()},
        "article_id": hit.passage.article_id,
        "lines": [span.first_line, span.last_line],
    }


def _told_judgement(judged: Judgement | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    return {
        "confidence": round(judged.confidence, 4),
        "features": {name: round(value, 4) for name, value in judged.features.items()},
        "missing": [*judged.missing.names, *judged.missing.other],
    }


def _told_verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "support": str(verdict.support),
        "lines": [[line.article.article_id, line.line, line.label] for line in verdict.lines],
        "findings": [{"check": f.check, "passed": f.passed, "detail": f.detail} for f in verdict.findings],
    }


__all__ = ["Asker", "Done", "Event", "Prompt", "Retrieved", "Retriever", "Spoken", "Status", "Turn"]
