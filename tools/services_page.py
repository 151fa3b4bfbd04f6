"""Write `docs/services.md`, which says what is authorized of each service: `python tools/services_page.py`."""

from collections.abc import Iterator
from pathlib import Path

import botocore

from vpce_emulator.aws import resource_levels
from vpce_emulator.aws.operation_actions import actions_of
from vpce_emulator.aws.service import service_named
from vpce_emulator.aws.service_models import service_model
from vpce_emulator.backend.embedded.resource_policies import READERS
from vpce_policies.vocabulary import load_vocabulary

TARGET = Path(__file__).parents[1] / "docs" / "services.md"
OF_THEIR_OWN = ("s3", "dynamodb", "dynamodbstreams", "execute-api", "apigateway", "apigatewayv2")
"""Services whose operations have rules of their own, outside the table."""
MOST_USED = (
    *("sqs", "sns", "kms", "secretsmanager", "ssm", "sts", "iam", "lambda", "logs", "kinesis", "firehose"),
    *("ecr", "ecs", "events", "stepfunctions", "athena", "glue"),
)


def names() -> list[str]:
    """Return botocore's names of all services."""
    return sorted(path.name for path in (Path(botocore.__file__).parent / "data").iterdir() if path.is_dir())


def operations(service: str) -> list[str]:
    """Return the operations of a service; none for what is no service."""
    model = service_model(service)
    return sorted(model.operations) if model else []


def without_resource(service: str) -> list[str]:
    """Return the operations that are on `*`."""
    known = resource_levels.operations(service)
    return [operation for operation in operations(service) if operation not in known]


def changing_without_resource(service: str) -> list[str]:
    """Return the operations that are on `*` and change something."""
    return [each for each in without_resource(service) if not each.startswith(("Describe", "Get", "List", "Search"))]


def unknown_actions() -> Iterator[tuple[str, list[str]]]:
    """Yield services with the operations whose action the Service Authorization Reference does not have."""
    words = {name: {action.lower() for action in actions} for name, actions in load_vocabulary().services.items()}
    for service in names():
        row = service_named(service)
        found = [
            operation
            for operation in operations(service)
            for action, _ in actions_of(row, operation)
            if action.partition(":")[2].lower() not in words.get(action.partition(":")[0], set())
        ]
        if found and service not in OF_THEIR_OWN:
            yield service, list(dict.fromkeys(found))


def row(service: str) -> str:
    """Return a service's line of the table."""
    known, every = resource_levels.operations(service), operations(service)
    return f"| {service} | `{service_named(service).iam_prefix}` | {len(known)} of {len(every)} |"


def listed(words: list[str]) -> str:
    """Return operations as a line says them."""
    return ", ".join(words) if words else "none"


def page() -> str:
    """Return the page."""
    tabled = [service for service in names() if operations(service) and service not in OF_THEIR_OWN]
    policies = ", ".join(f"`{service}`" for service in sorted((*READERS, "s3")))
    lines = [
        "# What is authorized, service by service",
        "",
        "Every call is authorized: the action is that of its operation, and the resource is told from the request.",
        "Where the request names a resource in a way that leaves no doubt, policies on its ARN decide (*resource",
        "level*); elsewhere the call is on `*`, and only a statement whose Resource is `*` speaks of it.",
        "Condition keys have [a page of their own](condition-keys.md).",
        "",
        f"This page is made by `make vocabulary` from {resource_levels.source()}.",
        "",
        "- **S3 and DynamoDB** have rules of their own: each operation with all its actions and resources, object by",
        "  object and item by item.",
        "- **API Gateway**: `execute-api:Invoke` on stage, method and path; the control plane by HTTP method and path.",
        f"- **Resource policies** decide of resources whose ARNs are of {policies}. A KMS key is open to identity",
        "  policies only as far as its key policy leaves it to them.",
        "- **BatchGetSecretValue** answers each secret by itself; with filters it needs leave to list",
        "  secrets, too, and answers each that matches, on one page.",
        "- A caller of another account who is let in by a resource policy reaches the resource itself, in its account.",
        "",
        "## The services most used",
        "",
        "All operations are at resource level but these:",
        "",
        "| service | on `*` |",
        "|---|---|",
        *(f"| {service} | {listed(without_resource(service))} |" for service in MOST_USED),
        f"| ec2 | most of what only reads, and {listed(changing_without_resource('ec2'))} |",
        "",
        "## All others",
        "",
        "| service | actions begin with | operations at resource level |",
        "|---|---|---|",
        *(row(service) for service in tabled if service not in {*MOST_USED, "ec2"}),
        "",
        "## Operations whose action is not sure",
        "",
        "The Service Authorization Reference has no action of these operations' names, by which they are authorized.",
        "",
        "| service | operations |",
        "|---|---|",
        *(f"| {service} | {listed(unknown)} |" for service, unknown in unknown_actions()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
