import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examplePeople, exampleTrust, signedBy } from '@gatehouse/compliance/examples/people.ts';
import { filesHash } from '@gatehouse/compliance/fact-files.ts';
import { createFactsReader } from '@gatehouse/compliance/facts-document.ts';
import type { SignedFile } from '@gatehouse/shared/governance/verify-dated-file.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { travellingHash } from '@gatehouse/shared/schema/control.ts';
import { DATED_FILE_TYPE, type HubFileKind } from '@gatehouse/shared/schema/dated-file.ts';
import { addMs, type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toWireBody } from '../engine/entry-wire.ts';
import type { OnRecord } from '../engine/on-record.ts';
import { onRecordAfter } from '../engine/on-record.ts';
import { parseFacts } from './facts-folder.ts';
import { type GovernedFacts, openFacts } from './facts-keeper.ts';
import { createHubFileStore } from './hub-file-store.ts';

const { maker, checker } = examplePeople;
const { trust } = exampleTrust();
const START = parseInstant('2026-01-05T12:00:00Z');
const NOTHING: OnRecord = { algorithms: [], facts: {} };
let root = '';
let now: Instant = START;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'governed-facts-'));
  now = START;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const head = { v: 1, asOf: '2026-01-05T08:00:00.000000000Z', source: 'Compliance.' };
const listOf = (...names: readonly string[]): string =>
  JSON.stringify({
    ...head,
    kind: 'restrictions',
    rows: names.map((instrument) => ({ list: 'restricted', instrument, sides: 'both', reason: 'A mandate.' })),
  });

function signed(
  content: string,
  sequence: number,
  change: object = {},
  kind: HubFileKind = 'restrictions',
): SignedFile {
  const wire = {
    ...{ v: 1, kind, sequence, environment: 'paper', legalEntity: trust.legalEntity, reason: 'A test.' },
    from: instantText(addMs(START, -1_000)),
    content: { hash: sha256(content).toString('hex'), bytes: Buffer.byteLength(content) },
    ...change,
  };
  return { note: signedBy(DATED_FILE_TYPE, JSON.parse(JSON.stringify(wire)), [maker, checker]), content };
}

/** An edge's facts with what its journal would remember of them. */
class Edge {
  accepted: OnRecord = NOTHING;
  readonly entries: EntryBody[] = [];
  keeper: GovernedFacts;

  constructor() {
    this.keeper = this.#open();
  }

  restart(): void {
    this.keeper = this.#open();
  }

  record(entries: readonly EntryBody[]): void {
    for (const entry of entries) {
      // What fits no entry would stop the edge.
      expect(toWireBody(entry).body.length).toBeLessThan(1_048_576);
      this.entries.push(entry);
      this.accepted = onRecordAfter(this.accepted, entry);
    }
  }

  look(): void {
    this.record(this.keeper.look());
  }

  async take(file: SignedFile, kind: HubFileKind = 'restrictions'): Promise<string> {
    const judged = await this.keeper.judge(kind, file, { trust, at: now });
    if (judged.kind === 'refused') return judged.problems.join('; ');
    if (judged.kind === 'good') await this.keeper.accept(judged.hubFile, async (entries) => this.record(entries));
    return judged.kind;
  }

  #open(): GovernedFacts {
    const hub = { store: createHubFileStore(join(root, 'hub')), marks: this.accepted.hubFiles ?? {}, now: () => now };
    const opened = openFacts({ folder: join(root, 'facts'), accepted: this.accepted.facts, hub });
    this.record(opened.entries);
    return opened.keeper;
  }
}

const isRestricted = ({ keeper }: Edge, instrument: string): boolean | undefined => {
  const found = keeper.files.restrictions?.of({ instrument, issuer: 'x' });
  return found === undefined ? undefined : found.length > 0;
};

const codesOf = ({ entries }: Edge): readonly string[] =>
  entries.flatMap((entry) => (entry.kind === 'incident' ? [entry.body.code] : []));

