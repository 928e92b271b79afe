"""The check itself, held against labelled pairs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import BadGold, BadRecord
from eval.pairs import LABELS, Pair, confusion, lexical_check, load, own_check, rules_check

PAIRS = Path(__file__).parent.parent / "eval" / "gold" / "pairs.jsonl"


def pair(label: str, sentence: str = "Kyiv was left out.", fault: str | None = "negation") -> Pair:
    """A labelled pair."""
    return Pair(
        id=f"{label} {sentence}",
        sentence=sentence,
        lines=("Kyiv was left out of the talks.",),
        label=label,
        fault=None if label == "supported" else fault,
    )


def test_the_confusion_matrix_counts() -> None:
    """Of two supported pairs one is held back, of three faulty ones one is let through."""
    pairs = [
        pair("supported", "a"),
        pair("supported", "b"),
        pair("partial", "c"),
        pair("unsupported", "d"),
        pair("unsupported", "e"),
    ]
    said = {"a": "supported", "b": "partial", "c": "partial", "d": "supported", "e": "unsupported"}
    found = confusion(pairs, lambda one: said[one.sentence])
    assert found["matrix"] == {
        "supported": {"supported": 1, "partial": 1, "unsupported": 0},
        "partial": {"supported": 0, "partial": 1, "unsupported": 0},
        "unsupported": {"supported": 1, "partial": 0, "unsupported": 1},
    }
    assert found["accuracy"]["value"] == 3 / 5
    assert found["shown_that_should_not"]["value"] == 1 / 3
    assert found["precision_of_supported"]["value"] == 1 / 2
    assert found["recall_of_supported"]["value"] == 1 / 2
    assert (found["let_through"], found["held_back"]) == (1, 1)
    assert found["caught"] == {"negation": {"caught": 2, "of": 3}}


@pytest.mark.parametrize("check", [own_check(), rules_check, lexical_check])
def test_checks_know_a_quote_from_a_falsehood(check: object) -> None:
    """Each check calls the line itself supported, and another person's name not."""
    assert callable(check)
    assert check(pair("supported")) == "supported"
    assert check(pair("unsupported", "Warsaw was left out.")) != "supported"


@pytest.mark.skipif(not PAIRS.exists(), reason="the labelled pairs are not here")
def test_the_labelled_pairs_are_many_and_of_every_kind() -> None:
    """At least 300 pairs, every label, and the near misses a check has to know."""
    pairs = load(PAIRS)
    assert len(pairs) >= 300
    assert {one.label for one in pairs} == set(LABELS)
    assert {one.fault for one in pairs} >= {"number_changed", "negation", "other_person", "opinion_as_fact"}
    assert {one.split for one in pairs} == {"dev", "test"}
    assert len(load(PAIRS, "test")) < len(pairs)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"label": "true"}, "`label`"),
        ({"id": 3}, "`id`"),
        ({"sentence": ""}, "`sentence`"),
        ({"lines": []}, "`lines`"),
        ({"fault": "negation"}, "`fault`"),
        ({"published_at": "soon"}, "`published_at`"),
    ],
)
def test_bad_pairs_are_named(tmp_path: Path, change: dict[str, object], says: str) -> None:
    """A pair with a wrong field is refused, and the field named."""
    path = tmp_path / "pairs.jsonl"
    good = {"id": "p", "sentence": "x", "lines": ["x"], "label": "supported", "published_at": "2026-10-01"}
    path.write_text(json.dumps(good), encoding="utf-8")
    assert load(path)[0].published_at is not None
    with pytest.raises(BadRecord, match="no pair"):
        load(path, "test")
    path.write_text(json.dumps({**good, **change}), encoding="utf-8")
    with pytest.raises(BadGold, match=says):
        load(path)
