import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { exampleFacts, exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { EntryBody, IncidentBody } from '@gatehouse/shared/schema/bodies.ts';
import { type Clock, manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { createBook } from '../engine/book.ts';
import { fromWireBody, toWireBody } from '../engine/entry-wire.ts';
import { loadEdgeKey } from '../journal/edge-key.ts';
import { type JournalOptions, openJournal } from '../journal/journal.ts';
import { CONNECTORS } from '../venues/index.ts';
import type { FiledKill } from './filed-kill.ts';
import { type OfflineEdgeDeps, openOfflineEdge } from './offline-edge.ts';
import { killOffline, type OfflineOutcome } from './offline-kill.ts';

const EDGE = 'edge-1';
const HASH = '0'.repeat(64);

/** A clock that stands still in the year of the tests. */
export function stillClock(): Clock {
  return manualClock(parseInstant('2026-01-05T09:00:00.000000000Z'));
}

/** A kill of the firm, as a command files it. */
export function firmKill(changes: Partial<FiledKill> = {}): FiledKill {
  const at = stillClock().now();
  return { v: 2, id: 'K-offline', scopes: ['firm'], level: 'cancel', by: 'P-1', reason: 'A test.', at, ...changes };
}

/** How the journal of an edge folder is opened. */
export async function journalOptions(root: string): Promise<JournalOptions> {
  const { signer } = await loadEdgeKey(root, EDGE);
  const emptyState = createBook({ multiplierOf: noMultiplier }).snapshot();
  const clock = stillClock();
  return { folder: `${root}/journal`, edge: EDGE, signer, clock, random: randomBytes, emptyState, onNotice: () => {} };
}

/** Leaves the folder of an edge that died with orders working at its venue. */
export async function deadEdge(root: string, orders: number): Promise<void> {
  const { journal } = await openJournal(await journalOptions(root));
  for (let number = 1; number <= orders; number += 1) {
    const last = journal.append(workingOrder(`O-${number}`).map(toWireBody)).at(-1);
    await journal.durable(last?.header.seq ?? 0);
  }
  await journal.close();
}

/** All entries of a folder whose edge does not run. */
export async function entriesOf(root: string): Promise<readonly EntryBody[]> {
  const { journal, entries } = await openJournal(await journalOptions(root));
  try {
    const all: SealedEntry[] = [];
    for await (const entry of entries) all.push(entry);
    return all.flatMap(({ header, bodyText }) => fromWireBody(header.kind, bodyText) ?? []);
  } finally {
    await journal.close();
  }
}

/** What the kill of a folder is carried out with. */
export function offlineDeps(
  root: string,
  changes: Partial<OfflineEdgeDeps> = {},
): OfflineEdgeDeps & { readonly incidents: IncidentBody[] } {
  const incidents: IncidentBody[] = [];
  return {
    root,
    edge: EDGE,
    connectors: CONNECTORS,
    clock: stillClock(),
    monotonicMs: () => performance.now(),
    random: randomBytes,
    sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
    onAlarm: (incident) => void incidents.push(incident),
    incidents,
    ...changes,
  };
}

/** Carries a kill out on a folder, as the command does. */
export function killFolder(deps: OfflineEdgeDeps, kill: FiledKill, fileRoot = deps.root): Promise<OfflineOutcome> {
  const { monotonicMs } = deps;
  const open = () => openOfflineEdge(deps);
  return killOffline({ root: fileRoot, open, venues: () => new Map(), sleep: (ms) => delay(ms), monotonicMs }, kill);
}

function workingOrder(id: string): readonly EntryBody[] {
  const order = exampleOrder({ id, venue: 'SIM' });
  const at = order.decidedAt;
  const rows = [{ control: 'sheet', version: 1, scope: 'firm', verdict: 'pass' }] as const;
  const facts = exampleFacts();
  const names = { sheet: HASH, controls: HASH, haltEpoch: 0 };
  return [
    { kind: 'intent', body: { v: 1, order } },
    { kind: 'decision', body: { v: 2, order: id, outcome: 'approved', ...names, facts, rows: [...rows] } },
    { kind: 'order', body: { v: 1, order: id, state: 'sent', at } },
    { kind: 'order', body: { v: 1, order: id, state: 'working', at, venueOrder: `sim-${id}` } },
  ];
}

function noMultiplier(): never {
  throw new Error('nothing was filled');
}
