"""Readers: files, folders, pages and feeds become drafts of articles, lazily, each with a place to go on from.

`read_path` reads what lies on disk and never raises on bad input: every file, line or entry ends as one `Item`, an
article or a reason. `read_reply` does the same for what was fetched. The formats' own readers take a `Source` (bytes,
limits, a clock) and know no path and no network.
"""

from index.readers.folder import walk
from index.readers.item import Item, Position, Skipped, Source
from index.readers.limits import Limits
from index.readers.read import read_path, read_reply, size_of_path

__all__ = ["Item", "Limits", "Position", "Skipped", "Source", "read_path", "read_reply", "size_of_path", "walk"]
