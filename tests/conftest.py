"""What all tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from index.embedder import Embedder, load_embedder
from index.index import Index
from index.ingest import Ingest

# No test fails for being slow on a busy machine; in CI every run tries the same examples as the one before.
settings.register_profile("dateline", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("dateline")

NEWSROOM = Path(__file__).parent.parent / "eval" / "newsroom"


@pytest.fixture(scope="session")
def real_embedder() -> Embedder:
    """The default embedder, loaded once."""
    return load_embedder(threads=2)


@pytest.fixture(scope="session")
def newsroom_index(tmp_path_factory: pytest.TempPathFactory, real_embedder: Embedder) -> Iterator[Index]:
    """The invented newsroom, indexed for real; to be read only. The first worker of a run makes it for all."""
    own = tmp_path_factory.mktemp("newsroom")
    shared = tmp_path_factory.getbasetemp()
    shared = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "newsroom-of-all"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            made = Index(own / "made", real_embedder)
            Ingest(made, timer=lambda: 0.0).run([NEWSROOM])
            made.close()
            (own / "made").rename(shared)
        shutil.copytree(shared, own / "home")
    index = Index(own / "home", real_embedder)
    yield index
    index.close()
