"""Templates in S3, which CloudFormation reads with the permissions of whoever names them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, "TemplateURL"
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from moto.cloudformation import models, responses
from moto.cloudformation.exceptions import ValidationError
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

from vpce_emulator.aws.hosts import parse_host
from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.backend.embedded.stack_authority import NotPermittedError, ask_callers_leave, ask_leave

_Ask = Callable[[str, str, dict[str, str], str], None]


def take_over() -> None:
    """Have templates read by who may read them: a request's by its caller, a nested stack's by whom its parent acts."""
    replace(responses, "get_stack_from_s3_url", _reading_with(ask_callers_leave))
    replace(models, "get_stack_from_s3_url", _reading_with(ask_leave))


def _reading_with(ask: _Ask) -> Callable[[str, str, str], str]:
    def read(template_url: str, account_id: str, partition: str) -> str:
        bucket, key, region = _place(template_url)
        try:
            ask("s3", "GetObject", {"Bucket": bucket, "Key": key}, region)
            found = s3_backends[account_id][partition].get_object(bucket, key)
        except NotPermittedError as refused:
            raise _unreadable("Access Denied") from refused
        except S3ClientError as error:
            raise _unreadable(str(error.message)) from error
        if found is None:
            raise _unreadable("The specified key does not exist.")
        return str(found.value.decode("utf-8"))

    return read


def _place(template_url: str) -> tuple[str, str, str]:
    """Return the bucket and the key of a template, and the Region that its URL names."""
    url = urlsplit(template_url)
    host, path = parse_host(url.netloc), unquote(url.path.lstrip("/"))
    bucket, key = (host.bucket, path) if host is not None and host.bucket else path.partition("/")[::2]
    if not bucket or not key:
        raise ValidationError(message="TemplateURL must be a supported URL.")
    return bucket, key, host.region if host is not None and host.region else "us-east-1"


def _unreadable(why: str) -> ValidationError:
    more = "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
    return ValidationError(message=f"S3 error: {why}\n{more}")
