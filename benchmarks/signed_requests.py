"""Requests as boto3 sends them, signed beforehand, so that a measurement spends no time on making them."""

from typing import Any, NoReturn

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from benchmarks.perimeter import BUCKET, REGION, TABLE

KIBIBYTE = b"0123456789abcdef" * 64
DISTINCT = 32  # objects and items that a measurement goes round


# Each call is tried once, and no proxy of the environment stands between.
_DIRECT = Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"})


def client(service: str, url: str, key: tuple[str, str], config: Config | None = None) -> Any:
    """Return a boto3 client for a server of this machine."""
    access_key_id, secret_access_key = key
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=_DIRECT.merge(config) if config else _DIRECT,
    )


class _Prepared(Exception):
    """Carries a request out of botocore at the moment when it would be sent."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__(request.url)
        self.request = request


def prepared(aws: Any, operation: str, **parameters: Any) -> AWSPreparedRequest:
    """Return the request of a call, signed, without sending it."""

    def stop(request: AWSPreparedRequest, **_: Any) -> NoReturn:
        raise _Prepared(request)

    aws.meta.events.register("before-send", stop)
    try:
        getattr(aws, operation)(**parameters)
    except _Prepared as sent:
        return sent.request
    finally:
        aws.meta.events.unregister("before-send", stop)
    message = f"{operation} sent nothing"
    raise AssertionError(message)


def head_of(request: AWSPreparedRequest) -> bytes:
    """Return the request line and the headers as they go over the wire."""
    target = "/" + request.url.split("/", 3)[3]
    lines = [f"{request.method} {target} HTTP/1.1"]
    for name, value in request.headers.items():
        lines.append(f"{name}: {value.decode() if isinstance(value, bytes) else value}")
    return "\r\n".join([*lines, "", ""]).encode()


def wire(aws: Any, operation: str, **parameters: Any) -> bytes:
    """Return a call's request, head and body, as it goes over the wire."""
    request = prepared(aws, operation, **parameters)
    body = request.body.read() if hasattr(request.body, "read") else request.body
    return head_of(request) + (body or b"")


def put_objects(url: str, key: tuple[str, str]) -> list[bytes]:
    """Return S3 PUTs of 1 KB."""
    s3 = client("s3", url, key)
    return [wire(s3, "put_object", Bucket=BUCKET, Key=f"object-{n}", Body=KIBIBYTE) for n in range(DISTINCT)]


def get_objects(url: str, key: tuple[str, str]) -> list[bytes]:
    """Return S3 GETs of what `put_objects` puts."""
    s3 = client("s3", url, key)
    return [wire(s3, "get_object", Bucket=BUCKET, Key=f"object-{n}") for n in range(DISTINCT)]


def put_items(url: str, key: tuple[str, str]) -> list[bytes]:
    """Return DynamoDB PutItem calls of four attributes."""
    dynamodb = client("dynamodb", url, key)
    rest = {"price": {"N": "189.25"}, "exchange": {"S": "XNAS"}, "history": {"L": [{"N": "188.9"}, {"N": "189.1"}]}}
    return [
        wire(dynamodb, "put_item", TableName=TABLE, Item={"symbol": {"S": f"SYM{n}"}, **rest}) for n in range(DISTINCT)
    ]


def get_items(url: str, key: tuple[str, str]) -> list[bytes]:
    """Return DynamoDB GetItem calls of what `put_items` puts."""
    dynamodb = client("dynamodb", url, key)
    return [wire(dynamodb, "get_item", TableName=TABLE, Key={"symbol": {"S": f"SYM{n}"}}) for n in range(DISTINCT)]
