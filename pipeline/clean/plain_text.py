"""Plain text (a clipping in a drop folder): the first line is the headline, every further line a paragraph."""

from __future__ import annotations

from pipeline.clean.lines import article_lines, first_headline, is_sentence, tidy


def read_plain_text(text: str) -> tuple[str | None, list[str]]:
    """Headline (None if the first line is prose) and body paragraphs without residue.

    Where blank lines divide paragraphs and single newlines only wrap them, the wrapped lines are joined.
    """
    title, rest = first_headline(read_lines(text))
    return title, article_lines(rest, [title] if title else [])


def read_lines(text: str) -> list[str]:
    """All lines of the text, wrapped ones joined."""
    return tidy(_unwrapped(text))


def _unwrapped(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = [block.strip("\n").split("\n") for block in plain.split("\n\n")]
    lines = [line for block in blocks for line in block if line.strip()]
    longest = max((len(line) for line in lines), default=0)
    open_ends = [line for block in blocks for line in block[:-1] if line.strip() and not is_sentence(line)]
    # Hard-wrapped mail or agency text: no line over 100 characters, and most inner lines end mid-sentence.
    if longest > 100 or len(open_ends) < 0.6 * max(1, len(lines) - len(blocks)) or len(lines) <= len(blocks):
        return plain
    return "\n".join(" ".join(line.strip() for line in block) for block in blocks)
