import { toNumber } from '@gatehouse/shared/values/decimal.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import { expect } from 'vitest';
import { type MarketSession, marketOf, soon } from '../venue-stage.ts';
import type { CaseBody } from './case-body.ts';

const LEVELS = 100;
/** Market data that says nothing is found within this, and no quote is older. */
const SILENT_MS_MAX = 5_000;
const QUIET_MS = 3_000;
const LOOK_MS = 20;

function bestOf({ feed }: MarketSession): string {
  const { bid, ask } = feed.quote() ?? {};
  return [bid, ask].map((level) => (level === undefined ? '-' : `${toNumber(level.price)}`)).join(' ');
}

function bookOf({ feed }: MarketSession): readonly string[] {
  const { bids = [], asks = [] } = feed.book(LEVELS) ?? {};
  return [...bids, ...asks].map(({ price, quantity }) => `${toNumber(price)} ${toNumber(quantity)}`);
}

function tradesOf({ events }: MarketSession): readonly number[] {
  return events.flatMap((event) => (event.kind === 'trade' ? [toNumber(event.trade.price)] : []));
}

function gapsOf({ events }: MarketSession): readonly string[] {
  return events.flatMap((event) => (event.kind === 'gap' ? [event.of] : []));
}

/** Quotes, books and trades. */
export const MARKET_CASES = {
  'keeps-the-book-of-the-venue': async (stage) => {
    const session = await marketOf(stage);
    expect(bestOf(session)).toBe('100 101');
    for (let step = 0; step < 20; step += 1) session.quote(`${90 + (step % 5)}`, `${96 + (step % 7)}`);
    await soon(() => expect(bestOf(session)).toBe('94 101'));
    expect(bookOf(session)).toEqual(await session.truth());
    const at = session.feed.quote()?.at;
    expect(at === undefined ? -1 : ageMs(at, session.now())).toBeGreaterThanOrEqual(0);
    expect(gapsOf(session)).toEqual([]);
  },
  'builds-its-book-anew-after-a-gap': async (stage) => {
    const session = await marketOf(stage);
    session.spoil('change-lost');
    session.quote('90', '91');
    session.quote('80', '81');
    await soon(() => expect(gapsOf(session)).toEqual(['book']));
    await soon(() => expect(bestOf(session)).toBe('80 81'));
    expect(bookOf(session)).toEqual(await session.truth());
  },
  'refuses-a-crossed-book': async (stage) => {
    const session = await marketOf(stage);
    session.spoil('change-crossed');
    session.quote('90', '91');
    await soon(() => expect(gapsOf(session)).toEqual(['book']));
    await soon(() => expect(bestOf(session)).toBe('90 91'));
    const bids = session.events.flatMap((event) => (event.kind === 'quote' ? [event.quote.bid] : []));
    expect(bids.map((bid) => (bid === undefined ? 0 : toNumber(bid.price)))).not.toContain(500);
  },
  'finds-silent-market-data': async (stage) => {
    const session = await marketOf(stage);
    session.spoil('line-silent');
    const from = performance.now();
    session.quote('90', '91');
    await soon(() => expect(session.feed.quote()).toBeUndefined());
    expect(performance.now() - from).toBeLessThan(SILENT_MS_MAX);
    await soon(() => expect(bestOf(session)).toBe('90 91'));
  },
  'quotes-a-quiet-market': async (stage) => {
    const session = await marketOf(stage);
    for (const endsAt = performance.now() + QUIET_MS; performance.now() < endsAt; ) {
      const at = session.feed.quote()?.at;
      expect(at === undefined ? SILENT_MS_MAX : ageMs(at, session.now())).toBeLessThan(SILENT_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    expect(bestOf(session)).toBe('100 101');
  },
  'tells-every-trade-once': async (stage) => {
    const session = await marketOf(stage);
    for (const trouble of ['trade-lost', 'trade-twice'] as const) session.spoil(trouble);
    for (const price of ['100.1', '100.2', '100.3', '100.4']) session.trade(price);
    await soon(() => expect(tradesOf(session)).toEqual([100.1, 100.2, 100.3, 100.4]));
    session.spoil('line-broken');
    session.trade('100.5');
    session.trade('100.6');
    await soon(() => expect(tradesOf(session)).toEqual([100.1, 100.2, 100.3, 100.4, 100.5, 100.6]));
    expect(gapsOf(session)).toEqual([]);
  },
} satisfies Readonly<Record<string, CaseBody>>;
