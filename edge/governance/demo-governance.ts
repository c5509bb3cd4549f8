import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import type { TrustPlace } from '@gatehouse/shared/governance/trust.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import {
  cosign,
  decodeSignerKey,
  encodeSignerKey,
  generateSigner,
  type Signer,
} from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { type SigningRole, TRUST_TYPE, Trust } from '@gatehouse/shared/schema/governance.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { writeDurably } from '../journal/durable-file.ts';
import { filesIn, governanceFolders, makePrivateFolder, namesIn, readDocument } from './governance-folders.ts';
import { readTrustDocuments, trustPath } from './trust-store.ts';

/** Who signs in a demonstration; their names keep their keys from ever counting where money is real. */
export const DEMO_PEOPLE = { root: 'demo-root', maker: 'P-demo-maker', checker: 'P-demo-checker' } as const;

/** What the governance of a demonstration is made from. Shape: `sheet` is the one that its people sign. */
export interface DemoGovernance {
  readonly root: string;
  readonly place: TrustPlace;
  readonly at: Instant;
  readonly sheet: Sheet;
}

const ROLES: Readonly<Record<'maker' | 'checker', readonly SigningRole[]>> = {
  maker: ['limits-maker', 'kill-releaser', 'override-authoriser'],
  checker: ['limits-checker', 'kill-releaser', 'override-authoriser', 'risk-verifier'],
};

const README = `The keys in this folder are for a demonstration on paper. They are not sealed, anybody who can read them can sign
with them, and no trust document for real money accepts them. For a firm's own people make sealed keys with
"gatehouse keys make", and name them with "gatehouse trust init".
`;

/**
 * Makes the keys, the trust document and the first sheet of a demonstration where nobody has put any yet.
 *
 * Shape:  what exists is never replaced, and a start that was killed in between is made up for; the sheet waits in the inbox like any
 *         other. Answers with what a person should be told, once.
 * Errors: those of `writeDurably`; `FILE_MALFORMED`, `VALUE_MALFORMED` for a key that cannot be read.
 */
export async function makeDemoGovernance(demo: DemoGovernance): Promise<readonly string[]> {
  const folders = governanceFolders(demo.root);
  const isOurs = existsSync(folders.demoKeys);
  const hasTrust = readTrustDocuments(folders.trust).length > 0 || waits(folders.inbox, TRUST_TYPE);
  if (!isOurs && hasTrust) return [];
  const hasSheet = namesIn(folders.accepted).length > 0 || waits(folders.inbox, SHEET_TYPE);
  if (hasTrust && hasSheet) return [];

  for (const folder of [folders.trust, folders.demoKeys, folders.inbox]) makePrivateFolder(folder);
  await writeDurably(join(folders.demoKeys, 'README.txt'), README);
  const people = await loadPeople(folders.demoKeys);
  if (!hasTrust) {
    const trust = trustOf(people, demo);
    await writeDurably(
      trustPath(folders.trust, 1),
      signDocument(people.root, TRUST_TYPE, encode(Trust, trust) as JsonValue),
    );
  }
  if (!hasSheet) {
    const document = signDocument(people.maker, SHEET_TYPE, encode(Sheet, demo.sheet) as JsonValue);
    await writeDurably(join(folders.inbox, 'demo.sheet'), cosign(document, people.checker));
  }
  return [`DEMO: the keys in ${folders.demoKeys} sign for this demonstration alone; they are not sealed.`];
}

type People = Readonly<Record<keyof typeof DEMO_PEOPLE, Signer>>;

async function loadPeople(folder: string): Promise<People> {
  return {
    root: await loadKey(folder, DEMO_PEOPLE.root),
    maker: await loadKey(folder, DEMO_PEOPLE.maker),
    checker: await loadKey(folder, DEMO_PEOPLE.checker),
  };
}

async function loadKey(folder: string, name: string): Promise<Signer> {
  const path = join(folder, `${name}.key`);
  const signer = existsSync(path) ? decodeSignerKey(readDocument(path)) : generateSigner(name);
  await writeDurably(path, `${encodeSignerKey(signer)}\n`);
  await writeDurably(join(folder, `${name}.vkey`), `${signer.verifierKey}\n`);
  return signer;
}

function trustOf({ root, maker, checker }: People, { place, at }: DemoGovernance): Trust {
  const from = instantText(at);
  const text = {
    v: 1,
    version: 1,
    ...place,
    at: from,
    threshold: 1,
    roots: [root.verifierKey],
    people: [
      { id: maker.name, key: maker.verifierKey, roles: [...ROLES.maker], from },
      { id: checker.name, key: checker.verifierKey, roles: [...ROLES.checker], from },
    ],
  };
  return decode(Trust, text, 'the trust document of the demonstration');
}

function waits(folder: string, type: string): boolean {
  return filesIn(folder).some((file) => {
    const document = readDocument(join(folder, file));
    return document.startsWith(`${type}\n`) && readClaimed(document).type === type;
  });
}
