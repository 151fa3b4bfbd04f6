"""Where AWS's services are: as data, for those that are not in every Region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

# One entry a line, continued on lines that are indented: services (what follows `com.amazonaws.<region>.`), and the
# Regions that they are in alone, or not in. A service that is not here is in every Region. FIPS services are where
# their FIPS host names are. From the Regions that botocore 1.43's `endpoints.json` gives for the services' host names:
# that a service is in a Region and its endpoint service is not happens, and AWS tells it nowhere but in the API.
_TABLE: Final = """
access-analyzer-fips acm-fips acm-pca-fips athena-fips autoscaling-fips cloudcontrolapi-fips controltower-fips
  directconnect-fips dlm-fips dynamodb-fips ebs-fips ec2-fips elasticmapreduce-fips fsx-fips kafka-fips
  kinesisanalytics-fips logs-fips pi-fips ram-fips rbin-fips rds-fips redshift-fips resource-explorer-2-fips
  sagemaker.api-fips secretsmanager-fips servicediscovery-fips sqs-fips ssm-fips states-fips swf-fips
  synthetics-fips verifiedpermissions-fips in: us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1
amplify not-in: af-south-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
  ap-southeast-7 ca-west-1 eu-central-2 eu-south-2 il-central-1 me-central-1 mx-central-1
aoss not-in: af-south-1 ap-east-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
  ca-west-1 il-central-1 me-central-1 me-south-1 mx-central-1
app-integrations cases connect-campaigns profile wisdom in: us-east-1 us-west-2 af-south-1 ap-northeast-1
  ap-northeast-2 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-west-2
appflow in: us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-northeast-1 ap-northeast-2 ap-south-1
  ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1
applicationinsights servicecatalog-appregistry not-in: ap-east-2 ap-southeast-5 ap-southeast-6 ap-southeast-7
  mx-central-1
appmesh not-in: ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1
  me-central-1 mx-central-1
apprunner in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 eu-central-1
  eu-west-1 eu-west-2 eu-west-3
auditmanager in: us-east-1 us-east-2 us-west-1 us-west-2 ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2
  ca-central-1 eu-central-1 eu-west-1 eu-west-2
autoscaling-plans glacier not-in: ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
  ca-west-1 eu-central-2 eu-south-2 il-central-1 me-central-1 mx-central-1
backup-gateway not-in: ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
  ap-southeast-7 ca-west-1 eu-central-2 eu-south-2 il-central-1 me-central-1 mx-central-1
bedrock bedrock-fips not-in: ap-east-1
braket in: us-east-1 us-west-1 us-west-2 eu-north-1 eu-west-2
cassandra-fips ecr-public.api workspaces-web-fips in: us-east-1 us-west-2
cleanrooms in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2
  eu-central-1 eu-north-1 eu-west-1 eu-west-2
cleanrooms-fips forecast-fips forecastquery-fips groundstation-fips in: us-east-1 us-east-2 us-west-2
clouddirectory in: us-east-1 us-east-2 us-west-2 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-west-1
  eu-west-2
cloudformation-fips codebuild-fips codedeploy-fips cognito-identity-fips cognito-idp-fips config-fips databrew-fips
  dms-fips ecr.api-fips ecs-fips eks-fips elasticache-fips events-fips inspector2-fips kinesis-streams-fips
  license-manager-fips license-manager-linux-subscriptions-fips license-manager-user-subscriptions-fips macie2-fips
  monitoring-fips mq-fips resource-groups-fips rolesanywhere-fips sagemaker.runtime-fips securityhub-fips
  securitylake-fips sts-fips in: us-east-1 us-east-2 us-west-1 us-west-2
cloudhsmv2 not-in: ap-east-2 ap-southeast-4
codebuild not-in: ap-east-2 ca-west-1 mx-central-1
codecommit not-in: ap-east-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2
  eu-south-2 mx-central-1
codecommit-fips email-fips internetmonitor-fips iot-fips.tunneling.api mediaconvert-fips network-firewall-fips
  polly-fips redshift-serverless-fips rekognition-fips ssm-incidents-fips ssm-sap-fips textract-fips in: us-east-1
  us-east-2 us-west-1 us-west-2 ca-central-1
codeguru-profiler codeguru-reviewer in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-southeast-1 ap-southeast-2
  eu-central-1 eu-north-1 eu-west-1 eu-west-2
