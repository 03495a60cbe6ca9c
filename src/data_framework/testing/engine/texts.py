"""Texts for the casts: those of the measurements where engines differ (texts.json), and a seeded fuzz of more."""

from __future__ import annotations

import json
import random
from pathlib import Path

TEXTS: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
DAYS = [*TEXTS["days"], *(day.replace("T", " ", 1) for day in TEXTS["days"])]
MEASURED = list(dict.fromkeys([*TEXTS["numbers"], *DAYS, *TEXTS["words"], *TEXTS["others"]]))

_LETTERS = "0123456789" * 3 + "+-.eE_: TZ/" * 2 + "infaInNtruyes,\t\n\\'\"é\uff11"


def fuzz(count: int, seed: int = 20261125) -> list[str]:
    """Texts near those of the measurements: a letter more, less or another, or two of them joined; distinct."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_mutated(chance, chance.choice(MEASURED))] = None
    return list(found)


def _mutated(chance: random.Random, text: str) -> str:
    for _ in range(chance.randint(1, 3)):
        place = chance.randint(0, len(text))
        kind = chance.randint(0, 4)
        letter = chance.choice(_LETTERS)
        if kind == 0:
            text = text[:place] + letter + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + 1 :]
        elif kind == 2:
            text = text[:place] + letter + text[place + 1 :]
        elif kind == 3:
            text = text[:place] + str(chance.randint(0, 10 ** chance.randint(1, 20))) + text[place:]
        else:
            text = text[:place] + chance.choice(MEASURED)[: chance.randint(0, 6)]
    return text
