"""What `check` finds in policies that AWS accepts."""

import pytest

from vpce_policies import PolicyKind, Severity, check, parse_policy

BUCKET = "arn:aws:s3:::corp-data"
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
DENY = ALLOW | {"Effect": "Deny"}
ALICE = {"AWS": "arn:aws:iam::111122223333:user/alice"}


def found(kind, *statements, version="2012-10-17", vocabulary=None):
    policy = {"Version": version, "Statement": list(statements)}
    return [(each.id, each.path) for each in check(policy, kind, vocabulary=vocabulary)]


def where(operator, key, values, statement=ALLOW):
    return statement | {"Condition": {operator: {key: values}}}


@pytest.mark.parametrize(
    ("kind", "statement", "finding"),
    [
        (
            PolicyKind.GATEWAY_ENDPOINT,
            ALLOW | {"Principal": ALICE},
            ("gateway-endpoint-principal", "Statement[0].Principal"),
        ),
        (PolicyKind.VPC_ENDPOINT, DENY, ("endpoint-denies-everything", "Statement")),
        (
            PolicyKind.VPC_ENDPOINT,
            where("IpAddress", "AWS:sourceip", "10.0.0.0/8"),
            ("source-ip-never-present", "Statement[0].Condition.IpAddress.AWS:sourceip"),
        ),
        (
            PolicyKind.BUCKET,
            where("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", DENY),
            ("source-ip-behind-endpoint", "Statement[0].Condition.NotIpAddress.aws:SourceIp"),
        ),
        (
            PolicyKind.VPC_ENDPOINT,
            where("StringLike", "aws:PrincipalAccount", "111122*"),
            ("endpoint-system-id-wildcard", "Statement[0].Condition.StringLike.aws:PrincipalAccount"),
        ),
        (
            PolicyKind.VPC_ENDPOINT,
            where("StringLike", "s3:prefix", "a*"),
            ("endpoint-short-wildcard", "Statement[0].Condition.StringLike.s3:prefix"),
        ),
        (
            PolicyKind.VPC_ENDPOINT,
            ALLOW | {"Resource": "arn:aws:dynamodb:us-east-1:1111*:table/T"},
            ("endpoint-mixed-account", "Statement[0].Resource"),
        ),
        (
            PolicyKind.RESOURCE,
            ALLOW | {"Principal": ALICE, "Action": []},
            ("empty-list", "Statement[0].Action"),
        ),
        (
            PolicyKind.RESOURCE,
            where("ForAllValues:StringEquals", "aws:TagKeys", "a"),
            ("for-all-values-without-null", "Statement[0].Condition.ForAllValues:StringEquals.aws:TagKeys"),
        ),
        (
            PolicyKind.RESOURCE,
            {"NotPrincipal" if name == "Principal" else name: value for name, value in ALLOW.items() if name != "x"}
            | {"NotPrincipal": ALICE},
            ("allow-not-principal", "Statement[0].NotPrincipal"),
        ),
        (PolicyKind.BUCKET, ALLOW, ("public-grant", "Statement[0].Principal")),
        (
            PolicyKind.BUCKET,
            where("StringEquals", "aws:SourceVpcEndpoint", "vpce-1"),
            ("unknown-condition-key", "Statement[0].Condition.StringEquals.aws:SourceVpcEndpoint"),
        ),
    ],
)
def test_finding(kind, statement, finding):
    assert found(kind, statement) == [finding]


@pytest.mark.parametrize(
    ("kind", "statements"),
    [
        (PolicyKind.GATEWAY_ENDPOINT, [ALLOW]),
        (PolicyKind.GATEWAY_ENDPOINT, [ALLOW | {"Principal": {"AWS": "*"}}]),
        (PolicyKind.VPC_ENDPOINT, [ALLOW | {"Principal": ALICE}]),
        (PolicyKind.VPC_ENDPOINT, [ALLOW, DENY | {"Resource": f"{BUCKET}/secret/*"}]),
        (PolicyKind.VPC_ENDPOINT, [where("StringEquals", "aws:SourceVpce", "vpce-1")]),
        (PolicyKind.VPC_ENDPOINT, [where("StringLike", "s3:prefix", ["reports*", "*reports/", "${aws:username}*"])]),
        (PolicyKind.VPC_ENDPOINT, [ALLOW | {"Resource": "arn:aws:dynamodb:*:111122223333:table/T"}]),
        (PolicyKind.BUCKET, [where("NotIpAddressIfExists", "aws:SourceIp", "203.0.113.0/24", DENY)]),
        (
            PolicyKind.BUCKET,
            [
                DENY
                | {
                    "Condition": {
                        "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                        "StringNotEquals": {"aws:SourceVpce": "vpce-1"},
                    }
                }
            ],
        ),
        (PolicyKind.BUCKET, [where("StringEquals", "aws:PrincipalTag/team", "red")]),
        (
            PolicyKind.RESOURCE,
            [
                ALLOW
                | {
                    "Condition": {
                        "ForAllValues:StringEquals": {"aws:TagKeys": "a"},
                        "Null": {"aws:TagKeys": "false"},
                    }
                }
            ],
        ),
        (PolicyKind.RESOURCE, [where("ForAllValues:StringEquals", "aws:TagKeys", "a", DENY)]),
    ],
)
def test_nothing_to_find(kind, statements):
    assert found(kind, *statements) == []


