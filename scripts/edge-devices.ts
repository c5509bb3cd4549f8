import { join } from 'node:path';
import { hubFolders } from '@gatehouse/hub/config.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { listEnrolments } from '@gatehouse/hub/store/enrolment-rows.ts';
import { confirmAccess, ENDED_ACCESS_FILE, isAccessKnown } from '@gatehouse/hub/sync/enrolment/ended-access.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { isLiveEnrolment } from '@gatehouse/shared/schema/enrolment.ts';
import { Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { withHubRecords } from './hub-records.ts';

const usage = `gatehouse edge devices
       gatehouse edge devices confirm --by PERSON --reason TEXT
  Runs where the hub's records are: shows which enrolments open the hub's doors.
  confirm   after a restore without ${ENDED_ACCESS_FILE} no certificate opens anything; this lets in what the list shows again. Revoke
            on the page of devices of the console what was taken away before (docs/restored-hub.md). Person and reason are on record.`;

const options = { by: { type: 'string' }, reason: { type: 'string' } } as const;

/** Who may come in, and a person's word on it after a restore. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const [verb, ...more] = positionals;
    if (more.length > 0 || (verb !== undefined && verb !== 'confirm')) throw invalid('say what to do with the devices');
    return verb === undefined ? show() : confirm(values);
  },
};

async function show(): Promise<number> {
  const path = accessFile();
  const rows = await withHubRecords(({ database }) => listEnrolments(database));
  for (const { edge, enrolmentId, state, issuedAt } of rows.filter((row) => isLiveEnrolment(row.state))) {
    process.stdout.write(`${edge}  ${enrolmentId}  ${state}  since ${issuedAt}\n`);
  }
  const word = (await isAccessKnown(path)) ? 'is confirmed' : 'waits for "gatehouse edge devices confirm"';
  process.stdout.write(`The list ${word}.\n`);
  return 0;
}

async function confirm({ by = '', reason = '' }: { readonly by?: string; readonly reason?: string }): Promise<number> {
  if (!Identifier.safeParse(by).success || !Sentence.safeParse(reason).success) {
    throw invalid('name who looked through the list with --by, and why it is right with --reason');
  }
  const path = accessFile();
  if (await isAccessKnown(path)) {
    throw new KitError('STATE_CONFLICT', 'the list of devices waits for nobody', {
      hint: `To close all doors until it is confirmed, stop the hub, move ${path} away, and start it.`,
    });
  }
  const live = await withHubRecords(async ({ database, stream }) => {
    const rows = (await listEnrolments(database)).filter(({ state }) => isLiveEnrolment(state));
    const after = { live: `${rows.length}` };
    await inTransaction(database, async (tx) => {
      await stream.appendAct(tx, { action: 'device.list-confirmed', by, target: 'devices', after, note: reason });
    });
    return rows.length;
  });
  await confirmAccess(path);
  process.stdout.write(`The doors are open again to ${live} devices, within a second where the hub runs.\n`);
  return 0;
}

function accessFile(): string {
  return join(hubFolders(readScriptConfig().data).hub, ENDED_ACCESS_FILE);
}

function invalid(message: string): KitError {
  return new KitError('COMMAND_INVALID', message, { hint: `Usage: ${usage}` });
}
