"""The straight line from a question to an answer: condense, retrieve, read, generate, resolve, verify, answer.

`Asker.stream` is the line itself; `Asker.ask` is its last event. So a stream and a whole answer cannot differ.
"""

from __future__ import annotations

import datetime as dt
import time
import unicodedata
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from index.catalog import NO_FILTERS, Filters
from rag import disagreement, extractive, fitting, protocol, second_answer, taught, tongue, words
from rag.age import too_old
from rag.answer import Answer, Sentence, Side, Standing, Support
from rag.budget import count
from rag.chat import ChatModel
from rag.conversation import Turn, condense, next_marker
from rag.errors import BadQuestion, ModelError
from rag.events import Done, Event, Retrieved, Spoken, Status
from rag.evidence import doubted, learned, stale, with_voice
from rag.finish import finish
from rag.gather import Gatherer, Retriever
from rag.lines import Embedder, EvidenceLine, LinesOf, Selector, choose
from rag.meaning import Meaning
from rag.offer import BARE, STRAY, offer
from rag.planted import question_in
from rag.prompt import Prompt, build
from rag.protocol import Pointed, Reply
from rag.resolve import Markers, resolve
from rag.run import Run
from rag.verify import Verdict, Verifier, own_words, unshowable
from rag.when import read_time
from rag.worked_out import with_dates

BESIDE = 1  # line beside those that a taught model points at: with two .005 more are right, .034 less precisely
POINTED = 1.0  # in logits: a line that the model points at counts so much more when one is sought to quote
# So much of the threshold is enough for a checked sentence; of 68 replayed replies .79 end right, .71 with the whole.
CHECKED = 2 / 3
CHECKED_SMALL = 0.9  # the same where quotes go first: of 421 replayed replies fewer unanswerable ones are answered
SURE_WITHOUT = 1.2  # so much surer must lines be that are quoted although a model made nothing of them


