"""The topology file (`vpce.yaml`), as it is written: the network to build and the callers in it.

It is applied through the same API calls that a user would make, so nothing here knows the ids of subnets or route
tables: things refer to each other by the names they have in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vpce_emulator.fault_rules import FaultRule

Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="a Region, like us-east-1")]
AccountId = Annotated[str, Field(pattern=r"^\d{12}$", description="an account id: twelve digits, in quotes")]
Name = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$", description="a name: letters, digits, '-' and '_'"),
]
Network = Annotated[IPv4Network, Field(description="an IPv4 network, like 10.0.1.0/24, with no host bits set")]
Port = Annotated[
    int | str | None, Field(description="a port, like 443, or a range, like '1024-65535'; left out: every port")
]
PolicyDocument = dict[str, Any]

_PRINCIPAL = r"^arn:aws[a-z-]*:(iam::\d{12}:(root|user/.+)|sts::\d{12}:(assumed-role/[^/]+/[^/]+|federated-user/.+))$"
_LAST_PORT = 65535
INTERNET_GATEWAY = "internet_gateway"


class Section(BaseModel):
    """A part of the topology file: no unknown fields, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _ports(port: int | str | None) -> tuple[int, int] | None:
    if port is None:
        return None
    first, _, last = str(port).partition("-")
    if first.isdigit() and (last or first).isdigit() and int(first) <= int(last or first) <= _LAST_PORT:
        return int(first), int(last or first)
    message = "a port from 0 to 65535, like 443, or a range, like '1024-65535'"
    raise ValueError(message)


class RuleSection(Section):
    """One security-group rule: a protocol, the ports, and one peer."""

    protocol: Literal["tcp", "udp", "icmp", "all"] = "tcp"
    port: Port = None
    cidr: Network | None = None
    security_group: Name | None = None
    prefix_list: Annotated[
        str | None, Field(description="the service of a prefix list, s3 or dynamodb, or its id, like pl-63a5400a")
    ] = None

    @model_validator(mode="after")
    def _one_peer(self) -> Self:
        given = [peer for peer in (self.cidr, self.security_group, self.prefix_list) if peer is not None]
        if len(given) != 1:
            message = "exactly one of cidr, security_group and prefix_list"
            raise ValueError(message)
        self.ports()
        return self

    def ports(self) -> tuple[int, int] | None:
        """Return the first and the last port, or None for every port."""
        return _ports(self.port)


class SecurityGroupSection(Section):
    """A security group. Without `egress` it lets everything out, as AWS does; without `ingress`, nothing in."""

    ingress: tuple[RuleSection, ...] = ()
    egress: tuple[RuleSection, ...] = (RuleSection(protocol="all", cidr=IPv4Network("0.0.0.0/0")),)


class AclEntrySection(Section):
    """One rule of a network ACL. The one with the lowest number that is about a packet decides."""

    rule: Annotated[int, Field(ge=1, le=32766, description="a number from 1 to 32766")]
    action: Literal["allow", "deny"]
    protocol: Literal["tcp", "udp", "icmp", "all"] = "all"
    port: Port = None
    cidr: Network = IPv4Network("0.0.0.0/0")

    @model_validator(mode="after")
    def _ports_are_ports(self) -> Self:
        self.ports()
        return self

    def ports(self) -> tuple[int, int] | None:
        """Return the first and the last port, or None for every port."""
        return _ports(self.port)


class NetworkAclSection(Section):
    """A network ACL. It is stateless, so answers need a rule too; what no rule is about is denied."""

    ingress: tuple[AclEntrySection, ...] = ()
    egress: tuple[AclEntrySection, ...] = ()

    @model_validator(mode="after")
    def _numbers_are_unique(self) -> Self:
        for way, entries in (("ingress", self.ingress), ("egress", self.egress)):
            if len({entry.rule for entry in entries}) < len(entries):
                message = f"rule numbers that are unique in {way}"
                raise ValueError(message)
        return self


class RouteSection(Section):
    """A route beside the local one: to a gateway of the VPC, a peering connection or a transit gateway."""

    destination: Network
    target: Annotated[
        str,
        Field(description="internet_gateway, or the name of one of nat_gateways, peerings or transit_gateways"),
    ]


