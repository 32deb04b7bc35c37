"""Lines: furniture goes in every language, prose stays."""

from __future__ import annotations

import pytest

from pipeline.clean.language import detect_language
from pipeline.clean.lines import article_lines, count_words, sifted, tidy
from pipeline.clean.plain_text import read_plain_text
from pipeline.folding import fold_words
from tests.clean.newspage import clean_lines

BODY = clean_lines()


@pytest.mark.parametrize(
    "residue",
    [
        "Advertisement", "ADVERTISEMENT:", "Tags", "Share this", "Read more", "3 min read", "Comments", "Anzeige",
        "Lesen Sie auch: Ruderer siegen im Regen", "Publicité", "Lire aussi : Les rameurs gagnent", "Publicidad",
        "Te puede interesar: Los remeros ganan", "Leia também", "Reklama", "Читайте также", "إعلان", "اقرأ أيضًا",
        "اقرأ أيضا: فوز المجدفين تحت المطر", "اشتہار", "مزید پڑھیں", "یہ بھی پڑھیں: بارش میں جیت",
        "विज्ञापन", "広告", "광고",
    ],
)  # fmt: skip
def test_residue_goes_wherever_it_stands(residue: str) -> None:
    assert article_lines([BODY[0], residue, *BODY[1:]], []) == BODY
    assert article_lines([*BODY, residue], []) == BODY


@pytest.mark.parametrize(
    "prose",
    [
        "Read more than one paper a day, the mayor advised pupils at the school on Monday.",
        "“Share this bridge with us,” the farmers had written on a banner at the ferry.",
        "Tags on the sheep are blue, those on the cattle yellow, the county vet explained.",
        "Advertisement revenue of the paper fell by a tenth last year.",
        "More: that was all the children wanted, and the cook gave it to them with both hands and a smile, she said, "
        "because nobody had eaten since the ferry broke down on Thursday morning.",
        "Related industries in the valley employ nine hundred people, half of them women.",
    ],
)
def test_prose_that_begins_alike_stays(prose: str) -> None:
    assert prose in article_lines([*BODY[:2], prose, *BODY[2:]], [])


def test_broad_rules_do_not_reach_into_the_middle() -> None:
    long = [f"{line} Part {n} of the report." for n in range(6) for line in BODY]
    middle = [*long[:12], "Source: county archive", *long[12:]]
    assert "Source: county archive" in article_lines(middle, [])
    assert "Source: county archive" not in article_lines([*long, "Source: county archive"], [])


def test_a_closing_block_of_links_goes_whole() -> None:
    tail = ["You may also like", "Rowers win in the rain", "Ten recipes with plums", "What the ferry cost"]
    assert article_lines([*BODY, *tail], []) == BODY


def test_a_heading_in_the_text_is_no_closing_block() -> None:
    text = [BODY[0], "Comments", *BODY[1:]]
    assert article_lines(text, []) == BODY


def test_a_repeated_paragraph_stands_once() -> None:
    assert article_lines([*BODY, BODY[0]], []) == BODY


def test_each_line_that_goes_has_its_reason() -> None:
    title = "Lower Arden will rebuild its bridge"
    marked = [
        (title, "headline, byline or date"),
        ("By Nora Quill", "headline, byline or date"),
        (BODY[0], None),
        ("Advertisement", "residue"),
        (BODY[1], None),
        ("Write to the Valley Post, and win a jar of plums!", "repeated by this site"),
        (BODY[2], None),
        (BODY[0], "said before"),
        (BODY[3], None),
        ("Source: county archive", "residue at the ends"),
        ("You may also like", "a closing block of links"),
        ("Rowers win in the rain", "a closing block of links"),
    ]
    repeated = frozenset({fold_words("Write to the Valley Post, and win a jar of plums!")})
    lines = [line for line, _ in marked]
    assert sifted(lines, [title], repeated) == marked
    assert article_lines(lines, [title], repeated) == [line for line, why in marked if why is None]


