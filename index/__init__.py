"""What is known: articles, revisions, lines, passages, embeddings, and the search over them.

The rooms (`index` keeps all of it in step):

- the words everybody speaks: `article`, `lines`, `passage`, `dates`, `language`
- coming in: `readers/` (one a format), `ingest`, `web`, `feeds`, `fetch` (the one way out), `inflate`
- the truth: `store`, `commit`, `course` (which text was current when), `rows`, `schema`, `database`, `diff`
- copies of one text: `syndication`
- derived from it: `chunking`, `embedder` with `encoders/`, `vectors`, `lexical`, `catalog`, `manifest`, `context`
- upkeep: `backup`, `verify`, `reembed`, `stats`, `newest`
- `paths` (the one way to a file), `errors`
"""
