import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RuleSet } from '@gatehouse/compliance/rule-set.ts';
import {
  type ChangedOrder,
  createSimulation,
  type SimulatedDays,
  type Simulation,
  type SimulationResult,
} from '@gatehouse/compliance/simulate-limits.ts';
import { type LedgerSimulation, simulateLedger } from '@gatehouse/hub/ledger/simulate-ledger.ts';
import { csvLines } from '@gatehouse/reports/render/csv.ts';
import type { Column } from '@gatehouse/reports/render/document.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { edgeDataFolder } from './edge-data.ts';
import { withHubRecords } from './hub-records.ts';
import { journalIn, visitJournalEntries } from './journal-entries.ts';
import { readProposedSheet } from './proposed-sheet.ts';

const usage = `gatehouse simulate-limits SHEET-FILE [--from DAY] [--to DAY] [--csv FILE] [--journal]
  SHEET-FILE   a proposed sheet, as JSON or signed
  --from, --to trading days, both inclusive, such as 2020-03-06
  --csv FILE   every changed order as a table
  --journal    the edge's journal on this machine in place of the hub's ledger; the edge must not run`;

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const SHOWN_MAX = 20;

const METHOD =
  'Each order is judged on the facts of its own day. History stays what it was: orders that the proposed sheet would have refused\n' +
  'still count in what later orders meet, and orders that it would have let through leave no fills.\n';

/** What past orders would have met under a proposed sheet. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(
      args,
      { from: { type: 'string' }, to: { type: 'string' }, csv: { type: 'string' }, journal: { type: 'boolean' } },
      usage,
    );
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) {
      throw new KitError('COMMAND_INVALID', 'one file with a sheet is needed', { hint: `Usage: ${usage}` });
    }
    const days = daysOf(values);
    const rules = readProposedSheet(resolve(file));
    const result = values.journal === true ? await ofJournal(rules, days) : await ofLedger(rules, days);
    process.stdout.write(simulationText(rules, result));
    if (values.csv !== undefined) writeCsv(resolve(values.csv), rules, result);
    return result.skipped + result.unreadable === 0 ? 0 : 3;
  },
};

function daysOf(days: SimulatedDays): SimulatedDays {
  for (const day of [days.from, days.to]) {
    if (day !== undefined && !DAY.test(day)) {
      throw new KitError('COMMAND_INVALID', `${day} is no day`, { hint: 'Write it like 2020-03-06.' });
    }
  }
  const { from, to } = days;
  if (from !== undefined && to !== undefined && from > to) {
    throw new KitError('COMMAND_INVALID', `${from} is after ${to}`, { hint: `Usage: ${usage}` });
  }
  return { from, to };
}

function ofLedger(rules: RuleSet, days: SimulatedDays): Promise<LedgerSimulation> {
  return withHubRecords(({ database }) => simulateLedger(database, { rules, days }));
}

async function ofJournal(rules: RuleSet, days: SimulatedDays): Promise<LedgerSimulation> {
  const place = journalIn(edgeDataFolder(readScriptConfig().data));
  let simulation: Simulation | undefined;
  let unreadable = 0;
  await visitJournalEntries(place, {
    onStart: (snapshot) => {
      simulation = createSimulation({ rules, days, snapshot });
    },
    onEntry: (entry, seq) => simulation?.take(entry, `${place.edge} ${seq}`),
    onUnreadable: () => {
      unreadable += 1;
    },
  });
  simulation ??= createSimulation({ rules, days });
  return { ...simulation.result(), unreadable };
}

/** The result for a terminal. */
export function simulationText({ sheet }: RuleSet, result: LedgerSimulation): string {
  const { decisions, approvedBefore, approvedAfter, newlyRefused, newlyPassed } = result;
  const share = (count: number) => `${count} of ${decisions}`;
  return [
    `Sheet ${sheet.id} number ${sheet.sequence} against ${decisions} recorded decisions`,
    METHOD,
    `  approved as recorded      ${share(approvedBefore)}`,
    `  approved under the sheet  ${share(approvedAfter)}`,
    `  newly refused             ${newlyRefused}`,
    `  newly passed              ${newlyPassed}`,
    '',
    ...controlLines(result),
    ...changeLines(result),
    ...gapLines(result),
    '',
  ].join('\n');
}

function controlLines({ controls }: SimulationResult): readonly string[] {
  if (controls.length === 0) return ['  No control refused an order, before or after.'];
  const width = Math.max(...controls.map(({ control }) => control.length), 'Orders refused by'.length);
  const line = (cells: readonly [string, string, string]) =>
    `  ${cells[0].padEnd(width)}  ${cells[1].padStart(11)}  ${cells[2].padStart(15)}`;
  return [
    line(['Orders refused by', 'as recorded', 'under the sheet']),
    ...controls.map(({ control, before, after }) => line([control, `${before}`, `${after}`])),
  ];
}

function changeLines({ changed, newlyRefused, newlyPassed }: SimulationResult): readonly string[] {
  const rest = newlyRefused + newlyPassed - Math.min(changed.length, SHOWN_MAX);
  return [
    ...changed
      .slice(0, SHOWN_MAX)
      .map((one) => `  ${one.day}  ${one.change.padEnd(14)}${one.order}  ${refusalText(one)}`),
    ...(rest > 0 ? [`  and ${rest} more; --csv FILE writes them all`] : []),
  ];
}

function refusalText({ refusals }: ChangedOrder): string {
  return refusals.map(({ control, scope, reason }) => `${control} (${scope}): ${reason}`).join(' ');
}

function gapLines({ obstacles, skipped, unreadable }: LedgerSimulation): readonly string[] {
  const [first] = obstacles;
  return [
    ...(first === undefined
      ? []
      : [`  ${skipped} decisions could not be judged; first ${first.order}: ${first.obstacle}`]),
    ...(unreadable === 0 ? [] : [`  ${unreadable} records could not be read`]),
  ];
}

const COLUMNS: readonly Column[] = [
  { title: 'Trading day', kind: 'day' },
  { title: 'Order', kind: 'text' },
  { title: 'Change', kind: 'text' },
  { title: 'Control', kind: 'text' },
  { title: 'Scope', kind: 'text' },
  { title: 'Reason', kind: 'text' },
  { title: 'Record', kind: 'text' },
];

function writeCsv(path: string, { sheet, sheetHash }: RuleSet, result: LedgerSimulation): void {
  const { changed, unlisted } = result;
  const rows = changed.flatMap(({ day, order, change, refusals, place }) =>
    refusals.map(({ control, scope, reason }) => [day, order, change, control, scope, reason, place]),
  );
  const headerLines = [
    `Sheet ${sheet.id} number ${sheet.sequence}, ${sheetHash}`,
    METHOD.replaceAll('\n', ' ').trim(),
    ...(unlisted === 0 ? [] : [`${unlisted} more changed orders are not listed`]),
  ];
  writeFileSync(path, [...csvLines({ columns: COLUMNS, rows }, { headerLines })].join(''));
  process.stdout.write(`${changed.length} changed orders in ${path}\n`);
}
