import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dispose } from '@gatehouse/compliance/retention/target.ts';
import { ledgerOrigin } from '@gatehouse/hub/ledger/append.ts';
import { loadHubKey } from '@gatehouse/hub/ledger/hub-key.ts';
import { createHubStream } from '@gatehouse/hub/ledger/hub-stream.ts';
import { disposeApproved } from '@gatehouse/hub/ledger/retention/proposals-disposal.ts';
import { runRetention } from '@gatehouse/hub/ledger/retention/retention-run.ts';
import { connect, type Database, type Transaction } from '@gatehouse/hub/store/database.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';

// A process that does a day's run and the approved disposals, and is killed at its nth transaction, inside it or right after it.

const [url = '', folder = '', day = '', at = '0', where = 'inside'] = process.argv.slice(2);
const killAt = Number(at);
let begun = 0;

const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('the signal takes this process before it goes on');
};

const pool = connect(url);
type Begin = (mode: string, work: (tx: Transaction) => Promise<unknown>) => Promise<unknown>;
const began: unknown = pool.begin;
const begin: Begin = async (mode, work) => {
  begun += 1;
  const isLast = begun === killAt;
  const result = await (began as Begin)(mode, async (tx) => {
    const made = await work(tx);
    return isLast && where === 'inside' ? die() : made;
  });
  return isLast ? die() : result;
};
const database = new Proxy(pool, {
  get: (target, name, receiver) => (name === 'begin' ? begin : Reflect.get(target, name, receiver)),
}) as Database;

const clock = manualClock(fromMillis(Date.parse(`${day}T12:00:00Z`)));
const signer = await loadHubKey({ folder, origin: ledgerOrigin('test'), isSigned: true });
const random = (length: number) => randomBytes(length);
const { appendAct } = createHubStream({ ledger: { origin: signer.name, signer, clock }, random });
const deps = { database, appendAct, clock, random };
const dispose: Dispose = async (target, approval) => {
  appendFileSync(join(folder, 'asked.jsonl'), `${JSON.stringify({ target, approval })}\n`);
  return { leaf: 3, records: 6, finalFrom: '2040-07-01' };
};
await runRetention(deps, day);
await disposeApproved(deps, dispose);
process.stdout.write(`done in ${begun} transactions\n`);
await pool.end();
