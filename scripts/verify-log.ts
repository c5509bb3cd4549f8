import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { type LogReader, openLog } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { type LogFinding, verifyLog } from '@gatehouse/hub/ledger/tiles/verify-log.ts';
import { compareCheckpoints, type EntryRange, verifyRange } from '@gatehouse/hub/ledger/tiles/verify-range.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type Checkpoint, type OpenedCheckpoint, openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { type Cosigner, cosignaturesOf, parseCosignerKey } from '@gatehouse/shared/journal/cosignature.ts';
import { parseVerifierKey, type Verifier } from '@gatehouse/shared/journal/note.ts';
import { verifyRecord } from '@gatehouse/shared/journal/record-proof.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import { parseProof } from '@gatehouse/shared/journal/tlog-proof.ts';
import { progressLine } from './progress-line.ts';

/** What is to be verified of a log. Shape: keys are texts, or files that hold one. */
export interface LogWish {
  readonly log: string;
  readonly key: string;
  readonly seen: readonly string[];
  readonly witnesses: readonly string[];
  readonly range: EntryRange | undefined;
}

/** A record that came with its proof, and a file that the record has to name. */
export interface ProofWish {
  readonly proof: string;
  readonly key: string;
  readonly witnesses: readonly string[];
  readonly file: string | undefined;
}

const FINDINGS_EXIT = 3;
const RANGE = /^(\d{1,15})(?:-(\d{1,15}))?$/;
const NAMED_HASH = /^[0-9a-f]{64}$/;

/** Verifies a log, or a part of it, by its files and keys alone. Errors: those of reading it, of keys and of notes. */
export async function verifyLogCommand(wish: LogWish): Promise<number> {
  const verifier = verifierOf(wish.key);
  const cosigners = wish.witnesses.map(cosignerOf);
  const log = withOneCheckpoint(openLog(wish.log));
  const seen = wish.seen.map((file) => assertOwn(openCheckpoint(readText(file), [verifier]), verifier));
  const findings = wish.range === undefined ? await wholeLog() : await partOfLog(wish.range);
  for (const finding of findings) process.stderr.write(`log: ${JSON.stringify(finding)}\n`);
  if (findings.length > 0) return FINDINGS_EXIT;
  tellWitnesses(Buffer.from((await log.read(CHECKPOINT_PATH)) ?? []).toString('utf8'), cosigners);
  return 0;

  async function wholeLog(): Promise<readonly LogFinding[]> {
    const line = progressLine(process.stdout);
    const begun = performance.now();
    const onProgress = (done: number, total: number) => line.show({ done, total, unit: 'entries', label: '' });
    const result = await verifyLog({ log, verifier, seen, onProgress });
    line.pause();
    const { checkpoint, entries, streams, tiles, findings: found, unlisted } = result;
    if (unlisted > 0)
      process.stderr.write(`log: and ${unlisted} more up to entry ${entries}; nothing further was read\n`);
    const seconds = ((performance.now() - begun) / 1_000).toFixed(2);
    const what = `${entries} entries of ${streams} streams and ${tiles} tiles`;
    if (found.length === 0) tell(`${what} verify, ${endOf(checkpoint)}${seenText(seen)} (${seconds} s)`);
    return found;
  }

  async function partOfLog(range: EntryRange): Promise<readonly LogFinding[]> {
    const { checkpoint, headers, findings: found } = await verifyRange(log, verifier, range);
    const compared = await Promise.all(seen.map((one) => compareCheckpoints(log, checkpoint, one)));
    const all = [...found, ...compared.filter((finding) => finding !== undefined)];
    const what = `entries ${range.first} to ${range.last} verify`;
    if (all.length === 0) tell(`${what}, ${endOf(checkpoint)}${seenText(seen)}`);
    if (all.length === 0 && headers.length === 1) process.stdout.write(`${headers[0]}\n`);
    return all;
  }
}

