import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examplePeople, exampleTrust, signedBy } from '@gatehouse/compliance/examples/people.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { BODY_CHUNK_BYTES_MAX, BODY_PATH, BODY_SIZE_HEADER, travellingHash } from '@gatehouse/shared/schema/control.ts';
import { DATED_FILE_TYPE } from '@gatehouse/shared/schema/dated-file.ts';
import { addMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GovernedFacts, openFacts } from '../facts/facts-keeper.ts';
import { createHubFileStore } from '../facts/hub-file-store.ts';
import { createBodyFetcher } from '../sync/downlink/body-fetcher.ts';
import { createFileTaker } from './file-taker.ts';
import { type OnRecord, onRecordAfter } from './on-record.ts';

const { maker, checker } = examplePeople;
const { trust } = exampleTrust();
const NOW = parseInstant('2026-01-05T12:00:00Z');
const BOTH = [maker, checker];
let root = '';
const closers: (() => void)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'file-taker-'));
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  rmSync(root, { recursive: true, force: true });
});

interface Version {
  readonly note: string;
  readonly content: string;
  readonly sequence: number;
}

function version(names: readonly string[], by: typeof BOTH, before?: Version): Version {
  const rows = names.map((instrument) => ({ list: 'restricted', instrument, sides: 'both', reason: 'A mandate.' }));
  const head = { v: 1, kind: 'restrictions', asOf: instantText(NOW), source: 'Compliance.' };
  const content = JSON.stringify({ ...head, rows });
  const sequence = (before?.sequence ?? 0) + 1;
  const wire = {
    ...{
      v: 1,
      kind: 'restrictions',
      sequence,
      environment: 'paper',
      legalEntity: trust.legalEntity,
      reason: 'A test.',
    },
    from: instantText(addMs(NOW, -1_000)),
    ...(before === undefined ? {} : { previous: travellingHash(before.note) }),
    content: { hash: sha256(content).toString('hex'), bytes: Buffer.byteLength(content) },
  };
  return { note: signedBy(DATED_FILE_TYPE, wire, by), content, sequence };
}

/** An edge whose hub gives the texts of these versions by their hashes. */
async function edgeOf(given: Map<string, string>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://hub');
    const hash = pathname.slice(BODY_PATH.length);
    const from = Number(searchParams.get('from'));
    const bytes = Buffer.from(given.get(hash) ?? '');
    asked.push(hash);
    response.writeHead(bytes.length === 0 ? 404 : 200, { [BODY_SIZE_HEADER]: bytes.length });
    response.end(bytes.subarray(from, from + BODY_CHUNK_BYTES_MAX));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bodies = createBodyFetcher({
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetch,
    monotonicMs: () => performance.now(),
    onWhole: () => {},
    onAlarm: () => {},
    log: () => {},
  });
  closers.push(() => {
    bodies.stop();
    server.closeAllConnections();
    server.close();
  });
  const entries: EntryBody[] = [];
  let accepted: OnRecord = { algorithms: [], facts: {} };
  const stage = (entry: EntryBody): void => {
    entries.push(entry);
    accepted = onRecordAfter(accepted, entry);
  };
  let judged = 0;
  const start = () => {
    const hub = { store: createHubFileStore(join(root, 'hub')), marks: accepted.hubFiles ?? {}, now: () => NOW };
    const { keeper } = openFacts({ folder: join(root, 'facts'), accepted: accepted.facts, hub });
    const facts: GovernedFacts = {
      get files() {
        return keeper.files;
      },
      look: () => keeper.look(),
      hubFile: (kind) => keeper.hubFile(kind),
      accept: (file, record) => keeper.accept(file, record),
      judge: (...question) => {
        judged += 1;
        return keeper.judge(...question);
      },
    };
    const take = createFileTaker({
      facts,
      edge: { clock: { now: () => NOW }, log: () => {} },
      engine: { recorder: { stage, flush: () => entries.length, nextSeq: 1 } },
      governance: { trust: { trust } },
      journal: { durable: async () => {} },
      bodies,
    });
    return { keeper, take };
  };
  let running = start();
  return {
    asked,
    judgedTimes: () => judged,
    restart: () => {
      running = start();
    },
    /** Offers a version as the hub's envelope would bring it. */
    offer: ({ note, content, sequence }: Version, isShort = true) =>
      running.take({
        ...{ v: 1, edge: 'edge-1', kind: 'restricted-list', name: 'restrictions', version: sequence, issuedAt: NOW },
        document: note,
        ...(isShort ? { content } : {}),
      }),
    isRestricted: (instrument: string) =>
      running.keeper.files.restrictions?.of({ instrument, issuer: 'x' }).map(({ list }) => list),
    taken: () => entries.flatMap((entry) => (entry.kind === 'facts' ? (entry.body.signed?.sequence ?? []) : [])),
    refused: () => entries.flatMap((entry) => (entry.kind === 'incident' ? [entry.body.message] : [])),
  };
}