class Asker:
    """Answers questions. Holds no state of its own, so that one serves many threads."""

    def __init__(
        self,
        retriever: Retriever,
        model: ChatModel | None,
        embedder: Embedder | None,
        lines_of: LinesOf,
        *,
        selector: Selector | None = None,
        verifier: Verifier | None = None,
        empty: Callable[[], bool] = lambda: False,
        hits: int = 10,
        lines: int = 8,
        max_question: int = 2_000,
        max_tokens: int = 220,
        prompt_tokens: int = 1_200,
        enough: float | None = None,
        hopeless: float | None = None,
        quote_first: bool = False,
        english_only: bool = True,
    ) -> None:
        """`model` None answers extractively. `lines` are shown to a model; `enough` is the confidence that speaks.

        Without a `selector` no line is read beside the question. `empty` tells whether there is no article at all.

        With `quote_first` a model's sentence is spoken only if it stands in lines that would be quoted without it,
        where there are any that are sure enough: right for small models, which reword better than they choose.
        A model that was taught to read lines (`rag.taught`) is asked first what it reads in them; where quotes go
        first it writes nothing then.
        `english_only` says that the embedder knows no other language: a question in one is told so.
        Without `enough` it is the learned one. Below `hopeless`, a third of it, no model is asked: whatever it said
        would not pass.
        """
        self.retriever = retriever
        self.model = model
        self.embedder = embedder
        self.selector = selector
        self.lines_of = lines_of
        self.verifier = verifier or Verifier(embedder)
        self.empty = empty
        self.hits = hits
        self.lines = lines
        self.max_question = max_question
        self.max_tokens = max_tokens
        self.prompt_tokens = prompt_tokens
        self.enough = learned().enough if enough is None else enough
        self.hopeless = self.enough / 3 if hopeless is None else hopeless
        self.quote_first = quote_first
        self.taught = learned().taught
        self.english_only = english_only
        self.meaning = Meaning(embedder) if embedder is not None else None
        self._gatherer = Gatherer(retriever, embedder, selector, lines_of, self.meaning, hits, self.enough)

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
        history: Sequence[Turn] = (),
        explain: bool = False,
    ) -> Generator[Event, None, None]:
        """The same as events: each sentence once it is verified, and last the whole answer.

        Closing the generator stops the model.
        """
        original = self.checked(question)
        question = self.checked(question_in(condense(original, history))[: self.max_question])
        started = time.perf_counter()
        yield Status("retrieve")
        hits = self.retriever.retrieve(question, as_of=as_of, limit=self.hits, filters=filters)
        found = time.perf_counter()
        yield Retrieved(hits)
        yield Status("read")
        readings = self._gatherer.gather(question, hits, as_of, filters)
        foreign = tongue.foreign(original) if self.english_only else None
        run = Run(question, as_of, read_time(question, as_of), readings, original, foreign, started=started)
        run.empty = not hits and self.empty()
        run.timings["retrieve"] = round((found - started) * 1000)
        run.took("read", found)
        before = readings.before
        run.steps |= {"question": question, "parts": [part.question for part in readings.parts]}
        run.steps["retrieve"] = list(hits)
        run.steps["before"] = before
        cited = [citation for turn in history for citation in turn.answer.citations]
        markers = Markers(self.lines_of, next_marker(history), cited)
        there_is = before is not None and before.confidence >= self.hopeless and not readings.nothing_then
        if there_is and not self._unsettled(run):
            yield from self._answer(run, markers)
        else:
            run.confidence = before.confidence if before else 0.0
        if not run.sentences and before is not None and stale(before, self.enough):
            run.outdated = readings.whole.ranked[0][1].article.published_at
        yield Done(finish(run, markers, self.lines_of, explain=explain))

    @staticmethod
    def _unsettled(run: Run) -> bool:
        """Whether what is beyond dispute is asked for, and the sources dispute it."""
        told = run.readings.whole.told
        disputed = any(one.standing is Standing.DISPUTED for one in told)
        run.conflicting = disputed and disagreement.wants_settled(run.question)
        return run.conflicting

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

    def _answer(self, run: Run, markers: Markers) -> Iterator[Event]:
        if self.model is not None:
            try:
                if self._reads(run, self.model):
                    yield Status("generate")
                    self._read(run, self.model)
                if run.hopeless:
                    return
                speak = self._told if self.quote_first and self.model.taught else self._generated
                yield from speak(run, self.model, markers)
            except ModelError as error:
                run.failure = f"The language model failed ({error}); these are the articles' own sentences."
                run.steps["model_error"] = str(error)
            else:
                return
            if run.sentences:  # it failed after it had spoken; what was verified stands
                run.failure = f"The language model stopped in the middle ({run.steps['model_error']})."
                return
        run.model = extractive.NAME
        yield from self._quote(run, markers, self.enough)

    def _generated(self, run: Run, model: ChatModel, markers: Markers) -> Iterator[Event]:
        """What the model says and what belongs beside it, or quotes where they are better."""
        if self.quote_first:
            run.quoted = extractive.quoted(run.readings, self.lines_of)
            run.quotes_first = bool(run.quoted.lines) and self._surer(run, run.quoted.confidence) >= self.enough
            run.read_off = second_answer.read_off(run, run.quoted)
        # Of what stands in no one line a small model tells a part as if it were all.
        if run.quotes_first and run.quoted is not None and run.quoted.whole:
            run.model = extractive.NAME
            yield from self._quote(run, markers, self.enough)
            return
        yield from self._generate(run, model, markers)
        yield from self._beside(run, markers)
        if not run.sentences and run.confidence < self.enough:
            yield from self._unsaid(run, markers)

    def _told(self, run: Run, model: ChatModel, markers: Markers) -> Iterator[Event]:
        """The lines with the short answer that a taught model read in them: it writes no sentence of its own."""
        run.model = model.name if run.told is not None else extractive.NAME
        run.quoted = extractive.quoted(run.readings, self.lines_of)
        run.read_off = second_answer.read_off(run, run.quoted)
        if run.told is not None and not run.chooses:
            second_answer.support(run, run.told)
        yield from self._quote(run, markers, self.enough)

    def _generate(self, run: Run, model: ChatModel, markers: Markers) -> Iterator[Event]:
        run.model = model.name
        shown, prompt = self._prompt(run, run.readings.pool)
        run.steps["prompt"] = {"version": prompt.version, "system": prompt.system, "user": prompt.user}
        run.steps["sentences"] = []
        if run.told is None:  # else it has been at work already
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
                # The short answer helps to judge the first sentence, and comes right after a sole one; where lines
                # may overrule it no sentence is judged before it is known.
                ready = len(sentences) if short or (len(sentences) > 1 and not run.read_off) else 0
                for pointed in sentences[done:ready]:
                    run.took("generate", since)
                    yield from self._judge(run, pointed, short, shown, markers)
                    since = time.perf_counter()
                done = max(done, ready)
        run.took("generate", since)
        run.steps["reply"] = text[: protocol.MAX_REPLY]
        reply = protocol.parse(text)
        second_answer.compare(run, reply.short)
        run.offered = run.read_off[0].short if run.agreed is False else reply.short
        for pointed in reply.sentences[done:]:
            yield from self._judge(run, pointed, reply.short, shown, markers)
        since = time.perf_counter()
        if run.agreed is not False:
            yield from self._with_short(run, reply, shown, markers)
        run.took("verify", since)

    def _reads(self, run: Run, model: ChatModel) -> bool:
        """Whether a taught model is asked whether the best lines state the answer: of several parts each for itself.

        Not where no line states an answer though lines give one: of a whole story, and where what the question takes
        for granted is denied.
        """
        unstated = run.readings.overview is not None or run.readings.whole.denial is not None
        return model.taught and self.taught is not None and (bool(run.readings.parts) or not unstated)

    def _read(self, run: Run, model: ChatModel) -> None:
        """Ask it; where it is sure that they do not, run.hopeless."""
        since = time.perf_counter()
        run.told = taught.joined(
            taught.read(
                model,
                part.question,
                [line for _, line in part.ranked],
                as_of=run.as_of.date().isoformat(),
                prompt_tokens=self.prompt_tokens,
            )
            for part in run.readings.parts or (run.readings.whole,)
        )
        run.took("generate", since)
        before = run.readings.before
        if run.told is None or before is None:
            return
        surer = self._surer(run, before.confidence)
        run.steps["read"] = {"said": run.told.said, "short": run.told.short, "confidence": round(surer, 4)}
        run.hopeless = surer < self.hopeless
        if run.hopeless:
            run.model, run.confidence = model.name, surer

    def _surer(self, run: Run, confidence: float) -> float:
        """A confidence with what a taught model reads, and whether its short answer is that of the lines."""
        voiced = with_voice(confidence, run.told.said if run.told else None, self.taught)
        if run.chooses:
            # Nobody taught it yes or no, this or that: its no says nothing, its yes that the lines are right.
            voiced = max(voiced, confidence) if run.told is not None and run.told.said > 0 else confidence
        return second_answer.weighed(run, voiced)

    def _prompt(self, run: Run, pool: Sequence[EvidenceLine]) -> tuple[list[EvidenceLine], Prompt]:
        """The best lines that fit the prompt, at least one, and the prompt."""
        for limit in range(self.lines, 0, -1):
            shown = choose(pool, limit)
            prompt = build(run.question, shown, as_of=run.as_of.date().isoformat())
            if count(prompt.system) + count(prompt.user) <= self.prompt_tokens:
                break
        return shown, prompt

    def _judge(
        self,
        run: Run,
        pointed: Pointed,
        short: str,
        shown: Sequence[EvidenceLine],
        markers: Markers,
    ) -> Iterator[Event]:
        """One sentence of the model: resolve, verify, repair, weigh; speak it or leave it out."""
        since = time.perf_counter()
        found, unknown = resolve(pointed.labels, shown)
        text = _sentence(pointed.text)
        told: dict[str, Any] = {"said": pointed.text, "labels": list(pointed.labels), "unknown_labels": unknown}
        run.steps["sentences"].append(told)
        second_answer.compare(run, short)
        if run.agreed is False:
            verdict, told["how"] = NOTHING, "another answer than the lines give"
        elif not _is_sentence(text):
            verdict, told["how"] = NOTHING, "no sentence"
        elif not run.sentences and not (
            run.readings.answers(text) and (not words.content(short) or run.readings.answers(short))
        ):
            verdict, told["how"] = NOTHING, "no answer to what was asked"
        elif not run.sentences and _elsewhere(short, text, run.question, shown):
            verdict, told["how"] = NOTHING, "another sentence than the short answer"
        else:
            verdict, told["how"] = self._borne_out(run, text, found, shown)
        spoken = self._weigh(run, text, verdict, markers, told)
        run.took("verify", since)
        if spoken is None:
            run.withheld += 1
        else:
            yield spoken

    def _borne_out(
        self,
        run: Run,
        text: str,
        found: Sequence[EvidenceLine],
        shown: Sequence[EvidenceLine],
    ) -> tuple[Verdict, str]:
        """The verdict on a sentence as it points, else as it can be repaired; and which of the two."""
        verdict = self.verifier.best(text, run.question, found, shown)
        if not verdict.passed:
            return verdict, "not borne out"
        return verdict, "as pointed" if all(line in found for line in verdict.lines) else "repaired"

    def _weigh(
        self,
        run: Run,
        text: str,
        verdict: Verdict,
        markers: Markers,
        told: dict[str, Any],
    ) -> Spoken | None:
        """Speak a sentence that its lines bear out, if it is sure enough that it answers the question."""
        told["verdict"] = verdict
        if not verdict.passed:
            return None
        bound = run.quoted if run.quotes_first and not run.sentences else None
        if bound is not None and not bound.holds(verdict.lines[0]):
            told["elsewhere"] = "stands in none of the surest lines"
            return None
        if any(fitting.left(run.readings.whole.asked, line.text) for line in verdict.lines):
            told["left"] = "tells of somebody who is so no more"
            return None
        judged = run.readings.judge(verdict.lines, text)
        judged = replace(judged, confidence=self._surer(run, judged.confidence))
        told["judgement"] = judged
        # What stands beside an answer need not answer the question by itself.
        # What a model said has passed every check of its words, which a line that is only quoted has not.
        share = CHECKED_SMALL if self.quote_first else CHECKED
        if judged.confidence < self.enough * (CHECKED / 2 if run.sentences else share):
            if not run.sentences:
                run.confidence = max(run.confidence, judged.confidence)
            return None
        if not run.readings.parts and too_old(run, verdict.lines):
            told["too_old"] = run.reading.explained
            run.too_old = True
            return None
        if text in run.said:
            return None
        run.confidence = max(run.confidence, judged.confidence) if run.sentences else judged.confidence
        return self._speak(run, text, verdict, markers)

    def _with_short(self, run: Run, reply: Reply, shown: Sequence[EvidenceLine], markers: Markers) -> Iterator[Event]:
        """Where no sentence that stood holds the short answer, a line that does is quoted.

        Small models answer better than they phrase: the short answer is right more often than the sentence. Where
        quotes go first it may only shorten them, to the surest line.
        """
        short = reply.short or ("" if run.sentences else reply.sentences[0].text)
        if unshowable(short, "") or not words.content(short) or not fitting.holds(run.question, short):
            return
        if short.casefold().strip(" .") in BARE:
            return  # a "no" stands in many lines
        if run.sentences and second_answer.stands(run, short, markers):
            run.short = reply.short or None
            return
        pointed = {label for sentence in reply.sentences for label in sentence.labels}
        lines = sorted(shown, key=lambda line: -(line.score + POINTED * (line.label in pointed)))
        if self.quote_first and not run.sentences:
            surest = run.readings.whole.ranked[0][1]
            lines = [line for line in lines if run.quotes_first and line.key == surest.key]
        for line in lines:
            if own_words(short, run.question, [line.text])[0] < 1.0 or not fitting.holds(run.question, line.text):
                continue
            told: dict[str, Any] = {"said": short, "how": "quoted"}
            run.steps["sentences"].append(told)
            verdict = self.verifier.verify(line.text, [line], run.question)
            spoken = self._weigh(run, line.text, verdict, markers, told)
            if spoken is not None:
                run.short = reply.short or None
                yield spoken
                return

    def _speak(self, run: Run, text: str, verdict: Verdict, markers: Markers) -> Spoken:
        before = len(markers.citations)
        numbers = tuple(dict.fromkeys(markers.number(line, verdict.support) for line in verdict.lines))
        shown = with_dates(text, verdict.lines)
        run.dated = run.dated or shown != text
        sentence = Sentence(shown, numbers, verdict.support)
        run.sentences.append(sentence)
        run.said.append(text)
        return Spoken(sentence, tuple(markers.citations[before:]))

    def _unsaid(self, run: Run, markers: Markers) -> Iterator[Event]:
        """Where a small model says nothing that its lines bear out, lines that are sure enough speak."""
        refused = run.confidence
        yield from self._quote(run, markers, self.enough * (1 if self.quote_first else SURE_WITHOUT))
        if run.sentences:
            if not self.quote_first:  # where quotes go first they are no stopgap
                run.failure = f"{run.model} found no words for this that the lines bear out; these are the articles'."
        elif run.agreed is not False:
            run.confidence = refused

    def _quote(self, run: Run, markers: Markers, enough: float) -> Iterator[Event]:
        """The extractive answer, with the line that holds what a model offered."""
        since = time.perf_counter()
        readings = run.readings
        quoted = run.quoted or extractive.quoted(readings, self.lines_of)
        run.confidence = self._surer(run, quoted.confidence)
        run.steps["extractive"] = list(quoted.judged)
        told = run.read_off or second_answer.read_off(run, quoted)
        run.offered = run.offered or (told[0].short if told else "")
        found = offer(run, quoted) if not run.pointed else None
        stray = found is not None and found.stray
        if run.agreed is None and not run.pointed and (stray or second_answer.none_fits(run, told, quoted)):
            run.confidence = doubted(run.confidence, STRAY)
        run.took("verify", since)
        if run.confidence < enough:
            return
        lines = quoted.lines
        if not readings.parts:
            # Beside one of the time asked about, what is older is quoted only where it tells a course of things.
            due = [line for line in lines if not too_old(run, [line])]
            run.too_old = not due and not run.pointed
            lines = lines if readings.course or readings.whole.told else tuple(due)
        if run.too_old:
            return
        if run.pointed:
            led = extractive.led(readings.whole, run.pointed, self.lines_of)
            rest = [line for line in lines if line.key not in {one.key for one in led}]
            lines = (*led, *(rest if quoted.whole else extractive.shorter(rest, self.lines_of, BESIDE)))
        elif found is not None and found.line is not None:
            lines = (found.line, *(lines if quoted.whole else extractive.shorter(lines, self.lines_of)))
        elif found is not None and found.stands and not quoted.whole:
            lines = _first_with(run.offered, run.question, lines)
        for line in lines:
            yield self._speak(run, line.text, _quoted(line), markers)
        shorts = (one for one in (run.offered, *(one.short for one in told)) if fitting.holds(run.question, one))
        run.short = next((one for one in shorts if second_answer.stands(run, one, markers)), None)
        self._tell(run, markers)

    def _beside(self, run: Run, markers: Markers) -> Iterator[Event]:
        """What an answer must not leave out: the line that denies the premise, the other sides of a dispute."""
        whole = run.readings.whole
        if not run.sentences and whole.denial is None:
            return
        spoken = {citation.quote.exact for citation in markers.citations}
        denied = [whole.denial] if whole.denial is not None else []
        sides = [told.line for told in whole.told if told.standing is Standing.DISPUTED] if run.sentences else []
        for line in {line.key: line for line in (*denied, *sides)}.values():
            judged = run.readings.judge([line])
            if line.text not in spoken and judged.confidence >= (
                self.enough if not run.sentences else self.enough / 2
            ):
                run.confidence = max(run.confidence, judged.confidence)
                yield self._speak(run, line.text, _quoted(line), markers)
        self._tell(run, markers)

    @staticmethod
    def _tell(run: Run, markers: Markers) -> None:
        """Enter which sentence denies the premise, and which tell different values."""
        of = {(c.article_id, c.revision, c.quote.start, c.quote.end): c.marker for c in markers.citations}
        whole = run.readings.whole
        if whole.denial is not None:
            run.premise = of.get(whole.denial.key)
        sides = tuple(
            Side(
                told.value, told.standing, told.line.article.source, told.line.article.published_at, of[told.line.key]
            )
            for told in whole.told
            if told.line.key in of
        )
        lead = any(side.standing is not Standing.SUPERSEDED for side in sides)
        run.disagreement = sides if len(sides) > 1 and lead else ()
        for side in run.disagreement:
            if side.standing is Standing.CURRENT:
                run.short = side.value