class RouteTableSection(Section):
    """A route table. The routes of gateway endpoints are added by the endpoints."""

    routes: tuple[RouteSection, ...] = ()


class NatGatewaySection(Section):
    """A NAT gateway, in a subnet whose route table leads to the internet gateway."""

    subnet: Name
    connectivity_type: Literal["public", "private"] = "public"


class SubnetSection(Section):
    """A subnet.

    Without a route table it uses the VPC's main one, which has the local route alone; without a network ACL the VPC's
    default one, which allows everything.
    """

    cidr: Network
    availability_zone: Annotated[
        str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$", description="an Availability Zone, like us-east-1a")
    ]
    route_table: Name | None = None
    network_acl: Name | None = None
    map_public_ip_on_launch: bool = False


class EndpointSection(Section):
    """A VPC endpoint, of either type."""

    service: Annotated[
        str, Field(min_length=1, description="a service, like s3 or sqs, or its full name, com.amazonaws.us-east-1.s3")
    ]
    type: Literal["Gateway", "Interface"]
    id: Annotated[str | None, Field(pattern=r"^vpce-[0-9a-f]{8}([0-9a-f]{9})?$", description="like vpce-1a2b3c4d")] = (
        None
    )
    route_tables: tuple[Name, ...] = ()
    subnets: tuple[Name, ...] = ()
    security_groups: tuple[Name, ...] = ()
    private_dns: bool = False
    policy: PolicyDocument | None = None
    policy_file: Path | None = None

    @model_validator(mode="after")
    def _fields_of_its_type(self) -> Self:
        given = {
            field for field in ("route_tables", "subnets", "security_groups", "private_dns") if getattr(self, field)
        }
        foreign = given - (
            {"route_tables"} if self.type == "Gateway" else {"subnets", "security_groups", "private_dns"}
        )
        if foreign:
            message = f"no {' and no '.join(sorted(foreign))} on a {self.type} endpoint"
            raise ValueError(message)
        if self.policy is not None and self.policy_file is not None:
            message = "policy or policy_file, not both"
            raise ValueError(message)
        return self


class VpcSection(Section):
    """A VPC with everything in it."""

    cidr: Network
    enable_dns_support: bool = True
    enable_dns_hostnames: bool = True
    subnets: dict[Name, SubnetSection] = Field(default_factory=dict)
    route_tables: dict[Name, RouteTableSection] = Field(default_factory=dict)
    nat_gateways: dict[Name, NatGatewaySection] = Field(default_factory=dict)
    network_acls: dict[Name, NetworkAclSection] = Field(default_factory=dict)
    security_groups: dict[Name, SecurityGroupSection] = Field(default_factory=dict)
    endpoints: dict[Name, EndpointSection] = Field(default_factory=dict)


class PeeringSection(Section):
    """A peering connection of two VPCs. It carries what their route tables send to it, and no private DNS names."""

    vpcs: tuple[Name, Name]


class TransitGatewaySection(Section):
    """A transit gateway, and the VPCs that are attached to it."""

    vpcs: Annotated[tuple[Name, ...], Field(min_length=1)]


class AttachedNetworkSection(Section):
    """A network outside AWS, joined to a VPC by VPN or Direct Connect, or to all VPCs of a transit gateway.

    A VPC that it is attached to directly gets a route to it in every route table, as by route propagation. Only through
    a Route 53 Resolver inbound endpoint do its hosts learn a VPC's private names.
    """

    cidr: Network
    vpc: Name | None = None
    transit_gateway: Name | None = None
    inbound_resolver: Name | None = None

    @model_validator(mode="after")
    def _one_attachment(self) -> Self:
        if (self.vpc is None) is (self.transit_gateway is None):
            message = "exactly one of vpc and transit_gateway"
            raise ValueError(message)
        return self


