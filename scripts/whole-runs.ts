/** Tests that take minutes, most of them runs of a whole firm. Shape: of each row a check takes some, others with each seed; the long form takes all. */
const ROWS = [
  {
    take: 1,
    tests: [
      'faults/full-disk',
      'faults/flipped-bits',
      'faults/kills',
      'hub/ends',
      'faults/refusals',
      'faults/kill-switch',
      'faults/order-crashes',
      'faults/kill-over-the-wire',
    ],
  },
  {
    take: 1,
    tests: [
      'e2e/own-prices',
      'e2e/officers-walk',
      'e2e/mosquitto',
      'e2e/clean-run',
      'sync/hub-files',
      'e2e/paper-session',
      'e2e/second-edge',
      'e2e/other-user',
    ],
  },
  {
    take: 1,
    tests: [
      'ledger/backup',
      'ledger/backup-drill',
      'ledger/backup-firm',
      'ledger/disposal-faults',
      'ledger/backup-hub',
      'ledger/backup-kills',
      'ledger/segments-kills',
      'ledger/retention-command',
    ],
  },
  {
    take: 1,
    tests: [
      'faults/session-endings',
      'faults/endings',
      'sync/commands-pruned',
      'sync/epoch-trading',
      'contract/venue-cases',
      'contract/venue-starts',
      'contract/ccxt-binance-faults',
    ],
  },
] as const;

/** What a check with this seed leaves to others and to the long form. */
export function leftOut(seed: number): readonly string[] {
  return ROWS.flatMap(({ take, tests }, row) => {
    // Neighbouring seeds take neighbouring tests, so that eight checks in a row have run them all.
    const first = (seed + row) % tests.length;
    return tests.filter((_, index) => (index - first + tests.length) % tests.length >= take);
  }).map((test) => `tests/${test}.test.ts`);
}
