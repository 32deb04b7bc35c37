"""Languages other than English: invented paragraphs, each with what must be found and what must not."""

from __future__ import annotations

import itertools

import pytest

from pipeline.records import MentionMethod
from pipeline.tag.interfaces import EntityMention, TagContext
from pipeline.tag.rules.recogniser import BARE_SHAPE_ABROAD, KNOWN_ABROAD, SHAPE_ABROAD, UNCASED_SCORE, RuleRecogniser

# language, text, entities that must be found, and surfaces of which none may be found
PARAGRAPHS = [
    ("ru", "Министры встретились в Москве, а затем вылетели в Лондон. Власти Франции и Новой Зеландии выразили протест.",
     {"Moscow", "London", "France", "New Zealand"}, {"Министры", "Власти"}),
    ("ru", "Цены на хлеб выросли. Вчера шёл дождь. Если погода не изменится, урожай погибнет.", set(), {"Вчера", "Цены", "Если"}),
    ("uk", "У Києві та Харкові відкрили школи. Німеччина передала Україні автобуси.",
     {"Kyiv", "Kharkiv", "Germany", "Ukraine"}, {"У"}),
    ("uk", "Сьогодні похолодає. Водії чекають на кордоні третю добу.", set(), {"Сьогодні", "Водії"}),
    ("bg", "Влакът от София за Белград закъсня. България и Сърбия преговарят.",
     {"Sofia", "Belgrade", "Bulgaria", "Serbia"}, {"Влакът"}),
    ("sr", "Воз из Београда стигао је у Загреб. Влада Србије ћути.", {"Belgrade", "Zagreb", "Serbia"}, {"Воз", "Влада"}),
    ("el", "Η κυβέρνηση της Γαλλίας και η Ρωσία συναντήθηκαν στην Αθήνα.", {"France", "Russia", "Athens"}, {"Η"}),
    ("pl", "W Warszawie spotkali się ministrowie Niemiec i Wielkiej Brytanii. Potem pojechali do Krakowa.",
     {"Warsaw", "Germany", "United Kingdom", "Kraków"}, {"Potem"}),
    ("cs", "V Praze jednali zástupci Německa a Ukrajiny. Počasí bylo špatné.", {"Prague", "Germany", "Ukraine"}, {"Počasí"}),
    ("hu", "A miniszter Budapesten fogadta kollégáját, majd Londonba utazott.", {"Budapest", "London"}, {"A"}),
    ("ro", "Guvernul de la București a cerut ajutorul Franței.", {"Bucharest", "France"}, {"Guvernul"}),
    ("tr", "Bakan Ankara'da konuştu, sonra İstanbul'a geçti. Almanya bekliyor.", {"Ankara", "Istanbul", "Germany"}, {"Bakan"}),
    ("ar", "وصل الوفد إلى القاهرة قادما من دمشق، ثم سافر إلى باكستان والهند. وقالت فرنسا إنها قلقة.",
     {"Cairo", "Damascus", "Pakistan", "India", "France"}, {"الوفد", "وصل"}),
    ("ar", "ارتفعت أسعار الخبز في السوق المالي هذا الأسبوع، وهذا قرار رشيد.", set(), {"رشيد", "المالي"}),
    ("fa", "رئیس جمهور در تهران با هیئتی از فرانسه دیدار کرد. او کیف خود را گم کرد.", {"Tehran", "France"}, {"کیف"}),
    ("ur", "کراچی اور لاہور میں بارش ہوئی، پاکستان اور بھارت کی ٹیمیں آج شام کھیلیں گی۔",
     {"Karachi", "Lahore", "Pakistan", "India"}, {"شام"}),
    ("ur", "ساری رات بجلی بند رہی اور مالی نقصان ہوا۔", set(), {"ساری", "مالی"}),
    ("he", "ראש הממשלה טס מירושלים לפריז. צרפת וגרמניה הודיעו על הסכם.", {"Jerusalem", "France", "Germany"}, {"ראש"}),
    ("hi", "प्रधानमंत्री दिल्ली से मुंबई गए। भारत और पाकिस्तान के बीच बातचीत हुई।", {"Delhi", "Mumbai", "India", "Pakistan"}, {"बीच"}),
    ("hi", "कॉलेज में कोटा बढ़ाया गया और जूते का सोल टूट गया।", set(), {"कोटा", "सोल"}),
    ("bn", "ঢাকা থেকে কলকাতা পর্যন্ত ট্রেন চলবে। ভারত রাজি হয়েছে।", {"Dhaka", "Kolkata", "India"}, {"ট্রেন"}),
    ("zh", "法国总统昨天在北京会见记者，随后前往开罗。", {"France", "Beijing", "Cairo"}, {"总统"}),
    ("zh", "中国人喜欢喝茶。球队的中卫受伤了，他喜欢吃雪梨。", set(), {"中国", "中卫", "雪梨"}),
    ("ja", "首相は東京でフランスの大統領と会談し、カイロへ向かった。", {"Tokyo", "France", "Cairo"}, {"首相"}),
    ("ja", "マリアさんはバレーボールの選手で、日本語を話す。", set(), {"マリ", "バレー", "日本"}),
    ("ko", "대통령은 서울에서 프랑스 총리를 만났고 미국은 환영했다.", {"Seoul", "France", "United States"}, {"대통령"}),
    ("ko", "고양이는 모든 수단을 써서 나갔다. 회의 후에 비를 말리는 사람이 있었다.", set(), {"고양", "수단", "후에", "말리"}),
    ("th", "นายกรัฐมนตรีเดินทางจากกรุงเทพมหานครไปยังประเทศญี่ปุ่นเมื่อวานนี้", {"Bangkok", "Japan"}, {"มาลี"}),
    ("fr", "La ministre a quitté Marseille pour la Suède. Hier, il pleuvait.", {"Marseille", "Sweden"}, {"Hier", "La"}),
    ("es", "La ministra viajó de Bogotá a Alemania. Ayer llovió.", {"Bogotá", "Germany"}, {"Ayer", "La"}),
    ("it", "Il ministro è partito da Milano per la Svezia. Ieri pioveva.", {"Milan", "Sweden"}, {"Ieri", "Il"}),
    ("pt", "O ministro viajou de Lisboa para a Alemanha. Ontem choveu.", {"Lisbon", "Germany"}, {"Ontem", "O"}),
    ("nl", "De minister reisde van Rotterdam naar Zweden. Gisteren regende het.", {"Rotterdam", "Sweden"}, {"Gisteren", "De"}),
    ("sv", "Ministern reste från Göteborg till Tyskland. Sveriges regering väntar.", {"Gothenburg", "Germany", "Sweden"}, {"Ministern"}),
    ("id", "Menteri terbang dari Jakarta ke Jerman. Kemarin hujan.", {"Jakarta", "Germany"}, {"Menteri", "Kemarin"}),
    ("vi", "Bộ trưởng bay từ Hà Nội đến Nhật Bản. Hôm qua trời mưa.", {"Hanoi", "Japan"}, {"Hôm"}),
]  # fmt: skip


