"""A network that followed an edited file is the network that the file makes from the beginning."""

import copy
import dataclasses
import itertools

import pytest
import yaml

from vpce_emulator.control.control import Control
from vpce_emulator.control.file_network import FileNetwork
from vpce_emulator.control.file_work import Tools
from vpce_emulator.control.source import TopologySource
from vpce_emulator.topology_reading import parse_topology

REGION = "us-east-1"
_ACCOUNTS = itertools.count(111111111111)
FULL = yaml.safe_load("""
vpcs:
  app:
    cidr: 10.0.0.0/16
    subnets:
      private: { cidr: 10.0.1.0/24, availability_zone: us-east-1a, route_table: private, network_acl: web }
      second: { cidr: 10.0.2.0/24, availability_zone: us-east-1b, route_table: private }
      public: { cidr: 10.0.9.0/24, availability_zone: us-east-1a, route_table: public }
    nat_gateways:
      out: { subnet: public }
    route_tables:
      private:
        routes:
          - { destination: 0.0.0.0/0, target: out }
          - { destination: 10.1.0.0/16, target: app-data }
          - { destination: 10.2.0.0/16, target: core }
      public: { routes: [{ destination: 0.0.0.0/0, target: internet_gateway }] }
    network_acls:
      web: { ingress: [{ rule: 100, action: allow }], egress: [{ rule: 100, action: allow }] }
    security_groups:
      app: { ingress: [{ protocol: all, security_group: app }] }
      endpoints: { ingress: [{ port: 443, cidr: 10.0.0.0/8 }] }
    endpoints:
      s3: { type: Gateway, service: s3, route_tables: [private] }
      sqs:
        { type: Interface, service: sqs, subnets: [private, second], security_groups: [endpoints], private_dns: true }
  data:
    cidr: 10.1.0.0/16
    subnets: { data: { cidr: 10.1.1.0/24, availability_zone: us-east-1a, route_table: data } }
    route_tables: { data: { routes: [{ destination: 10.0.0.0/16, target: app-data }] } }
  lab:
    cidr: 10.2.0.0/16
    subnets: { lab: { cidr: 10.2.1.0/24, availability_zone: us-east-1a } }
peerings: { app-data: { vpcs: [app, data] } }
transit_gateways: { core: { vpcs: [app, lab] } }
attached_networks:
  office: { cidr: 192.168.0.0/24, vpc: app, inbound_resolver: app }
  branch: { cidr: 192.168.1.0/24, transit_gateway: core }
clients:
  app: { subnet: private, security_groups: [app], address: 10.0.1.10 }
  public: { subnet: public, public_ip: true }
  data: { subnet: data }
  desk: { network: office, address: 192.168.0.9 }
  till: { network: branch }
""")
APP = ("vpcs", "app")


