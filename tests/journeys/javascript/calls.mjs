// Calls of the AWS SDK for JavaScript at the emulator's doors, one process for all of them. It reads where to call, and
// as whom, from its only argument, and prints what came of each call as JSON: a value, or the error as a program sees it.

import { createHash } from "node:crypto";
import { Readable } from "node:stream";

import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import * as sqs from "@aws-sdk/client-sqs";
import * as sts from "@aws-sdk/client-sts";
import * as documents from "@aws-sdk/lib-dynamodb";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const { internet, inside, credentials, role } = JSON.parse(process.argv[2]);
const at = (endpoint) => ({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
const within = at(inside);
const without = at(internet);

const Bucket = "from-javascript";
const KEY = "a b/ü+1";
const PIECE = Buffer.alloc(64 * 1024, "streamed ");
const PIECES = 48;
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const inner = new s3.S3Client(within);
const outer = new s3.S3Client(without);
const tables = documents.DynamoDBDocumentClient.from(new dynamodb.DynamoDBClient(within));
const queues = new sqs.SQSClient(within);
const metrics = new cloudwatch.CloudWatchClient(without);
const tokens = new sts.STSClient(without);
const sent = new Map();

// Remembers headers of the last request, which tell how the SDK sent the body.
inner.middlewareStack.add((next) => async (args) => {
  for (const [name, value] of Object.entries(args.request.headers)) sent.set(name.toLowerCase(), value);
  return next(args);
}, { step: "finalizeRequest", priority: "low", name: "remember", override: true });

const table = {
  TableName: "Music",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "Artist", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "Artist", KeyType: "HASH" }],
};
let QueueUrl;

const calls = {
  async "S3 puts and gets"() {
    await inner.send(new s3.PutObjectCommand({ Bucket, Key: KEY, Body: "abc", Metadata: { kept: "as it is" } }));
    const got = await inner.send(new s3.GetObjectCommand({ Bucket, Key: KEY }));
    return [await got.Body.transformToString(), got.Metadata, got.$metadata.httpStatusCode];
  },
  async "S3 streams up and down"() {
    const Body = Readable.from(Array(PIECES).fill(PIECE));
    const put = { Bucket, Key: "streamed", Body, ContentLength: PIECE.length * PIECES };
    const answer = await inner.send(new s3.PutObjectCommand(put));
    const framing = ["x-amz-content-sha256", "content-encoding", "x-amz-trailer"].map((name) => sent.get(name));
    const got = await inner.send(new s3.GetObjectCommand({ Bucket, Key: "streamed", ChecksumMode: "ENABLED" }));
    const hash = createHash("sha256");
    for await (const part of got.Body) hash.update(part);
    const same = hash.digest("hex") === sha256(Buffer.concat(Array(PIECES).fill(PIECE)));
    return [...framing, answer.ChecksumCRC32 === got.ChecksumCRC32 && got.ChecksumCRC32.length, same];
  },
  async "S3 lists"() {
    const listed = await inner.send(new s3.ListObjectsV2Command({ Bucket, Prefix: "a b/" }));
    return listed.Contents.map((entry) => entry.Key);
  },
  async "S3 opens a presigned URL"() {
    const put = await getSignedUrl(inner, new s3.PutObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
    const written = await fetch(put, { method: "PUT", body: "by URL" });
    const get = await getSignedUrl(inner, new s3.GetObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
    return [written.status, await (await fetch(get)).text()];
  },
  async "S3 refuses a presigned URL outside"() {
    const get = await getSignedUrl(outer, new s3.GetObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
    const answer = await fetch(get);
    return [answer.status, /<Code>(.*)<\/Code>/.exec(await answer.text())[1]];
  },
  "S3 denies a GET": () => outer.send(new s3.GetObjectCommand({ Bucket, Key: KEY })),
  "S3 denies a HEAD": () => outer.send(new s3.HeadObjectCommand({ Bucket, Key: KEY })),
  "S3 denies a streamed PUT": () =>
    outer.send(new s3.PutObjectCommand({ Bucket, Key: "no", Body: Readable.from([PIECE]), ContentLength: PIECE.length })),
  "S3 has no such key": () => inner.send(new s3.GetObjectCommand({ Bucket, Key: "missing" })),
  "S3 has no such bucket": () => inner.send(new s3.ListObjectsV2Command({ Bucket: "from-nobody" })),
  async "S3 finds a signature wrong"() {
    const guessed = { ...credentials, secretAccessKey: "guessed" };
    return new s3.S3Client({ ...within, credentials: guessed }).send(new s3.ListBucketsCommand({}));
  },
  async "DynamoDB puts and gets"() {
    await tables.send(new dynamodb.CreateTableCommand(table));
    await tables.send(new documents.PutCommand({ TableName: "Music", Item: { Artist: "Acme", Awards: [1, { of: "x" }] } }));
    return (await tables.send(new documents.GetCommand({ TableName: "Music", Key: { Artist: "Acme" } }))).Item;
  },
  "DynamoDB finds a condition unmet": () =>
    tables.send(new documents.PutCommand({
      TableName: "Music", Item: { Artist: "Acme" }, ConditionExpression: "attribute_not_exists(Artist)",
    })),
  "DynamoDB has no such table": () => tables.send(new documents.GetCommand({ TableName: "None", Key: { Artist: "x" } })),
  "DynamoDB denies": () => tables.send(new dynamodb.DeleteTableCommand({ TableName: "Music" })),
  async "STS tells who is calling"() {
    return (await tokens.send(new sts.GetCallerIdentityCommand({}))).Arn;
  },
  "STS denies": () => tokens.send(new sts.AssumeRoleCommand({ RoleArn: role, RoleSessionName: "session" })),
  async "SQS sends and receives"() {
    ({ QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName: "jobs" })));
    await queues.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "work ✓" }));
    return (await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl }))).Messages.map((message) => message.Body);
  },
  "SQS has no such queue": () => queues.send(new sqs.GetQueueUrlCommand({ QueueName: "none" })),
  "SQS denies": () => queues.send(new sqs.PurgeQueueCommand({ QueueUrl })),
  async "CloudWatch keeps a metric"() {
    const datum = { MetricName: "Seconds", Value: 1.5, Unit: "Seconds" };
    await metrics.send(new cloudwatch.PutMetricDataCommand({ Namespace: "Tests", MetricData: [datum] }));
    const listed = await metrics.send(new cloudwatch.ListMetricsCommand({ Namespace: "Tests" }));
    return listed.Metrics.map((metric) => metric.MetricName);
  },
  "CloudWatch denies": () => metrics.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: ["a"] })),
};

const told = {};
for (const [name, call] of Object.entries(calls)) {
  try {
    told[name] = { value: (await call()) ?? null };
  } catch (error) {
    const { name: code, message, $fault: fault, $metadata: metadata = {} } = error;
    const { httpStatusCode: status, requestId, extendedRequestId } = metadata;
    told[name] = { error: { code, message, fault, status, requestId, extendedRequestId, class: error.constructor.name } };
  }
}
console.log(JSON.stringify(told));
