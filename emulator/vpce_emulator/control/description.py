"""Endpoints and endpoint services as the EC2 API describes them. Pure.

Shapes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html and …/API_ServiceDetail.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.control.listing import tag_attributes
from vpce_emulator.topology.models import Endpoint, EndpointType
from vpce_emulator.topology.names import dns_entries
from vpce_emulator.topology.services import EndpointService, endpoint_service


def described_creation(endpoint: Endpoint, token: str | None, group_names: Mapping[str, str]) -> Values:
    """Return CreateVpcEndpoint's answer, in which an interface endpoint is still pending.

    Without a delay it is available by the time the answer arrives: nobody wants to wait the minutes that AWS takes.

    Args:
        endpoint: what was made.
        token: the ClientToken that it was made with.
        group_names: security groups' names by their ids.
    """
    shown = replace(endpoint, state="pending") if endpoint.type is EndpointType.INTERFACE else endpoint
    return {"VpcEndpoint": described_endpoint(shown, group_names), "ClientToken": token}


def described_endpoint(endpoint: Endpoint, group_names: Mapping[str, str]) -> Values:
    """Return an endpoint as `VpcEndpoint`; `group_names` are security groups' names by their ids."""
    values: Values = {
        "VpcEndpointId": endpoint.id,
        "VpcEndpointType": endpoint.type.value,
        "VpcId": endpoint.vpc_id,
        "ServiceName": endpoint.service_name,
        "State": endpoint.state,
        "PolicyDocument": endpoint.policy,
        "RouteTableIds": list(endpoint.route_table_ids),
        "SubnetIds": list(endpoint.subnet_ids),
        "Groups": [{"GroupId": group_id, "GroupName": group_names[group_id]} for group_id in endpoint.group_ids],
        "PrivateDnsEnabled": endpoint.private_dns_enabled,
        "RequesterManaged": False,
        "NetworkInterfaceIds": [interface.id for interface in endpoint.interfaces],
        "DnsEntries": [],
        "CreationTimestamp": datetime.fromtimestamp(endpoint.created_at, UTC),
        "Tags": [{"Key": key, "Value": value} for key, value in endpoint.tags],
        "OwnerId": endpoint.owner_id,
        "ServiceRegion": endpoint.service_region,
    }
    return values | _of_interface(endpoint) if endpoint.type is EndpointType.INTERFACE else values


def _of_interface(endpoint: Endpoint) -> Values:
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    entries = dns_entries(endpoint, service.dns_label, service.private_dns_names) if service else ()
    options: Values = {"DnsRecordIpType": endpoint.dns_record_ip_type}
    if endpoint.private_dns_enabled and endpoint.service_name.endswith(".s3"):
        options["PrivateDnsOnlyForInboundResolverEndpoint"] = endpoint.private_dns_only_for_inbound_resolver
    return {
        "DnsEntries": [{"DnsName": entry.name, "HostedZoneId": entry.hosted_zone_id} for entry in entries],
        "DnsOptions": options,
        "IpAddressType": "ipv4",
    }


def endpoint_attributes(endpoint: Endpoint) -> dict[str, Collection[str]]:
    """Return what the filters of DescribeVpcEndpoints can ask for."""
    return {
        "ip-address-type": ("ipv4",) if endpoint.type is EndpointType.INTERFACE else (),
        "service-name": (endpoint.service_name,),
        "service-region": (endpoint.service_region,),
        "vpc-id": (endpoint.vpc_id,),
        "vpc-endpoint-id": (endpoint.id,),
        "vpc-endpoint-state": (endpoint.state,),
        "vpc-endpoint-type": (endpoint.type.value,),
        **tag_attributes(endpoint.tags),
    }


def described_service(
    service: EndpointService, endpoint_type: EndpointType, zones: Sequence[tuple[str, str]]
) -> Values:
    """Return a service, as offered for one type of endpoint, as `ServiceDetail`.

    `zones` are the names and ids of the Region's Availability Zones.
    """
    offered = [(name, zone_id) for name, zone_id in zones if zone_id not in service.unsupported_zone_ids]
    values: Values = {
        "ServiceName": service.name,
        "ServiceId": _service_id(service, endpoint_type),
        "ServiceType": [{"ServiceType": endpoint_type.value}],
        "ServiceRegion": service.region,
        "AvailabilityZoneIds": [zone_id for _, zone_id in offered],
        "AvailabilityZones": [name for name, _ in offered],
        "Owner": "amazon",
        "BaseEndpointDnsNames": [service.base_dns_name(endpoint_type)],
        "VpcEndpointPolicySupported": service.policy_supported,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
        "SupportedIpAddressTypes": ["ipv4"],
    }
    if endpoint_type is EndpointType.INTERFACE and service.private_dns_names:
        values["PrivateDnsName"] = service.private_dns_names[0]
        values["PrivateDnsNames"] = [{"PrivateDnsName": name} for name in service.private_dns_names]
        values["PrivateDnsNameVerificationState"] = "verified"
    return values


def service_attributes(service: EndpointService, endpoint_type: EndpointType) -> dict[str, Collection[str]]:
    """Return what the filters of DescribeVpcEndpointServices can ask for."""
    return {
        "owner": ("amazon",),
        "service-name": (service.name,),
        "service-region": (service.region,),
        "service-type": (endpoint_type.value,),
        "supported-ip-address-types": ("ipv4",),
        **tag_attributes(()),
    }


def _service_id(service: EndpointService, endpoint_type: EndpointType) -> str:
    """Return an id of the shape AWS gives, the same in every run."""
    return "vpce-svc-0" + hashlib.sha256(f"{service.name}.{endpoint_type}".encode()).hexdigest()[:16]