class OfFile:
    """What was made for a file, and what it looks like by the names in it."""

    def __init__(self, backend, file):
        # Each in an account of its own, so that one is not in the other's way.
        self.account = f"{next(_ACCOUNTS):012}"
        counter = itertools.count(1)
        self.source = TopologySource(backend, region=REGION, account_id=self.account)
        control = Control(self.source, clock=lambda: 0.0, entropy=lambda size: next(counter).to_bytes(size, "big"))
        backend.reach_ec2_by(control.call)
        self.ec2 = self.source.client(self.account)
        tools = Tools(
            self.ec2,
            lambda operation, values: control.answer_at_once(operation, values, self.account),
            {"s3": "pl-63a5400a", "dynamodb": "pl-02cd2c6b"}.get,
            self.source.undisturbed,
        )
        self.network = FileNetwork(file, tools)
        self.network.build()

    def edit(self, file):
        return self.network.change_to(file)

    def shown(self):
        """Return everything that is there, with names in the place of ids, and no addresses that EC2 chose."""
        self.source.set_clients(self.network.clients)
        self.source.touch()
        topology, built = self.source.current(), self.network.snapshot()[1]
        made = list(built.vpcs.values())
        names = {vpc.vpc_id: f"vpc {name}" for name, vpc in built.vpcs.items()}
        for ids in itertools.chain.from_iterable(
            (m.subnets, m.route_tables, m.gateways, m.security_groups, m.network_acls, m.endpoints) for m in made
        ):
            names |= {id_: name for name, id_ in ids.items()}
        names |= {id_: name for name, id_ in built.connections.items()}
        known = {vpc.vpc_id for vpc in made}
        groups = topology.security_groups
        names |= {
            id_: f"{group.name} of {names.get(group.vpc_id)}" for id_, group in groups.items() if id_ not in names
        }
        table_names = {
            id_: f"main of {names[t.vpc_id]}" if t.main else names[id_]
            for id_, t in topology.route_tables.items()
            if t.vpc_id in known
        }

        def named(value):
            if isinstance(value, str):
                return names.get(value, table_names.get(value, value))
            if isinstance(value, tuple | list | frozenset):
                return sorted(map(str, map(named, value)))
            return value

        return {
            "vpcs": {names[v.id]: (v.cidrs, v.enable_dns_support) for v in topology.vpcs.values() if v.id in known},
            "subnets": {
                names[s.id]: (s.cidr, s.availability_zone, named(s.route_table_id), names.get(s.network_acl_id))
                for s in topology.subnets.values()
                if s.vpc_id in known
            },
            "tables": {
                table_names[t.id]: sorted((str(r.destination), str(named(r.target)), r.active) for r in t.routes)
                for t in topology.route_tables.values()
                if t.vpc_id in known
            },
            "groups": {
                names[g.id]: tuple(
                    sorted(str([named(v) for v in dataclasses.astuple(r)]) for r in way)
                    for way in (g.ingress, g.egress)
                )
                for g in groups.values()
                if g.vpc_id in known
            },
            "acls": {names[a.id]: sorted(map(str, a.entries)) for a in topology.network_acls.values() if a.id in names},
            "connections": {names.get(c.id, c.id[:4]): named(c.vpc_ids) for c in topology.connections.values()},
            "nats": {
                names[n.id]: (named(n.subnet_id), bool(n.public_address))
                for n in topology.nat_gateways.values()
                if n.id in names
            },
            "endpoints": {
                e.name: (
                    e.id,
                    e.service_name,
                    named(e.subnet_ids),
                    named(e.route_table_ids),
                    named(e.group_ids),
                    e.private_dns_enabled,
                    e.policy,
                )
                for e in topology.endpoints.values()
            },
            "clients": {
                name: (
                    named(c.vpc_id),
                    named(c.subnet_id),
                    c.address if name in ("app", "desk") else None,
                    named(c.group_ids),
                    bool(c.public_address),
                    c.inbound_resolver,
                    names.get(c.connection_id, c.connection_id[:4]),
                )
                for name, c in topology.clients.items()
                if not c.subnet_id or name in self.network.clients
            },
            "attachments": sorted(
                (named(a["TransitGatewayId"]), named(a["VpcId"]), named(a["SubnetIds"]))
                for a in self.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
            ),
            "addresses": len(self.ec2.describe_addresses()["Addresses"]),
            "interfaces": len(topology.clients) - len([c for c in topology.clients.values() if not c.subnet_id]),
            "inbound": {name: named(vpc) for name, vpc in self.network.inbound.items()},
        }


def edited(*changes):
    """Return the full file with other values at paths; None takes what stands there away."""
    content = copy.deepcopy(FULL)
    for path, value in changes:
        *above, last = path
        inner = content
        for name in above:
            inner = inner.setdefault(name, {})
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return parse_topology(content)


