"""Whether a call may go through: the request, its context and every policy that applies become one decision."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from vpce_emulator.aws.actions import PERMISSIONLESS, PERMISSIONLESS_WITHOUT_ENDPOINT
from vpce_emulator.aws.call import ActionOnResource
from vpce_emulator.aws.context import Value, object_tag_keys, with_resource
from vpce_emulator.aws.organization import (
    Levels,
    Membership,
    resource_control_policies,
    service_control_policies,
)
from vpce_emulator.aws.principal import ANONYMOUS, AttachedPolicy, Identity, PrincipalType
from vpce_emulator.topology.models import Endpoint, EndpointType
from vpce_policies import (
    CompiledPolicy,
    Decision,
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

# Which layer a message names when several deny. AWS names one and does not say which ("Troubleshoot access denied error
# messages", https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html). Chosen because an
# explicit deny decides whatever else is missing, and because the outermost layer is met first. Change the order here.
REPORTED_FIRST: tuple[Layer, ...] = (
    Layer.SCP,
    Layer.RCP,
    Layer.VPC_ENDPOINT,
    Layer.PERMISSIONS_BOUNDARY,
    Layer.SESSION,
    Layer.IDENTITY,
    Layer.RESOURCE,
)

# Of these, policies of resources may let in callers without credentials, or must for a service that asks KMS for them.
_OPEN_TO_ANYBODY = ("kms:", "s3:", "execute-api:", "sqs:")
_ALL_OF_S3 = "arn:aws:s3:::*"
_ALLOW_ANYBODY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
_ALLOW_EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


class ResourcePolicy(NamedTuple):
    """The policy of a resource, with the name that explanations call it by.

    `must_allow` says that identity policies alone do not suffice even in the resource's account, as with KMS keys.
    `beside` adds to it: an ACL, or what Block Public Access makes of it, written as policies.
    """

    document: str
    name: str
    kind: PolicyKind = PolicyKind.BUCKET
    must_allow: bool = False
    beside: tuple[AttachedPolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class DecidedAction:
    """One action on one resource, decided."""

    wanted: ActionOnResource
    decision: Decision

    @property
    def reported_layer(self) -> Layer:
        """The layer that a message about this denial names."""
        return layers_that_deny(self.decision)[0]

    @property
    def explicit(self) -> bool:
        """Whether it was denied by a statement, not for want of one."""
        return self.decision.verdict is Verdict.EXPLICITLY_DENIED


@dataclass(frozen=True, slots=True)
class Tags:
    """Where tags, and what resources say of themselves, are looked up: only where a policy asks for them.

    Attributes:
        of_resource: the condition keys of a resource, by action and ARN.
        of_object: those of an object of S3, by bucket, key and version id; None for an unknown one.
    """

    of_resource: Callable[[str, str], Mapping[str, Value]]
    of_object: Callable[[str, str, str], Mapping[str, str] | None]


def authorize(
    wanted: ActionOnResource,
    identity: Identity,
    context: Callable[[Collection[str]], Mapping[str, Value]],
    *,
    endpoint: Endpoint | None,
    resource_policy: ResourcePolicy | None,
    resource_account: str,
    of_caller: Membership | None,
    of_owner: Membership | None,
    tags: Tags,
) -> DecidedAction:
    """Decide one action on one resource.

    Args:
        wanted: the action and the resource.
        identity: who asks, with the policies that count.
        context: the request's global condition keys, as far as policies ask for them: of these names, in lower case.
        endpoint: the VPC endpoint that the request came through, if any.
        resource_policy: the resource's own policy, if it has one.
        resource_account: the account that owns the resource.
        of_caller: the place of the caller's account in its organization.
        of_owner: the place of the owner's account in its organization.
        tags: where they are looked up.

    Raises:
        MalformedPolicy: a stored policy is none; AWS would not have accepted it.
    """
    applying = _applying(wanted, identity, of_caller, endpoint, resource_policy, of_owner)
    known = with_resource(context(applying.keys), wanted.action, wanted.context, resource_account, of_owner)
    if applying.about_objects and wanted.tagged is not None:
        known |= object_tag_keys(tags.of_object(*wanted.tagged) or {})
    if applying.about_resources:
        known |= tags.of_resource(wanted.action, wanted.resource)
    request = Request(
        action=wanted.action,
        # Policies name all of S3 as arn:aws:s3:::*, which is more than the resource of an action without one.
        resource=_ALL_OF_S3 if wanted.resource == "*" and wanted.action.startswith("s3:") else wanted.resource,
        resource_account=resource_account,
        principal=wanted.principal or identity.arn or None,
        context=known,
    )
    return DecidedAction(wanted, evaluate(request, applying.policies))


def as_let_through(identity: Identity, decided: DecidedAction) -> Identity:
    """Return a caller as the bucket behind an access point sees it, once its access point was asked.

    What the caller's own policies allow on the access point they need not allow on the bucket once more; what they
    deny there stays denied. The bucket's own policy has its say, and so has the endpoint's
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html).
    """
    allowed = {layer for layer, verdict in decided.decision.layers.items() if verdict is LayerVerdict.ALLOWED}
    through = AttachedPolicy("what is allowed on the access point", _ALLOW_EVERYTHING)
    boundary = identity.permissions_boundary
    return replace(
        identity,
        identity_policies=(*identity.identity_policies, *((through,) if Layer.IDENTITY in allowed else ())),
        session_policies=(*identity.session_policies, *((through,) if Layer.SESSION in allowed else ())),
        permissions_boundary=_widened(boundary) if boundary and Layer.PERMISSIONS_BOUNDARY in allowed else boundary,
    )


def _widened(boundary: AttachedPolicy) -> AttachedPolicy:
    """Return a boundary that allows everything but what it denies."""
    document = json.loads(boundary.document)
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return AttachedPolicy(boundary.name, json.dumps({**document, "Statement": [*statements, everything]}))


# What the root user of a bucket's account may always do, whatever the bucket policy says: otherwise a mistake in it
# could not be mended (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html).
OWNERS_ALWAYS = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})


def is_owner(identity: Identity, resource_account: str) -> bool:
    """Return whether the caller is the root user of the account that owns a resource."""
    return identity.type is PrincipalType.ACCOUNT and identity.account_id == resource_account


def needs_permission(wanted: ActionOnResource, endpoint: Endpoint | None) -> bool:
    """Return whether policies decide about an action at all."""
    return endpoint is not None or wanted.action not in PERMISSIONLESS_WITHOUT_ENDPOINT


def first_denied(authorizations: Iterable[DecidedAction]) -> DecidedAction | None:
    """Return the first that was denied, which is the one a message is about."""
    for one in authorizations:
        if not one.decision.allowed:
            return one
    return None


def layers_that_deny(decision: Decision) -> tuple[Layer, ...]:
    """Return every layer that stands in the way of a denied request, in the order in which messages would name them.

    Within an account an identity policy or the resource's policy may allow a request; where neither does, it is the
    identity's that is found wanting, as in AWS's messages.
    """
    causes = set(decision.causes)
    if decision.verdict is Verdict.IMPLICITLY_DENIED and decision.same_account and Layer.IDENTITY in causes:
        causes.discard(Layer.RESOURCE)
    return tuple(layer for layer in REPORTED_FIRST if layer in causes)


def _endpoint_policies(endpoint: Endpoint | None) -> tuple[tuple[str, PolicyKind, str], ...]:
    """Return the document, kind and name of an endpoint's policy, if it has one."""
    if endpoint is None or endpoint.policy is None:
        return ()
    return _of_endpoint(endpoint.id, endpoint.type, endpoint.policy)


