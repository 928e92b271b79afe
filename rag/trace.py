"""What `explain` shows of a run, as plain values."""

from __future__ import annotations

from typing import Any

from index.passage import Hit
from rag.evidence import Judgement
from rag.verify import Verdict


def hit(hit: Hit) -> dict[str, Any]:
    span = hit.passage.span
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "parts": {name: round(value, 4) for name, value in hit.parts.items()},
        "article_id": hit.passage.article_id,
        "lines": [span.first_line, span.last_line],
    }


def judgement(judged: Judgement | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    return {
        "confidence": round(judged.confidence, 4),
        "features": {name: round(value, 4) for name, value in judged.features.items()},
        "missing": [*judged.missing.names, *judged.missing.other],
    }


def verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "support": str(verdict.support),
        "lines": [[line.article.article_id, line.line, line.label] for line in verdict.lines],
        "findings": [{"check": f.check, "verdict": str(f.verdict), "reason": f.reason} for f in verdict.findings],
    }
