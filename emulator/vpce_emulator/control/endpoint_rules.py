"""What VPC endpoints must keep to: the checks that creating and modifying one share. Pure.

https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Final

from vpce_emulator.control import ec2_errors
from vpce_emulator.topology.addressing import NoFreeAddressError, allocate_address, is_reserved
from vpce_emulator.topology.models import Endpoint, EndpointType, Route, Subnet, Topology
from vpce_emulator.topology.prefix_lists import prefix_list_ids
from vpce_emulator.topology.services import EndpointService

# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
MAX_INTERFACE_ENDPOINTS_IN_A_VPC: Final = 50
MAX_GATEWAY_ENDPOINTS_IN_A_REGION: Final = 20

_LONGEST_TAG_KEY: Final = 128
_LONGEST_TAG_VALUE: Final = 256
_LONGEST_TOKEN: Final = 64

_ALPHANUMERICS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a network interface of an endpoint is to be made."""

    subnet: Subnet
    address: IPv4Address


def check_quota(topology: Topology, endpoint_type: EndpointType, vpc_id: str, account_id: str) -> None:
    """Refuse one endpoint too many."""
    endpoints = [e for e in topology.endpoints.values() if e.type is endpoint_type]
    if endpoint_type is EndpointType.GATEWAY:
        if sum(e.owner_id == account_id for e in endpoints) >= MAX_GATEWAY_ENDPOINTS_IN_A_REGION:
            raise ec2_errors.limit_exceeded("gateway VPC endpoints in the Region")
    elif sum(e.vpc_id == vpc_id for e in endpoints) >= MAX_INTERFACE_ENDPOINTS_IN_A_VPC:
        raise ec2_errors.limit_exceeded("interface VPC endpoints in the VPC")


def check_route_tables(
    topology: Topology, service: EndpointService, vpc_id: str, route_table_ids: Iterable[str], *, but: str = ""
) -> None:
    """Refuse route tables that are unknown, of another VPC, or have the service's route, unless to endpoint `but`."""
    prefix_list_id = prefix_list_ids(service.region)[service.name]
    for table_id in route_table_ids:
        table = topology.route_tables.get(table_id)
        if table is None:
            raise ec2_errors.no_such_route_table(table_id)
        if table.vpc_id != vpc_id:
            raise ec2_errors.in_another_vpc(table_id, vpc_id)
        if any(_collides(route, prefix_list_id, but) for route in table.routes):
            raise ec2_errors.route_exists(table_id, prefix_list_id)


def _collides(route: Route, prefix_list_id: str, but: str) -> bool:
    return route.destination == prefix_list_id and route.target != but


def check_groups(topology: Topology, vpc_id: str, group_ids: Iterable[str]) -> None:
    """Refuse security groups that are unknown or of another VPC."""
    for group_id in group_ids:
        group = topology.security_groups.get(group_id)
        if group is None:
            raise ec2_errors.no_such_group(group_id)
        if group.vpc_id != vpc_id:
            raise ec2_errors.in_another_vpc(group_id, vpc_id)


def default_group(topology: Topology, vpc_id: str) -> tuple[str, ...]:
    """Return the VPC's default security group, which an endpoint gets that was given none."""
    groups = topology.security_groups.values()
    return tuple(group.id for group in groups if group.vpc_id == vpc_id and group.name == "default")


def check_subnets(
    topology: Topology,
    service: EndpointService,
    vpc_id: str,
    subnet_ids: Sequence[str],
    taken_zones: Collection[str] = (),
) -> tuple[Subnet, ...]:
    """Return the subnets; refuse those that are unknown, of another VPC, or in a zone that is taken or unsupported."""
    zones = set(taken_zones)
    subnets = []
    for subnet_id in subnet_ids:
        subnet = topology.subnets.get(subnet_id)
        if subnet is None:
            raise ec2_errors.no_such_subnet(subnet_id)
        if subnet.vpc_id != vpc_id:
            raise ec2_errors.in_another_vpc(subnet_id, vpc_id)
        if subnet.availability_zone_id in service.unsupported_zone_ids:
            raise ec2_errors.zone_not_supported(service.name, subnet_id)
        if subnet.availability_zone in zones:
            raise ec2_errors.two_subnets_in_a_zone(subnet_id)
        zones.add(subnet.availability_zone)
        subnets.append(subnet)
    return tuple(subnets)


