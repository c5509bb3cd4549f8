import { join } from 'node:path';
import { governanceFolders, makePrivateFolder, readDocument } from '@gatehouse/edge/governance/governance-folders.ts';
import { writeDurably } from '@gatehouse/edge/journal/durable-file.ts';
import { readStreams } from '@gatehouse/hub/store/stream-rows.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { documentWords, visible } from '@gatehouse/shared/governance/document-words.ts';
import { draftText, isSigned, readGoverned } from '@gatehouse/shared/governance/draft.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { EPOCH_TYPE, EpochOpening } from '@gatehouse/shared/schema/governance.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { claimDataFolder } from './data-folder.ts';
import { edgeDataFolder } from './edge-data.ts';
import { withHubRecords } from './hub-records.ts';
import { writeNewFile } from './new-file.ts';

const usage = `gatehouse epoch propose EDGE --reason TEXT --out FILE [--edge-key FILE]
       gatehouse epoch apply FILE
  propose runs where the hub's records are: it writes, for two records officers to sign, that EDGE goes on from where its record
  ends. --edge-key names the edge.vkey of the machine that is to go on, where a copy of the old key may be in other hands.
  apply runs on the machine that is to go on: the document is judged at the next start of the edge.`;

const options = {
  reason: { type: 'string' },
  out: { type: 'string' },
  'edge-key': { type: 'string' },
} as const;

const HASH_DIGITS = 12;

/** The end of a fork: writes the document that opens the next epoch of an edge, and carries it to the edge. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const [verb, target, ...more] = positionals;
    if (target !== undefined && more.length === 0) {
      if (verb === 'propose') return propose(target, values);
      if (verb === 'apply') return apply(target);
    }
    throw new KitError('COMMAND_INVALID', 'say what to do with which edge or file', { hint: `Usage: ${usage}` });
  },
};

interface Wanted {
  readonly reason?: string | undefined;
  readonly out?: string | undefined;
  readonly 'edge-key'?: string | undefined;
}

async function propose(edge: string, { reason, out, 'edge-key': keyFile }: Wanted): Promise<number> {
  if (reason === undefined || out === undefined) {
    throw new KitError('COMMAND_INVALID', 'say why with --reason and name the new file with --out', {
      hint: `Usage: ${usage}`,
    });
  }
  const edgeKey = keyFile === undefined ? undefined : parseVerifierKey(readDocument(keyFile).trim()).verifierKey;
  const [stream] = await withHubRecords(({ database }) => readStreams(database, [edge]));
  if (stream === undefined) {
    throw new KitError('NOT_FOUND', `the hub knows no edge ${visible(edge)}`, {
      hint: 'Name an edge as the console lists it.',
    });
  }
  const wire = {
    v: 1,
    edge,
    epoch: stream.epoch + 1,
    from: { seq: stream.seq, hash: stream.hash },
    reason,
    at: instantText(systemClock().now()),
    ...(edgeKey === undefined ? {} : { edgeKey }),
  };
  const value = decode(EpochOpening, wire, 'the opening of an epoch');
  const path = writeNewFile(out, draftText({ type: EPOCH_TYPE, value }));
  for (const line of documentWords({ type: EPOCH_TYPE, value })) process.stdout.write(`${line}\n`);
  process.stdout.write(`${path} waits for two signatures:
  gatehouse sign ${path} --key FIRST.key
  gatehouse sign ${path} --key SECOND.key
then upload it to the hub, POST /api/v1/edges/${edge}/epoch, and run "gatehouse epoch apply ${path}" on the machine that goes on.\n`);
  return 0;
}

async function apply(file: string): Promise<number> {
  const document = readDocument(file);
  if (!isSigned(document) || readGoverned(document).type !== EPOCH_TYPE) {
    throw new KitError('COMMAND_INVALID', `${file} is no signed document that opens an epoch`, {
      hint: 'Write it with "gatehouse epoch propose" and have two people sign it.',
    });
  }
  const { data } = readScriptConfig();
  claimDataFolder(data);
  const { inbox } = governanceFolders(edgeDataFolder(data));
  makePrivateFolder(inbox);
  await writeDurably(join(inbox, `epoch-${signedTextHash(document).slice(0, HASH_DIGITS)}.note`), document);
  process.stdout.write(
    `The document waits in ${inbox} and is judged at the next start of the edge; stop the edge where it runs.\n`,
  );
  return 0;
}
