"""Which resources operations are on, and how their requests name them: the data of `resource_levels.json.gz`.

The file is made from the Service Authorization Reference and botocore's models by `tools/resource_levels.py`. An
operation that it does not have is on `*`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vpce_emulator.aws.operation_actions import actions_of
from vpce_emulator.aws.service_names import ServiceName

_FILE = Path(__file__).with_name("resource_levels.json.gz")
_PLACE = re.compile(r"\{([^}]+)\}")
_MADE = frozenset({"partition", "region", "account"})
_IN_HEAD = ("uri:", "query:", "header:")


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a request names a resource.

    Attributes:
        template: the ARN with members of the input in its places: `arn:{partition}:sqs:{region}:{account}:{QueueName}`;
            `{TopicArn}` where a member is the whole ARN.
        places: the members, in their order; `uri:`, `query:` or `header:` before those that do not stand in the body.
        begins: of a whole ARN, its service and what its resource begins with, `lambda:layer:`; empty where any will do.
        otherwise: whether it counts only where a request takes none of the ways before it.
    """

    template: str
    places: tuple[str, ...]
    begins: str = ""
    otherwise: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether a member is the whole ARN."""
        return self.template.startswith("{")


@dataclass(frozen=True, slots=True)
class OperationAction:
    """An action that an operation needs.

    Attributes:
        action: `sqs:SendMessage`.
        resources: what it is on; of each resource the ways to name it, the first that a request takes being meant.
    """

    action: str
    resources: tuple[tuple[Way, ...], ...] = ()


@lru_cache(maxsize=1)
def _content() -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(gzip.decompress(_FILE.read_bytes()))
    return content


def source() -> str:
    """Return the names and versions of what the data was made from."""
    return str(_content()["source"])


def services() -> tuple[str, ...]:
    """Return botocore's names of the services that have operations at resource level."""
    return tuple(_content()["services"])


@lru_cache(maxsize=512)
def operations(service: str) -> Mapping[str, Any]:
    """Return the operations of a service that are at resource level."""
    return MappingProxyType(json.loads(_content()["services"].get(service, "{}")))


@lru_cache(maxsize=4096)
def operation_actions(service: ServiceName, operation: str) -> tuple[OperationAction, ...]:
    """Return the actions that an operation needs, and what each is on."""
    known = operations(service.name).get(operation)
    if known is None:
        return tuple(OperationAction(action) for action, _ in actions_of(service, operation))
    return tuple(OperationAction(action, tuple(tuple(map(_way, ways)) for ways in found)) for action, *found in known)


def _way(text: str) -> Way:
    # Any operation on a Lambda function may be on one of its versions or aliases, which `resources` adds to each.
    otherwise = text.startswith("else ")
    text = text.removeprefix("else ").removesuffix(":{query:Qualifier}")
    template, _, begins = text.partition("}=") if text.startswith("{") else (text, "", "")
    template = template if template.endswith("}") or not text.startswith("{") else template + "}"
    places = tuple(dict.fromkeys(place for place in _PLACE.findall(template) if place not in _MADE))
    return Way(_with_each_place_once(template, places), places, begins, otherwise or not places)


def _with_each_place_once(template: str, places: tuple[str, ...]) -> str:
    """Return a template in which `*` stands for what a name does not tell: the id behind the name of a stack."""
    for place in places:
        before, member, after = template.partition(f"{{{place}}}")
        template = before + member + after.replace(member, "*")
    return template


def told_in_body(service: ServiceName, operation: str) -> bool:
    """Return whether a request to a REST service may name its resource in its body."""
    ways = (way for each in operation_actions(service, operation) for found in each.resources for way in found)
    return any(not place.startswith(_IN_HEAD) for way in ways for place in way.places)
