import { assert } from '@gatehouse/shared/errors.ts';
import { openSenders, startBenchHub } from './bench-hub.ts';
import type { Measurement } from './figure.ts';
import { drainPerS, measureRecords } from './uplink.ts';

const ENTRIES = 20_000;

/** An edge that was cut off for days: its journal is whole before it connects, and the hub takes all of it. */
export const catchUp: Measurement = {
  figures: [
    {
      name: 'catch-up.entries_per_s',
      unit: 'entries/s',
      digits: 0,
      bar: '≥ 10,000; --entries 1000000 for the long one',
    },
    { name: 'catch-up.seconds', unit: 's', digits: 1, bar: 'from the connection to the last ack' },
  ],
  async measure(folder, { entries = ENTRIES }) {
    const [sender] = openSenders(1);
    assert(sender !== undefined, 'there is an edge');
    const hub = await startBenchHub(folder, [sender]);
    try {
      const perS = await drainPerS(hub, sender, entries);
      const { insertPerS, baselineName } = await measureRecords(hub.config);
      return {
        'catch-up.entries_per_s': { value: perS, baseline: insertPerS, baselineName, n: entries },
        'catch-up.seconds': {
          value: entries / perS,
          baseline: entries / insertPerS,
          baselineName: 'as many bare rows',
          n: entries,
        },
      };
    } finally {
      await hub.stop();
    }
  },
};
