"""The optional judge: read strictly, never silent."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from eval.articles import GivenArticles
from eval.errors import BadCheck
from eval.gold import GoldQuestion, Relevant, Suite
from eval.judge import ModelJudge, verdict
from eval.run import run
from eval.scripted import ScriptedAsker, answer_of, citation_of

ARTICLES = GivenArticles.of({"a": "Kyiv was left out.\nThe talks lasted four hours."})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"verdict": "supported"}', "supported"),
        ('Sure!\n```json\n{"verdict": "partial"}\n```', "partial"),
        ('{"verdict":"unsupported","why":"x"}', "unsupported"),
    ],
)
def test_a_verdict_is_read(text: str, said: str) -> None:
    """One JSON object with one of the three words is a verdict, whatever stands around it."""
    assert verdict(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "supported",
        "{}",
        '{"verdict": "yes"}',
        '{"verdict": null}',
        '{"verdict": ',
        '{"verdict": "supported"} {"verdict": "partial"}',
    ],
)
def test_an_unreadable_verdict_is_an_error(text: str) -> None:
    """Prose, another word, a cut-off reply and two verdicts are errors, never a guess."""
    with pytest.raises(BadCheck, match="cannot be read"):
        verdict(text)


def judge(replies: list[str], seen: list[str]) -> ModelJudge:
    """A judge whose endpoint gives these replies in order."""

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(json.loads(request.content)["messages"][-1]["content"])
        message = {"role": "assistant", "content": replies[len(seen) - 1]}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        return httpx2.Response(200, json=body)

    return ModelJudge("http://127.0.0.1:9/v1", "m", client=httpx2.Client(transport=httpx2.MockTransport(handler)))


def test_a_run_is_judged_sentence_by_sentence() -> None:
    """The judge sees each sentence with its cited lines; verdicts that cannot be read are listed, nothing is lost."""
    questions = tuple(
        GoldQuestion(
            id=f"q{n}",
            question=f"Who {n}?",
            answer="Kyiv",
            relevant=(Relevant("a", 1, 1),),
            answerable=True,
            kind="date",
        )
        for n in range(4)
    )
    cited = [citation_of(1, ARTICLES, "a", 1, 1)]
    asker = ScriptedAsker(
        {
            "Who 0?": answer_of("?", "Kyiv was left out.", cited),
            "Who 1?": answer_of("?", "Kyiv stayed away.", cited),
            "Who 2?": answer_of("?", "Kyiv.", []),
            "Who 3?": answer_of("?", "", []),
        }
    )
    seen: list[str] = []
    done = run(
        Suite("s", Path("s"), "0", questions),
        asker,
        ARTICLES,
        judge=judge(['{"verdict": "supported"}', "Well, yes."], seen),
    )
    assert seen[0] == "Lines:\nKyiv was left out.\n\nSentence:\nKyiv was left out."
    assert len(seen) == 2  # a sentence without a citation needs no judge
    assert [case.judged for case in done.cases] == [("supported",), ("failed",), ("unsupported",), ()]
    assert done.summary["judge_support"]["value"] == 1 / 2
    assert done.summary["judge_failures"]["value"] == 1 / 3
    assert len(done.record["judge_failures"]) == 1
    assert done.record["judge_failures"][0].startswith("q1: the judge's verdict cannot be read")


def test_a_judge_that_is_down_is_an_error() -> None:
    """An endpoint that refuses is an error of the verdict."""
    client = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(401, json={})))
    with pytest.raises(BadCheck, match="gave no verdict"):
        ModelJudge("http://127.0.0.1:9/v1", "m", client=client)("line", "sentence")