@pytest.mark.parametrize(
    ("denial", "shadowed"),
    [
        ({}, True),
        ({"Action": "s3:*"}, True),
        ({"Action": ["s3:Put*", "s3:Get*"], "Resource": "*"}, True),
        ({"Principal": ALICE}, True),
        ({"Action": "s3:PutObject"}, False),
        ({"Action": "s3:GetObjec?"}, False),
        ({"Resource": f"{BUCKET}/secret/*"}, False),
        ({"Principal": {"AWS": "111122223333"}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False),
    ],
)
def test_an_allow_that_an_unconditional_denial_covers_is_unreachable(denial, shadowed):
    findings = found(PolicyKind.BUCKET, ALLOW | {"Principal": ALICE}, DENY | denial)
    assert findings == ([("unreachable-statement", "Statement[0]")] if shadowed else [])


def test_policy_variables_in_an_old_version_are_plain_text():
    statement = ALLOW | {"Principal": ALICE, "Resource": f"{BUCKET}/${{aws:username}}/*"}
    assert found(PolicyKind.BUCKET, statement, version="2008-10-17") == [
        ("variables-not-expanded", "Statement[0].Resource")
    ]
    assert found(PolicyKind.BUCKET, statement) == []


class Words:
    """The services of a small world."""

    def actions(self, service):
        return {"s3": {"GetObject", "ListBucket"}}.get(service)

    def condition_keys(self, service):
        return {"s3": {"s3:prefix", "s3:ExistingObjectTag/<key>"}}.get(service)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ({"Action": "s3:GetObjekt"}, ("unknown-action", "Statement[0].Action")),
        ({"Action": "s4:Get*"}, ("unknown-action", "Statement[0].Action")),
        (where("Null", "s3:prefiks", "true", {}), ("unknown-condition-key", "Statement[0].Condition.Null.s3:prefiks")),
        (where("Null", "s4:x", "true", {}), ("unknown-condition-key", "Statement[0].Condition.Null.s4:x")),
    ],
)
def test_words_that_the_services_do_not_know(statement, finding):
    policy = {"Effect": "Allow", "Action": "*", "Resource": "*"} | statement
    assert found(PolicyKind.IDENTITY, policy, vocabulary=Words()) == [finding]


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": ["*", "S3:get*", "s3:ListBucket"]},
        {"Condition": {"StringLike": {"S3:Prefix": "a", "s3:ExistingObjectTag/team": "b", "aws:username": "c"}}},
    ],
)
def test_words_that_the_services_know(statement):
    policy = {"Effect": "Allow", "Action": "*", "Resource": "*"} | statement
    assert found(PolicyKind.IDENTITY, policy, vocabulary=Words()) == []


def test_what_does_not_parse_is_a_finding():
    (finding,) = check('{"Statement": [\n{"Effect" "Allow"}]}', PolicyKind.VPC_ENDPOINT)
    assert (finding.id, finding.severity, finding.line, finding.column) == ("invalid-json", Severity.ERROR, 2, 11)
    (finding,) = check({"Statement": [{"Effect": "Allow", "Action": "*"}]}, PolicyKind.VPC_ENDPOINT)
    assert (finding.id, finding.path) == ("missing-field", "Statement[0]")
    assert finding.message == "Missing required field Principal"


def test_a_parsed_document_can_be_checked():
    document = parse_policy({"Statement": [DENY]}, PolicyKind.VPC_ENDPOINT)
    assert [finding.id for finding in check(document)] == ["endpoint-denies-everything"]
