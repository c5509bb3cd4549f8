import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { recordClasses } from '@gatehouse/compliance/retention/classes.ts';
import { GIVEN_EVENTS } from '@gatehouse/compliance/retention/clock.ts';
import { eventDayText, periodText } from '@gatehouse/compliance/retention/reasons.ts';
import { scopeText } from '@gatehouse/compliance/retention/scope.ts';
import { parseScope, SCOPE_FORMS } from '@gatehouse/compliance/retention/scope-word.ts';
import type { HubRecords } from '@gatehouse/hub/hub.ts';
import { giveEvent } from '@gatehouse/hub/ledger/retention/clock-events.ts';
import { explainRecord } from '@gatehouse/hub/ledger/retention/explain.ts';
import { readStanding } from '@gatehouse/hub/ledger/retention/explain-standing.ts';
import { setHold } from '@gatehouse/hub/ledger/retention/holds.ts';
import {
  approveRetention,
  type ProposedChange,
  proposeRetention,
  rejectRetention,
  withdrawRetention,
} from '@gatehouse/hub/ledger/retention/proposals.ts';
import type { RetentionActor, RetentionDeps } from '@gatehouse/hub/ledger/retention/proposals-work.ts';
import type { Permission } from '@gatehouse/hub/people/permissions.ts';
import type { StandingRetentionProposal } from '@gatehouse/hub/store/retention-proposal-rows.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { visible } from '@gatehouse/shared/governance/document-words.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { type Command, parseOptions } from './command.ts';
import { withHubRecords } from './hub-records.ts';
import { personOptions, signedInPerson } from './signed-in-person.ts';

const usage = `gatehouse retention explain RECORD
       gatehouse retention classes
       gatehouse retention list
       gatehouse retention event EVENT SCOPE DAY|none --reason TEXT --login NAME
       gatehouse retention hold SCOPE --reason TEXT --login NAME
       gatehouse retention lift HOLD --reason TEXT --login NAME
       gatehouse retention propose TARGET --reason TEXT --login NAME
       gatehouse retention propose --figures FILE --reason TEXT --login NAME
       gatehouse retention approve PROPOSAL --login NAME
       gatehouse retention reject|withdraw PROPOSAL --reason TEXT --login NAME
  RECORD is a leaf of the ledger, or edge:epoch:seq. TARGET is a key class and a month, such as trading/2026-03, or subject/ID.
  SCOPE is one of ${SCOPE_FORMS.join(', ')}.
  EVENT is one of ${GIVEN_EVENTS.join(', ')}; "none" takes an earlier word back.
  Whoever changes something signs in with their password, asked for or in --password-file, and the --code of their authenticator.`;

const options = { ...personOptions, reason: { type: 'string' }, figures: { type: 'string' } } as const;

type Values = ReturnType<typeof parsed>['values'];

function parsed(args: readonly string[]) {
  return parseOptions(args, options, usage);
}

/** How long records are kept, what keeps them, and what people decide about it. */
export const command: Command = {
  usage,
  run(args) {
    const { values, positionals } = parsed(args);
    const [verb = '', ...words] = positionals;
    const task = Object.hasOwn(tasks, verb) ? tasks[verb] : undefined;
    if (task?.words.includes(words.length) === true) return task.run(words, values);
    throw new KitError('COMMAND_INVALID', 'say what to do about retention', { hint: `Usage: ${usage}` });
  },
};

interface Task {
  /** How many words may follow the verb. */
  readonly words: readonly number[];
  readonly run: (words: readonly string[], values: Values) => Promise<number>;
}

const tasks: Readonly<Record<string, Task>> = {
  explain: { words: [1], run: ([record = '']) => explain(record) },
  classes: { words: [0], run: async () => listClasses() },
  list: { words: [0], run: () => listStanding() },
  event: { words: [3], run: ([event = '', scope = '', day = ''], values) => putEvent({ event, scope, day }, values) },
  hold: { words: [1], run: ([scope = ''], values) => putHold(scope, values) },
  lift: { words: [1], run: ([hold = ''], values) => propose({ kind: 'lift', hold }, values) },
  propose: { words: [0, 1], run: ([target], values) => propose(changeOf(target, values), values) },
  approve: { words: [1], run: ([id = ''], values) => approve(id, values) },
  reject: { words: [1], run: ([id = ''], values) => end('reject', id, values) },
  withdraw: { words: [1], run: ([id = ''], values) => end('withdraw', id, values) },
};

async function explain(record: string): Promise<number> {
  const today = dayOf(systemClock().now());
  const found = await withHubRecords(({ database }) => explainRecord(database, record, today));
  const { leaf, edge, kind, action, at, target, certificate, judgement } = found;
  say(`Leaf ${leaf}: ${action ?? kind} of ${edge}, made ${at}`);
  say(
    `It goes with ${target}${certificate === undefined ? '' : `, which was disposed of: certificate at leaf ${certificate}`}.`,
  );
  for (const reason of judgement.because) say(`  ${visible(reason)}`);
  return 0;
}

