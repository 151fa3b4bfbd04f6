"""Judging what services ask KMS in their callers' names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from multidict import CIMultiDict

from vpce_emulator.authorization import DecidedAction
from vpce_emulator.aws.call import ActionOnResource, Service
from vpce_emulator.aws.context import Facts, Origin, request_context
from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import NO_REQUEST
from vpce_emulator.aws.key_states import depends_on_state, unusable_key
from vpce_emulator.aws.key_uses import KeyedRequest, StoredEncryption
from vpce_emulator.aws.kms_permissions import (
    BY_INPUT,
    key_denied,
    may_need_keys,
    needed,
    uses_of_keys,
)
from vpce_emulator.aws.request_inputs import input_of
from vpce_emulator.aws.s3_access_points import point_copied_from
from vpce_emulator.aws.s3_form import parse_form
from vpce_emulator.aws.s3_request import copy_source
from vpce_emulator.backend.body import DecodedBody
from vpce_emulator.backend.interface import Backend
from vpce_emulator.judgement import Judge, Understood
from vpce_policies import (
    Layer,
    LayerVerdict,
    MalformedPolicy,
    PolicyKind,
    PolicySet,
    Request,
    compile_policy,
    evaluate,
    parse_policy,
)


class KeyJudge:
    """Decides about the KMS keys that an allowed request needs."""

    def __init__(self, backend: Backend, judge: Judge, *, enforced: bool) -> None:
        """Make a judge.

        Args:
            backend: whom to ask what is encrypted, and how.
            judge: decides each action.
            enforced: whether policies decide.
        """
        self._backend = backend
        self._judge = judge
        self._enforced = enforced
        self._stored = StoredEncryption(
            bucket=backend.bucket_encryption,
            object=backend.object_encryption,
            upload=backend.upload_encryption,
            resource=backend.encrypted_resources,
        )

    def judge(self, understood: Understood, decided: tuple[DecidedAction, ...]) -> tuple[DecidedAction, ...] | Fault:
        """Decide each use of a key; none where something else is denied already, for KMS is asked last.

        Args:
            understood: the request.
            decided: what was decided of it.

        Returns:
            the decisions, or why nothing can be decided.
        """
        service, operation = understood.asked.service, understood.operation
        if not self._enforced or not may_need_keys(service.name, operation.name):
            return ()
        denied = {one.wanted.item for one in decided if not one.decision.allowed}
        uses = uses_of_keys(self._asked(understood), self._stored) if None not in denied else ()
        if not uses:
            return ()
        service = service if understood.bucket is None else replace(service, region=understood.bucket.region)
        wanted = needed(uses, service, understood.identity.account_id, self._key_of)
        try:
            return self._decided(understood, [one for one in wanted if one.item not in denied])
        except MalformedPolicy as error:
            return Fault(FaultKind.INTERNAL_ERROR, f"A stored policy is malformed: {error}")

    def unusable(self, service: Service, decided: tuple[DecidedAction, ...]) -> Fault | None:
        """Return why KMS cannot use a key that a service may use in its caller's name; None where it can.

        Args:
            service: that was called.
            decided: what was decided, of keys and everything else.
        """
        for one in decided:
            action, arn = one.wanted.action, one.wanted.resource
            if action.startswith("kms:") and one.decision.allowed and depends_on_state(service.name, arn):
                fault = unusable_key(service, action, arn, self._backend.key_state(arn))
                if fault is not None:
                    return fault
        return None

    def locked_out(self, understood: Understood, body: DecodedBody) -> Fault | None:
        """Return the refusal of a key policy that would not let its author change it again.

        https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html, BypassPolicyLockoutSafetyCheck
        """
        service, operation, identity = understood.asked.service, understood.operation, understood.identity
        if not self._enforced or service.name != "kms" or operation.name not in {"CreateKey", "PutKeyPolicy"}:
            return None
        given = input_of(service, operation, understood.asked.http, body.content)
        policy = given.get("Policy")
        if not isinstance(policy, str) or not policy or given.get("BypassPolicyLockoutSafetyCheck") is True:
            return None
        named = understood.wanted[0].resource
        new = f"arn:aws:kms:{service.region}:{identity.account_id}:key/{_NEW_KEY}"
        ingress = understood.asked.event.ingress
        facts = Facts(ingress.origin, identity, service, understood.asked.http, understood.asked.event.time)
        try:
            document = compile_policy(parse_policy(policy, PolicyKind.KMS_KEY))
        except MalformedPolicy:
            return None
        arn = new if named == "*" else named
        request = Request("kms:PutKeyPolicy", arn, identity.account_id, identity.arn, request_context(facts))
        decision = evaluate(request, PolicySet(resource=document))
        return None if decision.layers[Layer.RESOURCE] in _OPEN else _LOCKED_OUT

    def _decided(self, understood: Understood, uses: Iterable[ActionOnResource]) -> tuple[DecidedAction, ...]:
        """Decide what a service asks. It asks from where it is, not from its caller's network.

        KMS's pages warn of policies on `aws:SourceVpce` for that:
        https://docs.aws.amazon.com/kms/latest/developerguide/kms-vpc-endpoint.html
        """
        asked, identity = understood.asked, understood.identity
        of_caller = self._backend.membership(identity.account_id) if identity.account_id else None
        via = (*asked.called_via, f"{asked.service.name}.amazonaws.com")
        now = asked.event.time
        facts = Facts(Origin(""), identity, asked.service, NO_REQUEST, now, of_caller, called_via=via)
        context = request_context(facts)
        return tuple(self._judge.decide(one, identity, context | dict(one.context)) for one in uses)

    def _key_of(self, arn: str) -> str:
        """Return the key of an alias; those that AWS manages go by their aliases."""
        return arn if ":alias/aws/" in arn else self._backend.resource_arn(arn) or arn

    def _asked(self, understood: Understood) -> KeyedRequest:
        http, operation, service = understood.asked.http, understood.operation, understood.asked.service
        content = understood.body.content if understood.body is not None else None
        headers: Mapping[str, str] = http.headers
        if operation.name == "PostObject":
            form = parse_form(http, content or b"")
            headers = CIMultiDict(() if isinstance(form, Fault) else form.headers())
        return KeyedRequest(
            service=service,
            operation=operation,
            wanted=understood.wanted,
            request=http,
            headers=headers,
            given=input_of(service, operation, http, content) if service.name in BY_INPUT else {},
            body=content or b"",
            account_id=understood.identity.account_id,
            source=self._source(headers),
        )

    def _source(self, headers: Mapping[str, str]) -> tuple[str, str, str] | None:
        source = copy_source(headers["x-amz-copy-source"]) if "x-amz-copy-source" in headers else None
        if source is None or isinstance(source, Fault):
            return None
        point = point_copied_from(source.bucket, self._backend.access_point)
        return (source.bucket if point is None else point.bucket, source.key, source.version_id)


_NEW_KEY = "00000000-0000-0000-0000-000000000000"
_OPEN = frozenset({LayerVerdict.ALLOWED, LayerVerdict.ALLOWED_FOR_ACCOUNT})
_LOCKED_OUT = Fault(
    FaultKind.MALFORMED_POLICY,
    "The new key policy will not allow you to update the key policy in the future.",
    code=Code("MalformedPolicyDocumentException", 400),
)


def is_of_a_key(understood: Understood, denied: DecidedAction) -> bool:
    """Return whether it is KMS that denies another service's request."""
    return denied.wanted.action.startswith("kms:") and understood.asked.service.name != "kms"


def denial_of_a_key(understood: Understood, denied: DecidedAction) -> Fault:
    """Return the refusal of a request whose caller may not use a key."""
    return key_denied(
        understood.asked.service,
        understood.identity.arn,
        denied.wanted.action,
        denied.wanted.resource,
        denied.reported_layer.value,
        explicit=denied.explicit,
    )