@lru_cache(maxsize=1024)
def _of_endpoint(endpoint_id: str, type_: EndpointType, document: str) -> tuple[tuple[str, PolicyKind, str], ...]:
    kind = PolicyKind.GATEWAY_ENDPOINT if type_ is EndpointType.GATEWAY else PolicyKind.VPC_ENDPOINT
    return ((document, kind, f"the policy of {endpoint_id}"),)


def _needs_no_policy(wanted: ActionOnResource, identity: Identity) -> bool:
    """Return whether only an endpoint's policy has a say in an action.

    What services take from callers without credentials needs none, where those bring a token instead.
    """
    unsigned = identity is ANONYMOUS and not wanted.principal and not wanted.action.startswith(_OPEN_TO_ANYBODY)
    return unsigned or wanted.action in PERMISSIONLESS


_OF_RESOURCES = re.compile("(resource|bucket|accesspoint)tag/|^(ec2|kms|lambda):|^iam:permissionsboundary$")


@dataclass(frozen=True, slots=True)
class _Applying:
    """The policies that apply to a caller and a resource, and what they ask of a request.

    Attributes:
        policies: by layer.
        keys: the condition keys that they ask for, in lower case.
        about_resources: whether one may ask for a tag of the resource, or for what it says of itself.
        about_objects: whether one asks for a tag of an object of S3.
    """

    policies: PolicySet
    keys: frozenset[str]
    about_resources: bool
    about_objects: bool


