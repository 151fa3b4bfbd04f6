"""Judging a request: all that is known of it, held against every policy that applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from vpce_emulator.authorization import (
    OWNERS_ALWAYS,
    DecidedAction,
    ResourcePolicy,
    Tags,
    as_let_through,
    authorize,
    first_denied,
    is_owner,
    needs_permission,
)
from vpce_emulator.aws import faults
from vpce_emulator.aws.authorization_messages import encoded_message, is_encoded
from vpce_emulator.aws.call import ActionOnResource, Operation, Protocol, Service
from vpce_emulator.aws.chunk_signatures import ChunkSignatures
from vpce_emulator.aws.context import Facts, Value, request_context, tag_keys
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.organization import Membership
from vpce_emulator.aws.own_account_only import OWN_ACCOUNT_ONLY
from vpce_emulator.aws.principal import ANONYMOUS, AttachedPolicy, Identity
from vpce_emulator.aws.role_assumption import BY_TRUST
from vpce_emulator.aws.s3_access import Bucket, owner_of, policies_of
from vpce_emulator.aws.s3_access_points import name_in_arn, point_copied_from, policies_of_access_point
from vpce_emulator.aws.s3_control import policy_in, refused_policy
from vpce_emulator.aws.s3_form import FormUpload, parse_form
from vpce_emulator.aws.s3_request import COPIES, copy_source
from vpce_emulator.aws.s3_requester_pays import is_agreed, is_charged
from vpce_emulator.aws.s3_settings import Requester, refused_setting
from vpce_emulator.aws.s3_validation import EXPECTED_OWNERS
from vpce_emulator.aws.service_conditions import knows_resource
from vpce_emulator.backend.body import DecodedBody
from vpce_emulator.backend.interface import Backend
from vpce_emulator.events import Event
from vpce_policies import Layer, MalformedPolicy, PolicyKind, PrincipalExists

# Operations whose 404 says that a key is not there.
_TELL_OF_A_KEY = frozenset({"GetObject", "HeadObject", "GetObjectAttributes", "GetObjectTagging"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as far as its head tells, and the event that it begins.

    `called_via` are the services that make it on the caller's behalf: `cloudformation.amazonaws.com`.
    """

    http: HttpRequest
    service: Service
    event: Event
    called_via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """A request with all that decides about it: who asks for which actions.

    `body` is None where it is not read yet, `bucket` where the request is on none that there is, and `chunk_signatures`
    where those of its chunks cannot be verified.
    """

    asked: Asked
    identity: Identity
    operation: Operation
    wanted: tuple[ActionOnResource, ...]
    body: DecodedBody | None
    bucket: Bucket | None = None
    chunk_signatures: ChunkSignatures | None = None


