"""`aws:RequestTag/<key>` and `aws:TagKeys`: the tags that a request gives to what it makes or tags.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requesttag
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Value = str | tuple[str, ...]

# What services call their tags: lists of pairs, or maps; EC2 says of which kind of resource they are.
_TAGS = ("Tags", "tags", "TagList", "tagList", "Tag")
_SPECIFICATIONS = ("TagSpecification", "TagSpecifications")
_KEYS = ("TagKeys", "tagKeys", "TagKey")
_NAMES = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))


def request_tags(given: Mapping[str, Any]) -> Mapping[str, Value]:
    """Return the condition keys of the tags in an input, and of the keys alone where tags are taken off."""
    tags = dict(_tags(given))
    keys = (*tags, *(key for name in _KEYS for key in _listed(given.get(name)) if isinstance(key, str)))
    return _keys(tags, keys) if keys else {}


def _keys(tags: Mapping[str, str], keys: Iterable[str]) -> Mapping[str, Value]:
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()} | {"aws:TagKeys": tuple(dict.fromkeys(keys))}


def specified_tags(given: Mapping[str, Any]) -> Mapping[str, Mapping[str, Value]]:
    """Return the condition keys of the tags that an input of EC2 gives to each type of what it makes."""
    found: dict[str, dict[str, str]] = {}
    for name in _SPECIFICATIONS:
        for each in _listed(given.get(name)):
            if isinstance(each, Mapping) and isinstance(each.get("ResourceType"), str):
                found.setdefault(each["ResourceType"], {}).update(_tags(each))
    return {kind: _keys(tags, tags) for kind, tags in found.items() if tags}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _tags(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _TAGS:
        yield from _pairs(given.get(name))
    for name in _SPECIFICATIONS:
        for specification in _listed(given.get(name)):
            if isinstance(specification, Mapping):
                yield from _tags(specification)


def _pairs(tags: object) -> Iterator[tuple[str, str]]:
    if isinstance(tags, Mapping) and not any(key in tags and value in tags for key, value in _NAMES):
        if isinstance(tags.get("entry"), list):
            yield from _pairs(tags["entry"])
        else:
            yield from ((key, value) for key, value in tags.items() if isinstance(value, str))
        return
    for tag in _listed(tags):
        for key, value in _NAMES:
            if isinstance(tag, Mapping) and isinstance(tag.get(key), str):
                yield tag[key], str(tag.get(value) or "")
                break
