"""The IAM actions that S3's operations need, on what, and when, as data.

Sources: the Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html), which names every action that
an operation *may* need; and the "Permissions" paragraph of each operation's page in the S3 API reference, which says
when (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

# Operation, action, on what, when. On what: `*` nothing in particular, `bucket`, `object`, `source` (of a copy),
# `directory` (the bucket, as a directory bucket's ARN), `role` (the role in the body). When: a predicate of
# `s3_actions`.
_TABLE = """
ListBuckets                                       s3:ListAllMyBuckets                     *
ListDirectoryBuckets                              s3express:ListAllMyDirectoryBuckets     *
WriteGetObjectResponse                            s3-object-lambda:WriteGetObjectResponse *

GetObject                                         s3:GetObject                            object  current
GetObject                                         s3:GetObjectVersion                     object  version
HeadObject                                        s3:GetObject                            object  current
HeadObject                                        s3:GetObjectVersion                     object  version
GetObjectAttributes                               s3:GetObject                            object  current
GetObjectAttributes                               s3:GetObjectAttributes                  object  current
GetObjectAttributes                               s3:GetObjectVersion                     object  version
GetObjectAttributes                               s3:GetObjectVersionAttributes           object  version
SelectObjectContent                               s3:GetObject                            object
GetObjectTorrent                                  s3:GetObject                            object
GetObjectAcl                                      s3:GetObjectAcl                         object  current
GetObjectAcl                                      s3:GetObjectVersionAcl                  object  version
GetObjectTagging                                  s3:GetObjectTagging                     object  current
GetObjectTagging                                  s3:GetObjectVersionTagging              object  version
GetObjectLegalHold                                s3:GetObjectLegalHold                   object
GetObjectRetention                                s3:GetObjectRetention                   object
GetObjectAnnotation                               s3:GetObjectAnnotation                  object  current
GetObjectAnnotation                               s3:GetObjectVersionAnnotation           object  version
ListObjectAnnotations                             s3:ListObjectAnnotations                object  current
ListObjectAnnotations                             s3:ListObjectVersionAnnotations         object  version
ListParts                                         s3:ListMultipartUploadParts             object

PutObject                                         s3:PutObject                            object
PutObject                                         s3:PutObjectAcl                         object  acl
PutObject                                         s3:PutObjectTagging                     object  tags
PutObject                                         s3:PutObjectRetention                   object  retention
PutObject                                         s3:PutObjectLegalHold                   object  hold
PostObject                                        s3:PutObject                            object
PostObject                                        s3:PutObjectAcl                         object  acl
PostObject                                        s3:PutObjectTagging                     object  tags
PostObject                                        s3:PutObjectRetention                   object  retention
PostObject                                        s3:PutObjectLegalHold                   object  hold
CopyObject                                        s3:GetObject                            source  source-current
CopyObject                                        s3:GetObjectVersion                     source  source-version
CopyObject                                        s3:GetObjectTagging                     source  source-tagged
CopyObject                                        s3:GetObjectAnnotation                  source  source-annotated
CopyObject                                        s3:PutObject                            object
CopyObject                                        s3:PutObjectAcl                         object  acl
CopyObject                                        s3:PutObjectTagging                     object  copied-tags
CopyObject                                        s3:PutObjectAnnotation                  object  source-annotated
CopyObject                                        s3:PutObjectRetention                   object  retention
CopyObject                                        s3:PutObjectLegalHold                   object  hold
CreateMultipartUpload                             s3:PutObject                            object
CreateMultipartUpload                             s3:PutObjectAcl                         object  acl
CreateMultipartUpload                             s3:PutObjectTagging                     object  tags
CreateMultipartUpload                             s3:PutObjectRetention                   object  retention
CreateMultipartUpload                             s3:PutObjectLegalHold                   object  hold
UploadPart                                        s3:PutObject                            object
UploadPartCopy                                    s3:GetObject                            source  source-current
UploadPartCopy                                    s3:GetObjectVersion                     source  source-version
UploadPartCopy                                    s3:PutObject                            object
CompleteMultipartUpload                           s3:PutObject                            object
AbortMultipartUpload                              s3:AbortMultipartUpload                 object
PutObjectAcl                                      s3:PutObjectAcl                         object  current
PutObjectAcl                                      s3:PutObjectVersionAcl                  object  version
PutObjectTagging                                  s3:PutObjectTagging                     object  current
PutObjectTagging                                  s3:PutObjectVersionTagging              object  version
PutObjectLegalHold                                s3:PutObjectLegalHold                   object
PutObjectRetention                                s3:PutObjectRetention                   object
PutObjectRetention                                s3:BypassGovernanceRetention            object  bypass
PutObjectAnnotation                               s3:PutObjectAnnotation                  object  current
PutObjectAnnotation                               s3:PutObjectVersionAnnotation           object  version
UpdateObjectEncryption                            s3:UpdateObjectEncryption               object
RestoreObject                                     s3:RestoreObject                        object
RenameObject                                      s3express:CreateSession                 directory
DeleteObject                                      s3:DeleteObject                         object  current
DeleteObject                                      s3:DeleteObjectVersion                  object  version
DeleteObject                                      s3:BypassGovernanceRetention            object  bypass
DeleteObject                                      s3:GetObject                            object  if-match
DeleteObjectTagging                               s3:DeleteObjectTagging                  object  current
DeleteObjectTagging                               s3:DeleteObjectVersionTagging           object  version
DeleteObjectAnnotation                            s3:DeleteObjectAnnotation               object  current
DeleteObjectAnnotation                            s3:DeleteObjectVersionAnnotation        object  version

