"""What goes wrong on purpose: which articles are delivered oddly, and which listed URLs are no articles."""

from __future__ import annotations

from dataclasses import dataclass

RETRY_AFTER_ONCE_S = 1
RETRY_AFTER_ALWAYS_S = 3600
SLOW_S = 8.0
HUGE_BYTES = 12_000_000

DELIVERY: dict[tuple[str, int, int], str] = {
    # (outlet, weekday, place in the outlet's day) → how that article's page is delivered
    ("harbour-ledger", 2, 1): "redirect_chain",  # listed under a short link: 302, 301, article
    ("harbour-ledger", 4, 1): "tracking_twins",  # listed three times, twice with utm_… parameters
    ("harbour-ledger", 5, 2): "print_twin",  # listed again as /print/…, canonical to the article
    ("prairie-wire", 1, 2): "too_many_once",  # 429 with Retry-After on the first request
    ("prairie-wire", 3, 2): "error_once",  # 500 on the first request
    ("savannah-daily", 0, 1): "slow",  # dripped over eight seconds
    ("gazette-du-fleuve", 1, 0): "paywall",
    ("gazette-du-fleuve", 4, 1): "paywall",
    ("gazette-du-fleuve", 6, 0): "paywall",
    ("sahifat-al-marsa", 1, 0): "charset_missing",  # windows-1256, declared nowhere
    ("sahifat-al-marsa", 3, 1): "charset_wrong",  # windows-1256, the page says utf-8
    ("sahifat-al-marsa", 5, 0): "charset_wrong",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One listed URL that leads to no article. A new set is listed every Monday.

    `expected` is the outcome of a first nightly (see demo.truth.PageTruth); `reason` a value of pipeline.errors.Reason.
    """

    outlet: str
    path: str  # with {week} for the Monday's date
    kind: str
    title: str
    expected: str
    reason: str


TROUBLES: tuple[Trouble, ...] = (
    Trouble(
        "harbour-ledger",
        "/news/{week}/withdrawn-ferry-timetable",
        "not_found",
        "Winter ferry timetable published",
        "gone",
        "not_found",
    ),
    Trouble("harbour-ledger", "/news/{week}/retracted-council-story", "gone", "Council story", "gone", "gone"),
    Trouble(
        "harbour-ledger",
        "/news/{week}/round-and-round-a",
        "redirect_loop",
        "Roundabout works begin",
        "failed-or-carried",
        "redirect_loop",
    ),
    Trouble("harbour-ledger", "/economy/", "section_page", "Economy: all the latest", "quarantined", "index_page"),
    Trouble(
        "prairie-wire",
        "/article/grain-report-{week}-always-busy",
        "too_many_always",
        "Weekly grain report",
        "failed-or-carried",
        "too_many_requests",
    ),
    Trouble(
        "prairie-wire",
        "/article/rail-freight-{week}-broken",
        "error_always",
        "Rail freight volumes",
        "failed-or-carried",
        "server_error",
    ),
    Trouble(
        "savannah-daily",
        "/internal/preview-{week}-1.html",
        "disallowed",
        "Preview: elections desk",
        "skipped",
        "robots_disallowed",
    ),
    Trouble(
        "savannah-daily", "/news/match-gallery-{week}-7.html", "soft_404", "Match gallery", "quarantined", "error_page"
    ),
    Trouble(
        "savannah-daily",
        "/news/partner-offer-{week}-8.html",
        "consent_wall",
        "Your choices",
        "quarantined",
        "consent_wall",
    ),
    Trouble(
        "uferbote",
        "/dokumente/haushalt-{week}-anlage.html",
        "huge",
        "Der Haushaltsplan im Wortlaut",
        "skipped",
        "too_large",
    ),
    Trouble("uferbote", "/", "home_page", "Uferbote: Startseite", "refused", "index_page"),
    Trouble("sahifat-al-marsa", "/article/{week}99", "charset_lost", "أرشيف المرسى", "quarantined", "wrong_charset"),
)
