"""Embed the measuring corpus into a folder of kept vectors: `python -m bench.embed_corpus --kept FOLDER`.

Resumable: run it again and it goes on. First come the sample's articles, then those of the development questions, by
week, so that what is done at any time is a pool that can be measured on. FOLDER/STATUS tells how far it is.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from bench.corpus import NewsText, articles, folder
from index.chunking import chunk
from index.embedder import load_embedder
from index.encoders.kept import KeptEmbedder

_AT_ONCE = 2_048  # passages


def in_order(data: Path) -> list[NewsText]:
    """All articles, the most useful first."""
    every = {article.article_id: article for article in articles("articles.jsonl.gz", data)}
    wanted = [article.article_id for article in articles("sample-articles.jsonl.gz", data)]
    with (data / "questions-dev.jsonl").open(encoding="utf-8") as file:
        rows = sorted((json.loads(line) for line in file), key=lambda row: row["date"], reverse=True)
    for row in rows:
        for field in ("answer_articles", "gold_articles", "retrieved"):
            wanted += row.get(field) or []
    ranked = dict.fromkeys([*(name for name in wanted if name in every), *every])
    return [every[name] for name in ranked]


def main() -> None:
    """See the module's docstring."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kept", type=Path, required=True)
    options.add_argument("--data", type=Path, default=None)
    options.add_argument("--threads", type=int, default=2)
    chosen = options.parse_args()
    news = in_order(folder(chosen.data))
    embedder = KeptEmbedder(load_embedder(threads=chosen.threads), chosen.kept)
    started, before, passages = time.time(), len(embedder), 0
    texts: list[str] = []
    for number, article in enumerate(news, start=1):
        spans = chunk(article.text, embedder, budget_tokens=embedder.passage_tokens)
        texts += [embedder.compose(article.title, article.text[span.start : span.end]) for span in spans]
        if len(texts) >= _AT_ONCE or number == len(news):
            embedder.encode_passages(texts)
            passages += len(texts)
            texts.clear()
            rate = (len(embedder) - before) / (time.time() - started)
            at = time.strftime("%H:%M:%S")
            line = f"{at} articles {number}/{len(news)} passages {passages} kept {len(embedder)} new/s {rate:.1f}\n"
            (chosen.kept / "STATUS").write_text(line, encoding="utf-8")
    with (chosen.kept / "STATUS").open("a", encoding="utf-8") as file:
        file.write("done\n")


if __name__ == "__main__":
    main()
