import { isInForceWith } from '@gatehouse/compliance/facts-document.ts';
import { readDatedFile, unsignedProblems } from '@gatehouse/shared/governance/verify-dated-file.ts';
import { travellingHash } from '@gatehouse/shared/schema/control.ts';
import type { DatedFile } from '@gatehouse/shared/schema/dated-file.ts';
import type { FactsBody } from '@gatehouse/shared/schema/facts-bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { isReadable, readEntry } from '../../ingest/read-entry.ts';
import { type Alarm, raiseAlarms } from '../../store/alarm-rows.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import { findFile, insertFile, lockFiles } from '../../store/file-rows.ts';
import {
  ANSWERED_AHEAD_MAX,
  factsBefore,
  fileName,
  type LeafRange,
  lockLearned,
  moveLearned,
  noteGiven,
  readFactsEntries,
  type UnknownCommand,
  unknownCommands,
} from '../../store/given-rows.ts';
import type { LedgerEntryRow } from '../../store/limit-rows.ts';
import type { AppendAct } from '../../store/pages/people-store.ts';
import { shortened } from '../limit-work.ts';
import { judgeOnRecord, rowOf } from '../objects/publish-file.ts';
import { trustOnRecord } from '../trust-on-record.ts';

/** What learning works with. */
export interface LearnDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
}

/** So many entries are read at a time; each may be as long as an entry can be. */
const ENTRIES_AT_ONCE = 4;
/** More parts than the longest file has. */
const PARTS_MAX = 128;
const UNKNOWN_MAX = 1_000;
const NAMED_MAX = 20;

/**
 * Reads from what edges sent what they have of this hub, and takes over or tells of what the hub lacks.
 *
 * Shape:  a hub whose database was set back finds here the dated files and the numbers that it gave since. A version that an edge goes by
 *         is taken over where people signed it so that it counts; its number counts as given either way. Answers how many versions were
 *         taken over.
 * Source: 17 CFR 240.15c3-5(d) (direct and exclusive control).
 */
export async function learnFromEdges(deps: LearnDeps): Promise<number> {
  let taken = 0;
  for (let isMore = true; isMore; ) {
    const step = await inTransaction(deps.database, (tx) => learnSome(deps, tx));
    taken += step.taken;
    isMore = step.isMore;
  }
  return taken;
}

async function learnSome(
  deps: LearnDeps,
  tx: Transaction,
): Promise<{ readonly taken: number; readonly isMore: boolean }> {
  const range = await lockLearned(tx);
  if (range === undefined || range.from >= range.to) return { taken: 0, isMore: false };
  const entries = await readFactsEntries(tx, range, ENTRIES_AT_ONCE);
  const isMore = entries.length === ENTRIES_AT_ONCE;
  const next = isMore ? (entries.at(-1)?.leaf ?? range.from) + 1 : range.to;
  let taken = 0;
  for (const entry of entries) taken += (await learnFile(deps, tx, entry)) ? 1 : 0;
  await tellUnknown(deps, tx, { from: range.from, to: next });
  await moveLearned(tx, next);
  return { taken, isMore };
}

/** Whether a version was taken over. */
async function learnFile(deps: LearnDeps, tx: Transaction, entry: LedgerEntryRow): Promise<boolean> {
  const body = factsOf(entry);
  if (body?.signed === undefined || !isInForceWith(body)) return false;
  const { note } = body.signed;
  const file = readDatedFile(note, []);
  if (file === undefined) return false;
  const hash = travellingHash(note);
  // Most entries tell of what this hub gave.
  if ((await findFile(tx, file))?.noteHash === hash) return false;
  const trust = (await trustOnRecord(tx, file))?.trust;
  const at = parseInstant(entry.at);
  // What nobody signed could otherwise use up every number there is.
  const judging = trust && { trust, at };
  if (judging === undefined || unsignedProblems(note, judging).length > 0) return false;
  await lockFiles(tx);
  const known = await findFile(tx, file);
  if (known?.noteHash === hash) return false;
  await noteGiven(tx, [{ what: 'file', name: fileName(file, file.kind), number: file.sequence, hash }]);
  if (known !== undefined) return tell({ deps, tx, entry }, forked(file, entry.edge));
  const content = await contentOf(tx, entry, body);
  const judged = content === undefined ? undefined : await judgeOnRecord(tx, { note, content }, judging);
  if (content === undefined || judged?.kind !== 'verified') return tell({ deps, tx, entry }, lacking(file, entry.edge));
  const now = instantText(deps.clock.now());
  await insertFile(tx, rowOf(judged, { note, content }, { by: 'system', at: now }), content);
  await deps.appendAct(tx, {
    action: 'files.taken-over',
    by: 'system',
    target: `${file.kind} ${file.sequence}`,
    after: { document: hash, content: file.content.hash, edge: entry.edge, leaf: `${entry.leaf}` },
    note: shortened(file.reason),
  });
  return true;
}