NOTHING = Verdict(Support.UNSUPPORTED, (), ())


def _is_sentence(text: str) -> bool:
    """More than a bare name or number, and not a piece out of the middle of one."""
    return len(text.split()) >= 4 and not text[:1].islower()


def _elsewhere(short: str, text: str, question: str, shown: Sequence[EvidenceLine]) -> bool:
    """Whether the sentence lacks the short answer, which a line could have given it: a line copied by mistake."""
    if not words.content(short) or own_words(short, question, [text])[0] == 1.0:
        return False
    return short.casefold().strip(" .") not in BARE and any(
        own_words(short, question, [line.text])[0] == 1.0 for line in shown
    )


def _sentence(text: str) -> str:
    """White space made plain, a full stop at the end."""
    text = " ".join(text.split())
    text = text.rstrip(" ,;:–—-")
    return text if not text or text[-1] in ".!?…”\"'’)" else text + "."


def _first_with(short: str, question: str, lines: Sequence[EvidenceLine]) -> tuple[EvidenceLine, ...]:
    """The lines, the one first that holds a short answer by itself: "Kyiv" rather than "Ukraine", if one does."""
    holding = [line for line in lines if own_words(short, question, [line.text])[0] == 1.0]
    holding.sort(key=lambda line: short.casefold() not in line.text.casefold())
    return (*holding[:1], *(line for line in lines if line not in holding[:1]))


def _quoted(line: EvidenceLine) -> Verdict:
    return Verdict(Support.SUPPORTED, (line,), ())  # its own words, cut from the article
