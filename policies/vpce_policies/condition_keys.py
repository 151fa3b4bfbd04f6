"""The global condition keys, for telling a misspelt one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

GLOBAL_CONDITION_KEYS = frozenset(
    f"aws:{name}".lower()
    for name in """
    AssumedRoot CalledVia CalledViaFirst CalledViaLast ChatbotSourceArn CurrentTime Ec2InstanceSourcePrivateIPv4
    Ec2InstanceSourceVpc EpochTime FederatedProvider IsMcpServiceAction MultiFactorAuthAge MultiFactorAuthPresent
    PrincipalAccount PrincipalArn PrincipalIsAWSService PrincipalOrgID
    PrincipalOrgMasterAccountId PrincipalOrgPaths PrincipalServiceName
    PrincipalServiceNamesList PrincipalTag/ PrincipalType Referer RequestTag/ RequestedRegion ResourceAccount
    ResourceOrgID ResourceOrgPaths ResourceTag/ SecureTransport SignInSessionArn SourceAccount SourceArn SourceIdentity
    SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpcArn SourceVpce TagKeys TokenIssueTime UserAgent
    ViaAWSMCPService ViaAWSService VpcSourceIp VpceAccount VpceOrgID VpceOrgPaths userid username
    """.split()  # noqa: SIM905  # a page of names is read more easily than a list of literals
)
"""In lower case; a key that ends in a slash goes on with the name of a tag.

PrincipalOrgMasterAccountId is not on the page, but in AWS's managed policy AWSSSOServiceRolePolicy.
"""

SYSTEM_ID_KEYS = frozenset({"aws:principalaccount", "aws:sourcevpc", "aws:sourcevpce"})
"""Keys whose values AWS generates; endpoint policies may not compare them by wildcards or as numbers.

https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html names the first two as examples.
"""

MULTIVALUED_KEYS = frozenset(
    each.lower()
    for each in """
    aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths aws:SourceOrgPaths
    aws:TagKeys aws:VpceOrgPaths dynamodb:Attributes dynamodb:LeadingKeys s3:RequestObjectTagKeys
    """.split()  # noqa: SIM905  # as above
)
"""The keys that have many values by definition, in lower case.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/service-authorization/latest/reference/ calls their type ArrayOfString.
"""


def is_global(key: str) -> bool:
    """Whether a key is a global condition key."""
    name, slash, _ = key.lower().partition("/")
    return name + slash in GLOBAL_CONDITION_KEYS
