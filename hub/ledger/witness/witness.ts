import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { type OpenedCheckpoint, openCheckpoint, parseCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { cosignatureLine } from '@gatehouse/shared/journal/cosignature.ts';
import { EMPTY_ROOT, verifyConsistency } from '@gatehouse/shared/journal/merkle.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import { writeDurably } from '../../store/postgres/durable-file.ts';

/** What a witness stands on. Shape: `unixSeconds` is its clock; `folder` its memory. */
export interface WitnessDeps {
  readonly folder: string;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly unixSeconds: () => number;
}

/** A checkpoint that a witness is asked to sign. Shape: `proof` leads from the log of `oldSize` leaves to it. */
export interface WitnessRequest {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
}

/** What a witness answers. Source: C2SP tlog-witness, "add-checkpoint", whose statuses these are. */
export type WitnessAnswer =
  | { readonly status: 200; readonly line: string }
  /** It stands at another size than it was asked from, or another log of the same size was signed. */
  | { readonly status: 409; readonly size: number; readonly reason: string; readonly evidence?: string | undefined }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string };

/** Remembers the largest log that it saw, and signs only what that log became. */
export interface Witness {
  /** The checkpoint that it signed last, as the log's own note; undefined before the first. */
  last(): OpenedCheckpoint | undefined;
  add(request: WitnessRequest): Promise<WitnessAnswer>;
  /** Keeps a note that contradicts the one it signed last, both with the log's signature; gives the file. */
  keepEvidence(reason: string, note: string): Promise<string | undefined>;
}

/** The checkpoint that a witness signed last, with its own line on it. */
export const WITNESSED_FILE = 'witnessed.checkpoint';

const READABLE = 0o644;
const OWNER_ONLY_FOLDER = 0o700;
const PROOF_HASHES_MAX = 63;
const EVIDENCE_MAX = 100;
const EVIDENCE = /^evidence-(\d{1,9})\.txt$/;
const KEY_ID_BYTES = 4;

/** Opens the memory of a witness. Errors: `SIGNATURE_INVALID` or `MESSAGE_MALFORMED` for a memory that the log never signed. */
export async function openWitness(deps: WitnessDeps): Promise<Witness> {
  const { folder, verifier } = deps;
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const file = join(folder, WITNESSED_FILE);
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new KitError('FOLDER_UNUSABLE', `${file} cannot be read (${error.code})`, { cause: error });
  });
  let last = kept === undefined ? undefined : openCheckpoint(kept, [verifier]);
  let lastNote = kept ?? '';
  let turn: Promise<unknown> = Promise.resolve();

  async function addInTurn(request: WitnessRequest): Promise<WitnessAnswer> {
    const opened = openRequested(request, verifier);
    if ('status' in opened) return opened;
    const refusal = refusalOf(request, opened, last);
    if (refusal !== undefined) {
      if (refusal.status !== 409 || !isSecondLog(opened, last)) return refusal;
      return { ...refusal, evidence: await keepEvidence(refusal.reason, request.note) };
    }
    const line = cosignatureLine(deps.signer, opened.text, deps.unixSeconds());
    const ownNote = withOwnLine(request.note, verifier);
    // What is not remembered is not signed: a crash after the answer must not let another log of this size pass.
    await writeDurably(file, `${ownNote}${line}\n`, READABLE);
    [last, lastNote] = [opened, `${ownNote}${line}\n`];
    return { status: 200, line };
  }

  async function keepEvidence(reason: string, note: string): Promise<string | undefined> {
    const numbers = (await readdir(folder)).map((name) => Number(EVIDENCE.exec(name)?.[1] ?? 0)).filter(Boolean);
    if (numbers.length >= EVIDENCE_MAX) return undefined;
    const path = join(folder, `evidence-${Math.max(0, ...numbers) + 1}.txt`);
    await writeDurably(path, [reason, lastNote, note].join('\n\n'), READABLE);
    return path;
  }

  return {
    last: () => last,
    add(request) {
      const answer = turn.then(() => addInTurn(request));
      turn = answer.catch(() => undefined);
      return answer;
    },
    keepEvidence,
  };
}

function openRequested({ note }: WitnessRequest, verifier: Verifier): OpenedCheckpoint | WitnessAnswer {
  try {
    const { origin } = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
    if (origin !== verifier.name) return { status: 404, reason: `the log ${origin} is not known here` };
    return openCheckpoint(note, [verifier]);
  } catch (error) {
    const isSigned = !(error instanceof KitError) || error.code !== 'SIGNATURE_INVALID';
    return { status: isSigned ? 400 : 403, reason: describeError(error) };
  }
}

/** Why a checkpoint is not signed; undefined where it is. */
function refusalOf(
  { oldSize, proof }: WitnessRequest,
  next: OpenedCheckpoint,
  last: OpenedCheckpoint | undefined,
): Exclude<WitnessAnswer, { readonly status: 200 }> | undefined {
  const size = last?.size ?? 0;
  const root = last?.root ?? EMPTY_ROOT;
  if (oldSize > next.size) return { status: 400, reason: `the old size ${oldSize} is larger than ${next.size}` };
  if (proof.length > PROOF_HASHES_MAX) return { status: 400, reason: 'the proof is too long' };
  if (oldSize !== size) return { status: 409, size, reason: `this witness stands at ${size}` };
  if (next.size === size && Buffer.compare(next.root, root) !== 0) {
    return { status: 409, size, reason: `two logs of ${size} entries were signed` };
  }
  const claim = { fromSize: size, fromRoot: root, toSize: next.size, toRoot: next.root, proof };
  if (verifyConsistency(claim)) return undefined;
  return { status: 422, reason: `no proof that the log of ${next.size} begins with the one of ${size}` };
}

/** Whether two notes show by themselves that the log was signed twice; a missing proof may be the asker's fault. */
function isSecondLog(next: OpenedCheckpoint, last: OpenedCheckpoint | undefined): boolean {
  return next.size === last?.size && Buffer.compare(next.root, last.root) !== 0;
}

/** The note with one line of the log's own key: what others say is theirs to keep, and whoever asks cannot fill the room. */
function withOwnLine(note: string, { name, keyId }: Verifier): string {
  const end = note.lastIndexOf('\n\n') + 2;
  const own = `— ${name} `;
  const isOwn = (line: string): boolean =>
    line.startsWith(own) && Buffer.from(line.slice(own.length), 'base64').toString('hex', 0, KEY_ID_BYTES) === keyId;
  return `${note.slice(0, end)}${note.slice(end).split('\n').find(isOwn) ?? ''}\n`;
}
