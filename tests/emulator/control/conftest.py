"""A boto3 client of EC2 whose calls are answered as the emulator answers them, in this process."""

import asyncio
import functools
import itertools
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.backend.embedded import EmbeddedBackend
from vpce_emulator.control.control import Control
from vpce_emulator.control.source import TopologySource

REGION, ACCOUNT = "us-east-1", "123456789012"


class _Raw:
    def __init__(self, body):
        self._body = body

    def stream(self, *_, **__):
        yield self._body


class OneClientEach:
    """The backend, making no second client for the same account: the EC2 model takes long to load."""

    def __init__(self, backend):
        self._backend = backend
        self.forward = backend.forward
        self.reset = backend.reset
        self.reach_ec2_by = backend.reach_ec2_by
        self.private_zones = backend.private_zones
        self.ec2_descriptions = backend.ec2_descriptions
        self.client = functools.cache(backend.client)


class Ec2Api:
    """The emulator's EC2: what `Control` handles, and moto for the rest; the client's calls come from `account_id`."""

    def __init__(self, backend, delay=0):
        counter = itertools.count(1)
        self.now = 1700000000.25
        self.account_id = ACCOUNT
        self.source = TopologySource(backend, region=REGION, account_id=ACCOUNT)
        self.control = Control(
            self.source,
            clock=lambda: self.now,
            entropy=lambda size: next(counter).to_bytes(size, "big"),
            delay=delay,
        )
        self._backend = backend

    def respond(self, request, event_name):
        operation = event_name.rpartition(".")[2]
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        response = asyncio.run(self._respond(operation, request, body, self.account_id))
        return AWSResponse(request.url, response.status, dict(response.headers), _Raw(response.body))

    async def _respond(self, operation, request, body, account_id):
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if self.control.handles(operation, form):
            return await self.control.handle(operation, form, account_id)
        self.source.touch(account_id)
        service = Service("ec2", REGION, Protocol.EC2, "ec2")
        texts = {k: v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
        head = HttpRequest("POST", f"ec2.{REGION}.amazonaws.com", "/", "", CIMultiDictProxy(CIMultiDict(texts)))
        return await self._backend.forward(service, Operation(operation), account_id, head, body)


@pytest.fixture(scope="module")
def backend():
    backend = EmbeddedBackend()
    asyncio.run(backend.start())
    return OneClientEach(backend)


@pytest.fixture
def api(backend, request):
    backend.reset()
    return Ec2Api(backend, getattr(request, "param", 0))


@pytest.fixture(scope="module")
def boto3_client():
    return boto3.client(
        "ec2", region_name=REGION, aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret"
    )


@pytest.fixture
def ec2(api, boto3_client):
    def respond(request, event_name, **_):
        return api.respond(request, event_name)

    boto3_client.meta.events.register("before-send", respond)
    yield boto3_client
    boto3_client.meta.events.unregister("before-send", respond)


class Network:
    """A VPC with two private subnets behind one table, a third in the first zone, and a group for endpoints."""

    def __init__(self, ec2, cidr="10.0"):
        self.vpc = ec2.create_vpc(CidrBlock=f"{cidr}.0.0/16")["Vpc"]["VpcId"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=self.vpc, **{attribute: {"Value": True}})
        self.a, self.b, self.a2 = (
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{cidr}.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for n, zone in ((1, "us-east-1a"), (2, "us-east-1b"), (3, "us-east-1a"))
        )
        self.table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.other_table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        for subnet in (self.a, self.b):
            ec2.associate_route_table(RouteTableId=self.table, SubnetId=subnet)
        made = ec2.create_security_group(GroupName="endpoints", Description="endpoints", VpcId=self.vpc)
        self.group = made["GroupId"]

    def open(self, ec2):
        """Attach an internet gateway."""
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)


@pytest.fixture
def network(ec2):
    return Network(ec2)


@pytest.fixture
def gateway(ec2, network):
    """Return a function that makes a gateway endpoint."""

    def make(service="s3", tables=None, **more):
        tables = [network.table] if tables is None else tables
        name = f"com.amazonaws.{REGION}.{service}"
        return ec2.create_vpc_endpoint(VpcId=network.vpc, ServiceName=name, RouteTableIds=tables, **more)["VpcEndpoint"]

    return make


@pytest.fixture
def interface(ec2, network):
    """Return a function that makes an interface endpoint."""

    def make(service="sqs", subnets=None, **more):
        parameters = {
            "VpcId": network.vpc,
            "VpcEndpointType": "Interface",
            "ServiceName": f"com.amazonaws.{REGION}.{service}",
            "SubnetIds": [network.a, network.b] if subnets is None else subnets,
            "SecurityGroupIds": [network.group],
        }
        return ec2.create_vpc_endpoint(**(parameters | more))["VpcEndpoint"]

    return make
