"""Who is meant by a Principal element, and how the layers combine into one decision."""

import pytest

from vpce_policies import (
    Layer,
    LayerVerdict,
    PolicyKind,
    PolicySet,
    Request,
    Verdict,
    compile_policy,
    evaluate,
    parse_policy,
)

OWN, OTHER = "111122223333", "444455556666"
OBJECT = "arn:aws:s3:::corp-data/x"
ALICE = f"arn:aws:iam::{OWN}:user/alice"
ROLE = f"arn:aws:iam::{OWN}:role/app"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/app/i-0abc"
FEDERATED = f"arn:aws:sts::{OWN}:federated-user/frank"
ROOT = f"arn:aws:iam::{OWN}:root"
CAROL = f"arn:aws:iam::{OTHER}:user/carol"
LOGGING = "logging.s3.amazonaws.com"

ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NOTHING = {"Effect": "Allow", "Action": "s3:GetBucketAcl", "Resource": "*"}
FORBID = {"Effect": "Deny", "Action": "*", "Resource": "*"}


def policy(kind, *statements):
    return compile_policy(parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind))


def grant(principal, element="Principal", effect="Allow"):
    return {"Effect": effect, element: principal, "Action": "*", "Resource": "*"}


def decide(principal, *, action="s3:GetObject", target=OBJECT, account=OWN, **policies):
    return evaluate(Request(action, target, account, principal, {}), PolicySet(**policies))


IDENTITY = (policy(PolicyKind.IDENTITY, ANYTHING),)
BOUNDARY_WITHOUT = (policy(PolicyKind.PERMISSIONS_BOUNDARY, NOTHING),)
SESSION_WITHOUT = (policy(PolicyKind.SESSION, NOTHING),)


def resource_verdict(caller, statement, **policies):
    return decide(caller, **{"resource": policy(PolicyKind.RESOURCE, statement), **policies})


@pytest.mark.parametrize(
    ("caller", "principal", "verdict"),
    [
        (ALICE, "*", "Allowed"),
        (None, "*", "Allowed"),
        (None, {"AWS": "*"}, "Allowed"),
        (LOGGING, "*", "Allowed"),
        (ALICE, {"AWS": ALICE}, "Allowed"),
        (ALICE, {"AWS": [CAROL, ALICE]}, "Allowed"),
        (ALICE, {"AWS": OWN}, "AllowedForAccount"),
        (ALICE, {"AWS": ROOT}, "AllowedForAccount"),
        (ALICE, {"AWS": [OWN, ALICE]}, "Allowed"),
        (ALICE, {"AWS": OTHER}, "ImplicitlyDenied"),
        (ALICE, {"AWS": ROLE}, "ImplicitlyDenied"),
        (ALICE, {"Service": LOGGING}, "ImplicitlyDenied"),
        (SESSION, {"AWS": ROLE}, "Allowed"),
        (SESSION, {"AWS": f"arn:aws:iam::{OWN}:role/service/app"}, "Allowed"),
        (SESSION, {"AWS": SESSION}, "Allowed"),
        (SESSION, {"AWS": SESSION + "x"}, "ImplicitlyDenied"),
        (SESSION, {"AWS": f"arn:aws:iam::{OTHER}:role/app"}, "ImplicitlyDenied"),
        (ROLE, {"AWS": ROLE}, "Allowed"),
        (ROLE, {"AWS": SESSION}, "ImplicitlyDenied"),
        (FEDERATED, {"AWS": FEDERATED}, "Allowed"),
        (FEDERATED, {"AWS": OWN}, "AllowedForAccount"),
        (ROOT, {"AWS": OWN}, "Allowed"),
        (ROOT, {"AWS": ROOT}, "Allowed"),
        (LOGGING, {"Service": LOGGING}, "Allowed"),
        (LOGGING, {"Service": ["cloudtrail.amazonaws.com", LOGGING]}, "Allowed"),
        ("accounts.google.com", {"Federated": "accounts.google.com"}, "Allowed"),
        ("accounts.google.com", {"Federated": "www.amazon.com"}, "ImplicitlyDenied"),
        ("oidc.example.org", {"Federated": "oidc.example.org"}, "Allowed"),
        ("oidc.example.org", {"Service": "oidc.example.org"}, "ImplicitlyDenied"),
        ("delivery.logs.amazonaws.com", {"Service": "delivery.logs.amazonaws.com"}, "Allowed"),
        ("cognito-identity.amazonaws.com", {"Federated": "cognito-identity.amazonaws.com"}, "Allowed"),
        (LOGGING, {"Service": "cloudtrail.amazonaws.com"}, "ImplicitlyDenied"),
        (None, {"AWS": OWN}, "ImplicitlyDenied"),
        (None, {"Service": LOGGING}, "ImplicitlyDenied"),
        (f"arn:aws:iam::{OWN}:saml-provider/idp", {"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"}, "Allowed"),
    ],
)
def test_principal_element_names_a_caller(caller, principal, verdict):
    assert resource_verdict(caller, grant(principal)).layers[Layer.RESOURCE] == verdict


