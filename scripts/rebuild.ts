import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { type Command, parseOptions } from './command.ts';
import { withHubRecords } from './hub-records.ts';
import { progressLine } from './progress-line.ts';

const usage = 'gatehouse rebuild';

/** Drops the hub's projections and folds the whole ledger again. */
export const command: Command = {
  usage,
  run(args) {
    parseOptions(args, {}, usage);
    return withHubRecords(async ({ database }) => {
      const line = progressLine(process.stdout);
      const done = await rebuildProjections(database, ({ projected, size }) =>
        line.show({ done: projected, total: size, unit: 'leaves', label: '' }),
      );
      line.pause();
      process.stdout.write(`projections made again from ${done.projected} leaves\n`);
      return 0;
    });
  },
};
