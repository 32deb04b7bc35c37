"""Pages of an invented outlet, the Valley Post, as its templates would give them in November 2026."""

from __future__ import annotations

SENTENCES = (
    "The council of Lower Arden decided on Monday to rebuild the old bridge over the river Wenn.",
    "Mayor Tilda Brask said the work would begin in March and cost four million pounds.",
    "Farmers on the far bank have driven forty minutes to the market since the flood of 2024.",
    "A first plan had failed because the county refused to pay for a cycle path.",
    "Engineers from Kilmore University checked the two remaining piers in August.",
    "They found that the stone would carry lorries of up to twelve tonnes.",
    "The ferry that replaced the bridge carried 1,200 people a day and broke down in October.",
    "Shopkeepers in the High Street hope that visitors will return by the summer of 2028.",
)
TITLE = "Lower Arden will rebuild its flooded bridge"
JSON_LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
 {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "name": "Home"},
  {"@type": "ListItem", "name": "Region"}]},
 {"@type": "NewsArticle", "headline": "Lower Arden will rebuild its flooded bridge",
  "datePublished": "2026-11-23T08:15:00+01:00", "articleSection": "Region",
  "author": [{"@type": "Person", "name": "Nora Quill"}, {"@type": "Organization", "name": "Valley Post"}],
  "publisher": {"@type": "Organization", "name": "Valley Post"}, "keywords": "bridges, Lower Arden"}]}</script>"""


def paragraphs(sentences: tuple[str, ...] = SENTENCES) -> str:
    """One <p> for each pair of sentences."""
    pairs = [" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)]
    return "".join(f"<p>{pair}</p>\n" for pair in pairs)


def page(body: str | None = None, head: str = "", *, title: str = TITLE, language: str = "en") -> str:
    """A whole page: navigation, the article, a box of related links, a footer."""
    return f"""<!DOCTYPE html><html lang="{language}"><head><title>{title} | Valley Post</title>
<meta property="og:site_name" content="Valley Post">{head}</head><body>
<header><nav><a href="/">Home</a> <a href="/region">Region</a> <a href="/sport">Sport</a></nav></header>
<main><article><h1>{title}</h1>
{paragraphs() if body is None else body}</article>
<aside class="related"><h2>Related</h2><a href="/a">Rowers win in the rain</a></aside></main>
<footer><a href="/imprint">Imprint</a> © 2026 Valley Post</footer></body></html>"""


def clean_lines() -> list[str]:
    """What cleaning must give for `page()`."""
    return [" ".join(SENTENCES[i : i + 2]) for i in range(0, len(SENTENCES), 2)]
