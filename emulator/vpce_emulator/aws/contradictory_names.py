"""Requests that name a resource twice: the names must agree, or the request is refused as its service refuses it.

Otherwise one of the two would be authorized, and the other might be what is acted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.operation_inputs import Input
from vpce_emulator.aws.resource_name_forms import FUNCTION

# What ECS has in clusters; their ARNs are `…:service/<cluster>/<name>`.
_IN_CLUSTERS = ("service", "services", "task", "tasks", "containerInstance", "containerInstances", "primaryTaskSet")
_LONG_ARN = 3
_INCORRECT_KEY = Fault(
    FaultKind.VALIDATION,
    "The key ID in the request does not identify a CMK that can perform this operation.",
    code=Code("IncorrectKeyException", 400),
)


def contradiction(service: str, operation: str, given: Input, region: str, lookups: Lookups) -> Fault | None:
    """Return the refusal of an input whose names contradict each other.

    Args:
        service: botocore's name.
        operation: of the service.
        given: its input.
        region: of the service.
        lookups: what is known of the data.
    """
    check = _CHECKS.get(service)
    return None if check is None else check(operation, given, region, lookups)


def _of_streams(_operation: str, given: Input, _region: str, lookups: Lookups) -> Fault | None:
    """A stream by name, ARN and shard iterator: https://docs.aws.amazon.com/kinesis/latest/APIReference/."""
    named = {arn.rpartition("/")[2] for arn in given.values("StreamARN")} | set(given.values("StreamName"))
    named |= {found for each in given.values("ShardIterator") if (found := lookups.stream_of_iterator(each))}
    if len(named) < 2:
        return None
    message = f"The request names more than one stream: {', '.join(sorted(named))}."
    return Fault(FaultKind.INVALID_ARGUMENT, message, code=Code("InvalidArgumentException", 400))


def _of_clusters(_operation: str, given: Input, _region: str, _lookups: Lookups) -> Fault | None:
    return next(_other_clusters(given), None)


def _other_clusters(given: Input) -> Iterator[Fault]:
    """Yield a refusal for each ARN of what is in another cluster than the one that is meant."""
    cluster = next(iter(given.values("cluster")), "default").rpartition("/")[2]
    for arn in (arn for member in _IN_CLUSTERS for arn in given.values(member) if arn.startswith("arn:")):
        kind_and_names = arn.split(":", 5)[-1].split("/")
        if len(kind_and_names) >= _LONG_ARN and kind_and_names[1] != cluster:
            message = f"Invalid identifier: Identifier is for cluster {kind_and_names[1]}. Your cluster is {cluster}"
            yield Fault(FaultKind.VALIDATION, message, code=Code("InvalidParameterException", 400))


def _of_keys(operation: str, given: Input, region: str, lookups: Lookups) -> Fault | None:
    """The key that is named, and the one that a ciphertext was made with.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html#API_ReEncrypt_Errors
    """
    member = {"Decrypt": "KeyId", "ReEncrypt": "SourceKeyId"}.get(operation, "")
    named, ciphertext = given.values(member) if member else (), given.members.get("CiphertextBlob")
    made_with = lookups.key_of_ciphertext(ciphertext, region) if named and isinstance(ciphertext, str) else None
    if made_with is None:
        return None
    start = made_with.rpartition(":")[0]
    if "alias/" in named[0]:
        alias = named[0] if named[0].startswith("arn:") else f"{start}:{named[0]}"
        return None if lookups.resource_arn(alias) == made_with else _INCORRECT_KEY
    return None if named[0].rpartition("/")[2] == made_with.rpartition("/")[2] else _INCORRECT_KEY


def _of_queries(operation: str, given: Input, _region: str, _lookups: Lookups) -> Fault | None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html."""
    named = ("logGroupName", "logGroupNames", "logGroupIdentifiers")
    if operation != "StartQuery" or sum(bool(given.values(each)) for each in named) < 2:
        return None
    message = "Exactly one of logGroupName, logGroupNames, and logGroupIdentifiers must be specified."
    return Fault(FaultKind.VALIDATION, message, code=Code("InvalidParameterException", 400))


def _of_functions(_operation: str, given: Input, region: str, _lookups: Lookups) -> Fault | None:
    """A function's ARN and the Region that is asked; a version or alias in its name, and beside it.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
    """
    for told in filter(None, map(FUNCTION.fullmatch, given.values("uri:FunctionName"))):
        if told["region"] not in {None, region}:
            message = f"Functions from '{told['region']}' are not reachable in this region ('{region}')"
            return Fault(FaultKind.VALIDATION, message, code=Code("ResourceNotFoundException", 404))
        if told["qualifier"] and any(each != told["qualifier"] for each in given.values("query:Qualifier")):
            message = "The derived qualifier from the function name does not match the specified qualifier."
            return Fault(FaultKind.VALIDATION, message, code=Code("InvalidParameterValueException", 400))
    return None


_CHECKS: Mapping[str, Callable[[str, Input, str, Lookups], Fault | None]] = MappingProxyType(
    {"ecs": _of_clusters, "kinesis": _of_streams, "kms": _of_keys, "lambda": _of_functions, "logs": _of_queries}
)
