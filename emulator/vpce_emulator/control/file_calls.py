"""The EC2 calls that a topology file becomes, and the ids of what they made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.topology.models import Client

# A boto3 client of EC2; boto3's clients have no types.
Ec2 = Any

ALL_PROTOCOLS = "-1"
"""What EC2 calls "all protocols" in a rule."""


@dataclass(slots=True)
class Made:
    """The ids of what was made for one VPC, by the names in the file."""

    vpc_id: str
    subnets: dict[str, str] = field(default_factory=dict)
    route_tables: dict[str, str] = field(default_factory=dict)
    gateways: dict[str, str] = field(default_factory=dict)
    security_groups: dict[str, str] = field(default_factory=dict)
    network_acls: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Built:
    """What was made for a file: per VPC, the connections and attachments by name, and the clients."""

    vpcs: dict[str, Made] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)


def call(where: str, operation: Callable[..., Any], **parameters: Any) -> Any:  # noqa: ANN401 - boto3's calls have no types
    """Make an EC2 call; a refusal names the field of the file that asked for it."""
    try:
        return operation(**parameters)
    except Ec2Error as error:
        raise ConfigurationError(f"{where}: EC2 answers {error.code}: {error.message}") from error
    except ClientError as error:
        told = error.response["Error"]
        raise ConfigurationError(f"{where}: EC2 answers {told['Code']}: {told['Message']}") from error


def named(resource_type: str, name: str) -> list[dict[str, Any]]:
    """Return the `TagSpecifications` that give a new thing its name in the file."""
    return [{"ResourceType": resource_type, "Tags": [{"Key": "Name", "Value": name}]}]
