"""What `explain` shows of a run, as plain values."""

from __future__ import annotations

from typing import Any

from index.passage import Hit
from rag.evidence import Judgement
from rag.verify import Verdict


def plain(step: Any) -> Any:
    """Steps as plain values. Most are made for who asks to see them, and only then are they looked at so closely."""
    if isinstance(step, dict):
        return {name: plain(value) for name, value in step.items()}
    if isinstance(step, list):
        return [plain(value) for value in step]
    if isinstance(step, Hit):
        return _hit(step)
    if isinstance(step, Judgement):
        return _judgement(step)
    return _verdict(step) if isinstance(step, Verdict) else step


def _hit(hit: Hit) -> dict[str, Any]:
    span = hit.passage.span
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "parts": {name: round(value, 4) for name, value in hit.parts.items()},
        "article_id": hit.passage.article_id,
        "lines": [span.first_line, span.last_line],
    }


def _judgement(judged: Judgement) -> dict[str, Any]:
    return {
        "confidence": round(judged.confidence, 4),
        "features": {name: round(value, 4) for name, value in judged.features.items()},
        "missing": [*judged.missing.names, *judged.missing.other],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "support": str(verdict.support),
        "lines": [[line.article.article_id, line.line, line.label] for line in verdict.lines],
        "findings": [{"check": f.check, "verdict": str(f.verdict), "reason": f.reason} for f in verdict.findings],
    }
