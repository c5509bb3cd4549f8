import { type RefusedFile, readDatedFile, type SignedFile } from '@gatehouse/shared/governance/verify-dated-file.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { type ControlObject, travellingHash } from '@gatehouse/shared/schema/control.ts';
import { DATED_FILE_LENGTH_MAX, type DatedFile, OBJECT_KINDS } from '@gatehouse/shared/schema/dated-file.ts';
import { incidentOf } from '../governance/document-offer.ts';
import type { BodyFetcher } from '../sync/downlink/body-fetcher.ts';
import type { ObjectTaker, TakenObject } from '../sync/downlink/object-desk.ts';
import type { RunningEdge } from './running-edge.ts';

/** What a taker of files works with. */
export type FileTakerDeps = Pick<RunningEdge, 'edge' | 'engine' | 'facts' | 'governance' | 'journal'> & {
  readonly bodies: BodyFetcher;
};

/** A document about a file, read and not yet believed. */
interface Claimed {
  readonly note: string;
  readonly file: DatedFile;
}

/** So many versions an edge may have missed before one that only a version between makes good. */
const MISSED_MAX = 32;
const BYTES_PER_UNIT_MAX = 3;

/**
 * Takes dated files of the hub into force by the signatures of people.
 *
 * Shape:  a file that is too long for its object is waited for without keeping others back. Where a version loosens only what the edge
 *         has, and not what it follows, the versions between are fetched and taken first. A refusal is on record with every problem.
 */
export function createFileTaker(deps: FileTakerDeps): ObjectTaker {
  return async (object) => {
    const problems: string[] = [];
    const file = readDatedFile(object.document, problems);
    if (file === undefined) return refuse(deps, object.kind, problems);
    const note = object.document;
    const had = deps.facts.hubFile(file.kind);
    if (had?.mark.note === travellingHash(note) && had.held !== undefined) return 'taken';
    const strange = envelopeProblems(object, file);
    if (had !== undefined && had.mark.note !== travellingHash(note) && file.sequence <= had.mark.sequence) {
      strange.push(`number ${file.sequence} came after number ${had.mark.sequence}`);
    }
    if (strange.length > 0) return refuse(deps, file.kind, strange);
    if (file.from > deps.edge.clock.now()) return 'later';
    const content = object.content ?? contentOf(deps, file);
    return content === undefined ? 'later' : offer(deps, { note, file }, content);
  };
}

function envelopeProblems({ kind, version }: ControlObject, file: DatedFile): string[] {
  const problems: string[] = [];
  if (OBJECT_KINDS[file.kind] !== kind) problems.push(`a file of ${file.kind} came as ${kind}`);
  if (file.sequence !== version) problems.push(`number ${file.sequence} came as version ${version}`);
  return problems;
}

async function offer(deps: FileTakerDeps, { note, file }: Claimed, content: string): Promise<TakenObject> {
  const judged = judge(deps, file, { note, content });
  if (judged.kind === 'good') await accept(deps, judged);
  if (judged.kind === 'refused' && judged.lacksPrevious) {
    const missed = missedBefore(deps, file);
    if (missed === undefined) return 'later';
    const taken = await takeMissed(deps, missed);
    if (taken !== 'refused') return taken === 'later' ? 'later' : offer(deps, { note, file }, content);
  }
  deps.bodies.forget(file.content.hash);
  return judged.kind === 'refused' ? refuse(deps, file.kind, numbered(judged)) : 'taken';
}

function judge({ edge, facts, governance }: FileTakerDeps, file: DatedFile, signed: SignedFile) {
  return facts.judge(file.kind, signed, { trust: governance.trust.trust, at: edge.clock.now() });
}

async function accept(deps: FileTakerDeps, judged: Extract<ReturnType<typeof judge>, { kind: 'good' }>): Promise<void> {
  const { facts, edge, journal, engine } = deps;
  const { hubFile, signedBy } = judged;
  await facts.accept(hubFile, (entries) => record(deps, entries));
  await journal.durable(engine.recorder.flush());
  const kind = hubFile.held?.file.kind ?? 'a file';
  const by = signedBy.length === 0 ? 'as it was before' : `signed by ${signedBy.join(' and ')}`;
  edge.log(`from the hub: ${kind} number ${hubFile.mark.sequence} is in force, ${by}`);
}

/** The versions between what is held and this one, the oldest first; undefined while their documents come. */
function missedBefore({ facts, bodies }: FileTakerDeps, file: DatedFile): readonly Claimed[] | undefined {
  const held = facts.hubFile(file.kind)?.mark.sequence ?? 0;
  const missed: Claimed[] = [];
  for (let next = file; next.sequence > held + 1 && missed.length < MISSED_MAX; ) {
    if (next.previous === undefined) return [];
    const note = bodies.take({ hash: next.previous, bytesMax: DATED_FILE_LENGTH_MAX * BYTES_PER_UNIT_MAX });
    if (note === undefined) return undefined;
    const before = readDatedFile(note, []);
    if (before?.kind !== file.kind || before.sequence !== next.sequence - 1) return [];
    missed.unshift({ note, file: before });
    next = before;
  }
  return missed;
}

/** Takes missed versions in their order. Shape: `refused` where one of them does not count, or there is none. */
async function takeMissed(deps: FileTakerDeps, missed: readonly Claimed[]): Promise<TakenObject | 'refused'> {
  if (missed.length === 0 || missed.length >= MISSED_MAX) return 'refused';
  for (const { note, file } of missed) {
    const content = contentOf(deps, file);
    if (content === undefined) return 'later';
    const judged = judge(deps, file, { note, content });
    if (judged.kind !== 'good') return 'refused';
    await accept(deps, judged);
    deps.bodies.forget(file.content.hash);
  }
  return 'taken';
}

function contentOf({ bodies }: FileTakerDeps, { content }: DatedFile): string | undefined {
  return bodies.take({ hash: content.hash, bytesMax: content.bytes });
}

function numbered({ file, problems }: RefusedFile): readonly string[] {
  return file === undefined ? problems : [`number ${file.sequence}`, ...problems];
}

function refuse(deps: FileTakerDeps, kind: string, problems: readonly string[]): TakenObject {
  const hint = 'The file in force stays in force; have the next one proposed and signed by people who may.';
  record(deps, [incidentOf('DATED_FILE_REFUSED', [`the hub's file ${kind}`, ...problems], hint)]);
  deps.edge.log(`from the hub: the file ${kind} is refused: ${problems.join('; ')}`);
  return 'taken';
}

function record({ engine: { recorder } }: FileTakerDeps, entries: readonly EntryBody[]): void {
  for (const entry of entries) recorder.stage(entry);
  recorder.flush();
}
