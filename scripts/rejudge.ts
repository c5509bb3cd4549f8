import { resolve } from 'node:path';
import type { RejudgeResult } from '@gatehouse/compliance/rejudge-records.ts';
import { recordRejudgement } from '@gatehouse/hub/ledger/rejudgement/record-rejudgement.ts';
import { isSound, type LedgerRejudgement, rejudgeLedger } from '@gatehouse/hub/ledger/rejudgement/rejudge-ledger.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { edgeDataFolder } from './edge-data.ts';
import { withHubRecords } from './hub-records.ts';
import { isAsRecorded, recordDifference, rejudgeJournal } from './rejudge-journal.ts';

const usage = `gatehouse rejudge [ledger] [--json]
       gatehouse rejudge journal [FOLDER] [--json] [--record]
  ledger     the decisions of all edges in the hub's ledger; a difference becomes an alarm there
  journal    the decisions of an edge's journal; the edge must not run
  FOLDER     the edge's folder, with edge.vkey and the journal; that of this machine where none is named
  --record   put a difference into that journal, as an incident`;

const DIFFERENCE_EXIT = 3;

/** Makes every recorded decision again, from its records alone, and names each difference. */
export const command: Command = {
  usage,
  run(args) {
    const { values, positionals } = parseOptions(
      args,
      { json: { type: 'boolean' }, record: { type: 'boolean' } },
      usage,
    );
    const [what = 'ledger', folder, ...more] = positionals;
    const isFit = more.length === 0 && (what === 'journal' || (what === 'ledger' && folder === undefined));
    if (!isFit || (what === 'ledger' && values.record === true)) {
      throw new KitError('COMMAND_INVALID', `cannot judge ${args.join(' ')} again`, { hint: `Usage: ${usage}` });
    }
    const isJson = values.json === true;
    if (what === 'ledger') return ofLedger(isJson);
    const root = folder === undefined ? edgeDataFolder(readScriptConfig().data) : resolve(folder);
    return ofJournal(root, { isJson, isRecorded: values.record === true });
  },
};

function ofLedger(isJson: boolean): Promise<number> {
  return withHubRecords(async ({ database, ledger, stream }) => {
    const from = performance.now();
    const result = await rejudgeLedger(database);
    const seconds = (performance.now() - from) / 1_000;
    const isRecorded = await recordRejudgement({ database, ledger, stream }, result);
    if (isJson) process.stdout.write(`${JSON.stringify({ ...result, seconds })}\n`);
    else {
      tell(result, { seconds, placeWord: 'leaf' });
      tellLedger(result, isRecorded);
    }
    return isSound(result) ? 0 : DIFFERENCE_EXIT;
  });
}

async function ofJournal(
  root: string,
  { isJson, isRecorded }: { readonly isJson: boolean; readonly isRecorded: boolean },
): Promise<number> {
  const result = await rejudgeJournal(root);
  const { seconds, keptFromSeq } = result;
  if (isJson) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    tell(result, { seconds, placeWord: 'entry' });
    if (keptFromSeq > 1) {
      process.stdout.write(
        `The journal is kept from entry ${keptFromSeq} on. What earlier entries add up to is taken from its snapshot; a sheet, control\n` +
          'set or dated file that only they hold is missing here, and the ledger of the hub has it.\n',
      );
    }
  }
  if (isAsRecorded(result)) return 0;
  if (isRecorded) {
    await recordDifference(root, result);
    process.stderr.write('The difference is in the journal as an incident.\n');
  }
  return DIFFERENCE_EXIT;
}

interface Telling {
  readonly seconds: number;
  readonly placeWord: string;
}

function tell(result: RejudgeResult & { readonly unreadable: number }, { seconds, placeWord }: Telling): void {
  const { decisions, equal, findings, unlisted, unreadable } = result;
  process.stdout.write(
    `${equal} of ${decisions} decisions come out the same, to the last byte (${seconds.toFixed(2)} s)\n`,
  );
  for (const { place, order, differences, obstacle } of findings) {
    const said =
      obstacle ??
      differences.map(({ at, recorded, recomputed }) => `${at}: was ${recorded}, is ${recomputed}`).join('; ');
    process.stderr.write(`${placeWord} ${place}${order === undefined ? '' : `, order ${order}`}: ${said}\n`);
  }
  if (unlisted > 0) process.stderr.write(`and ${unlisted} more\n`);
  if (unreadable > 0) process.stderr.write(`${unreadable} records could not be read\n`);
}

function tellLedger(result: LedgerRejudgement, isRecorded: boolean): void {
  const { edges, positions, arePositionsChecked, disposed, notJudged } = result;
  if (disposed > 0) {
    process.stdout.write(
      `${disposed} records were disposed of; ${notJudged} decisions after them rest on them and were not made again.\n`,
    );
  }
  for (const { account, instrument, projected, folded } of positions) {
    process.stderr.write(
      `position of ${account} in ${instrument}: projected ${projected}, the entries say ${folded}\n`,
    );
  }
  if (disposed > 0) {
    process.stdout.write('Positions were not compared: what was disposed of is missing in the sum.\n');
  } else if (!arePositionsChecked) {
    process.stdout.write('Positions were not compared: the projections have not read the whole ledger yet.\n');
  } else if (positions.length === 0) {
    process.stdout.write(`Positions of ${edges} edge${edges === 1 ? '' : 's'} are as projected.\n`);
  }
  if (isRecorded) process.stderr.write('The difference is on record, and an alarm stands on the overview.\n');
}
