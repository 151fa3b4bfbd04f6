"""The names of AWS's services, as data: which have interface endpoints, and which host names SDKs call them by.

The rules that make names and types out of these are in `services`; what deviates from the rules is listed there.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


INTERFACE_ENDPOINT_SERVICES: Final = _words("""
access-analyzer access-analyzer-fips account acm acm-fips acm-pca acm-pca-fips airflow.api airflow.api-fips
airflow.env airflow.env-fips airflow.ops amplify analytics-omics analytics-omics-fips aoss apigateway
app-integrations appconfig appconfig-fips appconfigdata appconfigdata-fips appfabric appflow application-autoscaling
application-signals applicationinsights appmesh appmesh-envoy-management apprunner apprunner.requests appstream.api
appstream.streaming appsync-api apptest aps aps-workspaces arc-zonal-shift arsenal-discovery athena athena-fips
auditmanager autoscaling autoscaling-fips autoscaling-plans awsconnector b2bi backup backup-gateway batch
bcm-pricing-calculator bedrock bedrock-agent bedrock-agent-runtime bedrock-agentcore bedrock-agentcore.gateway
bedrock-data-automation bedrock-data-automation-fips bedrock-data-automation-runtime
bedrock-data-automation-runtime-fips bedrock-fips bedrock-runtime bedrock-runtime-fips billing billingconductor
braket cases cassandra cassandra-fips ce cleanrooms cleanrooms-fips cleanrooms-ml cloudcontrolapi
cloudcontrolapi-fips clouddirectory cloudformation cloudformation-fips cloudhsmv2 cloudtrail codeartifact.api
codeartifact.repositories codebuild codebuild-fips codecatalyst.git codecatalyst.packages codecommit codecommit-fips
codeconnections.api codedeploy codedeploy-commands-secure codedeploy-fips codeguru-profiler codeguru-reviewer
codepipeline codestar-connections.api codewhisperer cognito-identity cognito-identity-fips cognito-idp
cognito-idp-fips comprehend comprehendmedical compute-optimizer config config-fips connect-campaigns console
control-storage-omics control-storage-omics-fips controlcatalog controltower controltower-fips cost-optimization-hub
data-servicediscovery data-servicediscovery-fips databrew databrew-fips dataexchange datasync datazone datazone-fips
deadline.management deadline.scheduling detective detective-fips deviceadvisor.iot devops-guru dicom-medical-imaging
directconnect directconnect-fips discovery dlm dlm-fips dms dms-fips drs ds ds-data ds-data-fips dsql dynamodb-fips
ebs ebs-fips ec2 ec2-fips ec2messages ecr-public.api ecr.api ecr.api-fips ecr.dkr ecs ecs-agent ecs-fips
ecs-telemetry eks eks-auth eks-fips eks-proxy elastic-inference.runtime elasticache elasticache-fips
elasticbeanstalk elasticbeanstalk-health elasticfilesystem elasticfilesystem-fips elasticloadbalancing
elasticmapreduce elasticmapreduce-fips email email-fips email-smtp emr-containers emr-serverless
emr-serverless-services.livy emr-serverless.dashboard emrwal.prod entityresolution entityresolution-fips es events
events-fips evidently evidently-dataplane evs evs-fips execute-api finspace finspace-api fis fis-fips fms fms-fips
forecast forecast-fips forecastquery forecastquery-fips frauddetector freetier fsx fsx-fips gamelift gameliftstreams
geo.geofencing geo.maps geo.metadata geo.places geo.routes geo.tracking git-codecommit git-codecommit-fips glacier
glue glue.dashboard grafana grafana-workspace greengrass groundstation groundstation-fips guardduty guardduty-data
guardduty-data-fips guardduty-fips healthlake highlander identitystore imagebuilder inspector-scan
inspector-scan-fips inspector2 inspector2-fips internetmonitor internetmonitor-fips invoicing iot-fips.api
iot-fips.tunneling.api iot-fips.tunneling.data iot.api iot.credentials iot.data iot.fleethub.api iot.tunneling.api
iot.tunneling.data iotfleetwise iotmanagedintegrations-fips.api iotmanagedintegrations.api iotroborunner
iotsitewise.api iotsitewise.data iottwinmaker.api iottwinmaker.data iotwireless.api ivs.contribute kafka kafka-fips
kafkaconnect kendra kinesis-firehose kinesis-streams kinesis-streams-fips kinesisanalytics kinesisanalytics-fips
kinesisvideo kms kms-fips lakeformation lambda launchwizard license-manager license-manager-fips
license-manager-linux-subscriptions license-manager-linux-subscriptions-fips license-manager-user-subscriptions
license-manager-user-subscriptions-fips lightsail logs logs-fips lookoutequipment lookoutmetrics lookoutvision
lorawan.cups lorawan.lns m2 macie2 macie2-fips mail-manager mail-manager-fips mail-manager-smtp.auth.fips
mail-manager-smtp.open.fips managedblockchain-query managedblockchain.bitcoin.mainnet
managedblockchain.bitcoin.testnet mediaconnect mediaconvert mediaconvert-fips medialive medical-imaging memory-db
memorydb-fips metering-marketplace mgn migrationhub-orchestrator migrationhub-strategy models-v2-lex monitoring
monitoring-fips mq mq-fips neptune-graph neptune-graph-data neptune-graph-fips network-firewall
network-firewall-fips networkflowmonitor networkflowmonitorreports networkmanager networkmonitor nimble
notifications notifications-contacts oam observabilityadmin organizations organizations-fips osis outposts panorama
payment-cryptography.controlplane payment-cryptography.dataplane pca-connector-ad pca-connector-scep pcs pcs-fips
personalize personalize-events personalize-runtime pi pi-fips pinpoint pinpoint-sms-voice-v2 pipes pipes-data
pipes-fips polly polly-fips pricing.api private-networks profile proton q qapps quicksight-website ram ram-fips rbin
rbin-fips rds rds-data rds-fips redshift redshift-data redshift-data-fips redshift-fips redshift-serverless
redshift-serverless-fips refactor-spaces rekognition rekognition-fips repostspace resiliencehub resource-explorer-2
resource-explorer-2-fips resource-groups resource-groups-fips rolesanywhere rolesanywhere-fips route53resolver rum
rum-dataplane runtime-medical-imaging runtime-v2-lex s3-outposts s3tables s3vectors sagemaker-data-science-assistant
sagemaker-geospatial sagemaker.api sagemaker.api-fips sagemaker.featurestore-runtime
sagemaker.featurestore-runtime-fips sagemaker.metrics sagemaker.runtime sagemaker.runtime-fips scheduler schemas scn
secretsmanager secretsmanager-fips security-ir securityhub securityhub-fips securitylake securitylake-fips
serverlessrepo service.user-subscriptions servicecatalog servicecatalog-appregistry servicediscovery
servicediscovery-fips servicequotas shield shield-fips signer signin simspaceweaver snow-device-management sns
sns-fips social-messaging social-messaging-fips sqs sqs-fips ssm ssm-contacts ssm-fips ssm-incidents
ssm-incidents-fips ssm-quicksetup ssm-sap ssm-sap-fips ssmmessages states states-fips storage-omics storagegateway
streaming-rekognition streaming-rekognition-fips sts sts-fips support swf swf-fips sync-states synthetics
synthetics-fips tagging tags-omics tags-omics-fips tax textract textract-fips thinclient.api timestream-influxdb
timestream-influxdb-fips timestream.ingest-cell1 timestream.ingest-cell2 timestream.query-cell1
timestream.query-cell2 tnb transcribe transcribestreaming transcribestreaming-fips transfer transfer.server
transform transform-custom translate trustedadvisor verifiedpermissions verifiedpermissions-fips voiceid vpc-lattice
wafv2 wafv2-fips wellarchitected wisdom workflows-omics workflows-omics-fips workmail workmailmessageflow workspaces
workspaces-web workspaces-web-fips xray
""")
"""What follows `com.amazonaws.<region>.` in the names of the services that interface endpoints are offered for.

