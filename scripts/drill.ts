import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edgeFolders } from '@gatehouse/edge/engine/edge-files.ts';
import { backupsFolder, hubFolders } from '@gatehouse/hub/config.ts';
import type { SeenCheckpoint } from '@gatehouse/hub/ledger/backup/compare-seen.ts';
import { drill } from '@gatehouse/hub/ledger/backup/drill.ts';
import { type DrillResult, keepDrill } from '@gatehouse/hub/ledger/backup/drill-file.ts';
import { recordDrill } from '@gatehouse/hub/ledger/backup/record-backup.ts';
import { VERIFIER_KEY_FILE } from '@gatehouse/hub/ledger/hub-key.ts';
import { rowOpener } from '@gatehouse/hub/ledger/keys/open-row.ts';
import { openRecordKeys } from '@gatehouse/hub/ledger/keys/record-keys.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { type Command, parseOptions } from './command.ts';
import { EDGE_ID, edgeDataFolder } from './edge-data.ts';
import { withHubRecords } from './hub-records.ts';
import { type OwnDatabase, ownDatabase } from './own-database.ts';

const usage = `gatehouse drill [--from BACKUP] [--key FILE] [--seen FILE…] [--json]
  Restores the newest backup and its log to a second place, verifies every record there, compares it with what the published log,
  witnesses and edges saw, and prints how long a restore takes (RTO) and how much a failure now would lose (RPO).
  The database in use is only read; the second place is removed afterwards.
  --from   another backup ("gatehouse backup list" names them)
  --key    the hub's public key (default: hub.vkey in the data folder)
  --seen   checkpoints that were kept elsewhere
  --json   the result as one line of JSON`;

const options = {
  from: { type: 'string' },
  key: { type: 'string' },
  seen: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const;

const FINDINGS_EXIT = 3;

/** Restores the newest backup to a second place and says what it is worth. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    if (positionals.length > 0) {
      throw new KitError('COMMAND_INVALID', `cannot drill ${positionals.join(' ')}`, { hint: `Usage: ${usage}` });
    }
    const own = ownDatabase(backupsFolder);
    const { from, seen = [], json = false } = values;
    const verifier = verifierIn(values.key ?? join(hubFolders(own.data).hub, VERIFIER_KEY_FILE));
    const openRow = rowOpener(await openRecordKeys(hubFolders(own.data).recordKeys));
    const work = (live: Database | undefined) =>
      drill({
        ...own,
        from,
        verifier,
        live,
        openRow,
        logFolder: hubFolders(own.data).log,
        seen: [...keptByEdge(own), ...seen.map(seenIn)],
        clock: systemClock(),
        elapsedMs: () => performance.now(),
        log: json ? () => undefined : tell,
      });
    const result = await withLive(own, work);
    await keepDrill(own.backups, result);
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else for (const line of linesOf(result)) tell(line);
    return result.findings.length === 0 ? 0 : FINDINGS_EXIT;
  },
};

/** Beside the database in use, with the drill on its record; without one the drill stands for itself. */
async function withLive(
  { folder }: OwnDatabase,
  work: (live: Database | undefined) => Promise<DrillResult>,
): Promise<DrillResult> {
  if (!existsSync(folder)) return work(undefined);
  return withHubRecords(async ({ database, stream }) => {
    const result = await work(database);
    await recordDrill({ database, appendAct: stream.appendAct }, result, 'operator');
    return result;
  });
}

function verifierIn(file: string) {
  if (existsSync(file)) return parseVerifierKey(readFileSync(file, 'utf8').trim());
  throw new KitError('NOT_FOUND', `there is no public key ${file}`, { hint: 'Name the hub’s public key with --key.' });
}

/** The newest checkpoint that the edge of this machine has seen proven. */
function keptByEdge({ data }: OwnDatabase): readonly SeenCheckpoint[] {
  const { seenLedger } = edgeFolders(edgeDataFolder(data));
  if (!existsSync(seenLedger)) return [];
  return [{ who: `edge ${EDGE_ID}`, note: newestIn(readFileSync(seenLedger, 'utf8')) }];
}

/** The newest checkpoint in what an edge kept; all of it where it cannot be read, which is then a finding. */
function newestIn(text: string): string {
  try {
    const { checkpoints } = JSON.parse(text) as { readonly checkpoints?: readonly unknown[] };
    return String(checkpoints?.at(-1) ?? text);
  } catch {
    return text;
  }
}

function seenIn(file: string): SeenCheckpoint {
  if (existsSync(file)) return { who: file, note: readFileSync(file, 'utf8') };
  throw new KitError('NOT_FOUND', `there is no file ${file}`);
}

function linesOf(result: DrillResult): readonly string[] {
  const { backup, segments, leaves, streams, checkpoints, verifySeconds, rtoSeconds, rpoSeconds, missing } = result;
  const lost =
    missing === null ? 'what is missing is unknown without the database in use' : `${missing} leaves missing`;
  return [
    `backup ${backup ?? 'none'} and ${segments} segments of log`,
    `RTO ${secondsText(rtoSeconds)} until the restored database answers`,
    `RPO ${secondsText(rpoSeconds)} (${lost})`,
    `${leaves} leaves of ${streams} streams and ${checkpoints} checkpoints read (${verifySeconds.toFixed(2)} s)`,
    ...result.compared.map(({ says, isSound }) => `${isSound ? 'sound' : 'NOT SOUND'}: ${says}`),
    ...result.findings.map((finding) => `finding: ${finding}`),
    result.findings.length === 0 ? 'the backup can be relied on' : 'the backup cannot be relied on as it is',
  ];
}

function secondsText(seconds: number | null): string {
  return seconds === null ? 'unknown' : `${seconds.toFixed(1)} s`;
}

function tell(line: string): void {
  process.stdout.write(`drill: ${line}\n`);
}
