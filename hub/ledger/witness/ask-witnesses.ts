import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { type Cosigner, cosignaturesOf, parseCosignerKey } from '@gatehouse/shared/journal/cosignature.ts';
import { consistencyNodes, consistencyProof } from '@gatehouse/shared/journal/merkle.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import type { LogFolder } from '../tiles/log-folder.ts';
import { boundedBytes, readNodesOf } from '../tiles/log-reader.ts';
import type { LogPublisher } from '../tiles/publish-log.ts';

/** A witness that the hub asks itself. Shape: `url` is its submission prefix. */
export interface AskedWitness {
  readonly url: string;
  readonly cosigner: Cosigner;
}

/** What asking needs. */
export interface AskDeps {
  readonly folder: LogFolder;
  readonly verifier: Verifier;
  readonly witnesses: readonly AskedWitness[];
  /** Milliseconds of any clock that does not run backwards. */
  readonly elapsedMs: () => number;
  readonly log: (line: string) => void;
}

/** The most witnesses; a note bears a bounded number of signatures. */
const WITNESSES_MAX = 8;
const ANSWER_MS_MAX = 3_000;
const RETRY_MS = 60_000;
const ANSWER_BYTES_MAX = 4_096;
const SIZE = /^(0|[1-9]\d{0,15})\n$/;
const LINE = /^\S+ +\S+$/;

/** The witnesses that a text names, one a line: an address and a key. Errors: `CONFIG_INVALID`, `VALUE_MALFORMED`. */
export function parseWitnesses(text: string): readonly AskedWitness[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > WITNESSES_MAX) throw unusable(`${lines.length} witnesses where at most ${WITNESSES_MAX} fit`);
  return lines.map((line, index) => {
    const [url = '', key = ''] = line.trim().split(/ +/);
    const isLine = LINE.test(line.trim()) && /^https?:$/.test(URL.parse(url)?.protocol ?? '');
    if (!isLine) throw unusable(`line ${index + 1} of the witnesses is no address and key`);
    return { url: url.replace(/\/+$/, ''), cosigner: parseCosignerKey(key) };
  });
}

/**
 * A publisher whose checkpoints carry what witnesses say.
 *
 * Shape: a checkpoint is published first and cosigned after it; a witness that is away or refuses delays nothing but its own
 *        line, is told once a cause, and is asked again after a while.
 */
export function withWitnesses(publisher: LogPublisher, deps: AskDeps): LogPublisher {
  const askers = deps.witnesses.map((witness) => createAsker(witness, deps));
  let cosigned = 0;
  return {
    size: publisher.size,
    async publish() {
      const size = await publisher.publish();
      if (size === 0 || size === cosigned) return size;
      const note = Buffer.from((await deps.folder.read(CHECKPOINT_PATH)) ?? []).toString('utf8');
      const lines = (await Promise.all(askers.map((ask) => ask(note)))).filter((line) => line !== undefined);
      if (lines.length > 0) await deps.folder.writeCheckpoint(note + lines.join(''));
      if (lines.length === askers.length) cosigned = size;
      return size;
    },
  };
}

/** Asks one witness for its line under a checkpoint; undefined where it gives none now, or has given it already. */
function createAsker({ url, cosigner }: AskedWitness, deps: AskDeps): (note: string) => Promise<string | undefined> {
  let known = 0;
  let restUntilMs = 0;
  let trouble: string | undefined;

  async function ask(note: string): Promise<string> {
    const { size } = openCheckpoint(note, [deps.verifier]);
    const first = await post(known);
    if (first.status !== 409) return signed(first, note, size);
    // It stands elsewhere than where we left it, as after a restart of either.
    const [, stands] = SIZE.exec(first.text) ?? [];
    if (stands === undefined || Number(stands) > size) {
      throw new KitError('LEDGER_MISMATCH', `it stands at ${stands ?? 'no size'}, this log at ${size}`);
    }
    known = Number(stands);
    return signed(await post(known), note, size);

    async function post(from: number) {
      const read = await readNodesOf(deps.folder, consistencyNodes(from, size), size);
      const proof = consistencyProof(read, from, size).map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
      const response = await fetch(`${url}/add-checkpoint`, {
        method: 'POST',
        body: `old ${from}\n${proof.join('')}\n${note}`,
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      const text = Buffer.from(await boundedBytes(response, ANSWER_BYTES_MAX)).toString('utf8');
      return { status: response.status, text };
    }
  }

  function signed({ status, text }: { readonly status: number; readonly text: string }, note: string, size: number) {
    const lines = status === 200 ? text.split('\n').filter((one) => one.startsWith(`— ${cosigner.name} `)) : [];
    const line = lines.find((one) => isOwnLine(one, withoutCosignatures(note)));
    if (line === undefined)
      throw new KitError('LEDGER_MISMATCH', `it answered ${status}: ${text.slice(0, 200).trim()}`);
    known = size;
    trouble = undefined;
    return `${line}\n`;
  }

  /** Whether a line is this witness's; nothing else of an answer goes under the checkpoint, which has to stay readable. */
  function isOwnLine(line: string, note: string): boolean {
    const cosigned = `${note}${line}\n`;
    openCheckpoint(cosigned, [deps.verifier]);
    return cosignaturesOf(cosigned, [cosigner]).length > 0;
  }

  return async (note) => {
    const isSigned = cosignaturesOf(note, [cosigner]).length > 0;
    if (isSigned || deps.elapsedMs() < restUntilMs) return undefined;
    try {
      return await ask(note);
    } catch (error) {
      restUntilMs = deps.elapsedMs() + RETRY_MS;
      const says = describeError(error);
      if (says !== trouble) deps.log(`the witness ${cosigner.name} did not sign the log: ${says}`);
      trouble = says;
      return undefined;
    }
  };
}

/** The note with the first of its signature lines alone, which is the hub's own. */
function withoutCosignatures(note: string): string {
  const end = note.lastIndexOf('\n\n') + 2;
  return note.slice(0, note.indexOf('\n', end) + 1);
}

function unusable(problem: string): KitError {
  return new KitError('CONFIG_INVALID', problem, {
    hint: 'A line is the address of a witness, a space and the key that "gatehouse witness" prints at its start.',
  });
}
