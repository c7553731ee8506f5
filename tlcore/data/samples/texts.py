"""The sample of texts: customer messages made up by this program, so that nothing is needed from anywhere.

Four kinds of message to a shop, from patterns with gaps, with greetings, closings and typing habits that all
kinds share; some go on to speak of something else. It is honest about what it is: its name says generated.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

FILE = "generated_messages.csv"
_DIGRESSING = 0.3  # the share of messages that end with a sentence of another kind
_GAPS: dict[str, tuple[str, ...]] = {
    "thing": ("lamp", "jacket", "coffee machine", "backpack", "tent", "kettle", "bookshelf", "pair of shoes"),
    "day": ("Monday", "Tuesday", "Thursday", "Saturday", "Sunday", "Christmas Eve", "the bank holiday"),
    "time": ("last week", "three days ago", "on Monday", "ten days ago", "this morning", "two weeks ago"),
    "money": ("money", "payment", "deposit", "20 euros"),
    "place": ("Berlin", "the old town", "the station", "Market Street", "the shopping centre"),
    "person": ("Your driver", "The lady on the phone", "Your team", "The young man at the till", "Anna"),
}
_PATTERNS: dict[str, tuple[str, ...]] = {
    "delivery": (
        "where is my {thing}? I ordered it {time}",
        "the tracking page has not changed since {day}",
        "my parcel should have come {time} and nothing is here",
        "can you leave the {thing} with my neighbour on {day}?",
        "the driver rang at the wrong house in {place} again",
        "how long does shipping to {place} take?",
        "I need the {thing} before {day}, will it arrive in time?",
        "order placed {time}, still not sent. What is going on?",
        "please send the {thing} to my new address near {place}",
    ),
    "refund": (
        "I sent the {thing} back {time} and want my {money} back",
        "the {thing} is broken, please return my {money}",
        "you charged me twice for one {thing}",
        "when will I see my {money} on my account?",
        "I cancelled {time} but the {money} was still taken",
        "the {thing} does not fit, how do I give it back?",
        "a voucher is no use to me, I asked for the {money}",
        "no {money} has arrived since I returned the {thing} {time}",
        "the {thing} looks nothing like the picture, I want to return it",
    ),
    "praise": (
        "the {thing} is even better than I hoped",
        "{person} was so kind and patient, please pass that on",
        "best {thing} I ever had, I tell all my friends",
        "delivered a day early and packed with care, wonderful",
        "{person} solved it in five minutes, what a service",
        "I came to your shop near {place} {time} and left with a smile",
        "my daughter loves the {thing}",
        "even the refund was quick and friendly, I will come back",
        "five stars for the {thing} and for {person}",
    ),
    "opening hours": (
        "are you open on {day}?",
        "until when can I come to the shop near {place} on {day}?",
        "what time do you close on {day}?",
        "is the branch in {place} closed for lunch?",
        "do you have longer hours before {day}?",
        "I stood before a locked door in {place} {time}, when are you there?",
        "can I pick up my {thing} after seven in the evening?",
        "from what time is somebody in the shop on {day}?",
        "your website says open, the sign in {place} says closed. Which is right?",
    ),
}
_BEFORE = (
    "",
    "",
    "",
    "",
    "Hello, ",
    "Hi there, ",
    "Good morning, ",
    "Dear team, ",
    "Quick question: ",
    "Sorry, but ",
)
_AFTER = (
    "",
    "",
    "",
    "",
    " Thanks!",
    " Best wishes, Kim",
    " Please answer soon.",
    " Have a nice day",
    " :)",
    " Thank you",
)


def make_text_sample(folder: Path, per_class: int = 50, seed: int = 0) -> Path:
    """Write `per_class` different messages for each of four classes, mixed, as a CSV into `folder`.

    The columns are `text` and `label`. The same arguments give the same file. Returns its path.
    """
    chance = random.Random(seed)  # noqa: S311 (for writing, not for secrets)
    rows = []
    for label in _PATTERNS:
        messages: dict[str, None] = {}
        while len(messages) < per_class:
            messages[_message(label, len(messages), chance)] = None
        rows += [(text, label) for text in messages]
    chance.shuffle(rows)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def _fill(pattern: str, chance: random.Random) -> str:
    return pattern.format_map({gap: chance.choice(words) for gap, words in _GAPS.items()})


def _message(label: str, number: int, chance: random.Random) -> str:
    """One message; `number` goes through the patterns, so that each is used as often."""
    text = _fill(_PATTERNS[label][number % len(_PATTERNS[label])], chance)
    if chance.random() < _DIGRESSING:
        other = chance.choice([kind for kind in _PATTERNS if kind != label])
        more = _fill(chance.choice(_PATTERNS[other]), chance)
        text += (" " if text[-1] in "?!." else ". ") + more[0].upper() + more[1:]
    before, after = chance.choice(_BEFORE), chance.choice(_AFTER)
    if not before:
        text = text[0].upper() + text[1:]
    if after and text[-1] not in "?!.":
        text += "."
    text = before + text + after
    habit = chance.random()
    return text.lower() if habit < 0.15 else text.upper() if habit > 0.97 else text
