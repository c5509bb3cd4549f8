import { join } from 'node:path';
import { hubFolders } from '@gatehouse/hub/config.ts';
import type { Rerun } from '@gatehouse/hub/schedule/report-runs.ts';
import type { ReportRun } from '@gatehouse/hub/store/report-rows.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { withHubRecords } from './hub-records.ts';

const usage = `gatehouse report list
gatehouse report make REPORT DAY     such as: gatehouse report make daily-activity 2026-01-05
gatehouse report rerun RUN           makes it again from its records and compares every byte`;

/** Makes reports from the ledger, and makes old ones again. */
export const command: Command = {
  usage,
  run(args) {
    const { positionals } = parseOptions(args, {}, usage);
    const [verb, first, second] = positionals;
    return withHubRecords(async ({ reports }) => {
      if (verb === 'list') return print(await reports.list());
      if (verb === 'make' && first !== undefined && second !== undefined) {
        return print([await reports.make({ report: first, day: second, by: 'operator' })]);
      }
      if (verb === 'rerun' && first !== undefined) return tell(await reports.rerun(first));
      throw new KitError('COMMAND_INVALID', 'no such use of report', { hint: `Usage: ${usage}` });
    });
  },
};

function print(runs: readonly ReportRun[]): number {
  const folder = hubFolders(readScriptConfig().data).reports;
  if (runs.length === 0) process.stdout.write('No report was made yet: gatehouse report make daily-activity DAY\n');
  for (const run of runs) {
    process.stdout.write(`${run.runId}  leaves ${run.firstLeaf} to ${run.endLeaf - 1}  made ${run.madeAt}\n`);
    for (const { file, sha256 } of run.outputs)
      process.stdout.write(`  ${join(folder, run.runId, file)}\n    sha256 ${sha256}\n`);
  }
  return 0;
}

function tell({ run, differences, restored }: Rerun): number {
  for (const file of restored) process.stdout.write(`${file} was changed or gone and is put back\n`);
  if (differences.length === 0) {
    process.stdout.write(
      `${run.runId}: the same bytes again (${run.outputs.map(({ format }) => format).join(', ')})\n`,
    );
    return 0;
  }
  process.stderr.write(`${run.runId} differs:\n${differences.map((line) => `  ${line}\n`).join('')}`);
  return 3;
}
