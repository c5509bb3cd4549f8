import { fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EdgeMessage } from '@gatehouse/edge/sync/parent-link.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { dailyBacktestBarsPerS } from './backtest.ts';
import type { Measurement } from './figure.ts';

const REPLAY_MS_MAX = 120_000;

/** The default run as fast as it goes: a real edge process, its journal on disk, both strategies, the gate. */
export const replay: Measurement = {
  figures: [{ name: 'replay.bars_per_s', unit: 'bars/s', digits: 0, bar: 'none; each order waits for the disk' }],
  async measure(folder) {
    const { bars, seconds } = await replayInProcess(folder);
    const { perS, n } = await dailyBacktestBarsPerS();
    const baselineName = `the same bars with the journal in memory (${n} bars)`;
    return { 'replay.bars_per_s': { value: bars / seconds, baseline: perS, baselineName, n: bars } };
  },
};

/** Units: seconds from the moment the edge is ready to the end of its run. */
function replayInProcess(folder: string): Promise<{ readonly bars: number; readonly seconds: number }> {
  const data = join(folder, 'edge');
  mkdirSync(data);
  const edge = fork(fileURLToPath(new URL('../../edge/main.ts', import.meta.url)), ['--once'], {
    env: { ...process.env, GATEHOUSE_EDGE_DATA: data, GATEHOUSE_EDGE_PACE_SECONDS: '0' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => edge.kill('SIGKILL'), REPLAY_MS_MAX);
    let readyAt = Number.NaN;
    let result: { readonly bars: number; readonly seconds: number } | undefined;
    edge.on('message', (message) => {
      const told = message as EdgeMessage;
      if (told.type === 'ready') readyAt = performance.now();
      if (told.type === 'summary') result = { bars: told.status.bars, seconds: (performance.now() - readyAt) / 1_000 };
    });
    edge.on('exit', (code) => {
      clearTimeout(late);
      if (result !== undefined && code === 0) resolve(result);
      else reject(new KitError('INVARIANT_BROKEN', `the measured edge ended with ${code} and no summary`));
    });
  });
}