class Judge:
    """Decides about requests. Reads nothing but resources' owners and policies, which are asked for by name."""

    def __init__(self, backend: Backend, default_account_id: str, *, enforced: bool) -> None:
        """Make a judge.

        Args:
            backend: whom to ask for owners and policies.
            default_account_id: the account of callers that have none.
            enforced: whether policies decide.
        """
        self._backend = backend
        self._tags = Tags(self._tag_keys, backend.object_tags)
        self._default_account_id = default_account_id
        self._enforced = enforced

    def denied_beside_policies(self, understood: Understood) -> str:
        """Return what else than a policy denies a request: its expected owner, or that it is not paid for.

        Returns:
            `expected_bucket_owner`, `requester_pays`, or nothing.
        """
        if not self._enforced or understood.asked.service.protocol is not Protocol.S3:
            return ""
        if self._is_others(understood):
            return "expected_bucket_owner"
        return "requester_pays" if self.is_charged(understood) and not _is_agreed(understood) else ""

    def _is_others(self, understood: Understood) -> bool:
        """Return whether a request's bucket, or the one that it copies from, is not its expected owner's.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
        """
        headers = understood.asked.http.headers
        expected = [headers.get(header) for header in EXPECTED_OWNERS]
        return any(expected) and any(
            owner is not None and bucket is not None and bucket.account_id != owner
            for owner, bucket in zip(expected, self._buckets(understood), strict=True)
        )

    def is_charged(self, understood: Understood) -> bool:
        """Return whether a request to S3 is its caller's to pay, and not the owner's of the bucket."""
        if understood.asked.service.protocol is not Protocol.S3:
            return False
        return is_charged(understood.operation, self._buckets(understood), understood.identity.account_id)

    def _buckets(self, understood: Understood) -> tuple[Bucket | None, Bucket | None]:
        """Return the bucket that a request is on and the one that it copies from; None where there is none."""
        source = understood.asked.http.headers.get("x-amz-copy-source")
        copied = self._backend.bucket(self._source_bucket(source)) if source else None
        return understood.bucket, copied

    def _source_bucket(self, header: str) -> str:
        """Return the bucket that is copied from, be it named or behind an access point; empty for none."""
        source = copy_source(header)
        if isinstance(source, Fault):
            return ""
        point = point_copied_from(source.bucket, self._backend.access_point)
        return source.bucket if point is None else point.bucket

    def judge(self, understood: Understood) -> tuple[DecidedAction, ...] | Fault:
        """Decide every action; none where policies do not decide.

        Returns:
            the decisions, or why nothing can be decided.
        """
        if not self._enforced:
            return ()
        try:
            return tuple(self._decisions(understood))
        except MalformedPolicy as error:
            # Not set through the API of its service, which would have refused it; CloudFormation can do that here.
            return Fault(FaultKind.INTERNAL_ERROR, f"A stored policy is malformed: {error}")

    def _decisions(self, understood: Understood) -> Iterator[DecidedAction]:
        facts = self._facts(understood)
        identity, endpoint = facts.identity, understood.asked.event.ingress.endpoint
        decided: DecidedAction | None = None
        for one in understood.wanted:
            if needs_permission(one, endpoint):
                owner, policy = self._resource(one, identity, understood.bucket)
                if one.action in OWNERS_ALWAYS and is_owner(identity, owner):
                    policy = None
                if one.action in OWN_ACCOUNT_ONLY and owner != identity.account_id:
                    policy = None
                caller = as_let_through(identity, decided) if one.behind_access_point and decided else identity
                decided = authorize(
                    one,
                    caller,
                    partial(request_context, facts),
                    endpoint=endpoint,
                    resource_policy=policy,
                    resource_account=owner,
                    of_caller=facts.of_caller,
                    of_owner=facts.of_caller if owner == identity.account_id else self._membership(owner),
                    tags=self._tags,
                )
                yield decided

    def _facts(self, understood: Understood) -> Facts:
        # What an identity provider vouches for is its bearer's, whoever may have signed the request.
        vouched = any(one.principal for one in understood.wanted)
        asked, identity = understood.asked, ANONYMOUS if vouched else understood.identity
        origin, time = asked.event.ingress.origin, asked.event.time
        of_caller = self._membership(identity.account_id)
        own = origin.endpoint_owner_id == identity.account_id
        of_endpoint = of_caller if own else self._membership(origin.endpoint_owner_id)
        return Facts(origin, identity, asked.service, asked.http, time, of_caller, of_endpoint, asked.called_via)

    def _tag_keys(self, action: str, resource: str) -> Mapping[str, Value]:
        """Return the condition keys of a resource: those of its tags, and those that it sets by what it is."""
        of_bucket = self._backend.bucket_tags(resource) if action.startswith("s3:") else {}
        of_tags = tag_keys(action, resource, self._backend.resource_tags(resource), of_bucket)
        of_resource = self._backend.resource_keys(resource) if knows_resource(action) else {}
        return {**of_resource, **of_tags}

    def decide(self, wanted: ActionOnResource, identity: Identity, context: Mapping[str, Value]) -> DecidedAction:
        """Decide an action that nobody asks for over a network of their own."""
        owner, policy = self._resource(wanted, identity)
        return authorize(
            wanted,
            identity,
            lambda _: context,
            endpoint=None,
            resource_policy=policy,
            resource_account=owner,
            of_caller=self._membership(identity.account_id),
            of_owner=self._membership(owner),
            tags=self._tags,
        )

    def _membership(self, account_id: str) -> Membership | None:
        return self._backend.membership(account_id) if account_id else None

    def refused_setting(
        self, understood: Understood, body: DecodedBody, principal_exists: PrincipalExists
    ) -> Fault | None:
        """Return why what an allowed request sets on a bucket or object cannot be.

        A fault of the kind ACCESS_DENIED is Block Public Access's.
        """
        requester = Requester(understood.identity.arn, understood.identity.account_id)
        service, operation = understood.asked.service, understood.operation
        refused: Fault | None = None
        if service.protocol is Protocol.S3:
            bucket = self._backend.bucket(operation.bucket)
            http = understood.asked.http
            refused = refused_setting(operation, http, body.content, bucket, requester, principal_exists)
        elif (service.name, operation.name) == ("s3control", "PutAccessPointPolicy"):
            point = self._backend.access_point(name_in_arn(understood.wanted[0].resource))
            bucket = self._backend.bucket(point.bucket) if point is not None else None
            if point is not None:
                refused = refused_policy(policy_in(body.content), point, bucket, requester, principal_exists)
        blocked = refused is not None and refused.kind is FaultKind.ACCESS_DENIED
        return refused if self._enforced or not blocked else None

    def missing_key_is_hidden(self, understood: Understood) -> DecidedAction | None:
        """Return the denial of listing the bucket: who may not list it does not learn that a key is missing.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions"; of a copy it is the source.
        """
        if not self._enforced or understood.operation.name not in _TELL_OF_A_KEY | COPIES:
            return None
        if understood.operation.name in COPIES:
            source = copy_source(understood.asked.http.headers.get("x-amz-copy-source", ""))
            name = "" if isinstance(source, Fault) else source.bucket
            point = point_copied_from(name, self._backend.access_point)
        else:
            name, named = understood.operation.bucket, understood.operation.access_point
            point = self._backend.access_point(named) if named else None
        bucket = self._backend.bucket(point.bucket if point else name)
        if bucket is None:
            return None
        listing = ActionOnResource("s3:ListBucket", point.arn if point else f"arn:aws:s3:::{bucket.name}")
        return first_denied(self._decisions(replace(understood, wanted=(listing,))))

    def _resource(
        self, wanted: ActionOnResource, identity: Identity, at_hand: Bucket | None = None
    ) -> tuple[str, ResourcePolicy | None]:
        """Return the account that owns a resource, and the resource's own policy; a bucket at hand is not looked up."""
        action, arn = wanted.action, wanted.resource
        callers = identity.account_id or self._default_account_id
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return callers, None
        if parts[2] == "s3" and parts[5].startswith("accesspoint/"):
            return parts[4], self._of_access_point(arn)
        if parts[2] != "s3" or parts[4]:
            trusts = action in BY_TRUST and parts[5].startswith("role/")
            stored = self._backend.trust_policy(arn) if trusts else self._backend.resource_policy(arn)
            if stored is not None:
                policy = ResourcePolicy(stored.document, stored.name, stored.kind, stored.must_allow)
                return stored.account_id, policy
            # AWS's own resources, such as its managed policies, have no account to be of another.
            return parts[4] if parts[4].isdigit() else callers, None
        name = parts[5].partition("/")[0]
        bucket = at_hand if at_hand is not None and at_hand.name == name else self._backend.bucket(name)
        if bucket is None or action == "s3:CreateBucket":
            # A bucket that does not exist is nobody's: identity policies decide whether the caller may learn that, or
            # make one. That another account has its name is said to whoever may: BucketAlreadyExists.
            return callers, None
        return self._of_bucket(action, bucket, parts[5], identity)

    def _of_bucket(
        self, action: str, bucket: Bucket, name: str, identity: Identity
    ) -> tuple[str, ResourcePolicy | None]:
        """Return the account whose leave an action on a bucket or object needs, and all that is said about access."""
        key = name.partition("/")[2]
        stored = self._backend.stored_object(bucket.name, key, "") if bucket.takes_acls and key else None
        owner = owner_of(action, bucket, stored)
        policies = policies_of(action, bucket, stored, identity.account_id)
        whole = bool(policies) and policies[0].document == bucket.policy
        kind = PolicyKind.BUCKET if whole else PolicyKind.RESOURCE
        return owner, _added_up(policies, kind)

    def _of_access_point(self, arn: str) -> ResourcePolicy | None:
        """Return all that is said about access to an access point."""
        point = self._backend.access_point(name_in_arn(arn))
        if point is None:
            return None
        return _added_up(policies_of_access_point(point, self._backend.bucket(point.bucket)), PolicyKind.RESOURCE)

    def denial(self, understood: Understood, denied: DecidedAction) -> Fault:
        """Return the refusal of a denied action, in the words that its caller may read."""
        identity = understood.identity
        if self._tells_that_there_is_no_bucket(understood, denied):
            return Fault(FaultKind.NO_SUCH_BUCKET, details=(("BucketName", understood.operation.bucket),))
        if denied.wanted.action in BY_TRUST:
            return _assumption_denied(identity, denied)
        owner, _ = self._resource(denied.wanted, identity)
        through_endpoint = denied.reported_layer is Layer.VPC_ENDPOINT
        detailed = owner == identity.account_id or (not through_endpoint and self._are_in_one(owner, identity))
        service = understood.asked.service
        return faults.access_denied(
            service,
            principal_arn=identity.arn,
            action=denied.wanted.action,
            resource=denied.wanted.resource,
            layer=denied.reported_layer.value,
            explicit=denied.explicit,
            detailed=detailed,
            encoded=self._encoded(understood, denied),
        )

    def _encoded(self, understood: Understood, denied: DecidedAction) -> str:
        """Return the encoded message of a denial; empty where the service has none."""
        if not is_encoded(understood.asked.service, understood.operation.name):
            return ""
        context = {**request_context(self._facts(understood)), **denied.decision.request.context}
        return encoded_message(denied.decision, understood.identity, context)

    def _tells_that_there_is_no_bucket(self, understood: Understood, denied: DecidedAction) -> bool:
        """Return whether an anonymous caller is told that a bucket is nowhere, which S3 tells everybody."""
        asked = understood.asked.service.protocol is Protocol.S3 and bool(understood.operation.bucket)
        unsigned = understood.identity is ANONYMOUS and denied.reported_layer is not Layer.VPC_ENDPOINT
        return asked and unsigned and self._backend.bucket(understood.operation.bucket) is None

    def _are_in_one(self, owner: str, identity: Identity) -> bool:
        """Return whether a resource's owner and a caller are of the same organization."""
        of_owner, of_caller = self._membership(owner), self._membership(identity.account_id)
        return bool(of_owner and of_caller and of_owner.organization_id == of_caller.organization_id)


