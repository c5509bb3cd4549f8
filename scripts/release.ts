import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { visible } from '@gatehouse/shared/governance/document-words.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { RELEASE_TYPE, Release } from '@gatehouse/shared/schema/governance.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { EDGE_ID, edgeDataFolder } from './edge-data.ts';

const usage = `gatehouse release KILL-ID --document FILE
       gatehouse release KILL-ID --reason TEXT --out FILE [--hours N]
  --document FILE   the release, signed by two people with the right to release
  --out FILE        writes a release for them to sign, which counts for --hours (default 4)`;

const HOUR_MS = 3_600_000;
const HOURS_DEFAULT = '4';
const HOURS_MAX = 72;
const ID_BYTES = 6;

/** Ends a kill by a document that two people signed, or writes the document for them to sign. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parseOptions(args, options, usage);
    const [kill, ...more] = positionals;
    if (kill === undefined || more.length > 0 || !Identifier.safeParse(kill).success) {
      throw new KitError('COMMAND_INVALID', 'name the one kill to release', { hint: `Usage: ${usage}` });
    }
    if (values.document !== undefined) return apply(kill, values.document);
    if (values.out !== undefined) return prepare(kill, { ...values, out: values.out });
    process.stdout.write(howTo(kill));
    return 2;
  },
};

const options = {
  document: { type: 'string' },
  out: { type: 'string' },
  reason: { type: 'string' },
  hours: { type: 'string' },
} as const;

async function apply(kill: string, path: string): Promise<number> {
  const document = readText(path);
  const release = decode(Release, readClaimed(document).value, 'the release');
  if (release.kill !== kill) {
    throw new KitError('COMMAND_INVALID', `${path} releases ${release.kill}, not ${kill}`, {
      hint: 'Name the kill that the document was signed for.',
    });
  }
  const root = edgeDataFolder(readScriptConfig().data);
  const answer = await askEdge(root, { command: 'release-apply', document });
  process.stdout.write(`Kill ${kill} is released${byText(answer)}; what it stopped may trade again.\n`);
  return 0;
}

/** Who released it, as the edge says. */
function byText(answer: JsonValue): string {
  const by = typeof answer === 'object' && answer !== null && 'by' in answer ? answer['by'] : undefined;
  return Array.isArray(by) ? ` by ${by.map((one) => visible(`${one}`)).join(' and ')}` : '';
}

interface Wanted {
  readonly out: string;
  readonly reason?: string | undefined;
  readonly hours?: string | undefined;
}

function prepare(kill: string, { out, reason, hours = HOURS_DEFAULT }: Wanted): number {
  const count = Number(hours);
  const problems = [
    ...(Sentence.safeParse(reason?.trim()).success ? [] : ['a release needs a reason']),
    ...(Number.isSafeInteger(count) && count >= 1 && count <= HOURS_MAX ? [] : [`--hours is 1 to ${HOURS_MAX}`]),
  ];
  if (problems.length > 0 || reason === undefined) {
    throw new KitError('COMMAND_INVALID', problems.join('; '), { hint: `Usage: ${usage}`, problems });
  }
  const from = systemClock().now();
  const to = addMs(from, count * HOUR_MS);
  const id = `R-${randomBytes(ID_BYTES).toString('hex')}`;
  const release: Release = { v: 1, id, kill, edge: EDGE_ID, reason, from, to };
  const path = resolve(out);
  const text = `${RELEASE_TYPE}\n${canonicalJson(encode(Release, release) as JsonValue)}\n`;
  writeNew(path, text);
  process.stdout.write(
    `${path} releases ${kill} until ${instantText(to)}, once two people have signed it:\n${steps(kill, path)}`,
  );
  return 0;
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new KitError('FOLDER_UNUSABLE', `${path} cannot be written: ${describeError(cause)}`, {
      hint: 'Name a new file in a folder that you may write to.',
      cause,
    });
  }
}

function howTo(kill: string): string {
  return `Two people release a kill, with a reason. Write the document for them:
  gatehouse release ${kill} --reason "What was found" --out release.txt
then
${steps(kill, 'release.txt')}`;
}

function steps(kill: string, path: string): string {
  return `  gatehouse sign ${path} --key FIRST.key
  gatehouse sign ${path} --key SECOND.key
  gatehouse release ${kill} --document ${path}
`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KitError('NOT_FOUND', `${path} cannot be read: ${describeError(cause)}`, {
      hint: 'Name the file of the signed release.',
      cause,
    });
  }
}
