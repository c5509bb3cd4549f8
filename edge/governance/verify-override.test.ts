import { controls } from '@gatehouse/compliance/controls/index.ts';
import { examplePeople, exampleTrust, signedBy } from '@gatehouse/compliance/examples/people.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { OVERRIDE_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { type OverridePlace, verifyOverride } from './verify-override.ts';

const { maker, checker, second, trader } = examplePeople;
const place: OverridePlace = {
  trust: exampleTrust().trust,
  edge: 'edge-1',
  at: parseInstant('2020-03-06T20:30:00Z'),
  controls,
  tickets: ['T-0'],
};
const live: OverridePlace = { ...place, trust: exampleTrust({ environment: 'live' }).trust };
const text = {
  v: 1,
  id: 'T-1',
  edge: 'edge-1',
  environment: 'paper',
  legalEntity: 'GATEHOUSEDEMOFIRM008',
  account: 'main',
  trader: 'p-7f3a',
  algorithm: 'ema-cross',
  instrument: 'demo-index',
  venue: 'paper',
  side: 'buy',
  type: 'limit',
  quantity: '200',
  limitPrice: '1000.00',
  controls: [{ control: 'max-order-quantity', scope: 'firm' }],
  reason: 'A client asked for this one order in writing.',
  from: '2020-03-06T20:00:00.000000000Z',
  to: '2020-03-07T20:00:00.000000000Z',
};

function problemsOf(changes: object, by: readonly Signer[], given = place): readonly string[] {
  const document = signedBy(OVERRIDE_TYPE, JSON.parse(JSON.stringify({ ...text, ...changes })), by);
  try {
    verifyOverride(document, given);
  } catch (error) {
    if (error instanceof KitError && error.code === 'OVERRIDE_REFUSED') return error.problems;
    throw error;
  }
  return [];
}

const NO_AUTHORISER = 'no override authoriser who is not the trader has signed it';

test('an authoriser who is not the trader signs for paper', () => {
  expect(problemsOf({}, [checker])).toEqual([]);
  expect(problemsOf({}, [trader])).toEqual([NO_AUTHORISER]);
  expect(problemsOf({}, [trader, checker])).toEqual([]);
  expect(problemsOf({}, [maker])).toEqual([NO_AUTHORISER]);
  expect(problemsOf({ trader: 'p-02' }, [checker])).toEqual([NO_AUTHORISER]);
  expect(problemsOf({ trader: 'p-02' }, [trader])).toEqual([]);
});

test('a live order takes an authoriser and another person who verifies the risk', () => {
  const real = { environment: 'live' };
  expect(problemsOf(real, [checker, second], live)).toEqual([]);
  expect(problemsOf(real, [checker], live)).toEqual(['one person cannot both authorise and verify it']);
  expect(problemsOf(real, [second], live)).toEqual([NO_AUTHORISER]);
  expect(problemsOf({ ...real, trader: 'p-01' }, [trader], live)).toEqual([
    'no risk verifier who is not the trader has signed it',
  ]);
  expect(problemsOf({ ...real, trader: 'p-01' }, [trader, checker], live)).toEqual([]);
});

test('a control that the law or a halt speaks through is set aside by nobody', () => {
  expect(problemsOf({ controls: [{ control: 'trading-state', scope: 'firm' }] }, [checker])).toEqual([
    'nobody may set trading-state aside',
  ]);
  expect(problemsOf({ controls: [{ control: 'unheard-of', scope: 'firm' }] }, [checker])).toEqual([
    'this release has no control unheard-of',
  ]);
});

test('a ticket lasts a day at most and counts once', () => {
  expect(problemsOf({ to: '2020-03-07T20:00:00.000000000Z' }, [checker])).toEqual([]);
  expect(problemsOf({ to: '2020-03-07T20:00:00.000000001Z' }, [checker])).toEqual(['its term is longer than 24 hours']);
  expect(problemsOf({ id: 'T-0' }, [checker])).toEqual(['a ticket T-0 was accepted before']);
});

test('every problem of a ticket is listed', () => {
  const bad = {
    id: 'T-0',
    edge: 'edge-9',
    environment: 'live',
    legalEntity: '529900T8BM49AURSDO55',
    type: 'market',
    from: '2020-03-06T20:30:00.000000001Z',
    to: '2020-03-09T20:00:00.000000000Z',
    controls: [{ control: 'unheard-of', scope: 'firm' }],
  };
  expect(problemsOf(bad, [trader])).toEqual([
    'it is for edge-9, not for edge-1',
    'it counts only from 2020-03-06T20:30:00.000000001Z',
    'it is for live, not for paper',
    'it is of 529900T8BM49AURSDO55, not of GATEHOUSEDEMOFIRM008',
    'its term is longer than 24 hours',
    'a ticket T-0 was accepted before',
    'a limit order carries a limit price and a market order carries none',
    'this release has no control unheard-of',
    NO_AUTHORISER,
    'no risk verifier who is not the trader has signed it',
  ]);
});

test('what is no ticket is refused', () => {
  expect(problemsOf({ side: 'both' }, [checker])).toEqual([expect.stringContaining('side: ')]);
  expect(() => verifyOverride('no note', place)).toThrow('without its two lines');
});