function factsOf(entry: LedgerEntryRow): FactsBody | undefined {
  const read = readEntry(entry);
  // What cannot be read was set aside when it came, with an alarm of its own.
  return isReadable(read) && read.kind === 'facts' ? read.body : undefined;
}

/** The exact text that an entry brought into force, put together from its parts. */
async function contentOf(tx: Transaction, entry: LedgerEntryRow, body: FactsBody): Promise<string | undefined> {
  const { part } = body;
  if (part === undefined) return body.document;
  if (part.of > PARTS_MAX) return undefined;
  const bodies = (await factsBefore(tx, entry, part.of)).map(factsOf);
  const isWhole = bodies.every((one, index) => one?.part?.number === index + 1 && one.hash === body.hash);
  return isWhole && bodies.length === part.of ? bodies.map((one) => one?.document ?? '').join('') : undefined;
}

/** Tells of what was not taken over. */
async function tell(
  { deps, tx, entry }: { readonly deps: LearnDeps; readonly tx: Transaction; readonly entry: LedgerEntryRow },
  { code, message }: Pick<Alarm, 'code' | 'message'>,
): Promise<false> {
  const { edge, leaf } = entry;
  await raiseAlarms(tx, [{ code, message, severity: 'alarm', edge, leaf }], instantText(deps.clock.now()));
  return false;
}

function forked({ kind, sequence }: DatedFile, edge: string): Pick<Alarm, 'code' | 'message'> {
  const message = `edge ${edge} goes by another document ${kind} number ${sequence} than this hub gives: it was given before the database was set back. Publish the next two numbers, each signed by a maker and a checker; the edge refuses the first of them and takes the second`;
  return { code: 'FILE_FORKED', message };
}

function lacking({ kind, sequence }: DatedFile, edge: string): Pick<Alarm, 'code' | 'message'> {
  const message = `edge ${edge} goes by ${kind} number ${sequence}, which this hub lacks and cannot take over, since versions before it are missing or its text did not come: the database was set back. Publish number ${sequence + 1}, signed by a maker and a checker, for all edges`;
  return { code: 'FILE_UNKNOWN', message };
}

async function tellUnknown({ clock }: LearnDeps, tx: Transaction, range: LeafRange): Promise<void> {
  const unknown = await unknownCommands(tx, range, UNKNOWN_MAX);
  const byEdge = Map.groupBy(unknown, ({ edge }) => edge);
  const alarms = [...byEdge].map(
    ([edge, commands]): Alarm => ({
      ...{ code: 'COMMAND_UNKNOWN', severity: 'alarm', edge },
      message: `edge ${edge} answered ${commands.length} commands that this hub has no record of, ${named(commands)}: the database was set back. What they stopped stands at the edge; compare its halts, and release there what should not stand. Their numbers are not given again, where they are no more than ${ANSWERED_AHEAD_MAX} above what this hub knows of; if they are, ask what the edge is, since it may have answered what nobody gave`,
    }),
  );
  if (alarms.length > 0) await raiseAlarms(tx, alarms, instantText(clock.now()));
}

function named(commands: readonly UnknownCommand[]): string {
  const words = commands.slice(0, NAMED_MAX).map(({ seq, id, name }) => `number ${seq} (${name} ${id})`);
  return commands.length > NAMED_MAX ? `${words.join(', ')} and more` : words.join(', ');
}
