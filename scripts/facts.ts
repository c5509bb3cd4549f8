import { readFileSync, statSync } from 'node:fs';
import { readDocument } from '@gatehouse/edge/governance/governance-folders.ts';
import { publishFile } from '@gatehouse/hub/control/objects/publish-file.ts';
import { listFiles } from '@gatehouse/hub/store/file-rows.ts';
import { newestNumber } from '@gatehouse/hub/store/given-rows.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { documentWords, visible } from '@gatehouse/shared/governance/document-words.ts';
import { draftText } from '@gatehouse/shared/governance/draft.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { DATED_FILE_TYPE, DatedFile, HUB_FILE_BYTES_MAX, HubFileKind } from '@gatehouse/shared/schema/dated-file.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type Command, parseOptions } from './command.ts';
import { withHubRecords } from './hub-records.ts';
import { writeNewFile } from './new-file.ts';

const usage = `gatehouse facts propose FILE --entity LEI --environment paper|live --reason TEXT --out DOCUMENT [--to TIME]
       gatehouse facts publish DOCUMENT FILE
       gatehouse facts list [KIND]
  All three run where the hub's records are. propose writes the document that brings FILE, a dated file (docs/fact-files.md) of the kind
  ${HubFileKind.options.join(', ')}, into force at every edge of the legal entity;
  a maker of limits signs it with "gatehouse sign", and where it loosens anything another person who checks limits as well.`;

const options = {
  entity: { type: 'string' },
  environment: { type: 'string' },
  reason: { type: 'string' },
  to: { type: 'string' },
  out: { type: 'string' },
} as const;

const LISTED = 50;

/** Dated files that the hub gives to its edges: proposed, published by their signatures, and listed. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const [verb, first, second, ...more] = positionals;
    if (more.length === 0) {
      if (verb === 'propose' && first !== undefined && second === undefined) return propose(first, values);
      if (verb === 'publish' && first !== undefined && second !== undefined) return publish(first, second);
      if (verb === 'list' && second === undefined) return list(first);
    }
    throw new KitError('COMMAND_INVALID', 'say what to do with which file', { hint: `Usage: ${usage}` });
  },
};

interface Terms {
  readonly entity?: string | undefined;
  readonly environment?: string | undefined;
  readonly reason?: string | undefined;
  readonly to?: string | undefined;
  readonly out?: string | undefined;
}

async function propose(path: string, { entity, environment, reason, to, out }: Terms): Promise<number> {
  if (entity === undefined || environment === undefined || reason === undefined || out === undefined) {
    throw new KitError('COMMAND_INVALID', 'name --entity, --environment, --reason and --out', {
      hint: `Usage: ${usage}`,
    });
  }
  const content = readContent(path);
  const { kind } = decode(FactsDocument, parsed(path, content), path);
  const line = { legalEntity: entity, environment };
  const newest = await withHubRecords(({ database }) => newestNumber(database, line, kind));
  const wire = {
    v: 1,
    kind,
    sequence: (newest?.sequence ?? 0) + 1,
    ...line,
    from: instantText(systemClock().now()),
    ...(to === undefined ? {} : { to }),
    ...(newest === undefined ? {} : { previous: newest.noteHash }),
    reason,
    content: { hash: sha256(content).toString('hex'), bytes: Buffer.byteLength(content) },
  };
  const value = decode(DatedFile, wire, 'the document of the dated file');
  const written = writeNewFile(out, draftText({ type: DATED_FILE_TYPE, value }));
  for (const one of documentWords({ type: DATED_FILE_TYPE, value })) process.stdout.write(`${one}\n`);
  process.stdout.write(`${written} waits to be signed:
  gatehouse sign ${written} --key MAKER.key
  gatehouse sign ${written} --key CHECKER.key
then run "gatehouse facts publish ${written} ${path}", or upload both to the hub, POST /api/v1/files.\n`);
  return 0;
}

async function publish(document: string, path: string): Promise<number> {
  const signed = { note: readDocument(document), content: readContent(path) };
  const outcome = await withHubRecords(({ database, stream }) =>
    publishFile(
      { database, appendAct: stream.appendAct, clock: systemClock() },
      { personId: 'operator', from: 'command line' },
      signed,
    ),
  );
  if (outcome.kind === 'refused') {
    const { code, problems, hint } = outcome;
    throw new KitError(code, problems.join('; '), { hint, problems });
  }
  const { kind, sequence, signedBy, changes } = outcome.value;
  process.stdout.write(`${kind} number ${sequence} is published, signed by ${signedBy}:\n`);
  for (const change of changes.split('\n')) process.stdout.write(`  ${visible(change)}\n`);
  return 0;
}

async function list(kind: string | undefined): Promise<number> {
  const rows = await withHubRecords(({ database }) => listFiles(database, { kind, limit: LISTED }));
  for (const { kind: one, sequence, environment, legalEntity, at, signedBy, reason } of rows) {
    process.stdout.write(
      `${at}  ${one} ${sequence}, ${environment}, ${legalEntity}, signed by ${signedBy}: ${visible(reason)}\n`,
    );
  }
  if (rows.length === 0)
    process.stdout.write('The hub gives no dated files; those in the folders of the edges count.\n');
  return 0;
}

function readContent(path: string): string {
  try {
    if (statSync(path).size <= HUB_FILE_BYTES_MAX) return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KitError('NOT_FOUND', `${path} cannot be read: ${describeError(cause)}`, {
      hint: 'Check the path and the rights of the file.',
      cause,
    });
  }
  throw new KitError('FILE_MALFORMED', `${path} has more than ${HUB_FILE_BYTES_MAX} bytes`, {
    hint: 'Leave out rows that no edge needs.',
  });
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${path} is not JSON: ${describeError(cause)}`, { cause });
  }
}
