import { join } from 'node:path';
import { reports as definitions } from '@gatehouse/reports/filings/index.ts';
import { add, type Decimal, decimal, rescale, subtract, toText } from '@gatehouse/shared/values/decimal.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { type HubConfig, hubFolders } from './config.ts';
import type { HubRecords } from './hub.ts';
import type { AccountSummary, HubSummary } from './parent-link.ts';
import { type AccountValue, readOverview } from './store/pages/overview.ts';

const REFUSED_PREFIX = 'refused:';

/** What the hub holds after a run, with the day's reports made. */
export async function closingSummary(records: HubRecords, config: HubConfig): Promise<HubSummary> {
  const { database, ledger, reports } = records;
  const files: string[] = [];
  for (const { id } of definitions) {
    const run = await reports.make({ report: id, day: dayOf(ledger.clock.now()), by: 'system' });
    files.push(...run.outputs.map(({ file }) => join(hubFolders(config.data).reports, run.runId, file)));
  }
  const { tallies, accounts, size } = await readOverview(database, undefined);
  const refused = Object.entries(tallies).filter(([name]) => name.startsWith(REFUSED_PREFIX));
  return {
    entries: tallies['entries'] ?? 0,
    orders: tallies['orders'] ?? 0,
    fills: tallies['fills'] ?? 0,
    refusedByControl: Object.fromEntries(refused.map(([name, count]) => [name.slice(REFUSED_PREFIX.length), count])),
    accounts: accounts.map(summaryOf),
    ledgerSize: size,
    ledgerRoot: await records.root(),
    files,
  };
}

const AMOUNT = { scale: 2, rounding: 'half-even' } as const;

function summaryOf({ account, day, currency, ...sums }: AccountValue): AccountSummary {
  const profit = subtract(add(decimal(sums.realised), decimal(sums.unrealised)), decimal(sums.fees));
  const text = (value: Decimal) => toText(rescale(value, AMOUNT));
  return {
    account,
    day,
    currency,
    equity: text(decimal(sums.equity)),
    profit: text(profit),
    realised: text(decimal(sums.realised)),
    unrealised: text(decimal(sums.unrealised)),
    fees: text(decimal(sums.fees)),
  };
}