NO_NAT = [
    ((*APP, "nat_gateways"), {}),
    ((*APP, "route_tables", "private", "routes"), [{"destination": "10.2.0.0/16", "target": "core"}]),
]
NO_PEERING = [
    (("peerings",), {}),
    ((*APP, "route_tables", "private", "routes"), [{"destination": "0.0.0.0/0", "target": "out"}]),
    (("vpcs", "data", "route_tables", "data"), {}),
]
NO_GATEWAY = [
    *NO_NAT,
    ((*APP, "route_tables", "public"), {}),
    (("clients", "public"), {"subnet": "public", "public_ip": False}),
]
NO_CORE = [
    (("transit_gateways",), {}),
    (("attached_networks", "branch"), None),
    (("clients", "till"), None),
    ((*APP, "route_tables", "private", "routes"), [{"destination": "0.0.0.0/0", "target": "out"}]),
]
NO_OFFICE = [(("attached_networks", "office"), None), (("clients", "desk"), None)]
MOVED_VPC = [
    ((*APP, "cidr"), "10.4.0.0/16"),
    ((*APP, "subnets", "private", "cidr"), "10.4.1.0/24"),
    ((*APP, "subnets", "second", "cidr"), "10.4.2.0/24"),
    ((*APP, "subnets", "public", "cidr"), "10.4.9.0/24"),
    (("clients", "app", "address"), "10.4.1.10"),
]
EDITS = {
    "no NAT gateway": NO_NAT,
    "a NAT gateway elsewhere": [((*APP, "nat_gateways", "out", "subnet"), "second")],
    "a private NAT gateway": [((*APP, "nat_gateways", "out", "connectivity_type"), "private")],
    "another NAT gateway": [((*APP, "nat_gateways", "more"), {"subnet": "public"})],
    "no peering": NO_PEERING,
    "a peering of others": [
        (("peerings", "app-data", "vpcs"), ["app", "lab"]),
        (("vpcs", "data", "route_tables", "data"), {}),
    ],
    "another peering": [(("peerings", "lab-data"), {"vpcs": ["lab", "data"]})],
    "no transit gateway": NO_CORE,
    "others on the transit gateway": [(("transit_gateways", "core", "vpcs"), ["app", "data"])],
    "another transit gateway": [(("transit_gateways", "edge"), {"vpcs": ["data"]})],
    "another zone for the transit gateway": [
        (("vpcs", "lab", "subnets", "more"), {"cidr": "10.2.2.0/24", "availability_zone": "us-east-1c"})
    ],
    "no network behind the VPN": NO_OFFICE,
    "another network behind the VPN": [
        (("attached_networks", "office", "cidr"), "192.168.8.0/24"),
        (("clients", "desk", "address"), "192.168.8.9"),
    ],
    "the network behind another VPC": [(("attached_networks", "office", "vpc"), "lab")],
    "the network behind the transit gateway": [
        (("attached_networks", "office"), {"cidr": "192.168.0.0/24", "transit_gateway": "core"})
    ],
    "one more network": [(("attached_networks", "depot"), {"cidr": "192.168.9.0/24", "vpc": "app"})],
    "one more table, which the network is routed in": [((*APP, "route_tables", "more"), {})],
    "no internet gateway": NO_GATEWAY,
    "the whole VPC elsewhere": MOVED_VPC,
    "no lab": [(("vpcs", "lab"), None), (("transit_gateways", "core", "vpcs"), ["app"])],
    "a subnet with everything in it elsewhere": [
        ((*APP, "subnets", "private", "cidr"), "10.0.7.0/24"),
        (("clients", "app", "address"), "10.0.7.10"),
    ],
    "a subnet with a NAT gateway in another zone": [((*APP, "subnets", "public", "availability_zone"), "us-east-1c")],
    "both subnets of an endpoint elsewhere": [
        ((*APP, "subnets", "private", "cidr"), "10.0.7.0/24"),
        ((*APP, "subnets", "second", "cidr"), "10.0.8.0/24"),
        (("clients", "app", "address"), "10.0.7.10"),
    ],
    "one subnet less": [
        ((*APP, "subnets", "second"), None),
        ((*APP, "endpoints", "sqs", "subnets"), ["private"]),
    ],
    "other guards": [
        ((*APP, "network_acls", "web", "ingress"), [{"rule": 90, "action": "deny", "protocol": "udp"}]),
        ((*APP, "security_groups", "app", "ingress"), []),
        ((*APP, "endpoints", "sqs", "security_groups"), ["app"]),
        ((*APP, "security_groups", "endpoints"), None),
    ],
    "other DNS": [((*APP, "enable_dns_support"), False), ((*APP, "endpoints", "sqs", "private_dns"), False)],
    "nothing at all": [
        ((each,), {}) for each in ("vpcs", "peerings", "transit_gateways", "attached_networks", "clients")
    ],
}


