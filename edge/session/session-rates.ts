import { join } from 'node:path';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import { isCurrency } from '@gatehouse/shared/values/currency.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { writeDurably } from '../journal/durable-file.ts';
import type { TradingSession } from './trading-session.ts';

/**
 * Keeps the rate of what is traded on file, where the venue takes fees in it: else nobody could say what they are worth.
 *
 * Shape: the close of a bar is the rate; it is written at the start and then once in a while, and the edge records each file that it uses.
 */
export interface SessionRates {
  /** Errors: those of `writeDurably`. */
  see(bar: Pick<Bar, 'close' | 'closeAt'>): Promise<void> | undefined;
}

/** Where the dated files lie. */
export interface SessionRatesDeps {
  readonly folder: string;
  readonly session: TradingSession;
}

/** Units: milliseconds of market time between two files. */
const EVERY_MS = 3_600_000;

/** The keeper of a session's rate, or undefined where nothing but the instrument's own currency moves. */
export function sessionRates({ folder, session }: SessionRatesDeps): SessionRates | undefined {
  const { connector, settings, loaded, terms } = session;
  const asset = terms === undefined ? undefined : connector.assetOf?.(settings);
  const { currency } = loaded.instrument;
  if (asset === undefined || !isCurrency(asset) || asset === currency) return undefined;
  let dueAt: Instant | undefined;
  return {
    see: ({ close, closeAt }) => {
      if (dueAt !== undefined && closeAt < dueAt) return undefined;
      dueAt = addMs(closeAt, EVERY_MS);
      const at = instantText(closeAt);
      const file = {
        v: 1,
        kind: 'rates',
        asOf: at,
        source: 'The close of a bar of this session; for what the venue takes as a fee.',
        rows: [{ from: asset, to: currency, rate: toText(close), at }],
      };
      return writeDurably(join(folder, 'rates.json'), `${JSON.stringify(file, undefined, 2)}\n`);
    },
  };
}