/** Whoever follows the entries holds the same files as the edge. */
function expectFollowed(edge: Edge): void {
  const reader = createFactsReader();
  const held = new Map<string, NonNullable<ReturnType<typeof reader.take>>>();
  let files = '';
  for (const entry of edge.entries) {
    if (entry.kind !== 'facts') continue;
    const found = entry.body.ended === true ? undefined : reader.take(entry.body);
    if (entry.body.ended === true) held.delete(entry.body.kind);
    if (found !== undefined) held.set(entry.body.kind, found);
    files = entry.body.files;
  }
  expect(filesHash([...held.values()])).toBe(edge.keeper.files.hash);
  expect(files).toBe(edge.keeper.files.hash);
}

function putLocal(kind: string, text: string): void {
  mkdirSync(join(root, 'facts'), { recursive: true });
  const path = join(root, 'facts', `${kind}.json`);
  // A new file has another inode, as whoever renames one into its place gives it.
  rmSync(path, { force: true });
  writeFileSync(path, text);
}

test('the hub’s file takes the place of the one in the folder, at once, after a restart and whatever the folder says', async () => {
  putLocal('restrictions', listOf('LOCAL'));
  const edge = new Edge();
  expect([isRestricted(edge, 'LOCAL'), isRestricted(edge, 'ACME')]).toEqual([true, false]);
  expect(await edge.take(signed(listOf('ACME'), 1))).toBe('good');
  expect([isRestricted(edge, 'LOCAL'), isRestricted(edge, 'ACME')]).toEqual([false, true]);
  expect(codesOf(edge)).toEqual(['FACTS_GOVERNED']);
  expectFollowed(edge);

  const count = edge.entries.length;
  putLocal('restrictions', listOf());
  edge.look();
  rmSync(join(root, 'facts', 'restrictions.json'));
  edge.look();
  edge.restart();
  expect(isRestricted(edge, 'ACME')).toBe(true);
  expect(edge.entries).toHaveLength(count);
});

test('the same again changes nothing, an older one is refused, and the next one takes over', async () => {
  const edge = new Edge();
  const first = signed(listOf('ACME'), 1);
  const second = signed(listOf(), 2, { previous: travellingHash(first.note) });
  expect([await edge.take(first), await edge.take(first), await edge.take(second)]).toEqual(['good', 'known', 'good']);
  expect(await edge.take(first)).toContain('number 1 came after number 2');
  expect(isRestricted(edge, 'ACME')).toBe(false);
  expect(edge.entries.map(({ kind }) => kind)).toEqual(['facts', 'facts']);
  expect(readdirSync(join(root, 'hub'))).toHaveLength(2);
  expectFollowed(edge);
});

test('with the end of its term nothing is known any more, also after a restart, until the next one', async () => {
  const edge = new Edge();
  const first = signed(listOf('ACME'), 1, { to: '2026-01-05T13:00:00.000000000Z' });
  await edge.take(first);
  now = parseInstant('2026-01-05T12:59:59.999999999Z');
  edge.look();
  expect(isRestricted(edge, 'ACME')).toBe(true);
  now = parseInstant('2026-01-05T13:00:00Z');
  edge.look();
  edge.look();
  expect(isRestricted(edge, 'ACME')).toBeUndefined();
  expect(codesOf(edge)).toEqual(['FACTS_ENDED']);
  expectFollowed(edge);
  putLocal('restrictions', listOf());
  edge.restart();
  expect(isRestricted(edge, 'ACME')).toBeUndefined();
  const next = signed(listOf('ACME'), 2, {
    previous: travellingHash(first.note),
    from: '2026-01-05T13:00:00.000000000Z',
  });
  expect(await edge.take(next)).toBe('good');
  expect(isRestricted(edge, 'ACME')).toBe(true);
  expectFollowed(edge);
});

