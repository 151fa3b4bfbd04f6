"""ModifyVpcEndpoint, decided: what of an endpoint changes, and which network interfaces come and go. Pure.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any, Final

from vpce_emulator.control import ec2_errors, endpoint_rules
from vpce_emulator.control.endpoint_policy import accepted_policy, default_policy
from vpce_emulator.control.endpoint_rules import Placement
from vpce_emulator.topology.models import Endpoint, EndpointType, NetworkInterface, Topology
from vpce_emulator.topology.services import EndpointService, endpoint_service

_OF_GATEWAYS: Final = ("AddRouteTableIds", "RemoveRouteTableIds")
_OF_INTERFACES: Final = (
    "AddSubnetIds",
    "RemoveSubnetIds",
    "AddSecurityGroupIds",
    "RemoveSecurityGroupIds",
    "PrivateDnsEnabled",
    "SubnetConfigurations",
)


@dataclass(frozen=True, slots=True)
class Modification:
    """An endpoint as it is to be, but for its new network interfaces.

    Attributes:
        endpoint: with the interfaces that stay, guarded by the groups they are to have.
        placements: where new interfaces go.
        removed: the interfaces that go.
        regrouped: whether the groups changed.
    """

    endpoint: Endpoint
    placements: tuple[Placement, ...] = ()
    removed: tuple[NetworkInterface, ...] = ()
    regrouped: bool = False


def decide_modification(
    values: Mapping[str, Any], endpoint: Endpoint, topology: Topology, used: Collection[IPv4Address]
) -> Modification:
    """Return what a request makes of an endpoint.

    Args:
        values: the parameters, as boto3 names them.
        endpoint: as it is.
        topology: the network as it is.
        used: the private addresses that are taken in the VPC.

    Raises:
        Ec2Error: if AWS would refuse it.
    """
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    if service is None:
        raise ec2_errors.no_such_service(endpoint.service_name)
    endpoint = replace(endpoint, policy=_policy(values, endpoint, service))
    others = _OF_INTERFACES if endpoint.type is EndpointType.GATEWAY else _OF_GATEWAYS
    given = [name for name in others if values.get(name)]
    if given:
        raise ec2_errors.not_of_this_type(given, endpoint.type)
    if endpoint.type is EndpointType.GATEWAY:
        return Modification(_with_route_tables(values, endpoint, topology, service))
    return _interface(values, endpoint, topology, used, service)


def _policy(values: Mapping[str, Any], endpoint: Endpoint, service: EndpointService) -> str | None:
    text, reset = values.get("PolicyDocument"), values.get("ResetPolicy")
    if text and reset:
        raise ec2_errors.Ec2Error(
            "InvalidParameterCombination", "PolicyDocument and ResetPolicy cannot be given together."
        )
    if not (text or reset):
        return endpoint.policy
    if not service.policy_supported:
        raise ec2_errors.invalid_parameter(f"Endpoint policies are not supported by the service {service.name}.")
    return accepted_policy(text, endpoint.type) if text else default_policy(endpoint.type)


def _with_route_tables(
    values: Mapping[str, Any], endpoint: Endpoint, topology: Topology, service: EndpointService
) -> Endpoint:
    added, removed = values.get("AddRouteTableIds", ()), values.get("RemoveRouteTableIds", ())
    endpoint_rules.check_route_tables(topology, service, endpoint.vpc_id, added, but=endpoint.id)
    unknown = next((table_id for table_id in removed if table_id not in endpoint.route_table_ids), None)
    if unknown is not None:
        raise ec2_errors.no_such_route_table(unknown)
    return replace(endpoint, route_table_ids=_changed(endpoint.route_table_ids, added, removed))


def _interface(
    values: Mapping[str, Any],
    endpoint: Endpoint,
    topology: Topology,
    used: Collection[IPv4Address],
    service: EndpointService,
) -> Modification:
    endpoint_rules.check_ip_types(values)
    removed_ids = values.get("RemoveSubnetIds", ())
    unknown = next((subnet_id for subnet_id in removed_ids if subnet_id not in endpoint.subnet_ids), None)
    if unknown is not None:
        raise ec2_errors.no_such_subnet(unknown)
    wanted = endpoint_rules.wanted_addresses(values)
    endpoint_rules.check_kept_addresses(endpoint, wanted)
    added_ids = [s for s in dict.fromkeys([*values.get("AddSubnetIds", ()), *wanted]) if s not in endpoint.subnet_ids]
    zones = endpoint_rules.zones_of(endpoint, but=removed_ids)
    subnets = endpoint_rules.check_subnets(topology, service, endpoint.vpc_id, added_ids, zones)
    group_ids = _groups(values, endpoint, topology)
    endpoint = _with_private_dns(values, endpoint, topology, service)
    return Modification(
        endpoint=replace(
            endpoint,
            subnet_ids=_changed(endpoint.subnet_ids, added_ids, removed_ids),
            group_ids=group_ids,
            dns_record_ip_type=endpoint_rules.dns_record_ip_type(values, endpoint.dns_record_ip_type),
            interfaces=tuple(
                replace(i, group_ids=group_ids) for i in endpoint.interfaces if i.subnet_id not in removed_ids
            ),
        ),
        placements=endpoint_rules.place(subnets, used, wanted, endpoint.id),
        removed=tuple(i for i in endpoint.interfaces if i.subnet_id in removed_ids),
        regrouped=group_ids != endpoint.group_ids,
    )


def _groups(values: Mapping[str, Any], endpoint: Endpoint, topology: Topology) -> tuple[str, ...]:
    added, removed = values.get("AddSecurityGroupIds", ()), values.get("RemoveSecurityGroupIds", ())
    endpoint_rules.check_groups(topology, endpoint.vpc_id, added)
    unknown = next((group_id for group_id in removed if group_id not in endpoint.group_ids), None)
    if unknown is not None:
        raise ec2_errors.no_such_group(unknown)
    changed = _changed(endpoint.group_ids, added, removed)
    if not changed and endpoint.group_ids:
        raise ec2_errors.invalid_parameter("An interface endpoint must have at least one security group.")
    return changed


def _with_private_dns(
    values: Mapping[str, Any], endpoint: Endpoint, topology: Topology, service: EndpointService
) -> Endpoint:
    options = values.get("DnsOptions", {})
    enabled = bool(values.get("PrivateDnsEnabled", endpoint.private_dns_enabled))
    if enabled and not endpoint.private_dns_enabled:
        endpoint_rules.check_private_dns(topology, service, endpoint.vpc_id, but=endpoint.id)
    elif enabled and "PrivateDnsOnlyForInboundResolverEndpoint" not in options:
        return endpoint
    inbound_only = endpoint_rules.inbound_only(topology, service, endpoint.vpc_id, options, private_dns=enabled)
    return replace(endpoint, private_dns_enabled=enabled, private_dns_only_for_inbound_resolver=inbound_only)


def _changed(ids: Iterable[str], added: Iterable[str], removed: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in (*ids, *added) if each not in removed))
