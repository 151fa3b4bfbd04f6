"""How requests may write the names of resources: what is written otherwise is refused, whatever policies say.

A name that can be read in two ways would be authorized as one resource and carried out on another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.operation_inputs import Input

_ARN = r"arn:aws[a-z-]*:{}:[a-z0-9-]+:[0-9]{{12}}:"
_CONSTRAINT = (
    "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
    "Member must satisfy regular expression pattern: {pattern}"
)
# The pattern that https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html has for FunctionName; a full ARN has
# all its parts, and what has not all is none.
_FUNCTION = (
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?=[a-z]{2}(?:-[a-z]+)+-[0-9]:[0-9]{12}:function:))?"
    r"(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9]):)?(?:(?P<account>[0-9]{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?"
)
FUNCTION = re.compile(_FUNCTION)
"""A function's name, its ARN or a part of that, with `region`, `account`, `name` and `qualifier`."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What a name looks like, and what a service says about others; `{value}` is the name, `{member}` its member."""

    pattern: re.Pattern[str]
    code: str
    message: str
    status: int = 400


_OF_QUEUES = _Form(
    re.compile(r"(https?://[^/?#%\s]+)?/?(queue/[a-z0-9-]+/)?([0-9]{12}/)?[A-Za-z0-9_-]{1,80}(\.fifo)?"),
    "InvalidAddress",
    "The address {value} is not valid for this endpoint.",
)
_OF_SECRETS = _Form(
    re.compile(f"({_ARN.format('secretsmanager')}secret:)?[A-Za-z0-9/_+=.@!-]+"),
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
)
_OF_KEYS = _Form(
    re.compile(f"({_ARN.format('kms')}key/)?[A-Za-z0-9-]+|({_ARN.format('kms')})?alias/[A-Za-z0-9/_-]+"),
    "NotFoundException",
    "Invalid keyId '{value}'",
)
_OF_FUNCTIONS = _Form(
    FUNCTION,
    "ValidationException",
    _CONSTRAINT.replace(
        "{pattern}",
        r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{{2}}(-gov)?-[a-z]+-\d{{1}}:)?(\d{{12}}:)?(function:)?"
        r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
    ),
)
_OF_STREAMS = _Form(
    re.compile(f"{_ARN.format('kinesis')}stream/[A-Za-z0-9_.-]+"),
    "ValidationException",
    _CONSTRAINT.replace("{pattern}", r"arn:aws.*:kinesis:.*:\d{{12}}:stream/\S+"),
)
# Partner event buses have slashes in their names. There are none here.
_OF_BUSES = _Form(
    re.compile(f"({_ARN.format('events')}event-bus/)?[A-Za-z0-9_.-]+"),
    "ResourceNotFoundException",
    "Event bus {value} does not exist.",
)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html#API_ReceiveMessage_Errors
# and the pages of the other services' operations.
_FORMS: Mapping[str, Mapping[str, _Form]] = MappingProxyType(
    {
        "events": {"EventBusName": _OF_BUSES, "Entries": _OF_BUSES},
        "kinesis": {"StreamARN": _OF_STREAMS},
        "kms": dict.fromkeys(("KeyId", "SourceKeyId", "DestinationKeyId", "TargetKeyId"), _OF_KEYS),
        "lambda": dict.fromkeys(("uri:FunctionName", "query:FunctionName", "FunctionName"), _OF_FUNCTIONS),
        "secretsmanager": dict.fromkeys(("SecretId", "SecretIdList"), _OF_SECRETS),
        "sqs": {"QueueUrl": _OF_QUEUES},
    }
)


def malformed_name(service: str, given: Input) -> Fault | None:
    """Return the refusal of the first name in an input that is not written as its service writes it.

    Args:
        service: botocore's name.
        given: the input of one of its operations.
    """
    return next(_malformed_names(service, given), None)


def _malformed_names(service: str, given: Input) -> Iterator[Fault]:
    for member, form in _FORMS.get(service, {}).items():
        name = member.rpartition(":")[2]
        told = name[:1].lower() + name[1:]
        for value in _names_in_entries(given) if member == "Entries" else given.values(member):
            if not form.pattern.fullmatch(value):
                message = form.message.format(value=value, member=told)
                yield Fault(FaultKind.VALIDATION, message, code=Code(form.code, form.status))


def _names_in_entries(given: Input) -> Iterator[str]:
    """Yield the event buses of the entries of PutEvents."""
    entries = given.members.get("Entries")
    named = (
        (each.get("EventBusName") for each in entries if isinstance(each, dict)) if isinstance(entries, list) else ()
    )
    yield from (str(each) for each in named if each)