@pytest.fixture(scope="module")
def running(backend):
    """The full file's network, to which every test goes back."""
    backend.reset()
    return OfFile(backend, parse_topology(FULL))


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
def test_an_edit_and_its_undoing_lead_to_what_the_files_make(backend, running, changes):
    full, new = parse_topology(FULL), edited(*changes)
    wanted = OfFile(backend, new).shown()
    before = running.shown()
    lines = running.edit(new)
    assert lines
    assert not [line for line in lines if line.startswith("!")]
    assert running.shown() == wanted
    running.edit(full)
    assert running.shown() == before
    assert running.network.file == full


def vpc(running, name):
    """Return the id of a VPC by its name."""
    filters = [{"Name": "tag:Name", "Values": [name]}]
    return running.ec2.describe_vpcs(Filters=filters)["Vpcs"][-1]["VpcId"]


def test_a_vpc_that_others_are_in_stays_as_it_was_with_everything_in_it_until_they_are_gone(running):
    before = running.shown()
    made = running.ec2.create_subnet(VpcId=vpc(running, "data"), CidrBlock="10.1.9.0/24")["Subnet"]["SubnetId"]
    new = edited(
        (("vpcs", "data", "cidr"), "10.3.0.0/16"), (("vpcs", "data", "subnets", "data", "cidr"), "10.3.1.0/24")
    )
    lines = running.edit(new)
    assert [line.partition(":")[0] for line in lines] == ["! VPC data"]
    assert f"is not deleted, because {made} is in it" in lines[0]
    running.ec2.delete_subnet(SubnetId=made)
    assert running.shown() == before
    assert running.edit(new) == (
        "± cidr of VPC data",
        "± peering connection app-data: VPC data is made anew",
        "± client data: VPC data is made anew",
    )
    assert running.edit(parse_topology(FULL))[0] == "± cidr of VPC data"
    assert running.shown() == before


def test_a_subnet_that_others_are_in_stays_where_it_is_and_the_rest_of_the_edit_is_done(running):
    subnet = running.network.snapshot()[1].vpcs["data"].subnets["data"]
    interface = running.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    new = edited(
        (("vpcs", "data", "subnets", "data", "cidr"), "10.1.7.0/24"), ((*APP, "security_groups", "app", "ingress"), [])
    )
    lines = running.edit(new)
    assert lines[0] == "~ ingress of security group app"
    assert lines[1].endswith(f"is not deleted, because {interface} is in it")
    running.ec2.delete_network_interface(NetworkInterfaceId=interface)
    running.edit(parse_topology(FULL))


def test_an_internet_gateway_stays_as_long_as_something_has_a_public_address(running):
    before = running.shown()
    # The client of the file needs it, though no route leads there any more; so does what is not in the file.
    assert not any("internet gateway" in line for line in running.edit(edited(*NO_GATEWAY[:-1])))
    subnet = running.network.snapshot()[1].vpcs["app"].subnets["public"]
    interface = running.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    address = running.ec2.allocate_address(Domain="vpc")["AllocationId"]
    held = running.ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)["AssociationId"]
    (line,) = [line for line in running.edit(edited(*NO_GATEWAY)) if line.startswith("!")]
    assert line.startswith("! internet gateway igw-")
    assert "Please unmap those public address(es) before detaching the gateway." in line
    running.ec2.disassociate_address(AssociationId=held)
    running.ec2.release_address(AllocationId=address)
    running.ec2.delete_network_interface(NetworkInterfaceId=interface)
    running.edit(parse_topology(FULL))
    assert running.shown() == before


