import { canonicalJson, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { FactsDocument, FactsKind } from '@gatehouse/shared/schema/facts/index.ts';
import type {
  AccountRow,
  AlgorithmRow,
  LocateRow,
  PersonRestrictionRow,
  RestrictionRow,
  SanctionedPartyRow,
  ShortSaleRow,
  TraderRow,
} from '@gatehouse/shared/schema/facts/lists.ts';
import type {
  AssetClass,
  CalendarRow,
  InstrumentRow,
  LiquidityRow,
  MarginRow,
  MarketStatusRow,
  PortfolioRow,
  RateRow,
} from '@gatehouse/shared/schema/facts/reference-data.ts';
import { type Decimal, decimal, isDecimalText } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { atOnce, type Steps } from '@gatehouse/shared/values/steps.ts';
import type { z } from 'zod';
import type { InstrumentGroup } from './own-facts.ts';
import { createCalendar, type VenueCalendar } from './venue-calendar.ts';

type Row<Schema extends z.ZodType> = z.output<Schema>;

interface Dated {
  /** Wall time from which the age of the file counts. */
  readonly asOf: Instant;
}

/**
 * The dated files in force, ready to be asked.
 *
 * Shape: a file that is not there is absent, and a control that needs it refuses. `hash` is that of the list of kinds and hashes.
 */
export interface FactFiles {
  readonly hash: string;
  readonly instruments?: Dated & { of(instrument: string): InstrumentAnswer | undefined };
  readonly calendars?: Dated & { of(venue: string): VenueCalendar | undefined };
  readonly rates?: Dated & { of(from: string, to: string): Row<typeof RateRow> | undefined };
  readonly liquidity?: Dated & { of(instrument: string): LiquidityAnswer | undefined };
  readonly margins?: Dated & {
    readonly classes: ReadonlyMap<AssetClass, Row<typeof MarginRow>>;
    /** Rows of an instrument's own, which come before that of its class. */
    readonly instruments: ReadonlyMap<string, Row<typeof MarginRow>>;
    of(instrument: string, assetClass: AssetClass): Row<typeof MarginRow> | undefined;
  };
  readonly portfolio?: Dated & { of(scope: string, figure: PortfolioFigure): PortfolioAnswer | undefined };
  readonly marketStatus?: Dated & {
    readonly completeTo: Instant;
    of(on: string): readonly Row<typeof MarketStatusRow>[];
  };
  readonly restrictions?: Dated & { of(name: Name): readonly Row<typeof RestrictionRow>[] };
  readonly personRestrictions?: Dated & { of(person: string, name: Name): readonly Row<typeof PersonRestrictionRow>[] };
  readonly sanctions?: Dated & { of(party: string): readonly Row<typeof SanctionedPartyRow>[] };
  readonly locates?: Dated & {
    isEasyToBorrow(instrument: string): boolean;
    of(locate: string): Row<typeof LocateRow> | undefined;
  };
  readonly shortSale?: Dated & { of(instrument: string): Row<typeof ShortSaleRow> | undefined };
  readonly entitlements?: Dated & {
    trader(trader: string): Row<typeof TraderRow> | undefined;
    account(account: string): Row<typeof AccountRow> | undefined;
    algorithm(algorithm: string, version: string): Row<typeof AlgorithmRow> | undefined;
  };
}

/** A figure of a portfolio by its name. */
export type PortfolioFigure = Row<typeof PortfolioRow>['figure'];

/** A figure of a portfolio. Shape: `number` is `value` as an exact decimal, absent where it is none. */
export interface PortfolioAnswer {
  readonly value: string;
  readonly number: Decimal | undefined;
  readonly at: Instant;
}

/** What is known of an instrument, with the groups that it is counted in by name. */
export type InstrumentAnswer = Row<typeof InstrumentRow> & {
  readonly sectorGroup: InstrumentGroup;
  readonly classGroup: InstrumentGroup;
};

/** How liquid an instrument is, with the group that it is counted in by name. */
export type LiquidityAnswer = Row<typeof LiquidityRow> & { readonly tierGroup: InstrumentGroup };

/** What lists know a name by. */
export interface Name {
  readonly instrument: string;
  readonly issuer: string;
}

/** A dated file with the hash of its exact text. */
export interface HeldFacts {
  readonly document: FactsDocument;
  readonly hash: string;
}

/** So many rows are put in order in one step, a few milliseconds of work. */
const ROWS_AT_ONCE = 5_000;

/** No files at all: every control that needs one refuses. */
export const NO_FILES: FactFiles = compileFactFiles([]);

/**
 * Makes dated files ready to be asked.
 *
 * Shape: of several files of a kind the last counts. Where a list has two rows for one key, the last counts.
 */
export function compileFactFiles(held: readonly HeldFacts[]): FactFiles {
  const files = new Map(held.map((one) => [one.document.kind, one]));
  return joinFacts(
    held,
    [...files.values()].map(({ document }) => atOnce(compilingFacts(document))),
  );
}

/** One dated file, ready to be asked. */
export type CompiledFacts = Partial<Omit<FactFiles, 'hash'>>;

/** Makes one dated file ready to be asked, in steps where it is a list that may be long. */
export function* compilingFacts(document: FactsDocument): Steps<CompiledFacts> {
  if (document.kind !== 'sanctions') return compiled(document);
  const { asOf } = document;
  const rows = new Map<string, Row<typeof SanctionedPartyRow>[]>();
  for (const [at, row] of document.rows.entries()) {
    addTo(rows, row.party, row);
    if (at % ROWS_AT_ONCE === 0) yield;
  }
  return { sanctions: { asOf, of: (party) => rows.get(party) ?? NO_ROWS } };
}

/** The files in force from what each of them was made into. */
export function joinFacts(held: readonly HeldFacts[], parts: readonly CompiledFacts[]): FactFiles {
  return Object.assign({ hash: filesHash(held) }, ...parts);
}

/** The hash by which decisions name a set of files: SHA-256 over the canonical JSON of kinds and hashes, sorted by kind. */
export function filesHash(held: readonly HeldFacts[]): string {
  const files: ReadonlyMap<FactsKind, string> = new Map(held.map(({ document, hash }) => [document.kind, hash]));
  const list = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, hash]) => ({ kind, hash }));
  return sha256(canonicalJson(list)).toString('hex');
}

