import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { KitError } from '../errors.ts';
import type { JsonValue } from '../journal/canonical.ts';
import { cosign, signerFromSeed } from '../journal/note.ts';
import { signDocument } from '../journal/typed-note.ts';
import { TRUST_TYPE, type Trust } from '../schema/governance.ts';
import { parseInstant } from '../values/instant.ts';
import { allVerifiers, openTrust, openTrustChain, roleProblem, type TrustInForce, verifiersFor } from './trust.ts';

type TrustText = z.input<typeof Trust>;

const signer = (name: string, byte: number) => signerFromSeed(name, new Uint8Array(32).fill(byte));
const root1 = signer('root-1', 1);
const root2 = signer('root-2', 2);
const root3 = signer('root-3', 3);
const anna = signer('p-anna', 11);
const ben = signer('p-ben', 12);

const place = { environment: 'paper', legalEntity: 'GATEHOUSEDEMOFIRM008' } as const;
const from = '2026-01-01T00:00:00.000000000Z';
const at = (text: string) => parseInstant(text);

const first: TrustText = {
  v: 1,
  version: 1,
  ...place,
  at: from,
  threshold: 2,
  roots: [root1.verifierKey, root2.verifierKey, root3.verifierKey],
  people: [
    { id: 'p-anna', key: anna.verifierKey, roles: ['limits-maker'], from },
    {
      id: 'p-ben',
      key: ben.verifierKey,
      roles: ['limits-checker', 'kill-releaser'],
      from,
      to: '2027-01-01T00:00:00.000000000Z',
    },
  ],
};

function signed(text: TrustText, ...by: readonly (typeof root1)[]): string {
  const [one = root1, ...more] = by;
  return more.reduce(cosign, signDocument(one, TRUST_TYPE, text as unknown as JsonValue));
}

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof KitError && error.code === 'TRUST_REFUSED') return error.problems;
    throw error;
  }
  return [];
}

const opened = openTrust(signed(first, root1, root2), { ...place, previous: undefined });
const second: TrustText = { ...first, version: 2, previous: opened.hash, at: '2026-02-01T00:00:00.000000000Z' };
const step = { ...place, previous: opened };

test('the first version is signed by the threshold of its own roots', () => {
  expect(opened.trust.version).toBe(1);
  expect(problemsOf(() => openTrust(signed(first, root1), { ...place, previous: undefined }))).toEqual([
    'signed by 1 of the 2 roots that version 1 asks for',
  ]);
});

test('a version is signed by the roots of the version before it, and its own do not count', () => {
  const own = signer('root-9', 9);
  const taken = { ...second, threshold: 1, roots: [own.verifierKey] };
  expect(problemsOf(() => openTrust(signed(taken, own), step))).toEqual([
    expect.stringContaining('signed by no known key'),
  ]);
  expect(problemsOf(() => openTrust(signed(taken, root1, own), step))).toEqual([
    'signed by 1 of the 2 roots that version 1 asks for',
  ]);
  const handed = openTrust(signed(taken, root3, root1), step);
  expect(handed.trust.roots).toEqual([own.verifierKey]);
  const third = { ...taken, version: 3, previous: handed.hash };
  expect(openTrust(signed(third, own), { ...place, previous: handed }).trust.version).toBe(3);
});

test('the hash that a version is named by does not change with more signatures', () => {
  const more = openTrust(signed(first, root3, root2, root1), { ...place, previous: undefined });
  expect(more.hash).toBe(opened.hash);
  expect(more.document).not.toBe(opened.document);
});

test('a chain is opened from its first version on, each once and in order', () => {
  const documents = [signed(first, root1, root2), signed(second, root2, root3)];
  expect(openTrustChain(documents, place).map(({ trust }) => trust.version)).toEqual([1, 2]);
  expect(problemsOf(() => openTrustChain(documents.toReversed(), place))).toContain('version 2, where 1 has to follow');
  expect(problemsOf(() => openTrustChain([documents[0] ?? '', documents[0] ?? ''], place))).toContain(
    'version 1, where 2 has to follow',
  );
  expect(() => openTrustChain([], place)).toThrow('no trust document');
});

