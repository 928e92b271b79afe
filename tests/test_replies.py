"""Replies that are kept by what a model was asked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.articles import GivenArticles
from eval.errors import BadRun
from eval.inprocess import InProcess
from eval.plain import PlainBM25
from eval.replies import KeptReplies
from rag.chat import Message, ScriptedModel
from rag.errors import ModelDown
from rag.settings import Settings

ASK = [Message("user", "Who was excluded from the talks?")]


def scripted(*replies: Any) -> ScriptedModel:
    """A model that says these in turn, and is sure of yes."""
    return ScriptedModel(list(replies), first=lambda _messages: {"yes": 0.8, "no": 0.2})


def test_what_was_asked_before_is_not_asked_again(tmp_path: Path) -> None:
    """Whole, streamed and in probabilities: the second time, and in another process, the same without the model."""
    model = scripted("Ukraine was.", "Kyiv was.")
    first = KeptReplies(model, tmp_path)
    said = (first.complete(ASK), list(first.stream(ASK)), first.complete(ASK, max_tokens=1, alternatives=20))
    assert len(model.asked) == 3
    for kept in (first, KeptReplies(scripted(), tmp_path)):
        again = (kept.complete(ASK), list(kept.stream(ASK)), kept.complete(ASK, max_tokens=1, alternatives=20))
        assert again == said
    assert len(model.asked) == 3


def test_what_differs_is_asked(tmp_path: Path) -> None:
    """Another prompt, another schema, another length and another model are other questions."""
    model = scripted("a", "b", "c", "d")
    kept = KeptReplies(model, tmp_path)
    kept.complete(ASK)
    kept.complete([Message("user", "Who was excluded?")])
    kept.complete(ASK, schema={"type": "object"})
    kept.complete(ASK, max_tokens=3)
    assert KeptReplies(scripted("f"), tmp_path, where="http://elsewhere/v1").complete(ASK).text == "f"
    other = ScriptedModel(["e"], name="other")
    assert KeptReplies(other, tmp_path).complete(ASK).text == "e"
    assert len(model.asked) == 4


def test_half_a_reply_is_no_reply(tmp_path: Path) -> None:
    """A stream that was stopped and a model that failed are asked again."""
    kept = KeptReplies(scripted("Ukraine was left out.", "Kyiv was.", ModelDown("gone"), "Yes."), tmp_path)
    with closing(kept.stream(ASK)) as pieces:
        next(pieces)
    assert "".join(kept.stream(ASK)) == "Kyiv was."
    with pytest.raises(ModelDown):
        kept.complete(ASK)
    assert kept.complete(ASK).text == "Yes."


@given(st.binary(max_size=200))
def test_a_damaged_file_is_no_reply(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    """Whatever stands in the file, what is sound is taken and the rest is asked again."""
    folder = tmp_path_factory.mktemp("replies")
    first = KeptReplies(scripted("Ukraine was."), folder)
    first.complete(ASK)
    first.path.write_bytes(junk + b"\n" + first.path.read_bytes()[:-1] + b'\n{"asked": 1, "said"')
    assert KeptReplies(scripted(), folder).complete(ASK).text == "Ukraine was."


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file in the place of the folder is a clear error, and nesting without end is no reply."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadRun, match="name another"):
        KeptReplies(scripted(), tmp_path / "file")
    first = KeptReplies(scripted(), tmp_path)
    first.path.write_bytes(b"[" * 200_000)
    assert KeptReplies(scripted("a"), tmp_path).complete(ASK).text == "a"


def test_a_plain_system_says_so_too(tmp_path: Path) -> None:
    """Its name and its fingerprint tell that its replies are kept: no journal takes its times for a model's."""
    articles = GivenArticles.read([Path(__file__).parent.parent / "seeds"])
    plain, kept = PlainBM25(articles, scripted()), PlainBM25(articles, KeptReplies(scripted(), tmp_path))
    assert kept.name == "plain BM25, scripted, replies kept"
    assert kept.fingerprint != plain.fingerprint


def test_the_suite_asks_no_model_twice(tmp_path: Path) -> None:
    """A system with kept replies says so in its name, and answers the same when its model is gone."""
    settings = Settings.read(
        {
            "DATELINE_HOME": str(tmp_path / "home"),
            "DATELINE_MODEL": "some",
            "DATELINE_BASE_URL": "http://127.0.0.1:9/v1",
        }
    )
    seeds = Path(__file__).parent.parent / "seeds"
    with InProcess(settings, [seeds], replies=tmp_path / "replies") as system:
        assert system.name == "Dateline, some, replies kept"
        asker = system.dateline.asker
        answers = []
        for model in (scripted('{"sentences": [{"text": "Ukraine was left out.", "lines": [1]}]}'), scripted()):
            asker.model = KeptReplies(model, tmp_path / "replies")
            answers.append(system.ask(ASK[0].content, as_of=None))
    before, after = ({key: one[key] for key in ("answer", "outcome", "confidence")} for one in answers)
    assert before == after
