import { rejudgeLedger } from '@gatehouse/hub/ledger/rejudge-ledger.ts';
import { type Command, parseOptions } from './command.ts';
import { withHubRecords } from './hub-records.ts';

const usage = 'gatehouse rejudge [--json]';

/** Makes every decision in the hub's ledger again, from its own facts, and names each difference. */
export const command: Command = {
  usage,
  run(args) {
    const { values } = parseOptions(args, { json: { type: 'boolean' } }, usage);
    return withHubRecords(async ({ database }) => {
      const from = performance.now();
      const result = await rejudgeLedger(database, () => undefined);
      const seconds = (performance.now() - from) / 1_000;
      if (values.json === true) process.stdout.write(`${JSON.stringify({ ...result, seconds })}\n`);
      else tell(result, seconds);
      return result.equal === result.decisions && result.unreadable === 0 ? 0 : 3;
    });
  },
};

function tell(result: Awaited<ReturnType<typeof rejudgeLedger>>, seconds: number): void {
  const { decisions, equal, findings, unlisted, unreadable } = result;
  process.stdout.write(
    `${equal} of ${decisions} decisions come out the same, to the last byte (${seconds.toFixed(2)} s)\n`,
  );
  for (const { place, order, differences, obstacle } of findings) {
    const said =
      obstacle ??
      differences.map(({ at, recorded, recomputed }) => `${at}: was ${recorded}, is ${recomputed}`).join('; ');
    process.stderr.write(`${place}, order ${order}: ${said}\n`);
  }
  if (unlisted > 0) process.stderr.write(`and ${unlisted} more\n`);
  if (unreadable > 0) process.stderr.write(`${unreadable} records could not be read\n`);
}
