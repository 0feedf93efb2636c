"""What a shape takes and what it does not: its limits from the model, its alphabet from the documentation."""

import uuid
from dataclasses import dataclass, field

GUID = "01234567-89ab-cdef-0123-456789abcdef"


@dataclass(frozen=True)
class Alphabet:
    """Texts that keep a pattern and texts that break it; `start` and `letters` make one of any length."""

    good: list = field(default_factory=list)
    bad: list = field(default_factory=list)
    start: str = ""
    letters: str = "a"

    def text(self, length):
        """Makes a good text of a length, or of the least one that the pattern allows."""
        length = max(length, len(self.start) + 1 if self.start else 0)
        return (self.start + self.letters * length)[:length]


EXTERNAL = Alphabet(
    good=[
        "-_&@+=,(){}[]/«».:|'\"#",
        "aZ 09",
        "Àÿ",
        "a\tb\nc",
        "é" * 64,
        "awsome",
        "at aws:",
        "aws",
    ],
    bad=[
        "aws:me",
        "AWS:me",
        "aWs:",
        "会議室",
        "a<b",
        "a;b",
        "a*b",
        "a%b",
        "€€",
        "\U0001f600\U0001f600",
        "a\0b",
        "é" * 65,
    ],
)

ALPHABETS = {
    "ExternalMeetingId": EXTERNAL,
    "ExternalUserId": EXTERNAL,
    "ClientRequestToken": Alphabet(
        good=["-_aZ09"], bad=["white space", "a.b", "a/b", "été", "a\n"]
    ),
    "TenantId": Alphabet(
        good=["aaa", "aaabaaa", "-_!@#$aZ09"],
        bad=["aaaa", "ab----", "1111", "x!!!!y", "a b", "a.b", "été"],
        letters="ab",
    ),
    "Arn": Alphabet(
        good=["arn:aws:sqs:us-east-1:123456789012:a-b_c.d/e", "arn:"],
        bad=["arn", "urn:aws", "ARN:aws", "arn:a b", "arn:a*", "arn:é"],
        start="arn:",
    ),
    "AmazonResourceName": Alphabet(bad=["arn", "urn:aws", "ARN:aws"], start="arn:"),
    "TagKey": Alphabet(
        good=["aZ+,-./09:;<=_"], bad=["a b", "a@b", "a>b", "a*b", "é", "a\n", "a(b)"]
    ),
    "TagValue": Alphabet(good=["", " \taZ09_+,-./:;<=@"], bad=["a#b", "a>b", "a(b", "a'b", "a!"]),
    "GuidString": Alphabet(
        good=[GUID.upper()],
        bad=[
            "1",
            GUID[:-1],
            GUID + "0",
            "g" + GUID[1:],
            GUID.replace("-", ""),
            "{" + GUID + "}",
            " " + GUID,
        ],
    ),
    # The patterns below have no end; what is bad is bad from its first character on.
    "TranscribeLanguageOptions": Alphabet(good=["en-US,fr-FR"], bad=["1", "_en", " en-US", "é"]),
    "TranscribeLanguageModelName": Alphabet(good=["aZ09._-"], bad=[" a", "/a", "é"]),
    "TranscribePiiEntityTypes": Alphabet(
        good=["NAME, PIN_CODE"], bad=["name", "1", "é"], letters="A"
    ),
    "TranscribeVocabularyNamesOrFilterNamesString": Alphabet(
        good=["aZ09,-._"], bad=[" a", "/a", "é"]
    ),
}

# Words that an entry of a list keeps.
KEPT = {"SendReceive", "Send", "Receive", "None"}

# What is no value of a type at all.
WRONG_TYPE = {
    "string": [7, True, ["a"], {}],
    "integer": ["x", 1.5, True, [1]],
    "boolean": ["yes", 1, []],
    "list": ["a", 7, {}],
    "structure": ["a", 7, []],
}


def good_of(shape):
    """Values just inside a shape's limits, each with what it shows."""
    limits = shape.metadata
    if limits.get("enum"):
        yield from ((f"word {word}", word) for word in limits["enum"])
    elif shape.type_name == "string":
        alphabet = ALPHABETS.get(shape.name, Alphabet())
        yield from ((f"text {text[:40]!r}", text) for text in alphabet.good)
        yield from (
            (f"{limits[bound]} characters", alphabet.text(limits[bound]))
            for bound in ("min", "max")
            if limits.get(bound)
        )
    elif shape.type_name == "integer":
        yield from ((f"number {limits[bound]}", limits[bound]) for bound in ("min", "max"))
    elif shape.type_name == "boolean":
        yield from ((f"flag {flag}", flag) for flag in (True, False))


def bad_of(shape):
    """Values just outside a shape's limits, each with what it shows."""
    limits = shape.metadata
    if limits.get("enum"):
        first = limits["enum"][0]
        words = ("", first.swapcase(), first + "s", "null")
        yield from ((f"word {word!r}", word) for word in words)
    elif shape.type_name == "string":
        alphabet = ALPHABETS.get(shape.name, Alphabet())
        yield from ((f"text {text[:40]!r}", text) for text in alphabet.bad)
        if limits.get("min"):
            yield f"{limits['min'] - 1} characters", "a" * (limits["min"] - 1)
        if limits.get("max"):
            yield f"{limits['max'] + 1} characters", alphabet.text(limits["max"] + 1)
    elif shape.type_name == "integer":
        yield f"number {limits['min'] - 1}", limits["min"] - 1
        yield f"number {limits['max'] + 1}", limits["max"] + 1
        yield "number beyond any", 2**63 - 1


def sizes_of(shape):
    """Lengths of a list just inside and just outside its limits."""
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    good = [least] + ([most] if most else [])
    bad = ([least - 1] if least else []) + ([most + 1] if most else [])
    return good, bad


def entries(sample, count):
    """A list of a length whose entries are like the sample and differ in their names."""
    return [_variant(sample, number) for number in range(count)]


def _variant(value, number):
    if isinstance(value, dict):
        return {key: _variant(inner, number) for key, inner in value.items()}
    if value in KEPT:
        return value
    if value == "$attendee":
        return str(uuid.uuid4())
    # In letters, which every alphabet has, and never the same one four times.
    return value + "-" + "".join("abcdefghij"[int(digit)] for digit in f"{number:03}")
