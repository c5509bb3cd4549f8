import { openLogFolder } from '@gatehouse/hub/ledger/tiles/log-folder.ts';
import { openPublisher } from '@gatehouse/hub/ledger/tiles/publish-log.ts';
import { connect } from '@gatehouse/hub/store/database.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';

// A process that does nothing but publish, one checkpoint after the other, until it is killed.

const [url = '', folder = '', key = ''] = process.argv.slice(2);
const database = connect(url);
const publisher = await openPublisher({
  database,
  verifier: parseVerifierKey(key),
  folder: await openLogFolder(folder),
});
process.stdout.write(`open ${publisher.size()}\n`);
for (;;) process.stdout.write(`published ${await publisher.publish()}\n`);