Gathered from AWS's list, and completed with those that moto, botocore and the AWS CDK know beside it:
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

OTHER_SDK_ENDPOINTS: Final = _words("""
account-fips.{region}.amazonaws.com account-fips.{region}.api.aws account.{region}.api.aws acm-acme.{region}.api.aws
aos.{region}.api.aws api-fips.sagemaker.{region}.amazonaws.com api.iot-tunneling-fips.{region}.api.aws
api.iot-tunneling.{region}.api.aws arc-recovery-control-config.us-west-2.api.aws
arc-region-switch-control-plane-fips.{region}.api.aws arc-region-switch-control-plane.{region}.api.aws
billingconductor-fips.{region}.amazonaws.com billingconductor-fips.{region}.api.aws billingconductor.{region}.api.aws
budgets-fips.amazonaws.com budgets-fips.api.aws budgets.{region}.api.aws catalog-marketplace.{region}.api.aws
ce-fips.{region}.amazonaws.com ce-fips.{region}.api.aws ce.{region}.api.aws chime-fips.{region}.amazonaws.com
chime-fips.{region}.api.aws chime.{region}.api.aws cloudfront-fips.amazonaws.com cloudfront-fips.global.api.aws
cloudfront.global.api.aws codecatalyst-fips.global.api.aws data.iot-fips.{region}.amazonaws.com
detective-fips.{region}.api.aws detective.{region}.api.aws ecr-fips.{region}.api.aws ecr-public.{region}.api.aws
ecr.{region}.api.aws efs-fips.{region}.api.aws efs.{region}.api.aws entitlement-marketplace.{region}.api.aws
fips.batch.{region}.amazonaws.com fips.eks.{region}.amazonaws.com fips.transcribe.{region}.amazonaws.com
iam-fips.amazonaws.com iam-fips.global.api.aws iam.global.api.aws importexport-fips.{region}.amazonaws.com
importexport-fips.{region}.api.aws importexport.{region}.api.aws kafka-api-fips.{region}.api.aws
kafka-api.{region}.api.aws maps.geo-fips.{region}.amazonaws.com maps.geo-fips.{region}.api.aws
maps.geo.{region}.api.aws mediatailor.{region}.api.aws metering-marketplace.{region}.api.aws
metrics-fips.sagemaker.{region}.amazonaws.com models-fips.lex.{region}.amazonaws.com neptune-graph.{region}.on.aws
networkmanager-fips.us-west-2.amazonaws.com networkmanager-fips.us-west-2.api.aws networkmanager.us-west-2.api.aws
notifications-contacts-fips.{region}.api.aws organizations-fips.{region}.api.aws organizations.{region}.api.aws
partnercentral-channel-fips.global.api.aws partnercentral-prm-fips.global.api.aws
places.geo-fips.{region}.amazonaws.com places.geo-fips.{region}.api.aws places.geo.{region}.api.aws
route53-fips.amazonaws.com route53-fips.global.api.aws route53.global.api.aws routes.geo-fips.{region}.amazonaws.com
routes.geo-fips.{region}.api.aws routes.geo.{region}.api.aws runtime-fips.lex.{region}.amazonaws.com
runtime-fips.sagemaker.{region}.amazonaws.com savingsplans-fips.{region}.amazonaws.com
savingsplans-fips.{region}.api.aws savingsplans.global.api.aws search-dynamodb-fips.{region}.amazonaws.com
search-dynamodb-fips.{region}.api.aws search-dynamodb.{region}.amazonaws.com search-dynamodb.{region}.api.aws
shield-fips.{region}.api.aws shield.{region}.api.aws streams-dynamodb-fips.{region}.api.aws
streams-dynamodb.{region}.api.aws sustainability-fips.global.api.aws tax-fips.{region}.amazonaws.com
tax-fips.{region}.api.aws tax.{region}.api.aws timestream-ingest-fips.{region}.api.aws
timestream-ingest.{region}.api.aws timestream-query-fips.{region}.api.aws timestream-query.{region}.api.aws
waf-fips.amazonaws.com waf-fips.{region}.api.aws waf.{region}.api.aws wellarchitected-agent-fips.{region}.amazonaws.com
wellarchitected-agent-fips.{region}.api.aws wellarchitected-agent.{region}.amazonaws.com
wellarchitected-agent.{region}.api.aws {region}.oauth.signin.aws {region}.signin.aws.amazon.com
""")
"""The host names that SDKs make in no such way, for want of a rule: botocore 1.43's endpoint rules."""
