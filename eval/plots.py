"""Plots as inline SVG, drawn by hand: no library, no request, colours from the page's own style.

Every plot is 360 units wide, so that its text stays readable at a phone's width. Classes, not style attributes, carry
the colours: they follow the page from light to dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 360
LEFT, RIGHT, TOP, BOTTOM = 38, 12, 10, 34


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y) with a name; `low` and `high`, where given, are the ends of each point's interval."""

    name: str
    points: tuple[tuple[float, float], ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A named share with its interval, and how many questions it rests on."""

    name: str
    value: float
    low: float
    high: float
    n: int


def _svg(height: float, label: str, parts: Sequence[Markup]) -> Markup:
    body = Markup("").join(parts)
    return Markup('<svg viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, label, body
    )


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>').format(
        x, y, anchor, kind, text
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>').format(x1, y1, x2, y2, kind)


def percent(value: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * value:.0f} %"


class _Axes:
    """A square of shares, or of other numbers along x, with its grid."""

    def __init__(self, height: float, x_low: float, x_high: float) -> None:
        self.height, self.x_low, self.x_high = height, x_low, x_high

    def x(self, value: float) -> float:
        span = (self.x_high - self.x_low) or 1.0
        return LEFT + (value - self.x_low) / span * (WIDTH - LEFT - RIGHT)

    def y(self, share: float) -> float:
        return self.height - BOTTOM - share * (self.height - TOP - BOTTOM)

    def grid(self, x_label: str, x_ticks: Sequence[tuple[float, str]]) -> list[Markup]:
        parts = []
        for step in range(5):
            share = step / 4
            parts.append(_line(LEFT, self.y(share), WIDTH - RIGHT, self.y(share), "grid"))
            parts.append(_text(LEFT - 5, self.y(share) + 4, percent(share), "tick", "end"))
        for value, text in x_ticks:
            parts.append(_text(self.x(value), self.height - BOTTOM + 15, text, "tick", "middle"))
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, self.height - 4, x_label, "axis", "middle"))
        return parts


def _path(points: Sequence[tuple[float, float]], kind: str) -> Markup:
    return Markup('<polyline points="{}" class="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in points), kind)


def _dot(x: float, y: float, kind: str, title: str, radius: float = 3.2) -> Markup:
    return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" class="{}"><title>{}</title></circle>').format(
        x, y, radius, kind, title
    )


def by_rank(series: Sequence[Series]) -> Markup:
    """Shares by how many results are looked at: one line per series, its interval as a band."""
    ranks = sorted({x for one in series for x, _ in one.points})
    height = 230.0 + 16 * len(series)
    axes = _Axes(230.0, 0, max(1, len(ranks) - 1))
    place = {rank: float(number) for number, rank in enumerate(ranks)}
    parts = axes.grid("results looked at", [(place[rank], f"{rank:.0f}") for rank in ranks])
    for number, one in enumerate(series):
        xs = [axes.x(place[x]) for x, _ in one.points]
        if one.low and one.high:
            band = [(x, axes.y(v)) for x, v in zip(xs, one.high, strict=True)]
            band += [(x, axes.y(v)) for x, v in reversed(list(zip(xs, one.low, strict=True)))]
            corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in band)
            parts.append(Markup('<polygon points="{}" class="band s{}"/>').format(corners, number))
        parts.append(_path([(x, axes.y(y)) for x, (_, y) in zip(xs, one.points, strict=True)], f"line s{number}"))
        for x, (rank, y) in zip(xs, one.points, strict=True):
            parts.append(_dot(x, axes.y(y), f"dot s{number}", f"{one.name}, first {rank:.0f}: {percent(y)}"))
        low = 230.0 + 16 * number + 8
        parts.append(_line(LEFT, low, LEFT + 18, low, f"line s{number}"))
        parts.append(_text(LEFT + 24, low + 4, one.name, "tick"))
    return _svg(height, "Retrieval by number of results", parts)


def risk_coverage(points: Sequence[tuple[float, float, float]]) -> Markup:
    """Wrong answers against answered questions, as (threshold, coverage, wrong), from strict to lenient."""
    axes = _Axes(230.0, 0, 1)
    parts = axes.grid("questions answered", [(n / 4, percent(n / 4)) for n in range(5)])
    parts.append(_path([(axes.x(c), axes.y(w)) for _, c, w in points], "line s3"))
    for threshold, coverage, wrong in points if len(points) <= 60 else [points[0], points[-1]]:
        title = (
            f"confidence from {threshold:.2f}: {percent(coverage)} answered, {percent(wrong)} of the answers wrong"
        )
        parts.append(_dot(axes.x(coverage), axes.y(wrong), "dot s3", title, 2.6))
    return _svg(230, "Wrong answers against answered questions", parts)


def reliability(bins: Sequence[tuple[float, float, int]]) -> Markup:
    """How often answers of a confidence were right, as (confidence, share right, n); the diagonal is perfect."""
    axes = _Axes(230.0, 0, 1)
    parts = axes.grid("how sure it was", [(n / 4, percent(n / 4)) for n in range(5)])
    parts.append(_line(axes.x(0), axes.y(0), axes.x(1), axes.y(1), "ideal"))
    parts.append(_path([(axes.x(sure), axes.y(right)) for sure, right, _ in bins], "line s0"))
    for sure, right, n in bins:
        title = f"{n} answers {percent(sure)} sure: {percent(right)} right"
        parts.append(_dot(axes.x(sure), axes.y(right), "dot s0", title, min(9.0, 2.5 + math.sqrt(n) / 1.6)))
    return _svg(230, "Confidence against what was right", parts)


def bars(rows: Sequence[Bar], label: str) -> Markup:
    """Shares by name, each with its interval as a whisker."""
    step, name_width, right = 34.0, 0.0, 46
    height = step * len(rows) + 6
    width = WIDTH - name_width - right
    parts = []
    for number, row in enumerate(rows):
        y = number * step
        title = f"{row.name}: {percent(row.value)} ({percent(row.low)} – {percent(row.high)}), {row.n} questions"
        parts.append(_text(name_width, y + 12, f"{row.name} ({row.n})", "tick"))
        parts.append(Markup('<rect x="0" y="{:.1f}" width="{:.1f}" height="9" class="track"/>').format(y + 17, width))
        parts.append(
            Markup('<rect x="0" y="{:.1f}" width="{:.1f}" height="9" class="bar"><title>{}</title></rect>').format(
                y + 17, max(1.0, width * row.value), title
            )
        )
        parts.append(_line(width * row.low, y + 21.5, width * row.high, y + 21.5, "whisker"))
        parts.append(_text(WIDTH, y + 26, percent(row.value), "tick strong", "end"))
    return _svg(height, label, parts)


def histogram(values: Sequence[float], label: str) -> Markup:
    """How many values fall where, in milliseconds; the axis is logarithmic when they spread over a decade."""
    low, high = max(1.0, min(values)), max(1.0, max(values))
    spread = high / low > 10
    bins = 16

    def place(value: float) -> float:
        value = max(low, value)
        if high == low:
            return 0.5
        return math.log(value / low) / math.log(high / low) if spread else (value - low) / (high - low)

    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(place(value) * bins))] += 1
    height, top = 190.0, max(counts)
    width = (WIDTH - LEFT - RIGHT) / bins
    parts = []
    for number, count in enumerate(counts):
        tall = count / top * (height - TOP - BOTTOM)
        parts.append(
            Markup(
                '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="bar"><title>{}</title></rect>'
            ).format(LEFT + number * width + 1, height - BOTTOM - tall, width - 2, tall, f"{count} questions")
        )
    parts.append(_line(LEFT, height - BOTTOM, WIDTH - RIGHT, height - BOTTOM, "grid"))
    for share in (0.0, 0.5, 1.0):
        value = low * (high / low) ** share if spread else low + share * (high - low)
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        parts.append(
            _text(LEFT + share * (WIDTH - LEFT - RIGHT), height - BOTTOM + 15, seconds(value), "tick", anchor)
        )
    parts.append(_text(LEFT - 5, TOP + 8, str(top), "tick", "end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, height - 4, "time to the whole answer", "axis", "middle"))
    return _svg(height, label, parts)


def seconds(milliseconds: float) -> str:
    """A time for a reader: `740 ms`, `2.1 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def highlighted(text: str, quote: str) -> Markup:
    """The text with the quote marked, where it holds it."""
    before, found, after = text.partition(quote) if quote else (text, "", "")
    if not found:
        return escape(text)
    return escape(before) + Markup("<mark>{}</mark>").format(found) + escape(after)
