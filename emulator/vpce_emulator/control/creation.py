"""CreateVpcEndpoint, decided: from the parameters and the network to the endpoint that is to be. Pure.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final

from vpce_emulator.control import ec2_errors, endpoint_rules
from vpce_emulator.control.endpoint_policy import accepted_policy, default_policy
from vpce_emulator.control.endpoint_rules import Placement
from vpce_emulator.topology.models import Endpoint, EndpointType, Topology
from vpce_emulator.topology.services import CROSS_REGION_SERVICES, EndpointService, endpoint_service

# The types that exist on AWS and are for other things than AWS's services.
_OTHER_TYPES: Final = frozenset({"GatewayLoadBalancer", "Resource", "ServiceNetwork", "Tunnel"})

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
_MOST_TAGS: Final = 50

_INTERFACE_PARAMETERS: Final = ("SubnetIds", "SecurityGroupIds", "SubnetConfigurations")


@dataclass(frozen=True, slots=True)
class Identity:
    """What the request does not say of a new endpoint: whose it is, its id, and when it was made."""

    account_id: str
    endpoint_id: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Creation:
    """An endpoint to be made: all but its network interfaces, and where those go."""

    endpoint: Endpoint
    placements: tuple[Placement, ...]


def decide_creation(
    values: Mapping[str, Any], topology: Topology, used: Collection[IPv4Address], identity: Identity
) -> Creation:
    """Return the endpoint that a request asks for.

    Args:
        values: the parameters, as boto3 names them.
        topology: the network as it is.
        used: the private addresses that are taken in the VPC.
        identity: what the request does not say.

    Raises:
        Ec2Error: if AWS would refuse it.
    """
    service = _service(values, topology.region)
    endpoint_type = _type(values, service)
    vpc_id = _required(values, "VpcId")
    if vpc_id not in topology.vpcs:
        raise ec2_errors.no_such_vpc(vpc_id)
    endpoint_rules.check_quota(topology, endpoint_type, vpc_id, identity.account_id)
    tags = _tags(values)
    common: dict[str, Any] = {
        "id": identity.endpoint_id,
        "type": endpoint_type,
        "service_name": service.name,
        "vpc_id": vpc_id,
        "owner_id": identity.account_id,
        "state": "available",
        "policy": _policy(values, service, endpoint_type),
        "created_at": identity.created_at,
        "service_region": service.region,
        "tags": tags,
        "name": endpoint_rules.name_of(tags, identity.endpoint_id),
    }
    if endpoint_type is EndpointType.GATEWAY:
        return _gateway(values, topology, service, common)
    return _interface(values, topology, used, service, common)


def _gateway(
    values: Mapping[str, Any], topology: Topology, service: EndpointService, common: Mapping[str, Any]
) -> Creation:
    _refuse(values, _INTERFACE_PARAMETERS, EndpointType.GATEWAY)
    if values.get("PrivateDnsEnabled"):
        raise ec2_errors.not_of_this_type(["PrivateDnsEnabled"], EndpointType.GATEWAY)
    table_ids = _unique(values.get("RouteTableIds", ()))
    endpoint_rules.check_route_tables(topology, service, common["vpc_id"], table_ids)
    return Creation(Endpoint(**common, route_table_ids=table_ids), ())


def _interface(
    values: Mapping[str, Any],
    topology: Topology,
    used: Collection[IPv4Address],
    service: EndpointService,
    common: Mapping[str, Any],
) -> Creation:
    _refuse(values, ("RouteTableIds",), EndpointType.INTERFACE)
    endpoint_rules.check_ip_types(values)
    vpc_id = common["vpc_id"]
    wanted = endpoint_rules.wanted_addresses(values)
    subnet_ids = _unique([*values.get("SubnetIds", ()), *wanted])
    subnets = endpoint_rules.check_subnets(topology, service, vpc_id, subnet_ids)
    group_ids = _unique(values.get("SecurityGroupIds", ())) or endpoint_rules.default_group(topology, vpc_id)
    endpoint_rules.check_groups(topology, vpc_id, group_ids)
    private_dns = _private_dns(values, service)
    if private_dns:
        endpoint_rules.check_private_dns(topology, service, vpc_id)
    inbound_only = endpoint_rules.inbound_only(
        topology, service, vpc_id, values.get("DnsOptions", {}), private_dns=private_dns
    )
    endpoint = Endpoint(
        **common,
        dns_token=endpoint_rules.dns_token_of(common["id"]),
        subnet_ids=subnet_ids,
        group_ids=group_ids,
        private_dns_enabled=private_dns,
        private_dns_only_for_inbound_resolver=inbound_only,
        dns_record_ip_type=endpoint_rules.dns_record_ip_type(values),
    )
    return Creation(endpoint, endpoint_rules.place(subnets, used, wanted, endpoint.id))


def _private_dns(values: Mapping[str, Any], service: EndpointService) -> bool:
    """Return whether private DNS is asked for.

    Left out, it is on where the service has private names. Not so for S3, whose endpoints made without saying are
    recorded with it off, and for services in other Regions, whose names other endpoints may own.
    """
    asked = values.get("PrivateDnsEnabled")
    if asked is None:
        return bool(service.private_dns_names) and service.segment != "s3" and "ServiceRegion" not in values
    return bool(asked)


def _service(values: Mapping[str, Any], region: str) -> EndpointService:
    name = _required(values, "ServiceName")
    service_region = values.get("ServiceRegion", region)
    service = endpoint_service(name, service_region)
    if service is None or (service_region != region and service.segment not in CROSS_REGION_SERVICES):
        raise ec2_errors.no_such_service(name)
    return service


def _type(values: Mapping[str, Any], service: EndpointService) -> EndpointType:
    name = values.get("VpcEndpointType", EndpointType.GATEWAY.value)
    if name in _OTHER_TYPES:
        raise ec2_errors.type_not_offered(service.name, name)
    if name not in set(EndpointType):
        raise ec2_errors.invalid_endpoint_type(name)
    elsewhere = name == EndpointType.GATEWAY and "ServiceRegion" in values
    if EndpointType(name) not in service.types or elsewhere:
        raise ec2_errors.type_not_offered(service.name, name)
    return EndpointType(name)


def _policy(values: Mapping[str, Any], service: EndpointService, endpoint_type: EndpointType) -> str | None:
    text = values.get("PolicyDocument")
    if not service.policy_supported:
        if text:
            raise ec2_errors.invalid_parameter(f"Endpoint policies are not supported by the service {service.name}.")
        return None
    return accepted_policy(text, endpoint_type) if text else default_policy(endpoint_type)


def _tags(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    tags: list[tuple[str, str]] = []
    for specification in values.get("TagSpecifications", ()):
        resource_type = specification.get("ResourceType")
        if resource_type != "vpc-endpoint":
            raise ec2_errors.invalid_value(
                str(resource_type), "TagSpecification.ResourceType", "It must be vpc-endpoint."
            )
        tags.extend((tag.get("Key", ""), tag.get("Value", "")) for tag in specification.get("Tags", ()))
    endpoint_rules.check_tags(tags)
    if len(tags) > _MOST_TAGS:
        raise ec2_errors.too_many_tags()
    return tuple(tags)


def _required(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not value:
        raise ec2_errors.missing_parameter(name)
    return str(value)


def _refuse(values: Mapping[str, Any], names: Collection[str], endpoint_type: EndpointType) -> None:
    given = [name for name in names if values.get(name)]
    if given:
        raise ec2_errors.not_of_this_type(given, endpoint_type)


def _unique(ids: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
