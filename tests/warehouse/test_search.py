"""`core.search` on a real Postgres: which words find which article, in what order, and how it is shown."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.errors import ConfigError
from pipeline.folding import fold_letters
from pipeline.ops.takedown import take_down
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.search import Asked, FoundArticle, search
from tests.warehouse.nights import FIRST_SEEN, NIGHT, Seen, rows, run

pytestmark = pytest.mark.db
HOME = "https://tribune.example/2026/11/19/"
TEXTS = {
    "elections": ("en", "Votes are counted", "The elections were close, said the Bank of England on Monday."),
    "prime": (
        "en",
        "Quiet day in parliament",
        "The prime minister met José Gutiérrez, a minister of prime importance.",
    ),
    "wahlen": ("de", "Wahlen in Bremen", "Die Häuser am Hafen und die Straße werden teurer."),
    "elus": ("fr", "Élection à Paris", "Les députés ont été élus ; les manifestants décidés sont restés."),
    "arabic": ("ar", "اجتماع في بريمن", "قال الرئيس إن الانتخابات قريبة جدا"),
    "urdu": ("ur", "کراچی میں بارش", "بندرگاہ پر کام رک گیا ہے"),
    "japanese": ("ja", "東京の天気", "東京都は雨です。"),
    "unknown": (None, "Zorbu kaltim", "Elections zorbu kaltim."),
}


@pytest.fixture
def articles(warehouse: None, landing_zone: object) -> None:
    run([Seen(HOME + key, title=title, text=body, language=code) for key, (code, title, body) in TEXTS.items()])


def found(words: str, **limits: Any) -> list[str]:
    return [article.url.removeprefix(HOME) for article in asked(words, **limits)]


def found_or_refused(words: str) -> list[str]:
    """Nothing else may happen: no error of Postgres, and a refusal says that there is no word."""
    told = ""
    try:
        return found(words)
    except ConfigError as error:
        told = str(error)
    assert "no word" in told
    return []


def asked(words: str, **limits: Any) -> list[FoundArticle]:
    with db.reading("analyst") as connection:
        return search(connection, Asked(words, **limits))


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("election", {"elections", "elus"}),  # English plural; the French headline in its own form
        ("ELECTIONS", {"elections", "elus", "unknown"}),  # without a known language: as it is written
        ("Wahl", {"wahlen"}),
        ("haus", {"wahlen"}),
        ("strasse", {"wahlen"}), ("STRASSE", {"wahlen"}), ("Straße", {"wahlen"}),
        ("gutierrez", {"prime"}), ("Gutiérrez", {"prime"}), ("GUTIÉRREZ jose", {"prime"}),
        ("décidée", {"elus"}), ("député", {"elus"}), ("depute", {"elus"}),
        ("رئيس", {"arabic"}), ("الانتخابات", {"arabic"}), ("بارش", {"urdu"}),
        ("東京都は雨です", {"japanese"}), ("東京", set()),  # no word breaks: only whole runs of signs
        ('"prime minister"', {"prime"}), ('"minister prime"', set()), ("minister prime", {"prime"}),
        ('"bank of england"', {"elections"}), ('"bank england"', set()), ('"the elections were"', {"elections"}),
        ('"election were"', set()),  # within quotes nothing but the words as written
        ('"counted the"', set()),  # headline and text are no phrase
        ("election -england", {"elus"}), ("elections -election", {"unknown"}), ('minister -"prime minister"', set()),
        ("wahl OR minister", {"wahlen", "prime"}), ("die", {"wahlen"}),
        ("dying", set()),  # its English stem is a German article; languages are not mixed
        ("who", set()), ("of", {"elections", "prime"}), ("zorbu", {"unknown"}),
    ],
)  # fmt: skip
def test_words_find_articles(words: str, keys: set[str]) -> None:
    assert set(found(words)) == keys


@pytest.mark.usefixtures("articles")
def test_limits() -> None:
    assert found("election", language="en") == ["elections"]
    assert found("election", language="fr") == ["elus"]
    assert found("election", title_only=True) == ["elus"]
    assert found("minister", title_only=True) == []
    assert found("wahl", source="tribune", since=date(2026, 11, 19), until=date(2026, 11, 19)) == ["wahlen"]
    assert found("wahl", since=date(2026, 11, 20)) == found("wahl", until=date(2026, 11, 18)) == []
    assert len(found("elections", limit=1)) == 1


@pytest.mark.usefixtures("articles")
def test_a_headline_counts_more_than_a_text() -> None:
    run([Seen(HOME + "ports", title="Nothing new", text="Ports here. " * 3 + "Rain, wind and fog."),
         Seen(HOME + "port", title="The port", text="Rain, wind and fog on every day of the long week.")])  # fmt: skip
    assert found("port") == ["port", "ports"]


@pytest.mark.parametrize(
    ("words", "limits", "told"),
    [
        ("", {}, "no word to search for"), ("  ... !", {}, "no word to search for"),
        ("-fraud", {}, "no word that must be there"), ("bank OR -fraud", {}, "no word that must be there"),
        ("x" * 100_000, {}, "too long"), (" ".join(f"w{n}" for n in range(41)), {}, "too many words"),
        ("a\x00b", {}, "is not text"), ("caf\udce9", {}, "is not text"),
        ("bank", {"language": "d\x00e"}, "is not text"), ("bank", {"source": "caf\udce9"}, "is not text"),
        ("bank", {"language": "xx"}, "core.language"), ("bank", {"source": "x'y"}, "core.source"),
        ("bank", {"limit": 0}, "1 to 2000"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("warehouse")
def test_what_cannot_be_searched_for_is_told(words: str, limits: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        asked(words, **limits)


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize("words", ["'", "bank' | 'x", "a\\b", "\\'", "'' \\\\ bank", "bank:*", "bank & !x", '"', '"bank',
    "((", "x <-> y", "=en", "en:elect", "http://a.b/c?d='e'", "o'neill", "zz:A", "--x y", "%s %% :words", "\u200f\u202e x"])  # fmt: skip
def test_odd_words_are_words(words: str) -> None:
    assert set(found_or_refused(words)) <= {"elections"}


@pytest.mark.usefixtures("articles")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("ab'\"\\ -|&!():*<>%=éßﱞ½…1./@\u200c OR"), max_size=30))
def test_any_words_are_searched_for_or_refused(words: str) -> None:
    assert len(found_or_refused(words)) <= len(TEXTS)


@pytest.mark.usefixtures("articles")
def test_the_snippet_is_the_text_as_written() -> None:
    (article,) = asked("gutierrez")
    assert article.snippet == "The prime minister met José **Gutiérrez**, a minister of prime importance."
    (article,) = asked('"bank of england"')
    assert article.snippet == "The elections were close, said the **Bank of England** on Monday."
    (article,) = asked("election", language="en")
    assert "The **elections** were" in article.snippet
    (article,) = asked("election", language="fr")
    assert article.snippet.startswith("Les députés"), "found in the headline: the text from its beginning"
    (article,) = asked("haus strasse")
    assert article.snippet == "Die **Häuser** am Hafen und die **Straße** werden teurer."


@pytest.mark.usefixtures("warehouse", "landing_zone")
def test_a_snippet_holds_no_markup_and_no_control_characters() -> None:
    body = 'Ferry <script>alert("x")</script> \x1b[31mred **bold** \u202efdp\u2066 <img src=x onerror=y> &lt;b&gt; ends\nhere.'
    run([Seen(HOME + "a", title="t", text=body, language="en")])
    (article,) = asked("ferry")
    assert not set(article.snippet) & set("<>\x1b\u202e\u2066\n\x02\x03")
    assert article.snippet.startswith("**Ferry** ‹script›alert")
    assert "**bold" not in article.snippet


@pytest.mark.usefixtures("warehouse", "landing_zone")
def test_a_snippet_shows_the_place_in_a_long_text() -> None:
    run([Seen(HOME + "a", text="Fog came. " * 400 + "At noon the ferry sank. " + "Rain fell. " * 400)])
    snippet = asked("ferry")[0].snippet
    assert "the **ferry** sank" in snippet
    assert (snippet[:2], snippet[-2:]) == ("… ", " …")
    assert len(snippet) < 400


@pytest.mark.usefixtures("warehouse", "landing_zone")
def test_of_very_many_the_newest_are_ranked_and_that_is_told() -> None:
    run([Seen(HOME + "a", first_seen_at=FIRST_SEEN, language="en")])
    with db.engine("owner").begin() as connection:
        connection.execute(text(_MANY))
    result = asked("cranes", limit=2_000)
    assert len(result) == 2_000
    assert {article.looked_back_to for article in result} == {date(2026, 10, 11)}
    assert min(article.first_seen_at.date() for article in result) == date(2026, 10, 11)
    older = asked("cranes", limit=2_000, until=date(2026, 10, 11))
    assert len(older) == 549, "the 499 that were not looked at, and those of the day at which it was cut"
    assert {article.looked_back_to for article in older} == {None}
    assert asked("cranes", since=date(2026, 10, 12))[0].looked_back_to is None


@pytest.mark.usefixtures("articles")
def test_quarantined_edited_and_removed_articles_are_not_found_by_what_they_said(landing_zone: object) -> None:
    later = NIGHT + timedelta(days=1)
    run([Seen(HOME + "teaser", text="Subscribe to zebras.", verdict="quarantined", verdict_reason="teaser")])
    assert found("zebras") == []
    run([Seen(HOME + "wahlen", title="Wahlen in Bremen", text="Die Läden am Markt werden teurer als in dem Jahr davor.",
              language="de", fetched_at=later)], night=later)  # fmt: skip
    assert (found("haus"), found("markt")) == ([], ["wahlen"])
    take_down([url_key(HOME + "prime")], (), reason="asked for", now=later)
    assert found("gutierrez") == []
    assert rows("SELECT count(*) FROM core.article_search") == rows("SELECT count(*) FROM core.article")


@pytest.mark.usefixtures("articles")
def test_the_query_counts_all_matches() -> None:
    with db.reading("analyst") as connection:
        statement = "SELECT count(*) FROM core.article_search WHERE words @@ core.search_query('wahl OR elections')"
        assert connection.scalar(text(statement)) == 4


def _folded_in_sql(texts: list[str]) -> list[str]:
    with db.reading() as connection:
        statement = (
            "SELECT core.fold_letters(t) FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS u (t, n) ORDER BY n"
        )
        return list(connection.scalars(text(statement), {"texts": texts}))


def test_postgres_folds_each_letter_as_python_does(warehouse: None) -> None:
    letters = [
        chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x1F900)) if unicodedata.category(chr(code)) != "Cn"
    ]
    folded = _folded_in_sql([f"a{letter}b" for letter in letters])
    assert [letter for letter, own in zip(letters, folded, strict=True) if own != fold_letters(f"a{letter}b")] == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00")), max_size=20))
def test_postgres_folds_texts_as_python_does(warehouse_server: None, texts: list[str]) -> None:
    assert _folded_in_sql(texts) == [fold_letters(each) for each in texts]


def test_what_load_writes_is_what_the_database_would(warehouse: None, landing_zone: object) -> None:
    many = " ".join(f"https://a{n}.example/b-{n}/c{n}" for n in range(6_000))
    odd = "abcﱞ ŉ " + " ".join(f"wörd{n:05}en" for n in range(20_000))
    run(
        [
            Seen(HOME + "a", text=many),
            Seen(HOME + "b", text=odd, language="de"),
            Seen(HOME + "c", text=f"{odd} c", language="ar"),
        ]
    )
    assert rows(
        "SELECT count(*) FROM core.article_search s JOIN core.article a USING (article_id) JOIN core.article_revision r"
        " USING (article_id) WHERE s.words = core.article_words(r.title, r.text, a.language)"
    ) == [(3,)]  # fmt: skip
    assert found("wörd00007en")
    assert not found("wörd19999en"), "beyond 100,000 characters nothing is found"


_MANY = """
WITH copied AS (
    INSERT INTO core.article (url_key, first_seen_on, source_id, url, revision_no, title, language, published_precision,
        first_seen_at, fetched_at, loaded_at, publisher_tags, word_count, quality, quality_reasons, is_paywalled,
        text_sha256, content_digest, clean_maker_id, tag_maker_id, run_key)
    SELECT 'k' || n, d.day, source_id, url || n, 1, title, language, 'none', d.day::timestamptz, d.day::timestamptz,
        loaded_at, '{}', word_count, quality, '{}', false, text_sha256, 'd', clean_maker_id, tag_maker_id, run_key
    FROM core.article, generate_series(1, 2499) AS n,
        LATERAL (SELECT date '2026-11-19' - (n - 1) / 50 AS day) AS d
    RETURNING article_id, first_seen_on, first_seen_at, source_id
), revision AS (
    INSERT INTO core.article_revision (article_id, first_seen_on, revision_no, cause, recorded_at, title, text,
        text_sha256, word_count, page_id, page_sha256, maker_id, run_key)
    SELECT c.article_id, c.first_seen_on, 1, 'new', c.first_seen_at, r.title, r.text, r.text_sha256, r.word_count,
        r.page_id, r.page_sha256, r.maker_id, r.run_key
    FROM copied c, core.article_revision r
)
INSERT INTO core.article_search (article_id, first_seen_on, first_seen_at, source_id, words)
SELECT c.article_id, c.first_seen_on, c.first_seen_at, c.source_id, s.words FROM copied c, core.article_search s
"""