codepipeline not-in: ap-east-2 ap-southeast-7 ca-west-1 mx-central-1
comprehend pinpoint in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1
  ap-southeast-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2
comprehendmedical in: us-east-1 us-east-2 us-west-2 ap-southeast-2 ca-central-1 eu-west-1 eu-west-2
compute-optimizer ssm-sap not-in: ap-east-2 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 mx-central-1
cost-optimization-hub managedblockchain-query in: us-east-1
databrew not-in: ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
  ap-southeast-7 ca-west-1 eu-central-2 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1
dataexchange in: us-east-1 us-east-2 us-west-1 us-west-2 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2
  eu-central-1 eu-west-1 eu-west-2
datazone-fips transcribestreaming-fips in: us-east-1 us-east-2 us-west-2 ca-central-1
devops-guru ssm-contacts ssm-incidents ssm-quicksetup in: us-east-1 us-east-2 us-west-1 us-west-2 ap-northeast-1
  ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2
  eu-west-3 sa-east-1
discovery migrationhub-orchestrator migrationhub-strategy in: us-east-1 us-west-2 ap-northeast-1 ap-southeast-2
  eu-central-1 eu-west-1 eu-west-2
ds elasticfilesystem-fips kms-fips rum wafv2-fips not-in: ap-east-2 ap-southeast-6
elasticbeanstalk not-in: ap-east-2 mx-central-1
email not-in: ap-east-1 ap-east-2 ap-southeast-4 ap-southeast-6 ap-southeast-7 eu-south-2 mx-central-1
emr-containers not-in: ap-east-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 mx-central-1
fms-fips not-in: ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
  ap-southeast-7 eu-central-2 eu-north-1 eu-south-2 il-central-1 me-central-1 mx-central-1
forecast forecastquery in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1
  ap-southeast-2 eu-central-1 eu-west-1
frauddetector in: us-east-1 us-east-2 us-west-2 ap-southeast-1 ap-southeast-2 eu-west-1
gamelift not-in: ap-east-2 ap-southeast-4 ap-southeast-6 ca-west-1 eu-central-2 me-central-1
grafana in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 eu-central-1
  eu-west-1 eu-west-2
greengrass in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2
  ap-southeast-5 ca-central-1 eu-central-1 eu-south-2 eu-west-1 eu-west-2
groundstation in: us-east-1 us-east-2 us-west-2 af-south-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 eu-central-1
  eu-north-1 eu-west-1 me-south-1 sa-east-1
guardduty-fips sns-fips in: us-east-1 us-east-2 us-west-1 us-west-2 ca-west-1
healthlake in: us-east-1 us-east-2 us-west-2 ap-south-1 ap-southeast-2 ca-central-1 eu-west-1 eu-west-2
inspector2 license-manager-user-subscriptions not-in: ap-southeast-6
iot.data serverlessrepo wellarchitected not-in: af-south-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3
  ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2
  il-central-1 me-central-1 mx-central-1
iot.tunneling.api not-in: af-south-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4
  ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 mx-central-1
iotfleetwise pricing.api in: us-east-1 ap-south-1 eu-central-1
iotwireless.api in: us-east-1 us-west-2 ap-northeast-1 ap-southeast-2 eu-central-1 eu-west-1 sa-east-1
kendra in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
  eu-west-1 eu-west-2
kendra-ranking not-in: eu-central-1 eu-west-2
kinesisvideo not-in: us-west-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-6
  ap-southeast-7 ca-west-1 eu-central-2 eu-north-1 eu-south-1 me-central-1 mx-central-1
lightsail not-in: us-west-1 af-south-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-4 ap-southeast-6
  ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 il-central-1 me-central-1 me-south-1 mx-central-1
lookoutequipment in: us-east-1 ap-northeast-2 eu-west-1
m2 not-in: ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
  ca-west-1 eu-central-2 me-central-1 me-south-1 mx-central-1
macie2 not-in: ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
  ca-west-1 eu-central-2 eu-south-2 me-central-1 mx-central-1
mediaconnect not-in: ap-east-2 ap-southeast-3 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1
  eu-south-2 il-central-1 me-south-1 mx-central-1
mediaconvert not-in: ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-6 ap-southeast-7 ca-west-1
  eu-central-2 eu-south-1 eu-south-2 il-central-1 me-south-1 mx-central-1
