"""Check digits as sums over the characters of a text, so that they are computed inside the scan.

The functions here are the engines' own, which agree on what they are asked: ASCII text whose form is known. They are
only asked behind `if_formed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import once
from data_framework.modules.validation.rules.literals import call

DIGITS = "0123456789"
DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: The digits by what twice their value sums up to: 0, 5 (10), 1 (2), 6 (12), …
_DOUBLED = "0516273849"
_NINE = 9


def weighted(text: exp.Expression, weights: Sequence[int], alphabet: str = DIGITS) -> exp.Expression:
    """The sum of the values of the first characters, each times its weight."""
    return _sum(_times(value(text, place, alphabet), weight) for place, weight in enumerate(weights, 1))


def crossed(text: exp.Expression, weights: Sequence[int], alphabet: str) -> exp.Expression:
    """The sum of the digits of the values of the first characters, each times its weight."""
    terms = (_times(value(text, place, alphabet), weight) for place, weight in enumerate(weights, 1))
    tens = ((_whole(exp.IntDiv(this=_whole(term), expression=_number(10))), remainder(term, 10)) for term in terms)
    return _sum(one for pair in tens for one in pair)


def luhn(digits: exp.Expression, width: int) -> exp.Expression:
    """Whether digits (at most `width` of them) end in the check digit of Luhn: every second one counts double."""
    padded = once(call("lpad", digits, _number(width), _text("0")))
    places = range(1, width + 1)
    total = _sum(value(padded, place, _DOUBLED if (width - place) % 2 else DIGITS) for place in places)
    return is_zero(remainder(total, 10))


def is_one_by_97(text: exp.Expression, width: int) -> exp.Expression:
    """Whether digits and letters (A is 10, at most `width` of them) are 1 modulo 97, summed up by nine digits."""
    for place, letter in enumerate(DIGITS_AND_LETTERS[10:], 10):
        text = call("replace", text, _text(letter), _text(str(place)))
    parts = -(-2 * width // _NINE)
    padded = once(call("lpad", text, _number(parts * _NINE), _text("0")))
    terms = []
    for part in range(parts):
        digits = call("substring", padded.copy(), _number(part * _NINE + 1), _number(_NINE))
        terms.append(_times(exp.cast(digits, "BIGINT"), pow(10, _NINE * (parts - 1 - part), 97)))
    return exp.EQ(this=remainder(_sum(terms), 97), expression=_number(1))


def character(text: exp.Expression, place: int) -> exp.Expression:
    """The character at a place, 1 is the first."""
    return call("substring", text.copy(), _number(place), _number(1))


def value(text: exp.Expression, place: int, alphabet: str = DIGITS) -> exp.Expression:
    """The value of the character at a place: where it stands in an alphabet."""
    if alphabet == DIGITS:
        return _whole(exp.Sub(this=call("ascii", character(text, place)), expression=_number(48)))
    return _whole(exp.Sub(this=call("instr", _text(alphabet), character(text, place)), expression=_number(1)))


def remainder(number: exp.Expression, divisor: int) -> exp.Expression:
    """What is left of a whole number divided by another."""
    return _whole(exp.Mod(this=_whole(number), expression=_number(divisor)))


def is_zero(number: exp.Expression) -> exp.Expression:
    """Whether a number is zero."""
    return exp.EQ(this=number, expression=_number(0))


def if_formed(well: exp.Expression, holds: exp.Expression) -> exp.Expression:
    """A condition that is only asked of text that is well formed; other text does not hold."""
    return exp.Paren(this=exp.case().when(well, holds).else_(exp.false()))


def _sum(terms: Iterable[exp.Expression]) -> exp.Expression:
    first, *others = terms
    for term in others:
        first = exp.Add(this=first, expression=term)
    return _whole(first)


def _times(number: exp.Expression, weight: int) -> exp.Expression:
    return number if weight == 1 else exp.Mul(this=number, expression=_number(weight))


def _whole(node: exp.Expression) -> exp.Expression:
    return node if isinstance(node, exp.Paren | exp.Anonymous) else exp.Paren(this=node.copy())


def _number(number: int) -> exp.Expression:
    return exp.Literal.number(number)


def _text(text: str) -> exp.Expression:
    return exp.Literal.string(text)
