"""Hits grown by the lines around them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.context import grown, unshown
from index.lines import Lines
from index.passage import Span


def whole(lines: Lines, first: int, last: int) -> Span:
    """The span of some whole lines."""
    return Span(first, last, *lines.span(first, last))


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30), min_size=1, max_size=12),
    st.integers(0, 200),
    st.data(),
)
def test_a_grown_span_is_whole_lines_within_its_size(texts: list[str], characters: int, data: st.DataObject) -> None:
    """It holds the span it came from, keeps to the size unless that was longer, and takes no line of another hit."""
    lines = Lines("\n".join(texts))
    first = data.draw(st.integers(1, len(lines)))
    span = whole(lines, first, data.draw(st.integers(first, len(lines))))
    free = [number for number in range(1, len(lines) + 1) if not span.first_line <= number <= span.last_line]
    taken = [whole(lines, number, number) for number in data.draw(st.lists(st.sampled_from(free or [1]), max_size=3))]
    if not free:
        taken = []
    made = grown(span, lines, characters, taken)
    assert made.first_line <= span.first_line <= span.last_line <= made.last_line
    assert (made.start, made.end) == lines.span(made.first_line, made.last_line)
    assert made == span or made.end - made.start <= characters
    assert not {other.first_line for other in taken} & set(range(made.first_line, made.last_line + 1))


def test_it_grows_after_and_before_in_turn() -> None:
    """With room for two more lines it takes one on each side."""
    lines = Lines("\n".join("abcde"))
    assert grown(whole(lines, 3, 3), lines, 5) == whole(lines, 2, 4)


def test_a_part_of_a_long_line_stays_when_another_part_is_shown_too() -> None:
    """Two hits in one long line do not both become the whole line; one alone does."""
    lines = Lines("one two three\nfour")
    part, other = Span(1, 1, 0, 3), Span(1, 1, 4, 7)
    assert grown(part, lines, 100, [other]) == part
    assert grown(part, lines, 100) == whole(lines, 1, 2)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=9), min_size=1, max_size=12),
    st.data(),
)
def test_no_line_is_left_that_was_shown(texts: list[str], data: st.DataObject) -> None:
    """What is left of a span lies in it, shares no line with what was shown, and is nothing only if all was."""
    lines = Lines("\n".join(texts))

    def drawn() -> Span:
        first = data.draw(st.integers(1, len(lines)))
        return whole(lines, first, data.draw(st.integers(first, len(lines))))

    span, shown = drawn(), [drawn() for _ in range(data.draw(st.integers(0, 3)))]
    seen = {number for other in shown for number in range(other.first_line, other.last_line + 1)}
    own = set(range(span.first_line, span.last_line + 1))
    left = unshown(span, lines, shown)
    if left is None:
        outside = [number for number in sorted(own - seen) if lines[number].text.strip()]
        assert not outside or seen & own
    else:
        assert set(range(left.first_line, left.last_line + 1)) <= own
        assert not set(range(left.first_line, left.last_line + 1)) & {n for n in seen if lines[n].text}
        assert (left.start, left.end) == lines.span(left.first_line, left.last_line)


def test_what_a_better_hit_shows_is_cut_off() -> None:
    """Before, after and wholly inside; of a line in parts, the part that is not shown stays."""
    lines = Lines("\n".join("abcdef"))
    assert unshown(whole(lines, 2, 4), lines, [whole(lines, 1, 2)]) == whole(lines, 3, 4)
    assert unshown(whole(lines, 2, 4), lines, [whole(lines, 4, 6)]) == whole(lines, 2, 3)
    assert unshown(whole(lines, 2, 4), lines, [whole(lines, 1, 5)]) is None
    assert unshown(Span(1, 1, 4, 7), Lines("one two three"), [Span(1, 1, 0, 3)]) == Span(1, 1, 4, 7)
