import { FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { type HubConfig, hubFolders } from '../../config.ts';
import type { HubDeps, HubRecords } from '../../hub.ts';
import { newestFigures } from '../../store/retention-rows.ts';
import { rowOpener } from '../keys/open-row.ts';
import type { ArchiveStore } from './archive-store.ts';
import { folderStore } from './folder-store.ts';
import { lockYears, retainUntil } from './retain-until.ts';
import { runArchive } from './run-archive.ts';
import { isS3Address, s3Settings } from './s3-settings.ts';
import { s3Store } from './s3-store.ts';

/** The archive of a hub that is kept. */
export interface Archive {
  readonly place: string;
  stop(): Promise<void>;
}

/** The store that the settings name; a folder below the data where they name none. Errors: `CONFIG_INVALID`, `FOLDER_UNUSABLE`. */
export function archiveStore({ data, archive }: Pick<HubConfig, 'data' | 'archive'>): ArchiveStore {
  const { place } = archive ?? {};
  if (place === undefined) return folderStore(hubFolders(data).archive);
  return isS3Address(place) ? s3Store(s3Settings({ ...archive })) : folderStore(place);
}

/** Keeps the closed parts of the ledger in the archive. Errors: as `archiveStore`. */
export function openArchive({ config, clock, release, log }: HubDeps, records: HubRecords): Archive {
  const { database, signer, stream, keys } = records;
  const store = archiveStore(config);
  const stop = runArchive({
    database,
    store,
    signer,
    open: rowOpener(keys),
    appendAct: stream.appendAct,
    clock,
    release,
    retainUntil: async (now) => {
      const row = await newestFigures(database);
      return retainUntil(now, lockYears(row === undefined ? undefined : FirmFigures.parse(row.document)));
    },
    log,
  });
  return { place: store.place, stop };
}