class ClientSection(Section):
    """Where a caller stands: in a subnet, or in an attached network.

    In a subnet it is in the default group without others. Without an address, it gets the next free one.
    """

    subnet: Name | None = None
    network: Name | None = None
    security_groups: tuple[Name, ...] = ()
    address: IPv4Address | None = None
    public_ip: bool | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.subnet is None) is (self.network is None):
            message = "exactly one of subnet and network"
            raise ValueError(message)
        if self.network is not None and (self.security_groups or self.public_ip):
            message = "no security_groups and no public_ip on a host in an attached network"
            raise ValueError(message)
        return self


class CredentialSection(Section):
    """A static access key: whom it belongs to, and what its identity policies say."""

    access_key_id: Annotated[str, Field(pattern=r"^\w{16,128}$", description="16 to 128 letters and digits")]
    secret_access_key: Annotated[str, Field(min_length=1)] | None = None
    session_token: str | None = None
    principal: Annotated[
        str,
        Field(
            pattern=_PRINCIPAL,
            description="the ARN of root, a user, or a session, arn:aws:sts::<account>:assumed-role/<role>/<session>",
        ),
    ]
    policies: tuple[PolicyDocument | Literal["AdministratorAccess"], ...] | None = None
    policy_files: tuple[Path, ...] = ()
    permissions_boundary: PolicyDocument | None = None
    tags: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _policies_are_said(self) -> Self:
        if self.policies is None and not self.policy_files and not self.principal.endswith(":root"):
            message = "with `policies`: a list of policy documents or AdministratorAccess; [] allows nothing by itself"
            raise ValueError(message)
        return self


class ControlPoliciesSection(Section):
    """What is attached to a root or an organizational unit, beside the two policies of AWS that allow everything."""

    scps: tuple[PolicyDocument, ...] = ()
    scp_files: tuple[Path, ...] = ()
    rcps: tuple[PolicyDocument, ...] = ()
    rcp_files: tuple[Path, ...] = ()
    full_aws_access: bool = True
    accounts: tuple[AccountId, ...] = ()


class OrganizationalUnitSection(ControlPoliciesSection):
    """An organizational unit: under the root, or under another one."""

    id: Annotated[str | None, Field(pattern=r"^ou-[0-9a-z]{4}-[0-9a-z]{8}$", description="like ou-ab12-11111111")] = (
        None
    )
    parent: Name | None = None


class OrganizationSection(ControlPoliciesSection):
    """An organization of AWS Organizations, with all features. What is attached to it is attached to its root.

    The file's account is a member, whether it is listed or not.
    """

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$", description="an organization's id, like o-a1b2c3d4e5")]
    root: Annotated[str | None, Field(pattern=r"^r-[0-9a-z]{4}$", description="a root's id, like r-ab12")] = None
    management_account: AccountId | None = None
    units: dict[Name, OrganizationalUnitSection] = Field(default_factory=dict)


class FaultSection(FaultRule, Section):
    """A fault rule that is in force from the start."""


def _unique(names: Iterator[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            message = f"{what} names that are unique in the whole file; {name!r} is there twice"
            raise ValueError(message)
        seen.add(name)


class TopologyFile(Section):
    """The topology file as it was written."""

    region: Region = "us-east-1"
    account: AccountId = "123456789012"
    vpcs: dict[Name, VpcSection] = Field(default_factory=dict)
    peerings: dict[Name, PeeringSection] = Field(default_factory=dict)
    transit_gateways: dict[Name, TransitGatewaySection] = Field(default_factory=dict)
    attached_networks: dict[Name, AttachedNetworkSection] = Field(default_factory=dict)
    clients: dict[Name, ClientSection] = Field(default_factory=dict)
    organization: OrganizationSection | None = None
    credentials: tuple[CredentialSection, ...] = ()
    faults: dict[Name, FaultSection] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        vpcs = self.vpcs.values()
        _unique((name for vpc in vpcs for name in vpc.subnets), "subnet")
        _unique((name for vpc in vpcs for name in vpc.endpoints), "endpoint")
        gateways = [name for vpc in vpcs for name in vpc.nat_gateways]
        _unique(iter([*gateways, *self.peerings, *self.transit_gateways, INTERNET_GATEWAY]), "route target")
        return self