@pytest.mark.parametrize(
    ("caller", "others", "verdict"),
    [
        (ALICE, {"AWS": [ROOT, ALICE]}, "ImplicitlyDenied"),
        (ALICE, {"AWS": CAROL}, "ExplicitlyDenied"),
        (SESSION, {"AWS": [ROOT, ROLE, SESSION]}, "ImplicitlyDenied"),
        (SESSION, {"AWS": ALICE}, "ExplicitlyDenied"),
        (SESSION, {"AWS": [ROOT, ALICE]}, "ExplicitlyDenied"),
        (SESSION, {"AWS": [OWN, ALICE]}, "ExplicitlyDenied"),
        (SESSION, {"AWS": [ROOT, CAROL]}, "ImplicitlyDenied"),
        (SESSION, {"AWS": [ROOT, ROLE]}, "ImplicitlyDenied"),
        (SESSION, {"AWS": [ROOT, ROLE, f"{SESSION}-other"]}, "ExplicitlyDenied"),
        (ROLE, {"AWS": [ROOT, ROLE, SESSION]}, "ImplicitlyDenied"),
        (ROOT, {"AWS": [ROOT, ALICE]}, "ImplicitlyDenied"),
        (None, {"AWS": ALICE}, "ExplicitlyDenied"),
        (LOGGING, {"AWS": ALICE}, "ExplicitlyDenied"),
        (LOGGING, {"Service": LOGGING}, "ImplicitlyDenied"),
    ],
)
def test_deny_with_not_principal_spares_whom_it_lists(caller, others, verdict):
    decision = resource_verdict(caller, grant(others, "NotPrincipal", "Deny"))
    assert decision.layers[Layer.RESOURCE] == verdict


def test_deny_with_not_principal_always_denies_a_caller_with_a_permissions_boundary():
    boundary = (policy(PolicyKind.PERMISSIONS_BOUNDARY, ANYTHING),)
    statement = grant({"AWS": [ROOT, ALICE]}, "NotPrincipal", "Deny")
    decision = resource_verdict(ALICE, statement, identity=IDENTITY, permissions_boundary=boundary)
    assert decision.verdict is Verdict.EXPLICITLY_DENIED


@pytest.mark.parametrize(
    ("principal", "verdict"), [({"AWS": OWN}, "DeniedForAccount"), ({"AWS": [OWN, ALICE]}, "ExplicitlyDenied")]
)
def test_deny_that_names_only_the_account_is_told_apart(principal, verdict):
    decision = resource_verdict(ALICE, grant(principal, effect="Deny"), identity=IDENTITY)
    assert (decision.verdict, decision.layers[Layer.RESOURCE]) == (Verdict.EXPLICITLY_DENIED, verdict)


@pytest.mark.parametrize(
    ("kind", "caller", "verdict"),
    [
        (PolicyKind.VPC_ENDPOINT, ALICE, "Allowed"),
        (PolicyKind.GATEWAY_ENDPOINT, ALICE, "ImplicitlyDenied"),
        (PolicyKind.GATEWAY_ENDPOINT, SESSION, "ImplicitlyDenied"),
        (PolicyKind.GATEWAY_ENDPOINT, ROOT, "Allowed"),
    ],
)
def test_an_account_in_the_policy_of_a_gateway_endpoint_is_its_root_user(kind, caller, verdict):
    decision = decide(caller, identity=IDENTITY, vpc_endpoint=(policy(kind, grant({"AWS": OWN})),))
    assert decision.layers[Layer.VPC_ENDPOINT] == verdict


