"""The types of resources that are made here, in moto's place or where it has none."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from moto.cloudformation import parsing

from vpce_emulator.backend.embedded.cloudformation import networks, security_groups
from vpce_emulator.backend.embedded.cloudformation.called_types import CALLED_TYPES, CalledResourceType
from vpce_emulator.backend.embedded.cloudformation.ec2_resources import Ec2ResourceType
from vpce_emulator.backend.embedded.cloudformation.instances import INSTANCE
from vpce_emulator.backend.embedded.cloudformation.vpc_endpoints import VPC_ENDPOINT

log = logging.getLogger(__name__)

OWN_TYPES: Final[Mapping[str, Ec2ResourceType | CalledResourceType]] = {
    **{each.name: each for each in CALLED_TYPES},
    **{
        each.name: each
        for each in (
            VPC_ENDPOINT,
            networks.VPC,
            networks.SUBNET,
            networks.ROUTE_TABLE,
            networks.SUBNET_ROUTE_TABLE_ASSOCIATION,
            networks.ROUTE,
            networks.NETWORK_INTERFACE,
            INSTANCE,
            networks.PREFIX_LIST,
            security_groups.SECURITY_GROUP,
            security_groups.SECURITY_GROUP_INGRESS,
            security_groups.SECURITY_GROUP_EGRESS,
        )
    },
}
"""The types of resources that are made here, in moto's place or where it has none."""

_NEVER_MADE: Final = ("AWS::CDK::Metadata",)
"""Types that make nothing on AWS either."""


_DECIDING: Final = frozenset(
    {
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::SubnetNetworkAclAssociation",
        "AWS::Events::EventBusPolicy",
        "AWS::Organizations::Policy",
        "AWS::S3::AccessPoint",
    }
)
"""Types that moto lacks and that decide who may what, or what gets where: a stack without them would mislead."""


class NotEmulatedError(Exception):
    """A resource cannot be made, and a stack would be another one without it."""


_class_of = parsing.resource_class_from_type


def resource_class(resource_type: str) -> Any:  # noqa: ANN401 - one of moto's classes, or what takes its place
    """Return what makes resources of a type; None for those that nothing makes.

    Raises:
        NotEmulatedError: of a type that a stack cannot do without.
    """
    if resource_type in OWN_TYPES:
        return OWN_TYPES[resource_type]
    if resource_type in _NEVER_MADE:
        return None
    if resource_type in _DECIDING:
        raise NotEmulatedError(f"{resource_type} is not emulated, and the stack would not be guarded without it")
    found = _class_of(resource_type)
    if found is None and resource_type not in parsing.NULL_MODELS:
        log.warning("%s is not emulated: the stack is made without it", resource_type)
    return found