def _is_agreed(understood: Understood) -> bool:
    """Return whether the caller agrees to pay for a request."""
    http, fields = understood.asked.http, {}
    if understood.operation.name == "PostObject" and understood.body is not None:
        form = parse_form(http, understood.body.content)
        fields = dict(form.fields) if isinstance(form, FormUpload) else {}
    return is_agreed(http, fields, understood.identity.account_id)


def _assumption_denied(identity: Identity, denied: DecidedAction) -> Fault:
    """Return the refusal of a role, which is the same whether there is such a role or not.

    It tells the layer of an explicit denial alone. Undocumented; as recorded in public issues.
    """
    action = denied.wanted.action
    if denied.wanted.principal:
        return Fault(FaultKind.ACCESS_DENIED, f"Not authorized to perform {action}")
    layer, resource = denied.reported_layer, denied.wanted.resource
    reason = f" with an explicit deny in a {layer.policy_type}".replace(" a i", " an i") if denied.explicit else ""
    message = f"User: {identity.arn} is not authorized to perform: {action} on resource: {resource}{reason}"
    return Fault(FaultKind.ACCESS_DENIED, message)


@lru_cache(maxsize=1024)
def _added_up(policies: tuple[AttachedPolicy, ...], kind: PolicyKind) -> ResourcePolicy | None:
    """Return policies as one; the first is of a kind of its own."""
    if not policies:
        return None
    first, *others = policies
    return ResourcePolicy(first.document, first.name, kind, beside=tuple(others))


# Services whose resources another account may use by their own policies: they are carried out where the resource is.
_SHARED = frozenset({"dynamodb", "ecr", "events", "kinesis", "kms", "lambda", "logs", "secretsmanager", "sns", "sqs"})


def owning_account(understood: Understood) -> str:
    """Return the account in which an allowed request is to be carried out; empty for a caller that has none.

    It is the caller's, unless what is asked for belongs to one other: a queue, key or table that its policy shares.
    """
    service = understood.asked.service.iam_prefix
    owners = {account_of(one.resource) for one in understood.wanted} - {""} if service in _SHARED else set()
    return owners.pop() if len(owners) == 1 else understood.identity.account_id


def account_of(arn: str) -> str:
    """Return the twelve digits in an ARN; empty where it has none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else ""
