"""Reading a topology file: every mistake becomes the field's path, what was found there, and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import yaml
from pydantic import ValidationError

from vpce_emulator.config import ConfigurationError
from vpce_emulator.topology_endpoint_rules import endpoint_mistakes
from vpce_emulator.topology_file import PolicyDocument, Section, TopologyFile
from vpce_emulator.topology_organization import organization_mistakes
from vpce_emulator.topology_policy_files import POLICY_FILES, with_policies_read
from vpce_emulator.topology_references import references
from vpce_emulator.topology_rules import network_mistakes


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a topology file.

    Attributes:
        path: the field, from the top: `vpcs.app.endpoints.s3.type`.
        found: what stands there.
        allowed: what may stand there.
        line: where, counted from 1; None where no line can be named.
    """

    path: str
    found: str
    allowed: str
    line: int | None = None

    def __str__(self) -> str:
        """Return the problem in one line, the file's name left out."""
        return f"{self.path or 'the file'}: found {self.found}; allowed: {self.allowed}"


class TopologyFileError(ConfigurationError):
    """A topology file cannot be used. `problems` holds everything that is wrong with it, in the file's order."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        """Make the error of a file, `source` being its name."""
        self.source = source
        self.problems = problems
        lines = (f"{source}:{p.line}: {p}" if p.line else f"{source}: {p}" for p in problems)
        super().__init__("\n".join(lines))


DEFAULT_TOPOLOGY = files("vpce_emulator").joinpath("default_topology.yaml").read_text(encoding="utf-8")

_Where = tuple[str | int, ...]
# Every field that is there, and its line; None for data that was no text.
_Lines = dict[_Where, int | None]


def load_topology(path: Path | None) -> TopologyFile:
    """Read a topology file, or the built-in topology where `path` is None.

    Raises:
        TopologyFileError: it cannot be read, is no YAML, or has fields that are wrong.
    """
    if path is None:
        return parse_topology(DEFAULT_TOPOLOGY, source="the built-in topology")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problem = Problem(
            "", f"nothing readable ({error.strerror})", "a topology file; `vpce topology init` writes one"
        )
        raise TopologyFileError(str(path), (problem,)) from error
    except UnicodeDecodeError as error:
        raise TopologyFileError(str(path), (Problem("", "bytes that are not UTF-8", "YAML in UTF-8"),)) from error
    return parse_topology(text, source=str(path), directory=path.parent)


def parse_topology(
    content: str | Mapping[str, Any], *, source: str = "topology", directory: Path | None = None
) -> TopologyFile:
    """Check a topology given as YAML text or as a mapping, and read the policy files that it names.

    What EC2 would refuse, as far as that can be told without asking it, and policies that are none are mistakes too.

    Args:
        content: the topology.
        source: what messages call it.
        directory: what its policy files' paths start from; None where it may name none.

    Raises:
        TopologyFileError: with every problem found.
    """
    lines: _Lines = {}
    topology = _parse(content, source, directory, lines)
    mistakes = (*network_mistakes(topology), *endpoint_mistakes(topology), *organization_mistakes(topology))
    if mistakes:
        named = (Problem(_dotted(it.path), it.found, it.allowed, _line(it.path, lines)) for it in mistakes)
        raise TopologyFileError(source, tuple(named))
    return topology


def parse_unruled(content: str | Mapping[str, Any], *, source: str, directory: Path | None = None) -> TopologyFile:
    """Read a topology as `parse_topology` does, whatever EC2 and IAM would say to what stands in it."""
    return _parse(content, source, directory, {})


def _parse(content: str | Mapping[str, Any], source: str, directory: Path | None, lines: _Lines) -> TopologyFile:
    if isinstance(content, str):
        data = _read_yaml(content, source, lines)
    else:
        data = content
        _note_fields(data, (), lines)
    try:
        topology = TopologyFile.model_validate(data)
    except ValidationError as error:
        problems = [_problem(item, lines) for item in error.errors(include_url=False)]
        raise TopologyFileError(source, _one_a_field(problems)) from error
    unknown = tuple(_reference_problems(topology, lines))
    if unknown:
        raise TopologyFileError(source, unknown)
    return _with_policy_files(topology, source, directory, lines)


def policy_files(path: Path) -> tuple[Path, ...]:
    """Return the policy files that a topology file names, as far as it can be read."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader, with less in it
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return ()
    return tuple(path.parent / name for name in _policy_files_in(data))


def _policy_files_in(data: object) -> Iterator[str]:
    """Yield what stands in the fields for policy files, wherever they are."""
    if isinstance(data, Mapping):
        for field, value in data.items():
            if field in POLICY_FILES:
                yield from (name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str))
            else:
                yield from _policy_files_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from _policy_files_in(value)


class _Loader(yaml.SafeLoader):
    """YAML without dates: a policy's `Version: 2012-10-17` is text, with quotes or without."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read_yaml(text: str, source: str, lines: _Lines) -> Any:  # noqa: ANN401 - YAML is any data
    """Read YAML, noting the line of every field in `lines`, and refusing a field that stands twice."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            # A file that is being written is empty for a moment; it must not be taken for a network without anything.
            problem = Problem("", "nothing", "a topology; {} is one with nothing in it", 1)
            raise TopologyFileError(source, (problem,))
        _note_lines(node, (), lines, source)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, with less in it
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise TopologyFileError(source, (Problem("", error.problem or "no YAML", "YAML", line),)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TopologyFileError(source, (Problem("", str(error).partition("\n")[0] or "no YAML", "YAML"),)) from error


def _note_lines(node: yaml.Node, path: _Where, lines: _Lines, source: str) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                problem = Problem(_dotted(here), "the same field twice", "each field once", key.start_mark.line + 1)
                raise TopologyFileError(source, (problem,))
            _note_lines(value, here, lines, source)
            lines[here] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*path, index), lines, source)