def place(
    subnets: Iterable[Subnet], used: Collection[IPv4Address], wanted: Mapping[str, str], seed: str
) -> tuple[Placement, ...]:
    """Return an address for an interface in each subnet.

    Args:
        subnets: the subnets.
        used: the addresses that are taken in the VPC.
        wanted: the addresses asked for (SubnetConfigurations), by subnet id.
        seed: what picks the others, the same in every run: the endpoint's id.
    """
    return tuple(Placement(subnet, _address(subnet, used, wanted.get(subnet.id), seed)) for subnet in subnets)


def _address(subnet: Subnet, used: Collection[IPv4Address], wanted: str | None, seed: str) -> IPv4Address:
    if wanted is not None:
        return _wanted_address(subnet, used, wanted)
    digest = hashlib.sha256(f"{seed}.{subnet.cidr}".encode()).digest()
    try:
        return allocate_address(subnet.cidr, used, int.from_bytes(digest[:4], "big"))
    except NoFreeAddressError:
        raise ec2_errors.no_free_address(subnet.id) from None


def _wanted_address(subnet: Subnet, used: Collection[IPv4Address], wanted: str) -> IPv4Address:
    try:
        address = IPv4Address(wanted)
    except AddressValueError:
        raise ec2_errors.invalid_value(wanted, "SubnetConfiguration.Ipv4", "Expected an IPv4 address.") from None
    if address not in subnet.cidr or is_reserved(subnet.cidr, address):
        detail = f"It is not a usable address of {subnet.id} ({subnet.cidr})."
        raise ec2_errors.invalid_value(wanted, "SubnetConfiguration.Ipv4", detail)
    if address in used:
        raise ec2_errors.address_in_use(wanted)
    return address


def check_private_dns(topology: Topology, service: EndpointService, vpc_id: str, *, but: str = "") -> None:
    """Refuse private DNS that the service, the VPC or another of its endpoints does not let be; `but` is left out."""
    if not service.private_dns_names:
        raise ec2_errors.no_private_name(service.name)
    vpc = topology.vpcs[vpc_id]
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise ec2_errors.dns_attributes_off(vpc_id)
    for other in topology.endpoints.values():
        if (
            other.vpc_id == vpc_id
            and other.id != but
            and other.private_dns_enabled
            and other.service_name == service.name
        ):
            raise ec2_errors.private_name_taken(service.private_dns_names[0], vpc_id)
    hosted = {zone.name.rstrip(".").lower() for zone in topology.private_zones if vpc_id in zone.vpc_ids}
    for name in service.private_dns_names:
        if name.removeprefix("*.") in hosted:
            raise ec2_errors.private_name_taken(name.removeprefix("*."), vpc_id)


def inbound_only(
    topology: Topology, service: EndpointService, vpc_id: str, dns_options: Mapping[str, Any], *, private_dns: bool
) -> bool:
    """Return whether S3's private names are for hosts outside the VPC only, which is so unless said otherwise.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html#private-dns-s3
    """
    asked = dns_options.get("PrivateDnsOnlyForInboundResolverEndpoint")
    if service.segment != "s3" or not private_dns:
        if asked:
            raise ec2_errors.invalid_parameter(
                "PrivateDnsOnlyForInboundResolverEndpoint is for S3 interface endpoints with private DNS enabled."
            )
        return False
    inbound = True if asked is None else bool(asked)
    if inbound and not _has_gateway(topology, service, vpc_id):
        raise ec2_errors.gateway_needed(vpc_id)
    return inbound


