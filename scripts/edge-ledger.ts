import { edgeFolders } from '@gatehouse/edge/engine/edge-files.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { acceptLedger, readDispute } from '@gatehouse/edge/sync/accepted-ledger.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { EDGE_ID, edgeDataFolder } from './edge-data.ts';

const usage = `gatehouse edge ledger [--name EDGE]
       gatehouse edge ledger accept --by PERSON --reason TEXT [--name EDGE]
  After the alarm HUB_REFUTED: shows what this edge has seen the hub sign, and what the hub signed against it.
  accept    from the next start on the hub is believed again: only where it is known to be restored (docs/restored-hub.md).
            Person and reason stand in the journal; both sides are set aside, not lost.
  --name    an edge of this machine (default ${EDGE_ID})`;

const options = { name: { type: 'string' }, by: { type: 'string' }, reason: { type: 'string' } } as const;

/** What an edge and its hub's ledger disagree on, and a person's word to go on. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const { name = EDGE_ID, by, reason } = values;
    const [verb, ...more] = positionals;
    if (more.length > 0 || !Identifier.safeParse(name).success || (verb !== undefined && verb !== 'accept')) {
      throw invalid('say what to do about the ledger of which edge');
    }
    const { seenLedger } = edgeFolders(edgeDataFolder(readScriptConfig().data, name));
    if (verb === undefined) return show(seenLedger);
    if (by === undefined || reason === undefined) throw invalid('name who accepts with --by, and why with --reason');
    await acceptLedger(seenLedger, { by, reason, at: systemClock().now() });
    process.stdout.write(
      'It is taken in and put on record at the next start of the edge; stop the edge where it runs.\n',
    );
    return 0;
  },
};

async function show(seenLedger: string): Promise<number> {
  const { seen, refuted } = await readDispute(seenLedger);
  process.stdout.write(`${seenLedger}, signed by the hub and proven to this edge:\n${newestIn(seen)}\n`);
  process.stdout.write(`${seenLedger}.refuted, signed by the hub later and contradicting it:\n${refuted}\n`);
  return 0;
}

/** The newest checkpoint in the kept text, or all of it where it cannot be read. */
function newestIn(text: string): string {
  try {
    const { checkpoints } = JSON.parse(text) as { readonly checkpoints?: readonly unknown[] };
    return String(checkpoints?.at(-1) ?? text);
  } catch {
    return text;
  }
}

function invalid(message: string): KitError {
  return new KitError('COMMAND_INVALID', message, { hint: `Usage: ${usage}` });
}
