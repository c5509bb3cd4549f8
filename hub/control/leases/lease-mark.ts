import { readFile } from 'node:fs/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { CurrencyText, DecimalText } from '@gatehouse/shared/schema/fields.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { writeDurably } from '../../store/postgres/durable-file.ts';

/**
 * What was granted, as kept beside the database.
 *
 * Shape: the newest version of an edge and threshold, with the most that is out. A file of an earlier release does not say in which
 *        `currency`: nobody knows then what the amount is worth.
 */
export interface LeaseMark {
  readonly version: number;
  readonly out: Decimal;
  readonly currency?: Currency | undefined;
}

/** Keeps what was granted outside of the database, so that a database from a backup does not grant it to others again. */
export interface LeaseMarks {
  all(): ReadonlyMap<string, LeaseMark>;
  /** Resolves when it is on disk. Shape: a lease is signed and sent only after that. */
  keep(marks: ReadonlyMap<string, LeaseMark>): Promise<void>;
}

const MODE = 0o600;
const Kept = z.record(
  z.string(),
  z.strictObject({ version: z.int().min(1), out: DecimalText, currency: CurrencyText.optional() }),
);

/** The name of a mark. */
export function markName(
  parts: readonly [legalEntity: string, environment: string, threshold: string, edge: string],
): string {
  return parts.join(' ');
}

/** Opens the file of marks. Errors: `CONFIG_INVALID` where it is there and cannot be read: what was granted is then not known. */
export async function openLeaseMarks(path: string): Promise<LeaseMarks> {
  let marks = await readMarks(path);
  return {
    all: () => marks,
    keep: async (newer) => {
      // Another process of this hub may have written since: what it granted must not be forgotten by what this one grants.
      const next = new Map(await readMarks(path));
      for (const [name, mark] of [...marks, ...newer]) {
        const known = next.get(name);
        if (known === undefined || known.version <= mark.version) next.set(name, mark);
      }
      const kept = [...next].map(([name, { version, out, currency }]) => [
        name,
        { version, out: toText(out), ...(currency === undefined ? {} : { currency }) },
      ]);
      await writeDurably(path, `${JSON.stringify(Object.fromEntries(kept))}\n`, MODE);
      marks = next;
    },
  };
}

async function readMarks(path: string): Promise<ReadonlyMap<string, LeaseMark>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(z.decode(Kept, JSON.parse(text))));
  } catch (cause) {
    throw new KitError('CONFIG_INVALID', `the file of granted leases cannot be read: ${path}`, {
      hint: 'Put back the newest copy of this file; without it nobody knows what edges may still use.',
      cause,
    });
  }
}