def _has_gateway(topology: Topology, service: EndpointService, vpc_id: str) -> bool:
    return any(
        e.type is EndpointType.GATEWAY and e.service_name == service.name and e.vpc_id == vpc_id
        for e in topology.endpoints.values()
    )


def check_ip_types(values: Mapping[str, Any]) -> None:
    """Refuse address types other than IPv4, the one that is emulated."""
    ip_type = values.get("IpAddressType", "ipv4")
    if ip_type != "ipv4":
        raise ec2_errors.invalid_value(ip_type, "IpAddressType", "Only ipv4 is supported.")


def dns_record_ip_type(values: Mapping[str, Any], default: str = "ipv4") -> str:
    """Return the `DnsRecordIpType` that is asked for; those other than IPv4 are refused."""
    record_type = values.get("DnsOptions", {}).get("DnsRecordIpType", default)
    if record_type not in ("ipv4", "service-defined"):
        raise ec2_errors.invalid_value(record_type, "DnsOptions.DnsRecordIpType", "Only ipv4 is supported.")
    return str(record_type)


def check_kept_addresses(endpoint: Endpoint, wanted: Mapping[str, str]) -> None:
    """Refuse other addresses for network interfaces that are there: their subnets are to be removed first."""
    for interface in endpoint.interfaces:
        if wanted.get(interface.subnet_id, str(interface.address)) != str(interface.address):
            raise ec2_errors.address_is_fixed(interface.subnet_id)


def wanted_addresses(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the addresses that SubnetConfigurations ask for, by subnet id."""
    configurations = values.get("SubnetConfigurations", ())
    return {each["SubnetId"]: each["Ipv4"] for each in configurations if "SubnetId" in each and "Ipv4" in each}


def check_tags(tags: Sequence[tuple[str, str]]) -> None:
    """Refuse tags whose keys are AWS's, too long, empty, or the same, and values that are too long.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
    """
    keys = [key for key, _ in tags]
    reserved = next((key for key in keys if key.lower().startswith("aws:")), None)
    if reserved is not None:
        raise ec2_errors.reserved_tag(reserved)
    if "" in keys:
        raise ec2_errors.invalid_parameter_value("Tag keys may not be null or empty")
    if any(len(key) > _LONGEST_TAG_KEY for key in keys):
        raise ec2_errors.invalid_parameter_value(f"Tag key exceeds the maximum length of {_LONGEST_TAG_KEY} characters")
    if any(len(value) > _LONGEST_TAG_VALUE for _, value in tags):
        longest = f"Tag value exceeds the maximum length of {_LONGEST_TAG_VALUE} characters"
        raise ec2_errors.invalid_parameter_value(longest)
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ec2_errors.duplicate_tag(twice)


def check_token(token: str | None) -> None:
    """Refuse a ClientToken that is too long, or not of ASCII characters (wording unknown).

    https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
    """
    if token is not None and not (token.isascii() and len(token) <= _LONGEST_TOKEN):
        detail = f"A client token has at most {_LONGEST_TOKEN} ASCII characters."
        raise ec2_errors.invalid_value(token, "clientToken", detail)


def name_of(tags: Iterable[tuple[str, str]], endpoint_id: str) -> str:
    """Return an endpoint's name: its Name tag, or its id."""
    return dict(tags).get("Name") or endpoint_id


def zones_of(endpoint: Endpoint, but: Collection[str] = ()) -> set[str]:
    """Return the Availability Zones an endpoint is in, leaving out those of some subnets."""
    return {i.availability_zone for i in endpoint.interfaces if i.subnet_id not in but}


def dns_token_of(endpoint_id: str) -> str:
    """Return the eight lower-case alphanumerics that an endpoint's DNS names have after its id.

    Made of the id, so that an endpoint with the same id has the same names in every run.
    """
    digest = hashlib.sha256(endpoint_id.encode()).digest()
    return "".join(_ALPHANUMERICS[byte % len(_ALPHANUMERICS)] for byte in digest[:8])
