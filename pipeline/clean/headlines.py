"""What a page's <title> adds to its headline: the outlet's name behind or before it. Pure strings.

The choice of the title takes it for a name of the outlet and cuts it off. Parts compare by `fold_name`.
"""

from __future__ import annotations

import re

from pipeline.folding import fold_name

SEPARATOR = re.compile(
    r"\s+[|–—―‒·•»›«‹:~/\\・-]+\s+|\s*[|｜∣│┃‖¦]+\s*|\s*[＿]\s*|(?<=\S)\s+::\s+|"
    r"(?<=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af」』】!?！？])\s*[_：–—-]+\s*(?=\S)|(?<=\S)\s*_(?=[\u3400-\u9fff])|"
    r"\s+<\s+|\s*【(?=[^】]*】$)|(?<=】)"
)
"""Between headline and outlet: a bar anywhere, a dash or colon between spaces, and between wide characters also
without them (`…決定：サイト名`, `…回应_新浪网`)."""
MAX_SUFFIX_WORDS = 8


def suffix_of(title_tag: str, headline: str) -> str | None:
    """What the title tag adds behind or before the headline, without the separator; None if nothing or no match.

    `suffix_of("Bridge to be rebuilt | Valley Post", "Bridge to be rebuilt")` is `"Valley Post"`. The headline must
    stand in the tag as a whole; cut-off headlines (`Bridge to be… | Valley Post`) count from eight characters on.
    What is added is at most eight words: more is a second headline.
    """
    whole, wanted = " ".join(title_tag.split()), " ".join(headline.split())
    if not wanted or (len(whole) <= len(wanted) and "…" not in whole and "..." not in whole):
        return None
    for split in SEPARATOR.finditer(whole):
        front, back = whole[: split.start()].strip(), whole[split.end() :].strip(" 】")
        if _same(front, wanted):
            return _short(back)
        if _same(back, wanted):
            return _short(front)
    return None


def _same(part: str, headline: str) -> bool:
    a, b = fold_name(part), fold_name(headline)
    if not a:
        return False
    is_cut = part.rstrip().endswith(("…", "...")) and len(a) >= 8
    return a == b or (is_cut and b.startswith(a))


def _short(text: str) -> str | None:
    return text if text and len(text.split()) <= MAX_SUFFIX_WORDS and len(text) <= 80 else None