test('a file that the disk has lost or changed counts for nothing, says so, and comes back from the hub', async () => {
  const edge = new Edge();
  const first = signed(listOf('ACME'), 1);
  await edge.take(first);
  writeFileSync(join(root, 'hub', sha256(first.content).toString('hex')), listOf());
  edge.restart();
  expect(isRestricted(edge, 'ACME')).toBeUndefined();
  expect(codesOf(edge)).toEqual(['FACTS_LOST']);
  expectFollowed(edge);
  expect(await edge.take({ ...first, content: listOf() })).toContain('has not the hash');
  expect(await edge.take(first)).toBe('good');
  expect(isRestricted(edge, 'ACME')).toBe(true);
  expectFollowed(edge);
  edge.restart();
  expect(isRestricted(edge, 'ACME')).toBe(true);
});

test('the text before stays until the new one is on record, so that a crash in between goes back to it', async () => {
  const edge = new Edge();
  const first = signed(listOf('ACME'), 1);
  await edge.take(first);
  const second = signed(listOf('ACME', 'EVIL'), 2, { previous: travellingHash(first.note) });
  const judged = await edge.keeper.judge('restrictions', second, { trust, at: now });
  if (judged.kind !== 'good') throw new Error(judged.kind);
  // The disk fails before the entries are on it.
  const failed = edge.keeper.accept(judged.hubFile, () => Promise.reject(new Error('no disk')));
  await expect(failed).rejects.toThrow('no disk');
  edge.restart();
  expect(isRestricted(edge, 'ACME')).toBe(true);
  expect(codesOf(edge)).toEqual([]);
  expect(await edge.take(second)).toBe('good');
});

test('whoever waits, such as a kill, goes before the next step of a long list', async () => {
  const edge = new Edge();
  let turns = 0;
  const count = (): void => {
    turns += 1;
    if (turns < 100) setImmediate(count);
  };
  setImmediate(count);
  const judged = await edge.keeper.judge('restrictions', signed(listOf('ACME'), 1), { trust, at: now });
  expect(judged.kind).toBe('good');
  expect(turns).toBeGreaterThan(2);
});

test('a list that is longer than an entry is recorded in parts and read from them', async () => {
  const edge = new Edge();
  const rows = Array.from({ length: 20_000 }, (_, index) => ({
    party: `p-${index}`,
    list: 'ofac-sdn',
    entry: '𝒳'.repeat(20),
  }));
  const text = JSON.stringify({ ...head, kind: 'sanctions', lists: [{ list: 'ofac-sdn', version: '1' }], rows });
  await edge.take(signed(text, 1, {}, 'sanctions'), 'sanctions');
  expect(edge.entries.length).toBeGreaterThan(3);
  expect(edge.keeper.files.sanctions?.of('p-7')).toHaveLength(1);
  expectFollowed(edge);
  edge.restart();
  expect(edge.keeper.files.sanctions?.of('p-7')).toHaveLength(1);

  const reader = createFactsReader();
  const torn = edge.entries.filter((_, index) => index !== 1);
  const read = () => torn.map((entry) => (entry.kind === 'facts' ? reader.take(entry.body) : undefined));
  expect(read).toThrow('some are missing');
});

test('a local file of a kind that the hub gives none of counts as before', async () => {
  putLocal('margins', JSON.stringify({ ...head, kind: 'margins', rows: [] }));
  const edge = new Edge();
  await edge.take(signed(listOf(), 1));
  expect(edge.keeper.files.margins).toBeDefined();
  rmSync(join(root, 'facts', 'margins.json'));
  edge.look();
  expect(codesOf(edge)).toEqual(['FACTS_REFUSED']);
  expect(edge.keeper.files.hash).toBe(
    filesHash([
      parseFacts('margins', JSON.stringify({ ...head, kind: 'margins', rows: [] })),
      parseFacts('restrictions', listOf()),
    ]),
  );
});
