import { controls } from '@gatehouse/compliance/controls/index.ts';
import { controlSet } from '@gatehouse/compliance/rule-set.ts';
import type { EntryBody, VenueBody } from '@gatehouse/shared/schema/bodies.ts';
import { ROW_FORMS } from '@gatehouse/shared/schema/row-forms.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { beforeAll, expect, test } from 'vitest';
import type { LoadedBars } from '../feeds/loaded-bars.ts';
import { loadSp500 } from '../feeds/sp500.ts';
import { defineConnector } from '../venues/define-connector.ts';
import { sim } from '../venues/sim.ts';
import type { Book } from './book.ts';
import { DEMO_DEPOSIT, DEMO_IDENTITY } from './demo-account.ts';
import { emptyBook } from './engine-fixture.ts';
import { startEntries } from './start-entries.ts';
import type { VenueSession } from './venue-terms.ts';

const START = parseInstant('2026-01-05T09:00:00Z');
const LATER = parseInstant('2026-01-06T09:00:00Z');

let loaded: LoadedBars;

beforeAll(async () => {
  loaded = await loadSp500();
});

/** What a start puts on record about its venue, folded into the book as a journal does. */
function started(book: Book, change: Partial<VenueSession> = {}, at = START): readonly VenueBody[] {
  return recorded(book, change, at).flatMap((entry) => (entry.kind === 'venue' ? [entry.body] : []));
}

function recorded(book: Book, change: Partial<VenueSession> = {}, at = START): readonly EntryBody[] {
  const session = { loaded, connector: sim, feeBps: decimal('0.5'), strategies: [], deposit: DEMO_DEPOSIT, ...change };
  const entries = startEntries({
    book,
    session,
    release: { release: 'test', runtime: 'test' },
    clock: manualClock(at),
    controls: controlSet(controls),
    identity: DEMO_IDENTITY,
    notices: [],
    accepted: [],
  });
  for (const entry of entries) book.fold(entry, at);
  return entries;
}

/** The simulated venue as a connector that needs an account and cannot meet one case. */
const excused = defineConnector({
  ...sim,
  id: 'excused',
  environment: 'live',
  environmentOf: (settings) => (settings === undefined ? 'live' : 'paper'),
  exemptions: { 'expires-day-orders': 'It has no days.' },
});

test('the first start says through what it trades: what the venue can do, its exemptions with reasons and its fill rules', () => {
  const [body] = started(emptyBook(), { connector: excused, settings: {}, venueAccount: 'main' });
  expect(body).toMatchObject({
    connector: 'excused',
    environment: 'paper',
    venues: ['SIM'],
    account: 'main',
    at: START,
  });
  expect(body?.exemptions).toEqual([{ case: 'expires-day-orders', reason: 'It has no days.' }]);
  expect(body?.capabilities).toMatchObject({ canAmend: true, orderTypes: sim.capabilities.orderTypes });
  expect(body?.fillRules.join(' ')).toContain('The fee is 0.5 bps');
});

test('a later start says it again only where something of it has changed, the time apart', () => {
  const book = emptyBook();
  expect(started(book)).toHaveLength(1);
  expect(started(book, {}, LATER)).toEqual([]);
  expect(started(book, { feeBps: decimal('0.6') }, LATER)).toHaveLength(1);
  expect(started(book, { feeBps: decimal('0.6') }, LATER)).toEqual([]);
  expect(started(book, { feeBps: decimal('0.6'), connector: excused }, LATER)).toHaveLength(1);
  expect(started(book, { feeBps: decimal('0.6') }, LATER)).toHaveLength(1);
});

test('a snapshot remembers what is on record, and one from before says that nothing is', () => {
  const book = emptyBook();
  const before = book.snapshot();
  started(book);
  expect(started(emptyBook(book.snapshot()))).toEqual([]);
  expect(started(emptyBook(before))).toHaveLength(1);
});

test('the control set is on record once, with the forms that rows of decisions are written in', () => {
  const controlsIn = (entries: readonly EntryBody[]) =>
    entries.flatMap((entry) => (entry.kind === 'controls' ? [entry.body] : []));
  const book = emptyBook();
  expect(controlsIn(recorded(book))).toMatchObject([{ v: 2, rowForms: ROW_FORMS }]);
  expect(controlsIn(recorded(book))).toEqual([]);
  expect(controlsIn(recorded(emptyBook(book.snapshot())))).toEqual([]);
});

test('where an earlier release recorded the same control set without those forms, it is recorded again', () => {
  const { hash: controlsHash, set } = controlSet(controls);
  const book = emptyBook();
  book.fold({ kind: 'controls', body: { v: 1, controls: controlsHash, set: set.map((one) => ({ ...one })) } }, START);
  expect(recorded(book).filter(({ kind }) => kind === 'controls')).toHaveLength(1);
  expect(recorded(book).filter(({ kind }) => kind === 'controls')).toHaveLength(0);
});
