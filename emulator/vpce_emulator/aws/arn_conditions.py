"""Condition keys that hold an ARN of what an input names, or what an ARN adds to the resource that is authorized.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vpce_emulator.aws.operation_inputs import Input
from vpce_emulator.aws.resource_name_forms import FUNCTION
from vpce_emulator.aws.resource_spellings import ACCOUNT, COLONS_OF_FUNCTION, ServiceArn

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html: the
# operations on what is in a cluster.
_CLUSTERED = """
CreateService CreateTaskSet DeleteAttributes DeleteService DeleteTaskSet DescribeContainerInstances DescribeServices
DescribeTaskSets DescribeTasks ExecuteCommand GetTaskProtection ListServices ListTasks PutAttributes RunTask StartTask
StopTask UpdateContainerAgent UpdateContainerInstancesState UpdateService UpdateServicePrimaryTaskSet
UpdateTaskProtection UpdateTaskSet
"""
_IN_CLUSTERS = frozenset(_CLUSTERED.split())
_OF_FUNCTIONS = frozenset(
    {
        "CreateEventSourceMapping",
        "CreateFunctionUrlConfig",
        "DeleteFunctionUrlConfig",
        "GetFunctionUrlConfig",
        "UpdateEventSourceMapping",
        "UpdateFunctionUrlConfig",
    }
)
TOLD_BY_FUNCTIONS = frozenset(("lambda", operation) for operation in _OF_FUNCTIONS)
"""Service and operations with a condition key that a function sets, which may stand in the body."""
# Where inputs of Step Functions name versions and aliases.
_QUALIFIED = (
    *("stateMachineArn", "stateMachineAliasArn", "stateMachineVersionArn"),
    "routingConfiguration[].stateMachineVersionArn",
)
ARN_KEYS = ("ecs:cluster", "events:creatorAccount", "lambda:FunctionArn", "states:StateMachineQualifier")
"""The keys."""


def arn_conditions(operation: str, given: Input, arn: ServiceArn, resource: str) -> Mapping[str, str | tuple[str, ...]]:
    """Return the condition keys of an action on a resource that ARNs set.

    Args:
        operation: of the service.
        given: its input.
        arn: what the service's ARNs begin with.
        resource: its ARN.
    """
    match arn.service.name:
        case "ecs" if operation in _IN_CLUSTERS:
            cluster = next(iter(given.values("cluster")), "default")
            return {"ecs:cluster": cluster if cluster.startswith("arn:") else arn.of("cluster/{}", cluster)}
        case "events" if ":rule/" in resource and ACCOUNT.fullmatch(resource.split(":")[4]):
            return {"events:creatorAccount": resource.split(":")[4]}
        case "lambda" if operation in _OF_FUNCTIONS:
            found = next(_functions(given, arn), "")
            return {"lambda:FunctionArn": found} if found else {}
        case "stepfunctions":
            qualifiers = tuple(_qualifiers(given))
            return {"states:StateMachineQualifier": qualifiers} if qualifiers else {}
    return {}


def _functions(given: Input, arn: ServiceArn) -> Iterator[str]:
    for name in (*given.values("FunctionName"), *given.values("uri:FunctionName")):
        told = FUNCTION.fullmatch(name)
        if told is not None:
            function = f"{told['name']}:{told['qualifier']}" if told["qualifier"] else told["name"]
            yield arn._replace(account_id=told["account"] or arn.account_id).of("function:{}", function)


def _qualifiers(given: Input) -> Iterator[str]:
    """Yield the versions and aliases: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html."""
    for member in _QUALIFIED:
        for named in given.values(member):
            parts = named.split(":", COLONS_OF_FUNCTION + 1)
            yield from parts[COLONS_OF_FUNCTION + 1 :]
