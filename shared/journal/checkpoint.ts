import { KitError } from '../errors.ts';
import { openNote, type Signer, type Verifier } from './note.ts';

/** The state of a log at one size. Shape: `root` is 32 bytes. */
export interface Checkpoint {
  /** The one name of the log, a URL without a scheme; ASCII without spaces and plus signs. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A checkpoint whose signatures were checked. */
export interface OpenedCheckpoint extends Checkpoint {
  readonly text: string;
  readonly signedBy: readonly string[];
}

const ROOT_BYTES = 32;
const SIZE = /^(?:0|[1-9]\d{0,15})$/;
const ORIGIN = /^[!-*,-~]+$/;

/**
 * The text of a checkpoint.
 *
 * Errors: `VALUE_MALFORMED` where origin, size or root has not its form.
 * Source: C2SP tlog-checkpoint, "Note text".
 */
export function checkpointText(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint;
  if (!ORIGIN.test(origin)) throw new KitError('VALUE_MALFORMED', `checkpoint origin ${JSON.stringify(origin)}`);
  if (!Number.isSafeInteger(size) || size < 0) throw new KitError('VALUE_MALFORMED', `checkpoint size ${size}`);
  if (root.length !== ROOT_BYTES) throw new KitError('VALUE_MALFORMED', `checkpoint root of ${root.length} bytes`);
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/**
 * The checkpoint that a text holds.
 *
 * Shape:  extension lines are refused, because nobody can audit them.
 * Errors: `MESSAGE_MALFORMED`.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', base64 = ''] = text.split('\n');
  const root = Buffer.from(base64, 'base64');
  const hasForm = ORIGIN.test(origin) && SIZE.test(size) && Number.isSafeInteger(Number(size));
  const checkpoint = { origin, size: Number(size), root };
  if (hasForm && root.length === ROOT_BYTES && checkpointText(checkpoint) === text) return checkpoint;
  throw new KitError('MESSAGE_MALFORMED', 'checkpoint without its three lines: origin, size and root');
}

/** The signed note of a checkpoint; a log signs none that is inconsistent with an earlier one. Errors: as `checkpointText`. */
export function signCheckpoint(signer: Signer, checkpoint: Checkpoint): string {
  return signer.sign(checkpointText(checkpoint));
}

/** Opens a signed checkpoint; whose log it is, `origin` says. Errors: as `openNote` and `parseCheckpoint`. */
export function openCheckpoint(note: string, verifiers: readonly Verifier[]): OpenedCheckpoint {
  const { text, signedBy } = openNote(note, verifiers);
  return { ...parseCheckpoint(text), text, signedBy };
}
