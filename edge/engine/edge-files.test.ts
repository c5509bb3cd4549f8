import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { sheetHash } from '@gatehouse/compliance/sheet-document.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { decodeSignerKey, generateSigner } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenedGovernance, openGovernance } from '../governance/governance.ts';
import { governanceFolders } from '../governance/governance-folders.ts';
import { createGovernanceRecord, type GovernanceRecord } from '../governance/governance-record.ts';
import { writeDurably } from '../journal/durable-file.ts';
import { DEMO_IDENTITY } from './demo-account.ts';
import { edgeFolders, loadCredentials } from './edge-files.ts';

const NOW = parseInstant('2026-01-05T09:00:00Z');

let root = '';
let record: GovernanceRecord;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-edge-files-'));
  record = createGovernanceRecord();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const load = (instrument?: string, now = NOW, pace: 'daily' | 'minute' = 'daily') =>
  loadCredentials({ folders: edgeFolders(root), edge: 'edge-1', identity: DEMO_IDENTITY, instrument, pace, now });

async function open(now = NOW): Promise<OpenedGovernance> {
  const { place } = await load();
  const opened = await openGovernance({ root, edge: 'edge-1', place, controls, accepted: record.accepted, at: now });
  for (const entry of opened.entries) record.fold(entry);
  await opened.clearInbox();
  return opened;
}

const instrumentsIn = ({ governance }: OpenedGovernance) => {
  const line = governance.sheets.held?.sheet.controls.find(({ control }) => control === 'algorithm-sheet');
  return line !== undefined && 'on' in line ? line.on[0]?.figures['instruments'] : undefined;
};

test('making the key alone makes no people and no sheet', async () => {
  const { signer, notes } = await load();
  expect([signer.name, notes]).toEqual(['edge-1', []]);
  expect(readdirSync(root).toSorted()).toEqual(['edge.key', 'edge.vkey']);
});

test('the first start makes people, trust and a sheet that two of them signed, and says so once', async () => {
  const { notes, place } = await load('SP500-INDEX');
  expect(notes).toEqual([expect.stringContaining('they are not sealed')]);
  expect(place).toEqual({ environment: 'paper', legalEntity: DEMO_IDENTITY.legalEntity });
  const opened = await open();
  expect(opened.entries.map(({ kind }) => kind)).toEqual(['trust', 'limits']);
  expect(opened.inbox).toMatchObject([
    { kind: 'accepted', says: expect.stringContaining('signed by P-demo-maker and P-demo-checker') },
  ]);
  expect(opened.governance.sheets.rulesAt(NOW)).toBeDefined();
  expect(instrumentsIn(opened)).toEqual(['SP500-INDEX']);
  expect((await load('SP500-INDEX')).notes).toEqual([]);
  expect((await open()).entries).toEqual([]);
});

test.skipIf(process.platform === 'win32')('nobody else may read the keys', async () => {
  await load('SP500-INDEX');
  const { demoKeys } = governanceFolders(root);
  for (const name of readdirSync(demoKeys)) expect(statSync(join(demoKeys, name)).mode & 0o077).toBe(0);
  expect(readFileSync(join(demoKeys, 'README.txt'), 'utf8')).toContain('not sealed');
});

test('a start that was killed in between is made up for', async () => {
  await load('SP500-INDEX');
  const { trust, inbox } = governanceFolders(root);
  rmSync(join(trust, 'trust-000001.note'));
  rmSync(join(inbox, 'demo-1.sheet'));
  await load('SP500-INDEX');
  expect((await open()).governance.sheets.rulesAt(NOW)).toBeDefined();
});

test('a replay of other prices gets the next sheet, which both sign since it loosens', async () => {
  await load('SP500-INDEX');
  await open();
  const later = addMs(NOW, 1_000);
  await load('CSV-00000001', later);
  const opened = await open(later);
  expect(opened.governance.sheets.held?.sheet.sequence).toBe(2);
  expect(instrumentsIn(opened)).toEqual(['SP500-INDEX', 'CSV-00000001']);
  await load('SP500-INDEX', addMs(later, 1_000));
  expect((await open(addMs(later, 1_000))).governance.sheets.held?.sheet.sequence).toBe(2);
});

test('bars of another pace get the next sheet as well, and what a person changed stays', async () => {
  await load('SP500-INDEX');
  await open();
  const later = addMs(NOW, 1_000);
  await load('SP500-INDEX', later, 'minute');
  const { governance } = await open(later);
  expect(governance.sheets.held?.sheet.sequence).toBe(2);

  const { accepted, demoKeys } = governanceFolders(root);
  const maker = decodeSignerKey(readFileSync(join(demoKeys, 'P-demo-maker.key'), 'utf8'));
  const held = governance.sheets.held?.sheet;
  if (held === undefined) throw new Error('a sheet is in force');
  const own = { ...held, sequence: 3, reason: 'Changed by hand.' };
  const document = signDocument(maker, SHEET_TYPE, encode(Sheet, { ...own, checkers: [] }) as JsonValue);
  await writeDurably(join(accepted, `${sheetHash(document)}.sheet`), document);
  await load('CSV-00000001', later, 'daily');
  expect(readdirSync(governanceFolders(root).inbox)).toEqual([]);
});

test('where a firm has put its own trust document, no people of a demonstration are made', async () => {
  const { inbox, demoKeys } = governanceFolders(root);
  const stranger = generateSigner('root-1');
  await load();
  mkdirSync(inbox, { recursive: true });
  await writeDurably(join(inbox, 'trust.note'), stranger.sign('gatehouse/trust/v1\n{}\n'));
  expect((await load('SP500-INDEX')).notes).toEqual([]);
  expect(() => readdirSync(demoKeys)).toThrow();
});

test('a draft, a folder and nonsense in the inbox keep no demonstration from starting', async () => {
  await load('SP500-INDEX');
  await open();
  const { inbox } = governanceFolders(root);
  await writeDurably(join(inbox, 'draft.sheet'), `${SHEET_TYPE}\n{"v":1}\n`);
  await writeDurably(join(inbox, 'nonsense.sheet'), '\u0000nonsense');
  mkdirSync(join(inbox, 'folder'));
  expect((await load('SP500-INDEX')).notes).toEqual([]);
  const opened = await open();
  expect(opened.inbox.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
  expect(opened.governance.sheets.rulesAt(NOW)).toBeDefined();
});

test('where the accepted sheet was damaged, no other is made in its place, and nothing is traded', async () => {
  await load('SP500-INDEX');
  await open();
  const { accepted, inbox } = governanceFolders(root);
  const [file = ''] = readdirSync(accepted);
  await writeDurably(join(accepted, file), 'garbage');
  expect((await load('SP500-INDEX')).notes).toEqual([]);
  expect(readdirSync(inbox)).toEqual([]);
  const opened = await open();
  expect(opened.governance.sheets.rulesAt(NOW)).toBeUndefined();
  expect(opened.entries).toMatchObject([{ kind: 'incident', body: { code: 'SHEET_MISSING' } }]);
});