/** Verifies a record that travels with its proof. Errors: as `parseProof` and `verifyRecord`; `LEDGER_MISMATCH` for another file. */
export async function verifyProofCommand({ proof, key, witnesses, file }: ProofWish): Promise<number> {
  const verifier = verifierOf(key);
  const cosigners = witnesses.map(cosignerOf);
  const parsed = parseProof(readText(proof));
  const { header, bodyText, index, checkpoint } = verifyRecord(parsed, [verifier]);
  assertOwn(checkpoint, verifier);
  const place = `${header.kind} ${header.epoch}/${header.seq} of ${header.edge}, recorded ${header.at}`;
  tell(`entry ${index} verifies: ${place}, ${endOf(checkpoint)}`);
  // Whoever hands the proof on can leave the body out as well.
  if (bodyText === null) tell('the proof brings no body, as where it was destroyed; the header is what was signed');
  else process.stdout.write(`${bodyText}\n`);
  tellWitnesses(parsed.checkpoint, cosigners);
  if (file !== undefined) await verifyFile(file, bodyText);
  return 0;
}

/** The range that a text such as `7` or `7-90` names. Errors: `COMMAND_INVALID`. */
export function rangeOf(text: string): EntryRange {
  const [, first = '', last = first] = RANGE.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first !== '' && range.first <= range.last) return range;
  throw new KitError('COMMAND_INVALID', `${text} is no entry and no range of entries such as 0-255`);
}

/** The log with the checkpoint that was read first: what witnesses have signed has to be what was verified. */
function withOneCheckpoint(log: LogReader): LogReader {
  let note: Promise<Uint8Array | undefined> | undefined;
  return {
    place: log.place,
    read(path) {
      if (path !== CHECKPOINT_PATH) return log.read(path);
      note ??= log.read(path);
      return note;
    },
  };
}

/** Errors: `SIGNATURE_INVALID` where one of the witnesses has not signed; no other's line stands for it. */
function tellWitnesses(note: string, cosigners: readonly Cosigner[]): void {
  const missing = cosigners.filter((cosigner) => {
    const [said] = cosignaturesOf(note, [cosigner]);
    if (said !== undefined) tell(`${said.name} saw it on ${new Date(said.at * 1_000).toISOString()}`);
    return said === undefined;
  });
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  throw new KitError('SIGNATURE_INVALID', `the checkpoint is not cosigned by ${names}`);
}

/** Errors: `LEDGER_MISMATCH` for the checkpoint of another log that the same key has signed. */
function assertOwn(checkpoint: OpenedCheckpoint, { name }: Verifier): OpenedCheckpoint {
  if (checkpoint.origin === name) return checkpoint;
  throw new KitError('LEDGER_MISMATCH', `the checkpoint is of ${checkpoint.origin}, the key of ${name}`);
}

function cosignerOf(key: string): Cosigner {
  return parseCosignerKey(textOrFile(key));
}

async function verifyFile(file: string, bodyText: string | null): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  const digest = hash.digest('hex');
  const named = new Set<string>();
  JSON.parse(bodyText ?? 'null', (_, value: unknown) => {
    if (typeof value === 'string' && NAMED_HASH.test(value)) named.add(value);
    return value;
  });
  if (named.has(digest)) return tell(`${file} is a file that the record names: SHA-256 ${digest}`);
  throw new KitError('LEDGER_MISMATCH', `the record does not name ${file}, whose SHA-256 is ${digest}`, {
    hint: 'The file was changed, or it is not the one that was recorded.',
  });
}

function verifierOf(key: string): Verifier {
  return parseVerifierKey(textOrFile(key));
}

function textOrFile(text: string): string {
  return (existsSync(text) ? readFileSync(text, 'utf8') : text).trim();
}

function readText(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  throw new KitError('NOT_FOUND', `there is no file ${file}`);
}

function endOf(checkpoint: Checkpoint | undefined): string {
  if (checkpoint === undefined) return 'nothing is signed';
  return `${checkpoint.origin} signed ${checkpoint.size} entries with root ${Buffer.from(checkpoint.root).toString('hex')}`;
}

function seenText(seen: readonly OpenedCheckpoint[]): string {
  if (seen.length === 0) return '';
  return `, and it holds all of ${seen.map(({ size }) => size).join(', ')} entries that were seen before`;
}

function tell(line: string): void {
  process.stdout.write(`log: ${line}\n`);
}
