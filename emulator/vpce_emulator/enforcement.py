"""What is enforced and what is not, in the words of the banner and of `/_vpce/health`.

INVARIANT: enforcement never degrades silently. Whatever is listed in `NOT_ENFORCED` stands in the README, too.
"""

from __future__ import annotations

ENFORCED = (
    "routes, security groups, network ACLs and connections decide which path a call takes, or whether there is one",
    "endpoint policies, identity policies, permissions boundaries, session policies and roles' trust policies",
    "service and resource control policies of AWS Organizations",
    "policies of buckets, queues, topics, KMS keys, secrets, functions, tables, streams, repositories and event buses",
    "the KMS permissions that S3, SQS, SNS, DynamoDB, Kinesis, SSM and Secrets Manager need of their callers",
    "what SNS, S3, EventBridge, Logs and Lambda deliver by themselves, by the policy of where it goes or of a role",
    "what CloudFormation does for a stack, call by call, by the caller's policies or those of a service role",
    "S3 Block Public Access, object ownership and ACLs, with the defaults of a new bucket on AWS; S3 access points",
    "S3 Requester Pays, expected bucket owners, and the tags of buckets with attribute-based access control enabled",
    "aws:SourceVpce, aws:SourceVpc and aws:VpcSourceIp through endpoints; aws:SourceIp off them",
    "signatures, those of upload chunks too, where the secret access key is known; the expiry of presigned URLs always",
)
NOT_ENFORCED = (
    "the signatures of web identity tokens and SAML assertions, and the codes of second factors: they are believed",
    "what CloudFormation reads for a stack, and all that it does for stack sets and custom resources",
    "Route 53 Resolver's forwarding rules and DNS Firewall: the VPCs' resolvers do not follow them",
    "keys that nobody made act as a root user and may assume roles, which on AWS root users may not",
)
POLICIES_OFF = "policies: everything is allowed, because enforcement is off"


def enforcement(*, on: bool) -> dict[str, list[str]]:
    """Return what is `enforced` and what is `not_enforced`, with policies on or off."""
    if not on:
        return {"enforced": [ENFORCED[0]], "not_enforced": [POLICIES_OFF]}
    return {"enforced": list(ENFORCED), "not_enforced": list(NOT_ENFORCED)}
