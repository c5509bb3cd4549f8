import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openJournal } from '@gatehouse/edge/journal/journal.ts';
import type { Draft, Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { inOrder, type Measurement, quantile } from './figure.ts';
import { measureRawSync } from './raw-fsync.ts';

const SINGLE = 600;
const GROUPS = 20_000;
const GROUPS_UNDER_WAY = 500;
const NOTE = 'a body of the size that a decision of six controls has '.repeat(20);

/**
 * The journal against a bare write and sync of the same disk, one after another and in groups.
 *
 * Shape: entries of the size of real ones; no gate and no venue take part, so this is the durable share of an order's path.
 * Units: `journal.p50_over_fsync` is what exceeds 0.2 ms, in syncs of the same disk.
 */
export const journal: Measurement = {
  figures: [
    { name: 'journal.commit_p50_ms', unit: 'ms', digits: 3, bar: '≤ 1.5 × one fsync + 0.2 ms' },
    { name: 'journal.commits_per_s', unit: 'commits/s', digits: 0, bar: 'near the raw rate' },
    { name: 'journal.p50_over_fsync', unit: '× fsync', digits: 2, bar: '≤ 1.5 after 0.2 ms' },
    { name: 'journal.grouped_per_s', unit: 'entries/s', digits: 0, bar: '≥ 10,000' },
  ],
  async measure(folder) {
    const raw = measureRawSync(folder);
    const { journal } = await openJournal({
      folder: join(folder, 'journal'),
      edge: 'edge-1',
      signer: generateSigner('edge-1'),
      clock: systemClock(),
      random: (bytes) => randomBytes(bytes),
      emptyState: {},
      onNotice: () => {},
    });
    const single = await singleCommits(journal);
    const groupedPerS = await groupedCommits(journal);
    await journal.close();
    const p50 = quantile(single.sorted, 0.5);
    const baselineName = 'raw 4 KiB append + fdatasync';
    return {
      'journal.commit_p50_ms': { value: p50, baseline: raw.p50Ms, baselineName, n: SINGLE },
      'journal.commits_per_s': { value: single.perS, baseline: raw.perS, baselineName, n: SINGLE },
      'journal.p50_over_fsync': { value: Math.max(0, p50 - 0.2) / raw.p50Ms, baseline: 1, baselineName, n: SINGLE },
      'journal.grouped_per_s': {
        value: groupedPerS,
        baseline: raw.perS,
        baselineName: `${baselineName}, one each`,
        n: GROUPS * 3,
      },
    };
  },
};

function draft(kind: Draft['kind']): Draft {
  return { kind, body: { v: 1, code: 'BENCH', severity: 'notice', message: NOTE } };
}

/** Intent and decision as one group, then the wait until both are on disk, again and again. */
async function singleCommits(journal: Journal): Promise<{ readonly sorted: readonly number[]; readonly perS: number }> {
  const took: number[] = [];
  const from = performance.now();
  for (let index = 0; index < SINGLE; index += 1) {
    const begun = performance.now();
    const entries = journal.append([draft('intent'), draft('decision')]);
    await journal.durable(entries.at(-1)?.header.seq ?? 0);
    took.push(performance.now() - begun);
  }
  return { sorted: inOrder(took), perS: (SINGLE / (performance.now() - from)) * 1_000 };
}

/** Intent, decision and `sent` of many orders under way at once. Units: entries a second. */
async function groupedCommits(journal: Journal): Promise<number> {
  const underWay: Promise<void>[] = [];
  const from = performance.now();
  for (let index = 0; index < GROUPS; index += 1) {
    const entries = journal.append([draft('intent'), draft('decision'), draft('order')]);
    underWay.push(journal.durable(entries.at(-1)?.header.seq ?? 0));
    if (underWay.length >= GROUPS_UNDER_WAY) await Promise.all(underWay.splice(0));
  }
  await Promise.all(underWay);
  return ((GROUPS * 3) / (performance.now() - from)) * 1_000;
}
