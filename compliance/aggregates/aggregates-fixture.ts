import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import type { SideQuantities, Window } from '../own-facts.ts';
import { type Aggregates, createAggregates } from './aggregates.ts';
import { instrumentsEntry, STREAM_START } from './entry-streams.ts';

/** The day on which streams begin. */
export const DAY = '2020-03-06';
/** The day after it. */
export const NEXT_DAY = '2020-03-07';
/** What makes a short sale of an order. */
export const SALE = { side: 'sell', shortSaleMark: 'short' } as const;
/** A file of the two instruments of the tests. */
export const TERMS: EntryBody = instrumentsEntry(
  { id: 'demo-index' },
  { id: 'demo-bond', assetClass: 'bond', sector: 'rates' },
);

/** What entries add up to. */
export function fold(...entries: readonly (EntryBody | readonly EntryBody[])[]): Aggregates {
  const own = createAggregates();
  for (const entry of entries.flat()) own.fold(entry);
  return own;
}

/** The same aggregates as they go on from their snapshot. */
export function restored(own: Aggregates): Aggregates {
  return createAggregates(own.snapshot());
}

/** A period that ends so long after the start of the stream. */
export function within(ms: number, windowMs: number): Window {
  return { now: addMs(STREAM_START, ms), windowMs };
}

/** Decimals as texts. Shape: what waits at the edge is left out where nothing does. */
export function texts(
  values: Readonly<Record<string, Decimal | SideQuantities | undefined>>,
): Readonly<Record<string, string>> {
  const rows = Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if ('units' in value) return [[name, toText(value)]];
    return [[name, `buy ${toText(value.buy)}, sell ${toText(value.sell)}`]];
  });
  return Object.fromEntries(rows);
}

/** The first totals of the firm as texts. */
export function firmSums(own: Aggregates, day = DAY): Readonly<Record<string, string>> {
  const [row] = own.totals('firm', day) ?? [];
  if (row === undefined) return {};
  const { currency: _, isValued: __, ...sums } = row;
  return texts(sums);
}
