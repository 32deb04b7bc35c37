"""Names in Chinese, Japanese and Korean bylines, which have no spaces between words.

`【記者李大華／台北報導】`, `文・写真 山田太郎`, `홍길동 기자`: labels are taken off the ends of each part,
then the length and the last character tell a name from an office.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.clean.byline_words import byline_words

WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff々]")
_HANGUL = re.compile("[\uac00-\ud7af]+")
_KANA_NAME = re.compile("[\u30a0-\u30ff]+(?:[・＝=\\s][\u30a0-\u30ff]+)*")
_HAN_NAME = re.compile("[\u3400-\u9fff\uf900-\ufaff々〇][\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff々〇\\s]{0,8}")
_FOREIGN = re.compile("[\u3400-\u9fff]{2,6}(?:[·•・‧][\u3400-\u9fff]{1,6})+")
_SPLIT = re.compile(
    r"[、，,;；|｜／/＝=【】\[\]()（）《》〈〉「」:：\n]+|\s+(?:and|및|和|与|與)\s+|"
    r"(?<=[\u4e00-\u9fff]{2})[和与與](?=[\u4e00-\u9fff]{2,3}$)"
)
_MIDDLE_DOT = re.compile(r"\s*[·•・‧]\s*")
_DATE = re.compile(r"\d+\s*[年月日년월일].*$|\d{2,}.*$")
_DAY_OF_WIRE = re.compile(r"(?<=[\u3400-\u9fff])\s?(?:\d{1,2}\s?月\s?)?\d{1,2}\s?日\s?(?=[电電讯訊])")
"""`台北23日電`: the day stands between the place and the word for a wire report."""
_DATELINE_REPORTERS = re.compile(
    r"[（(【]((?:[^（()）【】]{0,8}(?:记者|記者)[^（()）【】]{2,30}))[)）】]|"
    r"^[(\[][^()\[\]]{2,20}[)\]]\s*([\uac00-\ud7af·,\s]{2,20}\s?(?:기자|특파원))\s*="
)
# The hundred most frequent Chinese family names, of nearly nine in ten people (census of 2020), with their
# traditional forms.
_FAMILY = frozenset(
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂"
    "苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍"
    "万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文施洪游莊庄簡简柯翁詹"
)

_KOREAN_FAMILY = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설"
)
_PLACES_LIKE_NAMES = frozenset(
    ("高雄", "金門", "金门", "林口", "江苏", "江蘇", "江西", "苏州", "蘇州", "郑州", "鄭州", "徐州",
     "武汉", "武漢", "沈阳", "石家庄", "黄山", "黃山", "唐山", "常州", "江门", "江門", "许昌", "龙岩",
     "龍岩", "罗马", "羅馬", "马尼拉", "馬尼拉", "孟买", "孟買", "韩国", "韓國", "万象", "萬象", "夏威夷")
)  # fmt: skip
"""Where reports come from and the first character is a family name."""


def wide_names_in(text: str) -> list[str]:
    """The people in one line of a byline that has wide characters; `[]` when it names an office or nobody."""
    found: list[tuple[str, bool]] = []
    for part in _SPLIT.split(_joined_labels(text)):
        stripped, was_labelled = _without_labels(part)
        if stripped:
            names = _separated(stripped, was_labelled=was_labelled)
            found.extend((name, was_labelled) for name in names if is_wide_name(name))
    if any(was_labelled for _, was_labelled in found):
        # `記者李大華／台北報導`: beside labelled names, only what begins with a family name is one too.
        return [name for name, was_labelled in found if was_labelled or _has_family_name(name)]
    return [name for name, _ in found]


def reporters_of(paragraph: str) -> list[str]:
    """The reporters a dateline names: `新华社11月23日电（记者王小明、李四）`, `(서울=연합뉴스) 홍길동 기자 =`."""
    match = _DATELINE_REPORTERS.search(paragraph[:80])
    return wide_names_in(next(filter(None, match.groups()))) if match else []


@lru_cache(maxsize=1)
def _label() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = byline_words()
    labels = "|".join(re.escape(word) for word in (*words.wide_before, *words.wide_drop))
    return re.compile(rf"(^|[\s、（(])({labels})\s*[:：＝／/]\s*"), re.compile(rf"\s+(?=(?:{labels})[:：＝／/])")


def _joined_labels(text: str) -> str:
    """`记者：王小明 编辑：李四` → `记者 王小明、编辑 李四`."""
    with_mark, before_label = _label()
    return with_mark.sub(r"\1\2 ", before_label.sub("、", text))


def is_wide_name(name: str) -> bool:
    """Two to four characters of Han or Hangul, or a longer one in katakana or with a middle dot."""
    bare = name.replace(" ", "")
    if any(bare.endswith(word) or (len(word) > 1 and word in bare) for word in byline_words().wide_organisations):
        return False
    if _HANGUL.fullmatch(bare):
        return 2 <= len(bare) <= 4
    if _KANA_NAME.fullmatch(name):
        return 3 <= len(bare) <= 20
    if _FOREIGN.fullmatch(name):
        return True
    return bool(_HAN_NAME.fullmatch(name)) and 2 <= len(bare) <= (7 if "々" in bare or _has_kana(bare) else 5)


def _without_labels(part: str) -> tuple[str | None, bool]:
    """The part without `记者` before and `기자` behind it, and whether there was one; None for an editor's."""
    words = byline_words()
    text, was_labelled = _DATE.sub("", _DAY_OF_WIRE.sub("", part)).strip(" .。◎●▲■@"), False
    for _ in range(3):
        if text.startswith(words.wide_drop) or any(text.endswith(word) for word in words.wide_drop):
            return None, True
        before = next((w for w in words.wide_before if text.startswith(w) and len(text) > len(w) + 1), None)
        if before and not (len(before) == 1 and text[1:2] not in " 　・"):
            text, was_labelled = text[len(before) :].strip(" 　・"), True
            continue
        reported = _without_report(text)
        if reported is not None:
            text = reported
            continue
        behind = next((w for w in words.wide_behind if text.endswith(w) and len(text) > len(w) + 1), None)
        if not behind or (len(behind) == 1 and text[-2] not in " 　" and len(text) < 4):
            break
        text, was_labelled = text[: -len(behind)].strip(" 　・"), True
    if was_labelled and 4 < len(text) <= 6 and " " not in text and _is_chinese(text[:3]):
        text = text[:3]  # `中央社記者王小明台北23日電`: the place stands behind the name
    return (text or None), was_labelled


