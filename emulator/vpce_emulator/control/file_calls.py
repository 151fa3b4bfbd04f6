"""The EC2 calls that a topology file becomes, and the ids of what they made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.topology.models import Client

_Value = TypeVar("_Value")

# A boto3 client of EC2; boto3's clients have no types.
Ec2 = Any

ALL_PROTOCOLS = "-1"
"""What EC2 calls "all protocols" in a rule."""

_GONE: Final = ("NotFound", ".NotAttached")
_TAKING_AWAY: Final = ("delete_", "detach_", "disassociate_", "release_", "revoke_")


class ByName(dict[str, _Value]):
    """What was made, by the names in the file."""

    def __missing__(self, name: str) -> _Value:
        """Say that something is not there: what was to be made before it was refused.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(f"{name}, which it needs, is not there")


@dataclass(slots=True)
class Made:
    """The ids of what was made for one VPC, by the names in the file."""

    vpc_id: str
    subnets: ByName[str] = field(default_factory=ByName)
    route_tables: ByName[str] = field(default_factory=ByName)
    gateways: ByName[str] = field(default_factory=ByName)
    security_groups: ByName[str] = field(default_factory=ByName)
    network_acls: ByName[str] = field(default_factory=ByName)
    endpoints: ByName[str] = field(default_factory=ByName)


@dataclass(slots=True)
class Built:
    """What was made for a file: per VPC, by name, and the clients.

    Attributes:
        vpcs: what was made for each VPC.
        connections: the ids of peering connections and transit gateways.
        attachments: of networks outside, the ids of the gateways that they are behind.
        vpns: of networks outside that are attached to a transit gateway, the ids of their VPN connections.
        clients: the callers.
    """

    vpcs: ByName[Made] = field(default_factory=ByName)
    connections: ByName[str] = field(default_factory=ByName)
    attachments: ByName[str] = field(default_factory=ByName)
    vpns: ByName[str] = field(default_factory=ByName)
    clients: dict[str, Client] = field(default_factory=dict)


def call(where: str, operation: Callable[..., Any], **parameters: Any) -> Any:  # noqa: ANN401 - boto3's calls have no types
    """Make an EC2 call; a refusal names the field of the file that asked for it.

    What somebody took away through the API is gone as well, and a rule that somebody gave is there: the answer is empty
    then.
    """
    try:
        return operation(**parameters)
    except Ec2Error as error:
        raise ConfigurationError(f"{where}: EC2 answers {error.code}: {error.message}") from error
    except ClientError as error:
        told = error.response["Error"]
        if _is_done(operation.__name__, told["Code"]):
            return {}
        raise ConfigurationError(f"{where}: EC2 answers {told['Code']}: {told['Message']}") from error


def _is_done(operation: str, code: str) -> bool:
    return code == "InvalidPermission.Duplicate" or (operation.startswith(_TAKING_AWAY) and code.endswith(_GONE))


def is_there(operation: Callable[..., Any], **ids: list[str]) -> bool:
    """Return whether EC2, asked by ids alone, describes what has them."""
    try:
        operation(**ids)
    except (Ec2Error, ClientError) as error:
        code = error.code if isinstance(error, Ec2Error) else error.response["Error"]["Code"]
        if code.endswith(_GONE):
            return False
        raise
    return True


def named(resource_type: str, name: str) -> list[dict[str, Any]]:
    """Return the `TagSpecifications` that give a new thing its name in the file."""
    return [{"ResourceType": resource_type, "Tags": [{"Key": "Name", "Value": name}]}]
