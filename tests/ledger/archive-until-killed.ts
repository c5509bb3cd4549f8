import { randomBytes } from 'node:crypto';
import { archiveNext } from '@gatehouse/hub/ledger/archive/archive-next.ts';
import type { ArchiveStore } from '@gatehouse/hub/ledger/archive/archive-store.ts';
import { folderStore } from '@gatehouse/hub/ledger/archive/folder-store.ts';
import { retainUntil } from '@gatehouse/hub/ledger/archive/retain-until.ts';
import { s3Settings } from '@gatehouse/hub/ledger/archive/s3-settings.ts';
import { s3Store } from '@gatehouse/hub/ledger/archive/s3-store.ts';
import { createHubStream } from '@gatehouse/hub/ledger/hub-stream.ts';
import { createBodySealer } from '@gatehouse/hub/ledger/keys/body-sealer.ts';
import { rowOpener } from '@gatehouse/hub/ledger/keys/open-row.ts';
import { openRecordKeys } from '@gatehouse/hub/ledger/keys/record-keys.ts';
import { connect } from '@gatehouse/hub/store/database.ts';
import { decodeSignerKey } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';

// A process that archives what is closed and is gone at a put: before it, or as soon as the store has answered.

interface Orders {
  readonly url: string;
  readonly place: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly keys: string;
  readonly signer: string;
  readonly nowMs: number;
  readonly put: number;
  readonly when: 'before' | 'after';
}

const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
const keys = await openRecordKeys(orders.keys);
const open = rowOpener(keys);
const database = connect(orders.url, open);
const signer = decodeSignerKey(orders.signer);
const clock = manualClock(fromMillis(orders.nowMs));
const ledger = { origin: signer.name, signer, clock, bodies: createBodySealer(keys) };
const { appendAct } = createHubStream({ ledger, random: (bytes) => randomBytes(bytes) });
const store = orders.place.startsWith('s3:') ? s3Store(s3Settings(orders)) : folderStore(orders.place);

let puts = 0;
const dying: ArchiveStore = {
  ...store,
  async put(object) {
    puts += 1;
    if (puts === orders.put && orders.when === 'before') die();
    const result = await store.put(object);
    if (puts === orders.put) die();
    return result;
  },
};

const made = await archiveNext({
  database,
  store: dying,
  signer,
  open,
  appendAct,
  clock,
  release: '0',
  retainUntil: (now) => Promise.resolve(retainUntil(now, 7)),
});
process.stdout.write(`archived ${made?.segment}\n`);
await database.end({ timeout: 1 });

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
