import { DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { publishFile } from '@gatehouse/hub/control/objects/publish-file.ts';
import { isReadable, readEntry } from '@gatehouse/hub/ingest/read-entry.ts';
import { isSound, rejudgeLedger } from '@gatehouse/hub/ledger/rejudgement/rejudge-ledger.ts';
import { currentObjects } from '@gatehouse/hub/store/control-rows.ts';
import { newestFiles } from '@gatehouse/hub/store/file-rows.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { cosign, type Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { type ControlObject, signObject, travellingHash } from '@gatehouse/shared/schema/control.ts';
import { DATED_FILE_TYPE, type DatedFile, OBJECT_KINDS } from '@gatehouse/shared/schema/dated-file.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlEdge, type ControlHub, openControlEdge, openControlHub } from '../fixtures/control-firm.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const EDGE = 'edge-1';
const WAIT = { timeout: 150_000, interval: 250 };
const MS_MAX = 480_000;
const LINE = { legalEntity: DEMO_IDENTITY.legalEntity, environment: DEMO_IDENTITY.environment };
const ANNA = { personId: 'P-anna', from: '127.0.0.1' };
/** So slow that a replay is not over before the test is, and so fast that orders come within a second or two. */
const PACE_SECONDS = 900;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

interface Firm {
  readonly hub: ControlHub;
  readonly edge: ControlEdge;
}

async function inFirm(work: (firm: Firm) => Promise<void>): Promise<void> {
  const hub = await openControlHub(await server.database(), EDGE);
  const edge = await openControlEdge(hub, EDGE, PACE_SECONDS);
  try {
    await expect.poll(async () => (await entriesOf({ hub, edge }, 'limits')).length, WAIT).toBe(1);
    await work({ hub, edge });
  } catch (error) {
    const said = [...hub.lines.slice(-20), ...edge.lines.slice(-40)].join('\n');
    throw new Error(`${error instanceof Error ? error.stack : String(error)}\n${said}`, { cause: error });
  } finally {
    await edge.close();
    await hub.close();
  }
}

type Kept<Kind extends EntryBody['kind']> = Extract<EntryBody, { readonly kind: Kind }>['body'] & {
  readonly leaf: number;
};

/** The bodies of a kind that the edge's ledger has, in their order. */
async function entriesOf<Kind extends EntryBody['kind']>(
  { hub }: Firm,
  kind: Kind,
  after = -1,
): Promise<readonly Kept<Kind>[]> {
  const rows = await hub.test.database<{ leaf: number; edge: string; kind: string; at: string; body: string }[]>`
    SELECT l.leaf, l.edge, l.kind, '' AS at, b.body FROM ledger_leaf l JOIN ledger_body b USING (leaf)
    WHERE l.kind = ${kind} AND l.edge = ${EDGE} AND l.leaf > ${after} ORDER BY l.leaf`;
  return rows.map((row) => {
    const read = readEntry(row);
    if (!isReadable(read)) throw new Error(read.reason);
    return { ...read.body, leaf: row.leaf } as unknown as Kept<Kind>;
  });
}

const incidentsOf = async (firm: Firm, code: string): Promise<readonly string[]> =>
  (await entriesOf(firm, 'incident')).filter((body) => body.code === code).map(({ message }) => message);

function restricted({ hub }: Firm, ...names: readonly string[]): string {
  const rows = names.map((instrument) => ({ list: 'restricted', instrument, sides: 'both', reason: 'A mandate.' }));
  const asOf = instantText(hub.commands.clock.now());
  return JSON.stringify({ v: 1, kind: 'restrictions', asOf, source: 'Compliance.', rows });
}

type Change = Partial<Record<keyof DatedFile, unknown>>;

/** A document about a text that follows the newest one at the hub. */
async function signed({ hub }: Firm, content: string, by: readonly Signer[], change: Change = {}) {
  const kind = JSON.parse(content).kind as DatedFile['kind'];
  const newest = (await newestFiles(hub.test.database, LINE)).find((one) => one.kind === kind);
  const wire = {
    ...{ v: 1, kind, ...LINE, reason: 'A test.' },
    sequence: (newest?.sequence ?? 0) + 1,
    from: instantText(addMs(hub.commands.clock.now(), -1_000)),
    ...(newest === undefined ? {} : { previous: newest.noteHash }),
    content: { hash: sha256(content).toString('hex'), bytes: Buffer.byteLength(content) },
    ...change,
  };
  const [first, ...more] = by;
  if (first === undefined) throw new Error('nobody signs');
  const note = more.reduce(cosign, signDocument(first, DATED_FILE_TYPE, JSON.parse(JSON.stringify(wire))));
  return { note, content };
}

async function publish(firm: Firm, content: string, by: readonly Signer[], change: Change = {}): Promise<number> {
  const file = await signed(firm, content, by, change);
  const outcome = await publishFile({ ...firm.hub.commands }, ANNA, file);
  if (outcome.kind === 'done') return outcome.value.sequence;
  throw new Error(outcome.problems.join('; '));
}

/** Waits for the entry that brought a version into force. */
async function inForce(firm: Firm, kind: string, sequence: number): Promise<Kept<'facts'>> {
  let found: Kept<'facts'> | undefined;
  await expect
    .poll(async () => {
      const facts = await entriesOf(firm, 'facts');
      found = facts.find((body) => body.kind === kind && body.signed?.sequence === sequence);
      return found === undefined;
    }, WAIT)
    .toBe(false);
  if (found === undefined) throw new Error('never in force');
  return found;
}

/** What the restricted list said about the first order that was decided on a list of files. */
async function verdictUnder(firm: Firm, { leaf, files }: Kept<'facts'>): Promise<string | undefined> {
  let verdict: string | undefined;
  await expect
    .poll(async () => {
      const decision = (await entriesOf(firm, 'decision', leaf)).find(({ facts }) => facts.files === files);
      verdict = decision?.rows.find(({ control }) => control === 'restricted-list')?.verdict;
      return verdict === undefined;
    }, WAIT)
    .toBe(false);
  return verdict;
}

/** Every decision comes out again from the entries alone. */
async function expectRejudged({ hub }: Firm): Promise<void> {
  const result = await rejudgeLedger(hub.test.database);
  expect(result.findings).toEqual([]);
  expect(result.unreadable).toBe(0);
  expect(result.decisions).toBeGreaterThan(0);
  expect(isSound(result)).toBe(true);
}

/** Puts an object into the edge's rows that is newer than what is there, as whoever has the hub's key could. */
async function push({ hub }: Firm, object: Omit<ControlObject, 'v' | 'issuedAt'>): Promise<void> {
  const note = signObject(hub.signer, { v: 1, issuedAt: hub.commands.clock.now(), ...object });
  const { edge, kind, name, version } = object;
  await hub.test.database`
    INSERT INTO control_objects (edge, kind, name, version, note, at) VALUES (${EDGE}, ${kind}, ${`${name}-${edge}`}, ${version}, ${note}, '2026')
    ON CONFLICT (edge, kind, name) DO UPDATE SET version = excluded.version, note = excluded.note`;
}

test(
  'a name that is restricted at the hub is refused at the edge from then on, and the decisions come out again',
  async () => {
    await inFirm(async (firm) => {
      const { maker, checker } = firm.edge.people;
      await expect.poll(async () => (await entriesOf(firm, 'intent')).length, WAIT).toBeGreaterThan(0);
      const instrument = (await entriesOf(firm, 'intent'))[0]?.order.instrument ?? '';

      await expect(publish(firm, restricted(firm), [maker])).rejects.toThrow('it loosens');
      expect(await publish(firm, restricted(firm), [maker, checker])).toBe(1);
      const first = await inForce(firm, 'restrictions', 1);
      expect(await verdictUnder(firm, first)).toBe('pass');
      expect(await incidentsOf(firm, 'FACTS_GOVERNED')).toHaveLength(1);

      // One person alone tightens.
      expect(await publish(firm, restricted(firm, instrument), [maker])).toBe(2);
      const second = await inForce(firm, 'restrictions', 2);
      expect(await verdictUnder(firm, second)).toBe('refuse');

      // A restart remembers it, and takes nothing back from the folder.
      await firm.edge.restart();
      const after = (await entriesOf(firm, 'session')).at(-1)?.leaf ?? 0;
      await expect.poll(async () => (await entriesOf(firm, 'decision', after)).length, WAIT).toBeGreaterThan(0);
      for (const { facts } of await entriesOf(firm, 'decision', after)) expect(facts.files).toBe(second.files);
      expect((await entriesOf(firm, 'facts')).filter(({ signed: by }) => by !== undefined)).toHaveLength(2);

      // What one person alone takes away is refused at the hub, also where it is the first person once more.
      await expect(publish(firm, restricted(firm), [maker])).rejects.toThrow('it loosens');
      expect(await publish(firm, restricted(firm), [maker, checker])).toBe(3);
      expect(await verdictUnder(firm, await inForce(firm, 'restrictions', 3))).toBe('pass');
      await expectRejudged(firm);
    });
  },
  MS_MAX,
);

test(
  'whoever has the hub’s key brings back no older list, forges none and loosens nothing; each try is an incident',
  async () => {
    await inFirm(async (firm) => {
      const { maker, checker } = firm.edge.people;
      const old = await signed(firm, restricted(firm), [maker, checker]);
      await publish(firm, old.content, [maker, checker]);
      await inForce(firm, 'restrictions', 1);
      await publish(firm, restricted(firm, 'ACME'), [maker]);
      const held = await inForce(firm, 'restrictions', 2);
      const sendAs = async (file: { readonly note: string; readonly content: string }, version: number) =>
        push(firm, {
          ...{ edge: EDGE, kind: OBJECT_KINDS.restrictions, name: 'again', version },
          ...{ document: file.note, content: file.content },
        });
      const refused = (count: number, what: string) =>
        expect
          .poll(async () => (await incidentsOf(firm, 'DATED_FILE_REFUSED')).slice(count - 1).join(), WAIT)
          .toContain(what);

      await sendAs(old, 1);
      await refused(1, 'number 1 came after number 2');
      const alone = await signed(firm, restricted(firm), [maker]);
      await sendAs(alone, 3);
      await refused(2, 'it loosens, which takes a limits-maker and another limits-checker');
      await sendAs(await signed(firm, restricted(firm), [firm.hub.signer]), 4);
      await refused(3, 'number 3 came as version 4');
      const forged = await signed(firm, restricted(firm), [firm.hub.signer], { sequence: 5 });
      await sendAs(forged, 5);
      await refused(4, 'signed by 0 of the 1 people');
      const elsewhere = await signed(firm, restricted(firm), [maker, checker], { sequence: 6, environment: 'live' });
      await sendAs(elsewhere, 6);
      await refused(5, 'it is for live, not for paper');
      await sendAs({ ...alone, content: `${alone.content} ` }, 7);
      await refused(6, 'number 3 came as version 7');

      const facts = await entriesOf(firm, 'facts');
      expect(facts.at(-1)).toEqual(held);
      expect(await incidentsOf(firm, 'DATED_FILE_REFUSED')).toHaveLength(6);
    });
  },
  MS_MAX,
);

test(
  'an edge that missed a loosening version takes it before the tightening one that follows',
  async () => {
    await inFirm(async (firm) => {
      const { maker, checker } = firm.edge.people;
      await publish(firm, restricted(firm, 'ACME'), [maker, checker]);
      await inForce(firm, 'restrictions', 1);
      firm.edge.cut();
      await publish(firm, restricted(firm), [maker, checker]);
      await publish(firm, restricted(firm, 'OTHER'), [maker]);
      const current = async () =>
        (await currentObjects(firm.hub.test.database, [EDGE])).find(({ kind }) => kind === 'restricted-list')?.version;
      await expect.poll(current, WAIT).toBe(3);
      firm.edge.mend();
      await inForce(firm, 'restrictions', 3);
      const taken = (await entriesOf(firm, 'facts')).flatMap(({ signed: by }) => by?.sequence ?? []);
      expect(taken).toEqual([1, 2, 3]);
      expect(await incidentsOf(firm, 'DATED_FILE_REFUSED')).toEqual([]);
    });
  },
  MS_MAX,
);

test(
  'a list of sanctions of 5 MB comes whole over a network that is cut again and again',
  async () => {
    await inFirm(async (firm) => {
      const { maker, checker } = firm.edge.people;
      const rows = Array.from({ length: 52_000 }, (_, index) => ({
        party: `party-with-a-name-of-some-length-${index}`,
        list: 'ofac-sdn',
        entry: `${index} – ${'é'.repeat(10)} 𝒳`,
      }));
      const head = { v: 1, kind: 'sanctions', asOf: instantText(firm.hub.commands.clock.now()), source: 'Screening.' };
      const content = JSON.stringify({ ...head, lists: [{ list: 'ofac-sdn', version: '1' }], rows });
      expect(Buffer.byteLength(content)).toBeGreaterThan(5_000_000);
      const published = await publish(firm, content, [maker, checker]);
      for (let cuts = 0; cuts < 5; cuts += 1) {
        await new Promise((resolve) => setTimeout(resolve, 700));
        firm.edge.cut();
        await new Promise((resolve) => setTimeout(resolve, 200));
        firm.edge.mend();
      }
      const last = await inForce(firm, 'sanctions', published);
      const parts = (await entriesOf(firm, 'facts')).filter(({ hash }) => hash === last.hash);
      expect(parts.map(({ document }) => document).join('')).toBe(content);
      expect(parts.map(({ part }) => part?.number)).toEqual(parts.map((_, index) => index + 1));
      expect(await verdictUnder(firm, last)).toBe('pass');

      await firm.edge.restart();
      const after = (await entriesOf(firm, 'session')).at(-1)?.leaf ?? 0;
      await expect.poll(async () => (await entriesOf(firm, 'decision', after)).length, WAIT).toBeGreaterThan(0);
      expect((await entriesOf(firm, 'facts')).at(-1)?.hash).toBe(last.hash);
      expect(travellingHash(last.signed?.note ?? '')).toMatch(/^[0-9a-f]{64}$/);
      await expectRejudged(firm);
    });
  },
  MS_MAX,
);