@pytest.mark.parametrize(
    ("caller", "principal", "limits", "allowed"),
    [
        (ALICE, {"AWS": ALICE}, {"permissions_boundary": BOUNDARY_WITHOUT}, True),
        (ALICE, "*", {"permissions_boundary": BOUNDARY_WITHOUT}, True),
        (ALICE, {"AWS": OWN}, {"permissions_boundary": BOUNDARY_WITHOUT, "identity": IDENTITY}, False),
        (SESSION, {"AWS": SESSION}, {"session": SESSION_WITHOUT}, True),
        (SESSION, {"AWS": SESSION}, {"permissions_boundary": BOUNDARY_WITHOUT}, True),
        (SESSION, {"AWS": ROLE}, {"session": SESSION_WITHOUT}, False),
        (SESSION, {"AWS": ROLE}, {"permissions_boundary": BOUNDARY_WITHOUT}, False),
        (SESSION, {"AWS": ROLE}, {}, True),
        (ROLE, {"AWS": ROLE}, {"permissions_boundary": BOUNDARY_WITHOUT}, False),
        (SESSION, {"AWS": ROLE}, {"session": ()}, False),
    ],
)
def test_only_grants_to_the_caller_itself_escape_boundary_and_session_policy(caller, principal, limits, allowed):
    assert resource_verdict(caller, grant(principal), **limits).allowed is allowed


FORBIDDING = {
    Layer.IDENTITY: {"identity": (policy(PolicyKind.IDENTITY, ANYTHING, FORBID),)},
    Layer.RESOURCE: {"resource": policy(PolicyKind.RESOURCE, grant("*", effect="Deny"))},
    Layer.SCP: {"scps": ((policy(PolicyKind.SCP, ANYTHING),), (policy(PolicyKind.SCP, ANYTHING, FORBID),))},
    Layer.RCP: {"rcps": ((policy(PolicyKind.RCP, grant("*", effect="Deny")),),)},
    Layer.PERMISSIONS_BOUNDARY: {"permissions_boundary": (policy(PolicyKind.PERMISSIONS_BOUNDARY, ANYTHING, FORBID),)},
    Layer.SESSION: {"session": (policy(PolicyKind.SESSION, ANYTHING, FORBID),)},
    Layer.VPC_ENDPOINT: {"vpc_endpoint": (policy(PolicyKind.VPC_ENDPOINT, grant("*"), grant("*", effect="Deny")),)},
}
LACKING = {
    Layer.IDENTITY: {"identity": ()},
    Layer.SCP: {"scps": ((policy(PolicyKind.SCP, ANYTHING),), (policy(PolicyKind.SCP, NOTHING),))},
    Layer.PERMISSIONS_BOUNDARY: {"permissions_boundary": BOUNDARY_WITHOUT},
    Layer.SESSION: {"session": SESSION_WITHOUT},
    Layer.VPC_ENDPOINT: {"vpc_endpoint": (policy(PolicyKind.VPC_ENDPOINT, grant("*", effect="Deny") | NOTHING),)},
}


@pytest.mark.parametrize("layer", Layer)
def test_one_explicit_denial_in_any_layer_denies(layer):
    decision = decide(ALICE, **{"identity": IDENTITY, **FORBIDDING[layer]})
    assert (decision.verdict, decision.denied_by) == (Verdict.EXPLICITLY_DENIED, (layer,))


@pytest.mark.parametrize("layer", LACKING)
def test_every_layer_that_applies_has_to_allow(layer):
    decision = decide(ALICE, **{"identity": IDENTITY, **LACKING[layer]})
    assert (decision.verdict, decision.denied_by) == (Verdict.IMPLICITLY_DENIED, (layer,))


def test_layers_that_do_not_apply_say_so():
    layers = decide(ALICE, identity=IDENTITY).layers
    assert {layer for layer, verdict in layers.items() if verdict is LayerVerdict.NOT_APPLICABLE} == {*Layer} - {
        Layer.IDENTITY
    }


@pytest.mark.parametrize(
    ("identity", "resource", "allowed"),
    [
        (IDENTITY, None, False),
        (IDENTITY, {"AWS": CAROL}, True),
        (IDENTITY, {"AWS": OTHER}, True),
        (IDENTITY, "*", True),
        ((), "*", False),
        ((), {"AWS": CAROL}, False),
        (IDENTITY, {"AWS": OWN}, False),
    ],
)
def test_across_accounts_both_sides_have_to_allow(identity, resource, allowed):
    granted = policy(PolicyKind.RESOURCE, grant(resource)) if resource else None
    decision = decide(CAROL, identity=identity, resource=granted)
    assert (decision.same_account, decision.allowed) == (False, allowed)


def test_a_resource_of_another_account_without_a_policy_is_denied_by_the_resource_layer():
    assert decide(CAROL, identity=IDENTITY).denied_by == (Layer.RESOURCE,)


