"""Deploying CloudFormation's templates at the start: each becomes a stack, as `aws cloudformation deploy` would. IO."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from vpce_emulator.config import ConfigurationError

# A boto3 client of CloudFormation; boto3's clients have no types.
CloudFormation = Any


def deploy_template(path: Path, cloudformation: CloudFormation) -> None:
    """Make the stack that a template describes, named after the file.

    Raises:
        ConfigurationError: the file cannot be read, it is no template, or a resource failed; the message names the
            template, the resource and the reason.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    name = stack_name(path)
    capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    try:
        cloudformation.create_stack(StackName=name, TemplateBody=text or " ", Capabilities=capabilities)
    except ClientError as error:
        told = error.response["Error"]
        raise ConfigurationError(f"{path}: CloudFormation answers {told['Code']}: {told['Message']}") from error
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise ConfigurationError(f"{path}: {_failure(name, stack['StackStatus'], cloudformation)}")


def stack_name(path: Path) -> str:
    """Return the name of a template's stack: the file's, as far as a stack can have it.

    A stack's name is letters, digits and hyphens, and begins with a letter.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "-", path.name.partition(".")[0]).strip("-")
    return name if name[:1].isalpha() else f"stack-{name}".rstrip("-")


def _failure(name: str, status: str, cloudformation: CloudFormation) -> str:
    for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
        if event["ResourceStatus"] == "CREATE_FAILED":
            return (
                f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', status)}"
            )
    return f"the stack {name} is {status}"