const textsOf = (...versions: readonly Version[]): Map<string, string> =>
  new Map(
    versions.flatMap(({ note, content }) => [
      [travellingHash(note), note],
      [sha256(content).toString('hex'), content],
    ]),
  );

test('an edge that has nothing yet takes a list that one person tightened by the versions before it, from the newest that two signed', async () => {
  const first = version(['OLD'], BOTH);
  const second = version(['ACME'], BOTH, first);
  const third = version(['ACME', 'EVIL'], [maker], second);
  const fourth = version(['ACME', 'EVIL', 'LAST'], [checker], third);
  const edge = await edgeOf(textsOf(second, third));
  await expect.poll(() => edge.offer(fourth), { timeout: 10_000 }).toBe('taken');
  expect(edge.taken()).toEqual([2, 3, 4]);
  expect(edge.isRestricted('EVIL')).toEqual(['restricted']);
  expect(edge.refused()).toEqual([]);
  expect(edge.asked).not.toContain(travellingHash(first.note));
});

test('an edge whose disk lost a list takes it again before the one that one person tightened since', async () => {
  const first = version(['ACME'], BOTH);
  const edge = await edgeOf(textsOf(first));
  expect(await edge.offer(first)).toBe('taken');
  rmSync(join(root, 'hub'), { recursive: true });
  edge.restart();
  expect(edge.isRestricted('ACME')).toBeUndefined();
  const second = version(['ACME', 'EVIL'], [maker], first);
  await expect.poll(() => edge.offer(second), { timeout: 10_000 }).toBe('taken');
  expect(edge.isRestricted('EVIL')).toEqual(['restricted']);
  expect(edge.refused()).toEqual([]);
});

test('what waits for the versions before it is judged once, however often it is offered', async () => {
  const first = version(['ACME'], BOTH);
  const second = version(['ACME', 'EVIL'], [maker], first);
  const given = new Map<string, string>();
  const edge = await edgeOf(given);
  for (let offers = 0; offers < 5; offers += 1) expect(await edge.offer(second)).toBe('later');
  expect(edge.judgedTimes()).toBe(1);
  for (const [hash, text] of textsOf(first)) given.set(hash, text);
  await expect.poll(() => edge.offer(second), { timeout: 10_000 }).toBe('taken');
  expect(edge.taken()).toEqual([1, 2]);
});

test('the text of a document that nobody signed is neither fetched nor judged', async () => {
  const forged = version(['ACME'], [examplePeople.trader]);
  const edge = await edgeOf(textsOf(forged));
  expect(await edge.offer(forged, false)).toBe('taken');
  expect(edge.refused()).toEqual([expect.stringContaining('signed by 0 of the 1 people')]);
  expect([edge.asked, edge.judgedTimes()]).toEqual([[], 0]);
});

test('versions before that do not count are no way around the second person', async () => {
  const first = version(['ACME'], BOTH);
  const second = version([], [maker], first);
  const third = version(['EVIL'], [maker], second);
  const edge = await edgeOf(textsOf(first, second));
  await expect.poll(() => edge.offer(third), { timeout: 10_000 }).toBe('taken');
  expect(edge.taken()).toEqual([1]);
  expect(edge.refused()).toEqual([expect.stringContaining('it loosens')]);
});
