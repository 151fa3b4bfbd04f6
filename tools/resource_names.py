"""What AWS's data does not tell of how requests name resources: kept by hand, for `resource_levels.py`."""

# Members that take any resource by its ARN.
OF_ANY = frozenset({"resource", "resourcearn", "resourcearns", "resourcearnlist", "taggableresourcearn"})

# What members call a type of resource where neither the type's name nor its ARN's places do: by action prefix and type.
CALLED = {
    ("appsync", "graphqlapi"): ("apiid",),
    ("auditmanager", "assessmentframework"): ("frameworkid",),
    ("comprehend", "documentclassifierendpoint"): ("endpointarn",),
    ("comprehend", "entityrecognizerendpoint"): ("endpointarn",),
    ("ec2", "placementgroup"): ("groupname",),
    ("ec2", "publicipv4pool"): ("poolid",),
    ("ec2", "ipv4poolec2"): ("poolid",),
    ("ec2", "securitygroup"): ("groupid", "groups", "groupname"),
    ("ec2", "vpcblockpublicaccessexclusion"): ("exclusionid",),
    ("ec2", "vpcendpointservice"): ("serviceid",),
    ("ec2", "vpcflowlog"): ("flowlogid",),
    ("elasticmapreduce", "cluster"): ("jobflowid", "resourceid"),
    ("events", "ruleoncustomeventbus"): ("rule", "name"),
    ("events", "ruleondefaulteventbus"): ("rule", "name"),
    ("elasticloadbalancing", "loadbalancerapp"): ("loadbalancerarn", "loadbalancerarns"),
    ("elasticloadbalancing", "loadbalancernet"): ("loadbalancerarn", "loadbalancerarns"),
    ("iam", "group"): ("groupname", "policysourcearn"),
    ("iam", "instanceprofile"): ("instanceprofilename",),
    ("iam", "mfa"): ("serialnumber", "virtualmfadevicename"),
    ("iam", "oidcprovider"): ("openidconnectproviderarn",),
    ("iam", "policy"): ("policyarn", "policyname"),
    ("iam", "role"): ("rolename", "policysourcearn"),
    ("iam", "user"): ("username", "policysourcearn"),
    ("iot", "fleetmetric"): ("metricname",),
    ("kms", "key"): ("targetkeyid",),
    ("lambda", "functionalias"): ("qualifier",),
    ("lambda", "functionversion"): ("qualifier",),
    ("lambda", "layerversion"): ("versionnumber", "arn"),
    ("rds", "cluster"): ("dbclusteridentifier",),
    ("rds", "clusterpg"): ("dbclusterparametergroupname",),
    ("rds", "clustersnapshot"): ("dbclustersnapshotidentifier",),
    ("rds", "db"): ("dbinstanceidentifier", "targetdbinstanceidentifier"),
    ("rds", "pg"): ("dbparametergroupname",),
    ("rds", "snapshot"): ("dbsnapshotidentifier",),
    ("rds", "subgrp"): ("dbsubnetgroupname",),
    ("ses", "identity"): ("emailidentity",),
    ("sns", "topic"): ("topicarn", "targetarn", "subscriptionarn", "name"),
    ("sqs", "queue"): ("queueurl", "sourcearn"),
    ("ssm", "document"): ("documentname",),
    ("ssm", "maintenancewindow"): ("windowid",),
    ("ssm", "parameter"): ("path",),
    ("ssm", "patchbaseline"): ("baselineid",),
    ("states", "statemachine"): ("statemachinearn", "statemachinealiasarn", "statemachineversionarn"),
}
# Members that sound like the name of a resource and are none: the database in an instance is not the instance.
NOT_CALLED = frozenset({("rds", "db", "dbname")})
# What is used where a request does not say: "default:mysql-8-0" among option groups
# (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/security_iam_id-based-policy-examples-create-and-modify-examples.html).
DEFAULTS = {
    ("rds", "clusterpg"): "default.*",
    ("rds", "og"): "default:*",
    ("rds", "pg"): "default.*",
    ("rds", "subgrp"): "default",
}
# ARNs as they are in requests, where the reference has less: of a log group the messages of CloudWatch Logs go on to
# its streams, an alias is called by its name with the `alias/`.
TEMPLATES = {
    ("logs", "loggroup"): "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}:log-stream:",
    (
        "memorydb",
        "multiregioncluster",
    ): "arn:${Partition}:memorydb::${Account}:multiregioncluster/${MultiRegionClusterName}",
    ("kms", "alias"): "arn:${Partition}:kms:${Region}:${Account}:${AliasName}",
}
# Operations whose members say more than one thing about a resource, or say it in a way of their own: of each resource,
# the ways to name it, of which those that begin with `else` count where no other does. Behind a third name, of one of
# the operation's actions alone.
_OF = "arn:{partition}:%s:{region}:{account}:"
_EC2, _ECS, _EVENTS, _KINESIS, _LOGS, _SQS, _SSM = (
    _OF % service for service in ("ec2", "ecs", "events", "kinesis", "logs", "sqs", "ssm")
)
_TYPED = [[_SSM + "{ResourceType}/{ResourceId}"]]
_BUS = [_EVENTS + "event-bus/{EventBusName}", _EVENTS + "event-bus/default"]
_NAMED_BUS = [_EVENTS + "event-bus/{Name}", _EVENTS + "event-bus/default"]
_STREAM = [["{StreamARN}=kinesis:stream/", _KINESIS + "stream/{StreamName}"]]
_CONSUMER = [["{ConsumerARN}=kinesis:", _KINESIS + "stream/{StreamARN}/consumer/{ConsumerName}:*"]]
_TASK_DEFINITION = [[_ECS + "task-definition/{taskDefinition}"]]
_SETTING = [[_SSM + "servicesetting/{SettingId}"]]
WAYS: dict[tuple[str, ...], list[list[str]]] = {
    # Everything in EC2 has an id that tells its type.
    # What is made has no id yet, whatever it is to be called.
    ("ec2", "CreateImage"): [
        ["arn:{partition}:ec2:{region}::image/*"],
        [_EC2 + "instance/{InstanceId}"],
        ["arn:{partition}:ec2:{region}::snapshot/*"],
    ],
    ("ec2", "CreateLaunchTemplate"): [[_EC2 + "launch-template/*"]],
    ("ec2", "CreateManagedPrefixList"): [[_EC2 + "prefix-list/*"]],
    ("ec2", "CreateSecurityGroup"): [[_EC2 + "vpc/{VpcId}"], [_EC2 + "security-group/*"]],
    ("ec2", "CreateFlowLogs"): [[_EC2 + "{ResourceId}"], [_EC2 + "vpc-flow-log/*"]],
    ("ec2", "CreateTags"): [[_EC2 + "{ResourceId}"]],
    ("ec2", "DeleteTags"): [[_EC2 + "{ResourceId}"]],
    ("ec2", "DescribeVpcEndpointServicePermissions"): [[_EC2 + "vpc-endpoint-service/{ServiceId}"]],
    # What is associated or attached is told by the id of that.
    ("ec2", "AcceptVpcPeeringConnection"): [
        [_EC2 + "vpc-peering-connection/{VpcPeeringConnectionId}"],
        [_EC2 + "vpc/{VpcPeeringConnectionId}"],
    ],
    ("ec2", "DetachNetworkInterface"): [
        [_EC2 + "instance/{AttachmentId}"],
        [_EC2 + "network-interface/{AttachmentId}"],
    ],
    ("ec2", "DisassociateAddress"): [[_EC2 + "elastic-ip/{AssociationId}", _EC2 + "elastic-ip/{PublicIp}"]],
    ("ec2", "DisassociateIamInstanceProfile"): [[_EC2 + "instance/{AssociationId}"]],
    ("ec2", "DisassociateRouteTable"): [[_EC2 + "route-table/{AssociationId}"], [_EC2 + "subnet/{AssociationId}"]],
    ("ec2", "DisassociateSubnetCidrBlock"): [[_EC2 + "subnet/{AssociationId}"]],
    ("ec2", "DisassociateVpcCidrBlock"): [[_EC2 + "vpc/{AssociationId}"]],
    ("ec2", "ReplaceIamInstanceProfileAssociation"): [[_EC2 + "instance/{AssociationId}"]],
    ("ec2", "ModifyInstanceCreditSpecification"): [[_EC2 + "instance/{InstanceCreditSpecification.InstanceId}"]],
    ("ec2", "ModifyVpcEndpointPayerResponsibility"): [[_EC2 + "vpc-endpoint/{VpcEndpointId}"]],
    ("ec2", "ModifySecurityGroupRules"): [
        [_EC2 + "security-group/{GroupId}"],
        [_EC2 + "security-group-rule/{SecurityGroupRule.SecurityGroupRuleId}"],
    ],
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances; what is not
    # said is the default of the Availability Zone, and of the subnet's VPC.
    ("ec2", "RunInstances"): [
        ["arn:{partition}:ec2:{region}::image/{ImageId}", "arn:{partition}:ec2:{region}::image/*"],
        [_EC2 + "instance/*"],
        [_EC2 + "key-pair/{KeyName}"],
        [
            _EC2 + "launch-template/{LaunchTemplate.LaunchTemplateId}",
            _EC2 + "launch-template/{LaunchTemplate.LaunchTemplateName}",
        ],
        [_EC2 + "network-interface/{NetworkInterface.NetworkInterfaceId}", _EC2 + "network-interface/*"],
        [_EC2 + "placement-group/{Placement.GroupName}"],
        [
            _EC2 + "security-group/{SecurityGroupId}",
            _EC2 + "security-group/{SecurityGroup}",
            _EC2 + "security-group/{NetworkInterface.SecurityGroupId}",
            "else " + _EC2 + "security-group/{NetworkInterface.NetworkInterfaceId}",
            "else " + _EC2 + "security-group/{SubnetId}",
            "else " + _EC2 + "security-group/{NetworkInterface.SubnetId}",
            _EC2 + "security-group/default",
        ],
        [
            _EC2 + "subnet/{SubnetId}",
            _EC2 + "subnet/{NetworkInterface.SubnetId}",
            "else " + _EC2 + "subnet/{NetworkInterface.NetworkInterfaceId}",
            "else " + _EC2 + "subnet/{Placement.AvailabilityZone}",
            _EC2 + "subnet/default",
        ],
        [_EC2 + "volume/*"],
    ],
    ("ecs", "CreateTaskSet"): [[_ECS + "task-set/{cluster}/{service}/*"]],
    ("ecs", "DeleteAttributes"): [[_ECS + "container-instance/{cluster}/{attributes[].targetId}"]],
    ("ecs", "DeleteTaskDefinitions"): [[_ECS + "task-definition/{taskDefinitions}"]],
    ("ecs", "PutAttributes"): [[_ECS + "container-instance/{cluster}/{attributes[].targetId}"]],
    ("ecs", "RunTask"): _TASK_DEFINITION,
    ("ecs", "StartTask"): _TASK_DEFINITION,
    ("events", "CreateArchive"): [[_EVENTS + "archive/{ArchiveName}"], ["{EventSourceArn}=events:event-bus/"]],
    ("events", "DescribeEventBus"): [_NAMED_BUS],
    ("events", "PutEvents"): [[_EVENTS + "event-bus/{Entries}"]],
    ("events", "PutPermission"): [_BUS],
    ("events", "RemovePermission"): [_BUS],
    ("events", "StartReplay"): [
        [_EVENTS + "replay/{ReplayName}"],
        ["{EventSourceArn}=events:archive/"],
        ["{Destination.Arn}=events:event-bus/"],
    ],
    ("events", "UpdateEventBus"): [_NAMED_BUS],
    ("kinesis", "DeregisterStreamConsumer"): _CONSUMER,
    ("kinesis", "DescribeStreamConsumer"): _CONSUMER,
    # Not in the Service Authorization Reference; the policies of tools that scale streams name the stream.
    ("kinesis", "DisableEnhancedMonitoring"): _STREAM,
    ("kinesis", "EnableEnhancedMonitoring"): _STREAM,
    ("kinesis", "UpdateShardCount"): _STREAM,
    ("kinesis", "UpdateStreamMode"): [["{StreamARN}=kinesis:stream/"]],
    ("logs", "AssociateKmsKey"): [
        [_LOGS + "log-group:{logGroupName}:log-stream:", _LOGS + "log-group:{resourceIdentifier}:log-stream:"]
    ],
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    ("logs", "DescribeLogGroups"): [[_LOGS + "log-group::log-stream:"]],
    ("logs", "DisassociateKmsKey"): [
        [_LOGS + "log-group:{logGroupName}:log-stream:", _LOGS + "log-group:{resourceIdentifier}:log-stream:"]
    ],
    ("logs", "GetLogEvents"): [
        [
            _LOGS + "log-group:{logGroupName}:log-stream:{logStreamName}",
            _LOGS + "log-group:{logGroupIdentifier}:log-stream:{logStreamName}",
        ]
    ],
    ("logs", "PutDeliverySource"): [[_LOGS + "delivery-source:{name}"]],
    ("logs", "UpdateDeliveryConfiguration"): [[_LOGS + "delivery:{id}"]],
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    ("sqs", "ListMessageMoveTasks"): [["{SourceArn}=sqs:"]],
    ("sqs", "StartMessageMoveTask"): [["{SourceArn}=sqs:"]],
    ("sqs", "StartMessageMoveTask", "sqs:SendMessage"): [["{DestinationArn}=sqs:", _SQS + "*"]],
    ("ssm", "AddTagsToResource"): _TYPED,
    ("ssm", "CreateAssociation"): [
        [_SSM + "association/{AssociationName}", _SSM + "association/*"],
        [_SSM + "document/{Name}"],
        [_EC2 + "instance/{InstanceId}"],
    ],
    ("ssm", "CreateAssociationBatch"): [
        [_SSM + "document/{Entries[].Name}"],
        [_EC2 + "instance/{Entries[].InstanceId}"],
    ],
    ("ssm", "DeregisterManagedInstance"): [[_EC2 + "instance/{InstanceId}"]],
    ("ssm", "GetAccessToken"): [[_SSM + "opsitem/{AccessRequestId}"]],
    ("ssm", "GetCalendarState"): [[_SSM + "document/{CalendarNames}"]],
    ("ssm", "GetConnectionStatus"): [[_EC2 + "instance/{Target}"]],
    ("ssm", "GetServiceSetting"): _SETTING,
    ("ssm", "ListTagsForResource"): _TYPED,
    ("ssm", "PutComplianceItems"): [[_EC2 + "instance/{ResourceId}"]],
    ("ssm", "RemoveTagsFromResource"): _TYPED,
    ("ssm", "ResetServiceSetting"): _SETTING,
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html
    ("ssm", "SendCommand"): [
        [_SSM + "document/{DocumentName}"],
        [_EC2 + "instance/{InstanceIds}", _EC2 + "instance/*"],
    ],
    ("ssm", "StartChangeRequestExecution"): [[_SSM + "document/{DocumentName}"], [_SSM + "automation-execution/*"]],
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html
    ("ssm", "StartSession"): [[_EC2 + "instance/{Target}"], [_SSM + "document/{DocumentName}"]],
    ("ssm", "UpdateAssociationStatus"): [[_SSM + "document/{Name}"], [_EC2 + "instance/{InstanceId}"]],
    ("ssm", "UpdateManagedInstanceRole"): [
        [_EC2 + "instance/{InstanceId}"],
        ["arn:{partition}:iam::{account}:role/{IamRole}"],
    ],
    ("ssm", "UpdateServiceSetting"): _SETTING,
    # https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    ("stepfunctions", "CreateStateMachineAlias"): [
        ["{routingConfiguration[].stateMachineVersionArn}=states:stateMachine:"]
    ],
}
# Types that another type with the same members stands for.
LEFT_OUT = frozenset({("ssm", "managedinstance"), ("events", "eventbusv2")})
