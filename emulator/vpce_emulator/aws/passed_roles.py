"""`iam:PassRole`: the roles that a request hands to a service, which the caller must be allowed to pass on.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. Which operations ask for it is what the
Service Authorization Reference has as their dependent actions,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from vpce_emulator.aws.call import ActionOnResource

# Service, operation, the service that the role is passed to, and where in the input its name or ARN is. `[]` stands for
# each item of a list, `*` for any member.
_PASSING = """
application-autoscaling RegisterScalableTarget            application-autoscaling.amazonaws.com RoleARN
appsync                 CreateDataSource                  appsync.amazonaws.com serviceRoleArn
appsync                 UpdateDataSource                  appsync.amazonaws.com serviceRoleArn
autoscaling             CreateAutoScalingGroup            autoscaling.amazonaws.com ServiceLinkedRoleARN
autoscaling             PutLifecycleHook                  autoscaling.amazonaws.com RoleARN
autoscaling             UpdateAutoScalingGroup            autoscaling.amazonaws.com ServiceLinkedRoleARN
backup                  CreateBackupSelection             backup.amazonaws.com BackupSelection.IamRoleArn
backup                  StartBackupJob                    backup.amazonaws.com IamRoleArn
backup                  StartCopyJob                      backup.amazonaws.com IamRoleArn
backup                  StartRestoreJob                   backup.amazonaws.com IamRoleArn
batch                   CreateComputeEnvironment          batch.amazonaws.com serviceRole
batch                   RegisterJobDefinition             ecs-tasks.amazonaws.com containerProperties.executionRoleArn
batch                   RegisterJobDefinition             ecs-tasks.amazonaws.com containerProperties.jobRoleArn
budgets                 CreateBudgetAction                budgets.amazonaws.com ExecutionRoleArn
cloudformation          ContinueUpdateRollback            cloudformation.amazonaws.com RoleARN
cloudformation          CreateChangeSet                   cloudformation.amazonaws.com RoleARN
cloudformation          CreateStack                       cloudformation.amazonaws.com RoleARN
cloudformation          CreateStackSet                    cloudformation.amazonaws.com AdministrationRoleARN
cloudformation          DeleteStack                       cloudformation.amazonaws.com RoleARN
cloudformation          RollbackStack                     cloudformation.amazonaws.com RoleARN
cloudformation          UpdateStack                       cloudformation.amazonaws.com RoleARN
cloudformation          UpdateStackSet                    cloudformation.amazonaws.com AdministrationRoleARN
cloudtrail              CreateTrail                       cloudtrail.amazonaws.com CloudWatchLogsRoleArn
cloudtrail              UpdateTrail                       cloudtrail.amazonaws.com CloudWatchLogsRoleArn
cloudwatch              PutMetricStream                   streams.metrics.cloudwatch.amazonaws.com RoleArn
codebuild               CreateProject                     codebuild.amazonaws.com serviceRole
codebuild               UpdateProject                     codebuild.amazonaws.com serviceRole
codedeploy              CreateDeploymentGroup             codedeploy.amazonaws.com serviceRoleArn
codedeploy              UpdateDeploymentGroup             codedeploy.amazonaws.com serviceRoleArn
codepipeline            CreatePipeline                    codepipeline.amazonaws.com pipeline.roleArn
codepipeline            UpdatePipeline                    codepipeline.amazonaws.com pipeline.roleArn
cognito-identity        SetIdentityPoolRoles              cognito-identity.amazonaws.com Roles.*
cognito-idp             CreateUserPool                    cognito-idp.amazonaws.com SmsConfiguration.SnsCallerArn
cognito-idp             UpdateUserPool                    cognito-idp.amazonaws.com SmsConfiguration.SnsCallerArn
config                  PutConfigurationRecorder          config.amazonaws.com ConfigurationRecorder.roleARN
datasync                CreateLocationS3                  datasync.amazonaws.com S3Config.BucketAccessRoleArn
dax                     CreateCluster                     dax.amazonaws.com IamRoleArn
ec2                     CreateFlowLogs                    vpc-flow-logs.amazonaws.com DeliverLogsPermissionArn
ecs                     CreateService                     ecs.amazonaws.com role
ecs                     RegisterTaskDefinition            ecs-tasks.amazonaws.com executionRoleArn
ecs                     RegisterTaskDefinition            ecs-tasks.amazonaws.com taskRoleArn
ecs                     RunTask                           ecs-tasks.amazonaws.com overrides.executionRoleArn
ecs                     RunTask                           ecs-tasks.amazonaws.com overrides.taskRoleArn
ecs                     StartTask                         ecs-tasks.amazonaws.com overrides.executionRoleArn
ecs                     StartTask                         ecs-tasks.amazonaws.com overrides.taskRoleArn
eks                     CreateAddon                       eks.amazonaws.com serviceAccountRoleArn
eks                     CreateCluster                     eks.amazonaws.com roleArn
eks                     CreateFargateProfile              eks-fargate-pods.amazonaws.com podExecutionRoleArn
eks                     CreateNodegroup                   ec2.amazonaws.com nodeRole
eks                     CreatePodIdentityAssociation      pods.eks.amazonaws.com roleArn
eks                     UpdateAddon                       eks.amazonaws.com serviceAccountRoleArn
emr                     RunJobFlow                        elasticmapreduce.amazonaws.com ServiceRole
emr-serverless          StartJobRun                       emr-serverless.amazonaws.com executionRoleArn
events                  PutRule                           events.amazonaws.com RoleArn
events                  PutTargets                        events.amazonaws.com Targets[].RoleArn
firehose                CreateDeliveryStream              firehose.amazonaws.com *.RoleARN
firehose                UpdateDestination                 firehose.amazonaws.com *.RoleARN
fis                     CreateExperimentTemplate          fis.amazonaws.com roleArn
glue                    CreateCrawler                     glue.amazonaws.com Role
glue                    CreateJob                         glue.amazonaws.com Role
glue                    UpdateCrawler                     glue.amazonaws.com Role
glue                    UpdateJob                         glue.amazonaws.com JobUpdate.Role
iam                     AddRoleToInstanceProfile          ec2.amazonaws.com RoleName
iot                     CreateRoleAlias                   credentials.iot.amazonaws.com roleArn
iot                     CreateTopicRule                   iot.amazonaws.com actions[].*.roleArn
iot                     ReplaceTopicRule                  iot.amazonaws.com actions[].*.roleArn
iot                     UpdateRoleAlias                   credentials.iot.amazonaws.com roleArn
kinesisanalyticsv2      CreateApplication                 kinesisanalytics.amazonaws.com ServiceExecutionRole
lakeformation           RegisterResource                  lakeformation.amazonaws.com RoleArn
lambda                  CreateFunction                    lambda.amazonaws.com Role
lambda                  UpdateFunctionConfiguration       lambda.amazonaws.com Role
logs                    PutDestination                    logs.amazonaws.com roleArn
logs                    PutSubscriptionFilter             logs.amazonaws.com roleArn
pipes                   CreatePipe                        pipes.amazonaws.com RoleArn
pipes                   UpdatePipe                        pipes.amazonaws.com RoleArn
rds                     AddRoleToDBCluster                rds.amazonaws.com RoleArn
rds                     AddRoleToDBInstance               rds.amazonaws.com RoleArn
rds                     CreateDBCluster                   monitoring.rds.amazonaws.com MonitoringRoleArn
rds                     CreateDBInstance                  monitoring.rds.amazonaws.com MonitoringRoleArn
rds                     CreateDBInstanceReadReplica       monitoring.rds.amazonaws.com MonitoringRoleArn
rds                     ModifyDBCluster                   monitoring.rds.amazonaws.com MonitoringRoleArn
rds                     ModifyDBInstance                  monitoring.rds.amazonaws.com MonitoringRoleArn
rds                     RestoreDBInstanceFromS3           monitoring.rds.amazonaws.com MonitoringRoleArn
rds                     StartExportTask                   export.rds.amazonaws.com IamRoleArn
redshift                CreateCluster                     redshift.amazonaws.com IamRoles.IamRoleArn[]
redshift                ModifyClusterIamRoles             redshift.amazonaws.com AddIamRoles.IamRoleArn[]
s3control               CreateAccessGrantsLocation        access-grants.s3.amazonaws.com IAMRoleArn
s3control               CreateJob                         batchoperations.s3.amazonaws.com RoleArn
s3control               UpdateAccessGrantsLocation        access-grants.s3.amazonaws.com IAMRoleArn
sagemaker               CreateModel                       sagemaker.amazonaws.com ExecutionRoleArn
sagemaker               CreateNotebookInstance            sagemaker.amazonaws.com RoleArn
sagemaker               CreatePipeline                    sagemaker.amazonaws.com RoleArn
sagemaker               CreateProcessingJob               sagemaker.amazonaws.com RoleArn
sagemaker               CreateTrainingJob                 sagemaker.amazonaws.com RoleArn
scheduler               CreateSchedule                    scheduler.amazonaws.com Target.RoleArn
scheduler               UpdateSchedule                    scheduler.amazonaws.com Target.RoleArn
ssm                     CreateActivation                  ssm.amazonaws.com IamRole
ssm                     RegisterTaskWithMaintenanceWindow ssm.amazonaws.com ServiceRoleArn
ssm                     SendCommand                       ssm.amazonaws.com ServiceRoleArn
ssm                     StartAutomationExecution          ssm.amazonaws.com Parameters.AutomationAssumeRole[]
ssm                     UpdateMaintenanceWindowTask       ssm.amazonaws.com ServiceRoleArn
stepfunctions           CreateStateMachine                states.amazonaws.com roleArn
stepfunctions           UpdateStateMachine                states.amazonaws.com roleArn
transfer                CreateServer                      transfer.amazonaws.com LoggingRole
transfer                CreateUser                        transfer.amazonaws.com Role
transfer                UpdateServer                      transfer.amazonaws.com LoggingRole
transfer                UpdateUser                        transfer.amazonaws.com Role
"""
# Operations that give EC2 an instance profile, whose role is passed, and the member that names it.
_WITH_PROFILE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("autoscaling", "CreateLaunchConfiguration"): "IamInstanceProfile",
        ("ec2", "AssociateIamInstanceProfile"): "IamInstanceProfile",
        ("ec2", "ReplaceIamInstanceProfileAssociation"): "IamInstanceProfile",
        ("ec2", "RunInstances"): "IamInstanceProfile",
        ("emr", "RunJobFlow"): "JobFlowRole",
    }
)
_EC2 = "ec2.amazonaws.com"


class _Passed(NamedTuple):
    to: str
    path: tuple[str, ...]


def _table() -> Mapping[tuple[str, str], tuple[_Passed, ...]]:
    table: dict[tuple[str, str], tuple[_Passed, ...]] = {}
    for service, operation, to, path in (row.split() for row in _PASSING.split("\n") if row):
        passed = _Passed(to, tuple(path.replace("[]", ".[]").split(".")))
        table[service, operation] = (*table.get((service, operation), ()), passed)
    return MappingProxyType(table)


PASSING = _table()


def passed_roles(
    service: str,
    operation: str,
    given: Mapping[str, Any],
    *,
    partition: str,
    account_id: str,
    role_of_profile: Callable[[str], str | None],
    role_named: Callable[[str], str | None],
) -> tuple[ActionOnResource, ...]:
    """Return `iam:PassRole` on each role that a request passes to a service.

    Args:
        service: botocore's name.
        operation: of the service.
        given: the members of its input.
        partition: of roles that are given by name.
        account_id: of the caller, whose roles and instance profiles names mean.
        role_of_profile: the ARN of the role in an instance profile, from the profile's ARN.
        role_named: the true ARN of a role, path included, from the ARN that its name makes.
    """
    found: dict[tuple[str, str], None] = {}
    for passed in PASSING.get((service, operation), ()):
        for name in _values(given, passed.path):
            arn = name if name.startswith("arn:") else f"arn:{partition}:iam::{account_id}:role/{name}"
            found[role_named(arn) or arn, passed.to] = None
    holder = _WITH_PROFILE.get((service, operation))
    if holder is not None:
        profile = _profile_arn(given.get(holder), partition, account_id)
        role = role_of_profile(profile) if profile else None
        if role is not None:
            found[role, _EC2] = None
    return tuple(ActionOnResource("iam:PassRole", role, {"iam:PassedToService": to}) for role, to in found)


def _values(node: Any, path: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401 - a text, or what is nested
    """Yield the texts at a path."""
    if not path:
        if isinstance(node, str) and node:
            yield node
        return
    first, rest = path[0], path[1:]
    if first == "[]":
        nodes = node if isinstance(node, list) else []
    elif isinstance(node, Mapping):
        nodes = list(node.values()) if first == "*" else [node.get(first)]
    else:
        nodes = []
    for each in nodes:
        yield from _values(each, rest)


def _profile_arn(given: object, partition: str, account_id: str) -> str:
    """Return the ARN of an instance profile that is given by ARN or by name."""
    named = given.get("Arn") or given.get("Name") if isinstance(given, Mapping) else given
    if not isinstance(named, str) or not named:
        return ""
    return named if named.startswith("arn:") else f"arn:{partition}:iam::{account_id}:instance-profile/{named}"
