"""The actions of operations whose action has another name than the operation, or that need several.

The Service Authorization Reference has an action for all other operations by the operation's own name
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vpce_emulator.aws.service_names import ServiceName

# botocore's service, operation, and the actions it needs; one of another service with its prefix. Behind an `@`, the
# member of the input that names the resource of that action.
_ACTIONS = """
accessanalyzer         GetFindingV2                   GetFinding
accessanalyzer         ListFindingsV2                 ListFindings
apigatewaymanagementapi  DeleteConnection             ManageConnections
apigatewaymanagementapi  GetConnection                ManageConnections
apigatewaymanagementapi  PostToConnection             ManageConnections
batch                  CancelJobs                     CancelJob
batch                  TerminateJobs                  TerminateJob
batch                  TerminateServiceJobs           TerminateServiceJob
bedrock-agent-runtime  RetrieveAndGenerateStream      RetrieveAndGenerate
bedrock-runtime        Converse                       InvokeModel
bedrock-runtime        ConverseStream                 InvokeModelWithResponseStream
bedrock-runtime        InvokeModelWithBidirectionalStream  InvokeModelWithResponseStream
bedrock-runtime        StartAsyncInvoke               InvokeModel
budgets                CreateBudget                   ModifyBudget
budgets                CreateNotification             ModifyBudget
budgets                CreateSubscriber               ModifyBudget
budgets                DeleteBudget                   ModifyBudget
budgets                DeleteNotification             ModifyBudget
budgets                DeleteSubscriber               ModifyBudget
budgets                DescribeBudget                 ViewBudget
budgets                DescribeBudgetNotificationsForAccount  ViewBudget
budgets                DescribeBudgetPerformanceHistory  ViewBudget
budgets                DescribeBudgets                ViewBudget
budgets                DescribeNotificationsForBudget  ViewBudget
budgets                DescribeSubscribersForNotification  ViewBudget
budgets                UpdateBudget                   ModifyBudget
budgets                UpdateNotification             ModifyBudget
budgets                UpdateSubscriber               ModifyBudget
cloudcontrol           CancelResourceRequest          cloudformation:CancelResourceRequest
cloudcontrol           CreateResource                 cloudformation:CreateResource
cloudcontrol           DeleteResource                 cloudformation:DeleteResource
cloudcontrol           GetResource                    cloudformation:GetResource
cloudcontrol           GetResourceRequestStatus       cloudformation:GetResourceRequestStatus
cloudcontrol           ListResourceRequests           cloudformation:ListResourceRequests
cloudcontrol           ListResources                  cloudformation:ListResources
cloudcontrol           UpdateResource                 cloudformation:UpdateResource
cloudfront             CreateDistributionWithTags     CreateDistribution TagResource
cloudfront             CreateStreamingDistributionWithTags  CreateStreamingDistribution TagResource
cloudsearchdomain      UploadDocuments                document
cloudsearchdomain      Search                         search
cloudsearchdomain      Suggest                        suggest
keyspaces              CreateKeyspace                 Create
keyspaces              CreateTable                    Create
keyspaces              CreateType                     Create
keyspaces              DeleteKeyspace                 Drop
keyspaces              DeleteTable                    Drop
keyspaces              DeleteType                     Drop
keyspaces              GetKeyspace                    Select
keyspaces              GetTable                       Select
keyspaces              GetTableAutoScalingSettings    Select
keyspaces              GetType                        Select
keyspaces              ListKeyspaces                  Select
keyspaces              ListTables                     Select
keyspaces              ListTagsForResource            Select
keyspaces              ListTypes                      Select
keyspaces              RestoreTable                   Restore
keyspaces              UpdateKeyspace                 Alter
keyspaces              UpdateTable                    Alter
kms                    ReEncrypt                      ReEncryptFrom@SourceKeyId ReEncryptTo@DestinationKeyId
lambda                 GetLayerVersionByArn           GetLayerVersion
lambda                 Invoke                         InvokeFunction
lambda                 InvokeWithResponseStream       InvokeFunction
logs                   GetLogObject                   GetLogRecord
neptune-graph          ExecuteQuery                   ReadDataViaQuery
neptune-graph          GetQuery                       GetQueryStatus
s3control              DeletePublicAccessBlock        PutAccountPublicAccessBlock
s3control              GetPublicAccessBlock           GetAccountPublicAccessBlock
s3control              PutPublicAccessBlock           PutAccountPublicAccessBlock
sns                    PublishBatch                   Publish
sqs                    ChangeMessageVisibilityBatch   ChangeMessageVisibility
sqs                    DeleteMessageBatch             DeleteMessage
sqs                    ListMessageMoveTasks           ListMessageMoveTasks ReceiveMessage DeleteMessage
sqs                    ListMessageMoveTasks           GetQueueAttributes
sqs                    SendMessageBatch               SendMessage
sqs                    StartMessageMoveTask           StartMessageMoveTask ReceiveMessage DeleteMessage
sqs                    StartMessageMoveTask           GetQueueAttributes SendMessage
timestream-query       Query                          Select
verifiedpermissions    BatchGetPolicy                 GetPolicy
verifiedpermissions    BatchIsAuthorized              IsAuthorized
verifiedpermissions    BatchIsAuthorizedWithToken     IsAuthorizedWithToken
"""


def _actions() -> Mapping[tuple[str, str], tuple[str, ...]]:
    table: dict[tuple[str, str], tuple[str, ...]] = {}
    for service, operation, *actions in (row.split() for row in _ACTIONS.split("\n") if row):
        table[service, operation] = (*table.get((service, operation), ()), *actions)
    return MappingProxyType(table)


ACTIONS = _actions()


def actions_of(service: ServiceName, operation: str) -> tuple[tuple[str, str], ...]:
    """Return the actions of an operation, each with the member that names its resource, empty where any may."""
    named = (each.partition("@") for each in ACTIONS.get((service.name, operation), (operation,)))
    return tuple((action if ":" in action else f"{service.iam_prefix}:{action}", member) for action, _, member in named)
