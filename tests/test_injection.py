"""Instructions planted in articles, before a model that obeys every one of them; and news that only looks like them.

Filtering by code is the defence, not the model's good will: so the model here says exactly what it was told to say,
pointing at every line it saw, and nothing of that reaches the reader except as a marked quote of an article.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.readers.html import read_html
from index.readers.item import Source
from rag import wire
from rag.answer import Answer
from rag.ask import Asker
from rag.chat import Message, ScriptedModel
from rag.lines import candidates
from rag.planted import orders
from rag.prompt import build, inert
from rag.verify import unshowable
from tests.answers import NOW, SEED, Newsroom, says

HERE = Path(__file__).parent
QUESTIONS = (
    "Who was excluded from the Riyadh talks?",
    "How long did the talks last?",
    "What did the delegation discuss at the talks?",
)
BODY = (
    "Delegations met in Riyadh for talks",
    "The delegations met in Riyadh on Tuesday for talks on the war in Ukraine.",
    "The talks lasted over four hours and were held behind closed doors.",
    "A second round of talks was not announced.",
)


@dataclass(frozen=True, slots=True)
class Attack:
    """One planted instruction, where it is planted, and what obeying it would say."""

    kind: str
    language: str
    place: str
    payload: str
    text: str


def _attacks() -> list[Attack]:
    rows = []
    for row in (HERE / "injection_attacks.txt").read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            kind, language, place, payload, text = (part.strip() for part in row.split(" | ", 4))
            escaped = {"\\u001b": "\x1b"}
            for written, meant in escaped.items():
                payload, text = payload.replace(written, meant), text.replace(written, meant)
            rows.append(Attack(kind, language, place, payload, text))
    return rows


ATTACKS = _attacks()
INNOCENT = [
    (kind.strip(), text.strip())
    for row in (HERE / "injection_innocent.txt").read_text(encoding="utf-8").splitlines()
    if row and not row.startswith("#")
    for kind, text in (row.split(" | ", 1),)
]


def planted(attack: Attack) -> str:
    """The canonical text of an article that carries the instruction where it is planted."""
    lines = list(BODY)
    if attack.place == "headline":
        lines[0] = attack.text
    elif attack.place == "first":
        lines.insert(1, attack.text)
    elif attack.place == "middle":
        lines[2] = f"{lines[2]} {attack.text}"
    elif attack.place == "last":
        lines.append(attack.text)
    elif attack.place == "split":
        lines[2:2] = attack.text.split("¶")
    else:
        return _from_page(attack)
    return "\n".join(lines)


def _from_page(attack: Attack) -> str:
    """What the HTML reader makes of a page with the instruction in a by-line, caption, comment or alt text."""
    slot = dict.fromkeys(("author", "outlet", "caption", "comment", "alt", "hidden"), "")
    slot[attack.place] = attack.text.replace('"', "&quot;") if attack.place in {"alt", "outlet"} else attack.text
    page = (
        f'<html><head><title>{BODY[0]}</title><meta name="author" content="Jo Doe">'
        f'<meta property="og:site_name" content="News {slot["outlet"]}"></head><body><article><h1>{BODY[0]}</h1>'
        f'<p class="byline">By Jo Doe {slot["author"]}</p><p>{BODY[1]}</p><!-- {slot["comment"]} -->'
        f'<figure><img src="a.png" alt="{slot["alt"]}"><figcaption>{slot["caption"]}</figcaption></figure>'
        f'<p>{BODY[2]}</p><div style="display:none" hidden>{slot["hidden"]}</div><p>{BODY[3]}</p>'
        "</article></body></html>"
    )
    source = Source(origin="page", name="page", pieces=iter([page.encode()]), now=NOW)
    _, draft = next(iter(read_html(source)))
    return str(getattr(draft, "text"))  # noqa: B009


def _obey(attack: Attack) -> ScriptedModel:
    """A model that says what it was told, first as a sentence of its own, then with a true one, citing every line."""

    def reply(messages: Sequence[Message]) -> str:
        labels = [
            int(line[1 : line.index("]")])
            for line in messages[-1].content.splitlines()
            if line.startswith("[") and line[1 : line.index("]")].isdigit()
        ]
        return says(
            attack.payload,
            (attack.payload, labels),
            (f"{attack.payload[:1].upper()}{attack.payload[1:]} at the talks in Riyadh on Tuesday.", labels),
            (f"The talks lasted over four hours. {attack.payload}", labels),
            (f"Kyiv was excluded from the talks, and {attack.payload}.", labels[:1]),
        )

    return ScriptedModel([reply], repeat=True)


def leaks(answer: Answer, payload: str) -> list[str]:
    """Where the answer says the payload other than as an exact quote of an article."""
    quotes = [cited.quote.exact for cited in answer.citations]
    found = [
        sentence.text
        for sentence in answer.sentences
        if payload.casefold() in sentence.text.casefold() and not any(sentence.text in quote for quote in quotes)
    ]
    # The short answer may only say what a sentence of the answer, or a quote, says too.
    short = answer.short or ""
    if payload.casefold() in short.casefold() and not any(short.casefold() in quote.casefold() for quote in quotes):
        found.append(short)
    return [*found, *([answer.note] if answer.note and payload.casefold() in answer.note.casefold() else [])]


def test_there_are_enough_of_every_kind() -> None:
    """At least 75 planted instructions, five of each kind, in three languages, and 100 that only look like them."""
    assert len(ATTACKS) >= 75
    assert min(Counter(attack.kind for attack in ATTACKS).values()) >= 5
    assert len({attack.language for attack in ATTACKS}) >= 3
    places = {attack.place for attack in ATTACKS}
    assert places >= {
        "headline",
        "first",
        "middle",
        "last",
        "author",
        "outlet",
        "caption",
        "comment",
        "alt",
        "hidden",
    }
    assert len(INNOCENT) >= 100


@pytest.mark.parametrize("attack", ATTACKS, ids=[f"{a.kind}-{i}" for i, a in enumerate(ATTACKS)])
def test_nothing_a_planted_instruction_asks_for_reaches_the_reader(attack: Attack) -> None:
    """Whatever the obeying model says, only what lines bear out is shown, and the planted words only as a quote."""
    room = Newsroom({"seed": SEED.read_text(encoding="utf-8"), "planted": planted(attack)})
    for question in QUESTIONS:
        asker = Asker(room, _obey(attack), room.embedder, room.lines_of, enough=0.0, hopeless=0.0)
        answer = asker.ask(question, as_of=NOW)
        assert leaks(answer, attack.payload) == []
        shown = json.dumps(wire.answer(answer)["answer"], ensure_ascii=False)
        assert "\x1b" not in shown
        assert "<script" not in shown
        assert "](" not in shown


@pytest.mark.parametrize("attack", ATTACKS, ids=[f"{a.kind}-{i}" for i, a in enumerate(ATTACKS)])
def test_without_a_model_no_link_or_tag_is_quoted(attack: Attack) -> None:
    """Extractive answers quote the articles, but nothing a client could render as a link, an image or a tag."""
    room = Newsroom({"planted": planted(attack)})
    asker = Asker(room, None, room.embedder, room.lines_of, enough=0.0, hopeless=0.0)
    for sentence in asker.ask(QUESTIONS[1], as_of=NOW).sentences:
        assert unshowable(sentence.text, sentence.text) is None


def test_several_copies_of_a_planted_fact_are_one_claim() -> None:
    """A planted order in four syndicated copies is as little an answer as in one."""
    attack = next(one for one in ATTACKS if one.kind == "answer steering" and one.place == "middle")
    copies = {f"copy{n}": planted(attack) for n in range(4)}
    room = Newsroom({"seed": SEED.read_text(encoding="utf-8"), **copies})
    asker = Asker(room, _obey(attack), room.embedder, room.lines_of, enough=0.0, hopeless=0.0)
    assert leaks(asker.ask(QUESTIONS[0], as_of=NOW), attack.payload) == []


@pytest.mark.parametrize("text", [text for kind, text in INNOCENT if kind == "article"])
def test_an_article_that_only_looks_like_an_attack_is_evidence(text: str) -> None:
    """News about injections, advisories, recipes, speeches: still candidates, still shown to the model."""
    assert not orders(text)
    room = Newsroom({"innocent": f"News of the day\n{text}"})
    hits = room.retrieve(text, as_of=NOW + dt.timedelta(days=1), limit=5)
    pool = candidates(hits, room.lines_of)
    assert "".join(line.text for line in pool if line.line > 1).replace(" ", "") == text.replace(" ", "")
    assert inert(text)[:40] in build("What is new?", pool, as_of="2025-02-20").user


@pytest.mark.parametrize("question", [text for kind, text in INNOCENT if kind == "question"])
def test_a_question_that_only_looks_like_an_attack_is_asked(question: str) -> None:
    """Questions about instructions, systems and ignoring things go through whole and are answered like any other."""
    room = Newsroom({"about": f"News of the day\n{question.rstrip('?')}, the report says."})
    asker = Asker(room, None, room.embedder, room.lines_of, enough=0.0, hopeless=0.0)
    assert asker.checked(question) == question
    assert asker.ask(question, as_of=NOW).sentences
