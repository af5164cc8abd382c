#!/usr/bin/env python3
"""Writes src/price/table.txt, the built-in prices, and says what changed.

`cargo xtask prices` runs it; neither the build nor the tests do. Prices are facts. They are read from two published
wheels, which are opened as archives and never run:

    write.py LITELLM_WHEEL GENAI_PRICES_WHEEL YYYY-MM-DD TABLE
"""

import json
import sys
from pathlib import Path

import genai_history
import litellm_map
from rows import Card, Row, number, written

OWN = Path(__file__).parent / "own.json"
SHOWN = 60


def main():
    litellm, genai, today, path = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
    rows, litellm_hash = litellm_map.read(litellm)
    history, genai_hash = genai_history.read(genai)
    differing = disagreements(rows, history, today)
    dated = add_history(rows, history, today)
    for one in json.loads(OWN.read_text()):
        rates = {code: number(value) for code, value in one["rates"].items()}
        key = one["provider"], one["model"]
        rows[key] = Row(*key, [Card(rates=rates)])
    body = body_of(rows)
    old = path.read_text().splitlines() if path.exists() else []
    old_body = [line for line in old if not line.startswith("#")]
    new_body = body.splitlines()
    if old_body == new_body:
        day = next((line.split(" ")[-1] for line in old if line.startswith("# read ")), today)
    else:
        day = today
    head = [
        "# Written by `cargo xtask prices`; edit tools/prices, not this.",
        "# Facts: list prices in US dollars, as the published wheels state them (PyPI, both MIT; see NOTICE).",
        f"# litellm {version(litellm)} {litellm_hash}",
        f"# genai-prices {version(genai)} {genai_hash}",
        f"# read {day}",
        "# One line for each provider and model, ordered. Cards stand between bars: terms (`:f` flex, `:p` priority,",
        "# `:n` balanced, `:u` ultrafast, `:b` batch, `:>N` prompts of more than N tokens, `:+DAY` from, `:-DAY` until,",
        "# `:@DAYS:HHMM-HHMM` hours in UTC), rates (by the million tokens or characters, else by the unit), multipliers",
        "# (`*us`, `*fast`, ...). A line `=MODEL` has the cards of that model.",
    ]
    path.write_text("\n".join(head) + "\n" + body)
    report(old_body, new_body, dated, differing)


def version(wheel):
    return Path(wheel).name.split("-")[1]


def add_history(rows, history, today):
    """Gives a model the prices that it had, and those that are announced, where the other table dates them."""
    dated = 0
    for providers, model, segments in history:
        if len(segments) < 2:
            continue
        current = max(index for index, (start, _) in enumerate(segments) if start <= today)
        for (provider, name), row in rows.items():
            if provider not in providers or not genai_history.matches(model["match"], name):
                continue
            if any(card.start or card.end or card.windows for card in row.cards):
                continue
            cards = []
            for index, (start, old) in enumerate(segments):
                end = segments[index + 1][0] if index + 1 < len(segments) else ""
                for card in row.cards if index == current else old:
                    cards.append(card.between(start, end))
            row.cards = cards
            dated += 1
    return dated


def body_of(rows):
    lines, seen = [], {}
    for key in sorted(rows, key=lambda key: "\t".join(key).encode()):
        row = rows[key]
        text = row.text()
        like = seen.setdefault((row.provider, text), row.model)
        if like != row.model and len(like) + 1 < len(text):
            text = "=" + like
        lines.append(f"{row.key()}\t{text}\n")
    return "".join(lines)


def disagreements(rows, history, today):
    """Models whose plain price for fresh input and output is another one in the second table."""
    found = []
    for providers, model, segments in history:
        now = [cards for start, cards in segments if start <= today]
        if not now:
            continue
        rates = now[-1][0].rates
        for provider in providers:
            row = rows.get((provider, model["id"]))
            plain = row and next((card for card in row.cards if not card.tier and not card.above), None)
            if not plain:
                continue
            for code in ("i", "o"):
                if code in rates and code in plain.rates and rates[code] != plain.rates[code]:
                    found.append(f"{provider} {model['id']} {code}: {written(plain.rates[code])}, {written(rates[code])}")
    return found


def report(old, new, dated, differing):
    def table(lines):
        return {tuple(line.split("\t")[:2]): line.split("\t")[2] for line in lines}

    old, new = table(old), table(new)
    added, gone = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    changed = sorted(key for key in new.keys() & old.keys() if new[key] != old[key])
    print(f"{len(new)} models of {len({provider for provider, _ in new})} providers, {dated} of them with dated prices")
    for title, keys in (("added", added), ("gone", gone), ("changed", changed)):
        print(f"{title}: {len(keys)}")
        for key in keys[:SHOWN]:
            print(f"  {' '.join(key)}" + (f"\n    {old[key]}\n    {new[key]}" if title == "changed" else ""))
        if len(keys) > SHOWN:
            print(f"  and {len(keys) - SHOWN} more")
    print(f"litellm and genai-prices differ in {len(differing)} plain prices of the same name:")
    for line in differing[:SHOWN]:
        print(f"  {line}")


if __name__ == "__main__":
    main()
