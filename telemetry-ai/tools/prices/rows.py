"""What the table is made of, and how it is written."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

# The map holds binary floats. A real price has few digits; what has this many is a third, or residue.
DIGITS = 13


def number(value):
    exact = value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else str(value))
    if len(exact.normalize().as_tuple().digits) > DIGITS:
        exact = round_to(exact, DIGITS)
    return exact


def round_to(value, digits):
    return value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1))


def written(value):
    text = format(value.normalize(), "f")
    return text[1:] if text.startswith("0.") else text


@dataclass(frozen=True)
class Card:
    """The rates that hold under these terms."""

    rates: dict
    tier: str = ""
    above: int = 0
    start: str = ""
    end: str = ""
    windows: str = ""

    def between(self, start, end):
        return replace(self, start=start, end=end)

    def text(self):
        terms = []
        if self.tier:
            terms.append(":" + self.tier)
        if self.above:
            terms.append(f":>{self.above}")
        if self.start:
            terms.append(":+" + self.start)
        if self.end:
            terms.append(":-" + self.end)
        if self.windows:
            terms.append(":@" + self.windows)
        return " ".join(terms + [f"{code}={written(value)}" for code, value in self.rates.items()])


@dataclass
class Row:
    provider: str
    model: str
    cards: list
    multipliers: dict = field(default_factory=dict)

    def key(self):
        return f"{self.provider}\t{self.model}"

    def text(self):
        cards = [card.text() for card in self.cards]
        if self.multipliers:
            cards[0] += "".join(f" *{name}={written(value)}" for name, value in sorted(self.multipliers.items()))
        return "|".join(cards)
