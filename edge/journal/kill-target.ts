import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openJournal } from './journal.ts';
import { drafts, optionsOf } from './journal-fixture.ts';

// Appends and rolls until it is killed, and says on its standard output what it was told is durable: "seq hash".
const STDOUT = 1;
const ROLL_EVERY = 40;

const [, , folder = '', driver] = process.argv;
const { journal } = await openJournal(optionsOf(folder, driver === 'node-sqlite' ? { driver } : {}));
journal.onDurable((seq) => writeSync(STDOUT, `${seq}\n`));
for (let group = 1; ; group += 1) {
  const size = 1 + ((randomBytes(1)[0] ?? 0) % 5);
  const last = journal.append(drafts(size)).at(-1);
  if (group % ROLL_EVERY === 0) await journal.roll({ group });
  if (size > 2 && last !== undefined) await journal.durable(last.header.seq);
}
