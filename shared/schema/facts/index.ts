import { z } from 'zod';
import {
  EntitlementsFile,
  LocatesFile,
  PersonRestrictionsFile,
  RestrictionsFile,
  SanctionsFile,
  ShortSaleFile,
} from './lists.ts';
import {
  CalendarsFile,
  InstrumentsFile,
  LiquidityFile,
  MarginsFile,
  MarketStatusFile,
  PortfolioFile,
  RatesFile,
} from './reference-data.ts';

/** The kinds of dated files, each with its schema. Shape: a file is named `<kind>.json`. */
export const factsSchemas = {
  instruments: InstrumentsFile,
  calendars: CalendarsFile,
  rates: RatesFile,
  liquidity: LiquidityFile,
  margins: MarginsFile,
  portfolio: PortfolioFile,
  'market-status': MarketStatusFile,
  restrictions: RestrictionsFile,
  'person-restrictions': PersonRestrictionsFile,
  sanctions: SanctionsFile,
  locates: LocatesFile,
  'short-sale': ShortSaleFile,
  entitlements: EntitlementsFile,
} as const;

/** A kind of dated file. */
export type FactsKind = keyof typeof factsSchemas;

/** A dated file of any kind. */
export const FactsDocument = z.discriminatedUnion('kind', [
  InstrumentsFile,
  CalendarsFile,
  RatesFile,
  LiquidityFile,
  MarginsFile,
  PortfolioFile,
  MarketStatusFile,
  RestrictionsFile,
  PersonRestrictionsFile,
  SanctionsFile,
  LocatesFile,
  ShortSaleFile,
  EntitlementsFile,
]);

export type FactsDocument = z.output<typeof FactsDocument>;
