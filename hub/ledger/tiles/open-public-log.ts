import { join } from 'node:path';
import { parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type HubConfig, hubFolders, LOG_PORT_FILE } from '../../config.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import type { Database } from '../../store/database.ts';
import { keepPort, openOnKeptPorts } from '../../sync/kept-port.ts';
import { openLogDoor } from './log-door.ts';
import { openLogFolder } from './log-folder.ts';
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
  readonly log: (line: string) => void;
}

/** The log as strangers see it. Shape: `address` is the prefix that it is served under. */
export interface PublicLog {
  readonly address: string;
  close(): Promise<void>;
}

/** The code of the alarm that the archive and the ledger contradict each other. */
const ARCHIVE_DIFFERS = 'ARCHIVE_DIFFERS';

/** Keeps the ledger written out as tiles, and serves them. Errors: `PORT_TAKEN`. */
export async function openPublicLog(deps: PublicLogDeps): Promise<PublicLog | undefined> {
  const { config, database, signer, clock, log } = deps;
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
  const publisher = runPublisher({
    onCommitted: deps.onCommitted,
    open: async () => openPublisher({ database, verifier, folder: await openLogFolder(folders.log) }),
    alarm: (message) =>
      raiseAlarms(database, [{ code: ARCHIVE_DIFFERS, severity: 'alarm', message }], instantText(clock.now())),
    log,
  });
  return {
    address: door.address,
    close: async () => {
      await door.close();
      await publisher.stop();
    },
  };
}