CreateBucket                                      s3:CreateBucket                         bucket
CreateBucket                                      s3:PutBucketAcl                         bucket  acl-not-private
CreateBucket                                      s3:PutBucketOwnershipControls           bucket  ownership
CreateBucket                                      s3:PutBucketObjectLockConfiguration     bucket  lock-enabled
CreateBucket                                      s3:PutBucketVersioning                  bucket  lock-enabled
CreateBucket                                      s3:TagResource                          bucket  bucket-tags
CreateSession                                     s3express:CreateSession                 directory
HeadBucket                                        s3:ListBucket                           bucket
ListObjects                                       s3:ListBucket                           bucket
ListObjectsV2                                     s3:ListBucket                           bucket
ListObjectVersions                                s3:ListBucketVersions                   bucket
ListMultipartUploads                              s3:ListBucketMultipartUploads           bucket
DeleteBucket                                      s3:DeleteBucket                         bucket
GetBucketAbac                                     s3:GetBucketAbac                        bucket
PutBucketAbac                                     s3:PutBucketAbac                        bucket
GetBucketAccelerateConfiguration                  s3:GetAccelerateConfiguration           bucket
PutBucketAccelerateConfiguration                  s3:PutAccelerateConfiguration           bucket
GetBucketAcl                                      s3:GetBucketAcl                         bucket
PutBucketAcl                                      s3:PutBucketAcl                         bucket
GetBucketAnalyticsConfiguration                   s3:GetAnalyticsConfiguration            bucket
ListBucketAnalyticsConfigurations                 s3:GetAnalyticsConfiguration            bucket
PutBucketAnalyticsConfiguration                   s3:PutAnalyticsConfiguration            bucket
DeleteBucketAnalyticsConfiguration                s3:PutAnalyticsConfiguration            bucket
GetBucketCors                                     s3:GetBucketCORS                        bucket
PutBucketCors                                     s3:PutBucketCORS                        bucket
DeleteBucketCors                                  s3:PutBucketCORS                        bucket
GetBucketEncryption                               s3:GetEncryptionConfiguration           bucket
PutBucketEncryption                               s3:PutEncryptionConfiguration           bucket
DeleteBucketEncryption                            s3:PutEncryptionConfiguration           bucket
GetBucketIntelligentTieringConfiguration          s3:GetIntelligentTieringConfiguration   bucket
ListBucketIntelligentTieringConfigurations        s3:GetIntelligentTieringConfiguration   bucket
PutBucketIntelligentTieringConfiguration          s3:PutIntelligentTieringConfiguration   bucket
DeleteBucketIntelligentTieringConfiguration       s3:PutIntelligentTieringConfiguration   bucket
GetBucketInventoryConfiguration                   s3:GetInventoryConfiguration            bucket
ListBucketInventoryConfigurations                 s3:GetInventoryConfiguration            bucket
PutBucketInventoryConfiguration                   s3:PutInventoryConfiguration            bucket
DeleteBucketInventoryConfiguration                s3:PutInventoryConfiguration            bucket
GetBucketLifecycleConfiguration                   s3:GetLifecycleConfiguration            bucket
PutBucketLifecycleConfiguration                   s3:PutLifecycleConfiguration            bucket
DeleteBucketLifecycle                             s3:PutLifecycleConfiguration            bucket
GetBucketLocation                                 s3:GetBucketLocation                    bucket
GetBucketLogging                                  s3:GetBucketLogging                     bucket
PutBucketLogging                                  s3:PutBucketLogging                     bucket
CreateBucketMetadataConfiguration                 s3:CreateBucketMetadataTableConfiguration bucket
CreateBucketMetadataTableConfiguration            s3:CreateBucketMetadataTableConfiguration bucket
GetBucketMetadataConfiguration                    s3:GetBucketMetadataTableConfiguration  bucket
GetBucketMetadataTableConfiguration               s3:GetBucketMetadataTableConfiguration  bucket
DeleteBucketMetadataConfiguration                 s3:DeleteBucketMetadataTableConfiguration bucket
DeleteBucketMetadataTableConfiguration            s3:DeleteBucketMetadataTableConfiguration bucket
UpdateBucketMetadataAnnotationTableConfiguration  s3:UpdateBucketMetadataAnnotationTableConfiguration bucket
UpdateBucketMetadataInventoryTableConfiguration   s3:UpdateBucketMetadataInventoryTableConfiguration bucket
UpdateBucketMetadataJournalTableConfiguration     s3:UpdateBucketMetadataJournalTableConfiguration bucket
GetBucketMetricsConfiguration                     s3:GetMetricsConfiguration              bucket
ListBucketMetricsConfigurations                   s3:GetMetricsConfiguration              bucket
PutBucketMetricsConfiguration                     s3:PutMetricsConfiguration              bucket
DeleteBucketMetricsConfiguration                  s3:PutMetricsConfiguration              bucket
GetBucketNotificationConfiguration                s3:GetBucketNotification                bucket
PutBucketNotificationConfiguration                s3:PutBucketNotification                bucket
GetObjectLockConfiguration                        s3:GetBucketObjectLockConfiguration     bucket
PutObjectLockConfiguration                        s3:PutBucketObjectLockConfiguration     bucket
GetBucketOwnershipControls                        s3:GetBucketOwnershipControls           bucket
PutBucketOwnershipControls                        s3:PutBucketOwnershipControls           bucket
DeleteBucketOwnershipControls                     s3:PutBucketOwnershipControls           bucket
GetBucketPolicy                                   s3:GetBucketPolicy                      bucket
PutBucketPolicy                                   s3:PutBucketPolicy                      bucket
DeleteBucketPolicy                                s3:DeleteBucketPolicy                   bucket
GetBucketPolicyStatus                             s3:GetBucketPolicyStatus                bucket
GetPublicAccessBlock                              s3:GetBucketPublicAccessBlock           bucket
PutPublicAccessBlock                              s3:PutBucketPublicAccessBlock           bucket
DeletePublicAccessBlock                           s3:PutBucketPublicAccessBlock           bucket
GetBucketReplication                              s3:GetReplicationConfiguration          bucket
PutBucketReplication                              s3:PutReplicationConfiguration          bucket
PutBucketReplication                              iam:PassRole                            role
DeleteBucketReplication                           s3:PutReplicationConfiguration          bucket
GetBucketRequestPayment                           s3:GetBucketRequestPayment              bucket
PutBucketRequestPayment                           s3:PutBucketRequestPayment              bucket
GetBucketTagging                                  s3:GetBucketTagging                     bucket
PutBucketTagging                                  s3:PutBucketTagging                     bucket
DeleteBucketTagging                               s3:PutBucketTagging                     bucket
GetBucketVersioning                               s3:GetBucketVersioning                  bucket
PutBucketVersioning                               s3:PutBucketVersioning                  bucket
GetBucketWebsite                                  s3:GetBucketWebsite                     bucket
PutBucketWebsite                                  s3:PutBucketWebsite                     bucket
DeleteBucketWebsite                               s3:DeleteBucketWebsite                  bucket
"""


class Need(NamedTuple):
    """A row of the table: an action, on what, and when it is needed."""

    action: str
    on: str
    when: str


def _needs() -> Mapping[str, tuple[Need, ...]]:
    table: dict[str, tuple[Need, ...]] = {}
    for row in _TABLE.split("\n"):
        if row:
            operation, action, on, *when = row.split()
            table[operation] = (*table.get(operation, ()), Need(action, on, when[0] if when else "always"))
    return MappingProxyType(table)


NEEDS = _needs()

# Of each key that DeleteObjects deletes, and of the bypass of retention with any of them.
DELETE_OBJECTS_NEEDS = (
    Need("s3:DeleteObject", "object", "current"),
    Need("s3:DeleteObjectVersion", "object", "version"),
    Need("s3:BypassGovernanceRetention", "object", "bypass"),
    Need("s3:GetObject", "object", "if-match"),
)