@pytest.mark.parametrize(
    ("caller", "policies", "statement", "causes"),
    [
        (ALICE, {}, None, ["identity"]),
        (ALICE, {}, NOTHING, ["identity", "resource"]),
        (ALICE, {"identity": IDENTITY, **LACKING[Layer.SCP]}, NOTHING, ["scp"]),
        (ALICE, LACKING[Layer.SCP] | LACKING[Layer.SESSION], {"Principal": {"AWS": ALICE}}, ["scp"]),
        (SESSION, LACKING[Layer.SESSION], {"Principal": {"AWS": ROLE}}, ["session"]),
        (ALICE, {}, {"Principal": {"AWS": OWN}}, ["identity"]),
        (CAROL, {"identity": IDENTITY}, NOTHING, ["resource"]),
        (CAROL, {}, {"Principal": {"AWS": CAROL}}, ["identity"]),
        (None, {}, None, ["resource"]),
        (None, LACKING[Layer.VPC_ENDPOINT], {}, ["vpc_endpoint"]),
        (None, LACKING[Layer.VPC_ENDPOINT], None, ["resource", "vpc_endpoint"]),
        (CAROL, {}, None, ["identity", "resource"]),
        (CAROL, {"identity": IDENTITY, **LACKING[Layer.SCP]}, None, ["resource", "scp"]),
    ],
)
def test_causes_of_an_implicit_denial_leave_out_layers_that_need_not_allow(caller, policies, statement, causes):
    resource = None if statement is None else policy(PolicyKind.RESOURCE, grant("*") | statement)
    assert list(decide(caller, resource=resource, **policies).causes) == causes


@pytest.mark.parametrize("principal", ["*", {"AWS": CAROL}])
def test_across_accounts_boundaries_limit_every_grant(principal):
    limited = resource_verdict(CAROL, grant(principal), identity=IDENTITY, permissions_boundary=BOUNDARY_WITHOUT)
    assert limited.denied_by == (Layer.PERMISSIONS_BOUNDARY,)


def test_the_root_user_is_allowed_in_its_account_without_any_policy():
    assert decide(ROOT).allowed
    assert decide(ROOT).layers[Layer.IDENTITY] is LayerVerdict.ALLOWED


@pytest.mark.parametrize("layer", [Layer.RESOURCE, Layer.SCP, Layer.RCP, Layer.VPC_ENDPOINT])
def test_the_root_user_is_bound_by_policies_of_others(layer):
    assert decide(ROOT, **FORBIDDING[layer]).denied_by == (layer,)


def test_the_root_user_of_another_account_needs_a_resource_policy():
    root = f"arn:aws:iam::{OTHER}:root"
    assert not decide(root).allowed
    assert resource_verdict(root, grant({"AWS": OTHER})).allowed


@pytest.mark.parametrize("caller", [None, LOGGING])
def test_callers_without_an_account_have_only_the_resource_policy(caller):
    assert resource_verdict(caller, grant("*")).allowed
    assert not decide(caller, identity=IDENTITY).allowed
    assert not decide(caller, account="").same_account


@pytest.mark.parametrize(
    ("statement", "action", "matches"),
    [
        ({"Action": "s3:getobject"}, "S3:GetObject", True),
        ({"Action": "s3:Get"}, "s3:GetObject", False),
        ({"Action": "s3:*Object"}, "s3:GetObject", True),
        ({"Action": "s3:*Object"}, "s3:GetObjectAcl", False),
        ({"Action": "s3:?etObject"}, "s3:GetObject", True),
        ({"Action": "*:*"}, "s3:GetObject", True),
        ({"Action": ["ec2:*", "s3:Put*"]}, "s3:GetObject", False),
        ({"NotAction": "s3:Put*"}, "s3:GetObject", True),
        ({"NotAction": ["s3:Put*", "s3:Get*"]}, "s3:GetObject", False),
        ({"NotAction": "*"}, "s3:GetObject", False),
    ],
)
def test_action_element(statement, action, matches):
    identity = (policy(PolicyKind.IDENTITY, {"Effect": "Allow", "Resource": "*", **statement}),)
    assert decide(ALICE, action=action, identity=identity).allowed is matches


