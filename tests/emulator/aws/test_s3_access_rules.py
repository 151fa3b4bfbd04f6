"""Ownership, ACLs, Block Public Access and access points: what they say in policies, and what they refuse."""

import json

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    EVERYTHING_BLOCKED,
    NOTHING_BLOCKED,
    Bucket,
    Grant,
    PublicAccessBlock,
    StoredObject,
    canonical_user_id,
    owner_of,
    policies_of,
)
from vpce_emulator.aws.s3_access_points import AccessPoint, located, name_in_arn, policies_of_access_point
from vpce_emulator.aws.s3_regions import misdirected
from vpce_emulator.aws.s3_settings import Requester, refused_setting

OWN, OTHER = "123456789012", "210987654321"
ALLOW = {"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
DENY = ALLOW | {"Sid": "d", "Effect": "Deny"}
WRITER = {"ownership": "ObjectWriter"}
BLOCKED = WRITER | {"public_access_block": EVERYTHING_BLOCKED}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def bucket(**changes):
    return Bucket(**({"name": "data", "account_id": OWN, "region": "us-east-1", "policy": None} | changes))


def request(host="127.0.0.1:4566", query="", **headers):
    given = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return HttpRequest("PUT", host, "/data/k", query, CIMultiDictProxy(given))


def statements_of(policies):
    return [statement for each in policies for statement in json.loads(each.document)["Statement"]]


@pytest.mark.parametrize(
    ("grant", "ignored", "caller", "actions"),
    [
        (Grant(ALL_USERS, "READ"), False, "", ["s3:GetObject", "s3:GetObjectVersion"]),
        (Grant(ALL_USERS, "READ"), True, "", None),
        (Grant(AUTHENTICATED_USERS, "READ_ACP"), False, OTHER, ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"]),
        (Grant(canonical_user_id(OTHER), "WRITE_ACP"), True, OTHER, ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"]),
        (Grant(canonical_user_id(OTHER), "READ"), False, "333333333333", None),
        (Grant(ALL_USERS, "WRITE"), False, "", None),
    ],
)
def test_what_an_object_acl_grants_is_said_as_a_statement(grant, ignored, caller, actions):
    holder = bucket(**WRITER, public_access_block=PublicAccessBlock(ignore_public_acls=ignored))
    found = statements_of(policies_of("s3:GetObject", holder, StoredObject(OWN, (grant,)), caller))
    assert [statement["Action"] for statement in found] == ([actions] if actions else [])


def test_full_control_is_every_permission():
    grant = Grant(canonical_user_id(OTHER), "FULL_CONTROL")
    (found,) = statements_of(policies_of("s3:ListBucket", bucket(**WRITER, acl=(grant,)), None, OTHER))
    assert {"s3:ListBucket", "s3:PutObject", "s3:GetBucketAcl", "s3:PutBucketAcl"} <= set(found["Action"])


@pytest.mark.parametrize(
    ("action", "owner", "sids"),
    [("s3:GetObject", OTHER, ["d"]), ("s3:PutObject", OWN, ["a", "d"]), ("s3:DeleteObject", OWN, ["a", "d"])],
)
def test_a_bucket_policy_cannot_allow_access_to_an_object_of_another_account(action, owner, sids):
    holder, stored = bucket(**WRITER, policy=policy(ALLOW, DENY)), StoredObject(OTHER)
    assert owner_of(action, holder, stored) == owner
    assert [each["Sid"] for each in statements_of(policies_of(action, holder, stored, OWN))] == sids


@pytest.mark.parametrize(("blocked", "restricted"), [(EVERYTHING_BLOCKED, True), (NOTHING_BLOCKED, False)])
def test_a_restricted_public_bucket_denies_other_accounts(blocked, restricted):
    holder = bucket(policy=policy(ALLOW), public_access_block=blocked)
    found = statements_of(policies_of("s3:GetObject", holder, None, OTHER))
    assert (found[-1]["Effect"] == "Deny") is restricted
    private = bucket(policy=policy(ALLOW | {"Principal": {"AWS": OTHER}}), public_access_block=blocked)
    assert len(statements_of(policies_of("s3:GetObject", private, None, OTHER))) == 1


@pytest.mark.parametrize(
    ("operation", "headers", "changes", "code"),
    [
        ("PutObject", {}, {}, None),
        ("PutObject", {"x_amz_acl": "public-read"}, {}, "AccessControlListNotSupported"),
        ("PutObject", {"x_amz_acl": "bucket-owner-full-control"}, {}, None),
        ("PutObject", {"x_amz_acl": "no-such-acl"}, {}, None),  # which is another's to refuse
        ("PutObject", {"x_amz_grant_full_control": f'id="{canonical_user_id(OWN)}"'}, {}, None),
        ("PutObject", {"x_amz_grant_read": f'id="{canonical_user_id(OWN)}"'}, {}, "AccessControlListNotSupported"),
        ("PutBucketAcl", {"x_amz_acl": "bucket-owner-full-control"}, {}, "AccessControlListNotSupported"),
        ("PutObject", {"x_amz_acl": "public-read"}, WRITER, None),
        ("PutObject", {"x_amz_acl": "public-read"}, BLOCKED, "denied"),
        ("PutObject", {"x_amz_grant_read": f"uri={ALL_USERS}"}, BLOCKED, "denied"),
        ("PutObject", {"x_amz_acl": "log-delivery-write"}, BLOCKED, None),
        ("GetObject", {"x_amz_acl": "public-read"}, {}, None),
    ],
)
def test_an_acl_is_refused_where_there_are_none_and_where_it_is_public(operation, headers, changes, code):
    key = "" if operation == "PutBucketAcl" else "k"
    asked = Operation(operation, bucket="data", key=key)
    fault = refused_setting(asked, request(**headers), b"", bucket(**changes), Requester("arn", OWN))
    if code == "denied":
        assert (fault.kind, "BlockPublicAcls" in fault.message) == (FaultKind.ACCESS_DENIED, True)
    else:
        assert (fault and fault.code.code) == code


def test_who_is_not_of_the_owners_account_reads_no_more_than_that_access_is_denied():
    holder = bucket(public_access_block=EVERYTHING_BLOCKED)
    put = Operation("PutBucketPolicy", bucket="data")
    fault = refused_setting(put, request(), policy(ALLOW).encode(), holder, Requester("arn", OTHER))
    assert fault == Fault(FaultKind.ACCESS_DENIED)


POINT = AccessPoint("mine", OWN, "eu-west-1", "data", policy(ALLOW | {"Resource": "*"}), "vpc-1")


def test_an_access_point_of_a_vpc_denies_data_to_all_other_networks_and_nothing_about_itself():
    allow, origin = statements_of(policies_of_access_point(POINT, None))
    assert allow["Effect"] == "Allow"
    assert (origin["Effect"], origin["NotAction"]) == ("Deny", "s3:*AccessPoint*")
    assert origin["Condition"] == {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}


def test_the_buckets_settings_restrict_its_access_points():
    holder = bucket(public_access_block=EVERYTHING_BLOCKED, account_id=OTHER)
    last = statements_of(policies_of_access_point(POINT, holder))[-1]
    assert last["Condition"]["StringNotEquals"] == {"aws:PrincipalAccount": [OWN, OTHER]}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Operation("GetObject", bucket="data", key="k"), ("data", "")),
        (Operation("GetObject", key="k", access_point=f"mine-{OWN}"), ("data", f"mine-{OWN}")),
        (Operation("GetObject", bucket=f"mine-{OWN}", key="k"), ("data", f"mine-{OWN}")),
        (Operation("GetObject", bucket=f"taken-{OWN}", key="k"), (f"taken-{OWN}", "")),
        (Operation("GetObject", bucket=f"nosuch-{OWN}", key="k"), (f"nosuch-{OWN}", "")),
        (Operation("GetObject", key="k", access_point=f"nosuch-{OWN}"), "NoSuchAccessPoint"),
        (Operation("GetObject", bucket="nosuch-abc-s3alias", key="k"), "NoSuchAccessPoint"),
        (Operation("DeleteBucket", access_point=f"mine-{OWN}"), FaultKind.METHOD_NOT_ALLOWED),
    ],
)
def test_an_access_point_stands_for_its_bucket(operation, expected):
    points, buckets = {f"mine-{OWN}": POINT}, {f"taken-{OWN}": bucket()}
    found = located(operation, points.get, buckets.get)
    if isinstance(found, Fault):
        assert expected in {found.kind, found.code and found.code.code}
    else:
        assert (found.bucket, found.access_point) == expected


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (POINT.arn, f"mine-{OWN}"),
        (f"{POINT.arn}/object/a/b", f"mine-{OWN}"),
        ("arn:aws:s3:::data", ""),
        ("arn:aws:s3:us-east-1:12:accesspoint/mine", ""),
    ],
)
def test_an_arn_names_an_access_point_or_none(arn, name):
    assert name_in_arn(arn) == name


SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/{}/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("operation", "host", "scope", "code"),
    [
        ("GetObject", "127.0.0.1:4566", None, None),
        ("GetObject", "127.0.0.1:4566", "us-east-1", None),
        ("GetObject", "127.0.0.1:4566", "eu-west-1", "PermanentRedirect"),
        ("GetObject", "s3.eu-west-1.amazonaws.com", None, "PermanentRedirect"),
        ("GetObject", "data.s3.amazonaws.com", "eu-west-1", None),
        ("GetBucketLocation", "127.0.0.1:4566", "eu-west-1", None),
        ("CreateBucket", "127.0.0.1:4566", "eu-west-1", None),
    ],
)
def test_a_request_for_another_region_is_redirected(operation, host, scope, code):
    headers = {"Authorization": SIGNED.format(scope)} if scope else {}
    fault = misdirected(Operation(operation, bucket="data"), request(host, **headers), bucket())
    if host == "data.s3.amazonaws.com":
        assert fault.kind is FaultKind.AUTHORIZATION_MALFORMED
        assert fault.message.endswith("the region 'eu-west-1' is wrong; expecting 'us-east-1'")
    else:
        assert (fault and fault.code.code) == code
