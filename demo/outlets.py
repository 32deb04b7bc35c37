"""The eight invented outlets: who they are, how they publish, which feeds they offer."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One feed or sitemap of an outlet. `kind` is what a source file declares."""

    path: str
    kind: str  # rss | atom | json_feed | sitemap | index_page
    scope: str = "week"  # week: all articles on show; news: the last two days; silent: stopped last week; front: page
    html_on_wednesdays: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented outlet. `article_path` is filled with section, slug, id, year, month and day."""

    slug: str
    name: str
    tagline: str
    country: str
    language: str
    locale: str  # for printed dates
    time_zone: str
    date_format: str  # babel pattern of the dateline
    article_path: str
    feeds: tuple[FeedSpec, ...]
    direction: str = "ltr"
    printed_precision: str = "second"  # of the time of publication on the page
    prints_daily_box: bool = False  # a "most read" box changes the page's bytes every day, not its article

    @property
    def zone(self) -> ZoneInfo:
        """The time zone the outlet prints its dates in."""
        return ZoneInfo(self.time_zone)

    def section_path(self, section: str) -> str:
        """Path of a section's list of articles."""
        return f"/{quote(section)}/"


OUTLETS: tuple[Outlet, ...] = (
    Outlet(
        slug="harbour-ledger",
        name="The Harbour Ledger",
        tagline="News from the quayside since 1871",
        country="GB",
        language="en",
        locale="en_GB",
        time_zone="Europe/London",
        date_format="EEE d MMM yyyy HH.mm zzz",
        article_path="/{section}/{year}/{month}/{day}/{slug}",
        feeds=(FeedSpec("/feed.xml", "rss"), FeedSpec("/news-sitemap.xml", "sitemap", scope="news")),
    ),
    Outlet(
        slug="prairie-wire",
        name="Prairie Wire",
        tagline="The cooperative news agency of the plains",
        country="US",
        language="en",
        locale="en_US",
        time_zone="America/Chicago",
        date_format="MMMM d, yyyy 'at' h:mm a z",
        article_path="/article/{slug}-{id}",
        feeds=(FeedSpec("/atom.xml", "atom"),),
    ),
    Outlet(
        slug="savannah-daily",
        name="Savannah Daily",
        tagline="East Africa, every morning",
        country="KE",
        language="en",
        locale="en_KE",
        time_zone="Africa/Nairobi",
        date_format="EEEE, MMMM dd, yyyy",
        article_path="/{section}/{slug}-{id}.html",
        feeds=(FeedSpec("/sitemap.xml", "sitemap"),),
        printed_precision="day",
        prints_daily_box=True,
    ),
    Outlet(
        slug="uferbote",
        name="Uferbote",
        tagline="Unabhängige Zeitung für die Flussregion",
        country="DE",
        language="de",
        locale="de_DE",
        time_zone="Europe/Berlin",
        date_format="d. MMMM yyyy, HH:mm 'Uhr'",
        article_path="/{section}/{slug}-{id}.html",
        feeds=(FeedSpec("/feed.json", "json_feed"),),
    ),
    Outlet(
        slug="gazette-du-fleuve",
        name="La Gazette du Fleuve",
        tagline="Le quotidien des deux rives",
        country="FR",
        language="fr",
        locale="fr_FR",
        time_zone="Europe/Paris",
        date_format="d MMMM yyyy 'à' HH'h'mm",
        article_path="/{section}/article/{year}/{month}/{day}/{slug}_{id}.html",
        feeds=(FeedSpec("/rss/une.xml", "rss"), FeedSpec("/", "index_page", scope="front")),
    ),
    Outlet(
        slug="faro-del-valle",
        name="El Faro del Valle",
        tagline="Periodismo que alumbra",
        country="MX",
        language="es",
        locale="es_MX",
        time_zone="America/Mexico_City",
        date_format="EEEE d 'de' MMMM 'de' yyyy, h:mm a",
        article_path="/{year}/{month}/{day}/{section}/{slug}/",
        feeds=(FeedSpec("/rss.xml", "rss"), FeedSpec("/feeds/region.xml", "rss", scope="silent")),
        prints_daily_box=True,
    ),
    Outlet(
        slug="sahifat-al-marsa",
        name="صحيفة المرسى",
        tagline="صحيفة يومية مستقلة",
        country="JO",
        language="ar",
        locale="ar_JO",
        time_zone="Asia/Amman",
        date_format="EEEE d MMMM yyyy - HH:mm",
        article_path="/article/{id}",
        feeds=(FeedSpec("/rss", "rss"),),
        direction="rtl",
    ),
    Outlet(
        slug="roznama-kinara",
        name="روزنامہ کنارہ",
        tagline="خبر وہی جو سچ ہو",
        country="PK",
        language="ur",
        locale="ur_PK",
        time_zone="Asia/Karachi",
        date_format="d MMMM yyyy",
        article_path="/{year}-{month}-{day}/{slug}/{id}/",
        feeds=(
            FeedSpec("/feed/", "rss"),
            FeedSpec("/feed/latest/", "rss", scope="news", html_on_wednesdays=True),
        ),
        direction="rtl",
    ),
)

BY_SLUG = {outlet.slug: outlet for outlet in OUTLETS}
HOME_OF = {outlet.language: outlet.slug for outlet in reversed(OUTLETS) if outlet.language != "en"}
"""Which outlet prints the stories of a language; English stories name theirs by their file."""
