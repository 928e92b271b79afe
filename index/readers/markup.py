"""HTML to paragraphs, for fragments: the bodies of feed entries and of wire items."""

from __future__ import annotations

import lxml.html  # type: ignore[import-untyped]
from lxml import etree

from index.errors import UnreadableInput

_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "fieldset",
        "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "summary", "table", "tbody", "thead", "tfoot", "tr", "ul"
    )
)  # fmt: skip
_NOT_TEXT = frozenset(
    (
        "audio", "button", "canvas", "figcaption", "figure", "form", "head", "iframe", "input", "math",
        "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "video"
    )
)  # fmt: skip


def parse_html(content: str) -> lxml.html.HtmlElement:
    """The tree of a page or fragment. Raises UnreadableInput when there is none."""
    # As bytes, because text with an encoding declaration is refused by the parser.
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = lxml.html.document_fromstring(content.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableInput(f"is not HTML that can be read ({error}); save the page again") from error
    if tree is None:
        raise UnreadableInput("is not HTML that can be read; save the page again")
    return tree


def join_line_breaks(tree: lxml.html.HtmlElement) -> None:
    """Turn each lone <br> into a space: it breaks a line, not a paragraph. Two in a row stay."""
    for line_break in list(tree.iter("br")):
        before, after = line_break.getprevious(), line_break.getnext()
        if before is not None and before.tag == "br" and not (before.tail or "").strip():
            continue
        if after is not None and after.tag == "br" and not (line_break.tail or "").strip():
            continue
        line_break.tail = " " + (line_break.tail or "")
        line_break.drop_tag()


def html_paragraphs(fragment: str) -> list[str]:
    """The paragraphs of a fragment of HTML, without scripts, figures and forms; of plain text, itself."""
    if "<" not in fragment and "&" not in fragment:
        return [fragment]
    tree = parse_html(f"<div>{fragment}</div>")
    join_line_breaks(tree)
    paragraphs: list[str] = []
    words: list[str] = []

    def end() -> None:
        if text := " ".join("".join(words).split(" ")).strip():
            paragraphs.append(text)
        words.clear()

    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _NOT_TEXT:
                walker.skip_subtree()
                continue
            if tag in _BLOCKS or tag == "br":
                end()
            elif tag in {"td", "th"} and any(word.strip() for word in words):
                words.append(" | ")
            words.append((element.text or "").replace("\n", " "))
        else:
            if tag in _BLOCKS:
                end()
            words.append((element.tail or "").replace("\n", " "))
    end()
    return paragraphs


def html_text(fragment: str) -> str:
    """A fragment as one line of text, for headlines that come with tags or entities."""
    return " ".join(html_paragraphs(fragment))
