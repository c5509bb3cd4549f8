import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  advance,
  type ChainHead,
  follows,
  genesis,
  headOf,
  nextEpoch,
  openEntry,
  sameHead,
  verifyChain,
  verifyEntry,
  verifyHeader,
} from './chain.ts';
import { GENESIS_HASH, type SealedEntry, sealEntry, type WireEntry } from './entry.ts';

const AT = {
  at: '2026-01-05T09:00:01.000250000Z',
  clock: { source: 'chrony', offsetNs: '0', uncertaintyNs: '500000' },
};

function seal(head: ChainHead, figure = 0): SealedEntry {
  return sealEntry({ head, at: AT, kind: 'fill', body: { figure, text: 'päïr' }, salt: Buffer.alloc(16, figure) });
}

function chainOf(length: number, start = genesis('desk-1')): readonly SealedEntry[] {
  const entries: SealedEntry[] = [];
  let head = start;
  for (let index = 0; index < length; index += 1) {
    const entry = seal(head, index);
    head = advance(head, entry);
    entries.push(entry);
  }
  return entries;
}

function headAfter(entries: readonly SealedEntry[]): ChainHead {
  const last = entries.at(-1);
  return last === undefined ? genesis('desk-1') : headOf(last);
}

/** The entry with one bit of one of its bytes flipped; header, salt and body lie one after the other. */
function flipped(entry: WireEntry, place: number, bit: number): WireEntry {
  const header = Buffer.from(entry.headerText);
  const bytes = Buffer.concat([header, entry.salt, Buffer.from(entry.bodyText)]);
  const offset = place % bytes.length;
  bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
  const bodyStart = header.length + entry.salt.length;
  return {
    headerText: bytes.toString('utf8', 0, header.length),
    salt: bytes.subarray(header.length, bodyStart),
    bodyText: bytes.toString('utf8', bodyStart),
  };
}

test('the first entry of an edge follows genesis', () => {
  expect(genesis('desk-1')).toEqual({ edge: 'desk-1', epoch: 1, seq: 0, hash: GENESIS_HASH });
  expect(follows(genesis('desk-1'), seal(genesis('desk-1')).header)).toBeUndefined();
});

test('a chain of any length verifies up to its signed head', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), (length) => {
      const entries = chainOf(length);
      expect(verifyChain({ from: genesis('desk-1'), entries, to: headAfter(entries) })).toEqual(entries);
    }),
  );
});

test('I3 one flipped bit anywhere in header, salt or body is detected', () => {
  const entries = chainOf(4);
  const to = headAfter(entries);
  fc.assert(
    fc.property(fc.nat(3), fc.nat(100_000), fc.nat(7), (which, place, bit) => {
      const damaged = entries.map((entry, index) => (index === which ? flipped(entry, place, bit) : entry));
      expect(() => verifyChain({ from: genesis('desk-1'), entries: damaged, to })).toThrow();
    }),
    { numRuns: 1_000 },
  );
});

test('every single byte of the last entry is covered, also by the signed head', () => {
  const entries = chainOf(2);
  const [first, last] = entries;
  if (first === undefined || last === undefined) throw new Error('two entries were made');
  const size = Buffer.byteLength(last.headerText) + last.salt.length + Buffer.byteLength(last.bodyText);
  for (let place = 0; place < size; place += 1) {
    const run = [first, flipped(last, place, 0)];
    expect(() => verifyChain({ from: genesis('desk-1'), entries: run, to: headAfter(entries) })).toThrow();
  }
});

test('leaving out, repeating or swapping entries is detected', () => {
  const [one, two, three] = chainOf(3);
  if (one === undefined || two === undefined || three === undefined) throw new Error('three entries were made');
  const from = genesis('desk-1');
  const to = headOf(three);
  const verify = (entries: readonly WireEntry[]) => verifyChain({ from, entries, to });
  expect(() => verify([one, three])).toThrow('entry 3 of epoch 1 of desk-1: there is a gap: seq 3 comes after 1');
  expect(() => verify([one, one, two, three])).toThrow('it repeats: seq 1 comes after 1');
  expect(() => verify([two, one, three])).toThrow('gap');
  expect(() => verify([one, two])).toThrow('the run ends at desk-1 1/2');
  expect(verify([one, two, three])).toHaveLength(3);
});

test.each<[string, ChainHead, string]>([
  ['another edge', { ...genesis('desk-2') }, 'it is of edge desk-1, not desk-2'],
  ['a later epoch', { ...genesis('desk-1'), epoch: 2 }, 'it is of epoch 1, not 2'],
  ['another hash', { ...genesis('desk-1'), hash: 'ab'.repeat(32) }, `its prev is ${GENESIS_HASH}, not abab`],
])('an entry does not follow the head of %s', (_name, head, message) => {
  const entry = seal(genesis('desk-1'));
  expect(() => verifyEntry({ ...entry, head })).toThrow(message);
  expect(() => verifyEntry({ ...entry, head })).toThrow(expect.objectContaining({ code: 'CHAIN_BROKEN' }));
  expect(() => advance(head, entry)).toThrow(message);
});

test('a body that is not the one of its header breaks the chain', () => {
  const entry = seal(genesis('desk-1'));
  const message = 'entry 1 of epoch 1 of desk-1: the hash of its body differs';
  expect(() => openEntry({ ...entry, bodyText: '{}' })).toThrow(message);
  expect(() => openEntry({ ...entry, salt: Buffer.alloc(16, 9) })).toThrow(message);
  expect(() => openEntry({ ...entry, salt: Buffer.alloc(15) })).toThrow('salt of 15 bytes');
  expect(openEntry(entry)).toEqual(entry);
});

test('a header stands in its chain without its body', () => {
  const { header, headerText, hash } = seal(genesis('desk-1'));
  expect(verifyHeader({ head: genesis('desk-1'), headerText })).toEqual({ header, headerText, hash });
  expect(() => verifyHeader({ head: genesis('desk-2'), headerText })).toThrow('it is of edge desk-1');
});

test('a new epoch follows only where it is opened, from the last agreed hash', () => {
  const agreed = headAfter(chainOf(3));
  const entry = seal(nextEpoch(agreed));
  expect(entry.header).toMatchObject({ epoch: 2, seq: 1, prev: agreed.hash });
  expect(follows(agreed, entry.header)).toBe('it is of epoch 2, not 1');
  expect(follows(agreed, entry.header, true)).toBeUndefined();
  expect(advance(agreed, entry, true)).toEqual({ edge: 'desk-1', epoch: 2, seq: 1, hash: entry.hash });
  expect(verifyEntry({ ...entry, head: agreed, openEpoch: true })).toEqual(entry);
});

test('opening an epoch takes no entry of the old one and no other past', () => {
  const agreed = headAfter(chainOf(3));
  expect(follows(agreed, seal(agreed).header, true)).toBe('it is of epoch 1, not 2');
  expect(follows(headAfter(chainOf(2)), seal(nextEpoch(agreed)).header, true)).toMatch('its prev is');
});

test('heads are the same only where place and hash are', () => {
  const head = headAfter(chainOf(1));
  expect(sameHead(head, { ...head })).toBe(true);
  for (const change of [{ edge: 'desk-2' }, { epoch: 2 }, { seq: 2 }, { hash: GENESIS_HASH }]) {
    expect(sameHead(head, { ...head, ...change })).toBe(false);
  }
});