def _note_fields(data: object, path: _Where, lines: _Lines) -> None:
    lines[path] = None
    if isinstance(data, Mapping):
        for key, value in data.items():
            _note_fields(value, (*path, str(key)), lines)
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            _note_fields(value, (*path, index), lines)


def _dotted(path: _Where) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _line(path: _Where, lines: _Lines) -> int | None:
    """Return the line of a field, or of what encloses it where it is missing."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _problem(error: Any, lines: _Lines) -> Problem:  # noqa: ANN401 - pydantic's ErrorDetails, a mapping
    """Turn one of pydantic's errors into the field's path, what was found and what is allowed."""
    path: _Where = error["loc"]
    if path and path[-1] == "[key]":
        allowed = "a name: letters, digits, '-' and '_', at most 63 of them"
        return Problem(_dotted(path[:-2]), f"the name {error['input']!r}", allowed, _line(path[:-1], lines))
    if error["type"] == "extra_forbidden":
        section, _ = _section_at(path[:-1])
        allowed = ", ".join(section.model_fields) if section else "no such field"
        return Problem(_dotted(path), f"the unknown field {path[-1]!r}", allowed, _line(path, lines))
    if error["type"] == "missing":
        return Problem(_dotted(path), "nothing", _described(path) or "a value, which must be there", _line(path, lines))
    # A union adds the alternative that it tried to the path; that is no field of the file.
    while path and path not in lines:
        path = path[:-1]
    if error["type"] == "value_error":
        allowed = str(error["ctx"]["error"])
    else:
        expected = error.get("ctx", {}).get("expected")
        allowed = expected or _described(path) or _lower_first(error["msg"].removeprefix("Input should be "))
    return Problem(_dotted(path), _shown(error["input"]), allowed, _line(path, lines))


def _one_a_field(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return the problems with those of one field, one for each alternative that it failed, put together."""
    alternatives: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        alternatives.setdefault((problem.path, problem.found), []).append(problem)
    return tuple(replace(same[0], allowed=", or ".join(p.allowed for p in same)) for same in alternatives.values())


def _described(path: _Where) -> str | None:
    section, field = _section_at(path)
    info = section.model_fields.get(field) if section else None
    return info.description if info else None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _shown(value: object) -> str:
    text = json.dumps(value, default=str) if isinstance(value, dict | list) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _section_at(path: _Where) -> tuple[type[Section] | None, str]:
    """Return the section that a path leads into, and the last field in it, following the models' annotations."""
    section: type[Section] | None = TopologyFile
    field = ""
    annotation: Any = TopologyFile
    for part in path:
        if isinstance(annotation, type) and issubclass(annotation, Section):
            section, field = annotation, str(part)
            info = annotation.model_fields.get(field)
            if info is None:
                return section, field
            annotation = _section_in(info.annotation)
        elif get_origin(annotation) in (dict, tuple):
            annotation = get_args(annotation)[1 if get_origin(annotation) is dict else 0]
        else:
            break
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, ""
    return section, field


def _section_in(annotation: Any) -> Any:  # noqa: ANN401 - a field's annotation is any type
    """Return the section of a field that may be left out; other fields' annotations as they are."""
    alternatives = get_args(annotation) if isinstance(annotation, UnionType) else ()
    sections = (each for each in alternatives if isinstance(each, type) and issubclass(each, Section))
    return next(sections, annotation)


def _reference_problems(topology: TopologyFile, lines: _Lines) -> Iterator[Problem]:
    """Yield a problem for each name that refers to nothing."""
    for it in references(topology):
        if it.name not in it.known:
            allowed = f"{it.what}: {', '.join(sorted(it.known))}" if it.known else f"{it.what}, of which there are none"
            yield Problem(_dotted(it.path), repr(it.name), allowed, _line(it.path, lines))


def _with_policy_files(topology: TopologyFile, source: str, directory: Path | None, lines: _Lines) -> TopologyFile:
    """Return the topology with each policy file's content in the place of its name."""

    def read(path: _Where, file: Path) -> PolicyDocument:
        where = file if file.is_absolute() or directory is None else directory / file
        try:
            document = json.loads(where.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            problem = Problem(_dotted(path), f"{str(file)!r} ({reason})", "the path of a JSON file", _line(path, lines))
            raise TopologyFileError(source, (problem,)) from error
        except ValueError as error:
            problem = Problem(_dotted(path), f"{str(file)!r}, no JSON ({error})", "a JSON policy", _line(path, lines))
            raise TopologyFileError(source, (problem,)) from error
        if not isinstance(document, dict):
            problem = Problem(_dotted(path), f"{str(file)!r}, no JSON object", "a JSON policy", _line(path, lines))
            raise TopologyFileError(source, (problem,))
        return document

    return with_policies_read(topology, read)
