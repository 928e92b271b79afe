"""What HTTP clients send, and how what they get is described. What they get is made by `rag.wire` and `api.wire`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.http.conversations import Said
from api.moments import moment
from index.catalog import Filters

Word = Annotated[str, Field(min_length=1, max_length=500)]
Words = Annotated[list[Word], Field(max_length=100)]
Day = Annotated[str, Field(max_length=40, examples=["2025-02-18", "2025-02-18T10:00:00Z"])]

MAX_QUESTION = 100_000  # characters that are read at all; the setting decides what is answered
MAX_HISTORY = 40  # turns that are read at all; the latest 20 are used
MAX_HISTORY_CHARS = 60_000

QUESTION = "Who was excluded from the Riyadh talks?"
EXAMPLES = {
    "question": {"summary": "A question", "value": {"question": QUESTION}},
    "as_of": {
        "summary": "As of a day, from two outlets",
        "value": {
            "question": QUESTION,
            "as_of": "2025-02-20",
            "filters": {"since": "2025-02-01", "sources": ["news.example", "wire.example"]},
        },
    },
    "follow_up": {
        "summary": "A follow-up, with what was said before",
        "value": {
            "question": "What did they reject?",
            "history": [{"question": QUESTION, "answer": "Ukraine was excluded from the talks."}],
        },
    },
    "conversation": {
        "summary": "Begin a conversation that the server keeps",
        "value": {"question": QUESTION, "conversation_id": "new"},
    },
}


class Strict(BaseModel):
    """A field that is not known is an error: it may be a filter that would not filter."""

    model_config = ConfigDict(extra="forbid")


class SearchFilters(Strict):
    """What a search is narrowed to. Lists are alternatives; an empty one does not narrow."""

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


class Turn(Strict):
    """One earlier exchange of the conversation."""

    question: str = Field(max_length=10_000)
    answer: str = Field(default="", max_length=20_000)

    def said(self) -> Said:
        """The same for the asker."""
        return Said(self.question, self.answer)


class Sought(Strict):
    """What is searched for."""

    question: str = Field(max_length=MAX_QUESTION, examples=[QUESTION])
    as_of: Day | None = Field(
        default=None, description="The moment asked about; nothing published or observed later is used. Default: now."
    )
    filters: SearchFilters = Field(default_factory=SearchFilters)


class Question(Sought):
    """A question, and what it is asked about."""

    explain: bool = Field(
        default=False, description="Also tell what every step did, under `trace`. Not with a publishable key."
    )
    history: list[Turn] = Field(
        default_factory=list, max_length=MAX_HISTORY, description="What was said before, oldest first."
    )
    conversation_id: str | None = Field(
        default=None,
        pattern="^(new|conv_[0-9a-f]{32})$",
        description="`new` begins a conversation that the server keeps; the answer names its id, to go on with.",
    )


class Judgement(Strict):
    """What a reader says of an answer."""

    answer_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,80}$", examples=["ans_4f2a9c0d1e3b5a7f8c6d2e1b"])
    verdict: Literal["good", "bad"]
    sentence: int | None = Field(default=None, ge=0, le=1000, description="Which sentence, from 0.")
    citation: int | None = Field(default=None, ge=1, le=10_000, description="The marker of the citation meant.")
    reason: str | None = Field(default=None, max_length=100, examples=["wrong_citation"])
    comment: str | None = Field(default=None, max_length=4_000)


# ---- replies, for the OpenAPI description. They are checked against it by a test, not on each request.


class Reply(BaseModel):
    """More fields may come; clients pass over those they do not know."""

    model_config = ConfigDict(extra="allow")


class ArticleRef(Reply):
    """The article that a citation or hit is of, as of the revision named."""

    id: str
    revision: str = Field(description="SHA-256 of the revision's canonical text, hex.")
    url: str | None
    title: str
    source: str | None
    published_at: str | None
    updated_at: str | None


class LineRange(Reply):
    """Lines, 1-based and inclusive."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)


