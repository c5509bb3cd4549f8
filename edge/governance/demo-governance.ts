import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { TrustPlace } from '@gatehouse/shared/governance/trust.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
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
import { filesIn, governanceFolders, makePrivateFolder, readDocument } from './governance-folders.ts';
import { newestSheetOnDisk } from './sheet-keeper.ts';
import { readTrustDocuments, trustPath } from './trust-store.ts';

/** Who signs in a demonstration; their names keep their keys from ever counting where money is real. */
export const DEMO_PEOPLE = { root: 'demo-root', maker: 'P-demo-maker', checker: 'P-demo-checker' } as const;

/** What a demonstration's sheet depends on. */
export interface DemoSheetTerms {
  readonly sequence: number;
  readonly from: Instant;
  readonly instruments: readonly string[];
  readonly pace: DemoPace;
}

/** How often the bars of a demonstration come. */
export type DemoPace = 'daily' | 'minute';

/** What the governance of a demonstration is made from. Shape: `sheetFor` gives the sheet that its people sign. */
export interface DemoGovernance {
  readonly root: string;
  readonly place: TrustPlace;
  readonly at: Instant;
  readonly instrument: string;
  readonly pace: DemoPace;
  readonly sheetFor: (terms: DemoSheetTerms) => Sheet;
}

const ROLES: Readonly<Record<'maker' | 'checker', readonly SigningRole[]>> = {
  maker: ['limits-maker', 'kill-releaser', 'override-authoriser', 'records-officer'],
  checker: ['limits-checker', 'kill-releaser', 'override-authoriser', 'risk-verifier', 'records-officer'],
};

const README = `The keys in this folder are for a demonstration on paper. They are not sealed, anybody who can read them can sign
with them, and no trust document for real money accepts them. For a firm's own people make sealed keys with
"gatehouse keys make", and name them with "gatehouse trust init".
`;

/**
 * Makes the keys, the trust document and the sheet of a demonstration where nobody has put any yet.
 *
 * Shape:  what exists is never replaced, and a start that was killed in between is made up for; the sheet waits in the inbox like any
 *         other. A replay of other prices gets the next sheet, signed by both, as long as nobody changed the one before it.
 *         Answers with what a person should be told, once.
 * Errors: those of `writeDurably`; `FILE_MALFORMED`, `VALUE_MALFORMED` for a file that cannot be read.
 */
export async function makeDemoGovernance(demo: DemoGovernance): Promise<readonly string[]> {
  const folders = governanceFolders(demo.root);
  const isOurs = existsSync(folders.demoKeys);
  const waiting = waitingIn(folders.inbox);
  const hasTrust = readTrustDocuments(folders.trust).length > 0 || waiting.some((one) => isOf(one, TRUST_TYPE));
  if (!isOurs && hasTrust) return [];
  const sheet = nextSheet(demo, waiting);
  if (hasTrust && sheet === undefined) return [];

  for (const folder of [folders.trust, folders.demoKeys, folders.inbox]) makePrivateFolder(folder);
  await writeDurably(join(folders.demoKeys, 'README.txt'), README);
  const people = await loadPeople(folders.demoKeys);
  if (!hasTrust) {
    const trust = encode(Trust, trustOf(people, demo)) as JsonValue;
    await writeDurably(trustPath(folders.trust, 1), signDocument(people.root, TRUST_TYPE, trust));
  }
  if (sheet !== undefined) {
    const document = signDocument(people.maker, SHEET_TYPE, encode(Sheet, sheet) as JsonValue);
    await writeDurably(join(folders.inbox, `demo-${sheet.sequence}.sheet`), cosign(document, people.checker));
  }
  return [`DEMO: the keys in ${folders.demoKeys} sign for this demonstration alone; they are not sealed.`];
}

/** The sheet that the demonstration still needs, if any. */
function nextSheet(demo: DemoGovernance, waiting: readonly string[]): Sheet | undefined {
  const { root, at, instrument, pace, sheetFor } = demo;
  const problems: string[] = [];
  const accepted = attempt(problems, () => newestSheetOnDisk(root))?.sheet;
  // Whoever damaged a sheet that was accepted has to put it back; the edge says so and trades nothing.
  if (problems.length > 0) return undefined;
  const found = waiting.filter((one) => isOf(one, SHEET_TYPE)).map((one) => attempt([], () => sheetOnRecord(one)));
  const known = [...found, accepted].filter((one) => one !== undefined);
  const [newest] = known.toSorted((a, b) => b.sequence - a.sequence);
  if (newest === undefined) return sheetFor({ sequence: 1, from: at, instruments: [instrument], pace });
  const { sequence, from } = newest;
  const instruments = instrumentsOf(newest);
  // What neither pace would have made was changed by somebody, and stays.
  const madeFor = PACES.find((one) => isSame(newest, sheetFor({ sequence, from, instruments, pace: one })));
  const isEnough = instruments.includes(instrument) && madeFor === pace;
  if (madeFor === undefined || isEnough) return undefined;
  const all = [...new Set([...instruments, instrument])];
  return sheetFor({ sequence: sequence + 1, from: at, instruments: all, pace });
}

const PACES: readonly DemoPace[] = ['daily', 'minute'];

function instrumentsOf({ controls }: Sheet): readonly string[] {
  const line = controls.find(({ control }) => control === 'algorithm-sheet');
  const listed = line !== undefined && 'on' in line ? line.on[0]?.figures['instruments'] : undefined;
  return Array.isArray(listed) ? listed : [];
}

function isSame(a: Sheet, b: Sheet): boolean {
  return canonicalJson(encode(Sheet, a) as JsonValue) === canonicalJson(encode(Sheet, b) as JsonValue);
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

function waitingIn(folder: string): readonly string[] {
  // What cannot be read is refused when governance is opened, and is no reason not to start.
  const documents = filesIn(folder).map((file) => attempt([], () => readDocument(join(folder, file))));
  return documents.filter((one) => one !== undefined);
}

function isOf(document: string, type: string): boolean {
  return attempt([], () => readClaimed(document))?.type === type;
}
