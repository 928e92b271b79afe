"""What stands out where the command line shows an answer to people."""

from dataclasses import replace

import pytest

from api.commands.ask import stressed
from tests.test_wire import ANSWER


@pytest.mark.parametrize(
    ("short", "bold"),
    [
        ("Kyiv", "Kyiv"),
        ("LEFT OUT", "left out"),
        (None, ANSWER.answer),
        ("", ANSWER.answer),
        ("Kyi", ANSWER.answer),
        ("Norway", ANSWER.answer),
        ("[", ANSWER.answer),
    ],
)
def test_the_short_answer_stands_out_or_else_the_whole_one(short: str | None, bold: str) -> None:
    """It does in whole words and whatever their case; where no sentence says it nothing is set apart."""
    text = stressed(replace(ANSWER, short=short))
    assert text.plain == ANSWER.answer
    assert [(text.plain[span.start : span.end], span.style) for span in text.spans] == [(bold, "bold")]
