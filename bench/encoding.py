"""How fast, and how true, is each way of running the default embedder?

`python -m bench.encoding` on passages and questions of the sample corpus (DATELINE_DATA). Every engine gets the same
texts, one thread and a process of its own; they take turns, a few passages at a time, so that a busy machine slows
all of them alike. Speed is in processor seconds, which other programs disturb least. Cosines are to torch in fp32.
Recall: of the answer-bearing passages of the sample's questions, and of the ten passages nearest to each.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.corpus import articles, questions
from bench.passages import normalised
from index.chunking import chunk
from index.embedder import Embedder, default_folder, load_embedder
from index.encoders.base import EngineEmbedder
from index.encoders.model import ModelFolder

_TURN = 16  # passages


def _folder() -> ModelFolder:
    return ModelFolder.read(default_folder(), name="default")


def _torch(dtype: str) -> EngineEmbedder:
    from index.encoders.slow import TorchEmbedder

    embedder = TorchEmbedder(_folder(), threads=1)
    torch = embedder._torch  # noqa: SLF001
    if dtype == "bf16":
        embedder._model.bfloat16()  # noqa: SLF001
        return _Widened(embedder)
    if dtype == "int8":
        embedder._model = torch.ao.quantization.quantize_dynamic(embedder._model, {torch.nn.Linear})  # noqa: SLF001
    return embedder


class _Widened(EngineEmbedder):
    """Torch in bf16, whose vectors NumPy cannot take as they are."""

    def __init__(self, inner: Any) -> None:
        super().__init__(_folder())
        self._inner = inner

    def _run(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        torch = self._inner._torch  # noqa: SLF001
        tokens = torch.from_numpy(ids)
        with torch.inference_mode():
            given = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
            found = self._inner._model(given)["sentence_embedding"].float()  # noqa: SLF001
            return np.asarray(torch.nn.functional.normalize(found, dim=1).numpy())


def _onnx(precision: str) -> EngineEmbedder:
    from index.encoders.fast import OnnxEmbedder

    if precision != "int8 dynamic":
        return OnnxEmbedder(_folder(), workers=1, cache=_cache(), precision=precision)
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]

    from index.encoders.built import exact, session
    from index.encoders.fast import weights

    # What onnxruntime's own tool makes of the fp32 graph.
    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place) / "a.onnx", Path(place) / "b.onnx"
        onnx.save(onnx.load_model_from_string(exact(_folder().config, weights(_folder()))), source)
        quantize_dynamic(
            source,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        embedder = OnnxEmbedder(_folder(), workers=1, cache=_cache(), precision="fp32")
        embedder._session = session(target.read_bytes())  # noqa: SLF001
    return embedder


def _cache() -> Path:
    from index.embedder import user_cache

    return user_cache()


def _openvino(precision: str, *, weights_int8: bool = False) -> EngineEmbedder:
    from bench.openvino_bert import OpenVinoEmbedder

    return OpenVinoEmbedder(_folder(), precision=precision, weights_int8=weights_int8)


ENGINES: dict[str, Callable[[], EngineEmbedder]] = {
    "torch fp32": lambda: _torch("fp32"),
    "torch bf16": lambda: _torch("bf16"),
    "torch int8 dynamic": lambda: _torch("int8"),
    "onnxruntime fp32": lambda: _onnx("fp32"),
    "onnxruntime int8 dynamic": lambda: _onnx("int8 dynamic"),
    "onnxruntime int8 (default)": lambda: _onnx("int8"),
    "openvino fp32": lambda: _openvino("f32"),
    "openvino bf16": lambda: _openvino("bf16"),
    "openvino int8 weights": lambda: _openvino("bf16", weights_int8=True),
}


@dataclass
class _Result:
    load: float = 0.0  # seconds, imports included
    seconds: float = 0.0  # processor, passages
    memory: int = 0  # bytes, resident at the most
    passages: list[NDArray[np.float32]] = field(default_factory=list)
    questions: list[NDArray[np.float32]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)  # processor seconds of one question


def _serve(name: str, pipe: Connection) -> None:
    """In a process of its own: load, then encode what comes and say what it cost."""
    try:
        began = time.process_time()
        embedder: Embedder = ENGINES[name]()
        embedder.encode_question("A first one, so that everything is in place.")
        pipe.send(time.process_time() - began)
    except Exception as error:  # an engine that is not installed is told, and left out
        pipe.send(error)
        return
    while (job := pipe.recv()) is not None:
        kind, texts = job
        began = time.process_time()
        if kind == "passages":
            vectors = embedder.encode_passages(texts)
        else:
            vectors = np.stack([embedder.encode_question(text) for text in texts])
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        pipe.send((time.process_time() - began, memory, vectors))


def main() -> None:
    """See the module's docstring."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, default=2_000)
    options.add_argument("--data", type=Path, default=None)
    options.add_argument("--engine", action="append", help="only these; torch fp32 is always there")
    chosen = options.parse_args()
    cutter = load_embedder(threads=1)
    news = {article.article_id: article for article in articles("sample-articles.jsonl.gz", chosen.data)}
    asked = [q for q in questions("sample-questions.jsonl", chosen.data) if q.answer_articles and len(q.answer) > 3]
    # One answer-bearing article of each question, then others, until there are enough passages.
    bearing = dict.fromkeys(next((a for a in q.answer_articles if a in news), "") for q in asked)
    order = [a for a in bearing if a] + random.Random(7).sample(sorted(news.keys() - bearing.keys()), len(news) // 2)
    plain, given = [], []
    for name in order:
        article = news[name]
        for span in chunk(article.text, cutter, budget_tokens=cutter.passage_tokens):
            plain.append(normalised(article.text[span.start : span.end]))
            given.append(cutter.compose(article.title, article.text[span.start : span.end]))
        if len(given) >= chosen.passages:
            break
    plain, given = plain[: chosen.passages], given[: chosen.passages]
    wanted = [q for q in asked if any(normalised(q.answer) in text for text in plain)]
    results = _measure(chosen.engine, given, [q.question for q in wanted])
    _report(results, plain, [normalised(q.answer) for q in wanted])


def _measure(only: list[str] | None, given: list[str], asked: list[str]) -> dict[str, _Result]:
    context = multiprocessing.get_context("spawn")
    results: dict[str, _Result] = {}
    pipes: dict[str, Connection] = {}
    for name in ENGINES:
        if only and name not in only and name != "torch fp32":
            continue
        pipe, theirs = context.Pipe()
        context.Process(target=_serve, args=(name, theirs), daemon=True).start()
        loaded = pipe.recv()
        if isinstance(loaded, Exception):
            print(f"{name}: left out: {type(loaded).__name__}: {loaded}", flush=True)
            continue
        results[name], pipes[name] = _Result(load=loaded), pipe
    for first in range(0, len(given), _TURN):
        for name, pipe in pipes.items():
            pipe.send(("passages", given[first : first + _TURN]))
            seconds, memory, vectors = pipe.recv()
            results[name].seconds += seconds
            results[name].memory = max(memory, results[name].memory)
            results[name].passages.append(vectors)
    for question in asked:
        for name, pipe in pipes.items():
            pipe.send(("question", [question]))
            seconds, _, vectors = pipe.recv()
            results[name].latencies.append(seconds)
            results[name].questions.append(vectors)
    for pipe in pipes.values():
        pipe.send(None)
    return results


def _report(results: dict[str, _Result], plain: list[str], answers: list[str]) -> None:
    exact = results["torch fp32"]
    truth = np.concatenate(exact.passages)
    near = _nearest(exact, 10)
    print(f"{len(plain)} passages, {len(answers)} questions; processor seconds, one thread")
    heads = (
        "passages/s",
        "to torch",
        "cosine",
        "least",
        "question ms",
        "load s",
        "MB",
        "same ten",
        "@1",
        "@5",
        "@10",
    )
    print(f"{'engine':28s}", *(f"{head:>11s}" for head in heads))
    for name, result in results.items():
        cosines = (np.concatenate(result.passages) * truth).sum(axis=1)
        found = _nearest(result, 10)
        same = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, near, strict=True)])
        hits = [
            np.mean([any(answer in plain[n] for n in row[:k]) for answer, row in zip(answers, found, strict=True)])
            for k in (1, 5, 10)
        ]
        row = (
            f"{len(plain) / result.seconds:.1f}",
            f"{exact.seconds / result.seconds:.2f}×",
            f"{cosines.mean():.4f}",
            f"{cosines.min():.4f}",
            f"{1000 * statistics.median(result.latencies):.1f}",
            f"{result.load:.1f}",
            f"{result.memory / 1e6:.0f}",
            f"{same:.3f}",
            *(f"{hit:.3f}" for hit in hits),
        )
        print(f"{name:28s}", *(f"{cell:>11s}" for cell in row), flush=True)


def _nearest(result: _Result, depth: int) -> list[list[int]]:
    scores = np.concatenate(result.questions) @ np.concatenate(result.passages).T
    return [[int(n) for n in np.argsort(-row)[:depth]] for row in scores]


if __name__ == "__main__":
    main()
