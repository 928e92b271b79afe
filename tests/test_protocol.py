"""A model's reply is read in any form, and only read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ModelNonsense
from rag.protocol import MAX_LABELS, MAX_SENTENCES, Pointed, parse, schema, so_far

WANTED = '{"sentences": [{"text": "Kyiv was left out.", "lines": [1, 3]}], "answer": "Kyiv"}'


def test_the_shape_that_was_asked_for() -> None:
    """Exactly what the schema makes."""
    reply = parse(WANTED)
    assert reply.short == "Kyiv"
    assert reply.sentences == (Pointed("Kyiv was left out.", (1, 3)),)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{WANTED}\n```",
        f"Sure! Here you are:\n{WANTED}\nAnything else?",
        '{"claims": [{"sentence": "Kyiv was left out.", "citations": ["[1]", "line 3"]}], "answer": "Kyiv"}',
        '{"sentences": [{"text": "Kyiv was left out.", "lines": "1, 3"}]}',
        '{"sentences": [{"text": "Kyiv was left out. [1][3]"}]}',
        '{"answer": "Kyiv was left out.", "lines": [1, 3]}',
        '{"sentences": [{"text": "Kyiv was left out.", "lines": [1, 3]}, {"text": "Moscow',
        "Kyiv was left out [1, 3].",
        "- Kyiv was left out. [1] [3]",
        "Kyiv was left out.[1][3] That is all I know.",
    ],
)
def test_slips_are_survived(text: str) -> None:
    """Fences, talk around, other keys, labels as text, a reply cut off, prose with labels: the claim is the same."""
    found = parse(text).sentences[0]
    assert found.text.rstrip(".") == "Kyiv was left out"
    assert found.labels == (1, 3)


@pytest.mark.parametrize(
    "text", ["", "I do not know.", "{}", "[]", '{"answer": ""}', "null", "{" * 5000, '{"sentences": 3}']
)
def test_nothing_to_read_is_an_error(text: str) -> None:
    """A reply that claims nothing of any line is nonsense, not an empty answer."""
    with pytest.raises(ModelNonsense):
        parse(text)


def test_a_stream_gives_each_sentence_when_it_is_whole() -> None:
    """Of a reply that is still coming only finished sentences are seen, and each one once it is."""
    reply = json.dumps({"sentences": [{"text": "A.", "lines": [1]}, {"text": "B.", "lines": [2]}], "answer": "x"})
    counts = [len(so_far(reply[:end])[1]) for end in range(len(reply) + 1)]
    assert counts == sorted(counts)
    assert counts[-1] == 2
    assert so_far(reply)[0] == "x"


def test_the_schema_holds_labels_that_were_given_out() -> None:
    """Only whole numbers from 1 to the number of lines."""
    lines = schema(4)["properties"]["sentences"]["items"]["properties"]["lines"]
    assert lines["items"] == {"type": "integer", "enum": [1, 2, 3, 4]}


_KEYS = st.sampled_from(["answer", "sentences", "text", "lines", "claims"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_JSON = st.recursive(
    _LEAVES, lambda c: st.lists(c, max_size=4) | st.dictionaries(_KEYS, c, max_size=4), max_leaves=12
)


@given(st.text(max_size=400) | _JSON.map(json.dumps))
def test_any_reply_is_read_or_refused(text: str) -> None:
    """No reply raises anything but ModelNonsense, and what is read is bounded."""
    try:
        reply = parse(text)
    except ModelNonsense:
        return
    assert 0 < len(reply.sentences) <= MAX_SENTENCES
    assert all(s.text and len(s.labels) <= MAX_LABELS for s in reply.sentences)
