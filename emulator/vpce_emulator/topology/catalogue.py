"""The names of AWS's services, as data: which have interface endpoints, and which host names SDKs call them by.

The rules that make names and types out of these are in `services`; what deviates from the rules is listed there.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


INTERFACE_ENDPOINT_SERVICES: Final = _words("""
access-analyzer account acm acm-fips acm-pca airflow.api airflow.env airflow.ops amplify analytics-omics aoss
apigateway app-integrations appconfig appconfig-fips appconfigdata appconfigdata-fips appfabric appflow
application-autoscaling application-signals appmesh appmesh-envoy-management apprunner apprunner.requests
appstream.api appstream.streaming appsync-api aps aps-workspaces arc-zonal-shift athena athena-fips auditmanager
autoscaling autoscaling-plans awsconnector b2bi backup backup-gateway batch bedrock bedrock-agent
bedrock-agent-runtime bedrock-agentcore bedrock-data-automation bedrock-data-automation-runtime bedrock-runtime
billingconductor braket cases cassandra cassandra-fips cleanrooms cloudcontrolapi cloudcontrolapi-fips
clouddirectory cloudformation cloudhsmv2 cloudtrail codeartifact.api codeartifact.repositories codebuild
codebuild-fips codecommit codecommit-fips codeconnections.api codedeploy codedeploy-commands-secure
codeguru-profiler codeguru-reviewer codepipeline codestar-connections.api codewhisperer cognito-identity
cognito-idp comprehend comprehendmedical compute-optimizer config connect-campaigns console
control-storage-omics controlcatalog data-servicediscovery data-servicediscovery-fips databrew dataexchange
datasync datazone deadline.management deadline.scheduling deviceadvisor.iot devops-guru directconnect dms
dms-fips drs ds dsql ebs ec2 ec2-fips ec2messages ecr.api ecr.api-fips ecr.dkr ecs ecs-agent ecs-telemetry eks
eks-auth elastic-inference.runtime elasticache elasticache-fips elasticbeanstalk elasticbeanstalk-health
elasticfilesystem elasticfilesystem-fips elasticloadbalancing elasticmapreduce email email-smtp emr-containers
emr-serverless emrwal.prod entityresolution es events events-fips evidently evidently-dataplane execute-api
finspace finspace-api fis fms forecast forecast-fips forecastquery forecastquery-fips frauddetector fsx fsx-fips
geo.maps geo.places geo.routes git-codecommit git-codecommit-fips glacier glue grafana grafana-workspace
greengrass groundstation guardduty guardduty-data guardduty-data-fips healthlake identitystore imagebuilder
inspector-scan inspector2 internetmonitor iot.credentials iot.data iot.fleethub.api iotfleetwise iotroborunner
iotsitewise.api iotsitewise.data iottwinmaker.api iottwinmaker.data iotwireless.api kafka kendra
kinesis-firehose kinesis-streams kinesisanalytics kinesisanalytics-fips kinesisvideo kms kms-fips lakeformation
lambda license-manager license-manager-fips license-manager-user-subscriptions logs logs-fips lookoutequipment
lookoutmetrics lookoutvision lorawan.cups lorawan.lns m2 macie2 managedblockchain-query
managedblockchain.bitcoin.mainnet managedblockchain.bitcoin.testnet mediaconnect mediaconvert medialive
medical-imaging memory-db memorydb-fips mgn migrationhub-orchestrator models-v2-lex monitoring monitoring-fips
mq neptune-graph network-firewall networkmonitor nimble notifications oam observabilityadmin organizations
organizations-fips osis outposts payment-cryptography.controlplane payment-cryptography.dataplane
pca-connector-ad pcs personalize personalize-events personalize-runtime pi pinpoint pinpoint-sms-voice-v2 pipes
pipes-data polly private-networks profile proton ram rbin rds rds-data redshift redshift-data redshift-fips
redshift-serverless refactor-spaces rekognition rekognition-fips resiliencehub resource-groups rolesanywhere
route53resolver rum rum-dataplane runtime-medical-imaging runtime-v2-lex s3-outposts s3tables s3vectors
sagemaker.api sagemaker.featurestore-runtime sagemaker.metrics sagemaker.runtime sagemaker.runtime-fips
scheduler schemas scn secretsmanager secretsmanager-fips security-ir securityhub securitylake servicecatalog
servicecatalog-appregistry servicediscovery servicediscovery-fips servicequotas signer signin simspaceweaver
snow-device-management sns sns-fips social-messaging sqs sqs-fips ssm ssm-contacts ssm-fips ssm-incidents
ssm-quicksetup ssmmessages states states-fips storage-omics storagegateway streaming-rekognition
streaming-rekognition-fips sts sts-fips support swf swf-fips sync-states synthetics tagging tags-omics textract
textract-fips thinclient.api timestream-influxdb tnb transcribe transcribestreaming transfer transfer.server
translate trustedadvisor verifiedpermissions voiceid vpc-lattice wafv2 wellarchitected wisdom workflows-omics
workmail workspaces xray
""")
"""What follows `com.amazonaws.<region>.` in the names of the services that interface endpoints are offered for.

