import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { takeLock } from '@gatehouse/edge/journal/lock-file.ts';
import { openLog } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { lookAtLog } from '@gatehouse/hub/ledger/witness/follow-log.ts';
import { openWitness, WITNESSED_FILE, type Witness } from '@gatehouse/hub/ledger/witness/witness.ts';
import { openWitnessDoor } from '@gatehouse/hub/ledger/witness/witness-door.ts';
import { writeDurably } from '@gatehouse/hub/store/postgres/durable-file.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { cosignerKey } from '@gatehouse/shared/journal/cosignature.ts';
import {
  decodeSignerKey,
  encodeSignerKey,
  generateSigner,
  parseVerifierKey,
  type Signer,
  type Verifier,
} from '@gatehouse/shared/journal/note.ts';
import { type Command, parseOptions } from './command.ts';

const usage = `gatehouse witness --folder FOLDER --key FILE|KEY --name NAME (--log URL|FOLDER [--every SECONDS | --once] | --listen PORT [--host ADDRESS])
  remembers the largest log that it saw, signs only what that log became, and keeps the evidence where a hub signs two
  histories. With --log it looks by itself; with --listen it answers a log that asks (C2SP tlog-witness).
  NAME is a name without spaces, such as auditor.example/w1. The memory in FOLDER is for "gatehouse verify --seen".`;

const options = {
  folder: { type: 'string' },
  key: { type: 'string' },
  name: { type: 'string' },
  log: { type: 'string' },
  every: { type: 'string' },
  once: { type: 'boolean' },
  listen: { type: 'string' },
  host: { type: 'string' },
} as const;

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const EVERY_SECONDS = 60;
const EVERY_BOUNDS = { min: 1, max: 999_999 };
const PORT_MAX = 65_535;
const FINDINGS_EXIT = 3;

/** Watches the log of a hub from elsewhere. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const { folder, key, name, log, listen, host = '127.0.0.1', once = false } = values;
    const isOne = (log === undefined) !== (listen === undefined);
    if (folder === undefined || key === undefined || name === undefined || !isOne || positionals.length > 0) {
      throw new KitError('COMMAND_INVALID', 'these options do not make a witness', { hint: `Usage: ${usage}` });
    }
    const verifier = parseVerifierKey((existsSync(key) ? readFileSync(key, 'utf8') : key).trim());
    const port = listen === undefined ? undefined : wholeNumber(listen, 'a port', { min: 0, max: PORT_MAX });
    const everyMs = wholeNumber(values.every ?? `${EVERY_SECONDS}`, 'seconds from 1', EVERY_BOUNDS) * 1_000;
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    // Two processes with one key and a memory each could sign two histories.
    const lock = takeLock(folder, 'the witness');
    try {
      const signer = await witnessKey(folder, name);
      const unixSeconds = () => Math.floor(Date.now() / 1_000);
      const witness = await openWitness({ folder, signer, verifier, unixSeconds });
      tell(`${cosignerKey(signer)} is the key of this witness; it stands at ${witness.last()?.size ?? 0} entries`);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
      if (log === undefined) return await serve(witness, { host, port: port ?? 0 }, stop.signal);
      const memory = join(folder, WITNESSED_FILE);
      return await follow({ log, witness, verifier, memory, everyMs, once }, stop.signal);
    } finally {
      lock.release();
    }
  },
};

interface Following {
  readonly log: string;
  readonly witness: Witness;
  readonly verifier: Verifier;
  readonly memory: string;
  readonly everyMs: number;
  readonly once: boolean;
}

/** Looks until it is stopped; a log that cannot be reached shows nothing, one that contradicts itself ends it. */
async function follow(
  { log, witness, verifier, memory, everyMs, once }: Following,
  stop: AbortSignal,
): Promise<number> {
  const reader = openLog(log);
  while (!stop.aborted) {
    try {
      const seen = await lookAtLog(reader, witness, verifier);
      if (seen.kind === 'refuted') {
        process.stderr.write(`witness: ${log} contradicts itself: ${seen.reason}\n`);
        process.stderr.write(`witness: the evidence is ${seen.evidence ?? 'not kept, there is too much already'}\n`);
        return FINDINGS_EXIT;
      }
      if (seen.kind === 'empty') tell('the log has no entries yet');
      else tell(`the log grew from ${seen.from} to ${seen.size} and was signed: ${memory}`);
    } catch (error) {
      if (once || (error instanceof KitError && error.treatment.exit === FINDINGS_EXIT)) throw error;
      process.stderr.write(`witness: ${describeError(error)}\n`);
    }
    if (once) return 0;
    await setTimeout(everyMs, undefined, { signal: stop }).catch(() => undefined);
  }
  return 0;
}

async function serve(
  witness: Witness,
  place: { readonly host: string; readonly port: number },
  stop: AbortSignal,
): Promise<number> {
  const report = (line: string): void => void process.stderr.write(`witness: ${line}\n`);
  const door = await openWitnessDoor({ witness, ...place, report });
  tell(`it answers at ${door.address}/add-checkpoint`);
  await new Promise((resolve) => stop.addEventListener('abort', resolve));
  await door.close();
  return 0;
}

/** The key of the witness: read from its folder, or made there once. */
async function witnessKey(folder: string, name: string): Promise<Signer> {
  const file = join(folder, 'witness.key');
  if (!existsSync(file)) {
    const made = generateSigner(name);
    await writeDurably(file, `${encodeSignerKey(made)}\n`, OWNER_ONLY_FILE);
    await chmod(file, OWNER_ONLY_FILE);
    return made;
  }
  const signer = decodeSignerKey(readFileSync(file, 'utf8'));
  if (signer.name === name) return signer;
  throw new KitError('FILE_MALFORMED', `${file} is the key of ${signer.name}, not of ${name}`, {
    hint: 'Give the name that the witness was made with, or another folder.',
  });
}

function wholeNumber(text: string, what: string, { min, max }: typeof EVERY_BOUNDS): number {
  const number = Number(text);
  if (/^\d{1,6}$/.test(text) && number >= min && number <= max) return number;
  throw new KitError('COMMAND_INVALID', `${text} is not ${what}`, { hint: `Usage: ${usage}` });
}

function tell(line: string): void {
  process.stdout.write(`witness: ${line}\n`);
}
