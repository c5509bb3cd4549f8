import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { breakers } from '@gatehouse/compliance/breakers/index.ts';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { controlBook } from '@gatehouse/hub/control/control-book.ts';
import { breakerPages, controlPages } from '@gatehouse/hub/control/control-pages.ts';
import { sheetInForce } from '@gatehouse/hub/control/sheet-in-force.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { renderPdf } from '@gatehouse/reports/render/pdf.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { demoEntity } from './config.ts';
import { withHubRecords } from './hub-records.ts';
import { releaseOfThis } from './version.ts';

const usage = 'gatehouse control-book FILE.pdf';

/** Writes the control book: every control, its sources in law, the limits in force and its worked examples. */
export const command: Command = {
  usage,
  run(args) {
    const { positionals } = parseOptions(args, {}, usage);
    const [name] = positionals;
    if (name === undefined || !name.endsWith('.pdf')) {
      throw new KitError('COMMAND_INVALID', 'no PDF file was named', { hint: `Usage: ${usage}` });
    }
    return withHubRecords(async ({ database }) => {
      const inForce = await sheetInForce(database);
      const pages = controlPages(controls, inForce);
      const document = controlBook({
        pages,
        breakers: breakerPages(breakers, inForce),
        inForce,
        entity: demoEntity,
        createdAt: systemClock().now(),
        release: releaseOfThis(),
      });
      const file = resolve(name);
      writeFileSync(file, await renderPdf(document));
      process.stdout.write(`${pages.length} controls and ${breakers.length} breakers in ${file}\n`);
      return 0;
    });
  },
};
