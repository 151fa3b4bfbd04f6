"""The types of resources that are made here, in moto's place or where it has none."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from moto.cloudformation import parsing

from vpce_emulator.backend.embedded.cloudformation import networks, security_groups
from vpce_emulator.backend.embedded.cloudformation.called_types import CALLED_TYPES, CalledResource, CalledResourceType
from vpce_emulator.backend.embedded.cloudformation.ec2_resources import Ec2Resource, Ec2ResourceType
from vpce_emulator.backend.embedded.cloudformation.instances import INSTANCE
from vpce_emulator.backend.embedded.cloudformation.left_out import LeftOut, LeftOutType
from vpce_emulator.backend.embedded.cloudformation.vpc_endpoints import VPC_ENDPOINT

log = logging.getLogger(__name__)

OwnResource = Ec2Resource | CalledResource | LeftOut
"""A resource that is made here, and deletes itself."""

OWN_TYPES: Final[Mapping[str, Ec2ResourceType | CalledResourceType]] = {
    **{each.name: each for each in CALLED_TYPES},
    **{
        each.name: each
        for each in (
            VPC_ENDPOINT,
            networks.VPC,
            networks.VPC_GATEWAY_ATTACHMENT,
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

_class_of = parsing.resource_class_from_type


def resource_class(resource_type: str) -> Any:  # noqa: ANN401 - one of moto's classes, or what takes its place
    """Return what makes resources of a type, or stands for those that nothing makes."""
    if resource_type in OWN_TYPES:
        return OWN_TYPES[resource_type]
    found = _class_of(resource_type)
    if found is not None:
        return found
    missing = LeftOutType(resource_type)
    if missing.told:
        log.warning(missing.told)
    return missing
