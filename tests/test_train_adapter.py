"""How the embedded model is taught to read lines: what it is shown, all questions on some lines at once."""

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from bench import lora
from bench.adapter_lessons import NO, Sheet, Shown, invented, real
from bench.lessons import reports
from bench.selector_lessons import Lesson
from bench.train_adapter import figures, row
from rag import taught
from rag.line_ranking import score
from rag.lines import candidates
from tests.answers import NOW, seed

SHEET = Sheet(
    "cup",
    dt.date(2026, 11, 30),
    [Shown("The Sound, 2026-11-29, Tarn wins", ["Tarn won the cup.", "It rained."])],
    [("Who won the cup?", "yes [1] Tarn"), ("Who lost it?", NO), ("What was the weather?", "yes [2] It rained")],
)


class Letters:
    """A tokenizer of letters, for what a test counts."""

    def __call__(self, text: str) -> Any:
        return type("Told", (), {"input_ids": [ord(letter) % 251 for letter in text]})()


def _model() -> Any:
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=256, hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2,
    )  # fmt: skip
    model: Any = Qwen2ForCausalLM(config)
    return model.eval()


def test_every_reply_points_at_a_line_that_holds_its_answer() -> None:
    """On the news that ships; and both kinds of reply have their share."""
    sheets = invented(reports(), random.Random(1))
    replies = [(sheet, reply) for sheet in sheets for _, reply in sheet.asked]
    told = [(sheet, reply) for sheet, reply in replies if reply != NO]
    assert 0.3 < len(told) / len(replies) < 0.6
    for sheet, reply in told:
        label, answer = reply.removeprefix("yes [").split("] ", 1)
        assert answer.casefold() in sheet.lines.split(f"[{label}] ")[1].split("\n")[0].casefold()


def test_a_sheet_is_written_as_the_model_will_be_shown_lines() -> None:
    """Heads and labels stand as in the prompt of an answer."""
    room = seed()
    question = "Who was excluded from the Riyadh talks?"
    pool = score(question, candidates(room.retrieve(question, as_of=NOW, limit=10), room.lines_of), room.embedder)[:3]
    line = pool[0]
    titled = [] if any(one.line == 1 for one in pool) else [line.article.title]
    head = ", ".join(filter(None, [line.article.source, str(line.article.published_at)[:10], *titled]))
    sheet = replace(SHEET, shown=[Shown(head, [one.text for one in pool])])
    assert f"\n{sheet.lines}\n" in taught.messages(question, pool, as_of="2026-11-30")[1].content


def test_a_real_question_is_asked_with_its_lines_and_without() -> None:
    """With them the reply has the answer as the line writes it; without, it is no."""
    lesson = Lesson(
        "2026-W48", "Who won?", [("Cup", "TARN won."), ("Cup", "It rained."), ("Cup", "So it goes.")],
        [True, False, False], ["Tarn"],
    )  # fmt: skip
    days = {"2026-W48": dt.date(2026, 11, 28)}
    replies = {sheet.asked[0][1] for seed_ in range(8) for sheet in real([lesson], days, 9, random.Random(seed_))}
    assert replies <= {"yes [1] TARN", "yes [2] TARN", "yes [3] TARN", NO}
    assert len(replies) > 1
    unsaid = replace(lesson, answers=["The Tarns"])
    assert all(sheet.asked[0][1] == NO for sheet in real([unsaid], days, 9, random.Random(2)))


def test_all_questions_in_one_row_get_what_each_would_get_alone() -> None:
    """Each sees the lines and itself."""
    model = _model()
    whole = row(Letters(), SHEET)
    whole = replace(whole, mask=whole.mask.float())
    told = figures(model, whole)
    at = 0
    for asked in SHEET.asked:
        alone = row(Letters(), replace(SHEET, asked=[asked]))
        expected = figures(model, replace(alone, mask=alone.mask.float()))
        torch.testing.assert_close(told[at : at + len(expected)], expected, atol=1e-4, rtol=1e-4)
        assert whole.tokens[at : at + len(expected)].tolist() == alone.tokens.tolist()
        at += len(expected)
    assert at == len(told) == len(whole.tokens)
    assert int(whole.first.sum()) == len(SHEET.asked)


def test_an_adapter_changes_nothing_before_it_has_learned_and_is_written_for_llama_cpp(tmp_path: Path) -> None:
    """Only the layers asked for, each with two thin matrices."""
    model = _model()
    one = replace(row(Letters(), SHEET), mask=row(Letters(), SHEET).mask.float())
    before = figures(model, one)
    adapters = lora.adapt(model, 1)
    torch.testing.assert_close(figures(model, one), before)
    assert {name.split(".")[1] for name in adapters} == {"1", "2"}
    lora.write(tmp_path / "adapter.gguf", adapters)
    reader = gguf.GGUFReader(tmp_path / "adapter.gguf")
    shapes = {tensor.name: tensor.data.shape for tensor in reader.tensors}
    assert shapes["blk.2.attn_q.weight.lora_a"] == (lora.RANK, 32)
    assert shapes["blk.2.ffn_down.weight.lora_b"] == (32, lora.RANK)
    assert len(shapes) == 2 * 7 * 2


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    """With the name of what it lacks."""
    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "llama")
    writer.add_tensor("token_embd.weight", torch.zeros(4, 4).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(SystemExit, match="no Qwen2 model"):
        lora.read(tmp_path / "other.gguf")
