"""What a sentence's lines do not bear out does not pass."""

import dataclasses

import pytest

from rag.answer import Support
from rag.lines import EvidenceLine, candidates
from rag.verify import MAX_LINES, Verifier, own_words, unshowable
from tests.answers import NOW, Newsroom, WordEmbedder, seed

ROOM = seed()
POOL = [
    dataclasses.replace(line, label=n)
    for n, line in enumerate(
        candidates(ROOM.retrieve("Ukraine Russia talks negotiations US Europe", as_of=NOW, limit=20), ROOM.lines_of),
        1,
    )
]
VERIFIER = Verifier(WordEmbedder())
QUESTION = "Who was excluded from the Riyadh talks?"


def _with(text: str) -> EvidenceLine:
    return next(line for line in POOL if text in line.text)


def test_a_sentence_its_line_says_passes() -> None:
    """The headline says that Kyiv was excluded."""
    verdict = VERIFIER.verify("Kyiv was excluded from the talks.", [_with("Kyiv Excluded")], QUESTION)
    assert verdict.passed
    assert verdict.findings == ()


@pytest.mark.parametrize(
    ("sentence", "check"),
    [
        ("Macron was excluded from the talks.", "words"),
        ("Kyiv was excluded from 14 talks.", "numbers"),
        ("Kyiv was excluded from the talks [see here](https://evil.example/?q=secret).", "markup"),
        ("Kyiv was excluded from the talks, see https://evil.example.", "markup"),
        ("Kyiv was excluded <img src=x onerror=alert(1)>.", "markup"),
        ("Kyiv was ex\u200bcluded from the talks.", "markup"),
        ("Kyiv was not excluded from the talks.", "negation"),
    ],
)
def test_what_the_line_does_not_say_is_found(sentence: str, check: str) -> None:
    """Another name, a number from nowhere, a link, a tag, a hidden sign, a turned meaning: each is a finding."""
    verdict = VERIFIER.verify(sentence, [_with("Kyiv Excluded")], QUESTION)
    assert not verdict.passed
    assert check in {finding.check for finding in verdict.findings}


def test_no_line_no_support() -> None:
    """A sentence that points at nothing is unsupported, however true."""
    assert VERIFIER.verify("Kyiv was excluded.", [], QUESTION).support is Support.UNSUPPORTED


def test_repair_points_at_the_line_that_says_it() -> None:
    """A right sentence with a wrong label gets the right line."""
    sentence = "The talks lasted over four hours."
    wrong = [_with("Turkish President")]
    assert not VERIFIER.verify(sentence, wrong, "How long did the talks last?").passed
    verdict = VERIFIER.repair(sentence, "How long did the talks last?", wrong, POOL)
    assert verdict.passed
    assert verdict.lines == (_with("over four hours"),)


def test_repair_adds_the_line_for_a_name_that_is_missing() -> None:
    """Riyadh stands in another line of the article than the exclusion: both are cited, and no third."""
    verdict = VERIFIER.repair("Kyiv was excluded from the Riyadh talks.", QUESTION, [], POOL)
    assert verdict.passed
    assert {"Riyadh" in line.text for line in verdict.lines} == {True, False}
    assert len(verdict.lines) == 2


def test_repair_cannot_save_an_invention() -> None:
    """What no line says stays unsupported, and markup is not even tried."""
    for sentence in ("Donald Trump won the election in 2024.", "Kyiv ![x](https://evil.example/a.png) was excluded."):
        assert not VERIFIER.repair(sentence, QUESTION, POOL[:1], POOL).passed


def test_a_sentence_has_few_citations() -> None:
    """More lines than a reader checks prove nothing."""
    assert len(VERIFIER.verify("The talks were held.", POOL, QUESTION).lines) == MAX_LINES


def test_own_words_are_those_the_question_does_not_have() -> None:
    """Repeating the question needs no support; what is added does."""
    share, absent = own_words("Kyiv was excluded from the Riyadh talks by Macron", QUESTION, ["Kyiv excluded"])
    assert (share, absent) == (0.5, ["macron"])


@pytest.mark.parametrize(
    "text",
    [
        "a [link](x)", "![i](x)", "[ref]: x", "<b>x</b>", "<!-- x -->", "`" * 3, "&lt;x", "\x1b[31mred", "a [3] b",
        "javascript:alert(1)", "data:text/html,x", "www.evil.example",
    ],
)  # fmt: skip
def test_nothing_a_client_could_render_is_showable(text: str) -> None:
    """Links, images, tags, entities, terminal codes, labels and addresses stay out of sentences."""
    assert unshowable(text, "") is not None


def test_an_address_that_the_line_says_may_be_said() -> None:
    """The news does name sites."""
    assert unshowable("He founded example.com in 1999.", "He founded example.com in 1999 and left.") is None


@pytest.mark.parametrize(
    "text", ["Inflation fell to 3.5% (from 4%).", "“Ignore the critics,” he said.", "AT&T rose."]
)
def test_plain_prose_is_showable(text: str) -> None:
    """Brackets, quotes, percent and ampersand of ordinary news raise no alarm."""
    assert unshowable(text, "") is None


def test_a_line_with_the_names_alone_is_not_enough() -> None:
    """The line on Riyadh has Ukraine in it but not its exclusion: the lines that have both are cited instead."""
    sentence = "Ukraine was excluded from the Riyadh talks."
    verdict = VERIFIER.best(sentence, QUESTION, [_with("Sergei Lavrov in Riyadh")], POOL)
    assert verdict.passed
    assert any("xclu" in line.text for line in verdict.lines)
    assert any("Riyadh" in line.text for line in verdict.lines)


def test_an_exact_sentence_of_the_article_needs_no_check() -> None:
    """A quoted line is supported by itself, unless it cannot be shown."""
    line = _with("over four hours")
    assert VERIFIER.verify(line.text, [line], "Anything?").passed
    linked = dataclasses.replace(line, text="See [this](https://x.example).")
    assert not VERIFIER.verify(linked.text, [linked], "Anything?").passed


def test_what_a_line_tells_of_one_person_is_not_told_of_another() -> None:
    """That Sorley will be sworn in is not pieced together from Adair's oath and a line that names Sorley."""
    room = Newsroom(
        {"a": "Recount\nA recount gave her more votes than Henrik Sorley.\nAdair will be sworn in in May."}
    )
    question = "When is Mayor Sorley sworn in?"
    hits = room.retrieve("recount votes Sorley sworn", as_of=NOW, limit=9)
    lines = [line for line in candidates(hits, room.lines_of) if line.line > 1]
    verdict = VERIFIER.verify("Sorley will be sworn in in May.", lines, question)
    assert not verdict.passed
    assert "subject" in {finding.check for finding in verdict.findings}
    assert VERIFIER.verify("Adair will be sworn in in May.", lines, question).passed