def mentions(text: str, language: str | None) -> list[EntityMention]:
    return list(RuleRecogniser().mentions(text, title=None, language=language, context=TagContext()))


@pytest.mark.parametrize(("language", "text", "expected", "wrong"), PARAGRAPHS)
def test_a_paragraph(language: str, text: str, expected: set[str], wrong: set[str]) -> None:
    found = mentions(text, language)
    assert expected <= {m.name for m in found}
    assert not wrong & {m.surface for m in found}
    assert all(text[m.start : m.end] == m.surface for m in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    if not expected:
        assert found == []


def test_scripts_without_capitals_give_only_known_names_and_say_so() -> None:
    found = mentions("اجتمع الوزراء في لندن مع الأمم المتحدة", "ar")
    assert {m.method for m in found} == {MentionMethod.GAZETTEER}
    assert {m.score for m in found} == {UNCASED_SCORE}
    assert {m.method for m in mentions("Министры прибыли в Лондон.", "ru")} == {MentionMethod.RULES}


def test_other_languages_score_lower_and_a_shape_lowest() -> None:
    english = {m.surface: m.score for m in mentions("Maria Oliveira left London.", "en")}
    french = {m.surface: m.score for m in mentions("Maria Oliveira quitte London.", "fr")}
    assert 1 > KNOWN_ABROAD > SHAPE_ABROAD > 0
    assert french["London"] <= KNOWN_ABROAD < english["London"] or french["London"] < english["London"]
    assert french["Maria Oliveira"] <= SHAPE_ABROAD


def test_a_place_in_another_script_carries_its_facts() -> None:
    (cairo,) = mentions("وصل الوفد إلى القاهرة", "ar")
    assert (cairo.name, cairo.country, cairo.geonames_id) == ("Cairo", "EG", 360630)
    assert cairo.population is not None
    assert cairo.population > 5_000_000
    assert cairo.latitude == pytest.approx(30.1, abs=0.2)


def test_the_article_decides_in_any_language() -> None:
    (_, london) = mentions("Les pompiers de Toronto ont aidé ceux de London, Ontario.", "fr")[:2]
    assert (london.name, london.country) == ("London, Ontario", "CA")


def test_a_long_sentence_without_spaces_is_read() -> None:
    text = "这是一个很长的句子" * 12 + "他在北京工作"
    assert [m.name for m in mentions(text, "zh")] == ["Beijing"]


def test_latin_letters_do_not_run_on_into_another_script() -> None:
    assert {m.surface for m in mentions("KDLC는 서울에서 NATO와 만났다", "ko")} == {"KDLC", "서울", "NATO"}
    assert "iPhoneのiOS" not in {m.surface for m in mentions("iPhoneのiOSを改造して東京で売る", "ja")}


def test_words_of_the_language_are_no_far_names_of_a_city() -> None:
    assert mentions("Dabei war es kalt.", "de") == []
    assert mentions("Hari ini Kita pergi.", "id") == []


@pytest.mark.parametrize("language", ["xx", "zz-ZZ", "", None])
def test_a_language_nobody_knows_still_gives_known_names(language: str | None) -> None:
    assert {m.name for m in mentions("wkr lgh: London, Cairo.", language)} >= {"London", "Cairo"}


def test_a_name_by_its_capitals_alone_scores_least() -> None:
    scores = {m.surface: m.score for m in mentions("Ontem vieram Carlos Nadalim e Quelqu Xadrim.", "pt")}
    assert scores["Carlos Nadalim"] > BARE_SHAPE_ABROAD
    assert scores.get("Quelqu Xadrim", 0) <= BARE_SHAPE_ABROAD


def test_mixed_scripts_in_one_line() -> None:
    text = "iPhone在中国卖得好 and London loves it، وقال مسؤول في القاهرة"
    assert {"China", "London", "Cairo"} <= {m.name for m in mentions(text, "zh")}
