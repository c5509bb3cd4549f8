import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import type { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type HubConfig, hubFolders, LOG_PORT_FILE } from '../../config.ts';
import { type Alarm, raiseAlarms } from '../../store/alarm-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import { keepPort, openOnKeptPorts } from '../../sync/kept-port.ts';
import type { HubStream } from '../hub-stream.ts';
import { runDailyStamps } from '../time-stamps/stamp-daily.ts';
import { parseWitnesses, withWitnesses } from '../witness/ask-witnesses.ts';
import { openLogDoor } from './log-door.ts';
import { type LogFolder, openLogFolder } from './log-folder.ts';
import { logInFolder } from './log-reader.ts';
import { openPublisher } from './publish-log.ts';
import { runPublisher } from './run-publisher.ts';

/** What the log is published from. */
export interface PublicLogDeps {
  readonly config: HubConfig;
  readonly database: Database;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly onCommitted: (listener: () => void) => () => void;
  readonly appendAct: HubStream['appendAct'];
  readonly random: (length: number) => Uint8Array;
  readonly log: (line: string) => void;
}

/** The log as strangers see it. Shape: `address` is the prefix that it is served under. */
export interface PublicLog {
  readonly address: string;
  close(): Promise<void>;
}

/** The code of the alarm that the archive and the ledger contradict each other. */
const ARCHIVE_DIFFERS = 'ARCHIVE_DIFFERS';

/** The code of the alarm that nobody stamps the log. */
const STAMP_MISSING = 'TIME_STAMP_MISSING';

/** Keeps the ledger written out as tiles, serves them, and has them time-stamped where an authority is named. Errors: `PORT_TAKEN`, `CONFIG_INVALID`. */
export async function openPublicLog(deps: PublicLogDeps): Promise<PublicLog | undefined> {
  const { config, database, signer, log } = deps;
  const { publicLog } = config;
  if (publicLog === undefined) return undefined;
  const folders = hubFolders(config.data);
  const verifier = parseVerifierKey(signer.verifierKey);
  const place = { wanted: publicLog.port, file: join(folders.hub, LOG_PORT_FILE) };
  const reader = logInFolder(folders.log);
  const open = ([port = 0]: readonly number[]) =>
    openLogDoor({ log: reader, host: publicLog.listen, port, report: log });
  const door = await openOnKeptPorts([place], open, log);
  await keepPort(place.file, door.address);
  const folder = await openLogFolder(folders.log);
  const witnesses = parseWitnesses(await readWitnesses(publicLog.witnessesFile));
  const asked = { folder, verifier, witnesses, elapsedMs: () => performance.now(), log };
  const publisher = runPublisher({
    onCommitted: deps.onCommitted,
    open: async () => withWitnesses(await openPublisher({ database, verifier, folder }), asked),
    alarm: (message) => raise(deps, { code: ARCHIVE_DIFFERS, severity: 'alarm', message }),
    log,
  });
  const stopStamps = openStamps(deps, folder);
  return {
    address: door.address,
    close: async () => {
      await door.close();
      await stopStamps?.();
      await publisher.stop();
    },
  };
}

async function readWitnesses(file: string | undefined): Promise<string> {
  if (file === undefined) return '';
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new KitError('CONFIG_INVALID', `the witnesses in ${file} cannot be read (${cause.code})`, { cause });
  });
}

function openStamps(deps: PublicLogDeps, folder: LogFolder): (() => Promise<void>) | undefined {
  const { config, database, clock, random, log } = deps;
  const authority = config.publicLog?.timeAuthority;
  if (authority === undefined) return undefined;
  const record = async (act: Omit<ActBody, 'v'>): Promise<void> => {
    await inTransaction(database, (tx) => deps.appendAct(tx, act));
  };
  return runDailyStamps(
    { folder, authority, clock, random, record },
    { log, alarm: (message) => raise(deps, { code: STAMP_MISSING, severity: 'warning', message }) },
  );
}

function raise({ database, clock }: PublicLogDeps, alarm: Alarm): Promise<void> {
  return raiseAlarms(database, [alarm], instantText(clock.now()));
}
