import { beforeAll, describe, expect, it } from 'vitest';
import { KEYED_DEVICES } from './keyed-devices.ts';
import { leaksIn } from './leaks.ts';
import { type SearchedRun, searchedRun } from './mixed-run.ts';
import { SECRET_DEVICES } from './secret-devices.ts';
import { SINK_NAMES, SINKS_OF_RESOURCES, sinkOf } from './sinks.ts';

const TOLD_BY_ALL = [
  "Identity Center's accesstoken",
  "Identity Center's clientsecret",
  "Identity Center's devicecode",
  "Identity Center's refreshtoken",
  "Identity Center's usercode",
  "the broker's devicecode",
  "the broker's enrollmentkey",
  "the broker's refreshtoken",
];

const RUNS = [
  {
    devices: SECRET_DEVICES,
    kinds: [
      ...TOLD_BY_ALL,
      "Identity Center's secretaccesskey",
      "Identity Center's sessiontoken",
      "the broker's clientsecret",
      // In the other run they are all Identity Center's.
      "the broker's accesstoken",
      "the broker's usercode",
      'a wrong secret',
    ],
  },
  { devices: KEYED_DEVICES, kinds: [...TOLD_BY_ALL, "a device's private key", 'an assertion'] },
];

/** Resources that hold and pass on none of what devices say. */
const NO_SINKS =
  /^AWS::(IAM::|ApiGateway::(?!RestApi)|CDK::|KMS::|Lambda::|Events::Rule|Events::EventBusPolicy|CloudWatch::|Scheduler::|SNS::|SQS::QueuePolicy|Logs::QueryDefinition|Logs::MetricFilter)/;

describe.each(RUNS)('a mixed run of devices with $devices.deviceAuth', ({ devices, kinds }) => {
  let run: SearchedRun;
  beforeAll(async () => {
    run = await searchedRun(devices);
  }, 180_000);

  it('tells secrets of every kind', () => {
    expect([...new Set(run.needles.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
  });

  it.each(SINK_NAMES)('leaves none of them in %s', (name) => {
    const allowed = sinkOf(name).mayHold?.kinds ?? /^$/;
    const needles = run.needles.filter(({ kind }) => !allowed.test(kind));

    expect(leaksIn(run.haystacks[name], needles)).toEqual([]);
  });

  it.each(SINK_NAMES)('would show one in %s', (name) => {
    expect(run.haystacks[name]).toContain(run.proofs[name]);
  });

  it.runIf(devices === SECRET_DEVICES)('meets with a fault of the broker, too', () => {
    expect(run.haystacks['the log of the functions']).toContain('"message":"request_failed"');
  });

  it('leaves no token, no secret and no code of its own even in the files under the table', () => {
    // What AWS told to a pending session is kept until that settles, and the old versions of an item are in the files.
    const kept = /^Identity Center's (devicecode|usercode)$|usercode$/;
    const upstreamCodes = run.needles.filter(({ kind }) => kind === "Identity Center's devicecode");

    expect(
      leaksIn(
        run.tableFiles,
        run.needles.filter(({ kind }) => !kept.test(kind)),
      ),
    ).toEqual([]);
    expect(leaksIn(run.tableFiles, upstreamCodes)).not.toEqual([]);
  });

  it('knows a sink for everything in the template that keeps data or passes it on', () => {
    const unknown = run.resourceTypes.filter((type) => !NO_SINKS.test(type) && SINKS_OF_RESOURCES[type] === undefined);

    expect(unknown).toEqual([]);
  });
});