medialive not-in: us-west-1 af-south-1 ap-east-1 ap-east-2 ap-southeast-3 ap-southeast-6 ap-southeast-7 ca-west-1
  eu-central-2 eu-south-1 eu-south-2 il-central-1 me-south-1 mx-central-1
memory-db not-in: af-south-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
  ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 il-central-1 me-central-1 me-south-1 mx-central-1
models-v2-lex runtime-v2-lex in: us-east-1 us-west-2 af-south-1 ap-northeast-1 ap-northeast-2 ap-southeast-1
  ap-southeast-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2
osis in: us-east-1 us-east-2 us-west-1 us-west-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1
  ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 sa-east-1
outposts not-in: ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1
  eu-central-2
personalize in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2
  ca-central-1 eu-central-1 eu-west-1
pipes pipes-fips not-in: ap-east-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1
  il-central-1 mx-central-1
polly not-in: ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-6 ca-west-1 eu-south-1 il-central-1
  me-central-1 mx-central-1
proton in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ca-central-1
  eu-central-1 eu-west-1 eu-west-2
rds-data in: us-east-1 us-east-2 us-west-1 us-west-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1
  ap-southeast-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3
redshift-serverless not-in: me-south-1
rekognition not-in: af-south-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4
  ap-southeast-6 ca-west-1 eu-central-2 eu-north-1 eu-south-1 eu-west-3 me-central-1 me-south-1 mx-central-1
resiliencehub signer not-in: ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
  ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-2 il-central-1 me-central-1 mx-central-1
s3express in: us-east-1 us-east-2 us-west-2 ap-northeast-1 ap-south-1 eu-north-1 eu-west-1
s3-outposts not-in: ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1
  eu-central-2 eu-south-2 me-central-1 mx-central-1
sagemaker-geospatial in: us-west-2
schemas not-in: ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1
  il-central-1 mx-central-1
securitylake in: us-east-1 us-east-2 us-west-1 us-west-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1
  ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1
servicecatalog not-in: ap-east-2 ap-southeast-5 ap-southeast-7 mx-central-1
textract in: us-east-1 us-east-2 us-west-1 us-west-2 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2
  ca-central-1 eu-central-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
transcribe not-in: ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
  ap-southeast-7 ca-west-1 eu-south-1 eu-south-2 il-central-1 me-central-1 mx-central-1
transcribestreaming not-in: us-west-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4
  ap-southeast-6 ca-west-1 eu-north-1 eu-south-1 eu-south-2 eu-west-3 il-central-1 me-central-1 me-south-1
translate in: us-east-1 us-east-2 us-west-1 us-west-2 ap-east-1 ap-northeast-1 ap-northeast-2 ap-south-1
  ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3
trustedadvisor in: us-east-1 us-east-2 us-west-2 ap-northeast-2 ap-southeast-2 eu-west-1
voiceid in: us-east-1 us-west-2 ap-northeast-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-west-2
vpc-lattice not-in: ap-east-2 ap-southeast-6 ap-southeast-7 il-central-1
workmail in: us-east-1 us-west-2 eu-west-1
workspaces in: us-east-1 us-east-2 us-west-2 af-south-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1
  ap-southeast-2 ap-southeast-5 ca-central-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 il-central-1 sa-east-1
workspaces-web in: us-east-1 us-west-2 ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
  eu-central-1 eu-west-1 eu-west-2
"""


def is_in(segment: str, region: str) -> bool:
    """Return whether a service is in a Region; in one that AWS has opened since, every service is.

    Args:
        segment: what follows the Region in the endpoint service's name: `ecr.api`.
        region: `eu-west-1`.
    """
    only, absent = _ONLY_IN.get(segment), _NOT_IN.get(segment, frozenset())
    return region in only if only is not None else region not in absent


def _entries() -> Iterator[str]:
    entry = ""
    for line in _TABLE.strip().splitlines():
        if line.startswith(" "):
            entry += line
        else:
            if entry:
                yield entry
            entry = line
    yield entry


def _read(word: str) -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for entry in _entries():
        services, found, regions = entry.partition(f" {word}: ")
        table |= dict.fromkeys(services.split() if found else (), frozenset(regions.split()))
    return table


_ONLY_IN: Final[Mapping[str, frozenset[str]]] = _read("in")
_NOT_IN: Final[Mapping[str, frozenset[str]]] = _read("not-in")
