"""What HTTP clients send. What they get is made by `rag.wire` and `api.wire`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.moments import moment
from index.catalog import Filters

Word = Annotated[str, Field(min_length=1, max_length=500)]
Words = Annotated[list[Word], Field(max_length=100)]
Day = Annotated[str, Field(max_length=40, examples=["2025-02-18", "2025-02-18T10:00:00Z"])]

MAX_QUESTION = 100_000  # characters that are read at all; the setting decides what is answered


class SearchFilters(BaseModel):
    """What a search is narrowed to. Lists are alternatives; an empty one does not narrow."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = Field(default=None, description="Only articles published on this day or later.")
    until: Day | None = Field(default=None, description="Only articles published before this day.")
    sources: Words = Field(default_factory=list, description="Only these outlets.")
    sections: Words = Field(default_factory=list)
    languages: Words = Field(default_factory=list, description="BCP 47, e.g. `en`.")
    articles: Words = Field(default_factory=list, description="Only these article ids.")

    def filters(self) -> Filters:
        """The same for the index. Raises BadQuestion for a date that is none."""
        return Filters(
            since=moment(self.since, name="since"),
            until=moment(self.until, name="until"),
            sources=frozenset(self.sources),
            sections=frozenset(self.sections),
            languages=frozenset(self.languages),
            articles=frozenset(self.articles),
        )


class Question(BaseModel):
    """A question, and what it is asked about."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=MAX_QUESTION, examples=["Who was excluded from the Riyadh talks?"])
    as_of: Day | None = Field(
        default=None, description="The moment asked about; nothing published or observed later is used. Default: now."
    )
    filters: SearchFilters = Field(default_factory=SearchFilters)
    explain: bool = Field(default=False, description="Also tell what every step did, under `trace`.")
