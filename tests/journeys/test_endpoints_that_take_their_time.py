"""`--endpoint-delay`: an endpoint becomes available, and is gone, by itself, for doors and for the SDK's waiters."""

import asyncio
import contextlib

import boto3
import pytest
from botocore.config import Config

from vpce_emulator import Emulator
from vpce_emulator.config import Settings
from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY, parse_topology


def client(service, url):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


async def until(condition):
    """Wait for what happens by itself."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.05)


@pytest.fixture
def states():
    """Return a function that runs an emulator, makes an endpoint, and deletes it; and what was seen of it."""

    async def run(delay):
        seen = []
        settings = Settings(port=0, dns_port=0, endpoint_delay=delay)
        async with Emulator(settings=settings) as emulator:
            ec2 = client("ec2", emulator.listing()["internet"])
            vpc_id = next(iter(emulator.listing()["endpoints"].values()))["vpc_id"]
            made = await asyncio.to_thread(
                ec2.create_vpc_endpoint,
                VpcId=vpc_id,
                VpcEndpointType="Interface",
                ServiceName="com.amazonaws.us-east-1.kms",
                PrivateDnsEnabled=False,
            )
            endpoint_id = made["VpcEndpoint"]["VpcEndpointId"]

            def state():
                listed = emulator.listing()["endpoints"].get(endpoint_id)
                return listed["state"] if listed else "gone"

            for wanted in ("pending", "available", "deleting", "gone"):
                if wanted == "deleting":
                    await asyncio.to_thread(ec2.delete_vpc_endpoints, VpcEndpointIds=[endpoint_id])
                with contextlib.suppress(TimeoutError):
                    await until(lambda expected=wanted: state() == expected)
                    seen.append(wanted)
        return seen

    return lambda delay: asyncio.run(run(delay))


def test_the_states_follow_each_other_without_a_call(states):
    assert states(2) == ["pending", "available", "deleting", "gone"]


def test_the_endpoints_of_the_topology_are_available_at_once():
    async def listed():
        async with Emulator(settings=Settings(port=0, dns_port=0, endpoint_delay=3600)) as emulator:
            return {endpoint["state"] for endpoint in emulator.listing()["endpoints"].values()}

    assert asyncio.run(listed()) == {"available"}


def test_an_edit_of_the_topology_file_ends_no_delay_but_that_of_its_own_endpoints():
    more = "      kms: { type: Interface, service: kms, subnets: [private-a], private_dns: false }\n      sqs:\n"

    async def states():
        async with Emulator(settings=Settings(port=0, dns_port=0, endpoint_delay=3600)) as emulator:
            ec2 = client("ec2", emulator.listing()["internet"])
            vpc_id = emulator.listing()["endpoints"]["sqs"]["vpc_id"]
            made = await asyncio.to_thread(
                ec2.create_vpc_endpoint,
                VpcId=vpc_id,
                VpcEndpointType="Interface",
                ServiceName="com.amazonaws.us-east-1.sns",
            )
            name = made["VpcEndpoint"]["VpcEndpointId"]
            seen = []
            for text in (DEFAULT_TOPOLOGY.replace("      sqs:\n", more), DEFAULT_TOPOLOGY):
                await emulator.change_topology(parse_topology(text))
                listed = emulator.listing()["endpoints"]
                seen.append([listed.get(each, {}).get("state") for each in (name, "kms", "sqs")])
            return seen

    assert asyncio.run(states()) == [["pending", "available", "available"], ["pending", None, "available"]]
