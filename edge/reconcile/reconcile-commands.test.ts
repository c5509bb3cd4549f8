import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, onTestFinished, test } from 'vitest';
import { EdgeRequest } from '../sync/local-socket.ts';
import { openReconciliation, type Reconciliation } from './open-reconciliation.ts';
import { type Bench, bench, openingOf, PLACE, TRADED } from './reconcile-fixture.ts';
import { isReconcileRequest } from './reconcile-requests.ts';

interface Opened extends Reconciliation {
  readonly one: Bench;
  readonly root: string;
  ask(question: unknown): Promise<JsonValue>;
}

function opened(): Opened {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-reconcile-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const one = bench();
  const reconciliation = openReconciliation(openingOf(one, root));
  return {
    ...reconciliation,
    one,
    root,
    ask: async (question) => {
      const request = decode(EdgeRequest, question, 'the command');
      if (!isReconcileRequest(request)) throw new Error(request.command);
      const answer = reconciliation.commands(request);
      answer.catch(() => {});
      await one.time.advance(15_000);
      return answer;
    },
  };
}

test('a run is answered with what differs, and what was confirmed lies beside the journal', async () => {
  const { one, ask, root } = opened();
  one.work('O-1');
  one.venue.trade({ id: 'F-1', order: 'O-1' });
  expect(await ask({ command: 'reconcile' })).toMatchObject({ fetched: 1, booked: 1, differences: [], found: 0 });
  const name = 'venue-confirmed';
  expect(readdirSync(root)).toEqual([name]);
  expect(readFileSync(join(root, name), 'utf8')).toBe('2026-03-02T15:00:00.000000000Z\n');
});

test('breaks are listed with their age, assigned, explained and adjusted by request', async () => {
  const { one, ask } = opened();
  one.venue.position = decimal('5');
  const run = await ask({ command: 'reconcile' });
  expect(run).toMatchObject({ found: 1, differences: [{ key: TRADED, ours: '0', theirs: '5' }] });
  const [first] = (await ask({ command: 'breaks' })) as readonly { readonly id: string; readonly ageMs: number }[];
  const id = first?.id;
  expect(first?.ageMs).toBeGreaterThan(0);
  expect(await ask({ command: 'break-assign', id, by: 'P-a', owner: 'P-b' })).toMatchObject({ owner: 'P-b' });
  const explained = { command: 'break-explain', id, by: 'P-b', cause: 'manual-trade', note: 'By hand.', ends: false };
  expect(await ask(explained)).toMatchObject({ step: 'explained' });
  const change = { kind: 'position', instrument: TRADED, currency: 'USD', quantity: '5', cost: '500' };
  const adjusted = { command: 'break-adjust', id, by: 'P-b', cause: 'manual-trade', reason: 'By hand.', change };
  expect(await ask(adjusted)).toMatchObject({ step: 'resolved' });
  expect(await ask({ command: 'breaks' })).toEqual([]);
  expect(await ask({ command: 'reconcile' })).toMatchObject({ differences: [] });
});

test('what is asked without a reason, a cause or exact figures is refused', async () => {
  const { ask } = opened();
  const change = { kind: 'cash', currency: 'USD', amount: '1e5' };
  await expect(
    ask({ command: 'break-adjust', id: 'B-1', by: 'P-b', cause: 'fee', reason: '', change }),
  ).rejects.toThrow(/reason.*|amount/);
  await expect(
    ask({ command: 'break-explain', id: 'B-1', by: 'P-b', cause: 'bad-luck', note: 'x', ends: false }),
  ).rejects.toThrow(/cause/);
  await expect(ask({ command: 'break-assign', id: 'B-1', by: 'P-b', owner: 'P-c' })).rejects.toThrow(
    /no open break B-1/,
  );
});

test('a statement is compared by request', async () => {
  const { ask } = opened();
  const head = `gatehouse-statement,1\nvenue,${PLACE.venue}\naccount,${PLACE.account}\n`;
  const text = `${head}from,2026-03-02T00:00:00Z\nto,2026-03-02T15:00:00Z\n[balances]\ncurrency,amount\nUSD,99999\n`;
  expect(await ask({ command: 'statement-check', text })).toMatchObject({
    at: '2026-03-02T15:00:00.000000000Z',
    found: 1,
    differences: [{ subject: 'balance', key: 'USD', ours: '100000', theirs: '99999' }],
  });
});
