"""What AWS answers when it does not do as asked.

A `Fault` says what is wrong; only `render` knows how the service at hand writes that down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.fault_codes import Code, FaultKind, code_of_kind, message_of_kind, query_code_of_kind
from vpce_emulator.aws.fault_forms import FORMS, Written
from vpce_emulator.aws.http import HttpResponse

__all__ = ["Code", "Fault", "FaultKind", "access_denied", "code_of", "denial_message", "message_of", "render"]

# The phrases of each layer, by its name in a decision: implicit and explicit denial. Since nothing of an RCP is ever
# missing (AWS attaches RCPFullAWSAccess to everything), its implicit phrase is its explicit one.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_PHRASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "vpc_endpoint": ("because no VPC endpoint policy allows the {} action", "in a VPC endpoint policy"),
        "resource": ("because no resource-based policy allows the {} action", "in a resource-based policy"),
        "identity": ("because no identity-based policy allows the {} action", "in an identity-based policy"),
        "permissions_boundary": (
            "because no permissions boundary allows the {} action",
            "in a permissions boundary",
        ),
        "session": ("because no session policy allows the {} action", "in a session policy"),
        "scp": ("because no service control policy allows the {} action", "in a service control policy"),
        "rcp": ("with an explicit deny in a resource control policy", "in a resource control policy"),
    }
)

# How services spell the actions of their messages.
_SPELLINGS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"sns": lambda action: "SNS:" + action.partition(":")[2], "sqs": str.lower}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal, before it is written in a service's own way.

    Attributes:
        kind: what is wrong.
        message: the text for the caller; empty for the text AWS has for this kind.
        details: S3's further elements (`BucketName`, `Key`, `RequestTime`), in order; other services have none.
        code: the error code and status, where they are not those of the kind.
        headers: further headers of the answer (`x-amz-bucket-region`).
    """

    kind: FaultKind
    message: str = ""
    details: tuple[tuple[str, str], ...] = ()
    code: Code | None = None
    headers: tuple[tuple[str, str], ...] = ()


def denial_message(
    principal_arn: str, action: str, resource: str, layer: str, explicit: bool, *, s3: bool = False, ec2: bool = False
) -> str:
    """Return the long text of a denial.

    Args:
        principal_arn: as the caller is named; empty for an anonymous one.
        action: as the service spells it.
        resource: an ARN, or `*`, which S3 and EC2 do not mention.
        layer: the layer that is reported: `identity`, `resource`, `scp`, `rcp`, `permissions_boundary`, `session` or
            `vpc_endpoint`.
        explicit: whether a Deny statement decided, rather than the lack of an Allow.
        s3: whether S3 says it, which puts the ARN in double quotes; the others do not.
        ec2: whether EC2 does.
    """
    implicit_phrase, explicit_phrase = _PHRASES[layer]
    on = f' on resource: "{resource}"' if s3 else f" on resource: {resource}"
    reason = f"with an explicit deny {explicit_phrase}" if explicit else implicit_phrase.format(action)
    caller = principal_arn or "anonymous"
    where = "" if (s3 or ec2) and resource == "*" else on
    return f"User: {caller} is not authorized to perform: {action}{where} {reason}"


def access_denied(
    service: Service,
    *,
    principal_arn: str,
    action: str,
    resource: str,
    layer: str,
    explicit: bool,
    detailed: bool = True,
    policy_arn: str = "",
    encoded: str = "",
) -> Fault:
    """Return the denial of one action.

    Args:
        service: the service called; it decides the spelling.
        principal_arn: as in `denial_message`.
        action: `s3:GetObject`.
        resource: as in `denial_message`.
        layer: as in `denial_message`.
        explicit: as in `denial_message`.
        detailed: of S3, whether the caller is of the bucket owner's account, or of its organization (which is not told
            of VPC endpoints); others read `Access Denied`, and so do anonymous callers
            (https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html).
        policy_arn: of the policy that denies, when the message is to name it.
        encoded: what else is to be told, encoded, as EC2 does.
    """
    s3 = service.protocol is Protocol.S3
    ec2 = service.protocol is Protocol.EC2
    if s3 and not (detailed and principal_arn):
        return Fault(FaultKind.ACCESS_DENIED)
    if service.name == "sqs" and not principal_arn:
        # As recorded in the public issues of the SDKs.
        queue = "/".join(resource.split(":")[4:6])
        message = f"Access to the resource https://sqs.{service.region}.amazonaws.com/{queue} is denied."
        return Fault(FaultKind.ACCESS_DENIED, message)
    spelled = _SPELLINGS.get(service.name, str)(action)
    message = denial_message(principal_arn, spelled, resource, layer, explicit, s3=s3, ec2=ec2)
    if policy_arn:
        message += f": {policy_arn}"
    if ec2:
        more = f". Encoded authorization failure message: {encoded}" if encoded else ""
        message = f"You are not authorized to perform this operation. {message}{more}"
    return Fault(FaultKind.ACCESS_DENIED, message)


def code_of(fault: Fault, service: Service) -> Code:
    """Return the error code and status that a service answers a fault with."""
    return fault.code or code_of_kind(fault.kind, service)


def message_of(fault: Fault, service: Service) -> str:
    """Return the text that a service answers a fault with."""
    return message_of_kind(fault.kind, service, fault.message)


def _query_code(fault: Fault) -> str:
    if fault.code is None:
        return query_code_of_kind(fault.kind)
    return _QUERY_CODES.get(fault.code.code) or fault.code.code.removesuffix("Exception")


# Codes that were not only shorter in the query protocol, as botocore's models have them.
_QUERY_CODES: Mapping[str, str] = MappingProxyType(
    {
        "KmsAccessDenied": "KMS.AccessDeniedException",
        "KmsDisabled": "KMS.DisabledException",
        "KmsInvalidState": "KMS.InvalidStateException",
        "KmsNotFound": "KMS.NotFoundException",
    }
)


def render(fault: Fault, service: Service, *, request_id: str, host_id: str, method: str) -> HttpResponse:
    """Return a fault as the service's own answer.

    Args:
        fault: what is wrong.
        service: whose answer it is.
        request_id: the id AWS would give the request.
        host_id: S3's second id (`x-amz-id-2`).
        method: of the request: an answer to HEAD has no body.
    """
    code = code_of(fault, service)
    written = Written(
        code=code.code,
        query_code=_query_code(fault),
        status=code.status,
        message=message_of(fault, service),
        details=fault.details,
        request_id=request_id,
        host_id=host_id,
    )
    response = FORMS[service.protocol](written, service)
    headers = (*response.headers, *fault.headers)
    body = b"" if method == "HEAD" else response.body
    return HttpResponse(response.status, headers, body, code=written.code, message=written.message)
