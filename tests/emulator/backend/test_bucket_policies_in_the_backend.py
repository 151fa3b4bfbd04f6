"""The backend keeps bucket policies and never acts on one, nor on an object's ACL: authorization is done before."""

from __future__ import annotations

import json

import pytest

DENY_ALL_BUT_ONE_ENDPOINT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
                "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
            }
        ],
    },
    indent=3,
)


@pytest.mark.parametrize(
    "policy", [DENY_ALL_BUT_ONE_ENDPOINT, '{"Version": "2012-10-17"}', "not even JSON", "{\u00e9}"]
)
async def test_a_policy_comes_back_byte_for_byte_and_denies_nothing(caller, backend, policy):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket/k", body=b"x")
    put = await caller.s3("PUT", "/bucket", body=policy.encode(), query="policy", operation="PutBucketPolicy")
    assert (put.status, put.body) == (204, b"")
    got = await caller.s3("GET", "/bucket", query="policy", operation="GetBucketPolicy")
    assert got.body == policy.encode()
    assert backend.bucket("bucket").policy == policy
    for method, path in [("GET", "/bucket/k"), ("HEAD", "/bucket/k"), ("PUT", "/bucket/k"), ("GET", "/bucket")]:
        assert (await caller.s3(method, path)).status == 200
    deletion = b"<Delete><Object><Key>k</Key></Object></Delete>"
    assert b"<Deleted>" in (await caller.s3("POST", "/bucket", body=deletion, query="delete")).body


async def test_a_deleted_policy_is_gone(caller, backend):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket", body=b"{}", query="policy")
    assert (await caller.s3("DELETE", "/bucket", query="policy")).status == 204
    assert backend.bucket("bucket").policy is None
    missing = await caller.s3("GET", "/bucket", query="policy")
    assert (missing.status, b"<Code>NoSuchBucketPolicy</Code>" in missing.body) == (404, True)


async def test_a_bucket_is_found_in_whichever_account_it_is(caller, other_caller, backend):
    await other_caller.s3("PUT", "/theirs")
    assert backend.bucket("theirs").account_id == other_caller.account_id
    assert backend.bucket("nobodys") is None
    assert (await caller.s3("PUT", "/theirs/k", body=b"x")).status == 200
    assert b"theirs" not in (await caller.s3("GET", "/")).body


@pytest.mark.parametrize("acl", ["private", "public-read"])
async def test_an_unsigned_read_that_was_allowed_is_carried_out_whatever_the_acl(caller, acl):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket/k", {"x-amz-acl": acl}, b"x")
    assert (await caller.s3("GET", "/bucket/k")).body == b"x"


async def test_an_upload_to_a_presigned_url_is_carried_out(caller):
    await caller.s3("PUT", "/bucket")
    query = "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=a"
    put = await caller.s3("PUT", "/bucket/k", {"Content-Type": "a/b"}, b"x", query=f"{query}&content-type=other")
    assert put.status == 200


STATEMENT = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::stacked/*"}
STACKED = {"Version": "2012-10-17", "Statement": [STATEMENT]}
TEMPLATE = {
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "stacked"}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": STACKED},
        },
    }
}


def test_a_stack_sets_changes_and_deletes_a_bucket_policy(backend):
    client = backend.client("cloudformation", region="us-east-1", account_id="123456789012")
    client.create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
    assert json.loads(backend.bucket("stacked").policy) == STACKED
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Resources"]["Policy"]["Properties"]["PolicyDocument"]["Id"] = "changed"
    client.update_stack(StackName="s", TemplateBody=json.dumps(changed))
    assert json.loads(backend.bucket("stacked").policy)["Id"] == "changed"
    client.delete_stack(StackName="s")
    assert backend.bucket("stacked") is None
