"""The article store's tables, and how older files become newer ones.

`commits` numbers every write. A row says by `added`, `changed` or `gone` in which commit it came to be so, and a
derived index that knows the last commit it holds can ask for exactly what it is missing.
"""

from __future__ import annotations

APPLICATION_ID = 0x44746C6E  # "Dtln": tells our file from any other SQLite file

# One script for each version; a store at version n runs scripts n, n+1, … and is then at len(MIGRATIONS).
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE commits (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL) STRICT;

    CREATE TABLE article (
        number         INTEGER PRIMARY KEY AUTOINCREMENT,
        article_id     TEXT NOT NULL UNIQUE,
        revision       TEXT,                       -- the current one; NULL once deleted
        status         TEXT NOT NULL CHECK (status IN ('usable', 'withdrawn', 'deleted')),
        url            TEXT,
        source         TEXT,
        authors        TEXT NOT NULL DEFAULT '[]', -- JSON
        section        TEXT,
        language       TEXT,
        free           INTEGER,                    -- schema.org isAccessibleForFree
        embargo_until  TEXT,
        correction     TEXT,
        metadata       TEXT NOT NULL DEFAULT '{}', -- JSON
        ingested_at    TEXT NOT NULL,
        changed        INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX article_changed ON article (changed);
    CREATE INDEX article_source ON article (source);

    CREATE TABLE revision (
        number           INTEGER PRIMARY KEY,
        article          INTEGER NOT NULL REFERENCES article (number),
        revision         TEXT NOT NULL,            -- SHA-256 of the text, hex
        text             TEXT NOT NULL,
        title            TEXT NOT NULL,
        published_at     TEXT, published_origin TEXT,
        updated_at       TEXT, updated_origin   TEXT,
        ingested_at      TEXT NOT NULL,
        UNIQUE (article, revision)
    ) STRICT;

    -- Which revision was current from when on. A text that comes back is a new row and an old revision.
    CREATE TABLE state (
        article      INTEGER NOT NULL REFERENCES article (number),
        observed_at  TEXT NOT NULL,
        revision     INTEGER NOT NULL REFERENCES revision (number),
        PRIMARY KEY (article, observed_at)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE passage (
        passage_id  INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again
        article     INTEGER NOT NULL REFERENCES article (number),
        revision    INTEGER NOT NULL REFERENCES revision (number),
        first_line  INTEGER NOT NULL, last_line INTEGER NOT NULL,
        start       INTEGER NOT NULL, "end"     INTEGER NOT NULL,
        key         BLOB NOT NULL,                      -- of its embedding
        added       INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX passage_article ON passage (article);
    CREATE INDEX passage_revision ON passage (revision);
    CREATE INDEX passage_added ON passage (added);
    CREATE INDEX passage_key ON passage (key);

    -- Content-addressed, so that an unchanged passage of a changed article is not embedded again.
    CREATE TABLE embedding (key BLOB PRIMARY KEY, vector BLOB NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE removed (passage_id INTEGER PRIMARY KEY, gone INTEGER NOT NULL) STRICT;
    CREATE INDEX removed_gone ON removed (gone);

    -- How far a file was read, written with the articles it brought: an interrupted run goes on from here.
    CREATE TABLE progress (origin TEXT PRIMARY KEY, signature TEXT NOT NULL, position INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;

    CREATE TABLE feed (url TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- Syndication: the signature of an article's body, and the article it is a copy of.
    CREATE TABLE signature (article INTEGER PRIMARY KEY REFERENCES article (number), minhash BLOB NOT NULL) STRICT;
    CREATE TABLE band (band INTEGER NOT NULL, hash INTEGER NOT NULL, article INTEGER NOT NULL,
        PRIMARY KEY (band, hash, article)) STRICT, WITHOUT ROWID;
    CREATE INDEX band_article ON band (article);
    CREATE TABLE carrier (article INTEGER PRIMARY KEY REFERENCES article (number),
        original INTEGER NOT NULL REFERENCES article (number), overlap REAL NOT NULL) STRICT;
    CREATE INDEX carrier_original ON carrier (original);
    """,
    # The last moment a text was seen in one of its times; NULL where nobody noted it. An older text that comes to
    # light later must not end what was confirmed since.
    """
    ALTER TABLE state ADD COLUMN confirmed_at TEXT;
    """,
)
