"""What botocore calls services, beside how host names and signatures call them: the data behind `service_names`.

Taken from the service models of botocore 1.43 (`endpointPrefix`, `signingName`, `targetPrefix`), against which a test
holds it; services that have one name everywhere, and share it with no other, are left out, and so are those of
`service_names.SERVICES`.
"""

from __future__ import annotations

from typing import Final

# botocore's name, the host's label and the signature's scope (`-` where it is the name itself), and, where services
# share a scope, what `X-Amz-Target` begins with. Of services that share a label or scope, the first row is meant
# where nothing tells them apart.
FURTHER_NAMES: Final = """
lexv2-models                    models-v2-lex                   lex
lexv2-runtime                   runtime-v2-lex                  lex
meteringmarketplace             metering.marketplace            aws-marketplace      AWSMPMeteringService
marketplace-catalog             catalog.marketplace             aws-marketplace
timestream-write                ingest.timestream               timestream           Timestream_20181101
keyspaces                       cassandra                       cassandra            KeyspacesService
greengrassv2                    greengrass                      greengrass
accessanalyzer                  access-analyzer                 access-analyzer
agent-registry                  -                               -
agent-registry-control          -                               agent-registry
amp                             aps                             aps
apigatewaymanagementapi         execute-api                     execute-api
apigatewayv2                    apigateway                      apigateway
appconfig                       -                               -
appconfigdata                   -                               appconfig
appintegrations                 app-integrations                app-integrations
application-insights            applicationinsights             applicationinsights
applicationcostprofiler         application-cost-profiler       application-cost-profiler
appstream                       appstream2                      -
backupsearch                    backup-search                   backup-search
bedrock-agent                   -                               bedrock
bedrock-agent-runtime           -                               bedrock
bedrock-agentcore               -                               -
bedrock-agentcore-control       -                               bedrock-agentcore
bedrock-data-automation         -                               bedrock
bedrock-data-automation-runtime -                               bedrock              AmazonBedrockKeystoneRuntimeService
chime                           -                               -
chime-sdk-identity              identity-chime                  chime
chime-sdk-media-pipelines       media-pipelines-chime           chime
chime-sdk-meetings              meetings-chime                  chime
chime-sdk-messaging             messaging-chime                 chime
chime-sdk-voice                 voice-chime                     chime
cleanroomsml                    cleanrooms-ml                   cleanrooms-ml
cloudcontrol                    cloudcontrolapi                 cloudcontrolapi
cloudhsm                        -                               -                    CloudHsmFrontendService
cloudhsmv2                      -                               cloudhsm             BaldrApiService
cloudsearch                     -                               -
cloudsearchdomain               -                               cloudsearch
cloudwatchomni                  cloudwatch-omni                 cloudwatch
codeguruprofiler                codeguru-profiler               codeguru-profiler
compute-optimizer-automation    aco-automation                  aco-automation
connect                         -                               -
connect-contact-lens            contact-lens                    connect
connectcampaigns                connect-campaigns               connect-campaigns
connectcampaignsv2              connect-campaigns               connect-campaigns
connectcases                    cases                           cases
connecthealth                   health-agent                    health-agent
connectparticipant              participant.connect             execute-api
customer-profiles               profile                         profile
detective                       api.detective                   -
devops-agent                    aidevops                        aidevops
docdb                           rds                             rds
ecr-public                      api.ecr-public                  -
elementalinference              elemental-inference             elemental-inference
endusermessaging                end-user-messaging              end-user-messaging
es                              -                               -
eventbridgev2                   eventsv2                        events               AWSEventsV2
forecast                        -                               -                    AmazonForecast
forecastquery                   -                               forecast             AmazonForecastRuntime
greengrass                      -                               -
iam-toolbox                     -                               iam
iot-jobs-data                   data.jobs.iot                   -
iot-managed-integrations        api.iotmanagedintegrations      iotmanagedintegrations
iotdeviceadvisor                api.iotdeviceadvisor            -
iotsecuretunneling              api.tunneling.iot               IoTSecuredTunneling
iotwireless                     api.iotwireless                 -
ivs                             -                               -
ivs-realtime                    ivsrealtime                     ivs
keyspacesstreams                cassandra-streams               cassandra            KeyspacesStreams
kinesis-video-archived-media    kinesisvideo                    kinesisvideo
kinesis-video-media             kinesisvideo                    kinesisvideo
kinesis-video-signaling         kinesisvideo                    kinesisvideo
kinesis-video-webrtc-storage    kinesisvideo                    kinesisvideo
kinesisanalytics                -                               -                    KinesisAnalytics_20150814
kinesisanalyticsv2              kinesisanalytics                kinesisanalytics     KinesisAnalytics_20180523
kinesisvideo                    -                               -
lambda-core                     lambda                          lambda
lambda-microvms                 lambda                          lambda
lambda-web                      lambda                          lambda
launch-wizard                   launchwizard                    launchwizard
lex-models                      models.lex                      lex
lex-runtime                     runtime.lex                     lex
location                        geo                             geo
mailmanager                     mail-manager                    ses                  MailManagerSvc
marketplace-agreement           agreement-marketplace           aws-marketplace      AWSMPCommerceService_v20200301
marketplace-deployment          deployment-marketplace          aws-marketplace
marketplace-discovery           discovery-marketplace           aws-marketplace
marketplace-entitlement         entitlement.marketplace         aws-marketplace      AWSMPEntitlementService
marketplace-reporting           reporting-marketplace           aws-marketplace
mediastore                      -                               -                    MediaStore_20170901
mediastore-data                 data.mediastore                 mediastore
mediatailor                     api.mediatailor                 -
memorydb                        memory-db                       -
mgh                             -                               -                    AWSMigrationHub
migration-hub-refactor-spaces   refactor-spaces                 refactor-spaces
migrationhub-config             -                               mgh                  AWSMigrationHubMultiAccountService
migrationhuborchestrator        migrationhub-orchestrator       migrationhub-orchestrator
migrationhubstrategy            migrationhub-strategy           migrationhub-strategy
mturk                           mturk-requester                 mturk-requester
mwaa                            airflow                         airflow
mwaa-serverless                 airflow-serverless              airflow-serverless
neptune                         rds                             rds
neptunedata                     neptune-db                      neptune-db
notificationscontacts           notifications-contacts          notifications-contacts
opensearchserverless            aoss                            aoss
partnercentral-revenue-measurement partnercentral-prm              partnercentral
payment-cryptography            controlplane.payment-cryptography -                    PaymentCryptographyControlPlane
payment-cryptography-data       dataplane.payment-cryptography  payment-cryptography
personalize                     -                               -                    AmazonPersonalize
personalize-events              -                               personalize
personalize-runtime             -                               personalize
pinpoint                        -                               mobiletargeting
pinpoint-email                  email                           ses
pinpoint-sms-voice              sms-voice.pinpoint              sms-voice
pinpoint-sms-voice-v2           sms-voice                       sms-voice            PinpointSMSVoiceV2
pricing                         api.pricing                     -
pricing-plan-manager            pricingplanmanager              pricingplanmanager
qapps                           data.qapps                      -
qconnect                        wisdom                          wisdom
resiliencehub                   -                               -
resiliencehubv2                 resiliencehub                   resiliencehub
s3outposts                      s3-outposts                     s3-outposts
sagemaker-a2i-runtime           a2i-runtime.sagemaker           sagemaker
sagemaker-edge                  edge.sagemaker                  sagemaker
sagemaker-featurestore-runtime  featurestore-runtime.sagemaker  sagemaker
sagemaker-metrics               metrics.sagemaker               sagemaker
sagemakerjobruntime             job-runtime.sagemaker           sagemaker
sagemakertrainingsessionruntime training-session-runtime.sagemaker sagemaker
sdb                             -                               -
service-quotas                  servicequotas                   servicequotas
servicecatalog                  -                               -                    AWS242ServiceCatalogService
servicecatalog-appregistry      -                               servicecatalog
signer                          -                               -
signer-data                     data-signer                     signer
simpledbv2                      sdb                             sdb
sms-voice                       sms-voice.pinpoint              -
socialmessaging                 social-messaging                social-messaging
sso                             portal.sso                      awsssoportal
sso-admin                       sso                             sso
sso-oidc                        oidc                            sso-oauth
supplychain                     scn                             scn
support-app                     supportapp                      supportapp
taxsettings                     tax                             tax
timestream-query                query.timestream                timestream           Timestream_20181101
voice-id                        voiceid                         voiceid
wickr                           admin.wickr                     -
wisdom                          -                               -
workspaces-thin-client          thinclient                      thinclient
"""