def test_what_is_made_anew_in_vain_is_put_back_with_all_that_stood_in_it(running):
    before = running.shown()
    # A stranger's VPC and its peering are nothing to the file's; this subnet clashes with one that is not in the file.
    made = running.ec2.create_subnet(VpcId=vpc(running, "app"), CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    new = edited(((*APP, "subnets", "private", "cidr"), "10.0.7.0/24"), (("clients", "app", "address"), "10.0.7.10"))
    lines = running.edit(new)
    assert any(line.startswith("! subnet private: ") and "InvalidSubnet.Conflict" in line for line in lines)
    running.ec2.delete_subnet(SubnetId=made)
    running.edit(parse_topology(FULL))
    assert running.shown() == before


def test_a_transit_gateway_that_others_are_attached_to_is_not_deleted(running):
    made = running.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = running.ec2.create_subnet(VpcId=made, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    core = running.network.snapshot()[1].connections["core"]
    attachment = running.ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=core, VpcId=made, SubnetIds=[subnet]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    (line,) = [line for line in running.edit(edited(*NO_CORE)) if line.startswith("!")]
    assert f"IncorrectState: {core} has non-deleted VPC attachments: {attachment}" in line
    running.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    running.ec2.delete_subnet(SubnetId=subnet)
    running.ec2.delete_vpc(VpcId=made)
    running.edit(parse_topology(FULL))
    assert running.network.file == parse_topology(FULL)


def test_what_somebody_took_away_through_the_api_is_gone_from_the_file_and_comes_back_with_it(running):
    before, built, ec2 = running.shown(), running.network.snapshot()[1], running.ec2
    app, data = built.vpcs["app"], built.vpcs["data"]
    ec2.delete_network_interface(NetworkInterfaceId=built.clients["data"].interface_id)
    ec2.delete_subnet(SubnetId=data.subnets["data"])
    ec2.delete_route(RouteTableId=app.route_tables["private"], DestinationCidrBlock="10.1.0.0/16")
    (group,) = ec2.describe_security_groups(GroupIds=[app.security_groups["endpoints"]])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    routes = FULL["vpcs"]["app"]["route_tables"]["private"]["routes"]
    without = edited(
        (("clients", "data"), None),
        (("vpcs", "data", "subnets", "data"), None),
        ((*APP, "route_tables", "private", "routes"), [route for route in routes if route["target"] != "app-data"]),
        ((*APP, "security_groups", "endpoints", "ingress"), []),
    )
    assert not [line for line in running.edit(without) if line.startswith("!")]
    assert not [line for line in running.edit(parse_topology(FULL)) if line.startswith("!")]
    assert running.shown() == before


def test_what_somebody_made_through_the_api_that_the_file_then_has_is_there_as_the_file_has_it(running):
    before, app, ec2 = running.shown(), running.network.snapshot()[1].vpcs["app"], running.ec2
    rule = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=app.security_groups["endpoints"], IpPermissions=[rule])
    route = {"RouteTableId": app.route_tables["public"], "DestinationCidrBlock": "10.77.0.0/16"}
    ec2.create_route(**route, NatGatewayId=app.gateways["out"])
    rules = FULL["vpcs"]["app"]["security_groups"]["endpoints"]["ingress"]
    routes = FULL["vpcs"]["app"]["route_tables"]["public"]["routes"]
    new = edited(
        ((*APP, "security_groups", "endpoints", "ingress"), [*rules, {"port": 8443, "cidr": "10.0.0.0/8"}]),
        (
            (*APP, "route_tables", "public", "routes"),
            [*routes, {"destination": "10.77.0.0/16", "target": "internet_gateway"}],
        ),
    )
    assert not [line for line in running.edit(new) if line.startswith("!")]
    assert ("10.77.0.0/16", "internet_gateway", True) in running.shown()["tables"]["public"]
    running.edit(parse_topology(FULL))
    assert running.shown() == before


def test_what_is_gone_and_then_changed_is_made_anew(running):
    before, built, ec2 = running.shown(), running.network.snapshot()[1], running.ec2
    ec2.delete_network_interface(NetworkInterfaceId=built.clients["app"].interface_id)
    new = edited((("clients", "app", "security_groups"), ["endpoints"]))
    assert running.edit(new) == ("± client app: it was deleted",)
    running.edit(parse_topology(FULL))
    assert running.shown() == before
    gone = running.network.snapshot()[1].vpcs["app"].endpoints["sqs"]
    running.network.tools.endpoint_call("DeleteVpcEndpoints", {"VpcEndpointIds": [gone]})
    assert running.edit(edited(((*APP, "endpoints", "sqs", "private_dns"), False))) == (
        "± endpoint sqs: it was deleted",
    )
    running.edit(parse_topology(FULL))
    assert running.shown() == before


class Api:
    """Whoever changes through the API what the file made."""

    def __init__(self, running):
        self.ec2, self.running = running.ec2, running
        built = running.network.snapshot()[1]
        self.app, self.data, self.clients = built.vpcs["app"], built.vpcs["data"], built.clients
        self.connections = built.connections

    def delete_interface(self):
        self.ec2.delete_network_interface(NetworkInterfaceId=self.clients["data"].interface_id)

    def delete_subnet(self):
        self.delete_interface()
        self.ec2.delete_subnet(SubnetId=self.data.subnets["data"])

    def delete_table(self):
        (table,) = self.ec2.describe_route_tables(RouteTableIds=[self.data.route_tables["data"]])["RouteTables"]
        for each in table["Associations"]:
            self.ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
        self.ec2.delete_route_table(RouteTableId=table["RouteTableId"])

    def delete_vpc(self):
        self.delete_table()
        self.delete_subnet()
        self.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=self.connections["app-data"])
        self.ec2.delete_vpc(VpcId=self.data.vpc_id)

    def delete_endpoint(self):
        ids = [self.app.endpoints["sqs"]]
        self.running.network.tools.endpoint_call("DeleteVpcEndpoints", {"VpcEndpointIds": ids})

    def delete_group(self):
        self.delete_endpoint()
        self.ec2.delete_security_group(GroupId=self.app.security_groups["endpoints"])

    def delete_peering(self):
        self.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=self.connections["app-data"])

    def revoke(self):
        (group,) = self.ec2.describe_security_groups(GroupIds=[self.app.security_groups["endpoints"]])["SecurityGroups"]
        self.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])

    def delete_route(self):
        self.ec2.delete_route(RouteTableId=self.data.route_tables["data"], DestinationCidrBlock="10.0.0.0/16")

    def delete_entry(self):
        self.ec2.delete_network_acl_entry(NetworkAclId=self.app.network_acls["web"], RuleNumber=100, Egress=False)

    def authorize(self):
        more = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        self.ec2.authorize_security_group_ingress(GroupId=self.app.security_groups["endpoints"], IpPermissions=[more])

    def create_route(self):
        self.ec2.create_route(
            RouteTableId=self.data.route_tables["data"],
            DestinationCidrBlock="10.9.0.0/16",
            VpcPeeringConnectionId=self.connections["app-data"],
        )

    def create_entry(self):
        self.ec2.create_network_acl_entry(
            NetworkAclId=self.app.network_acls["web"],
            RuleNumber=200,
            RuleAction="allow",
            Protocol="-1",
            CidrBlock="0.0.0.0/0",
            Egress=False,
        )

    def delete_nat_gateway(self):
        self.ec2.delete_nat_gateway(NatGatewayId=self.app.gateways["out"])

    def delete_transit_gateway(self):
        filters = [{"Name": "transit-gateway-id", "Values": [self.connections["core"]]}]
        attached = self.ec2.describe_transit_gateway_vpc_attachments(Filters=filters)["TransitGatewayVpcAttachments"]
        for each in attached:
            self.ec2.delete_transit_gateway_vpc_attachment(
                TransitGatewayAttachmentId=each["TransitGatewayAttachmentId"]
            )
        self.ec2.delete_vpn_connection(VpnConnectionId=self.running.network.snapshot()[1].vpns["branch"])
        self.ec2.delete_transit_gateway(TransitGatewayId=self.connections["core"])


