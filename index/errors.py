"""Errors of what is known.

NewsError
├── UnreadableInput        a file, page or feed that cannot become an article
│   ├── RefusedPath        a path outside the folder it was asked for, or not a plain file
│   └── RefusedRequest     an outbound request to an address, size or time that is not allowed
├── UnknownArticle         no such article, revision or line
├── StoreError             the article store cannot do what was asked
│   ├── StoreBusy          another process is writing
│   ├── StoreFull          the disk is full or failing
│   └── StoreVersion       the file was made by a newer Dateline, or is not a store
├── DamagedIndex           a derived index does not match its manifest (it is rebuilt from the store)
└── EmbedderError
    ├── EmbedderMissing    the model's files are not here, or not the ones that were pinned
    └── EmbedderMismatch   the index was made with another embedder
"""


class NewsError(Exception):
    """Root of the family. The message is one sentence for a person and says what to do next."""


class UnreadableInput(NewsError):
    """A file, page or feed cannot become an article."""


class RefusedPath(UnreadableInput):
    """A path leads outside the folder it was asked for, or is not a plain file."""


class RefusedRequest(UnreadableInput):
    """An outbound request was to an address, of a size, or of a length that is not allowed."""


class UnknownArticle(NewsError):
    """There is no such article, revision or line."""


class StoreError(NewsError):
    """The article store cannot do what was asked."""


class StoreBusy(StoreError):
    """Another process is writing."""


class StoreFull(StoreError):
    """The disk is full or failing; nothing acknowledged was lost."""


class StoreVersion(StoreError):
    """The file was made by a newer Dateline, or is not an article store."""


class DamagedIndex(NewsError):
    """A derived index does not match its manifest."""


class EmbedderError(NewsError):
    """The embedder cannot be used."""


class EmbedderMissing(EmbedderError):
    """The model's files are not here, or are not the ones that were pinned."""


class EmbedderMismatch(EmbedderError):
    """The index was made with another embedder."""
