"""What AWS answers to a malformed policy document."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_policies import MalformedPolicy, PolicyKind, PolicyTooLarge, Problem, check, load_vocabulary, parse_policy
from vpce_policies.kinds import GRAMMARS, Unit

OWN = "111122223333"
BUCKET = "arn:aws:s3:::corp-data"
GOOD = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}


def without(*names):
    return {name: value for name, value in GOOD.items() if name not in names}


def refused(policy, kind, **options):
    text = policy if isinstance(policy, str) else json.dumps(policy)
    with pytest.raises(MalformedPolicy) as caught:
        parse_policy(text, kind, **options)
    return caught.value


@pytest.mark.parametrize(
    ("policy", "message", "path"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'", ""),
        ("file.json", "Policies must be valid JSON and the first byte must be '{'", ""),
        (" {}", "Policies must be valid JSON and the first byte must be '{'", ""),
        ("[]", "Policies must be valid JSON and the first byte must be '{'", ""),
        ('{"Version": }', "This policy contains invalid Json", ""),
        ('{"Version": NaN}', "This policy contains invalid Json", ""),
        ('{"Statement": [], "Statement": []}', "This policy contains invalid Json", ""),
        ({"Version": "2012-10-17"}, "Missing required field Statement", ""),
        ({"Statement": []}, "Could not parse the policy: Statement is empty!", "Statement"),
        ({"Policy": "{}"}, "Unknown field Policy", "Policy"),
        ({"Version": "2013-10-17", "Statement": [GOOD]}, "The policy must contain a valid version string", "Version"),
        ({"Statement": [GOOD | {"Principals": "*"}]}, "Unknown field Principals", "Statement[0].Principals"),
        ({"Statement": [GOOD, without("Principal")]}, "Missing required field Principal", "Statement[1]"),
        ({"Statement": [without("Effect")]}, "Missing required field Effect", "Statement[0]"),
        ({"Statement": [without("Action")]}, "Missing required field Action", "Statement[0]"),
        ({"Statement": [without("Resource")]}, "Statement is missing required element", "Statement[0]"),
        ({"Statement": GOOD | {"Effect": "allow"}}, "Invalid effect: allow", "Statement.Effect"),
        ({"Statement": [GOOD | {"NotAction": "s3:*"}]}, "Invalid policy syntax.", "Statement[0]"),
        ({"Statement": ["x"]}, "Invalid policy syntax.", "Statement[0]"),
        ({"Statement": [GOOD | {"Principal": "me"}]}, "Invalid principal in policy", "Statement[0].Principal"),
        (
            {"Statement": [GOOD | {"Principal": {"AWS": "me"}}]},
            "Invalid principal in policy",
            "Statement[0].Principal.AWS",
        ),
        (
            {"Statement": [GOOD | {"Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}}]},
            "Invalid principal in policy",
            "Statement[0].Principal.AWS",
        ),
        (
            {"Statement": [GOOD | {"Principal": {"aws": "*"}}]},
            "Invalid principal in policy",
            "Statement[0].Principal.aws",
        ),
        ({"Statement": [GOOD | {"Action": "s3:GetObjects"}]}, "Policy has invalid action", "Statement[0].Action"),
        ({"Statement": [GOOD | {"Action": "ec2:*"}]}, "Policy has invalid action", "Statement[0].Action"),
        ({"Statement": [GOOD | {"Action": "GetObject"}]}, "Policy has invalid action", "Statement[0].Action"),
        ({"Statement": [GOOD | {"Action": 7}]}, "Policy has invalid action", "Statement[0].Action"),
        (
            {"Statement": [GOOD | {"Resource": "arn:aws:s3:::other/*"}]},
            "Policy has invalid resource",
            "Statement[0].Resource",
        ),
        ({"Statement": [GOOD | {"Resource": "corp-data/*"}]}, "Policy has invalid resource", "Statement[0].Resource"),
        (
            {"Statement": [GOOD | {"Resource": BUCKET}]},
            "Action does not apply to any resource(s) in statement",
            "Statement[0].Action",
        ),
        (
            {"Statement": [GOOD | {"Action": ["s3:GetObject", "s3:ListBucket"]}]},
            "Action does not apply to any resource(s) in statement",
            "Statement[0].Action",
        ),
        (
            {"Statement": [GOOD | {"Condition": {"StringEqual": {"aws:username": "a"}}}]},
            "Invalid Condition type : StringEqual",
            "Statement[0].Condition.StringEqual",
        ),
        (
            {"Statement": [GOOD | {"Condition": {"StringLike": {"s3:prefix": "a*"}}}]},
            "Conditions do not apply to combination of actions and resources in statement",
            "Statement[0].Condition.StringLike.s3:prefix",
        ),
        (
            {"Statement": [GOOD | {"Condition": {"StringEquals": {"prefix": "a"}}}]},
            "Policy has an invalid condition key",
            "Statement[0].Condition.StringEquals.prefix",
        ),
        (
            {"Statement": [GOOD | {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/40"}}}]},
            "Invalid IP address in Conditions",
            "Statement[0].Condition.IpAddress.aws:SourceIp",
        ),
        (
            {"Statement": [GOOD | {"Condition": {"StringEquals": {"aws:username": {}}}}]},
            "Invalid policy syntax.",
            "Statement[0].Condition.StringEquals.aws:username",
        ),
        ({"Statement": [GOOD | {"Condition": ["x"]}]}, "Invalid policy syntax.", "Statement[0].Condition"),
        ({"Statement": [GOOD | {"Sid": 7}]}, "Invalid policy syntax.", "Statement[0].Sid"),
    ],
)
def test_bucket_policy_is_refused_in_the_words_of_s3(policy, message, path):
    error = refused(policy, PolicyKind.BUCKET, bucket="corp-data")
    assert (error.message, str(error), error.path) == (message, message, path)


@pytest.mark.parametrize(
    "statement",
    [
        GOOD,
        GOOD | {"Resource": [BUCKET, f"{BUCKET}/*"], "Action": ["s3:GetObject", "s3:ListBucket"]},
        GOOD | {"Resource": [BUCKET, f"{BUCKET}/*"], "Action": "s3:*"},
        GOOD | {"Resource": f"{BUCKET}*", "Action": ["s3:GetObject", "s3:ListBucket"]},
        GOOD | {"Resource": "*"},
        GOOD | {"Resource": f"{BUCKET}/${{aws:username}}/*"},
        GOOD | {"Action": "*"},
        GOOD
        | {"Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"], "Condition": {"StringLike": {"s3:prefix": "a*"}}},
        GOOD | {"Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:root", "AROAEXAMPLEID1234567"]}},
        GOOD | {"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/app/session"}},
        GOOD | {"Principal": {"Service": "logging.s3.amazonaws.com"}, "Sid": "Log delivery"},
        GOOD | {"Condition": {"stringequalsIFEXISTS": {"AWS:SourceVpce": ["vpce-1", "vpce-2"]}}},
        GOOD | {"Condition": {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:signatureAge": 10}}},
        without("Principal") | {"NotPrincipal": {"AWS": "111122223333"}, "Effect": "Deny"},
    ],
)
def test_bucket_policy_is_accepted(statement):
    document = parse_policy(json.dumps({"Statement": statement}), PolicyKind.BUCKET, bucket="corp-data")
    assert len(document.statements) == 1


def test_a_document_says_what_its_text_says():
    condition = {"NumericLessThan": {"s3:max-keys": 1.50}, "Bool": {"aws:SecureTransport": True}}
    text = json.dumps({"Id": "P", "Version": "2012-10-17", "Statement": GOOD | {"Sid": "S", "Condition": condition}})
    document = parse_policy(text.replace("1.5}", "1.50}"), PolicyKind.RESOURCE)
    (statement,) = document.statements
    assert (document.id, document.version, statement.sid, statement.effect) == ("P", "2012-10-17", "S", "Allow")
    assert [(each.operator, each.key, each.values) for each in statement.conditions] == [
        ("NumericLessThan", "s3:max-keys", ("1.50",)),
        ("Bool", "aws:SecureTransport", ("true",)),
    ]


def test_a_document_without_version_is_of_2008():
    assert parse_policy({"Statement": [GOOD]}, PolicyKind.RESOURCE).version == "2008-10-17"


@pytest.mark.parametrize("kind", [PolicyKind.VPC_ENDPOINT, PolicyKind.GATEWAY_ENDPOINT])
@pytest.mark.parametrize(
    ("text", "position"),
    [("", (1, 1)), ("{", (1, 2)), ('{"Statement": [\n  {"Effect" "Allow"}]}', (2, 13)), ("{} x", (1, 4))],
)
def test_endpoint_policy_that_is_no_json_is_refused_with_its_position(kind, text, position):
    error = refused(text, kind)
    assert error.message == "The Policy Document is not valid. Syntax error at position ({},{})".format(*position)
    assert (error.line, error.column) == position


def test_endpoint_policy_must_have_a_principal():
    error = refused({"Statement": [without("Principal")]}, PolicyKind.VPC_ENDPOINT)
    assert error.message == "The Policy Document is not valid. Missing required field Principal"
    assert (error.problem, error.path, error.line) == (Problem.MISSING_FIELD, "Statement[0]", None)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"Statement": [GOOD]}, "Policy document should not specify a principal."),
        (
            {"Statement": [without("Principal") | {"Action": "Get"}]},
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        ({"Statement": [without("Principal") | {"Resource": "b"}]}, 'Resource b must be in ARN format or "*".'),
        ({"Version": "2011-10-17", "Statement": []}, "Policy document must be version 2012-10-17 or greater."),
        (
            {"Statement": [without("Principal") | {"Sid": "A"}] * 2},
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        ("{", "Syntax errors in policy."),
        ({"Statement": [without("Principal", "Action")]}, "Policy statement must contain actions."),
        ({"Statement": [without("Principal", "Resource")]}, "Policy statement must contain resources."),
        ({"Statement": [without("Principal", "Effect")]}, "Syntax errors in policy."),
    ],
)
def test_identity_policy_is_refused_in_the_words_of_iam(policy, message):
    assert refused(policy, PolicyKind.IDENTITY).message == message


@pytest.mark.parametrize(
    ("kind", "statement"), [(PolicyKind.SCP, GOOD), (PolicyKind.RCP, without("Principal")), (PolicyKind.SCP, {})]
)
def test_control_policy_is_refused_in_the_words_of_organizations(kind, statement):
    error = refused({"Statement": [statement]}, kind)
    assert error.message.startswith("The provided policy document does not meet the requirements")


LIMITS = [(kind, grammar.limit) for kind, grammar in GRAMMARS.items() if grammar.limit]


def of_size(kind, size, padding):
    """A document of a kind and a size, as that kind counts; all spaces in it are in the text of the Id."""
    statement = {name: value for name, value in GOOD.items() if name not in GRAMMARS[kind].without}
    statement |= {"Action": "sts:AssumeRole"} if kind is PolicyKind.ROLE_TRUST else {}
    statement |= {"Effect": "Deny"} if kind is PolicyKind.RCP else {}
    frame = json.dumps({"Version": "2012-10-17", "Id": "", "Statement": [statement]}, separators=(",", ":"))
    room = size - len(frame)
    unit = GRAMMARS[kind].limit.unit.size_of(padding)
    filled = padding * (room // unit) + "x" * (room % unit)
    return frame.replace('"Id":""', f'"Id":"{filled}"')


@pytest.mark.parametrize("padding", ["x", "é", "x "])
@pytest.mark.parametrize(("kind", "limit"), LIMITS)
def test_a_document_above_the_size_limit_of_its_kind_is_refused(kind, limit, padding):
    assert parse_policy(of_size(kind, limit.largest, padding), kind).statements
    error = refused(of_size(kind, limit.largest + 1, padding), kind)
    assert isinstance(error, PolicyTooLarge)
    assert (error.size, error.limit, error.unit) == (limit.largest + 1, limit.largest, limit.unit)
    assert parse_policy(of_size(kind, limit.largest + 1, padding), kind, stored=True).statements


@pytest.mark.parametrize(("unit", "size"), [(Unit.BYTES, 9), (Unit.CHARACTERS, 7), (Unit.WITHOUT_SPACE, 4)])
def test_what_a_size_counts(unit, size):
    assert unit.size_of(" a\n\tb€c") == size


TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("statement", "problem", "path"),
    [
        (TRUST, None, ""),
        (TRUST | {"Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "STS:*"]}, None, ""),
        (TRUST | {"Principal": {"Federated": "accounts.google.com"}}, None, ""),
        (TRUST | {"Resource": "*"}, Problem.PROHIBITED_FIELD, ".Resource"),
        (TRUST | {"NotResource": "*"}, Problem.PROHIBITED_FIELD, ".NotResource"),
        (TRUST | {"Action": "s3:GetObject"}, Problem.FOREIGN_ACTION, ".Action"),
        ({"Effect": "Allow", "Action": "sts:AssumeRole"}, Problem.MISSING_FIELD, ""),
    ],
)
def test_trust_policies_have_principals_and_actions_of_sts_but_no_resource(statement, problem, path):
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    if problem is None:
        assert parse_policy(policy, PolicyKind.ROLE_TRUST).statements[0].resources == ("*",)
    else:
        error = refused(policy, PolicyKind.ROLE_TRUST)
        assert (error.problem, error.path) == (problem, f"Statement[0]{path}")


CONTROL = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("kind", "statement", "problem"),
    [
        (PolicyKind.SCP, CONTROL, None),
        (PolicyKind.SCP, CONTROL | {"Effect": "Allow", "Condition": {"Null": {"aws:username": "true"}}}, None),
        (PolicyKind.SCP, {"Effect": "Allow", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b"}, None),
        (PolicyKind.SCP, CONTROL | {"Principal": "*"}, Problem.PRINCIPAL_NOT_ALLOWED),
        (PolicyKind.SCP, CONTROL | {"NotPrincipal": {"AWS": OWN}}, Problem.PRINCIPAL_NOT_ALLOWED),
        (PolicyKind.RCP, CONTROL | {"Principal": "*"}, None),
        (PolicyKind.RCP, {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, None),
        (PolicyKind.RCP, CONTROL, Problem.MISSING_FIELD),
        (PolicyKind.RCP, CONTROL | {"Principal": {"AWS": OWN}}, Problem.INVALID_PRINCIPAL),
        (PolicyKind.RCP, CONTROL | {"Principal": "*", "Effect": "Allow"}, Problem.INVALID_EFFECT),
        (PolicyKind.RCP, CONTROL | {"NotPrincipal": "*"}, Problem.PRINCIPAL_NOT_ALLOWED),
        (
            PolicyKind.RCP,
            {"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"},
            Problem.PROHIBITED_FIELD,
        ),
    ],
)
def test_the_grammar_of_control_policies(kind, statement, problem):
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    if problem is None:
        assert parse_policy(policy, kind).statements
        assert refused(policy | {"Version": "2008-10-17"}, kind).problem is Problem.INVALID_VERSION
    else:
        assert refused(policy, kind).problem is problem


USER, ROLE = f"arn:aws:iam::{OWN}:user/alice", f"arn:aws:iam::{OWN}:role/app"


@pytest.mark.parametrize(
    ("principal", "missing"),
    [
        ({"AWS": [USER, ROLE]}, None),
        ({"AWS": [USER, f"{ROLE}s"]}, f"{ROLE}s"),
        ({"AWS": "999999999999"}, "999999999999"),
        ({"AWS": "*"}, None),
        ("*", None),
        ({"Service": "nowhere.amazonaws.com"}, None),
        ({"AWS": f"arn:aws:iam::{OWN}:root"}, None),
    ],
)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_principals_that_do_not_exist_are_refused_where_they_can_be_looked_up(principal, missing, element):
    known = {USER: True, ROLE: True, f"{ROLE}s": False, "999999999999": False}
    policy = {"Statement": [without("Principal") | {"Effect": "Deny", element: principal}]}
    assert parse_policy(policy, PolicyKind.BUCKET).statements
    if missing is None:
        assert parse_policy(policy, PolicyKind.BUCKET, principal_exists=known.get).statements
    else:
        error = refused(policy, PolicyKind.BUCKET, principal_exists=known.get)
        assert (error.message, error.detail) == ("Invalid principal in policy", f"{missing} does not exist.")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
VALUES = (
    st.sampled_from(["*", "Allow", "s3:*", BUCKET, f"{BUCKET}/*", {"AWS": "*"}, {"StringLike": {"aws:a": "b"}}]) | JSON
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["Version", "Id", "Statement"]),
    st.lists(st.dictionaries(st.sampled_from(ELEMENTS), VALUES)) | st.sampled_from(["2012-10-17"]) | JSON,
)


@given(document=DOCUMENTS, kind=st.sampled_from(PolicyKind))
def test_any_json_is_parsed_or_refused_as_malformed(document, kind):
    text = json.dumps(document)
    outcomes = []
    for form in (text, document):
        try:
            outcomes.append(parse_policy(form, kind).statements)
        except MalformedPolicy as error:
            outcomes.append((error.problem, error.path))
    only_of_text = outcomes[0] == (Problem.TOO_LARGE, "") or "NaN" in text or "Infinity" in text
    assert outcomes[0] == outcomes[1] or only_of_text


@given(text=st.text('{}[]"\\:,StaemnEfc*01.e-\n ', max_size=60), kind=st.sampled_from(PolicyKind))
def test_any_text_is_parsed_or_refused_as_malformed(text, kind):
    with suppress(MalformedPolicy):
        assert parse_policy(text, kind).statements


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"Statement":' + "[" * 100_000, '{"a":' * 100_000, '{"Version":' + "9" * 9_000 + "}"]
)
def test_deep_or_huge_json_is_refused_as_malformed(text):
    assert refused(text, PolicyKind.RESOURCE).message


def test_a_deep_document_that_is_parsed_already_is_refused_as_malformed():
    value = []
    for _ in range(5_000):
        value = [value]
    with pytest.raises(MalformedPolicy):
        parse_policy({"Version": value}, PolicyKind.IDENTITY)


@pytest.mark.parametrize("element", ["Effect", "Condition"])
def test_a_deep_element_is_a_finding(element):
    deep = '{"a":' * 450 + "1" + "}" * 450
    text = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    broken = text.replace('"Resource"', f'"{element}": {deep}, "Resource"').replace(
        '"Effect": "Allow", ', "", element == "Effect"
    )
    assert [finding.severity for finding in check(broken, PolicyKind.IDENTITY)] == ["error"]


def test_many_fields_with_one_twice_are_refused_at_once():
    fields = ", ".join(f'"k{i}": 1' for i in range(50_000))
    assert refused(f'{{{fields}, "k49999": 1}}', PolicyKind.RESOURCE).problem is Problem.DUPLICATE_FIELD


def test_a_principal_that_is_a_number_is_refused():
    assert refused({"Statement": [GOOD | {"Principal": {"AWS": 111122223333}}]}, PolicyKind.BUCKET).problem == (
        Problem.INVALID_PRINCIPAL
    )


def test_every_action_of_aws_is_accepted():
    vocabulary = load_vocabulary()
    actions = [f"{service}:{name}" for service, names in vocabulary.services.items() for name in names]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    assert parse_policy({"Statement": statement}, PolicyKind.IDENTITY).statements[0].actions == tuple(actions)
