"""The calls that CloudFormation makes for resources of stacks, type by type, as data.

The actions of every row are among the permissions that AWS's resource schemas list for the handlers of its type:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers
"""

from __future__ import annotations

from typing import Final

TABLE: Final = """
AWS::ApiGateway::Deployment
  create apigateway.CreateDeployment restApiId=RestApiId
  delete apigateway.DeleteDeployment restApiId=RestApiId deploymentId={id}
AWS::ApiGateway::Method
  create apigateway.PutMethod restApiId=RestApiId resourceId=ResourceId httpMethod=HttpMethod
  delete apigateway.DeleteMethod restApiId=RestApiId resourceId=ResourceId httpMethod=HttpMethod
AWS::ApiGateway::Resource
  create apigateway.CreateResource restApiId=RestApiId parentId=ParentId pathPart=PathPart
  delete apigateway.DeleteResource restApiId=RestApiId resourceId={id}
AWS::ApiGateway::RestApi
  create apigateway.CreateRestApi name=Name tags=Tags
  delete apigateway.DeleteRestApi restApiId={id}
AWS::AutoScaling::AutoScalingGroup
  create autoscaling.CreateAutoScalingGroup AutoScalingGroupName={name} Tags=Tags
    ServiceLinkedRoleARN=ServiceLinkedRoleARN
  update autoscaling.UpdateAutoScalingGroup AutoScalingGroupName={id} ServiceLinkedRoleARN=ServiceLinkedRoleARN
  delete autoscaling.DeleteAutoScalingGroup AutoScalingGroupName={id}
AWS::AutoScaling::LaunchConfiguration
  create autoscaling.CreateLaunchConfiguration LaunchConfigurationName={name} IamInstanceProfile=IamInstanceProfile
  delete autoscaling.DeleteLaunchConfiguration LaunchConfigurationName={id}
AWS::AutoScaling::ScheduledAction
  create autoscaling.PutScheduledUpdateGroupAction AutoScalingGroupName=AutoScalingGroupName ScheduledActionName={name}
  delete autoscaling.DeleteScheduledAction AutoScalingGroupName=AutoScalingGroupName ScheduledActionName={id}
AWS::Batch::ComputeEnvironment
  create batch.CreateComputeEnvironment computeEnvironmentName={name} serviceRole=ServiceRole tags=Tags
  delete batch.DeleteComputeEnvironment computeEnvironment={id}
AWS::Batch::JobDefinition
  create batch.RegisterJobDefinition jobDefinitionName={name} containerProperties=ContainerProperties tags=Tags
  delete batch.DeregisterJobDefinition jobDefinition={id}
AWS::Batch::JobQueue
  create batch.CreateJobQueue jobQueueName={name} tags=Tags
  delete batch.DeleteJobQueue jobQueue={id}
AWS::CloudFormation::Stack
  create cloudformation.CreateStack StackName={name} TemplateURL=TemplateURL Tags=Tags
  update cloudformation.UpdateStack StackName={id} TemplateURL=TemplateURL Tags=Tags
  delete cloudformation.DeleteStack StackName={id}
AWS::CloudWatch::Dashboard
  set cloudwatch.PutDashboard DashboardName=DashboardName
  delete cloudwatch.DeleteDashboards DashboardNames=DashboardName
AWS::DataPipeline::Pipeline
  create datapipeline.CreatePipeline name={name}
  delete datapipeline.DeletePipeline pipelineId={id}
AWS::DynamoDB::Table
  create dynamodb.CreateTable TableName={name} Tags=Tags
  create ?TimeToLiveSpecification dynamodb.UpdateTimeToLive TableName={name}
  create ?PointInTimeRecoverySpecification dynamodb.UpdateContinuousBackups TableName={name}
  create ?ResourcePolicy dynamodb.PutResourcePolicy ResourceArn={table}
  update dynamodb.UpdateTable TableName={id}
  delete dynamodb.DeleteTable TableName={id}
AWS::EC2::EIP
  create ec2.AllocateAddress Domain=Domain
    TagSpecifications=elastic-ip:Tags
  create ?InstanceId ec2.AssociateAddress InstanceId=InstanceId
  delete ec2.ReleaseAddress PublicIp={id}
AWS::EC2::FlowLog
  create ec2.CreateFlowLogs ResourceIds=ResourceId DeliverLogsPermissionArn=DeliverLogsPermissionArn
    TagSpecifications=vpc-flow-log:Tags
  delete ec2.DeleteFlowLogs FlowLogIds={id}
AWS::EC2::InternetGateway
  create ec2.CreateInternetGateway
    TagSpecifications=internet-gateway:Tags
  delete ec2.DeleteInternetGateway InternetGatewayId={id}
AWS::EC2::LaunchTemplate
  create ec2.CreateLaunchTemplate LaunchTemplateName={name} TagSpecifications=TagSpecifications
  update ec2.CreateLaunchTemplateVersion LaunchTemplateId={id}
  delete ec2.DeleteLaunchTemplate LaunchTemplateId={id}
AWS::EC2::NatGateway
  create ec2.CreateNatGateway SubnetId=SubnetId AllocationId=AllocationId
    TagSpecifications=natgateway:Tags
  delete ec2.DeleteNatGateway NatGatewayId={id}
AWS::EC2::SpotFleet
  create ec2.RequestSpotFleet
  delete ec2.CancelSpotFleetRequests SpotFleetRequestIds={id}
AWS::EC2::TransitGateway
  create ec2.CreateTransitGateway
    TagSpecifications=transit-gateway:Tags
  delete ec2.DeleteTransitGateway TransitGatewayId={id}
AWS::EC2::VPCPeeringConnection
  create ec2.CreateVpcPeeringConnection VpcId=VpcId PeerVpcId=PeerVpcId PeerOwnerId=PeerOwnerId
    TagSpecifications=vpc-peering-connection:Tags
  delete ec2.DeleteVpcPeeringConnection VpcPeeringConnectionId={id}
AWS::EC2::VPNGateway
  create ec2.CreateVpnGateway Type=Type
    TagSpecifications=vpn-gateway:Tags
  delete ec2.DeleteVpnGateway VpnGatewayId={id}
AWS::EC2::Volume
  create ec2.CreateVolume AvailabilityZone=AvailabilityZone Size=Size
    TagSpecifications=volume:Tags
  delete ec2.DeleteVolume VolumeId={id}
AWS::EC2::VolumeAttachment
  create ec2.AttachVolume VolumeId=VolumeId InstanceId=InstanceId Device=Device
  delete ec2.DetachVolume VolumeId=VolumeId InstanceId=InstanceId
AWS::ECR::Repository
  create ecr.CreateRepository repositoryName={name} tags=Tags
  set ?LifecyclePolicy ecr.PutLifecyclePolicy repositoryName={name}
  set ?RepositoryPolicyText ecr.SetRepositoryPolicy repositoryName={name} policyText=RepositoryPolicyText
  delete ecr.DeleteRepository repositoryName={id}
AWS::ECS::Cluster
  create ecs.CreateCluster clusterName={name} tags=Tags
  update ecs.UpdateCluster cluster={id}
  delete ecs.DeleteCluster cluster={id}
AWS::ECS::Service
  create ecs.CreateService serviceName={name} cluster=Cluster taskDefinition=TaskDefinition role=Role tags=Tags
  update ecs.UpdateService service={id} cluster=Cluster
  delete ecs.DeleteService service={id} cluster=Cluster
AWS::ECS::TaskDefinition
  create ecs.RegisterTaskDefinition family=Family taskRoleArn=TaskRoleArn executionRoleArn=ExecutionRoleArn tags=Tags
  update ecs.RegisterTaskDefinition family=Family taskRoleArn=TaskRoleArn executionRoleArn=ExecutionRoleArn
  delete ecs.DeregisterTaskDefinition taskDefinition={id}
AWS::EFS::AccessPoint
  create efs.CreateAccessPoint FileSystemId=FileSystemId Tags=AccessPointTags
  delete efs.DeleteAccessPoint AccessPointId={id}
AWS::EFS::FileSystem
  create efs.CreateFileSystem CreationToken={name} Tags=FileSystemTags
  delete efs.DeleteFileSystem FileSystemId={id}
AWS::EFS::MountTarget
  create efs.CreateMountTarget FileSystemId=FileSystemId SubnetId=SubnetId
  delete efs.DeleteMountTarget MountTargetId={id}
AWS::EMR::Cluster
  create emr.RunJobFlow Name=Name ServiceRole=ServiceRole JobFlowRole=JobFlowRole Tags=Tags
  delete emr.TerminateJobFlows JobFlowIds={id}
AWS::EMR::InstanceGroupConfig
  create emr.AddInstanceGroups JobFlowId=JobFlowId
  delete emr.ModifyInstanceGroups ClusterId=JobFlowId
AWS::EMR::SecurityConfiguration
  create emr.CreateSecurityConfiguration Name={name}
  delete emr.DeleteSecurityConfiguration Name={id}
AWS::ElasticLoadBalancing::LoadBalancer
  create elb.CreateLoadBalancer LoadBalancerName={name}
  delete elb.DeleteLoadBalancer LoadBalancerName={id}
AWS::ElasticLoadBalancingV2::Listener
  create elbv2.CreateListener LoadBalancerArn=LoadBalancerArn
  update elbv2.ModifyListener ListenerArn={id}
  delete elbv2.DeleteListener ListenerArn={id}
AWS::ElasticLoadBalancingV2::ListenerRule
  create elbv2.CreateRule ListenerArn=ListenerArn
  update elbv2.ModifyRule RuleArn={id}
  delete elbv2.DeleteRule RuleArn={id}
AWS::ElasticLoadBalancingV2::LoadBalancer
  create elbv2.CreateLoadBalancer Name={name} Tags=Tags
  delete elbv2.DeleteLoadBalancer LoadBalancerArn={id}
AWS::ElasticLoadBalancingV2::TargetGroup
  create elbv2.CreateTargetGroup Name={name} Tags=Tags
  delete elbv2.DeleteTargetGroup TargetGroupArn={id}
AWS::Events::Archive
  create events.CreateArchive ArchiveName={name} EventSourceArn=SourceArn
  update events.UpdateArchive ArchiveName={id}
  delete events.DeleteArchive ArchiveName={id}
AWS::Events::EventBus
  create events.CreateEventBus Name={name} Tags=Tags
  delete events.DeleteEventBus Name={id}
AWS::Events::EventBusPolicy
  set events.PutPermission EventBusName=EventBusName Policy=Policy
  delete events.RemovePermission EventBusName=EventBusName StatementId=StatementId
AWS::Events::Rule
  set events.PutRule Name={name} EventBusName=EventBusName RoleArn=RoleArn
  set ?Targets events.PutTargets Rule={name} EventBusName=EventBusName Targets=Targets
  delete ?Targets events.RemoveTargets Rule={id} EventBusName=EventBusName
  delete events.DeleteRule Name={id} EventBusName=EventBusName
AWS::IAM::AccessKey
  create iam.CreateAccessKey UserName=UserName
  update iam.UpdateAccessKey UserName=UserName AccessKeyId={id}
  delete iam.DeleteAccessKey UserName=UserName AccessKeyId={id}
AWS::IAM::Group
  create iam.CreateGroup GroupName={name} Path=Path
  set *ManagedPolicyArns iam.AttachGroupPolicy GroupName={name} PolicyArn={each}
  set *Policies iam.PutGroupPolicy GroupName={name} PolicyName={each.PolicyName} PolicyDocument={each.PolicyDocument}
  delete *ManagedPolicyArns iam.DetachGroupPolicy GroupName={name} PolicyArn={each}
  delete *Policies iam.DeleteGroupPolicy GroupName={name} PolicyName={each.PolicyName}
  delete iam.DeleteGroup GroupName={name}
AWS::IAM::GroupPolicy
  set iam.PutGroupPolicy GroupName=GroupName PolicyName=PolicyName PolicyDocument=PolicyDocument
  delete iam.DeleteGroupPolicy GroupName=GroupName PolicyName=PolicyName
AWS::IAM::InstanceProfile
  create iam.CreateInstanceProfile InstanceProfileName={name}
  create *Roles iam.AddRoleToInstanceProfile InstanceProfileName={name} RoleName={each}
  delete *Roles iam.RemoveRoleFromInstanceProfile InstanceProfileName={id} RoleName={each}
  delete iam.DeleteInstanceProfile InstanceProfileName={id}
AWS::IAM::ManagedPolicy
  create iam.CreatePolicy PolicyName={managed-policy} Path=Path PolicyDocument=PolicyDocument
  create *Groups iam.AttachGroupPolicy GroupName={each} PolicyArn={managed-policy-arn}
  create *Roles iam.AttachRolePolicy RoleName={each} PolicyArn={managed-policy-arn}
  create *Users iam.AttachUserPolicy UserName={each} PolicyArn={managed-policy-arn}
  delete *Groups iam.DetachGroupPolicy GroupName={each} PolicyArn={id}
  delete *Roles iam.DetachRolePolicy RoleName={each} PolicyArn={id}
  delete *Users iam.DetachUserPolicy UserName={each} PolicyArn={id}
  delete iam.DeletePolicy PolicyArn={id}
AWS::IAM::Policy
  set *Groups iam.PutGroupPolicy GroupName={each} PolicyName=PolicyName PolicyDocument=PolicyDocument
  set *Roles iam.PutRolePolicy RoleName={each} PolicyName=PolicyName PolicyDocument=PolicyDocument
  set *Users iam.PutUserPolicy UserName={each} PolicyName=PolicyName PolicyDocument=PolicyDocument
  delete *Groups iam.DeleteGroupPolicy GroupName={each} PolicyName=PolicyName
  delete *Roles iam.DeleteRolePolicy RoleName={each} PolicyName=PolicyName
  delete *Users iam.DeleteUserPolicy UserName={each} PolicyName=PolicyName
AWS::IAM::Role
  create iam.CreateRole RoleName={name} Path=Path PermissionsBoundary=PermissionsBoundary Tags=Tags
    AssumeRolePolicyDocument=AssumeRolePolicyDocument Description=Description MaxSessionDuration=MaxSessionDuration
  set *ManagedPolicyArns iam.AttachRolePolicy RoleName={name} PolicyArn={each}
    iam:PermissionsBoundary=PermissionsBoundary
  set *Policies iam.PutRolePolicy RoleName={name} PolicyName={each.PolicyName} PolicyDocument={each.PolicyDocument}
    iam:PermissionsBoundary=PermissionsBoundary
  update ?AssumeRolePolicyDocument iam.UpdateAssumeRolePolicy RoleName={id}
    PolicyDocument=AssumeRolePolicyDocument
  update ?Description iam.UpdateRole RoleName={id} Description=Description MaxSessionDuration=MaxSessionDuration
  update ?MaxSessionDuration iam.UpdateRole RoleName={id} Description=Description MaxSessionDuration=MaxSessionDuration
  update +Tags iam.TagRole RoleName={id} Tags=Tags
  update +PermissionsBoundary iam.PutRolePermissionsBoundary RoleName={id} PermissionsBoundary=PermissionsBoundary
  update -PermissionsBoundary iam.DeleteRolePermissionsBoundary RoleName={id}
  delete *ManagedPolicyArns iam.DetachRolePolicy RoleName={id} PolicyArn={each}
  delete *Policies iam.DeleteRolePolicy RoleName={id} PolicyName={each.PolicyName}
  delete iam.DeleteRole RoleName={id}
AWS::IAM::RolePolicy
  set iam.PutRolePolicy RoleName=RoleName PolicyName=PolicyName PolicyDocument=PolicyDocument
  delete iam.DeleteRolePolicy RoleName=RoleName PolicyName=PolicyName
AWS::IAM::User
  create iam.CreateUser UserName={name} Path=Path PermissionsBoundary=PermissionsBoundary Tags=Tags
  create ?LoginProfile iam.CreateLoginProfile UserName={name} Password=LoginProfile.Password
    PasswordResetRequired=LoginProfile.PasswordResetRequired
  set *Groups iam.AddUserToGroup UserName={name} GroupName={each}
  set *ManagedPolicyArns iam.AttachUserPolicy UserName={name} PolicyArn={each}
    iam:PermissionsBoundary=PermissionsBoundary
  set *Policies iam.PutUserPolicy UserName={name} PolicyName={each.PolicyName} PolicyDocument={each.PolicyDocument}
    iam:PermissionsBoundary=PermissionsBoundary
  update ?Path iam.UpdateUser UserName={id} NewPath=Path
  update +Tags iam.TagUser UserName={id} Tags=Tags
  update +PermissionsBoundary iam.PutUserPermissionsBoundary UserName={id} PermissionsBoundary=PermissionsBoundary
  update -PermissionsBoundary iam.DeleteUserPermissionsBoundary UserName={id}
  delete *Groups iam.RemoveUserFromGroup UserName={id} GroupName={each}
  delete *ManagedPolicyArns iam.DetachUserPolicy UserName={id} PolicyArn={each}
  delete *Policies iam.DeleteUserPolicy UserName={id} PolicyName={each.PolicyName}
  delete ?LoginProfile iam.DeleteLoginProfile UserName={id}
  delete iam.DeleteUser UserName={id}
AWS::IAM::UserPolicy
  set iam.PutUserPolicy UserName=UserName PolicyName=PolicyName PolicyDocument=PolicyDocument
  delete iam.DeleteUserPolicy UserName=UserName PolicyName=PolicyName
AWS::IAM::UserToGroupAddition
  set *Users iam.AddUserToGroup GroupName=GroupName UserName={each}
  delete *Users iam.RemoveUserFromGroup GroupName=GroupName UserName={each}
AWS::IoT::BillingGroup
  create iot.CreateBillingGroup billingGroupName={name} tags=Tags
  delete iot.DeleteBillingGroup billingGroupName={id}
AWS::IoT::JobTemplate
  create iot.CreateJobTemplate jobTemplateId=JobTemplateId tags=Tags
  delete iot.DeleteJobTemplate jobTemplateId={id}
AWS::IoT::Policy
  create iot.CreatePolicy policyName=PolicyName tags=Tags
  delete iot.DeletePolicy policyName={id}
AWS::IoT::RoleAlias
  create iot.CreateRoleAlias roleAlias=RoleAlias roleArn=RoleArn tags=Tags
  delete iot.DeleteRoleAlias roleAlias={id}
AWS::IoT::Thing
  create iot.CreateThing thingName=ThingName
  delete iot.DeleteThing thingName={id}
AWS::IoT::ThingType
  create iot.CreateThingType thingTypeName=ThingTypeName tags=Tags
  delete iot.DeleteThingType thingTypeName={id}
AWS::KMS::Alias
  create kms.CreateAlias AliasName=AliasName TargetKeyId=TargetKeyId
  update kms.UpdateAlias AliasName=AliasName TargetKeyId=TargetKeyId
  delete kms.DeleteAlias AliasName={id}
AWS::KMS::Key
  create kms.CreateKey KeySpec=KeySpec KeyUsage=KeyUsage MultiRegion=MultiRegion Tags=Tags Policy=KeyPolicy
  delete kms.ScheduleKeyDeletion KeyId={id}
AWS::Kinesis::Stream
  create kinesis.CreateStream StreamName={name}
  create ?Tags kinesis.AddTagsToStream StreamName={name} Tags=Tags
  set ?RetentionPeriodHours kinesis.IncreaseStreamRetentionPeriod StreamName={name}
  set ?StreamEncryption kinesis.StartStreamEncryption StreamName={name}
  delete kinesis.DeleteStream StreamName={id}
AWS::Lambda::EventSourceMapping
  create lambda.CreateEventSourceMapping FunctionName=FunctionName EventSourceArn=EventSourceArn
  update lambda.UpdateEventSourceMapping UUID={id} FunctionName=FunctionName
  delete lambda.DeleteEventSourceMapping UUID={id}
AWS::Lambda::Function
  create ?Code.S3Bucket s3.GetObject Bucket=Code.S3Bucket Key=Code.S3Key
  create lambda.CreateFunction FunctionName={name} Role=Role VpcConfig=VpcConfig Layers=Layers Tags=Tags
  create ?ReservedConcurrentExecutions lambda.PutFunctionConcurrency FunctionName={name}
  update ?Code lambda.UpdateFunctionCode FunctionName={id}
  update lambda.UpdateFunctionConfiguration FunctionName={id} Role=Role VpcConfig=VpcConfig Layers=Layers
  delete lambda.DeleteFunction FunctionName={id}
AWS::Lambda::LayerVersion
  create ?Content.S3Bucket s3.GetObject Bucket=Content.S3Bucket Key=Content.S3Key
  create lambda.PublishLayerVersion LayerName={name}
AWS::Lambda::Permission
  create lambda.AddPermission FunctionName=FunctionName StatementId={name} Action=Action Principal=Principal
  delete lambda.RemovePermission FunctionName=FunctionName StatementId={id}
AWS::Lambda::Version
  create lambda.PublishVersion FunctionName=FunctionName
AWS::Logs::LogGroup
  create logs.CreateLogGroup logGroupName={name} tags=Tags
  create ?RetentionInDays logs.PutRetentionPolicy logGroupName={name}
  delete logs.DeleteLogGroup logGroupName={id}
AWS::Logs::ResourcePolicy
  set logs.PutResourcePolicy policyName=PolicyName policyDocument=PolicyDocument
  delete logs.DeleteResourcePolicy policyName={id}
AWS::RDS::DBInstance
  create rds.CreateDBInstance DBInstanceIdentifier={name} MonitoringRoleArn=MonitoringRoleArn Tags=Tags
  delete rds.DeleteDBInstance DBInstanceIdentifier={id}
AWS::RDS::DBParameterGroup
  create rds.CreateDBParameterGroup DBParameterGroupName={name} Tags=Tags
  delete rds.DeleteDBParameterGroup DBParameterGroupName={id}
AWS::RDS::DBSecurityGroup
  create rds.CreateDBSecurityGroup DBSecurityGroupName={name} Tags=Tags
  delete rds.DeleteDBSecurityGroup DBSecurityGroupName={id}
AWS::RDS::DBSubnetGroup
  create rds.CreateDBSubnetGroup DBSubnetGroupName={name} Tags=Tags
  delete rds.DeleteDBSubnetGroup DBSubnetGroupName={id}
AWS::Redshift::Cluster
  create redshift.CreateCluster ClusterIdentifier={name} IamRoles=IamRoles Tags=Tags
  delete redshift.DeleteCluster ClusterIdentifier={id}
AWS::Redshift::ClusterParameterGroup
  create redshift.CreateClusterParameterGroup ParameterGroupName={name} Tags=Tags
  delete redshift.DeleteClusterParameterGroup ParameterGroupName={id}
AWS::Redshift::ClusterSubnetGroup
  create redshift.CreateClusterSubnetGroup ClusterSubnetGroupName={name} Tags=Tags
  delete redshift.DeleteClusterSubnetGroup ClusterSubnetGroupName={id}
AWS::Route53::HealthCheck
  create route53.CreateHealthCheck CallerReference={name}
  delete route53.DeleteHealthCheck HealthCheckId={id}
AWS::Route53::HostedZone
  create route53.CreateHostedZone Name=Name CallerReference={name}
  delete route53.DeleteHostedZone Id={id}
AWS::Route53::RecordSet
  set route53.ChangeResourceRecordSets HostedZoneId=HostedZoneId
  delete route53.ChangeResourceRecordSets HostedZoneId=HostedZoneId
AWS::Route53::RecordSetGroup
  create route53.ChangeResourceRecordSets HostedZoneId=HostedZoneId
AWS::S3::Bucket
  create s3.CreateBucket Bucket={name}
  set ?AccelerateConfiguration s3.PutBucketAccelerateConfiguration Bucket={name}
  set ?BucketEncryption s3.PutBucketEncryption Bucket={name}
  set ?CorsConfiguration s3.PutBucketCors Bucket={name}
  set ?LifecycleConfiguration s3.PutBucketLifecycleConfiguration Bucket={name}
  set ?LoggingConfiguration s3.PutBucketLogging Bucket={name}
  set ?NotificationConfiguration s3.PutBucketNotificationConfiguration Bucket={name}
  set ?ObjectLockConfiguration s3.PutObjectLockConfiguration Bucket={name}
  set ?OwnershipControls s3.PutBucketOwnershipControls Bucket={name}
  set ?PublicAccessBlockConfiguration s3.PutPublicAccessBlock Bucket={name}
  set ?Tags s3.PutBucketTagging Bucket={name} Tagging.TagSet=Tags
  set ?VersioningConfiguration s3.PutBucketVersioning Bucket={name}
  set ?WebsiteConfiguration s3.PutBucketWebsite Bucket={name}
  delete s3.DeleteBucket Bucket={id}
AWS::S3::BucketPolicy
  set s3.PutBucketPolicy Bucket=Bucket
  delete s3.DeleteBucketPolicy Bucket={id}
AWS::SNS::Subscription
  create sns.Subscribe TopicArn=TopicArn Protocol=Protocol Endpoint=Endpoint ReturnSubscriptionArn='true'
    Attributes.FilterPolicy=FilterPolicy Attributes.FilterPolicyScope=FilterPolicyScope
    Attributes.RawMessageDelivery=RawMessageDelivery Attributes.RedrivePolicy=RedrivePolicy
    Attributes.SubscriptionRoleArn=SubscriptionRoleArn Attributes.DeliveryPolicy=DeliveryPolicy
  update ?DeliveryPolicy sns.SetSubscriptionAttributes SubscriptionArn={id}
    AttributeName='DeliveryPolicy' AttributeValue=DeliveryPolicy
  update ?FilterPolicy sns.SetSubscriptionAttributes SubscriptionArn={id}
    AttributeName='FilterPolicy' AttributeValue=FilterPolicy
  update ?FilterPolicyScope sns.SetSubscriptionAttributes SubscriptionArn={id}
    AttributeName='FilterPolicyScope' AttributeValue=FilterPolicyScope
  update ?RawMessageDelivery sns.SetSubscriptionAttributes SubscriptionArn={id}
    AttributeName='RawMessageDelivery' AttributeValue=RawMessageDelivery
  update ?RedrivePolicy sns.SetSubscriptionAttributes SubscriptionArn={id}
    AttributeName='RedrivePolicy' AttributeValue=RedrivePolicy
  update ?SubscriptionRoleArn sns.SetSubscriptionAttributes SubscriptionArn={id}
    AttributeName='SubscriptionRoleArn' AttributeValue=SubscriptionRoleArn
  delete sns.Unsubscribe SubscriptionArn={id}
AWS::SNS::Topic
  create sns.CreateTopic Name={name} Tags=Tags
  create *Subscription sns.Subscribe TopicArn={topic} Protocol={each.Protocol} Endpoint={each.Endpoint}
  update sns.SetTopicAttributes TopicArn={id}
  delete sns.DeleteTopic TopicArn={id}
AWS::SNS::TopicInlinePolicy
  set sns.SetTopicAttributes TopicArn=TopicArn AttributeName='Policy' AttributeValue=PolicyDocument
  delete sns.SetTopicAttributes TopicArn=TopicArn AttributeName='Policy' AttributeValue={default-topic-policy}
AWS::SNS::TopicPolicy
  set *Topics sns.SetTopicAttributes TopicArn={each} AttributeName='Policy' AttributeValue=PolicyDocument
  delete *Topics sns.SetTopicAttributes TopicArn={each} AttributeName='Policy' AttributeValue={default-topic-policy}
AWS::SQS::Queue
  create sqs.CreateQueue QueueName={name} tags=Tags
  update sqs.SetQueueAttributes QueueUrl={id}
  update ?Tags sqs.TagQueue QueueUrl={id} Tags=Tags
  delete sqs.DeleteQueue QueueUrl={id}
AWS::SQS::QueueInlinePolicy
  set sqs.SetQueueAttributes QueueUrl=Queue Attributes.Policy=PolicyDocument
  delete sqs.SetQueueAttributes QueueUrl=Queue Attributes.Policy=''
AWS::SQS::QueuePolicy
  set *Queues sqs.SetQueueAttributes QueueUrl={each} Attributes.Policy=PolicyDocument
  delete *Queues sqs.SetQueueAttributes QueueUrl={each} Attributes.Policy=''
AWS::SSM::Document
  create ssm.CreateDocument Name={name} Tags=Tags
  update ssm.UpdateDocument Name={id}
  delete ssm.DeleteDocument Name={id}
AWS::SSM::Parameter
  create ssm.PutParameter Name={name} Type=Type
  create ?Tags ssm.AddTagsToResource ResourceType='Parameter' ResourceId={name} Tags=Tags
  update ssm.PutParameter Name={id} Type=Type Overwrite='true'
  delete ssm.DeleteParameter Name={id}
AWS::SageMaker::Endpoint
  create sagemaker.CreateEndpoint EndpointName=EndpointName EndpointConfigName=EndpointConfigName Tags=Tags
  update sagemaker.UpdateEndpoint EndpointName=EndpointName EndpointConfigName=EndpointConfigName
  delete sagemaker.DeleteEndpoint EndpointName=EndpointName
AWS::SageMaker::EndpointConfig
  create sagemaker.CreateEndpointConfig EndpointConfigName=EndpointConfigName Tags=Tags
  delete sagemaker.DeleteEndpointConfig EndpointConfigName=EndpointConfigName
AWS::SageMaker::Model
  create sagemaker.CreateModel ModelName=ModelName ExecutionRoleArn=ExecutionRoleArn Tags=Tags
  delete sagemaker.DeleteModel ModelName=ModelName
AWS::SageMaker::NotebookInstance
  create sagemaker.CreateNotebookInstance NotebookInstanceName=NotebookInstanceName RoleArn=RoleArn Tags=Tags
  update sagemaker.UpdateNotebookInstance NotebookInstanceName=NotebookInstanceName RoleArn=RoleArn
  delete sagemaker.DeleteNotebookInstance NotebookInstanceName=NotebookInstanceName
AWS::SageMaker::NotebookInstanceLifecycleConfig
  create sagemaker.CreateNotebookInstanceLifecycleConfig
    NotebookInstanceLifecycleConfigName=NotebookInstanceLifecycleConfigName
  delete sagemaker.DeleteNotebookInstanceLifecycleConfig
    NotebookInstanceLifecycleConfigName=NotebookInstanceLifecycleConfigName
AWS::SecretsManager::ResourcePolicy
  set secretsmanager.PutResourcePolicy SecretId=SecretId ResourcePolicy=ResourcePolicy
    BlockPublicPolicy=BlockPublicPolicy
  delete secretsmanager.DeleteResourcePolicy SecretId=SecretId
AWS::SecretsManager::Secret
  create secretsmanager.CreateSecret Name={name} Description=Description KmsKeyId=KmsKeyId SecretString=SecretString
    Tags=Tags
  update secretsmanager.UpdateSecret SecretId={id} Description=Description KmsKeyId=KmsKeyId SecretString=SecretString
  update +Tags secretsmanager.TagResource SecretId={id} Tags=Tags
  delete secretsmanager.DeleteSecret SecretId={id} ForceDeleteWithoutRecovery='true'
AWS::StepFunctions::StateMachine
  create stepfunctions.CreateStateMachine name={machine} roleArn=RoleArn tags=Tags
  update stepfunctions.UpdateStateMachine stateMachineArn={id} roleArn=RoleArn
  delete stepfunctions.DeleteStateMachine stateMachineArn={id}
"""
"""A type, and below it its calls: when, on what condition, which operation of which service, and its parameters.

Services and operations are botocore's. `set` is both `create` and `update`. `?Tags` asks for a property, and for a
change of it in an update, `+Tags` for one that leaves it there, `-Tags` for one that takes it away; `*Roles` makes a
call for each of a list, in an update for each that is not as before, and by the rows of `delete` for each that is left
out. A parameter's name may be a path, its value is a property. What is in braces is known of the resource: `name` is
its own, `id` what Ref returns. `volume:Tags` is what EC2 calls the specification of a new volume's tags. What is in
quotes is said as it stands, and what is not there is left out. A parameter with a colon is a condition key that what is
made will set.
"""