def test_a_line_that_the_outlet_repeats_goes_in_any_case_and_punctuation_but_only_whole() -> None:
    repeated = frozenset({fold_words("The Valley Post is read in nine villages.")})
    longer = "The Valley Post is read in nine villages, and in the town."
    assert article_lines([*BODY, "THE VALLEY POST is read in nine villages!", longer], [], repeated) == [*BODY, longer]
    assert len(article_lines([*BODY, "The Valley Post is read in nine villages."], [])) == len(BODY) + 1


def test_markup_and_data_that_leaked_into_text() -> None:
    raw = 'The <a href="https://x.example">bridge</a> stays.\n{"@context":"https://schema.org","@type":"NewsArticle","id":"1"}'
    assert tidy(raw) == ["The bridge stays."]


def test_a_text_of_nothing_but_furniture_is_empty() -> None:
    assert article_lines(["Advertisement", "Tags"], []) == []


@pytest.mark.parametrize(("text", "words"), [("Don't stop U.N. talks", 4), ("橋を再建する", 3), ("", 0), ("— …", 0)])
def test_words(text: str, words: int) -> None:
    assert count_words(text) == words


def test_plain_text_with_hard_line_breaks() -> None:
    title, body = read_plain_text(
        "Lower Arden will rebuild its bridge\n\nThe council decided on Monday to rebuild\nthe old bridge over the "
        "river\nWenn.\n\nThe work begins in March, said the\nmayor, Tilda Brask.\n\nAdvertisement\n"
    )
    assert title == "Lower Arden will rebuild its bridge"
    assert body == [
        "The council decided on Monday to rebuild the old bridge over the river Wenn.",
        "The work begins in March, said the mayor, Tilda Brask.",
    ]


def test_plain_text_that_begins_with_prose_has_no_title() -> None:
    title, body = read_plain_text("\r\n".join(BODY))
    assert title is None
    assert body == BODY


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (BODY[0], "en"),
        ("Der Rat hat am Montag beschlossen, die alte Brücke über den Fluss wieder aufzubauen.", "de"),
        ("Le conseil a décidé lundi de reconstruire le vieux pont sur la rivière après deux ans.", "fr"),
        ("El consejo decidió el lunes reconstruir el viejo puente sobre el río después de dos años.", "es"),
        ("قرر المجلس يوم الاثنين إعادة بناء الجسر القديم فوق النهر بعد عامين من المحادثات.", "ar"),
        ("کونسل نے پیر کے روز دریا پر پرانے پل کو دوبارہ تعمیر کرنے کا فیصلہ کیا ہے۔", "ur"),
        ("شورا روز دوشنبه تصمیم گرفت پل قدیمی روی رودخانه را پس از دو سال بازسازی کند.", "fa"),
        ("Совет решил в понедельник восстановить старый мост через реку.", "ru"),
        ("परिषद ने सोमवार को नदी पर पुराने पुल को फिर से बनाने का फैसला किया।", "hi"),
        ("評議会は月曜日、川に架かる古い橋を再建することを決めた。", "ja"),
        ("委员会周一决定重建河上的旧桥，预计工程将于明年春天开始。", "zh"),
        ("의회는 월요일 강 위의 오래된 다리를 재건하기로 결정했다.", "ko"),
    ],
)
def test_languages(text: str, language: str) -> None:
    found, score = detect_language(text)
    assert found == language
    assert score is not None
    assert 0 < score <= 1


def test_language_of_the_text_wins_over_what_is_expected() -> None:
    assert detect_language(" ".join(BODY), "de")[0] == "en"


def test_no_letters_no_language() -> None:
    assert detect_language("12 – 34 … !") == (None, None)


def test_a_question_that_comes_again_and_again_stays_and_a_second_copy_goes() -> None:
    question = "What made you want to build boats out of paper in the first place?"
    twice = "The exhibition stays open until the first of March, and then goes to Kilmore."
    told = [question, "My uncle did.", twice, question, "The rain did, in June.", question, "Nothing did.", twice]
    assert article_lines(told, []) == [*told[:-1]]
    assert article_lines([question] * 4 + ["An answer of its own."], []) == [question, "An answer of its own."]
