import {
  isSignedToLoosen,
  type RefusedFile,
  readDatedFile,
  type SignedFile,
  takenUpTo,
  unsignedProblems,
} from '@gatehouse/shared/governance/verify-dated-file.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { type ControlObject, travellingHash } from '@gatehouse/shared/schema/control.ts';
import { DATED_FILE_LENGTH_MAX, type DatedFile, OBJECT_KINDS } from '@gatehouse/shared/schema/dated-file.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { beforeOf, type JudgingPlace } from '../facts/hub-files.ts';
import { incidentOf } from '../governance/document-offer.ts';
import type { BodyFetcher } from '../sync/downlink/body-fetcher.ts';
import type { ObjectTaker, TakenObject } from '../sync/downlink/object-desk.ts';
import type { RunningEdge } from './running-edge.ts';

/** What a taker of files works with. */
export type FileTakerDeps = Pick<RunningEdge, 'facts'> & {
  readonly edge: { readonly clock: Pick<Clock, 'now'>; readonly log: (line: string) => void };
  readonly engine: Pick<RunningEdge['engine'], 'recorder'>;
  readonly governance: { readonly trust: Pick<RunningEdge['governance']['trust'], 'trust'> };
  readonly journal: Pick<RunningEdge['journal'], 'durable'>;
  readonly bodies: BodyFetcher;
};

/** What one taker works with. Shape: `lacking` are the documents, by their hash, that wait for versions before them. */
interface Taking extends FileTakerDeps {
  readonly lacking: Set<string>;
}

/** A document about a file, read and not yet believed. */
interface Claimed {
  readonly note: string;
  readonly file: DatedFile;
}

/** So many versions an edge may have missed before one that only a version between makes good. */
const MISSED_MAX = 32;
const BYTES_PER_UNIT_MAX = 3;
/** So many documents are known to wait for others; one that is forgotten is judged once more. */
const LACKING_MAX = 64;

/**
 * Takes dated files of the hub into force by the signatures of people.
 *
 * Shape:  a file that is too long for its object is waited for without keeping others back, and nothing that nobody signed is fetched or
 *         read. Where a version loosens only what the edge has, and not what it follows, or the edge has nothing to compare it with, the
 *         versions before are fetched and taken first. A refusal is on record with every problem.
 */
export function createFileTaker(given: FileTakerDeps): ObjectTaker {
  const deps: Taking = { ...given, lacking: new Set() };
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
    const place = placeOf(deps);
    if (file.from > place.at) return 'later';
    const unsigned = unsignedProblems(note, place);
    if (unsigned.length > 0) return refuse(deps, file.kind, [`number ${file.sequence}`, ...unsigned]);
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

async function offer(deps: Taking, claimed: Claimed, content: string): Promise<TakenObject> {
  const { note, file } = claimed;
  const { lacking } = deps;
  const hash = travellingHash(note);
  // A long list is not judged again for each piece of what comes before it.
  if (lacking.has(hash) && (await takeMissed(deps, file)) === 'later') return 'later';
  lacking.delete(hash);
  let judged = await judge(deps, file, { note, content });
  if (judged.kind === 'refused' && judged.lacksPrevious) {
    const taken = await takeMissed(deps, file);
    if (taken === 'later') {
      if (lacking.size >= LACKING_MAX) lacking.clear();
      lacking.add(hash);
      return 'later';
    }
    if (taken === 'taken') judged = await judge(deps, file, { note, content });
  }
  if (judged.kind === 'good') await accept(deps, judged);
  deps.bodies.forget(file.content.hash);
  return judged.kind === 'refused' ? refuse(deps, file.kind, numbered(judged)) : 'taken';
}

function placeOf({ edge, governance }: Taking): JudgingPlace {
  return { trust: governance.trust.trust, at: edge.clock.now() };
}

function judge(deps: Taking, file: DatedFile, signed: SignedFile) {
  return deps.facts.judge(file.kind, signed, placeOf(deps));
}

async function accept(
  deps: Taking,
  { hubFile, signedBy }: Extract<Awaited<ReturnType<typeof judge>>, { kind: 'good' }>,
): Promise<void> {
  const { facts, edge, journal } = deps;
  await facts.accept(hubFile, (entries) => journal.durable(record(deps, entries)));
  const kind = hubFile.held?.file.kind ?? 'a file';
  const by = signedBy.length === 0 ? 'as it was before' : `signed by ${signedBy.join(' and ')}`;
  edge.log(`from the hub: ${kind} number ${hubFile.mark.sequence} is in force, ${by}`);
}

/**
 * The versions to be taken before this one, the oldest first; undefined while their documents come.
 *
 * Shape: they begin after what is held, or later with the newest that counts whatever it follows.
 */
function missedBefore(deps: Taking, file: DatedFile): readonly Claimed[] | undefined {
  const { facts, bodies } = deps;
  const place = placeOf(deps);
  const upTo = takenUpTo(beforeOf(facts.hubFile(file.kind)));
  const missed: Claimed[] = [];
  for (let next = file; next.sequence > upTo + 1 && missed.length < MISSED_MAX; ) {
    if (next.previous === undefined) return [];
    const note = bodies.take({ hash: next.previous, bytesMax: DATED_FILE_LENGTH_MAX * BYTES_PER_UNIT_MAX });
    if (note === undefined) return undefined;
    const before = readDatedFile(note, []);
    if (before?.kind !== file.kind || before.sequence !== next.sequence - 1) return [];
    missed.unshift({ note, file: before });
    if (isSignedToLoosen(note, place)) return missed;
    next = before;
  }
  return missed.length < MISSED_MAX ? missed : [];
}

/** Takes missed versions in their order. Shape: `refused` where one of them does not count, or there is none. */
async function takeMissed(deps: Taking, newest: DatedFile): Promise<TakenObject | 'refused'> {
  const missed = missedBefore(deps, newest);
  if (missed === undefined) return 'later';
  for (const { note, file } of missed) {
    const content = contentOf(deps, file);
    if (content === undefined) return 'later';
    const judged = await judge(deps, file, { note, content });
    if (judged.kind === 'refused') return 'refused';
    if (judged.kind === 'good') await accept(deps, judged);
    deps.bodies.forget(file.content.hash);
  }
  for (const { note } of missed) deps.bodies.forget(travellingHash(note));
  return missed.length === 0 ? 'refused' : 'taken';
}

function contentOf({ bodies }: Taking, { content }: DatedFile): string | undefined {
  return bodies.take({ hash: content.hash, bytesMax: content.bytes });
}

function numbered({ file, problems }: RefusedFile): readonly string[] {
  return file === undefined ? problems : [`number ${file.sequence}`, ...problems];
}

function refuse(deps: Taking, kind: string, problems: readonly string[]): TakenObject {
  const hint = 'The file in force stays in force; have the next one proposed and signed by people who may.';
  record(deps, [incidentOf('DATED_FILE_REFUSED', [`the hub's file ${kind}`, ...problems], hint)]);
  deps.edge.log(`from the hub: the file ${kind} is refused: ${problems.join('; ')}`);
  return 'taken';
}

function record({ engine: { recorder } }: Taking, entries: readonly EntryBody[]): number {
  for (const entry of entries) recorder.stage(entry);
  return recorder.flush();
}
