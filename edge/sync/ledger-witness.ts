import { readFile } from 'node:fs/promises';
import { NOTHING_SEEN, type Witnessed } from '@gatehouse/shared/journal/ack-audit.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Count } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { createKeptText, type KeptText } from './kept-text.ts';

/** What this edge has seen the hub sign about its ledger, kept from one start to the next. */
export interface LedgerWitness {
  /** Up to where the ledger was proven. */
  readonly seen: Witnessed;
  /** Whether the hub ever proved anything to this edge, also where a person set that aside. */
  readonly wasProven: boolean;
  /** The largest checkpoint that is remembered and not larger than a size; nothing seen where there is none. */
  remembered(sizeMax: number): Witnessed;
  /** Goes on from what was proven, with the checkpoint's note; larger ones, of before the hub was set back, are forgotten. */
  accept(seen: Witnessed, checkpoint: string): void;
  flush(): Promise<void>;
}

/** Where the witness is kept, whose signatures count, and of which epoch this edge is. */
export interface WitnessOptions {
  readonly path: string;
  readonly hub: readonly Verifier[];
  readonly epoch: number;
}

/** How many checkpoints are remembered. */
export const REMEMBERED_MAX = 48;

const NEWEST_KEPT = 8;
/** A gap may be this much of its distance from the end. */
const GAP_SHARE = 0.5;

const Kept = z.strictObject({
  v: z.literal(1),
  epoch: z.int().min(1),
  seq: Count,
  checkpoints: z.array(z.string().max(10_000)).max(REMEMBERED_MAX),
});

/** What is kept where a person set aside what was seen: nothing is believed before the hub has proven the whole ledger again. */
export const TO_BE_PROVEN = JSON.stringify({ v: 1, epoch: 1, seq: 0, checkpoints: [] });

interface Remembered {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
}

/**
 * Reads what was kept.
 *
 * Shape: a file that is absent, damaged or not signed by the hub's key is as if nothing was seen: the next proof then shows
 *        everything from the first leaf on.
 */
export async function openLedgerWitness({ path, hub, epoch }: WitnessOptions): Promise<LedgerWitness> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return witnessOf(text, { file: createKeptText(path), hub, epoch });
}

/** A witness that goes on from a kept text and writes to the file that it came from. */
export function witnessOf(
  text: string,
  { file, hub, epoch }: Omit<WitnessOptions, 'path'> & { readonly file: KeptText },
): LedgerWitness {
  const kept = parseKept(text, hub);
  let checkpoints: readonly Remembered[] = kept.checkpoints;
  let seq = kept.epoch === epoch ? kept.seq : 0;
  let { wasProven } = kept;
  return {
    get seen() {
      const { size, root } = checkpoints.at(-1) ?? NOTHING_SEEN;
      return { size, root, seq };
    },
    get wasProven() {
      return wasProven;
    },
    remembered: (sizeMax) => {
      const { size, root } = checkpoints.findLast((one) => one.size <= sizeMax) ?? NOTHING_SEEN;
      return { size, root, seq: 0 };
    },
    accept: (seen, note) => {
      const before = checkpoints.filter(({ size }) => size < seen.size);
      checkpoints = thinned([...before, { size: seen.size, root: seen.root, note }]);
      seq = seen.seq;
      wasProven = true;
      file.keep(JSON.stringify({ v: 1, epoch, seq, checkpoints: checkpoints.map((one) => one.note) }));
    },
    flush: file.flush,
  };
}

/**
 * The newest ones, and of the older ones fewer the farther they lie back.
 *
 * Shape: one goes where the gap that it leaves is small beside its distance from the end, so that gaps grow with the distance
 *        and their number only with its logarithm; the oldest one stays.
 */
function thinned(checkpoints: readonly Remembered[]): readonly Remembered[] {
  const newest = checkpoints.at(-1)?.size ?? 0;
  const dense = Math.max(0, checkpoints.length - NEWEST_KEPT);
  const kept: Remembered[] = [];
  for (const [index, checkpoint] of checkpoints.entries()) {
    const before = kept.at(-1);
    const after = checkpoints[index + 1];
    const isDense = index >= dense || before === undefined || after === undefined;
    if (isDense || after.size - before.size > (newest - after.size) * GAP_SHARE) kept.push(checkpoint);
  }
  const [oldest, ...rest] = kept;
  return oldest === undefined ? [] : [oldest, ...rest.slice(1 - REMEMBERED_MAX)];
}

function parseKept(text: string, hub: readonly Verifier[]) {
  try {
    const { epoch, seq, checkpoints } = decode(Kept, JSON.parse(text), 'the kept checkpoints');
    const remembered = checkpoints.map((note): Remembered => {
      const { size, root } = openCheckpoint(note, hub);
      return { size, root, note };
    });
    const isOrdered = remembered.every(({ size }, index) => index === 0 || size > (remembered[index - 1]?.size ?? 0));
    if (isOrdered) return { epoch, seq, checkpoints: remembered, wasProven: true };
  } catch {
    // What cannot be read or is not the hub's says nothing.
  }
  return { epoch: 1, seq: 0, checkpoints: [], wasProven: false };
}