@pytest.mark.parametrize(
    ("statement", "resource", "matches"),
    [
        ({"Resource": "arn:aws:s3:::b/*"}, "arn:aws:s3:::b/k", True),
        ({"Resource": "arn:aws:s3:::b/*"}, "arn:aws:s3:::b", False),
        ({"Resource": "arn:aws:s3:::B/*"}, "arn:aws:s3:::b/k", False),
        ({"Resource": "arn:*:s3:::b/*"}, "arn:aws-cn:s3:::b/k", True),
        ({"Resource": "arn:aws:dynamodb:us-east-?:*:table/T"}, "arn:aws:dynamodb:us-east-1:1:table/T", True),
        ({"Resource": "arn:aws:s3:::b/*"}, "arn:aws:s3:::b/line\nbreak", True),
        ({"Resource": []}, "arn:aws:s3:::b/k", False),
        ({"NotResource": "arn:aws:s3:::b/*"}, "arn:aws:s3:::c/k", True),
        ({"NotResource": ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]}, "arn:aws:s3:::c/k", False),
        ({"NotResource": "*"}, "arn:aws:s3:::b/k", False),
        ({"Resource": "arn:aws:s3:::${aws:PrincipalTag/none}/*"}, "arn:aws:s3:::b/k", False),
        ({"NotResource": "arn:aws:s3:::${aws:PrincipalTag/none}/*"}, "arn:aws:s3:::b/k", True),
    ],
)
def test_resource_element(statement, resource, matches):
    identity = (policy(PolicyKind.IDENTITY, {"Effect": "Allow", "Action": "*", **statement}),)
    assert decide(ALICE, target=resource, identity=identity).allowed is matches


@pytest.mark.parametrize(
    ("caller", "principal", "identity", "verdict", "causes"),
    [
        (ALICE, {"AWS": ALICE}, (), "Allowed", ()),
        (ALICE, {"AWS": OWN}, IDENTITY, "Allowed", ()),
        (ALICE, {"AWS": OWN}, (), "ImplicitlyDenied", (Layer.IDENTITY,)),
        (ALICE, {"AWS": ROLE}, IDENTITY, "ImplicitlyDenied", (Layer.RESOURCE,)),
        (ROOT, {"AWS": ROLE}, (), "ImplicitlyDenied", (Layer.RESOURCE,)),
        (ROOT, {"AWS": OWN}, (), "Allowed", ()),
        (CAROL, {"AWS": OTHER}, IDENTITY, "Allowed", ()),
        (CAROL, {"AWS": OWN}, IDENTITY, "ImplicitlyDenied", (Layer.RESOURCE,)),
    ],
)
def test_where_the_resource_policy_must_allow_identity_policies_alone_do_not(
    caller, principal, identity, verdict, causes
):
    key_policy = policy(PolicyKind.RESOURCE, grant(principal))
    decision = decide(caller, resource=key_policy, identity=identity, resource_must_allow=True)
    assert (decision.verdict, decision.causes) == (verdict, causes)


def test_no_resource_policy_where_one_must_allow_is_a_denial():
    decision = decide(ALICE, identity=IDENTITY, resource_must_allow=True)
    assert (decision.verdict, decision.causes) == (Verdict.IMPLICITLY_DENIED, (Layer.RESOURCE,))


KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1"


@pytest.mark.parametrize(
    ("kind", "action", "resource"),
    [(PolicyKind.KMS_KEY, "kms:Decrypt", KEY), (PolicyKind.ROLE_TRUST, "sts:AssumeRole", ROLE)],
)
@pytest.mark.parametrize(
    ("caller", "identity", "principal", "allowed", "causes"),
    [
        (ALICE, IDENTITY, CAROL, False, ["resource"]),
        (ALICE, IDENTITY, OWN, True, []),
        (ALICE, (), OWN, False, ["identity"]),
        (ALICE, (), ALICE, True, []),
        (SESSION, IDENTITY, CAROL, False, ["resource"]),
        (ROOT, (), CAROL, False, ["resource"]),
        (ROOT, (), OWN, True, []),
        (CAROL, IDENTITY, OTHER, True, []),
        (CAROL, IDENTITY, OWN, False, ["resource"]),
        (CAROL, (), CAROL, False, ["identity"]),
    ],
)
def test_keys_and_roles_are_opened_by_their_own_policy_only(
    kind, action, resource, caller, identity, principal, allowed, causes
):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action}
    statement |= {} if kind is PolicyKind.ROLE_TRUST else {"Resource": "*"}
    decision = decide(caller, action=action, target=resource, identity=identity, resource=policy(kind, statement))
    assert (decision.allowed, list(decision.causes)) == (allowed, causes)
