"""Whether a request is allowed, and what each layer says.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vpce_policies.compiler import CompiledPolicy, Naming
from vpce_policies.decision import Decision
from vpce_policies.layers import Layer, LayerVerdict, Verdict
from vpce_policies.principals import Reach
from vpce_policies.request import Facts, PolicySet, Request

# Names of this module are found sooner than members of an Enum, and every request needs these.
_IDENTITY, _RESOURCE, _SCP, _RCP = Layer.IDENTITY, Layer.RESOURCE, Layer.SCP, Layer.RCP
_BOUNDARY, _SESSION, _ENDPOINT = Layer.PERMISSIONS_BOUNDARY, Layer.SESSION, Layer.VPC_ENDPOINT
_ALLOWED, _IMPLICIT, _EXPLICIT = LayerVerdict.ALLOWED, LayerVerdict.IMPLICITLY_DENIED, LayerVerdict.EXPLICITLY_DENIED
_NOT_APPLICABLE = LayerVerdict.NOT_APPLICABLE
_FOR_ACCOUNT, _NOT_FOR_ACCOUNT = LayerVerdict.ALLOWED_FOR_ACCOUNT, LayerVerdict.DENIED_FOR_ACCOUNT
_DENIALS = frozenset({_EXPLICIT, _NOT_FOR_ACCOUNT})
_PASSES = frozenset({_ALLOWED, _NOT_APPLICABLE})


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """Decide a request.

    Every layer is asked, so that the decision can say what each would have said.

    Args:
        request: The action, its resource, the caller and the condition context, used exactly as given.
        policies: Everything that applies to the request.
    """
    facts = Facts.of(request, policies)
    resource, reach = _resource(facts, policies.resource)
    layers = {
        _IDENTITY: _identity(facts, policies.identity),
        _RESOURCE: resource,
        _SCP: _levels(facts, policies.scps) if policies.scps else _NOT_APPLICABLE,
        _RCP: _rcps(facts, policies.rcps) if policies.rcps else _NOT_APPLICABLE,
        _BOUNDARY: _union(facts, policies.permissions_boundary) if policies.permissions_boundary else _NOT_APPLICABLE,
        _SESSION: _union(facts, policies.session) if policies.session is not None else _NOT_APPLICABLE,
        _ENDPOINT: _union(facts, policies.vpc_endpoint) if policies.vpc_endpoint else _NOT_APPLICABLE,
    }
    same_account = facts.caller.account == request.resource_account != ""
    trusted = same_account and policies.account_suffices
    verdict = _verdict(facts, layers, reach, same_account, trusted)
    return Decision(request, policies, verdict, same_account, layers, reach)


def _verdict(
    facts: Facts, layers: dict[Layer, LayerVerdict], reach: Reach, same_account: bool, trusted: bool
) -> Verdict:
    """Combine the layers: one explicit denial decides, then every layer that applies must allow."""
    if not _DENIALS.isdisjoint(layers.values()):
        return Verdict.EXPLICITLY_DENIED
    passed = layers[_SCP] in _PASSES and layers[_RCP] in _PASSES and layers[_ENDPOINT] in _PASSES
    limited = layers[_BOUNDARY] not in _PASSES or layers[_SESSION] not in _PASSES
    granted = passed and _granted(facts, layers, reach, same_account, trusted, limited)
    return Verdict.ALLOWED if granted else Verdict.IMPLICITLY_DENIED


def _granted(
    facts: Facts, layers: dict[Layer, LayerVerdict], reach: Reach, same_account: bool, trusted: bool, limited: bool
) -> bool:
    """Whether identity and resource policies together grant.

    In one account either may grant, and a resource policy that names the caller itself is not limited by what
    permissions boundary and session policy leave out. Across accounts both must grant, and identity policies alone
    never do where the resource's account is not trusted with it, as with KMS keys and roles. Anonymous callers and AWS
    services have no identity policies.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
    """
    by_identity = layers[_IDENTITY] is _ALLOWED and (trusted or layers[_RESOURCE] in (_ALLOWED, _FOR_ACCOUNT))
    by_resource = layers[_RESOURCE] is _ALLOWED
    if not facts.caller.account:
        return by_resource and not limited
    if same_account:
        return (by_resource and reach is Reach.CALLER) or ((by_identity or by_resource) and not limited)
    return by_identity and not limited


def _identity(facts: Facts, policies: Sequence[CompiledPolicy]) -> LayerVerdict:
    """The root user of an account may do everything there without a policy that says so.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html
    """
    verdict = _union(facts, policies)
    return _ALLOWED if facts.caller.root and verdict is _IMPLICIT else verdict


def _union(facts: Facts, policies: Sequence[CompiledPolicy]) -> LayerVerdict:
    """Policies of one layer add up: any may allow, any may deny."""
    allowed = False
    for policy in policies:
        denies, allows = _asked(facts, policy)
        if denies and _first(facts, denies):
            return _EXPLICIT
        allowed = allowed or _first(facts, allows)
    return _ALLOWED if allowed else _IMPLICIT


def _asked(facts: Facts, policy: CompiledPolicy) -> tuple[Iterable[Naming], Iterable[Naming]]:
    """The Denies and the Allows of a policy that name the caller and may match."""
    return policy.plan(facts.action).find(facts.caller, facts.resource, facts.context, bounded=facts.bounded)


def _first(facts: Facts, candidates: Iterable[Naming]) -> bool:
    for statement, _ in candidates:  # noqa: SIM110  # a generator costs more than the test, on every request
        if statement.holds(facts.resource, facts.context):
            return True
    return False


def _levels(facts: Facts, levels: Sequence[Sequence[CompiledPolicy]]) -> LayerVerdict:
    """Every level of the organization must allow: root, each organizational unit, account.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    verdicts = [_union(facts, level) for level in levels]
    if _EXPLICIT in verdicts:
        return _EXPLICIT
    return _IMPLICIT if _IMPLICIT in verdicts else _ALLOWED


def _rcps(facts: Facts, levels: Sequence[Sequence[CompiledPolicy]]) -> LayerVerdict:
    """RCPFullAWSAccess is attached at every level and cannot be detached: only explicit denials count.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    verdict = _levels(facts, levels)
    return _ALLOWED if verdict is _IMPLICIT else verdict


def _resource(facts: Facts, policy: CompiledPolicy | None) -> tuple[LayerVerdict, Reach]:
    """The verdict of a resource policy, and how directly what decided names the caller."""
    if policy is None:
        return _NOT_APPLICABLE, Reach.NONE
    denies, allows = _asked(facts, policy)
    denied = _furthest(facts, denies)
    if denied:
        return (_NOT_FOR_ACCOUNT if denied is Reach.ACCOUNT else _EXPLICIT), denied
    allowed = _furthest(facts, allows)
    if not allowed:
        return _IMPLICIT, allowed
    return (_FOR_ACCOUNT if allowed is Reach.ACCOUNT else _ALLOWED), allowed


def _furthest(facts: Facts, candidates: Iterable[Naming]) -> Reach:
    """The most direct reach of the statements that match."""
    furthest = Reach.NONE
    for statement, reach in candidates:
        if reach > furthest and statement.holds(facts.resource, facts.context):
            if reach is Reach.CALLER:
                return reach
            furthest = reach
    return furthest