test('everything that is wrong with a version is listed at once', () => {
  const wrong: TrustText = {
    ...second,
    version: 4,
    previous: 'a'.repeat(64),
    environment: 'live',
    at: '2025-01-01T00:00:00.000000000Z',
    threshold: 3,
    roots: [root1.verifierKey, signer('root-1', 4).verifierKey],
    people: [
      { id: 'p-anna', key: anna.verifierKey, roles: ['limits-maker'], from },
      { id: 'p-anna', key: signer('p-cleo', 11).verifierKey, roles: ['limits-checker'], from, to: from },
      { id: 'p-dora', key: 'p-dora+00000000+AAAA', roles: ['limits-checker'], from },
      { id: 'demo-eve', key: signer('demo-eve', 13).verifierKey, roles: ['limits-checker'], from },
    ],
  };
  expect(problemsOf(() => openTrust(signed(wrong, root1), step))).toEqual([
    'version 4, where 2 has to follow',
    `it does not name version 1 by its hash ${opened.hash}`,
    'it is dated before the version before it',
    'it is for live, not for paper',
    'the key of p-dora: verifier key without its form',
    'two roots have the name root-1',
    'p-anna is named twice',
    'the key of p-anna signs under the name p-cleo',
    'one key stands under p-anna and p-cleo',
    'the term of p-anna ends before it begins',
    'a threshold of 3 with 2 roots can never be reached',
    'demo-eve is a key of a test',
    'signed by 1 of the 2 roots that version 1 asks for',
  ]);
});

test.each([
  ['text', 'nothing signed', 'a signed document without its two lines and its signatures'],
  [
    'another type',
    signDocument(root1, 'gatehouse/head/v1', { v: 1 }),
    `a document of type gatehouse/head/v1, not ${TRUST_TYPE}`,
  ],
  ['no fields', signDocument(root1, TRUST_TYPE, { v: 1 }), expect.stringContaining('version: ')],
])('%s is no trust document', (_, document, problem) => {
  const found = problemsOf(() => openTrust(document, { ...place, previous: undefined }));
  expect(found).toContainEqual(problem);
});

test('trust of another firm and a first version that names an earlier one are refused', () => {
  const other = { environment: 'paper', legalEntity: '529900T8BM49AURSDO55' } as const;
  expect(problemsOf(() => openTrust(signed(first, root1, root2), { ...other, previous: undefined }))).toEqual([
    'it is of GATEHOUSEDEMOFIRM008, not of 529900T8BM49AURSDO55',
  ]);
  const odd = signed({ ...first, previous: opened.hash }, root1, root2);
  expect(problemsOf(() => openTrust(odd, { ...place, previous: undefined }))).toEqual([
    'the first version names a version before it',
  ]);
});

test('keys of a test are good on paper and refused where money is real', () => {
  const demo: TrustText = {
    ...first,
    people: [{ id: 'P-demo-x', key: signer('P-demo-x', 5).verifierKey, roles: ['limits-maker'], from }],
  };
  expect(openTrust(signed(demo, root1, root2), { ...place, previous: undefined }).trust.people).toHaveLength(1);
  const live = { ...place, environment: 'live' } as const;
  expect(
    problemsOf(() => openTrust(signed({ ...demo, ...live }, root1, root2), { ...live, previous: undefined })),
  ).toEqual(['P-demo-x is a key of a test']);
});

test.each([
  ['p-anna', 'limits-maker', '2026-01-01T00:00:00Z', undefined],
  [
    'p-anna',
    'limits-maker',
    '2025-12-31T23:59:59.999999999Z',
    'the key of p-anna counts only from 2026-01-01T00:00:00.000000000Z',
  ],
  ['p-anna', 'limits-checker', '2026-01-01T00:00:00Z', 'p-anna has not the role limits-checker'],
  ['p-ben', 'kill-releaser', '2026-12-31T23:59:59.999999999Z', undefined],
  ['p-ben', 'kill-releaser', '2027-01-01T00:00:00Z', 'the key of p-ben counted until 2027-01-01T00:00:00.000000000Z'],
  ['p-cleo', 'limits-maker', '2026-01-01T00:00:00Z', 'p-cleo is not among the people of trust version 1'],
] as const)('%s as %s at %s', (person, role, time, problem) => {
  expect(roleProblem(opened.trust, { person, role, at: at(time) })).toBe(problem);
  const names = verifiersFor(opened.trust, role, at(time)).map(({ name }) => name);
  expect(names.includes(person)).toBe(problem === undefined);
});

test('all people have a verifier, whatever their terms', () => {
  expect(allVerifiers(opened.trust).map(({ name }) => name)).toEqual(['p-anna', 'p-ben']);
});

test('a version is accepted exactly where enough different roots signed it', () => {
  const roots = [root1, root2, root3];
  fc.assert(
    fc.property(fc.subarray([0, 1, 2]), fc.integer({ min: 1, max: 3 }), (who, threshold) => {
      const by = who.flatMap((index) => roots[index] ?? []);
      const strangers = [signer('root-1', 77)];
      const previous: TrustInForce = { ...opened, trust: { ...opened.trust, threshold } };
      const document = signed(second, ...(by.length === 0 ? strangers : [...by, ...strangers]));
      const isAccepted = problemsOf(() => openTrust(document, { ...place, previous })).length === 0;
      expect(isAccepted).toBe(by.length >= threshold);
    }),
    { numRuns: 50 },
  );
});
