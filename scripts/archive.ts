import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hubFolders, readArchiveConfig } from '@gatehouse/hub/config.ts';
import { type ArchiveStore, LIST_PAGE_MAX } from '@gatehouse/hub/ledger/archive/archive-store.ts';
import { manifestPath, openManifest, segmentOfPath } from '@gatehouse/hub/ledger/archive/manifest.ts';
import { archiveStore } from '@gatehouse/hub/ledger/archive/open-archive.ts';
import { RESTORED_RECORDS, restoreSegment } from '@gatehouse/hub/ledger/archive/restore-segment.ts';
import {
  type SegmentVerification,
  type VerifyDeps,
  verifySegment,
} from '@gatehouse/hub/ledger/archive/verify-segment.ts';
import { VERIFIER_KEY_FILE } from '@gatehouse/hub/ledger/hub-key.ts';
import { rowOpener } from '@gatehouse/hub/ledger/keys/open-row.ts';
import { openRecordKeys } from '@gatehouse/hub/ledger/keys/record-keys.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';

const usage = `gatehouse archive list
gatehouse archive verify [SEGMENT]
gatehouse archive restore SEGMENT --to FOLDER
  The closed parts of the ledger in their store, which GATEHOUSE_ARCHIVE names (default: archive in the data folder). Needs the
  store, hub.vkey and, to open bodies, the record keys; no database. --key names the public key where the data folder has none.`;

const options = { to: { type: 'string' }, key: { type: 'string' } } as const;

const FINDINGS_EXIT = 3;
const PAGES_MAX = 10_000;
const SEGMENT = /^[1-9]\d{0,11}$/;

/** Lists, verifies and restores what lies in the archive, without a database. */
export const command: Command = {
  usage,
  async run(args) {
    const { positionals, values } = parseOptions(args, options, usage);
    const [verb, number, ...more] = positionals;
    const segment = number === undefined ? undefined : segmentIn(number);
    const isRestore = verb === 'restore' && segment !== undefined && values.to !== undefined;
    const isOther = (verb === 'list' && segment === undefined) || verb === 'verify';
    if (more.length > 0 || !(isRestore || (isOther && values.to === undefined))) {
      throw new KitError('COMMAND_INVALID', `cannot do ${positionals.join(' ')}`, { hint: `Usage: ${usage}` });
    }
    const { data } = readScriptConfig();
    const store = archiveStore({ data, archive: readArchiveConfig() });
    if (verb === 'list') return list(store, verifierOf(data, values.key));
    const deps = { store, verifier: verifierOf(data, values.key), open: await openerOf(data) };
    if (segment !== undefined && values.to !== undefined) return restore(deps, segment, values.to);
    return verify(deps, segment);
  },
};

function segmentIn(text: string): number {
  if (SEGMENT.test(text)) return Number(text);
  throw new KitError('COMMAND_INVALID', `${text} is no segment`, { hint: `Usage: ${usage}` });
}

function verifierOf(data: string, key: string | undefined): VerifyDeps['verifier'] {
  const file = key ?? join(hubFolders(data).hub, VERIFIER_KEY_FILE);
  if (existsSync(file)) return parseVerifierKey(readFileSync(file, 'utf8').trim());
  throw new KitError('NOT_FOUND', `there is no public key of a hub at ${file}`, { hint: 'Name its file with --key.' });
}

/** Where the record keys are not on this machine, bodies stay closed and are compared by the hashes of their objects. */
async function openerOf(data: string): Promise<VerifyDeps['open']> {
  const folder = hubFolders(data).recordKeys;
  return existsSync(folder) ? rowOpener(await openRecordKeys(folder)) : undefined;
}

async function list(store: ArchiveStore, verifier: VerifyDeps['verifier']): Promise<number> {
  let exit = 0;
  let count = 0;
  for await (const segment of segmentsIn(store)) {
    count += 1;
    const note = await store.get(manifestPath(segment));
    try {
      const { value } = openManifest(Buffer.from(note ?? []).toString('utf8'), verifier, segment);
      const { first, last, at, retainUntil, objects, disposed } = value;
      const megabytes = (objects.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1);
      const gone = disposed === 0 ? '' : `, ${disposed} bodies were disposed of before`;
      tell(`${segment}: leaves ${first} to ${last}, ${megabytes} MB, archived ${at}, kept until ${retainUntil}${gone}`);
    } catch (error) {
      exit = FINDINGS_EXIT;
      process.stderr.write(`archive: ${segment}: ${describeError(error)}\n`);
    }
  }
  if (count === 0) tell(`there is no segment in ${store.place}`);
  return exit;
}

async function verify(deps: VerifyDeps, only: number | undefined): Promise<number> {
  let exit = 0;
  let next = 1;
  for await (const segment of only === undefined ? segmentsIn(deps.store) : [only]) {
    if (only === undefined && segment !== next) {
      exit = FINDINGS_EXIT;
      process.stderr.write(`archive: segment ${next} is not there; the next one is ${segment}\n`);
    }
    next = segment + 1;
    if (!say(await verifySegment(deps, segment), 'verifies')) exit = FINDINGS_EXIT;
  }
  if (next === 1) tell(`there is no segment in ${deps.store.place}`);
  return exit;
}

async function restore(deps: VerifyDeps, segment: number, folder: string): Promise<number> {
  const result = await restoreSegment(deps, segment, folder);
  if (!say(result, `is in ${folder}`)) return FINDINGS_EXIT;
  const { first, last } = result.manifest?.value ?? { first: 0, last: 0 };
  tell(`its records are in ${RESTORED_RECORDS}; check its log with`);
  tell(`  gatehouse verify --log ${folder} --key hub.vkey --range ${first}-${last}`);
  return 0;
}

/** Says what was found; true where nothing was. */
function say({ segment, manifest, opened, disposed, findings }: SegmentVerification, what: string): boolean {
  for (const finding of findings) process.stderr.write(`archive: ${JSON.stringify(finding)}\n`);
  if (findings.length > 0 || manifest === undefined) return false;
  const { first, last } = manifest.value;
  tell(`segment ${segment}, leaves ${first} to ${last}, ${what}: ${opened} bodies opened, ${disposed} disposed of`);
  return true;
}

/** The segments whose manifests are in the store, in order. */
async function* segmentsIn(store: ArchiveStore): AsyncIterable<number> {
  let after = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const paths = await store.list('segments/', after);
    for (const path of paths) {
      const segment = segmentOfPath(path);
      if (segment !== undefined) yield segment;
    }
    const last = paths.at(-1);
    if (last === undefined || paths.length < LIST_PAGE_MAX) return;
    after = last;
  }
  throw new KitError('ARCHIVE_REFUSED', `${store.place} lists more than ${PAGES_MAX * LIST_PAGE_MAX} objects`);
}

function tell(line: string): void {
  process.stdout.write(`archive: ${line}\n`);
}
