"""News agencies in bylines, datelines and closing marks."""

from __future__ import annotations

import pytest

from pipeline.clean.agencies import agency_in, agency_of_text, is_agency

OUTLET = {"valleypost"}
BODY = "The council of Lower Arden decided on Monday to rebuild the old bridge over the river Wenn."


@pytest.mark.parametrize(
    ("first", "agency"),
    [
        ("KYIV, Nov 23 (AFP) - The council of Lower Arden decided.", "AFP"),
        ("KYIV, Nov 23 (Reuters) – The council", "Reuters"),
        ("(AP) — The council", "AP"),
        ("Berlin (dpa) - Der Rat", "dpa"),
        ("Berlin (dpa/lno) - Der Rat", "dpa"),
        ("The Associated Press (AP) reported on Monday that", None),
        ("NEW DELHI, Nov 23 (PTI): The", "PTI"),
        ("New Delhi [India], November 23 (ANI): The", "ANI"),
        ("LONDON — Reuters. The", "Reuters"),
        ("МОСКВА, 23 ноября. /ТАСС/. Совет решил", "TASS"),
        ("МОСКВА, 23 ноя — РИА Новости. Совет", "RIA Novosti"),
        ("新华社北京11月23日电（记者 王小明）理事会", "Xinhua"),
        ("据新华社报道，理事会", None),
        ("（中央社記者王小明台北23日電）議會", "CNA (Taiwan)"),
        ("【ソウル共同】議会は", "Kyodo"),
        ("【ワシントンAFP時事】議会は", "AFP"),
        ("(서울=연합뉴스) 홍길동 기자 = 의회는", "Yonhap"),
        ("[서울=뉴시스] 홍길동 기자 =", "Newsis"),
        ("القاهرة 23 نوفمبر (رويترز) - قال", "Reuters"),
        ("Madrid, 23 nov (EFE).- El consejo", "EFE"),
        ("(ANSA) - ROMA, 23 NOV - Il", "ANSA"),
        ("Roma, 23 nov. (askanews) - Il", "askanews"),
        ("The vote of the council (see AP) will - be", None),
        ("Mr Smith (AA) - a", "Anadolu"),
        ("JAKARTA (ANTARA) - Dewan", "Antara"),
        ("Kathmandu, Nov 23 (RSS): The", "RSS"),
        ("Paris (AFP) – Le conseil", "AFP"),
        ("VALLEY, Nov 23 (Valley Post) - The", None),
        ("WARSZAWA (PAP) – Rada", "PAP"),
        ("Wien (APA) - Der", "APA"),
        ("BRUSSELS, 23 November. (Xinhua) -- The", "Xinhua"),
        ("[東京 23日 ロイター] - 議会は", "Reuters"),
        ("ANKARA (AA) - ", "Anadolu"),
        ("Artificial general intelligence (AGI): what it is", None),
    ],
)
def test_the_datelines_agency(first: str, agency: str | None) -> None:
    assert agency_of_text([first, BODY], OUTLET) == agency


@pytest.mark.parametrize(
    ("last", "agency"),
    [
        ("dpa", "dpa"),
        ("© AFP", "AFP"),
        ("It was so. (ANI)", "ANI"),
        ("(With inputs from PTI)", "PTI"),
        ("Source: Reuters", "Reuters"),
        ("— Reuters", "Reuters"),
        ("So said the Guardian (AP)", "AP"),
        ("The council thanked the agency AFP for its pictures of the flood.", None),
    ],
)
def test_the_closing_marks_agency(last: str, agency: str | None) -> None:
    assert agency_of_text([BODY, BODY, last], OUTLET) == agency


@pytest.mark.parametrize(
    ("byline", "agency"),
    [
        ("By Reuters", "Reuters"),
        ("Reuters Staff", "Reuters"),
        ("Nora Quill, AFP", "AFP"),
        ("Mit Material von dpa", None),
        ("Agencies", "Agencies"),
        ("وكالات", "Agencies"),
        ("新华社", "Xinhua"),
        ("ap", None),  # only capitals are the agency
        ("Ap Karlsson", None),
    ],
)
def test_bylines(byline: str, agency: str | None) -> None:
    assert agency_in([byline], OUTLET) == agency


def test_the_outlet_itself_is_no_agency() -> None:
    assert agency_in(["Associated Press"], {"apnews", "associatedpress"}) is None


def test_initials_are_no_agency() -> None:
    assert not is_agency("A.P. Quill")
