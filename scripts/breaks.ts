import { userInfo } from 'node:os';
import type { BreakAnswer } from '@gatehouse/edge/reconcile/reconcile-commands.ts';
import { CAUSES } from '@gatehouse/edge/reconcile/reconcile-requests.ts';
import { askEdge, type EdgeQuestion } from '@gatehouse/edge/sync/local-socket.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { isDecimalText } from '@gatehouse/shared/values/decimal.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { confirmed } from './confirm.ts';
import { tableText } from './difference-table.ts';
import { edgeDataFolder } from './edge-data.ts';

const usage = `gatehouse breaks [list] [--json]
       gatehouse breaks assign BREAK --owner ID [--by ID]
       gatehouse breaks explain BREAK --cause CAUSE --note TEXT [--end] [--by ID]
       gatehouse breaks adjust BREAK --cause CAUSE --reason TEXT [--by ID] [--yes]
                 (--instrument ID --quantity N --cost N --currency CODE | --currency CODE --amount N)
  explain says why; trading that the break stops then goes on. --end is for an execution that will never be ours
  adjust sets a position or balance right by the whole difference, and ends the break by it; no figure changes otherwise
  --cost      what the change of position is worth, in the currency
  --by ID     who does it (default: this computer's user)
  --cause     ${CAUSES.join(', ')}`;

const options = {
  json: { type: 'boolean' },
  owner: { type: 'string' },
  by: { type: 'string' },
  cause: { type: 'string' },
  note: { type: 'string' },
  end: { type: 'boolean' },
  reason: { type: 'string' },
  instrument: { type: 'string' },
  quantity: { type: 'string' },
  cost: { type: 'string' },
  currency: { type: 'string' },
  amount: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parsed>['values'];
type Adjustment = Extract<EdgeQuestion, { readonly command: 'break-adjust' }>;
type Cause = Adjustment['cause'];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function parsed(args: readonly string[]) {
  return parseOptions(args, options, usage);
}

/** Differences between the edge's books and those of others, and what people do about them. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parsed(args);
    const [verb = 'list', id, ...more] = positionals;
    if (more.length > 0) throw invalid(['one break at a time']);
    if (verb === 'list' && id === undefined) return list(values);
    if (id === undefined) throw invalid(['name the break']);
    if (verb === 'assign') return tell(await ask(assignment(id, values)));
    if (verb === 'explain') return tell(await ask(explanation(id, values)));
    if (verb === 'adjust') return adjust(adjustment(id, values), values.yes);
    throw invalid([`${verb} is none of list, assign, explain, adjust`]);
  },
};

async function list({ json }: Values): Promise<number> {
  const breaks = (await ask({ command: 'breaks' })) as readonly BreakAnswer[];
  process.stdout.write(json === true ? `${JSON.stringify(breaks)}\n` : listText(breaks));
  return breaks.length === 0 ? 0 : 3;
}

function listText(breaks: readonly BreakAnswer[]): string {
  if (breaks.length === 0) return 'There are no open breaks.\n';
  const heads = ['BREAK', 'AGE', 'STEP', 'WHAT', 'BETWEEN', 'OURS', 'THEIRS', 'CAUSE', 'OWNER'];
  const rows = breaks.map(
    ({ id, ageMs, step, subject, key, between, ours = '', theirs = '', cause = '', owner = '' }) => [
      ...[id, ageText(ageMs), step, `${subject} ${key}`, between.join('/')],
      ...[ours, theirs, cause, owner],
    ],
  );
  return tableText([heads, ...rows]);
}

function assignment(id: string, { owner = '', by = defaultActor() }: Values): EdgeQuestion {
  refuse([...idProblems({ id, by, owner })]);
  return { command: 'break-assign', id, by, owner };
}

function explanation(id: string, { cause, note = '', by = defaultActor(), end = false }: Values): EdgeQuestion {
  refuse([...idProblems({ id, by }), ...causeProblems(cause), ...sentenceProblems('note', note)]);
  return { command: 'break-explain', id, by, cause: cause as Cause, note, ends: end };
}

function adjustment(id: string, values: Values): Adjustment {
  const { cause, reason = '', by = defaultActor() } = values;
  const { instrument, quantity = '', cost = '', currency = '', amount = '' } = values;
  const figures = instrument === undefined ? { amount } : { quantity, cost };
  refuse([
    ...idProblems({ id, by, ...(instrument === undefined ? {} : { instrument }) }),
    ...causeProblems(cause),
    ...sentenceProblems('reason', reason),
    ...(currency === '' ? ['--currency is missing'] : []),
    ...Object.entries(figures)
      .filter(([, figure]) => !isDecimalText(figure))
      .map(([name, figure]) => (figure === '' ? `--${name} is missing` : `--${name} ${figure} is no exact decimal`)),
  ]);
  const change: Adjustment['change'] =
    instrument === undefined
      ? { kind: 'cash', currency, amount }
      : { kind: 'position', instrument, currency, quantity, cost };
  return { command: 'break-adjust', id, by, cause: cause as Cause, reason, change };
}

async function adjust(question: Adjustment, isYes: boolean | undefined): Promise<number> {
  const { change } = question;
  const words =
    change.kind === 'cash'
      ? `the balance by ${change.amount} ${change.currency}`
      : `the position in ${change.instrument} by ${change.quantity}, at a cost of ${change.cost} ${change.currency}`;
  if (!(await confirmed(`Change ${words} without an execution?`, isYes))) {
    process.stdout.write('Nothing was changed.\n');
    return 0;
  }
  return tell(await ask(question));
}

function tell(answer: unknown): number {
  const { id, step, subject, key } = answer as BreakAnswer;
  process.stdout.write(`Break ${id} of ${subject} ${key} is ${step}.\n`);
  return 0;
}

function ask(question: EdgeQuestion): Promise<unknown> {
  return askEdge(edgeDataFolder(readScriptConfig().data), question);
}

function idProblems(ids: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(ids)
    .filter(([, id]) => !Identifier.safeParse(id).success)
    .map(([name, id]) => (id === '' ? `--${name} is missing` : `${id} is no id`));
}

function causeProblems(cause: string | undefined): readonly string[] {
  if (cause === undefined) return ['--cause is missing'];
  return CAUSES.includes(cause) ? [] : [`${cause} is no cause`];
}

function sentenceProblems(name: string, text: string): readonly string[] {
  return Sentence.safeParse(text.trim()).success ? [] : [`--${name} says why, and is missing`];
}

function ageText(ms: number): string {
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  return ms < DAY_MS ? `${Math.floor(ms / HOUR_MS)} h` : `${Math.floor(ms / DAY_MS)} d`;
}

function defaultActor(): string {
  return `os-${userInfo().username.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`.slice(0, 64);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly string[]): KitError {
  return new KitError('COMMAND_INVALID', problems.join('; '), { hint: `Usage: ${usage}`, problems });
}
