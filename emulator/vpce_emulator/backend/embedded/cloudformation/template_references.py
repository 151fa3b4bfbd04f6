"""What the parts of a template refer to, and templates whose references lead nowhere or in circles. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# `${Name}`, `${Name.Attribute}`; not `${!Literal}`.
_SUBSTITUTED: Final = re.compile(r"\$\{([^!}][^}]*)\}")

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
_PSEUDO: Final = "AWS::"

_ATTACHMENT: Final = "AWS::EC2::VPCGatewayAttachment"
_WITH_PUBLIC_ADDRESSES: Final = frozenset({"AWS::EC2::EIP", "AWS::EC2::NatGateway"})


def references(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a template
    """Yield the names that a part of a template refers to: of resources, parameters and pseudo parameters."""
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if len(value) == 1 and key in _FUNCTIONS:
                yield from _FUNCTIONS[key](inner)
            yield from references(inner)


def _referred(name: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    if isinstance(name, str):
        yield name


def _owner_of_attribute(named: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    first = named[0] if isinstance(named, list) and named else named
    if isinstance(first, str):
        yield first.partition(".")[0]


def _substituted(given: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    text, own = given if isinstance(given, list) and len(given) == 2 else (given, {})
    if isinstance(text, str) and isinstance(own, dict):
        for name in _SUBSTITUTED.findall(text):
            if name.strip() not in own:
                yield name.strip().partition(".")[0]


_FUNCTIONS: Final = {"Ref": _referred, "Fn::GetAtt": _owner_of_attribute, "Fn::Sub": _substituted}


def fault_of(template: Mapping[str, Any]) -> str | None:
    """Return what CloudFormation says of a template whose references lead nowhere or in circles, None of others.

    Templates that macros are to change are left alone: what they refer to may be still to come.
    """
    if "Transform" in template:
        return None
    resources = template["Resources"]
    known = {*resources, *template.get("Parameters", ())}
    for block, parts in (("Resources", resources), ("Outputs", template.get("Outputs", {}))):
        missing = [name for name in _names_in(parts) if name not in known and not name.startswith(_PSEUDO)]
        if missing:
            named = ", ".join(dict.fromkeys(missing))
            where = f"in the {block} block of the template"
            return f"Template format error: Unresolved resource dependencies [{named}] {where}"
    circle = _circle({name: set(_needs(resource)) & set(resources) for name, resource in resources.items()})
    return f"Circular dependency between resources: [{', '.join(circle)}]" if circle else None


def _names_in(parts: Mapping[str, Any]) -> Iterator[str]:
    for part in parts.values():
        yield from _explicit(part)
        yield from references(part)


def _explicit(part: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    named = part.get("DependsOn", ()) if isinstance(part, dict) else ()
    yield from [named] if isinstance(named, str) else named


def _needs(resource: Mapping[str, Any]) -> Iterator[str]:
    yield from _explicit(resource)
    yield from references(resource.get("Properties"))


def needed_first(name: str, resources: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the resources that are to be there before one is made, though none of its properties refers to them.

    Those that it depends on; and before public addresses are used, the attachments of gateways: on AWS, where what does
    not depend on each other is made at the same time, they are there as well.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    """
    resource = resources[name]
    first = [each for each in _explicit(resource) if each in resources]
    if resource["Type"] in _WITH_PUBLIC_ADDRESSES:
        attachments = (each for each, other in resources.items() if other["Type"] == _ATTACHMENT)
        first += [each for each in attachments if name not in _all_needs(each, resources)]
    return first


def _all_needs(name: str, resources: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return what a resource needs, and what that needs in turn."""
    needs: set[str] = set()
    left = [name]
    while left:
        more = set(_needs(resources[left.pop()])) & set(resources) - needs
        needs |= more
        left += more
    return needs


def _circle(needs: Mapping[str, set[str]]) -> list[str]:
    """Return those that need each other, in their order: who is left when all are gone that are at either end."""
    left = dict(needs)
    while True:
        needed = {name for each in left.values() for name in each}
        inner = {name: each & set(left) for name, each in left.items() if name in needed and each & set(left)}
        if len(inner) == len(left):
            return list(left)
        left = inner
