import { examplePeople, exampleSigner, exampleTrust, signedBy } from '@gatehouse/compliance/examples/people.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { verifyRelease } from '@gatehouse/shared/governance/verify-release.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { RELEASE_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';

const { maker, checker, second } = examplePeople;
const place = { trust: exampleTrust().trust, edge: 'edge-1', at: parseInstant('2020-03-06T20:30:00Z') };
const text = {
  v: 1,
  id: 'R-1',
  kill: 'K-1',
  edge: 'edge-1',
  reason: 'The cause was found and removed.',
  from: '2020-03-06T20:00:00.000000000Z',
  to: '2020-03-06T21:00:00.000000000Z',
};

function problemsOf(changes: object, by: readonly Signer[], given = place): readonly string[] {
  try {
    verifyRelease(signedBy(RELEASE_TYPE, { ...text, ...changes }, by), given);
  } catch (error) {
    if (error instanceof KitError && error.code === 'RELEASE_REFUSED') return error.problems;
    throw error;
  }
  return [];
}

test('two different people with the right release, one does not', () => {
  const { release, by } = verifyRelease(signedBy(RELEASE_TYPE, text, [checker, maker]), place);
  expect(release).toMatchObject({ kill: 'K-1', edge: 'edge-1' });
  expect([...by].sort()).toEqual(['p-01', 'p-02']);
  expect(problemsOf({}, [maker])).toEqual(['signed by 1 of the 2 people that a release takes']);
});

test('a second signature of somebody without the right does not count, and a third one does no harm', () => {
  expect(problemsOf({}, [maker, second])).toEqual([
    'p-03 has not the role kill-releaser',
    'signed by 1 of the 2 people that a release takes',
  ]);
  expect(problemsOf({}, [maker, second, checker])).toEqual([]);
});

test('the same person under two keys is one, and a stranger none', () => {
  expect(problemsOf({}, [maker, exampleSigner('p-02', 99)])).toEqual([
    'signed by 1 of the 2 people that a release takes',
  ]);
  expect(problemsOf({}, [exampleSigner('p-02', 99)])).toEqual([
    expect.stringContaining('signed by no known key'),
    'signed by 0 of the 2 people that a release takes',
  ]);
});

test.each([
  ['at its first moment', '2020-03-06T20:00:00Z', []],
  ['a nanosecond early', '2020-03-06T19:59:59.999999999Z', ['it counts only from 2020-03-06T20:00:00.000000000Z']],
  ['at its last moment', '2020-03-06T20:59:59.999999999Z', []],
  ['a nanosecond late', '2020-03-06T21:00:00Z', ['it counted until 2020-03-06T21:00:00.000000000Z']],
])('a release %s', (_, at, problems) => {
  expect(problemsOf({}, [maker, checker], { ...place, at: parseInstant(at) })).toEqual(problems);
});

test('a release for another edge, with an empty term or of another form is refused, each problem listed', () => {
  expect(problemsOf({ edge: 'edge-2', to: text.from }, [maker])).toEqual([
    'signed by 1 of the 2 people that a release takes',
    'it is for edge-2, not for edge-1',
    'its term ends before it begins',
    'it counted until 2020-03-06T20:00:00.000000000Z',
  ]);
  expect(problemsOf({ kill: 'no kill' }, [maker, checker])).toEqual([expect.stringContaining('kill: ')]);
  const other = () => verifyRelease(signedBy('gatehouse/override/v1', text, [maker, checker]), place);
  expect(other).toThrow('not gatehouse/release/v1');
  expect(() => verifyRelease('no note', place)).toThrow('without its two lines');
});