function compiled(document: Exclude<FactsDocument, { readonly kind: 'sanctions' }>): CompiledFacts {
  const { asOf } = document;
  switch (document.kind) {
    case 'instruments':
      return { instruments: { asOf, of: lookup(document.rows.map(withGroups), ({ id }) => id) } };
    case 'calendars': {
      const calendars = new Map(document.rows.map((row: Row<typeof CalendarRow>) => [row.venue, createCalendar(row)]));
      return { calendars: { asOf, of: (venue) => calendars.get(venue) } };
    }
    case 'rates': {
      const find = lookup(document.rows, ({ from, to }) => `${from}/${to}`);
      return { rates: { asOf, of: (from, to) => find(`${from}/${to}`) } };
    }
    case 'liquidity':
      return { liquidity: { asOf, of: lookup(document.rows.map(withTier), ({ instrument }) => instrument) } };
    case 'margins':
      return { margins: { asOf, ...marginsBy(document.rows) } };
    case 'portfolio': {
      const figures = portfolioBy(document.rows);
      return { portfolio: { asOf, of: (scope, figure) => figures.get(figure)?.get(scope) } };
    }
    case 'market-status': {
      const rows = grouped(document.rows, ({ on }) => [on]);
      return { marketStatus: { asOf, completeTo: document.completeTo, of: (on) => rows.get(on) ?? NO_ROWS } };
    }
    default:
      return compiledList(document);
  }
}

/** Names are put together once, because every order asks for the sums of its groups. */
function withGroups(row: Row<typeof InstrumentRow>): InstrumentAnswer {
  return { ...row, sectorGroup: `sector:${row.sector}`, classGroup: `asset-class:${row.assetClass}` };
}

function withTier(row: Row<typeof LiquidityRow>): LiquidityAnswer {
  return { ...row, tierGroup: `tier:${row.tier}` };
}

