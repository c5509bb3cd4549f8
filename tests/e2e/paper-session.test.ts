import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/firm.ts';
import { entriesIn, executed, minuteBars, openOverTheWire, tradeInProcess } from '../fixtures/paper-session.ts';

// The same strategy on the same minutes: on the simulator in process, and over the wire through ccxt.

const MS_MAX = 300_000;
const BARS = 300;

test(
  'a paper session makes the same fills in process and at an emulated exchange over the wire',
  async ({ skip }) => {
    const bars = minuteBars(BARS);
    if (bars === undefined) return skip('the test data has no minutes of bitcoin; GATEHOUSE_TEST_DATA names its place');
    const folder = temporaryFolder('paper-session');
    await tradeInProcess(join(folder, 'sim'), bars);
    const [first, ...rest] = bars;
    if (first === undefined) return skip('the file is empty');
    const wire = await openOverTheWire(join(folder, 'wire'), first);
    for (const bar of rest) await wire.show(bar);
    await wire.stop();
    const inProcess = executed(entriesIn(join(folder, 'sim')));
    const overTheWire = executed(entriesIn(join(folder, 'wire')));
    expect(inProcess.length).toBeGreaterThan(5);
    expect(overTheWire).toEqual(inProcess);
  },
  MS_MAX,
);
