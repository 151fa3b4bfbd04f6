"""What others made through the API in the things of a topology file, for the sake of which these are not deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

from vpce_emulator.control.file_calls import Built, Made, call
from vpce_emulator.control.file_work import Tools
from vpce_emulator.topology_difference import Change, Difference, Verb

# What EC2 deletes no VPC with, and how it is described: the operation, the list in its answer, and the ids in that.
# https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
_IN_A_VPC: Final[tuple[tuple[str, str, str], ...]] = (
    ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    ("describe_subnets", "Subnets", "SubnetId"),
    ("describe_route_tables", "RouteTables", "RouteTableId"),
    ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    ("describe_security_groups", "SecurityGroups", "GroupId"),
    ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("describe_vpn_gateways", "VpnGateways", "VpnGatewayId"),
)
# What does not count: what every VPC has from the beginning, and loses with its end; and what was detached.
_NOT_COUNTED: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = MappingProxyType(
    {
        "describe_route_tables": lambda each: any(one.get("Main") for one in each["Associations"]),
        "describe_network_acls": lambda each: each["IsDefault"],
        "describe_security_groups": lambda each: each["GroupName"] == "default",
        "describe_vpn_gateways": lambda each: all(one["State"] != "attached" for one in each["VpcAttachments"]),
    }
)
# Where a gateway's VPC is written, as filters have it.
_ATTACHED: Final = frozenset({"describe_internet_gateways", "describe_vpn_gateways"})


def refusals(found: Difference, built: Built, tools: Tools) -> dict[Change, str]:
    """Return which VPCs and subnets are not to be deleted, for good or to be made anew, and why.

    Args:
        found: what is to be done.
        built: what the file made.
        tools: what calls are made with.
    """
    reasons = {}
    for change in found.changes:
        if change.verb in (Verb.DELETE, Verb.REPLACE) and change.kind in ("VPC", "subnet"):
            made = built.vpcs[change.path[1]]
            if change.kind == "VPC":
                what, inside = made.vpc_id, _in_vpc(made, built, tools)
            else:
                what = made.subnets[change.path[-1]]
                inside = _in_subnet(what, made, built, tools)
            if inside:
                where = ".".join(change.path)
                reasons[change] = f"{where}: {what} is not deleted, because {', '.join(inside)} is in it"
    return reasons


def _in_subnet(subnet_id: str, made: Made, built: Built, tools: Tools) -> list[str]:
    filters = [{"Name": "subnet-id", "Values": [subnet_id]}]
    interfaces = call("vpcs", tools.ec2.describe_network_interfaces, Filters=filters)["NetworkInterfaces"]
    ours = _ours(made, built, tools)
    return [each["NetworkInterfaceId"] for each in interfaces if each["NetworkInterfaceId"] not in ours]


def _in_vpc(made: Made, built: Built, tools: Tools) -> list[str]:
    ours = _ours(made, built, tools)
    inside = [each["VpcEndpointId"] for each in _endpoints(tools) if each["VpcId"] == made.vpc_id]
    for operation, answer, id_ in _IN_A_VPC:
        name = "attachment.vpc-id" if operation in _ATTACHED else "vpc-id"
        described = call("vpcs", getattr(tools.ec2, operation), Filters=[{"Name": name, "Values": [made.vpc_id]}])[
            answer
        ]
        is_nothing = _NOT_COUNTED.get(operation)
        inside += [each[id_] for each in described if is_nothing is None or not is_nothing(each)]
    zones = (f"its association with the private hosted zone {zone}" for zone in tools.hosted_zones(made.vpc_id))
    return [*(each for each in inside if each not in ours), *zones]


def _ours(made: Made, built: Built, tools: Tools) -> frozenset[str]:
    """Return the ids of what the file made in a VPC, with the network interfaces of its endpoints and gateways."""
    kinds = (
        made.subnets,
        made.route_tables,
        made.network_acls,
        made.security_groups,
        made.gateways,
        made.endpoints,
    )
    ids = frozenset(chain(*(kind.values() for kind in kinds)))
    clients = (client.interface_id for client in built.clients.values())
    endpoints = (each["NetworkInterfaceIds"] for each in _endpoints(tools) if each["VpcEndpointId"] in ids)
    nat_ids = [each for each in ids if each.startswith("nat-")]
    filters = [{"Name": "nat-gateway-id", "Values": nat_ids}]
    gateways = call("vpcs", tools.ec2.describe_nat_gateways, Filters=filters)["NatGateways"] if nat_ids else ()
    addresses = chain.from_iterable(gateway["NatGatewayAddresses"] for gateway in gateways)
    return ids.union(clients, *endpoints, (address.get("NetworkInterfaceId", "") for address in addresses))


def _endpoints(tools: Tools) -> list[Mapping[str, Any]]:
    described: list[Mapping[str, Any]] = tools.endpoint_call("DescribeVpcEndpoints", {})["VpcEndpoints"]
    return described
