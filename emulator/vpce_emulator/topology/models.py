"""What exists in the network: VPCs, subnets, route tables, security groups, endpoints and clients, as frozen values.

A `Topology` is one consistent picture of the whole network. It is never changed, only replaced by one with a higher
`version`; whoever holds one may go on reasoning about it. Ids are AWS's (`vpc-…`); names are the topology file's, or
the `Name` tag, or, where neither is there, the id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Literal


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC and its two DNS attributes.

    `enable_dns_support` and `enable_dns_hostnames` must both be true for private DNS
    (https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html).
    """

    id: str
    name: str
    account_id: str
    cidrs: tuple[IPv4Network, ...]
    enable_dns_support: bool
    enable_dns_hostnames: bool


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet and the route table in effect for it: its own, or else the VPC's main table.

    `availability_zone_id` (`use1-az1`) is the same place in every account, unlike the zone's name; AWS documents by it
    which services stand where. Empty when it is not known. `network_acl_id` is empty for a subnet that no ACL guards.
    """

    id: str
    name: str
    vpc_id: str
    availability_zone: str
    cidr: IPv4Network
    route_table_id: str
    availability_zone_id: str = ""
    network_acl_id: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `destination` is a network or a prefix list's id; `target` is `local` or the id of what it leads to.

    `active` is false for a route whose target is gone (AWS: state `blackhole`).
    """

    destination: IPv4Network | str
    target: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table of a VPC; `main` serves the subnets that name no other."""

    id: str
    name: str
    vpc_id: str
    main: bool
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """One rule: a protocol, a port range, and the peers it admits.

    `protocol` is `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all; ports are inclusive and None means every
    port. A peer matches if any of `cidrs`, `group_ids` or `prefix_list_ids` holds it. `ipv6_cidrs` admit nobody: every
    address here is an IPv4 one.
    """

    protocol: str
    from_port: int | None
    to_port: int | None
    cidrs: tuple[IPv4Network, ...] = ()
    group_ids: tuple[str, ...] = ()
    prefix_list_ids: tuple[str, ...] = ()
    ipv6_cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group: `ingress` says who may connect to its members, `egress` to whom its members may connect."""

    id: str
    name: str
    vpc_id: str
    ingress: tuple[SecurityGroupRule, ...]
    egress: tuple[SecurityGroupRule, ...]


@dataclass(frozen=True, slots=True)
class NetworkAclEntry:
    """One entry of a network ACL: what it does with packets of a protocol from or to a network.

    `number` is its place in the order, `egress` whether it is about packets that leave the subnet, `allow` whether it
    lets them. `protocol` is a number or `-1` for all; ports are inclusive and None means every port.
    """

    number: int
    egress: bool
    allow: bool
    protocol: str
    cidr: IPv4Network
    from_port: int | None = None
    to_port: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL, with its entries in the order of their numbers. What no entry is about is denied."""

    id: str
    vpc_id: str
    entries: tuple[NetworkAclEntry, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """One route of a transit gateway's route table. Without an attachment to lead to, it is a blackhole.

    `static` is false for a route that an attachment propagates.
    """

    destination: IPv4Network
    attachment_id: str = ""
    static: bool = True


@dataclass(frozen=True, slots=True)
class TransitRouteTable:
    """A route table of a transit gateway, and the routes in it."""

    id: str
    routes: tuple[TransitRoute, ...]


@dataclass(frozen=True, slots=True)
class TransitAttachment:
    """What is attached to a transit gateway.

    Attributes:
        id: `tgw-attach-…`.
        vpc_id: the VPC; empty for a network outside, and for another transit gateway.
        subnet_ids: of a VPC, the subnets that it stands in; the gateway serves their Availability Zones.
        table_id: the gateway's route table that decides where packets from it go; empty where there is none.
    """

    id: str
    vpc_id: str
    subnet_ids: frozenset[str]
    table_id: str


@dataclass(frozen=True, slots=True)
class TransitRouting:
    """How a transit gateway routes: what is attached to it, and its tables by their ids."""

    attachments: tuple[TransitAttachment, ...]
    tables: Mapping[str, TransitRouteTable]


@dataclass(frozen=True, slots=True)
class Connection:
    """What joins VPCs and networks outside: a peering connection, transit gateway or virtual private gateway.

    `id` begins with `pcx-`, `tgw-` or `vgw-`; `vpc_ids` are the VPCs that it is attached to and up for. `routing` is
    a transit gateway's own, which the others have not. `name` is empty where it has none.
    """

    id: str
    vpc_ids: frozenset[str]
    routing: TransitRouting | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway: the subnet it stands in, and its public address; a private one has none. Its name may be empty."""

    id: str
    subnet_id: str
    public_address: IPv4Address | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A prefix list: for gateway endpoints, the CIDRs of one service in one Region (`com.amazonaws.us-east-1.s3`)."""

    id: str
    name: str
    cidrs: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """An interface endpoint's network interface: its private address in one subnet, and the groups that guard it."""

    id: str
    endpoint_id: str
    subnet_id: str
    availability_zone: str
    address: IPv4Address
    group_ids: tuple[str, ...]


class EndpointType(StrEnum):
    """`VpcEndpointType`, spelled as on the wire."""

    GATEWAY = "Gateway"
    INTERFACE = "Interface"


EndpointState = Literal["pending", "available", "deleting", "deleted"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint.

    Attributes:
        id: `vpce-` and 17 hexadecimal digits.
        name: its name in the topology file, else its `Name` tag, else its id.
        type: gateway or interface.
        service_name: the full name, `com.amazonaws.us-east-1.s3`.
        vpc_id: the VPC it stands in.
        owner_id: the account that owns it (`aws:VpceAccount`).
        state: as on the wire; only an `available` endpoint carries traffic.
        policy: the endpoint policy's text as it was set, or AWS's default; None where the service supports none,
            which means full access.
        route_table_ids: of a gateway endpoint, the tables that have its route.
        subnet_ids: of an interface endpoint, in the order they were given.
        group_ids: of an interface endpoint, the security groups on its interfaces.
        interfaces: of an interface endpoint, one network interface a subnet.
        private_dns_enabled: whether the service's own names resolve to it inside the VPC.
        dns_record_ip_type: `DnsRecordIpType` as it was asked for: `ipv4` or `service-defined`.
        dns_token: the eight characters after the id in its DNS names; empty for a gateway endpoint.
        created_at: `CreationTimestamp`, seconds since the epoch.
        tags: in the order they were given.
        service_region: the service's Region, `ServiceRegion`.
        private_dns_only_for_inbound_resolver: `PrivateDnsOnlyForInboundResolverEndpoint`: the private names lead here
            for hosts that ask through a Route 53 Resolver inbound endpoint, and not for those in the VPC.
    """

    id: str
    name: str
    type: EndpointType
    service_name: str
    vpc_id: str
    owner_id: str
    state: EndpointState
    policy: str | None
    created_at: float
    service_region: str
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    interfaces: tuple[NetworkInterface, ...] = ()
    private_dns_enabled: bool = False
    private_dns_only_for_inbound_resolver: bool = False
    dns_record_ip_type: str = "ipv4"
    dns_token: str = ""
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ZoneRecord:
    """A resource record set of a hosted zone, as it was put there: names in any letter case.

    Attributes:
        name: its name, complete; `*.` at its beginning makes it a wildcard.
        type: `A`, `CNAME` …
        ttl: seconds; of an alias, nothing.
        values: as a zone file has them; none of an alias.
        alias: of an alias record, the name whose records it stands for; else empty.
    """

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]
    alias: str = ""


@dataclass(frozen=True, slots=True)
class PrivateZone:
    """A private hosted zone of Route 53, and the VPCs that it is associated with."""

    name: str
    vpc_ids: frozenset[str]
    records: tuple[ZoneRecord, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """Where a caller stands.

    Attributes:
        name: the topology file's name, or the network interface's or instance's id.
        vpc_id: the VPC it is in, or that its network is attached to.
        subnet_id: the subnet its network interface is in; empty for a host in a network attached to the VPC by VPN or
            Direct Connect, which has no security groups and whose own routes and firewalls are not ours to know.
        address: its private address.
        group_ids: the security groups on its network interface.
        inbound_resolver: whether a host outside the VPC asks the VPC's resolver, through a Route 53 Resolver inbound
            endpoint; without one it sees public DNS only.
        public_address: of a network interface, the Elastic IP address or the public one that it has, if any.
        interface_id: the network interface; empty for a host outside.
        instance_id: the instance that has the network interface; empty for a free-standing one, and for hosts outside.
        instance_profile_arn: the instance's profile, whose role calls without other credentials act as; empty for none.
        source_dest_check: whether its network interface drops what is neither from nor to its own addresses, as all do
            but those of NAT instances and the like.
        connection_id: of a host outside, the virtual private gateway or transit gateway that its network is attached
            to; empty where that is not known.
    """

    name: str
    vpc_id: str
    subnet_id: str
    address: IPv4Address
    group_ids: tuple[str, ...]
    inbound_resolver: bool = False
    public_address: IPv4Address | None = None
    interface_id: str = ""
    instance_id: str = ""
    instance_profile_arn: str = ""
    source_dest_check: bool = True
    connection_id: str = ""


@dataclass(frozen=True, slots=True)
class Topology:
    """The whole network at one moment, each kind of thing by its id (clients by their name, hosted zones in a row).

    `version` grows with every change; equal versions mean equal topologies. `addresses` are the private addresses of
    all network interfaces, by VPC: the secondary ones of clients, and those of NAT gateways, too. `impaired_zones` are
    the Availability Zones that are made to fail: their network interfaces drop out of regional DNS names and answer
    nobody.
    """

    version: int
    region: str
    account_id: str
    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    prefix_lists: Mapping[str, PrefixList] = field(default_factory=dict)
    network_acls: Mapping[str, NetworkAcl] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    nat_gateways: Mapping[str, NatGateway] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    addresses: Mapping[str, frozenset[IPv4Address]] = field(default_factory=dict)
    private_zones: tuple[PrivateZone, ...] = ()
    impaired_zones: frozenset[str] = frozenset()
