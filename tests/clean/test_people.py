"""Names of people out of byline texts of many countries; all persons and outlets are invented or long known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean.people import people_in

SITE = {"valleypost", "valleypostexample"}


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        ("By Nora Quill", ("Nora Quill",)),
        ("by Nora Quill and Li Wei, Staff Writers", ("Nora Quill", "Li Wei")),
        ("Von Jörg Möhl und Änne Droste", ("Jörg Möhl", "Änne Droste")),
        ("Par Zoé Lévêque, avec AFP", ("Zoé Lévêque",)),
        ("Por Ana Ruiz y José Díaz", ("Ana Ruiz", "José Díaz")),
        ("بقلم: سلمى الحداد", ("سلمى الحداد",)),
        ("山田太郎", ("山田太郎",)),
        ("Quill, Nora", ("Nora Quill",)),
        ("NORA QUILL", ("Nora Quill",)),
        ("Nora Quill (Reuters)", ("Nora Quill",)),
        ("Dr. Nora Quill, PhD", ("Nora Quill",)),
        ("Nora de la Cruz", ("Nora de la Cruz",)),
        ("NORA DE LA CRUZ", ("Nora de la Cruz",)),
        ("RONALD MCDONALD", ("Ronald McDonald",)),
        ("SEAN O'BRIEN", ("Sean O'Brien",)),
        ("SEAN O’BRIEN", ("Sean O’Brien",)),
        ("Jean DUPONT", ("Jean Dupont",)),
        ("KIM Min-jun", ("Kim Min-jun",)),
        ("OMAR AL-BASHIR", ("Omar al-Bashir",)),
        ("Martin Quill Jr.", ("Martin Quill Jr.",)),
        ("Martin Quill, Jr.", ("Martin Quill Jr.",)),
        ("Rachel MacDonald Writer", ("Rachel MacDonald",)),
        ("Staff Writer Nora Quill", ("Nora Quill",)),
        ("By Nora Quill, with additional reporting by Bo Lind", ("Nora Quill",)),
        ("Nora Quill with additional reporting by Bo Lind", ("Nora Quill",)),
        ("Nora Quill nora@valleypost.example", ("Nora Quill",)),
        ("Nora Quill @noraquill", ("Nora Quill",)),
        ("Editorial Board", ()),
        ("Staff Reporter", ()),
        ("Times of Arden Bureau", ()),
        ("Team Arden", ()),
        ("Webdesk", ()),
        ("Web Desk", ()),
        ("Our Correspondent", ()),
        ("admin", ()),
        ("Reuters", ()),
        ("Valley Post", ()),
        ("Reuters Staff", ()),
        ("记者 王小明", ("王小明",)),
        ("【記者李大華／台北報導】", ("李大華",)),
        ("本报记者 王小明 李四", ("王小明", "李四")),
        ("홍길동 기자", ("홍길동",)),
        ("홍길동 특파원", ("홍길동",)),
        ("(서울=연합뉴스) 홍길동 기자 = ", ("홍길동",)),
        ("홍길동·김철수 기자", ("홍길동", "김철수")),
        ("홍길동 기자 hong@valleypost.example", ("홍길동",)),
        ("文／王小明", ("王小明",)),
        ("新华社记者王小明", ("王小明",)),
        ("取材・文 山田太郎", ("山田太郎",)),
        ("山田 太郎", ("山田 太郎",)),
        ("ジョン・スミス", ("ジョン・スミス",)),
        ("约翰·史密斯", ("约翰·史密斯",)),
        ("责任编辑：王小明", ()),
        ("编辑部", ()),
        ("朝日新聞社", ()),
        ("佐々木小次郎", ("佐々木小次郎",)),
        ("記者陳小明／綜合報導", ("陳小明",)),
        ("中央社記者王小明台北23日電", ("王小明",)),
        ("记者 王小明 台北报道 2026年11月23日", ("王小明",)),
        ("记者 王小明 台北报道", ("王小明",)),
        ("記者 王小明 高雄報導", ("王小明",)),
        ("記者王小明／台北報導", ("王小明",)),
        ("記者王小明／高雄報導", ("王小明",)),
        ("记者 王小明 台北报导", ("王小明",)),
        ("記者 王小明 台北電", ("王小明",)),
        ("记者 王小明 台北11月23日电", ("王小明",)),
        ("记者 王小明 台北讯", ("王小明",)),
        ("记者 王小明 报道", ("王小明",)),
        ("记者 王小明 综合报道", ("王小明",)),
        ("记者 王小明 李四报道", ("王小明", "李四")),
        ("记者 周讯", ("周讯",)),
        ("كتب: أحمد علي", ("أحمد علي",)),
        ("أحمد علي ومحمد حسن", ("أحمد علي", "محمد حسن")),
        ("فريق التحرير", ()),
        ("وكالات", ()),
        ("نویسنده: رضا کریمی", ("رضا کریمی",)),
        ("تحریر: احمد فراز", ("احمد فراز",)),
        ("ویب ڈیسک", ()),
        ("द्वारा राजेश कुमार", ("राजेश कुमार",)),
        ("राजेश कुमार", ("राजेश कुमार",)),
        ("अमर उजाला ब्यूरो", ()),
        ("Yazan: Ayşe Yılmaz", ("Ayşe Yılmaz",)),
        ("AYŞE YILMAZ", ("Ayşe Yılmaz",)),
        ("Tác giả: Nguyễn Văn An", ("Nguyễn Văn An",)),
        ("Oleh: Budi Santoso", ("Budi Santoso",)),
        ("Penulis: Sukarno", ("Sukarno",)),
        ("Sukarno", ("Sukarno",)),
        ("Tim Redaksi", ()),
        ("Tim Cook", ("Tim Cook",)),
        ("Иван И. Иванов", ("Иван И. Иванов",)),
        ("Автор: Анна Петрова", ("Анна Петрова",)),
        ("АННА ПЕТРОВА", ("Анна Петрова",)),
        ("Редакция", ()),
        ("Gabriel García Márquez", ("Gabriel García Márquez",)),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("Jan van der Berg", ("Jan van der Berg",)),
        ("J. K. Rowling", ("J. K. Rowling",)),
        ("J.K. Rowling", ("J.K. Rowling",)),
        ("By Ana Ruiz in Madrid and Li Wei in Beijing", ("Ana Ruiz", "Li Wei")),
        ("By Ana Ruiz | Valley Post", ("Ana Ruiz",)),
        ("Ana Ruiz – Valley Post", ("Ana Ruiz",)),
        ("Written by Ana Ruiz, Updated Nov 23, 2026", ("Ana Ruiz",)),
        ("Γράφει ο Γιώργος Παπαδόπουλος", ("Γιώργος Παπαδόπουλος",)),
        ("Kirjoittaja: Matti Virtanen", ("Matti Virtanen",)),
        ("Piše: Ana Horvat", ("Ana Horvat",)),
        ("Nga Alban Bala", ("Alban Bala",)),
        ("โดย สมชาย ใจดี", ("สมชาย ใจดี",)),
        ("מאת: דוד לוי", ("דוד לוי",)),
        ("Ana Ruiz/Li Wei", ("Ana Ruiz", "Li Wei")),
        ("Emily Post", ("Emily Post",)),
        ("Rachel Moss Editor", ("Rachel Moss",)),
        ("Nora Quill 3 min read", ("Nora Quill",)),
        ("Posted by Nora Quill on November 23, 2026", ("Nora Quill",)),
        ("Par Zoé Lévêque le 23 novembre 2026", ("Zoé Lévêque",)),
        ("Da redação, com Reuters", ()),
        ("De notre correspondante à Madrid, Zoé Lévêque", ("Zoé Lévêque",)),
        ("Khalid bin Salman", ("Khalid bin Salman",)),
        ("Ngũgĩ wa Thiong'o", ("Ngũgĩ wa Thiong'o",)),
        ("HT Correspondent", ()),
        ("S. Jaishankar", ("S. Jaishankar",)),
        ("Иванов И.И.", ("Иванов И.И.",)),
        ("Nora Quill, CNN Editor-at-large", ("Nora Quill",)),
        ("Nora Quill, AP Motor Writer", ("Nora Quill",)),
        ("Nora Quill and Erin Moss, Great Arden Falls Leader", ("Nora Quill", "Erin Moss")),
        ("Nora Quill and Thi Minh Nguyen", ("Nora Quill", "Thi Minh Nguyen")),
        ("Coordenadoria de TI", ()),
        ("CM Craig McCarthy", ("Craig McCarthy",)),
        ("Mary-Kate O'Neil-Smith", ("Mary-Kate O'Neil-Smith",)),
        ("Ana Ruiz Communications Director", ("Ana Ruiz",)),
        ("The Diggs Team", ()),
        ("nora quill", ("Nora Quill",)),
        ("Von Anna Schmidt, dpa", ("Anna Schmidt",)),
        ("dpa", ()),
        ("Anna Schmidt, Redakteurin", ("Anna Schmidt",)),
        ("Redaktion", ()),
        ("Rédaction avec AFP", ()),
        ("Redacción", ()),
        ("La Redazione", ()),
        ("Jack Ma", ("Jack Ma",)),
        ("Theo van Gogh", ("Theo van Gogh",)),
        ("Ma. Clara Reyes", ("Ma. Clara Reyes",)),
        ("M. A. Jinnah", ("M. A. Jinnah",)),
        ("A.P. Abdul Kalam", ("A.P. Abdul Kalam",)),
        ("Vu Thi Lan", ("Vu Thi Lan",)),
        ("Le Anh Tuan", ("Le Anh Tuan",)),
        ("De Wit, Jan", ("Jan De Wit",)),
        ("Di Marco Rossi", ("Marco Rossi",)),
        ("di Marco Rossi", ("Marco Rossi",)),
        ("Eva Smith-Jones, Political Editor", ("Eva Smith-Jones",)),
        ("VON DER LEYEN, Ursula", ("Ursula von der Leyen",)),
        ("(記者 王小明 攝)", ()),
        ("nora@valleypost.example", ()),
        ("https://www.facebook.com/valleypost", ()),
        ("Nora Quill; Nora Quill", ("Nora Quill",)),
        ("Par Zoé Lévêque (avec AFP)", ("Zoé Lévêque",)),
    ],
)
def test_authors_are_people(raw: str, people: tuple[str, ...]) -> None:
    assert people_in([raw], SITE) == people


def test_a_role_on_the_line_below_is_no_part_of_the_name() -> None:
    assert people_in(["By\nNora Quill\nChief Gardener of the Valley"]) == ("Nora Quill",)


def test_a_label_alone_is_no_name() -> None:
    assert people_in(["Written by", "Nora Quill"]) == ("Nora Quill",)


def test_the_outlet_behind_the_name_without_a_comma_goes() -> None:
    assert people_in(["Greyson Steele Valley Post", "Erin Moss Post"], SITE - {"valleypostexample"}) == (
        "Greyson Steele",
        "Erin Moss",
    )


def test_a_single_word_beside_others_is_no_person() -> None:
    assert people_in(["Politics\nNora Quill"]) == ("Nora Quill",)


@pytest.mark.parametrize(
    ("site", "raw", "people"),
    [
        ({"erinmoss"}, "Erin Moss", ("Erin Moss",)),  # her own site
        ({"quietharbour"}, "Quiet Harbour", ()),
        ({"marieclaire"}, "Marie Claire", ()),  # an outlet that begins with a given name
        ({"jordantimes"}, "Jordan Times", ()),
        ({"ninacooksandbakes"}, "Nina", ("Nina",)),
        ({"digitalia"}, "Digitalia", ()),
    ],
)
def test_the_outlet_is_an_author_only_where_it_is_a_person(site: set[str], raw: str, people: tuple[str, ...]) -> None:
    assert people_in([raw], site) == people


_PIECES = st.sampled_from(
    ["By", "von", "Nora", "Quill", "QUILL", "and", "و", "y", ",", "/", "(", ")", ".", "Jr.", "记者", "王小明", "기자", "홍길동", "：",
     "@nora", "a@b.example", "Writer", "Team", "AFP", "2026", "-", "·", "'", "İ", "\u200f", "  ", "de", "AL-", "é"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(_PIECES, max_size=12), st.sampled_from(["", " "]))
def test_any_byline_gives_names_or_nothing(pieces: list[str], between: str) -> None:
    for name in people_in([between.join(pieces)], SITE):
        assert 2 <= len(name) <= 60
        assert not set(name) & set("@,;|()0123456789：")
        assert name == name.strip()
