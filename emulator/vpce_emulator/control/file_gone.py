"""What a topology file made and somebody deleted through the API, which an edit of its section makes again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from vpce_emulator.control.file_calls import Built, Ec2, Made, call, is_there
from vpce_emulator.control.file_work import Tools
from vpce_emulator.topology_difference import Change, Verb, Where, with_section
from vpce_emulator.topology_file import INTERNET_GATEWAY, TopologyFile

# How what is in a VPC is described by its id: the operation and its parameter.
_DESCRIBED_BY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "route_tables": ("describe_route_tables", "RouteTableIds"),
        "subnets": ("describe_subnets", "SubnetIds"),
        "network_acls": ("describe_network_acls", "NetworkAclIds"),
        "security_groups": ("describe_security_groups", "GroupIds"),
    }
)

# The fields of subnets that name them.
_FIELDS: Final[Mapping[str, str]] = MappingProxyType({"route_tables": "route_table", "network_acls": "network_acl"})


def gone(file: TopologyFile, changes: Iterable[Change], built: Built, tools: Tools) -> frozenset[Where]:
    """Return which of the things that are to be changed, or that such things stand in, are gone.

    What nothing in the file changes for stays away: whoever deleted it meant to.

    Args:
        file: the file as the network was to be.
        changes: what is to be done to follow the new one.
        built: what was made so far; internet gateways that are gone are taken out of it.
        tools: what calls are made with.
    """
    _forget_internet_gateways(built, tools.ec2)
    places = dict.fromkeys(place for change in changes for place in _places(change, file))
    return frozenset(place for place in places if not _is_there(place, built, tools))


def without_guards(file: TopologyFile, places: Iterable[Where]) -> TopologyFile:
    """Return a file without those route tables, network ACLs and groups, which nothing stands in, and what uses them.

    Args:
        file: the file as the network was to be.
        places: what is gone.
    """
    for place in places:
        if place[2:3] in (("route_tables",), ("network_acls",), ("security_groups",)):
            file = with_section(file, place, None)
            field = _FIELDS.get(place[2], "")
            for name, subnet in file.vpcs[place[1]].subnets.items():
                if getattr(subnet, field, None) == place[3]:
                    bare = subnet.model_copy(update={field: None})
                    file = with_section(file, (*place[:2], "subnets", name), bare)
    return file


def _places(change: Change, file: TopologyFile) -> Iterator[Where]:
    """Yield what a change is about that may be gone, what it stands in first."""
    if change.verb is Verb.DELETE:
        return
    if change.path[0] == "vpcs":
        yield change.path[:2]
    client = file.clients.get(change.path[1]) if change.path[0] == "clients" else None
    for vpc, section in file.vpcs.items():
        if client is not None and client.subnet in section.subnets:
            yield ("vpcs", vpc)
            yield ("vpcs", vpc, "subnets", client.subnet)
    yield change.path


def _is_there(place: Where, built: Built, tools: Tools) -> bool:
    """Return whether what was made for a place in the file is there; True where nothing was, or it is known later."""
    if place[0] == "clients":
        client = built.clients.get(place[1])
        return client is None or not client.interface_id or _is_described(tools.ec2, client.interface_id)
    if place[0] == "transit_gateways" and place[1] in built.connections:
        gateways = call("", tools.ec2.describe_transit_gateways)["TransitGateways"]
        return any(each["TransitGatewayId"] == built.connections[place[1]] for each in gateways)
    made = built.vpcs.get(place[1]) if place[0] == "vpcs" else None
    if made is None:
        return True
    if len(place) == 2:
        return is_there(tools.ec2.describe_vpcs, VpcIds=[made.vpc_id])
    return _is_in_vpc(place, made, tools)


def _is_described(ec2: Ec2, interface_id: str) -> bool:
    return is_there(ec2.describe_network_interfaces, NetworkInterfaceIds=[interface_id])


def _is_in_vpc(place: Where, made: Made, tools: Tools) -> bool:
    section, name = place[2:]
    if section == "endpoints" and name in made.endpoints:
        return is_there(_describe_endpoints(tools), VpcEndpointIds=[made.endpoints[name]])
    if section not in _DESCRIBED_BY or name not in getattr(made, section):
        return True
    operation, parameter = _DESCRIBED_BY[section]
    return is_there(getattr(tools.ec2, operation), **{parameter: [getattr(made, section)[name]]})


def _describe_endpoints(tools: Tools) -> Callable[..., Any]:
    return lambda **values: tools.endpoint_call("DescribeVpcEndpoints", values)


def _forget_internet_gateways(built: Built, ec2: Ec2) -> None:
    """Take those out of what was made that are not attached any more."""
    owners = (made for made in built.vpcs.values() if INTERNET_GATEWAY in made.gateways)
    having = {made.gateways[INTERNET_GATEWAY]: made for made in owners}
    if not having:
        return
    for gateway in call("vpcs", ec2.describe_internet_gateways)["InternetGateways"]:
        made = having.get(gateway["InternetGatewayId"])
        if made is not None and any(each["VpcId"] == made.vpc_id for each in gateway["Attachments"]):
            del having[gateway["InternetGatewayId"]]
    for made in having.values():
        del made.gateways[INTERNET_GATEWAY]
