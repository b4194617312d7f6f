import { describe, expect, it } from 'vitest';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate, MINIMAL_CONFIG, onlyResource, readable, resourcesOf } from '../support/synth.ts';

interface Rule {
  readonly Name: string;
  readonly Priority: number;
  readonly Statement: {
    readonly RateBasedStatement?: object;
    readonly ManagedRuleGroupStatement?: { readonly RuleActionOverrides?: readonly { readonly Name: string }[] };
  };
  readonly Action?: { readonly Block?: { readonly CustomResponse?: CustomResponse } };
  readonly OverrideAction?: object;
  readonly VisibilityConfig: { readonly SampledRequestsEnabled: boolean };
}

interface CustomResponse {
  readonly ResponseCode: number;
  readonly CustomResponseBodyKey: string;
  readonly ResponseHeaders: readonly { readonly Name: string; readonly Value: string }[];
}

const template = brokerTemplate({ ...MINIMAL_CONFIG, webAcl: true });
const acl = onlyResource(template, 'AWS::WAFv2::WebACL').Properties;
const rules = acl.Rules as readonly Rule[];
const [rate, ...managed] = rules;

describe('the web ACL', () => {
  it.each([undefined, false])('is not made with webAcl %s', (webAcl) => {
    brokerTemplate({ ...MINIMAL_CONFIG, webAcl }).resourceCountIs('AWS::WAFv2::WebACL', 0);
  });

  it('stands before the stage and lets through what no rule blocks', () => {
    const { ResourceArn, WebACLArn } = onlyResource(template, 'AWS::WAFv2::WebACLAssociation').Properties;

    expect(acl).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
    expect(readable(WebACLArn)).toBe('BrokerWebAcl.Arn');
    expect(readable(ResourceArn)).toMatch(/restapis\/BrokerApiRestApi\/stages\/BrokerApiRestApiDeploymentStagev1$/);
  });

  it('stands before both APIs when there are two', () => {
    const stages = Object.values(
      resourcesOf(brokerTemplate(EXAMPLE_CONFIGS.certificates), 'AWS::WAFv2::WebACLAssociation'),
    ).map(({ Properties }) => /restapis\/(\w+)\//.exec(readable(Properties.ResourceArn))?.[1]);

    expect(stages).toEqual(['BrokerApiRestApi', 'BrokerOperatorsApiRestApi']);
  });

  it('holds AWS managed rules that block', () => {
    expect(managed.map(({ Name, OverrideAction }) => [Name, OverrideAction])).toEqual(
      ['AmazonIpReputationList', 'CommonRuleSet', 'KnownBadInputsRuleSet'].map((name) => [
        `AWSManagedRules${name}`,
        { None: {} },
      ]),
    );
    expect(rules.map(({ Priority }) => Priority)).toEqual([0, 1, 2, 3]);
  });

  it('only counts what devices do by right: no User-Agent, redirects to 127.0.0.1, bodies over 8 KB', () => {
    const counted = managed.flatMap(({ Statement }) => Statement.ManagedRuleGroupStatement?.RuleActionOverrides ?? []);

    expect(counted).toEqual(
      ['NoUserAgent_HEADER', 'GenericRFI_BODY', 'SizeRestrictions_BODY'].map((Name) => ({
        Name,
        ActionToUse: { Count: {} },
      })),
    );
  });

  it('keeps no request, since a path may hold an enrollment key', () => {
    const visibility = [
      acl.VisibilityConfig as Rule['VisibilityConfig'],
      ...rules.map((rule) => rule.VisibilityConfig),
    ];

    expect(visibility.map(({ SampledRequestsEnabled }) => SampledRequestsEnabled)).toEqual(visibility.map(() => false));
    template.resourceCountIs('AWS::WAFv2::LoggingConfiguration', 0);
  });
});

describe('the limit for one address', () => {
  it.each([
    [true, 100_000],
    [{ requestsPerFiveMinutes: 5_000 }, 5_000],
  ])('is with webAcl %j %i requests in five minutes', (webAcl, Limit) => {
    const { Rules } = onlyResource(brokerTemplate({ ...MINIMAL_CONFIG, webAcl }), 'AWS::WAFv2::WebACL').Properties;

    expect((Rules as readonly Rule[])[0]?.Statement.RateBasedStatement).toEqual({
      AggregateKeyType: 'IP',
      EvaluationWindowSec: 300,
      Limit,
    });
  });

  it('answers like the throttle of the stage: slow_down, which ends no sign-in, and never a 429', () => {
    const {
      ResponseCode,
      CustomResponseBodyKey = '',
      ResponseHeaders = [],
    } = rate?.Action?.Block?.CustomResponse ?? {};
    const throttled = Object.values(resourcesOf(template, 'AWS::ApiGateway::GatewayResponse')).find(
      ({ Properties }) => Properties.ResponseType === 'THROTTLED',
    )?.Properties as { ResponseTemplates: Record<string, string> };
    const bodies = acl.CustomResponseBodies as Record<string, { ContentType: string; Content: string }>;

    expect(ResponseCode).toBe(400);
    expect(bodies[CustomResponseBodyKey]).toEqual({
      ContentType: 'APPLICATION_JSON',
      Content: throttled.ResponseTemplates['application/json'],
    });
    expect(JSON.parse(bodies[CustomResponseBodyKey]?.Content ?? '')).toMatchObject({ error: 'slow_down' });
    expect(Object.fromEntries(ResponseHeaders.map(({ Name, Value }) => [Name, Value]))).toEqual({
      'Cache-Control': 'no-store',
      'Retry-After': '8',
      'x-amzn-ErrorType': 'SlowDownException',
    });
  });
});