function marginsBy(rows: readonly Row<typeof MarginRow>[]): Omit<NonNullable<FactFiles['margins']>, 'asOf'> {
  const classes = new Map<AssetClass, Row<typeof MarginRow>>();
  const instruments = new Map<string, Row<typeof MarginRow>>();
  for (const row of rows) {
    if (row.instrument !== undefined) instruments.set(row.instrument, row);
    else if (row.assetClass !== undefined) classes.set(row.assetClass, row);
  }
  return { classes, instruments, of: (id, assetClass) => instruments.get(id) ?? classes.get(assetClass) };
}

/** Read once, because every order asks for several figures. */
function portfolioBy(
  rows: readonly Row<typeof PortfolioRow>[],
): ReadonlyMap<PortfolioFigure, ReadonlyMap<string, PortfolioAnswer>> {
  const figures = new Map<PortfolioFigure, Map<string, PortfolioAnswer>>();
  for (const { scope, figure, value, at } of rows) {
    const scopes = figures.get(figure) ?? new Map<string, PortfolioAnswer>();
    figures.set(figure, scopes.set(scope, { value, number: isDecimalText(value) ? decimal(value) : undefined, at }));
  }
  return figures;
}

type ListDocument = Extract<
  FactsDocument,
  { readonly kind: 'restrictions' | 'person-restrictions' | 'locates' | 'short-sale' | 'entitlements' }
>;

function compiledList(document: ListDocument): CompiledFacts {
  const { asOf } = document;
  switch (document.kind) {
    case 'restrictions':
      return { restrictions: { asOf, of: byName(document.rows) } };
    case 'person-restrictions': {
      const people = grouped(document.rows, ({ person }) => [person]);
      const names = new Map([...people].map(([person, rows]) => [person, byName(rows)]));
      return { personRestrictions: { asOf, of: (person, name) => names.get(person)?.(name) ?? NO_ROWS } };
    }
    case 'locates': {
      const easy = new Set(document.easyToBorrow);
      return { locates: { asOf, isEasyToBorrow: (id) => easy.has(id), of: lookup(document.rows, ({ id }) => id) } };
    }
    case 'short-sale':
      return { shortSale: { asOf, of: lookup(document.rows, ({ instrument }) => instrument) } };
    case 'entitlements': {
      const algorithms = grouped(document.algorithms, ({ algorithm }) => [algorithm]);
      return {
        entitlements: {
          asOf,
          trader: lookup(document.traders, ({ trader }) => trader),
          account: lookup(document.accounts, ({ account }) => account),
          algorithm: (algorithm, version) => algorithms.get(algorithm)?.findLast((row) => row.version === version),
        },
      };
    }
  }
}

function lookup<Value>(rows: readonly Value[], keyOf: (row: Value) => string): (key: string) => Value | undefined {
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  let lastKey: string | undefined;
  let last: Value | undefined;
  return (key) => {
    // Many controls of one decision ask for the same.
    if (key === lastKey) return last;
    lastKey = key;
    last = found.get(key);
    return last;
  };
}

function grouped<Value>(
  rows: readonly Value[],
  keysOfRow: (row: Value) => readonly string[],
): ReadonlyMap<string, readonly Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    for (const key of keysOfRow(row)) addTo(groups, key, row);
  }
  return groups;
}

function addTo<Value>(groups: Map<string, Value[]>, key: string, row: Value): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [row]);
  else group.push(row);
}

/** A row that names an instrument and an issuer holds for that instrument alone. */
interface NamedRow {
  readonly instrument?: string | undefined;
  readonly issuer?: string | undefined;
}

const NO_ROWS: readonly never[] = [];

/** Asked for every order, so what nobody is restricted in must cost no more than two looks into a map. */
function byName<Value extends NamedRow>(rows: readonly Value[]): (name: Name) => readonly Value[] {
  const instruments = grouped(rows, ({ instrument }) => (instrument === undefined ? [] : [instrument]));
  const issuers = grouped(rows, ({ instrument, issuer }) =>
    instrument !== undefined || issuer === undefined ? [] : [issuer],
  );
  return ({ instrument, issuer }) => {
    const ofInstrument = instruments.get(instrument) ?? NO_ROWS;
    const ofIssuer = issuers.get(issuer) ?? NO_ROWS;
    if (ofIssuer.length === 0) return ofInstrument;
    return ofInstrument.length === 0 ? ofIssuer : [...ofInstrument, ...ofIssuer];
  };
}
