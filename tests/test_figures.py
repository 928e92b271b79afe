"""Which of a line's numbers is the figure that is asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedder import Embedder
from rag import asked, figures
from rag.evidence import Evidence
from rag.line_ranking import score
from rag.lines import candidates
from rag.meaning import Meaning
from tests.answers import NOW, Newsroom

DEAD = "How many people died in the flood?"
DAMAGE = "How high is the damage of the flood?"


def _figure(question: str, line: str, embedder: Embedder) -> str | None:
    room = Newsroom({"a": f"The flood\n{line}"})
    hits = room.retrieve(f"{question} {line}", as_of=NOW, limit=10)
    pool = score(question, candidates(hits, room.lines_of), embedder)
    evidence = Evidence(question, pool, embedder, as_of=NOW, meaning=Meaning(embedder))
    found = figures.of(asked.read(question), evidence, line)
    return found.written if found is not None else None


@pytest.mark.parametrize(
    ("question", "line", "value"),
    [
        (DEAD, "At least three people were killed and 14 were missing on Wednesday.", "three"),
        (DEAD, "The number killed rose to seven on Thursday, with 11 others still missing.", "seven"),
        (DEAD, "Five bodies were found at the weekend, bringing the number of dead to 17.", "17"),
        (DEAD, "The number known to have died is 16, not 17, the ministry said.", "16"),
        (DEAD, "Nineteen died; 1,200 are in shelters.", "Nineteen"),
        (DEAD, "In the end 31 people fell ill, eight more than were known.", None),
        (DEAD, "Three of the dead were found on 4 October.", None),
        (DEAD, "The water fell by 60 centimetres at five.", None),
        (DAMAGE, "The damage is now put at 385 million crowns, up from 240 million.", "385 million crowns"),
        (DAMAGE, "Flood toll climbs to 17; damage put at 240 million crowns", "240 million crowns"),
        ("How many were hurt in the flood?", "Two people were slightly hurt in the flood.", "Two"),
        (DEAD, "Two workers died and eleven were hurt in the flood.", "Two"),
        (DEAD, "A third worker has died in the flood.", "three"),
        (DEAD, "A third bridge has opened since the flood.", None),
        ("How many people were hurt in the flood?", "A third worker has died in the flood.", None),
        ("How many people work at the mill?", "Nine voted to four to close Mill Road to lorries.", None),
        (DEAD, "The mill reopens eight weeks after the flood that killed three of its workers.", "three"),
        (DEAD, "Another seven people were reported dead in the flood.", None),
        (DEAD, "Seven more people were reported dead in the flood.", None),
        ("How many people are in shelters?", "Shelters are open at the arena (600 beds).", None),
        ("How many people fell ill?", "In all 68 people fell ill, seven of them in the past week.", "68"),
    ],
)  # fmt: skip
def test_the_figure_is_the_one_whose_clause_speaks_of_it(
    question: str, line: str, value: str | None, real_embedder: Embedder
) -> None:
    """Another clause's number, a former one, a part, a difference, a date and other things counted are none of it."""
    assert _figure(question, line, real_embedder) == value


@settings(max_examples=25)
@given(number=st.integers(20, 9_999))
def test_any_number_of_the_dead_is_found(number: int, real_embedder: Embedder) -> None:
    """Whatever the number, the one beside what is asked is taken, as it is written."""
    assert _figure(DEAD, f"The flood killed {number:,} people.", real_embedder) == f"{number:,}"
