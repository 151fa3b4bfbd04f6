"""The data perimeter that is in force while the emulator is measured: every layer has a policy to evaluate."""

import json
from typing import Any

REGION = "us-east-1"
ACCOUNT = "123456789012"
BUCKET = "corp-data"
TABLE = "StockTable"
CLIENT = "app"

# Nobody made the owner's key, so it acts as the root of the account; the application's belongs to a user.
OWNER = ("AKIABENCHMARKSOWNER0", "owner-secret-access-key-of-the-benchmarks")
APPLICATION = ("AKIABENCHMARKSAPPLIC", "application-secret-access-key-of-the-benchmarks")

_OBJECTS = f"arn:aws:s3:::{BUCKET}/*"
_TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
_USER = f"arn:aws:iam::{ACCOUNT}:user/application"
_S3_ENDPOINT = "vpce-1a2b3c4d"


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: list[str], resource: str, **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


_S3 = _allow(["s3:GetObject", "s3:PutObject"], _OBJECTS)
_DYNAMODB = _allow(["dynamodb:GetItem", "dynamodb:PutItem"], _TABLE)

BUCKET_POLICY = json.dumps(
    _document(
        {
            "Sid": "OnlyThroughTheEndpoint",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": _OBJECTS,
            "Condition": {"StringNotEquals": {"aws:SourceVpce": _S3_ENDPOINT}},
        },
        {"Sid": "Application", **_allow(["s3:GetObject", "s3:PutObject"], _OBJECTS, Principal={"AWS": _USER})},
    )
)

TOPOLOGY: dict[str, Any] = {
    "region": REGION,
    "account": ACCOUNT,
    "vpcs": {
        "app": {
            "cidr": "10.0.0.0/16",
            "subnets": {
                "private": {"cidr": "10.0.1.0/24", "availability_zone": "us-east-1a", "route_table": "private"}
            },
            "route_tables": {"private": {}},
            "endpoints": {
                "s3": {
                    "type": "Gateway",
                    "service": "s3",
                    "id": _S3_ENDPOINT,
                    "route_tables": ["private"],
                    "policy": _document({"Principal": "*", **_S3}),
                },
                "dynamodb": {
                    "type": "Gateway",
                    "service": "dynamodb",
                    "route_tables": ["private"],
                    "policy": _document({"Principal": "*", **_DYNAMODB}),
                },
            },
        }
    },
    "clients": {CLIENT: {"subnet": "private"}},
    "credentials": [
        {
            "access_key_id": APPLICATION[0],
            "secret_access_key": APPLICATION[1],
            "principal": _USER,
            "policies": [_document(_S3, _DYNAMODB)],
        }
    ],
}
