"""An application whose bucket answers through one VPC endpoint only, and a look at it from outside.

Exits with 0 only if every call ends as on AWS.
"""

import json
import os
import sys

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError

BUCKET, KEY, REPORT = "monthly-reports", "november.csv", b"region,total\nus-east-1,42\n"
REFUSAL = (
    "AccessDenied: User: arn:aws:iam::123456789012:user/reporter is not authorized to perform: s3:GetObject "
    f'on resource: "arn:aws:s3:::{BUCKET}/{KEY}" with an explicit deny in a resource-based policy'
)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Access-to-specific-VPCE-only",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            "Condition": {"StringNotEquals": {"aws:SourceVpce": os.environ["VPC_ENDPOINT_ID"]}},
        }
    ],
}


def read_report(s3: BaseClient) -> bytes | str:
    """Return what GetObject answers: the report, or the error's code and message."""
    try:
        report: bytes = s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
    except ClientError as error:
        return "{Code}: {Message}".format(**error.response["Error"])
    return report


def main() -> int:
    """Set the bucket up from inside the VPC, then read the report from there and from the internet."""
    inside = boto3.client("s3")  # AWS_ENDPOINT_URL_S3 says where it calls from
    outside = boto3.client("s3", endpoint_url=os.environ["INTERNET_ENDPOINT_URL"])
    inside.create_bucket(Bucket=BUCKET)
    inside.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(POLICY))
    inside.put_object(Bucket=BUCKET, Key=KEY, Body=REPORT)

    as_on_aws = True
    for place, s3, expected in (("the private subnet", inside, REPORT), ("the internet", outside, REFUSAL)):
        answer = read_report(s3)
        as_on_aws &= answer == expected
        verdict = "as on AWS" if answer == expected else "NOT AS ON AWS"
        print(f"{verdict}  GetObject from {place}: {answer!r}")  # noqa: T201 - what it is run for
    return 0 if as_on_aws else 1


if __name__ == "__main__":
    sys.exit(main())
