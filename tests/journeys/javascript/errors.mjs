// Reads recorded error answers with the AWS SDK for JavaScript. The only argument lists services, each with the URL of
// whoever answers with the error; printed is, for each in order, the error as a program sees it.

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListHostedZonesCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

const calls = {
  dynamodb: [DynamoDBClient, () => new GetItemCommand({ TableName: "T", Key: { p: { S: "x" } } })],
  ec2: [EC2Client, () => new DescribeVpcsCommand({})],
  kms: [KMSClient, () => new EncryptCommand({ KeyId: "k", Plaintext: Buffer.from("x") })],
  lambda: [LambdaClient, () => new ListFunctionsCommand({})],
  route53: [Route53Client, () => new ListHostedZonesCommand({})],
  s3: [S3Client, () => new GetObjectCommand({ Bucket: "bucket", Key: "key" })],
  sns: [SNSClient, () => new PublishCommand({ TopicArn: "arn:aws:sns:us-east-1:123456789012:t", Message: "x" })],
  sqs: [SQSClient, (url) => new SendMessageCommand({ QueueUrl: `${url}/q`, MessageBody: "x" })],
  sts: [STSClient, () => new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/r", RoleSessionName: "session" })],
};
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

const read = async ({ service, url }) => {
  const [Client, command] = calls[service];
  const client = new Client({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 });
  try {
    return { value: await client.send(command(url)) };
  } catch (error) {
    const { httpStatusCode: status, requestId } = error.$metadata ?? {};
    return { code: error.name, message: error.message, status, requestId, fault: error.$fault };
  } finally {
    client.destroy();
  }
};
console.log(JSON.stringify(await Promise.all(JSON.parse(process.argv[2]).map(read))));
