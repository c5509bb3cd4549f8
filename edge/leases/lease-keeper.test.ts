import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { signLease } from '@gatehouse/shared/schema/lease.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { LeaseBook } from './lease-book.ts';
import { ANSWER_MS_MAX, createLeaseKeeper, SCARCE_MS_MIN } from './lease-keeper.ts';

const hub = generateSigner('hub-1');
const NINE = parseInstant('2026-01-05T09:00:00.000000000Z');
const USD = currency('USD');
const HOUR = 3_600_000;

/** A keeper with a step of 100, a cap of 1,000 and a term of an hour, and a hub that answers when told to. */
function setting() {
  const book = new LeaseBook();
  const entries: EntryBody[] = [];
  let used: Decimal | undefined = decimal('0');
  let nowMs = 0;
  let isConnected = true;
  let isOn = true;
  let sheetCurrency = USD;
  let version = 0;
  let count = 0;
  let heard = 0;
  const figures = { firmMax: decimal('5000'), edgeMax: decimal('1000'), stepAmount: decimal('100'), termMs: HOUR };
  const keeper = createLeaseKeeper({
    edge: 'edge-1',
    hub: [parseVerifierKey(hub.verifierKey)],
    book,
    figures: () => (isOn ? { ...figures, currency: sheetCurrency } : undefined),
    used: () => used,
    time: () => ({ wallAt: addMs(NINE, nowMs), boot: 'boot-1', uptimeMs: nowMs }),
    isConnected: () => isConnected,
    newId: () => {
      count += 1;
      return `r-${count}`;
    },
    record: (entry) => {
      entries.push(entry);
      if (entry.kind === 'lease') book.fold(entry.body);
    },
    log: () => {},
  });
  return {
    keeper,
    use: (text: string | undefined) => {
      used = text === undefined ? undefined : decimal(text);
    },
    wait: (ms: number) => {
      nowMs += ms;
    },
    cut: (isCut: boolean) => {
      isConnected = !isCut;
    },
    changeCurrency: () => {
      sheetCurrency = currency('JPY');
    },
    turnOff: () => {
      isOn = false;
    },
    /** The hub grants what was asked for last. */
    answer: (less?: string) => {
      const asked = entries.findLast(({ body }) => 'event' in body && body.event === 'requested')?.body;
      if (asked === undefined || !('request' in asked) || !('wanted' in asked))
        throw new Error('nothing was asked for');
      version += 1;
      const head = {
        v: 1,
        edge: 'edge-1',
        threshold: asked.threshold,
        version,
        amount: less === undefined ? asked.wanted : decimal(less),
      } as const;
      const rest = {
        currency: USD,
        request: String(asked.request),
        termMs: HOUR,
        issuedAt: NINE,
        reason: 'Asked for.',
      };
      keeper.take(signLease(hub, { ...head, ...rest }));
    },
    /** The lease entries since the last look: `requested 100`. */
    said: () => {
      const fresh = entries.slice(heard);
      heard = entries.length;
      const said = fresh.flatMap((entry) => {
        if (entry.kind !== 'lease') return [`${entry.kind}`];
        const { body } = entry;
        if (body.event === 'refused') return ['refused'];
        return [`${body.event} ${toText(body.event === 'requested' ? body.wanted : body.amount)}`];
      });
      return said;
    },
  };
}

test('an edge asks for a step at its start, and waits for the answer before it asks again', () => {
  const { keeper, said, wait } = setting();
  keeper.look();
  expect(said()).toEqual(['requested 100']);
  wait(ANSWER_MS_MAX - 1);
  keeper.look();
  expect(said()).toEqual([]);
  wait(1);
  keeper.look();
  expect(said()).toEqual(['requested 100']);
});

test('it asks for more when less than half a step is left, and never beyond its cap', () => {
  const { keeper, said, answer, use } = setting();
  keeper.look();
  answer();
  said();
  use('50');
  keeper.look();
  expect(said()).toEqual([]);
  use('50.01');
  keeper.look();
  expect(said()).toEqual(['requested 150.01']);
  answer();
  use('990');
  keeper.look();
  expect(said()).toEqual(['accepted 150.01', 'requested 1000']);
  answer();
  keeper.look();
  expect(said()).toEqual(['accepted 1000']);
});

test('it renews when half of the term is over', () => {
  const { keeper, said, answer, wait } = setting();
  keeper.look();
  answer();
  said();
  wait(HOUR / 2 - 1);
  keeper.look();
  expect(said()).toEqual([]);
  wait(1);
  keeper.look();
  expect(said()).toEqual(['requested 100']);
});

test('it gives back what lies idle beyond two steps, and keeps what is used and one step more', () => {
  const { keeper, said, answer, use } = setting();
  use('900');
  keeper.look();
  answer();
  said();
  use('800');
  keeper.look();
  expect(said()).toEqual([]);
  use('700');
  keeper.look();
  expect(said()).toEqual(['returned 800']);
  expect(toText(keeper.facts().lease?.amount ?? decimal('0'))).toBe('800');
});

test('without its hub, with leases turned off, and while nobody knows what is used, it does nothing', () => {
  for (const spoil of ['cut', 'turnOff', 'unknown'] as const) {
    const all = setting();
    if (spoil === 'cut') all.cut(true);
    if (spoil === 'turnOff') all.turnOff();
    if (spoil === 'unknown') all.use(undefined);
    all.keeper.look();
    expect(all.said()).toEqual([]);
  }
});

test('a decision knows what may be used and until when, and nothing before the first lease', () => {
  const { keeper, answer, wait } = setting();
  expect(keeper.facts()).toEqual({});
  keeper.look();
  wait(5_000);
  answer();
  const { lease, leaseTo } = keeper.facts();
  expect(lease).toMatchObject({ threshold: 'gross-exposure', version: 1 });
  expect(leaseTo && instantText(leaseTo)).toBe('2026-01-05T10:00:00.000000000Z');
});

test('a lease that is refused is on record once, with an alarm', () => {
  const { keeper, said } = setting();
  keeper.take('no note');
  keeper.take('no note');
  expect(said()).toEqual(['incident', 'refused']);
});

test('I19 a lease in another currency than the sheet lets nothing be added, frees nothing, and another one is asked for', () => {
  const { keeper, said, answer, changeCurrency } = setting();
  keeper.look();
  answer();
  said();
  expect(toText(keeper.facts().lease?.amount ?? decimal('-1'))).toBe('100');
  changeCurrency();
  expect(toText(keeper.facts().lease?.amount ?? decimal('-1'))).toBe('0');
  keeper.look();
  expect(said()).toEqual(['requested 100']);
});

test('an edge that gets less than it wants asks again after a pause, not at once', () => {
  const { keeper, said, answer, wait } = setting();
  keeper.look();
  answer('0');
  said();
  wait(SCARCE_MS_MIN - 1);
  keeper.look();
  expect(said()).toEqual([]);
  wait(1);
  keeper.look();
  expect(said()).toEqual(['requested 100']);
});

test('what the hub lowered is given back, once no more than that is used, although little lies idle', () => {
  const { keeper, said, answer, use } = setting();
  use('60');
  keeper.look();
  answer();
  use('120');
  keeper.look();
  answer('110');
  said();
  keeper.look();
  expect(said()).toEqual([]);
  use('110');
  keeper.look();
  expect(said()).toEqual(['returned 110']);
  keeper.look();
  expect(said()).toEqual([]);
});