Gathered from moto's list of endpoint services and completed by hand, to be held against AWS's list:
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

SDK_ENDPOINT_LABELS: Final = _words("""
a2i-runtime.sagemaker access-analyzer account-access acm acm-pca aco-automation admin.wickr agent-registry
agent-registry-control agreement-marketplace aidevops aiops airflow airflow-serverless amplify amplifybackend
amplifyuibuilder aoss api.detective api.ecr api.ecr-public api.iotdeviceadvisor api.iotmanagedintegrations
api.iotwireless api.mediatailor api.pricing api.sagemaker api.tunneling.iot apigateway app-integrations
appconfig appconfigdata appfabric appflow application-autoscaling application-cost-profiler application-signals
applicationinsights appmesh apprunner appstream2 appsync aps arc-region-switch arc-zonal-shift artifact athena
auditmanager autoscaling autoscaling-plans b2bi backup backup-gateway backup-search batch bcm-dashboards
bcm-data-exports bcm-pricing-calculator bcm-recommended-actions bedrock bedrock-agent bedrock-agent-runtime
bedrock-agentcore bedrock-agentcore-control bedrock-data-automation bedrock-data-automation-runtime
bedrock-runtime billing braket cases cassandra cassandra-streams catalog.marketplace chatbot cleanrooms
cleanrooms-ml cloud9 cloudcontrolapi clouddirectory cloudformation cloudfront-keyvaluestore cloudhsm cloudhsmv2
cloudsearch cloudsearchdomain cloudtrail cloudtrail-data cloudwatch-omni codeartifact codebuild codecommit
codeconnections codedeploy codeguru-profiler codeguru-reviewer codeguru-security codepipeline
codestar-connections codestar-notifications cognito-identity cognito-idp cognito-sync comprehend
comprehendmedical compute-optimizer config connect connect-campaigns contact-lens controlcatalog
controlplane.payment-cryptography controltower cost-optimization-hub cur data-ats.iot data-signer data.jobs.iot
data.mediastore data.qapps databrew dataexchange datapipeline dataplane.payment-cryptography datasync dax
deadline deployment-marketplace devicefarm devops-guru directconnect discovery discovery-marketplace dlm dms
docdb-elastic drs ds ds-data dsql dynamodb ebs ec2 ec2-instance-connect ecs edge.sagemaker eks elasticache
elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce elemental-inference email
emr-containers emr-serverless end-user-messaging entitlement.marketplace entityresolution es events eventsv2 evs
execute-api featurestore-runtime.sagemaker firehose fis fms forecast forecastquery frauddetector freetier fsx
gamelift geo geo-maps geo-places geo-routes glacier globalaccelerator glue grafana greengrass groundstation
guardduty health health-agent healthlake iam-toolbox identity-chime identitystore imagebuilder ingest.timestream
inspector inspector-scan inspector2 interconnect internetmonitor invoicing iot iotfleetwise iotsitewise iotthingsgraph
iottwinmaker ivs ivschat ivsrealtime job-runtime.sagemaker kafka kafkaconnect kendra kinesis kinesisanalytics
kinesisvideo kms lakeformation lambda launchwizard license-manager license-manager-linux-subscriptions
license-manager-user-subscriptions lightsail logs lookoutequipment m2 machinelearning macie2 mail-manager
managedblockchain managedblockchain-query marketplacecommerceanalytics media-pipelines-chime mediaconnect
mediaconvert medialive mediapackage mediapackage-vod mediapackagev2 mediastore medical-imaging meetings-chime
memory-db messaging-chime metering.marketplace metrics.sagemaker mgh mgn migrationhub-config
migrationhub-orchestrator migrationhub-strategy models-v2-lex models.lex monitoring mpa mq mturk-requester
neptune-db neptune-graph network-firewall network-security-manager networkflowmonitor networkmonitor nova-act
oam observabilityadmin odb oidc omics osis outposts participant.connect partnercentral-account
partnercentral-benefits partnercentral-channel partnercentral-prm partnercentral-selling pca-connector-ad
pca-connector-scep pcs personalize personalize-events personalize-runtime pi pinpoint pipes polly portal.sso
pricingplanmanager profile proton query.timestream quicksight ram rbin rds rds-data redshift redshift-data
redshift-serverless refactor-spaces rekognition reporting-marketplace repostspace resiliencehub
resource-explorer-2 resource-groups rolesanywhere route53-recovery-cluster route53-recovery-control-config
route53-recovery-readiness route53domains route53globalresolver route53profiles route53resolver rtbfabric rum
runtime-v2-lex runtime.lex runtime.sagemaker s3 s3-control s3-outposts s3files s3tables s3vectors
sagemaker-geospatial scheduler schemas scn sdb secretsmanager security-ir securityagent securityhub securitylake
serverlessrepo servicecatalog servicecatalog-appregistry servicediscovery servicequotas signer signin sms-voice
sms-voice.pinpoint snow-device-management snowball sns social-messaging sqs ssm ssm-contacts ssm-guiconnect
ssm-incidents ssm-quicksetup ssm-sap sso states storagegateway streams.dynamodb sts support supportapp
supportauthz sustainability swf synthetics tagging textract thinclient timestream-influxdb
training-session-runtime.sagemaker transcribe transfer translate trustedadvisor uxc verifiedpermissions
voice-chime voiceid vpc-lattice waf-regional wafv2 wellarchitected wisdom workdocs workmail workmailmessageflow
workspaces workspaces-instances workspaces-web xray
""")
"""What stands before `.<region>.amazonaws.com` in the host names that SDKs call: botocore 1.43's endpoint rules."""

SDK_ENDPOINT_LABELS_UNDER_API_AWS: Final = _words("""
api.sustainability datazone eks-auth gameliftstreams internetmonitor kendra-ranking notifications qbusiness
""")
"""What stands before `.<region>.api.aws`, for the services that SDKs call by no other name: botocore 1.43."""

GLOBAL_SDK_ENDPOINTS: Final = _words("""
account.us-east-1.amazonaws.com billingconductor.us-east-1.amazonaws.com budgets.amazonaws.com
ce.us-east-1.amazonaws.com chime.us-east-1.amazonaws.com cloudfront.amazonaws.com codecatalyst.global.api.aws
global.health.amazonaws.com iam.amazonaws.com importexport.amazonaws.com networkmanager.us-west-2.amazonaws.com
notifications-contacts.us-east-1.api.aws organizations.us-east-1.amazonaws.com
partnercentral-channel.global.api.aws partnercentral-prm.global.api.aws route53.amazonaws.com
savingsplans.amazonaws.com sdb.amazonaws.com shield.us-east-1.amazonaws.com sts.amazonaws.com
tax.us-east-1.amazonaws.com waf.amazonaws.com
""")
"""The host names of services that have one endpoint for all Regions: botocore 1.43; `sts` is its legacy setting."""
