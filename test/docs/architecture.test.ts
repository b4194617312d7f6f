import { describe, expect, it } from 'vitest';
import { HANDLER_NAMES } from '../../lib/bundle.ts';
import { drawArchitecture } from '../../lib/diagram/architecture.ts';
import { graphOf } from '../../lib/diagram/template-graph.ts';
import { brokerTemplate, resourcesOf } from '../support/synth.ts';
import { read } from './markdown.ts';

const template = brokerTemplate();
const resources = () =>
  structuredClone(template.toJSON()) as { Resources: Record<string, { Type: string; Properties: object }> };

describe('the picture of the architecture', () => {
  it('is what the template says; otherwise run npm run docs:architecture', () => {
    expect(read('docs/img/architecture.svg')).toBe(drawArchitecture(template.toJSON()));
  });

  it('shows every function, under the name of its file', () => {
    const shown = [...read('docs/img/architecture.svg').matchAll(/<text class="title"[^>]*>([^<]+)</g)].map(
      ([, text]) => text,
    );

    const functions = Object.keys(resourcesOf(template, 'AWS::Lambda::Function'));

    expect(functions.length).toBeGreaterThan(5);
    expect(shown.filter((title) => HANDLER_NAMES.some((name) => name === title))).toHaveLength(functions.length);
  });

  it('is not drawn with something that nobody has given a place', () => {
    const more = resources();
    more.Resources.BrokerNovelty12345678 = { Type: 'AWS::Lambda::Function', Properties: {} };

    expect(() => drawArchitecture(more)).toThrow(
      'The drawing has no place for Novelty: give it one in lib/diagram/architecture.ts.',
    );
  });
});

describe('what the picture is drawn from', () => {
  const { arrows, callUpstream, withFailureQueue } = graphOf(template.toJSON());

  it('knows that the table feeds the start of the loop, and nothing else starts executions but the loop', () => {
    expect(arrows).toContainEqual({ from: 'SessionsTable', to: 'StartPolling', why: 'stream' });
    expect(arrows.filter(({ to }) => to === 'PollingLoopStateMachine').map(({ from }) => from)).toEqual([
      'StartPolling',
    ]);
  });

  it('knows who may open the registration that Identity Center is called with', () => {
    expect(callUpstream).toEqual(['DeviceApi', 'Poll']);
  });

  it('knows that operators sign, and devices do not', () => {
    expect(arrows.filter(({ from }) => from === 'ApiRestApi')).toEqual([
      { from: 'ApiRestApi', to: 'DeviceApi', why: 'calls' },
      { from: 'ApiRestApi', to: 'OpsApi', why: 'calls with a signature' },
    ]);
  });

  it('knows where failed batches are kept', () => {
    expect(withFailureQueue.toSorted()).toEqual(['PublishEvents', 'StartPolling']);
  });
});
