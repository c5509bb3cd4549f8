import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { hubFolders } from '@gatehouse/hub/config.ts';
import { stopLeftServer } from '@gatehouse/hub/store/postgres/stop-left-server.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { claimDataFolder, clearDataFolder } from './data-folder.ts';
import { runFirm } from './firm.ts';
import { RUN_FOLDER, withFirmLock } from './firm-lock.ts';

const usage = `npm start -- [--data FILE.csv | --session FILE] [--pace SECONDS] [--fresh [--yes]] [--until-done]
  --data FILE.csv   replay these bars instead of the S&P 500 of 2000 to 2020 (columns: date or time, open, high, low, close)
  --session FILE    trade what this file names: instrument, venue, strategies, prices (docs/sessions.md)
  --pace SECONDS    how long the replay takes (default 60; 0 is as fast as it goes)
  --fresh           delete what is in the data folder first; asks, unless --yes is given
  --until-done      stop after the summary instead of staying up`;

const PACE_SECONDS_DEFAULT = 60;
const PACE_SECONDS_MAX = 86_400;

/** Runs a whole firm on this machine: hub, edge, prices, records, console and report. */
export const command: Command = {
  usage,
  async run(args) {
    const { values } = parseOptions(
      args,
      {
        data: { type: 'string' },
        session: { type: 'string' },
        pace: { type: 'string' },
        fresh: { type: 'boolean' },
        yes: { type: 'boolean' },
        'until-done': { type: 'boolean' },
      },
      usage,
    );
    const config = readScriptConfig();
    if (values.data !== undefined && values.session !== undefined) {
      throw new KitError('COMMAND_INVALID', '--data and --session together', {
        hint: 'A session file names its own bars.',
      });
    }
    const file = values.data === undefined ? undefined : existingFile(values.data, '--data');
    const session = values.session === undefined ? undefined : existingFile(values.session, '--session');
    const paceSeconds = readPace(values.pace);
    claimDataFolder(config.data);
    // The lock comes first: --fresh must never delete what another Gatehouse works on.
    return withFirmLock(config.data, async () => {
      if (values.fresh === true && !(await clearAfterAsking(config.data, values.yes === true))) return 0;
      return runFirm({ config, file, session, paceSeconds, untilDone: values['until-done'] === true });
    });
  },
};

function existingFile(name: string, option: string): string {
  const file = resolve(name);
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new KitError('COMMAND_INVALID', `there is no file ${file}`, {
    hint: option === '--data' ? 'Name a CSV file of bars after --data.' : 'Name a session file after --session.',
  });
}

function readPace(text: string | undefined): number {
  const pace = text === undefined ? PACE_SECONDS_DEFAULT : Number(text);
  if (text !== '' && Number.isFinite(pace) && pace >= 0 && pace <= PACE_SECONDS_MAX) return pace;
  throw new KitError('COMMAND_INVALID', `${text} is not a pace`, {
    hint: 'Give seconds from 0 to 86400, such as --pace 10.',
  });
}

/** Answers whether to go on. Shape: without a terminal to ask on, only --yes deletes. */
async function clearAfterAsking(folder: string, isSure: boolean): Promise<boolean> {
  if (!isSure) {
    if (!process.stdin.isTTY) {
      throw new KitError('COMMAND_INVALID', 'nobody can be asked whether to delete records', {
        hint: 'Add --yes to --fresh.',
      });
    }
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await terminal.question(`Delete all records, keys and people in ${folder}? Type yes to delete: `);
    terminal.close();
    if (answer.trim() !== 'yes') {
      process.stdout.write('Nothing was deleted.\n');
      return false;
    }
  }
  await stopLeftServer(hubFolders(folder).postgres);
  clearDataFolder(folder, RUN_FOLDER);
  return true;
}
