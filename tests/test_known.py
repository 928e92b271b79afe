"""What was made once and is looked up after."""

from rag.known import Known


def test_what_is_kept_is_bounded() -> None:
    """Each text is given to the function once, until as much is held as may be; then all begins anew."""
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    known = Known(length, most=2)
    assert [known[text] for text in ("a", "bb", "a", "ccc", "a")] == [1, 2, 1, 3, 1]
    assert asked == ["a", "bb", "ccc", "a"]
    assert len(known) <= 2