function listClasses(): number {
  for (const { id, title, clock, periods, sources, unsure } of recordClasses) {
    const newest = periods.at(-1);
    const maximum = newest?.maximum === undefined ? '' : `, gone after ${periodText(newest.maximum)}`;
    say(`${id}: ${title}`);
    say(`  ${periodText(newest?.minimum ?? 0)} from ${eventDayText(clock)}${maximum}`);
    for (const { act, place, says } of sources) say(`  ${act.title}, ${place}: ${says}`);
    if (unsure !== undefined) say(`  Unsure: ${unsure}`);
  }
  return 0;
}

async function listStanding(): Promise<number> {
  const { inForce, run, findings, holds, proposals } = await withHubRecords(({ database }) => readStanding(database));
  say(
    inForce === undefined
      ? 'The firm has set no figures; nothing may go.'
      : `Figures version ${inForce.version}: floor ${inForce.figures.floor.years} years, ${inForce.figures.flags.join(', ')}`,
  );
  say(run === undefined ? 'No run has finished yet.' : `Run of ${run.day}: ${run.targets} targets judged`);
  for (const { target, state, records, mustGoBy } of findings) {
    say(`  ${target}: ${state}, ${records} records${mustGoBy === null ? '' : `, gone by ${mustGoBy}`}`);
  }
  for (const { id, scope, reason, liftedAt } of holds) {
    say(`Hold ${id} on ${scopeText(scope)}, ${liftedAt === null ? 'stands' : 'lifted'}: ${visible(reason)}`);
  }
  for (const row of proposals) say(proposalText(row));
  return 0;
}

async function putEvent(
  given: { readonly event: string; readonly scope: string; readonly day: string },
  values: Values,
): Promise<number> {
  const event = { event: given.event, scope: parseScope(given.scope), day: given.day === 'none' ? null : given.day };
  const reason = reasonOf(values);
  await asPerson('retention.propose', values, (deps, actor) => giveEvent(deps, actor, { event, reason }));
  say('The event is on record; the next run judges by it.');
  return 0;
}

async function putHold(word: string, values: Values): Promise<number> {
  const wanted = { scope: parseScope(word), reason: reasonOf(values) };
  const { id, scope } = await asPerson('retention.propose', values, (deps, actor) => setHold(deps, actor, wanted));
  say(`Hold ${id} on ${scopeText(scope)} stands from now on.`);
  return 0;
}

async function propose(change: ProposedChange, values: Values): Promise<number> {
  const wanted = { change, reason: reasonOf(values) };
  say(
    proposalText(await asPerson('retention.propose', values, (deps, actor) => proposeRetention(deps, actor, wanted))),
  );
  return 0;
}

async function approve(id: string, values: Values): Promise<number> {
  say(proposalText(await asPerson('retention.approve', values, (deps, actor) => approveRetention(deps, actor, id))));
  return 0;
}

async function end(verb: 'reject' | 'withdraw', proposalId: string, values: Values): Promise<number> {
  const ending = { proposalId, reason: reasonOf(values) };
  const [permission, step] =
    verb === 'reject'
      ? (['retention.approve', rejectRetention] as const)
      : (['retention.propose', withdrawRetention] as const);
  say(proposalText(await asPerson(permission, values, (deps, actor) => step(deps, actor, ending))));
  return 0;
}

function asPerson<Value>(
  permission: Permission,
  values: Values,
  work: (deps: RetentionDeps, actor: RetentionActor) => Promise<Value>,
): Promise<Value> {
  return withHubRecords(async (records: HubRecords) => {
    const actor = await signedInPerson(records, permission, values);
    const { database, stream } = records;
    const random = (length: number) => randomBytes(length);
    return work({ database, appendAct: stream.appendAct, clock: systemClock(), random }, actor);
  });
}

function changeOf(target: string | undefined, { figures }: Values): ProposedChange {
  if (target !== undefined && figures === undefined) return { kind: 'disposal', target };
  if (target !== undefined || figures === undefined) {
    throw new KitError('COMMAND_INVALID', 'name a target or --figures', { hint: `Usage: ${usage}` });
  }
  try {
    return { kind: 'figures', figures: JSON.parse(readFileSync(figures, 'utf8')) };
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${figures} cannot be read as JSON: ${describeError(cause)}`, { cause });
  }
}

function reasonOf({ reason }: Values): string {
  if (reason !== undefined) return reason;
  throw new KitError('COMMAND_INVALID', 'say why with --reason', { hint: `Usage: ${usage}` });
}

function proposalText({
  proposalId,
  kind,
  target,
  state,
  approvedBy,
  needed,
  certificate,
}: StandingRetentionProposal): string {
  const proof = certificate === null ? '' : `, certificate at leaf ${certificate}`;
  return `${proposalId} ${kind} ${target}: ${state}, ${approvedBy.length} of ${needed} approvals${proof}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
