"""How large a request may be that is read, and understood, before anything is known of whether its caller may send it.

Every limit is above what its service documents, base64 or the form's encoding included; what AWS would take is never
refused for its size. Services that document none have requests of some kilobytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vpce_emulator.aws.call import Protocol, Service

_MIB = 1024 * 1024
MOST_PARAMETERS = 10_000
"""Parameters of a form: more than fit into the largest request with many of them, CloudWatch's PutMetricData."""

# Protocols that carry contents: objects of S3's lists, what functions and APIs are called with, code.
_OF_PROTOCOL: Mapping[Protocol, int] = MappingProxyType(
    {Protocol.S3: 16 * _MIB, Protocol.REST_XML: 16 * _MIB, Protocol.REST_JSON: 16 * _MIB}
)
_OF_OTHERS = 2 * _MIB
# Services of the other protocols whose requests hold data.
_OF_SERVICE: Mapping[str, int] = MappingProxyType(
    {
        # A certificate's chain may have 2 MiB: https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html
        "acm": 4 * _MIB,
        # https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
        "codecommit": 16 * _MIB,
        # 16 MB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
        "dynamodb": 16 * _MIB,
        # Parts of layers: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
        "ecr": 16 * _MIB,
        # 4 MiB: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
        "firehose": 8 * _MIB,
        # 10 million characters of SAML: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html
        "iam": 16 * _MIB,
        # 10 MiB: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
        "kinesis": 16 * _MIB,
        # Images: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
        "rekognition": 16 * _MIB,
        # 1 MiB: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
        "sqs": 8 * _MIB,
        # 10 MB: https://docs.aws.amazon.com/textract/latest/dg/limits-document.html
        "textract": 16 * _MIB,
    }
)


def largest_body(service: Service) -> int:
    """Return how many bytes of a request's body are taken, on the wire."""
    return _OF_SERVICE.get(service.name) or _OF_PROTOCOL.get(service.protocol, _OF_OTHERS)


def has_too_many_parameters(service: Service, body: bytes) -> bool:
    """Return whether a body is a form of more parameters than any request has."""
    return service.protocol in {Protocol.QUERY, Protocol.EC2} and body.count(b"&") >= MOST_PARAMETERS
