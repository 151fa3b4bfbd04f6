"""The perimeter as an asyncio program meets it, with aiobotocore: M28."""

import asyncio
import hashlib
import json
from contextlib import AsyncExitStack

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError, HTTPClientError

ROOT = "arn:aws:iam::123456789012:root"
MEBIBYTE = 1024 * 1024
BUCKET = "lake"
CREDENTIALS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


@pytest.fixture
async def clients(vpce):
    """A function that makes an aiobotocore client at a place, which is closed after the test."""
    async with AsyncExitStack() as stack:

        async def client(service, **place):
            made = get_session().create_client(
                service,
                endpoint_url=vpce.url(**place),
                region_name="us-east-1",
                config=AioConfig(retries={"total_max_attempts": 1}, max_pool_connections=50),
                **CREDENTIALS,
            )
            return await stack.enter_async_context(made)

        yield client


@pytest.fixture
def perimeter(vpce):
    """A bucket whose objects can be read and written through the gateway endpoint alone."""
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": vpce.endpoint("s3").id}},
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return BUCKET


async def test_m28_the_client_behind_the_gateway_endpoint_is_let_through_and_the_internet_is_not(clients, perimeter):
    inside, outside = await clients("s3", at="private-a"), await clients("s3")
    await inside.put_object(Bucket=perimeter, Key="report.csv", Body=b"a,b\n")
    answer = await inside.get_object(Bucket=perimeter, Key="report.csv")
    assert await answer["Body"].read() == b"a,b\n"
    with pytest.raises(ClientError) as refused:
        await outside.get_object(Bucket=perimeter, Key="report.csv")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert refused.value.response["Error"] == {
        "Code": "AccessDenied",
        "Message": f"User: {ROOT} is not authorized to perform: s3:GetObject on resource: "
        f'"arn:aws:s3:::{perimeter}/report.csv" with an explicit deny in a resource-based policy',
    }


async def test_m28_a_denial_is_expected_and_explained_by_the_fixture_with_aiobotocore_too(vpce, clients, perimeter):
    outside = await clients("s3")
    with vpce.denied(by="resource") as denials:
        await outside.put_object(Bucket=perimeter, Key="report.csv", Body=b"a,b\n")
    assert "aws:SourceVpce is not in the request" in denials[0].reason


async def test_m28_a_blocked_path_is_a_closed_connection(vpce, clients):
    isolated = await clients("s3", at="isolated")
    with pytest.raises(HTTPClientError):
        await isolated.list_buckets()
    with vpce.denied(by="network"):
        await isolated.list_buckets()


async def test_m28_calls_from_many_places_at_once_are_each_decided_by_their_own_path(vpce, clients, perimeter):
    places = {"private-a": True, "private-b": True, None: False}
    made = {place: await clients("s3", at=place) for place in places}

    async def may_write(place, key):
        try:
            await made[place].put_object(Bucket=perimeter, Key=key, Body=key.encode())
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied"
            return False
        return True

    asked = [(place, f"{place}/{number}") for number in range(12) for place in places]
    outcomes = await asyncio.gather(*(may_write(place, key) for place, key in asked))
    assert outcomes == [places[place] for place, _ in asked]
    listed = await made["private-a"].list_objects_v2(Bucket=perimeter)
    assert {entry["Key"] for entry in listed["Contents"]} == {key for place, key in asked if places[place]}


async def test_m28_ten_mebibytes_are_uploaded_and_downloaded_as_a_stream(clients, perimeter):
    inside = await clients("s3", at="private-a")
    content = bytes(range(256)) * (10 * MEBIBYTE // 256) + b"and a little more"
    await inside.put_object(Bucket=perimeter, Key="large.bin", Body=content)
    answer = await inside.get_object(Bucket=perimeter, Key="large.bin")
    assert answer["ContentLength"] == len(content)
    received = hashlib.sha256()
    async for part in answer["Body"].iter_chunks(64 * 1024):
        received.update(part)
    assert received.digest() == hashlib.sha256(content).digest()


async def test_m28_a_multipart_upload_is_put_together_from_parts_sent_at_once(clients, perimeter):
    inside = await clients("s3", at="private-a")
    target = {"Bucket": perimeter, "Key": "parts.bin"}
    parts = [b"a" * 5 * MEBIBYTE, b"b" * 5 * MEBIBYTE, b"the end"]
    upload = {**target, "UploadId": (await inside.create_multipart_upload(**target))["UploadId"]}
    sent = await asyncio.gather(
        *(inside.upload_part(**upload, PartNumber=number, Body=part) for number, part in enumerate(parts, 1))
    )
    numbered = [{"PartNumber": number, "ETag": one["ETag"]} for number, one in enumerate(sent, 1)]
    done = await inside.complete_multipart_upload(**upload, MultipartUpload={"Parts": numbered})
    assert done["ETag"].endswith('-3"')
    answer = await inside.get_object(**target)
    assert await answer["Body"].read() == b"".join(parts)


async def test_m28_dynamodb_is_reached_through_its_own_gateway_endpoint(vpce, clients):
    inside = await clients("dynamodb", at="private-a")
    await inside.create_table(
        TableName="Music",
        KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Artist", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"Artist": {"S": "No One You Know"}, "Year": {"N": "2015"}}
    await inside.put_item(TableName="Music", Item=item)
    found = await inside.get_item(TableName="Music", Key={"Artist": item["Artist"]})
    assert found["Item"] == item
    assert vpce.decisions()[-1]["endpoint"] == vpce.endpoint("dynamodb").id
