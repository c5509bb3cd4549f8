import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { type CommandWish, issueCommand } from '@gatehouse/hub/control/commands/issue-command.ts';
import { proposeLimits } from '@gatehouse/hub/control/limit-proposals.ts';
import { signLimits } from '@gatehouse/hub/control/limit-signatures.ts';
import type { Outcome } from '@gatehouse/hub/control/limit-work.ts';
import { listCommands, unacknowledged } from '@gatehouse/hub/store/command-rows.ts';
import { inForceOf } from '@gatehouse/hub/store/limit-rows.ts';
import { cosign } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { RELEASE_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlEdge, type ControlHub, openControlEdge, openControlHub } from '../fixtures/control-firm.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const EDGE = 'edge-1';
const WAIT = { timeout: 30_000, interval: 50 };
const MS_MAX = 120_000;
const DAY_MS = 24 * 3_600_000;
const LINE = { legalEntity: DEMO_IDENTITY.legalEntity, environment: DEMO_IDENTITY.environment };
const ANNA = { personId: 'P-anna', from: '127.0.0.1' };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

function done<Value>(outcome: Outcome<Value>): Value {
  if (outcome.kind === 'done') return outcome.value;
  throw new Error(outcome.problems.join('; '));
}

interface Firm {
  readonly hub: ControlHub;
  readonly edge: ControlEdge;
}

/** How often the ledger has an entry of a kind whose body holds a text. */
async function countOf({ hub }: Firm, kind: string, text: string): Promise<number> {
  const rows = await hub.test.database<{ count: number }[]>`
    SELECT count(*) AS count FROM ledger_leaf l JOIN ledger_body b USING (leaf)
    WHERE l.kind = ${kind} AND strpos(b.body, ${text}) > 0`;
  return rows[0]?.count ?? 0;
}

/** A sheet that differs from the one in force by its reason alone, proposed and signed by its maker at the hub. */
async function changeSheet({ hub, edge }: Firm, reason: string): Promise<string> {
  await settleAccepted(hub.limits);
  const row = await inForceOf(hub.test.database, LINE);
  if (row === undefined) throw new Error('no sheet is in force');
  const before = sheetOnRecord(row.document);
  const to = addMs(before.to ?? addMs(hub.commands.clock.now(), 300 * DAY_MS), -DAY_MS);
  const sheet = { ...before, sequence: before.sequence + 1, checkers: [], reason, to };
  const maker = { personId: before.maker, from: '127.0.0.1' };
  const proposal = done(await proposeLimits(hub.limits, maker, { base: row.sheet, sheet }));
  const note = edge.people.maker.sign(proposal.unsignedText);
  done(await signLimits(hub.limits, maker, { proposalId: proposal.proposalId, note }));
  return reason;
}

async function give({ hub }: Firm, wish: CommandWish): Promise<string> {
  return done(await issueCommand(hub.commands, ANNA, wish)).id;
}

function releaseOf({ hub, edge }: Firm, kill: string): string {
  const now = hub.commands.clock.now();
  const from = instantText(addMs(now, -60_000));
  const to = instantText(addMs(now, 3_600_000));
  const release = { v: 1, id: `RL-${kill}`, kill, edge: EDGE, reason: 'Looked into.', from, to };
  return cosign(signDocument(edge.people.maker, RELEASE_TYPE, release), edge.people.checker);
}

const stateOf = async ({ hub }: Firm, id: string): Promise<string | undefined> =>
  (await listCommands(hub.test.database, { id, limit: 1 }))[0]?.state;

const haltsOf = async ({ hub }: Firm): Promise<readonly string[]> => {
  const rows = await hub.test.database<{ kill: string }[]>`
    SELECT kill_id AS kill FROM kill WHERE release_leaf IS NULL ORDER BY leaf`;
  return rows.map(({ kill }) => kill);
};

test(
  'I18 a change of limits, a kill and its release reach a running edge once each, also what was given while its network was cut',
  async () => {
    const hub = await openControlHub(await server.database(), EDGE);
    const edge = await openControlEdge(hub, EDGE);
    const firm = { hub, edge };
    try {
      await expect.poll(async () => inForceOf(hub.test.database, LINE).then((row) => row?.sequence), WAIT).toBe(1);

      // A sheet that ends before long tightens: its maker alone signs, and nobody carries it anywhere.
      const first = await changeSheet(firm, 'The term is bounded.');
      await expect.poll(() => countOf(firm, 'limits', first), WAIT).toBe(1);

      const kill = await give(firm, {
        kind: 'kill',
        edges: [EDGE],
        scopes: ['algorithm:ema-cross'],
        level: 'cancel',
        reason: 'It trades too much.',
      });
      await expect.poll(() => stateOf(firm, kill), WAIT).toBe('applied');
      expect(await haltsOf(firm)).toEqual([kill]);

      edge.cut();
      const second = await changeSheet(firm, 'The term is shorter.');
      const pause = await give(firm, {
        kind: 'pause',
        edges: 'all',
        scopes: ['firm'],
        reason: 'A storm is announced.',
      });
      await give(firm, {
        kind: 'release',
        edges: [EDGE],
        kill,
        document: releaseOf(firm, kill),
        reason: 'Looked into.',
      });
      const waiting = await unacknowledged(hub.test.database);
      expect(waiting).toMatchObject([{ edge: EDGE, open: 2, oldestId: pause }]);

      edge.mend();
      await expect.poll(() => unacknowledged(hub.test.database), WAIT).toEqual([]);
      await expect.poll(() => countOf(firm, 'limits', second), WAIT).toBe(1);
      expect(await haltsOf(firm)).toEqual([pause]);

      // What is fetched anew changes nothing, and neither does a restart of the edge.
      const refetch = await give(firm, { kind: 'refetch', edges: [EDGE], reason: 'A drill.' });
      await expect.poll(() => stateOf(firm, refetch), WAIT).toBe('applied');
      await edge.restart();
      const notice = await give(firm, {
        kind: 'upgrade-notice',
        edges: [EDGE],
        release: '2.0.0',
        reason: 'It is time.',
      });
      await expect.poll(() => stateOf(firm, notice), WAIT).toBe('applied');

      for (const id of [kill, pause]) expect(await countOf(firm, 'kill', `"id":"${id}"`)).toBe(1);
      expect(await countOf(firm, 'release', kill)).toBe(1);
      for (const sheet of [first, second]) expect(await countOf(firm, 'limits', sheet)).toBe(1);
      for (const { id, seq } of await listCommands(hub.test.database, { limit: 50 })) {
        expect([seq, await countOf(firm, 'command', `"id":"${id}"`)]).toEqual([seq, 2]);
      }
      expect(await haltsOf(firm)).toEqual([pause]);
    } catch (error) {
      throw new Error(`${String(error)}\n${[...hub.lines.slice(-40), ...edge.lines.slice(-40)].join('\n')}`, {
        cause: error,
      });
    } finally {
      await edge.close();
      await hub.close();
    }
  },
  MS_MAX,
);