class QuoteBody(Reply):
    """Exact words of the cited lines; offsets in code points of the canonical text, 0-based, end exclusive."""

    exact: str
    prefix: str
    suffix: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class CitationBody(Reply):
    """One citation."""

    marker: int = Field(ge=1)
    article: ArticleRef
    lines: LineRange
    quote: QuoteBody
    permalink: str = Field(examples=["/articles/us-russia-riyadh-talks?rev=9f2c…#L3"])
    source_link: str | None
    support: Literal["supported", "partial", "unsupported"]


class SentenceBody(Reply):
    """One verified sentence, with the markers of its citations."""

    text: str
    citations: list[int]
    support: Literal["supported", "partial", "unsupported"]


class AnswerBody(Reply):
    """An answer. `withheld` counts sentences the check left out; `reading`: the nearest lines when insufficient."""

    answer_id: str
    conversation_id: str | None = None
    question: str
    as_of: str
    outcome: Literal["answered", "partial", "insufficient"]
    reason: Literal["no_coverage", "only_older_coverage", "conflicting"] | None
    confidence: float
    answer: str
    sentences: list[SentenceBody]
    citations: list[CitationBody]
    withheld: int
    reading: list[CitationBody]
    model: str
    newest_evidence: str | None
    timings_ms: dict[str, float]


class HitBody(Reply):
    """A passage that was found."""

    rank: int
    score: float
    parts: dict[str, float]
    article: ArticleRef
    lines: LineRange
    permalink: str
    text: str
    carried_by: list[Any]


class HitsBody(Reply):
    """What a search found, best first."""

    question: str
    hits: list[HitBody]
    timings_ms: dict[str, float]


class ArticleBody(Reply):
    """An article without its text."""

    id: str
    revision: str | None
    title: str
    url: str | None
    source: str | None
    authors: list[str]
    section: str | None
    language: str | None
    published_at: str | None
    published_from: str | None
    updated_at: str | None
    ingested_at: str
    status: Literal["usable", "withdrawn", "deleted"]


class ArticlesBody(Reply):
    """A page of articles; `next` is the `after` of the following one."""

    articles: list[ArticleBody]
    next: str | None


class RevisionBody(Reply):
    """A revision without its text."""

    revision: str
    title: str
    published_at: str | None
    updated_at: str | None
    observed_at: str
    superseded_at: str | None
    lines: int


class RevisionsBody(Reply):
    """Every state an article has been in, in order of time."""

    id: str
    revisions: list[RevisionBody]


class LineBody(Reply):
    """One line, with its offsets in the canonical text."""

    number: int
    start: int
    end: int
    text: str


class LinesBody(Reply):
    """Lines of a revision."""

    article: str
    revision: str
    superseded: bool
    total: int
    lines: list[LineBody]


class DiffLineBody(Reply):
    """One line of a comparison, with its number in the old text, the new one, or both."""

    kind: Literal["same", "removed", "added"]
    old: int | None
    new: int | None
    text: str


class DiffBody(Reply):
    """What changed between two revisions."""

    id: str
    old: RevisionBody
    new: RevisionBody
    lines: list[DiffLineBody]


class StoredBody(Reply):
    """What adding an article did."""

    id: str
    change: Literal["added", "updated", "unchanged", "withdrawn", "deleted", "refused"]
    revision: str


class TakenBody(Reply):
    """What adding many articles did: a count of each outcome, and each line that was not taken, with the reason."""

    counts: dict[str, int]
    results: list[dict[str, Any]]


class ChangedBody(Reply):
    """What was done with an article."""

    id: str
    done: Literal["withdrawn", "reinstated", "deleted"]


class ProblemBody(Reply):
    """An error, by RFC 9457. `detail` says what to do."""

    type: str
    title: str
    status: int
    detail: str


class OpenAIErrorBody(Reply):
    """An error on the OpenAI-compatible routes."""

    error: dict[str, Any]


ADDED = {  # one article to add, in the fields of docs/readers.md
    "id": "harbour-reopens",
    "title": "Harbour reopens after storm",
    "paragraphs": ["The harbour reopened on Monday.", "Two cranes are still out of service."],
    "source": "news.example",
    "url": "https://news.example/harbour-reopens",
    "published_at": "2025-03-03T08:00:00Z",
}
