import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { governanceFolders, readDocument } from '@gatehouse/edge/governance/governance-folders.ts';
import { readTrustDocuments } from '@gatehouse/edge/governance/trust-store.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed, signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { documentWords, visible } from '@gatehouse/shared/governance/document-words.ts';
import { draftText, readGoverned } from '@gatehouse/shared/governance/draft.ts';
import { repeated } from '@gatehouse/shared/governance/problem-list.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { SigningRole, TRUST_TYPE, Trust } from '@gatehouse/shared/schema/governance.ts';
import { type Instant, instantText, isInstantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { applyDocument } from './apply-document.ts';
import { type Command, parseOptions } from './command.ts';
import { readScriptConfig } from './config.ts';
import { edgeDataFolder } from './edge-data.ts';
import { writeNewFile } from './new-file.ts';
import { readPublicKey } from './person-key.ts';

const usage = `gatehouse trust init --environment paper|live --legal-entity LEI --root VKEY... [--threshold N] --out FILE
       gatehouse trust add TRUST --out FILE [--person VKEY --role ROLE... [--from TIME] [--to TIME]] [--end ID]
                                 [--root VKEY...] [--threshold N]
       gatehouse trust show [TRUST]
       gatehouse trust export [--version N] --out FILE
       gatehouse trust apply TRUST [--name EDGE]
  init writes the first version for the roots to sign; add writes the version after TRUST, with a person more or one whose right ends.
  export writes a version exactly as it was signed, the newest by default; a new edge needs all of them, from the first on.
  apply with --name gives one to another edge of this machine than the first, also before its first start.
  Roles: ${SigningRole.options.join(', ')}`;

const options = {
  environment: { type: 'string' },
  'legal-entity': { type: 'string' },
  root: { type: 'string', multiple: true },
  threshold: { type: 'string' },
  person: { type: 'string' },
  role: { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
  end: { type: 'string' },
  out: { type: 'string' },
  name: { type: 'string' },
  version: { type: 'string' },
} as const;

type Values = ReturnType<typeof parsed>['values'];

function parsed(args: readonly string[]) {
  return parseOptions(args, options, usage);
}

/** Makes, shows and applies the documents that say who may sign what. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parsed(args);
    const [verb, file, ...more] = positionals;
    if (more.length === 0) {
      if (verb === 'init' && file === undefined) return init(values);
      if (verb === 'add' && file !== undefined) return add(file, values);
      if (verb === 'show') return show(file);
      if (verb === 'export' && file === undefined) return exportTrust(values);
      if (verb === 'apply' && file !== undefined) return applyDocument('trust', file, values.name);
    }
    throw new KitError('COMMAND_INVALID', 'say what to do with which trust document', { hint: `Usage: ${usage}` });
  },
};

function init(values: Values): number {
  const { environment, 'legal-entity': legalEntity, root = [], out } = values;
  const trust = checked({
    v: 1,
    version: 1,
    environment,
    legalEntity,
    at: instantText(systemClock().now()),
    threshold: Number(values.threshold ?? 1),
    roots: root.map(readPublicKey),
    people: [],
  });
  return write(trust, out);
}

function add(path: string, values: Values): number {
  const before = readDocument(path);
  const document = readGoverned(before);
  if (document.type !== TRUST_TYPE) throw invalid(`${path} is no trust document`);
  const { value } = document;
  const now = systemClock().now();
  const ended = value.people.map((one) => (one.id === values.end ? { ...one, to: now } : one));
  if (values.end !== undefined && !value.people.some(({ id }) => id === values.end))
    throw invalid(`nobody is called ${values.end}`);
  const person = values.person === undefined ? undefined : personOf(values.person, values, now);
  if (person === undefined && values.end === undefined && values.root === undefined && values.threshold === undefined) {
    throw invalid('nothing would change');
  }
  const next: Trust = {
    ...value,
    version: value.version + 1,
    at: now,
    previous: signedTextHash(before),
    threshold: values.threshold === undefined ? value.threshold : Number(values.threshold),
    roots: values.root === undefined ? value.roots : values.root.map(readPublicKey),
    people: person === undefined ? ended : [...ended.filter(({ id }) => id !== person.id), person],
  };
  return write(checked(JSON.parse(draftText({ type: TRUST_TYPE, value: next }).slice(TRUST_TYPE.length))), values.out);
}

function personOf(path: string, { role = [], from, to }: Values, now: Instant): Trust['people'][number] {
  const key = readPublicKey(path);
  const roles = role.map((one) => {
    const read = SigningRole.safeParse(one);
    if (read.success) return read.data;
    throw invalid(`there is no role ${visible(one)}`);
  });
  if (roles.length === 0 || repeated(roles).length > 0) throw invalid('a person has at least one role, each once');
  const end = timeOf(to, '--to');
  return {
    id: parseVerifierKey(key).name,
    key,
    roles,
    from: timeOf(from, '--from') ?? now,
    ...(end === undefined ? {} : { to: end }),
  };
}

function timeOf(text: string | undefined, option: string): Instant | undefined {
  if (text === undefined) return undefined;
  if (isInstantText(text)) return parseInstant(text);
  throw invalid(`${option} takes a time such as 2026-01-31T00:00:00Z`);
}

function checked(wire: unknown): Trust {
  return decode(Trust, wire, 'the trust document');
}

function write(value: Trust, out: string | undefined): number {
  if (out === undefined) throw invalid('name the new file with --out');
  const path = writeNewFile(out, draftText({ type: TRUST_TYPE, value }));
  for (const line of documentWords({ type: TRUST_TYPE, value })) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `${path} is a draft; have the roots sign it with "gatehouse sign", then "gatehouse trust apply" it.\n`,
  );
  return 0;
}

function show(file: string | undefined): number {
  const newest = file === undefined ? (documentsHere().at(-1) ?? '') : readDocument(file);
  for (const line of documentWords(readGoverned(newest))) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `Signed by ${readClaimed(newest).signers.map(visible).join(', ')}, hash ${signedTextHash(newest)}.\n`,
  );
  return 0;
}

function exportTrust({ out, version }: Values): number {
  if (out === undefined) throw invalid('name the new file with --out');
  const all = documentsHere();
  const found = version === undefined ? all.at(-1) : all[Number(version) - 1];
  if (found === undefined) throw invalid(`there is no version ${version}; this edge has ${all.length}`);
  const path = writeNewFile(out, found);
  process.stdout.write(
    `${path} is version ${all.indexOf(found) + 1} of ${all.length}, exactly as it was signed (${signedTextHash(found)}).\n`,
  );
  return 0;
}

/** Every version that this edge has, the first one first. */
function documentsHere(): readonly string[] {
  const documents = readTrustDocuments(governanceFolders(edgeDataFolder(readScriptConfig().data)).trust);
  if (documents.length > 0) return documents;
  throw new KitError('NOT_FOUND', 'this edge has no trust document', {
    hint: 'Make one with "gatehouse trust init".',
  });
}

function invalid(message: string): KitError {
  return new KitError('COMMAND_INVALID', message, { hint: `Usage: ${usage}` });
}
