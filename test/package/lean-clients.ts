/** Calls services with the AWS SDK, as the functions do; bundled like them by the test beside it. */
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { CreateTokenCommand, SSOOIDCClient, SSOOIDCServiceException } from '@aws-sdk/client-sso-oidc';

const fixed = { region: 'us-east-1', maxAttempts: 2 };

/** A conditional write. */
export const put = (endpoint: string) =>
  new DynamoDBClient({ ...fixed, endpoint }).send(
    new PutItemCommand({ TableName: 'sessions', Item: { pk: { S: 'a' } } }),
  );

/** An encryption. */
export const encrypt = (endpoint: string) =>
  new KMSClient({ ...fixed, endpoint }).send(new EncryptCommand({ KeyId: 'key', Plaintext: new Uint8Array(1) }));

/** A poll. */
export const createToken = (endpoint: string) =>
  new SSOOIDCClient({ ...fixed, endpoint }).send(
    new CreateTokenCommand({ clientId: 'client', clientSecret: 'secret', grantType: 'device_code' }),
  );

/** What the functions tell errors apart by. */
export const classes = { ConditionalCheckFailedException, KMSServiceException, SSOOIDCServiceException };
