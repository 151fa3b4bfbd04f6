"""AWS Organizations: where an account stands in one, and which of its policies limit a request.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html.
"""

from __future__ import annotations

from dataclasses import dataclass

from vpce_emulator.aws.principal import AttachedPolicy, Identity, PrincipalType

Levels = tuple[tuple[AttachedPolicy, ...], ...]
"""Policies by level: those of the root first, then those of each organizational unit, then the account's own."""

# The services to whose actions RCPs apply, by their prefixes, as in "List of AWS services that support RCPs".
RCP_SERVICES = frozenset(
    """
    aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch
    cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend
    comprehendmedical compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms
    gamelift health inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch
    pca-connector-ad personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin
    sqs sts support swf textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
_NOT_BY_RCPS = frozenset({"kms:RetireGrant"})
_SERVICE_LINKED = ":role/aws-service-role/"


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's place in an organization.

    Attributes:
        organization_id: `o-…`.
        management_account_id: of the account that no policy of the organization limits.
        account_id: of the account itself.
        path: `o-…/r-…/ou-…/`, as in `aws:PrincipalOrgPaths`.
        scps: the service control policies above and on the account; empty where that type of policy is not enabled.
        rcps: the resource control policies, likewise.
    """

    organization_id: str
    management_account_id: str
    account_id: str
    path: str
    scps: Levels = ()
    rcps: Levels = ()

    @property
    def manages(self) -> bool:
        """Whether this is the management account."""
        return self.account_id == self.management_account_id


@dataclass(frozen=True, slots=True)
class OrganizationalUnit:
    """A root or an organizational unit, as one is founded.

    Attributes:
        id: `r-…` or `ou-…`.
        name: its name.
        parent_id: what it is under; empty for the root.
        scps: the documents of the service control policies that are attached to it.
        rcps: the resource control policies, likewise.
        full_aws_access: whether AWS's policies that allow everything are attached to it too.
    """

    id: str
    name: str
    parent_id: str = ""
    scps: tuple[str, ...] = ()
    rcps: tuple[str, ...] = ()
    full_aws_access: bool = True


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization with all features, as one is founded.

    Attributes:
        id: `o-…`.
        management_account_id: of the account that founds it.
        units: its root, and then its organizational units.
        accounts: its accounts, the management account included, each with the id of what it is under.
    """

    id: str
    management_account_id: str
    units: tuple[OrganizationalUnit, ...]
    accounts: tuple[tuple[str, str], ...]


def service_control_policies(identity: Identity, of_caller: Membership) -> Levels:
    """Return the SCPs that limit a caller: those of its account, its root user included.

    They limit neither the management account nor service-linked roles.
    """
    if of_caller.manages or identity.type is PrincipalType.ANONYMOUS:
        return ()
    return () if _SERVICE_LINKED in identity.role_arn else of_caller.scps


def resource_control_policies(action: str, identity: Identity, of_owner: Membership) -> Levels:
    """Return the RCPs that limit an action on an account's resource, whoever asks.

    They limit neither the management account's resources nor service-linked roles, and only the services of the list.
    """
    if of_owner.manages or action in _NOT_BY_RCPS:
        return ()
    applies = action.partition(":")[0] in RCP_SERVICES and _SERVICE_LINKED not in identity.role_arn
    return of_owner.rcps if applies else ()
