import { genesis, headOf, nextEpoch } from '@gatehouse/shared/journal/chain.ts';
import { type ChainHead, type SealedEntry, sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { expect, test } from 'vitest';
import type { StoredLeaf } from '../store/ledger-rows.ts';
import { type Heads, verifyLeaf } from './verify-leaf.ts';

const clock = { source: 'manual', offsetNs: '0', uncertaintyNs: '0' };
const at = { at: '2026-01-05T09:00:00.000000000Z', clock };

function entryAfter(head: ChainHead): SealedEntry {
  return sealEntry({ head, at, kind: 'incident', body: { v: 1 }, salt: new Uint8Array(16) });
}

function rowOf(entry: SealedEntry, leaf: number): StoredLeaf {
  const { edge, epoch, seq, kind, at } = entry.header;
  const { hash, headerText: header, salt, bodyText: body } = entry;
  return { leaf, edge, epoch, seq, kind, at, hash, header, salt, body };
}

test('an entry that follows the one before it has no fault, and one that skips a place has', () => {
  const heads: Heads = new Map();
  const first = entryAfter(genesis('edge-1'));
  const second = entryAfter(headOf(first));
  const fourth = entryAfter({ ...headOf(second), seq: 3 });
  const codes = [first, second, fourth].map((entry, leaf) =>
    verifyLeaf(rowOf(entry, leaf), heads, new Map()).map(({ code }) => code),
  );
  expect(codes).toEqual([[], [], ['chain-broken']]);
});

test('an epoch that nothing on record opened is a fault, though it continues from the last hash', () => {
  const heads: Heads = new Map();
  const first = entryAfter(genesis('edge-1'));
  const opened = entryAfter(nextEpoch(headOf(first)));
  expect(verifyLeaf(rowOf(first, 0), heads, new Map())).toEqual([]);
  expect(verifyLeaf(rowOf(opened, 1), heads, new Map())).toMatchObject([{ code: 'chain-broken', leaf: 1 }]);
});

test('an epoch is followed only from the very head at which it was opened', () => {
  const first = entryAfter(genesis('edge-1'));
  const second = entryAfter(headOf(first));
  const codesAfter = (agreed: typeof first): readonly string[] => {
    const heads: Heads = new Map([['edge-1', headOf(second)]]);
    const epochs = new Map([['edge-1', { before: nextEpoch(headOf(agreed)), verifierKey: undefined }]]);
    const opened = entryAfter(nextEpoch(headOf(agreed)));
    return verifyLeaf(rowOf(opened, 2), heads, epochs).map(({ code }) => code);
  };
  expect(codesAfter(second)).toEqual([]);
  expect(codesAfter(first)).toEqual(['chain-broken']);
});
