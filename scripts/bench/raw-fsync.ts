import { closeSync, fdatasyncSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '@gatehouse/shared/errors.ts';
import { inOrder, quantile } from './figure.ts';

const BLOCK = Buffer.alloc(4_096, 1);

/** How this disk answers a bare write with a sync. Units: milliseconds; `perS` is syncs a second, one after another. */
export interface RawSync {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perS: number;
  readonly n: number;
}

/** Appends 4 KiB and syncs, again and again: the floor under everything durable. Shape: grows a file of its own, as a log does. */
export function measureRawSync(folder: string, times = 400): RawSync {
  const path = join(folder, 'raw-sync');
  const file = openSync(path, 'w');
  const tookMs: number[] = [];
  try {
    const sync = process.platform === 'darwin' ? fsyncSync : fdatasyncSync;
    const from = performance.now();
    for (let index = 0; index < times; index += 1) {
      const begun = performance.now();
      writeSync(file, BLOCK);
      sync(file);
      tookMs.push(performance.now() - begun);
    }
    const seconds = (performance.now() - from) / 1_000;
    const sorted = inOrder(tookMs);
    return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), perS: times / seconds, n: times };
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

/** The quickest of several measurements: whatever else the machine does can only make one slower. */
export function quickest(measured: readonly RawSync[]): RawSync {
  const [first, ...others] = measured;
  assert(first !== undefined, 'a raw sync was measured');
  return others.reduce((best, one) => (one.p50Ms < best.p50Ms ? one : best), first);
}
