"""One change of a topology file at work: what the file said, what it says, and what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from vpce_emulator.control.file_calls import Built, Ec2, Made, call
from vpce_emulator.topology_difference import Change, section_at
from vpce_emulator.topology_file import Section, TopologyFile

_Section = TypeVar("_Section", bound=Section)


@dataclass(frozen=True, slots=True)
class Tools:
    """What calls are made with.

    Attributes:
        ec2: a boto3 client of EC2.
        endpoint_call: an operation of the endpoint API by its name, with parameters and result as in boto3.
        prefix_list_id: the id of a service's prefix list, or None where it has none.
        undisturbed: a block in which nothing but endpoints is made, so that the network need not be read again.
        hosted_zones: the names of the private hosted zones that a VPC is associated with.
    """

    ec2: Ec2
    endpoint_call: Callable[[str, dict[str, Any]], Mapping[str, Any]]
    prefix_list_id: Callable[[str], str | None]
    undisturbed: Callable[[], AbstractContextManager[None]]
    hosted_zones: Callable[[str], Iterable[str]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Work:
    """One change at work.

    Attributes:
        change: what is to be done.
        old: the file as the network is now.
        new: the file as it is to be.
        built: what was made so far; kept up to date.
        tools: what calls are made with.
    """

    change: Change
    old: TopologyFile
    new: TopologyFile
    built: Built
    tools: Tools

    @property
    def where(self) -> str:
        """The thing's place in the file, as messages have it."""
        return ".".join(self.change.path)

    @property
    def name(self) -> str:
        """The thing's name."""
        return self.change.path[-1]

    @property
    def vpc(self) -> str:
        """The name of the VPC that the thing is, or is in."""
        return self.change.path[1]

    @property
    def made(self) -> Made:
        """What was made for that VPC."""
        return self.built.vpcs[self.vpc]

    def before(self, kind: type[_Section]) -> _Section:
        """Return what the file said of the thing; what an empty section says where it said nothing."""
        return cast("_Section", section_at(self.old, self.change.path)) or kind()

    def after(self, kind: type[_Section]) -> _Section:
        """Return what the file says of the thing."""
        return cast("_Section", section_at(self.new, self.change.path)) or kind()

    def call(self, operation: Callable[..., Any], **parameters: Any) -> Any:  # noqa: ANN401 - boto3's calls have no types
        """Make an EC2 call.

        Raises:
            ConfigurationError: EC2 refused it; the message names the thing's place in the file.
        """
        return call(self.where, operation, **parameters)

    def call_endpoint_api(self, operation: str, **parameters: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
        """Make a call of the endpoint API.

        Raises:
            ConfigurationError: as of `call`.
        """
        answer: Mapping[str, Any] = self.call(
            lambda **values: self.tools.endpoint_call(operation, values), **parameters
        )
        return answer
