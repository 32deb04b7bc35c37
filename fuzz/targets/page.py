"""Any bytes as an article page: a verdict, not an exception; text that can be stored."""

from __future__ import annotations

import re
import unicodedata

from pipeline.clean.content import OK, QUARANTINED, SKIPPED
from pipeline.clean.page import clean_page

INSTRUMENT = ("trafilatura", "htmldate", "justext")
MAX_LEN = 8_192
DICTIONARY = (
    "<html>", "<article>", "<p>", "<h1>", "<meta property='og:title' content='", "<script type='application/ld+json'>",
    '{"@type":"NewsArticle","headline":"', '"datePublished":"', "<time datetime='", "<link rel='canonical' href='",
    "<table>", "<svg>", "<math>", "<template>", "<!--", "<![CDATA[", "<noscript>", "<title>", "<base href='", "&#0;",
    "&#xD800;", "<p><p><p>", "<li>", "<blockquote>", "<time>", "<span class='author'>", "</html>",
)  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def check(data: bytes) -> None:
    """The bytes as they are."""
    content = clean_page(data, url="https://www.dockside.example/news/2026/11/23/quay-reopens.html")
    judgement = content.judgement
    assert judgement.verdict in (OK, QUARANTINED, SKIPPED)
    assert (judgement.verdict == OK) == (judgement.reason is None)
    assert 0.0 <= judgement.quality <= 1.0
    assert content.text == unicodedata.normalize("NFC", content.text)
    for text in (content.text, content.title, content.description, content.section, *content.authors):
        assert not _CONTROL.search(text or ""), ascii(text)
    if content.published is not None:
        assert content.published.at.utcoffset() is not None
        assert 0.0 <= content.published.confidence <= 1.0