def _without_report(text: str) -> str | None:
    """`王小明 台北报道` → `王小明`: without the word for a report and the place written to it; None if none ends it."""
    report = next((w for w in byline_words().wide_reports if text.endswith(w)), None)
    if report is None:
        return None
    rest = text[: -len(report)]
    words = rest.split()
    if len(report) == 1 and len(words) < 2 and len(rest) < 5:
        return None  # `周讯` is a name
    last = words[-1] if words and rest.endswith(words[-1]) else ""
    if last in _PLACES_LIKE_NAMES or (len(words) > 1 and not _is_chinese(last)):
        rest = rest.removesuffix(last)
    return rest.strip(" 　・")


def _separated(text: str, *, was_labelled: bool) -> list[str]:
    """Names that stand one space or dot apart, as printed; a space inside a Japanese name stays."""
    dotted = _MIDDLE_DOT.split(text)
    if len(dotted) > 1 and all(_is_chinese(p) or _HANGUL.fullmatch(p) for p in dotted):
        return dotted
    words = text.split()
    if len(words) < 2:
        return [text]
    if all(_HANGUL.fullmatch(w) for w in words):
        return words if was_labelled and all(len(w) in (2, 3) for w in words) else words[:1]
    if all(_is_chinese(w) for w in words):
        return words
    if all(len(w) == 1 for w in words):
        return ["".join(words)]
    return [" ".join(words[:2])]


def _is_chinese(word: str) -> bool:
    return 2 <= len(word) <= 3 and word[0] in _FAMILY and not _has_kana(word)


def _has_family_name(name: str) -> bool:
    return _is_chinese(name) or bool(_HANGUL.fullmatch(name) and len(name) == 3 and name[0] in _KOREAN_FAMILY)


def _has_kana(text: str) -> bool:
    return any("\u3040" <= ch <= "\u30ff" for ch in text)
