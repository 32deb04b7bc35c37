"""Countries as addresses and lists name them."""

from __future__ import annotations

from functools import lru_cache

_BOUGHT = frozenset({"ai", "am", "cc", "co", "fm", "gg", "io", "la", "ly", "me", "ms", "nu", "sh", "to", "tv", "ws"})
"""Country domains that are mostly bought for how they read."""


def country_of_host(host: str) -> str | None:
    """`www.spiegel.de` → `DE`; None for names that tell no country."""
    label = host.split(":")[0].rpartition(".")[2].lower()
    code = "GB" if label == "uk" else label.upper()
    return code if label not in _BOUGHT and is_country(code) else None


def country_named(text: str | None) -> str | None:
    """A code, or a name in English, as ISO 3166-1 alpha-2."""
    if not text:
        return None
    import pycountry

    try:
        return str(pycountry.countries.lookup(text.strip()).alpha_2)
    except LookupError:
        return None


def is_country(code: str) -> bool:
    """True for an ISO 3166-1 alpha-2 code."""
    return code in _codes()


def is_language(code: str) -> bool:
    """True for an ISO 639-1 code."""
    return code in _languages()


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries)


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    import pycountry

    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))
