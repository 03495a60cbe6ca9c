"""Lists of codes, kept by the libraries that keep them well; read when a control asks for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from data_framework.modules.validation.rules.model import RuleError

_YEARS = range(1970, 2071)
_STRUCTURE = re.compile(r"([1-9][0-9]*)!([nac])")
_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
#: Prefixes of an ISIN that are no country: agencies that stand in for one, and the European Union.
_ISIN_AGENCIES = ("EU", "QS", "QT", "XA", "XB", "XC", "XD", "XF", "XK", "XS")


@cache
def countries(standard: str) -> Sequence[str]:
    """Codes of ISO 3166-1 in use, `alpha2` or `alpha3`."""
    import pycountry

    return sorted(getattr(country, f"alpha_{standard[-1]}") for country in pycountry.countries)


@cache
def currencies() -> Sequence[str]:
    """Alphabetic codes of ISO 4217 in use."""
    import pycountry

    return sorted(currency.alpha_3 for currency in pycountry.currencies)


@cache
def languages(standard: str) -> Sequence[str]:
    """Codes of ISO 639, `alpha2` (639-1) or `alpha3` (639-3)."""
    import pycountry

    codes = (getattr(language, f"alpha_{standard[-1]}", None) for language in pycountry.languages)
    return sorted(code for code in codes if code)


@cache
def isin_prefixes() -> Sequence[str]:
    """What an ISIN may begin with; of countries also those that are no more (AN, CS)."""
    from stdnum import isin

    known = set(getattr(isin, "_country_codes", ())) or {"AN", "CS"}
    return sorted({*countries("alpha2"), *_ISIN_AGENCIES, *known})


@cache
def iban_pattern() -> str:
    """A regex of the account structures of every country that has IBANs."""
    from stdnum import numdb

    found = []
    for _, country, _, facts, _ in numdb.get("iban").prefixes:
        bban = _STRUCTURE.sub(lambda part: f"{_CHARACTERS[part[2]]}{{{part[1]}}}", facts.get("bban", ""))
        found.append(f"{country}[0-9]{{2}}{bban}")
    return r"\A(?:" + "|".join(found) + r")\z"


@cache
def holidays_of(calendar: str) -> tuple[Sequence[int], Sequence[date]]:
    """The weekend (0 is Monday) and the free days of a country, a part of one, or an exchange, 1970 to 2070.

    Raises:
        RuleError: There is no such calendar.
    """
    import holidays

    country, _, part = calendar.upper().partition("-")
    try:
        if country in holidays.list_supported_financial():
            found = holidays.financial_holidays(country, years=_YEARS)
        else:
            found = holidays.country_holidays(country, subdiv=part or None, years=_YEARS)
    except NotImplementedError as error:
        raise RuleError(f"there is no calendar {calendar!r}: {error}") from error
    weekend = sorted(getattr(found, "weekend", {5, 6}))
    return weekend, sorted(day for day in found if day.weekday() not in weekend)