def _applying(
    wanted: ActionOnResource,
    identity: Identity,
    of_caller: Membership | None,
    endpoint: Endpoint | None,
    resource_policy: ResourcePolicy | None,
    of_owner: Membership | None,
) -> _Applying:
    of_endpoint = _endpoint_policies(endpoint)
    if _needs_no_policy(wanted, identity):
        # "No permissions are required", and none can be denied; what passes an endpoint is the endpoint's affair.
        allowed = AttachedPolicy(f"{wanted.action} needs no permission", _ALLOW_EVERYTHING)
        anybody = ResourcePolicy(_ALLOW_ANYBODY, f"{wanted.action} needs no signature", PolicyKind.RESOURCE)
        return _compiled_set((allowed,), None, (), anybody, of_endpoint, (), ())
    return _compiled_set(
        identity.identity_policies,
        identity.permissions_boundary,
        identity.session_policies,
        resource_policy,
        of_endpoint,
        service_control_policies(identity, of_caller) if of_caller is not None else (),
        resource_control_policies(wanted.action, identity, of_owner) if of_owner is not None else (),
    )


@lru_cache(maxsize=4096)
def _compiled_set(
    attached: tuple[AttachedPolicy, ...],
    boundary: AttachedPolicy | None,
    session: tuple[AttachedPolicy, ...],
    resource_policy: ResourcePolicy | None,
    endpoint: tuple[tuple[str, PolicyKind, str], ...],
    scps: Levels,
    rcps: Levels,
) -> _Applying:
    """Return the policies of a caller and a resource; made once for all their requests."""
    policies = PolicySet(
        identity=_attached(attached, PolicyKind.IDENTITY),
        permissions_boundary=_attached((boundary,) if boundary else (), PolicyKind.PERMISSIONS_BOUNDARY),
        session=_attached(session, PolicyKind.SESSION) if session else None,
        resource_must_allow=resource_policy is not None and resource_policy.must_allow,
        resource=_of_resource(resource_policy) if resource_policy else None,
        vpc_endpoint=tuple(_compiled(*policy) for policy in endpoint),
        scps=_levels(scps, PolicyKind.SCP),
        rcps=_levels(rcps, PolicyKind.RCP),
    )
    keys = policies.keys
    return _Applying(
        policies,
        keys,
        about_resources=any(_OF_RESOURCES.search(key) for key in keys),
        about_objects=any(key.startswith("s3:existingobjecttag/") for key in keys),
    )


def _of_resource(policy: ResourcePolicy) -> CompiledPolicy:
    """Return all that is said about access to a resource as one policy, whose statements keep their own names."""
    own = _compiled(policy.document, policy.kind, policy.name)
    if not policy.beside:
        return own
    further = _attached(policy.beside, PolicyKind.RESOURCE)
    statements = sum((each.statements for each in further), own.statements)
    return CompiledPolicy(own.document, own.name, statements)


def _levels(levels: Levels, kind: PolicyKind) -> tuple[tuple[CompiledPolicy, ...], ...]:
    return tuple([_attached(level, kind) for level in levels])


def _attached(policies: tuple[AttachedPolicy, ...], kind: PolicyKind) -> tuple[CompiledPolicy, ...]:
    return tuple([_compiled(policy.document, kind, policy.name) for policy in policies])


@lru_cache(maxsize=4096)
def _compiled(document: str, kind: PolicyKind, name: str) -> CompiledPolicy:
    return compile_policy(parse_policy(document, kind, stored=True), name=name)