NO_DATA_CLIENT = (("clients", "data"), None)
DATA_SUBNET = ("vpcs", "data", "subnets", "data")
DATA_ROUTES = ("vpcs", "data", "route_tables", "data", "routes")
TO_APP = {"destination": "10.0.0.0/16", "target": "app-data"}
INGRESS = (*APP, "security_groups", "endpoints", "ingress")
ACL = (*APP, "network_acls", "web", "ingress")
NARROW = [{"port": 443, "cidr": "10.0.0.0/16"}]
MORE = [{"port": 443, "cidr": "10.0.0.0/8"}, {"port": 80, "cidr": "10.0.0.0/8"}]
SQS = (*APP, "endpoints", "sqs")
# What the API did, and an edit of the same thing; after the edit and its undoing the network is as if nothing happened.
DONE_BY_OTHERS = {
    "a client is taken out": ("delete_interface", [NO_DATA_CLIENT]),
    "a client moves": ("delete_interface", [(("clients", "data"), {"subnet": "lab"})]),
    "a client changes groups": ("delete_interface", [(("clients", "data", "public_ip"), True)]),
    "a subnet is taken out": ("delete_subnet", [NO_DATA_CLIENT, (DATA_SUBNET, None)]),
    "a subnet changes": ("delete_subnet", [((*DATA_SUBNET, "route_table"), None)]),
    "a subnet moves": ("delete_subnet", [((*DATA_SUBNET, "cidr"), "10.1.7.0/24")]),
    "a client in the subnet changes": ("delete_subnet", [(("clients", "data", "public_ip"), True)]),
    "a VPC moves": (
        "delete_vpc",
        [(("vpcs", "data", "cidr"), "10.3.0.0/16"), ((*DATA_SUBNET, "cidr"), "10.3.1.0/24")],
    ),
    "a VPC changes": ("delete_vpc", [(("vpcs", "data", "enable_dns_support"), False)]),
    "an endpoint is taken out": ("delete_endpoint", [(SQS, None)]),
    "an endpoint changes": ("delete_endpoint", [((*SQS, "private_dns"), False)]),
    "a peering is taken out": ("delete_peering", NO_PEERING),
    "a rule is taken out": ("revoke", [(INGRESS, [])]),
    "a rule changes": ("revoke", [(INGRESS, NARROW)]),
    "a rule of a group that is gone changes": ("delete_group", [(INGRESS, NARROW), ((*SQS, "private_dns"), False)]),
    "a route is taken out": ("delete_route", [(DATA_ROUTES, [])]),
    "an ACL's entry is taken out": ("delete_entry", [(ACL, [])]),
    "a rule comes that is there": ("authorize", [(INGRESS, MORE)]),
    "a route comes that is there": (
        "create_route",
        [(DATA_ROUTES, [TO_APP, {"destination": "10.9.0.0/16", "target": "app-data"}])],
    ),
    "an entry comes that is there": (
        "create_entry",
        [(ACL, [{"rule": 100, "action": "allow"}, {"rule": 200, "action": "allow"}])],
    ),
    "a NAT gateway is taken out": ("delete_nat_gateway", NO_NAT),
    "a transit gateway is taken out": ("delete_transit_gateway", NO_CORE),
}


@pytest.mark.parametrize(("done", "changes"), DONE_BY_OTHERS.values(), ids=DONE_BY_OTHERS)
def test_what_others_deleted_or_added_through_the_api_is_no_hindrance_to_an_edit(running, done, changes):
    full, before = parse_topology(FULL), running.shown()
    getattr(Api(running), done)()
    for file in (edited(*changes), full):
        lines = running.edit(file)
        assert lines
        assert not [line for line in lines if line.startswith("!")]
        assert running.network.file == file
    assert running.shown() == before
