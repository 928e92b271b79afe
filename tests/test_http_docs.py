"""docs/http.md and the server agree: every route and every limit is on the page."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.testclient import TestClient

from api.http.app import build_app
from bench.stand_in import WordsEmbedder
from index.index import Index
from rag.build import Dateline
from rag.settings import Settings, variable_of

DOC = (Path(__file__).parents[1] / "docs" / "http.md").read_text("utf-8")


def test_every_route_is_documented(tmp_path: Path) -> None:
    """Each path of the OpenAPI description stands on the page."""
    index = Index(tmp_path, WordsEmbedder())
    client = TestClient(build_app(Dateline(Settings(home=tmp_path, model="extractive"), index, None)))
    paths = client.get("/openapi.json").json()["paths"]
    index.close()
    for path in paths:
        shown = re.sub(r"^/v1/articles/\{article_id\}", "/v1/articles/{id}", path).replace("/{name}", "")
        shown = shown.replace("/v1/articles/{id}/reinstate", "…/reinstate")
        assert shown in DOC, path


def test_every_setting_that_is_named_is_one() -> None:
    """A variable that the page names is known to the settings."""
    known = {variable_of(name) for name in Settings.model_fields}
    assert set(re.findall(r"DATELINE_[A-Z_]+", DOC)) <= known
