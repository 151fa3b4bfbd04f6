"""What AWS answers when there are too many requests, where it is not the service's general throttling error."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vpce_emulator.aws.call import Service
from vpce_emulator.aws.faults import Code, Fault, FaultKind

_THROUGHPUT = Code("ProvisionedThroughputExceededException", 400)
_TABLE_IS_SHORT = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)

PROVISIONED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "dynamodb": frozenset(
            {
                *("BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement", "ExecuteTransaction", "GetItem"),
                *("PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"),
            }
        ),
        "kinesis": frozenset({"GetRecords", "GetShardIterator", "PutRecord", "PutRecords"}),
    }
)
"""The operations that draw on provisioned throughput, by service: those whose errors in botocore's models say so.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html,
https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
"""


def throttled(service: Service, operation: str) -> Fault:
    """Return what a service answers a call with that it has no capacity for."""
    if operation in PROVISIONED.get(service.name, ()):
        message = _TABLE_IS_SHORT if service.name == "dynamodb" else ""
        return Fault(FaultKind.THROTTLING, message, code=_THROUGHPUT)
    if service.name == "sqs":
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors
        return Fault(FaultKind.THROTTLING, code=Code("RequestThrottled", 403))
    return Fault(FaultKind.THROTTLING)
