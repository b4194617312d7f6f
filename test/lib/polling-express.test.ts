import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { pollingDefinition } from '../../lib/polling-definition.ts';

const standard = pollingDefinition('arn:aws:lambda:us-east-1:111122223333:function:poll', 'aws');
const express = pollingDefinition('arn:aws:lambda:us-east-1:111122223333:function:poll', 'aws', 'express');

describe('the polling loop as an Express workflow', () => {
  it('is valid Amazon States Language', () => {
    expect(aslValidator(structuredClone(express) as never)).toMatchObject({ isValid: true, errors: [] });
  });

  it('ends within the five minutes that an Express execution may last', () => {
    expect(express.TimeoutSeconds).toBeLessThanOrEqual(300);
  });

  it('tells the poll when its execution began, and when it has to hand over', () => {
    const { Payload } = express.States.Poll.Parameters as unknown as { Payload: Record<string, unknown> };

    expect(Payload).toMatchObject({ 'sessionIds.$': '$.sessionIds', 'startedAt.$': '$$.Execution.StartTime' });
    expect(Payload.sliceSeconds).toBeLessThan(express.TimeoutSeconds);
  });

  it('is the same loop otherwise', () => {
    const { Poll: _own, ...states } = express.States;
    const { Poll: _standards, ...standardStates } = standard.States;

    expect(states).toEqual(standardStates);
  });
});
