/** The part of the `broker` configuration that says from where, and under which name, the API is reached. */
import { isIP } from 'node:net';
import * as z from 'zod';
import { templateText, text, whole } from './schema-fields.ts';

const DOMAIN_NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const CERTIFICATE_ARN = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/;
const HOSTED_ZONE_ID = /^Z[A-Z0-9]{1,31}$/;
const VPC_ENDPOINT_ID = /^vpce-[0-9a-f]{8,17}$/;

/** The most requests that a rate rule of AWS WAF counts up to (AWS WAF API reference, RateBasedStatement). */
const MOST_REQUESTS = 2_000_000_000;

/** True for a range of addresses, such as `203.0.113.0/24` or `2001:db8::/32`. */
function isCidr(value: string): boolean {
  const [ip = '', prefix = '', ...rest] = value.split('/');
  const family = isIP(ip);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** A list of 1 to `most` values, each told for itself when it is wrong. */
const list = (advice: string, most: number, entry: z.ZodString) =>
  z.array(entry, advice).min(1, advice).max(most, advice);

const endpointIds = list(
  'write a list of 1 to 20 VPC endpoints, such as ["vpce-0a1b2c3d4e5f67890"]',
  20,
  templateText('write the id of a VPC endpoint, such as "vpce-0a1b2c3d4e5f67890"', (id) => VPC_ENDPOINT_ID.test(id)),
);

/** A name of one's own for the API. */
export const domainSchema = z.strictObject(
  {
    name: text('write a domain name in small letters, such as "broker.example.com"', DOMAIN_NAME),
    certificateArn: templateText(
      'write the ARN of an ACM certificate in the Region of the broker, such as "arn:aws:acm:us-east-1:123456789012:certificate/…"',
      (arn) => CERTIFICATE_ARN.test(arn),
    ),
    hostedZoneId: templateText(
      'write the id of the Route 53 zone that holds the domain, such as "Z0123456789ABCDEFGHIJ", or leave it out',
      (id) => HOSTED_ZONE_ID.test(id),
    ).optional(),
    truststore: text(
      'write the path of a PEM file with the CA certificates of your devices, such as "device-ca.pem"',
      /\S/,
    ).optional(),
  },
  'write an object such as { "name": "broker.example.com", "certificateArn": "arn:aws:acm:…" }',
);

/** What one address may send. */
export const webAclSchema = z.strictObject(
  {
    requestsPerFiveMinutes: whole(
      'write a whole number of requests from 10 to 2000000000, such as 100000',
      10,
      MOST_REQUESTS,
    ).default(100_000),
  },
  'write true, false, or an object such as { "requestsPerFiveMinutes": 100000 }',
);

/** `true` is a web ACL as it comes, `false` is none. */
export const webAclSetting = z.preprocess((written) => {
  if (written === true) return {};
  return written === false ? undefined : written;
}, webAclSchema.optional());

/** The VPC endpoints that a private API is reached through. */
export const privateEndpointSchema = z.strictObject(
  { vpcEndpointIds: endpointIds },
  'write an object such as { "vpcEndpointIds": ["vpce-0a1b2c3d4e5f67890"] }',
);

const allowFromAdvice = 'write an object such as { "cidrs": ["203.0.113.0/24"] }';

/** From where the API may be called. */
export const allowFromSchema = z
  .strictObject(
    {
      cidrs: list(
        'write a list of 1 to 100 ranges of addresses, such as ["203.0.113.0/24"]',
        100,
        templateText('write a range of addresses, such as "203.0.113.0/24"', isCidr),
      ).optional(),
      vpcEndpointIds: endpointIds.optional(),
    },
    allowFromAdvice,
  )
  .refine(({ cidrs, vpcEndpointIds }) => cidrs !== undefined || vpcEndpointIds !== undefined, allowFromAdvice);
