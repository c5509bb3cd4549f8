import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { newestSheetOnDisk } from '@gatehouse/edge/governance/sheet-keeper.ts';
import { bodyColumns } from '@gatehouse/hub/store/body-columns.ts';
import { draftText, readGoverned } from '@gatehouse/shared/governance/draft.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { cosign, decodeSignerKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { OVERRIDE_TYPE, type Override } from '@gatehouse/shared/schema/governance.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { fromMillis, instantText } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fact, readJournal, withDatabase } from '../faults/firm-facts.ts';
import { canWatchProcesses, EDGE, type Ended, openFirm, type Running, type TestFirm, until } from '../fixtures/firm.ts';

// What a compliance officer, a risk officer and a trader do in a day, by the commands that they type, on a firm that trades.

const MS_MAX = 300_000;
const WAIT_MS_MAX = 120_000;
const IDLE_MS_MAX = 45_000;
/** Slow enough that the replay outlasts the walk, fast enough that orders come every second. */
const PACE_SECONDS = '500';
const HOUR_MS = 3_600_000;
const SHOWN = 40;
const TIGHT = '20';
const LOOSE = '300';
/** It holds little, so that the account stays far from its other limits while it is held back. */
const STOPPED = 'ema-cross';
const GOES_ON = 'bollinger-reversion';

let firm: TestFirm;
let running: Running;
let kill = '';

const at = (name: string) => join(firm.data, name);
const edgeRoot = () => join(firm.data, 'edge', EDGE);
const keyOf = (name: string) => join(edgeRoot(), 'governance', 'demo-keys', `${name}.key`);
const person = (name: string): Signer => decodeSignerKey(readFileSync(keyOf(name), 'utf8'));
const numberInForce = () => newestSheetOnDisk(edgeRoot())?.sheet.sequence;

describe.skipIf(!canWatchProcesses)('the officer’s walk', () => {
  beforeAll(async () => {
    firm = await openFirm();
    await begin();
  }, MS_MAX);
  afterAll(() => firm?.end());

  test('the control book, the sheet in force and a draft of the next one can be had from a running firm', {
    timeout: MS_MAX,
  }, async () => {
    const reason = 'Smaller orders until the new prices are understood.';
    const [book, exported, drafted] = await Promise.all([
      firm.command('control-book', at('book.pdf')),
      firm.command('limits', 'export', '--out', at('first.sheet')),
      firm.command('limits', 'draft', '--out', at('tight'), '--reason', reason),
    ]);
    for (const one of [book, exported, drafted]) expectDone(one);
    const pdf = readFileSync(at('book.pdf'), 'latin1');
    expect(pdf.slice(0, 5)).toBe('%PDF-');
    const ids = new Set(controls.map(({ id }) => id));
    expect(ids.size).toBeGreaterThan(50);
    // The outline names every control in the open, whatever is packed in the pages.
    expect([...ids].filter((id) => !pdf.includes(`${id}@`))).toEqual([]);
    expect(readFileSync(at('first.sheet'), 'utf8')).toContain('\n— P-demo-checker ');
  });

  test('I15 a tighter sheet comes into force by its maker alone, and the next large order is refused by it', {
    timeout: MS_MAX,
  }, async () => {
    changeQuantity('tight', TIGHT);
    const difference = await firm.command('limits', 'diff', at('tight'));
    expectDone(difference);
    expect(difference.stdout).toContain('quantityMax goes from 200 to 20.');
    expect(difference.stdout).toContain('It loosens nothing.');
    expectDone(await firm.command('sign', at('tight'), '--key', keyOf('P-demo-maker'), '--yes'));
    const applied = await firm.command('limits', 'apply', at('tight'));
    expectDone(applied);
    expect(applied.stdout).toContain('number 2 is in force, signed by P-demo-maker.');

    const refused = await waitForOrder(isRefusedBy('max-order-quantity', STOPPED));
    const explained = await firm.command('explain', refused.id);
    expectDone(explained);
    expect(explained.stdout).toMatch(/refuse +max-order-quantity@1 \(algorithm:ema-cross\): The quantity is/);
    expect(explained.stdout).toContain(`limits: quantityMax ${TIGHT}`);
    expect(explained.stdout).toContain(`observed: quantity ${refused.intent['quantity']}`);
    expect(explained.stdout).toContain('Made again, equal to the last byte');
  });

  test('a ticket of an authorised person lets one order through that its limit refuses', {
    timeout: MS_MAX,
  }, async () => {
    // Nothing was held or sold since, so the strategy comes back with the same order.
    const { intent } = await waitForOrder(isRefusedBy('max-order-quantity', STOPPED));
    writeFileSync(at('ticket'), signDocument(person('P-demo-checker'), OVERRIDE_TYPE, ticketFor(intent)));
    expectDone(await firm.command('override', 'apply', at('ticket')));
    const passed = await waitForOrder(({ decision }) => decision['tickets'] !== undefined);
    expect(passed.decision).toMatchObject({ outcome: 'approved', tickets: ['T-walk'] });
    expect(passed.intent['quantity']).toBe(intent['quantity']);
    await waitForOrder((order) => order.seq > passed.seq && isRefusedBy('max-order-quantity', STOPPED)(order));
  });

  test('I15 a looser sheet needs both signatures, an older one never comes back, and each refusal is on record', {
    timeout: MS_MAX,
  }, async () => {
    const loose = { ...sheetIn('tight'), sequence: 3, from: later(), checkers: ['P-demo-checker'] };
    writeFileSync(at('loose'), draftText({ type: SHEET_TYPE, value: loose }));
    changeQuantity('loose', LOOSE);
    const difference = await firm.command('limits', 'diff', at('loose'));
    expect([difference.exit, difference.stdout]).toEqual([3, expect.stringContaining('so two people sign it.')]);

    const wrong = { ...sheetIn('loose'), sequence: 2, checkers: [] };
    writeFileSync(at('wrong'), signed(person('P-demo-maker'), wrong));
    const all = await firm.command('limits', 'apply', at('wrong'));
    expect(all.exit).toBe(2);
    expect(all.stderr).toContain('its number 2 is not higher than 2');
    expect(all.stderr).toContain('it loosens the sheet in force and names no checker');

    const half = signed(person('P-demo-maker'), sheetIn('loose'));
    writeFileSync(at('half'), half);
    const alone = await firm.command('limits', 'apply', at('half'));
    expect([alone.exit, alone.stderr]).toEqual([2, expect.stringContaining('P-demo-checker, its checker, has not')]);
    expect(numberInForce()).toBe(2);

    writeFileSync(at('both'), cosign(half, person('P-demo-checker')));
    const both = await firm.command('limits', 'apply', at('both'));
    expectDone(both);
    expect(both.stdout).toContain('number 3, which loosens the one before it, is in force');
    const older = await firm.command('limits', 'apply', at('first.sheet'));
    expect([older.exit, older.stderr]).toEqual([2, expect.stringContaining('its number 1 is not higher than 3')]);
    expect(numberInForce()).toBe(3);
  });

  test('I16 a killed algorithm is refused while the other trades, and stays killed when the firm starts again', {
    timeout: MS_MAX,
  }, async () => {
    const reason = 'It trades against the view of the desk.';
    const scope = `algorithm:${STOPPED}`;
    const stopped = await firm.command('kill', '--scope', scope, '--level', 'cancel', '--reason', reason, '--yes');
    expectDone(stopped);
    kill = /gatehouse release (\S+)/.exec(stopped.stdout)?.[1] ?? '';
    const refused = await waitForOrder(isRefusedBy('trading-state', STOPPED));
    await waitForOrder((order) => order.seq > refused.seq && isApproved(order, GOES_ON));

    const stoppedAt = await newestSeq();
    await end();
    await begin();
    const status = await firm.command('status');
    expectDone(status);
    expect(status.stdout).toContain(`${kill} (cancel) for ${scope}`);
    expect(numberInForce()).toBe(3);
    await waitForOrder((order) => order.seq > stoppedAt && isRefusedBy('trading-state', STOPPED)(order));
  });

  test('I16 one signature releases no kill, two do, and the algorithm trades again', { timeout: MS_MAX }, async () => {
    const reason = 'The view of the desk was wrong.';
    expectDone(await firm.command('release', kill, '--reason', reason, '--out', at('release')));
    const first = person('P-demo-maker').sign(readFileSync(at('release'), 'utf8'));
    writeFileSync(at('release'), first);
    const alone = await firm.command('release', kill, '--document', at('release'));
    expect([alone.exit, alone.stderr]).toEqual([2, expect.stringContaining('signed by 1 of the 2 people')]);
    expect((await firm.status())?.halts.map(({ id }) => id)).toEqual([kill]);

    writeFileSync(at('release'), cosign(first, person('P-demo-checker')));
    const both = await firm.command('release', kill, '--document', at('release'));
    expectDone(both);
    expect(both.stdout).toBe(
      `Kill ${kill} is released by P-demo-maker and P-demo-checker; what it stopped may trade again.\n`,
    );
    expect((await firm.status())?.halts).toEqual([]);
    const from = await newestSeq();
    await waitForOrder((order) => order.seq > from && isApproved(order, STOPPED));
  });

  test('I17 every decision of the day comes out again, on both sides, and the records tell the story in its order', {
    timeout: MS_MAX,
  }, async () => {
    const ledger = await firm.command('rejudge');
    expectDone(ledger);
    await end();
    const journal = await firm.command('rejudge', 'journal');
    expectDone(journal);
    for (const { stdout } of [ledger, journal]) {
      const [, equal, all] = /^(\d+) of (\d+) decisions come out the same/.exec(stdout) ?? [];
      expect(equal).toBe(all);
      expect(Number(all)).toBeGreaterThan(10);
    }
    const facts = readJournal(firm.data);
    const refusals = facts.filter(({ kind, body }) => kind === 'incident' && `${body['code']}`.endsWith('_REFUSED'));
    expect(refusals.map(({ body }) => body['code'])).toEqual([
      ...['SHEET_REFUSED', 'SHEET_REFUSED', 'SHEET_REFUSED'],
      'RELEASE_REFUSED',
    ]);
    expect(facts.filter(({ kind }) => kind === 'limits')).toHaveLength(3);
    const used = ordersIn(facts).filter(({ decision }) => decision['tickets'] !== undefined);
    expect(used).toHaveLength(1);
    expectNothingLetThrough(facts);
  });
});

/** Between the kill and its release no order of what it stops was let through, and none was sent. */
function expectNothingLetThrough(facts: readonly Fact[]): void {
  const seqOf = (wanted: string) => facts.find(({ kind }) => kind === wanted)?.seq ?? Number.NaN;
  const [from, to] = [seqOf('kill'), seqOf('release')];
  const during = ordersIn(facts).filter(({ seq }) => seq > from && seq < to);
  const outcomes = (algorithm: string) =>
    new Set(during.filter((order) => order.algorithm === algorithm).map(({ decision }) => decision['outcome']));
  expect([...outcomes(STOPPED)]).toEqual(['refused']);
  expect([...outcomes(GOES_ON)]).toContain('approved');
  const own = new Set(ordersIn(facts).flatMap(({ id, algorithm }) => (algorithm === STOPPED ? [id] : [])));
  const sent = facts.filter(
    ({ seq, kind, body }) => seq > from && seq < to && kind === 'order' && own.has(`${body['order']}`),
  );
  expect(sent.filter(({ body }) => body['state'] === 'sent')).toEqual([]);
}

interface JudgedOrder {
  readonly seq: number;
  readonly id: string;
  readonly algorithm: string;
  readonly intent: Readonly<Record<string, unknown>>;
  readonly decision: Readonly<Record<string, unknown>>;
}

type Told = Pick<Fact, 'seq' | 'kind' | 'body'>;

/** Each order with the decision on it, in the order of the records. */
function ordersIn(facts: readonly Told[]): readonly JudgedOrder[] {
  const intents = new Map<string, JudgedOrder['intent']>();
  return facts.flatMap(({ seq, kind, body }) => {
    if (kind === 'intent') {
      const intent = body['order'] as JudgedOrder['intent'];
      intents.set(`${intent['id']}`, intent);
    }
    const id = `${body['order']}`;
    const intent = intents.get(id);
    if (kind !== 'decision' || intent === undefined) return [];
    const { id: algorithm } = intent['algorithm'] as { readonly id: string };
    return [{ seq, id, algorithm, intent, decision: body }];
  });
}

function isRefusedBy(control: string, algorithm: string) {
  return (order: JudgedOrder): boolean => {
    const { rows } = decode(DecisionBody, order.decision, order.id);
    return order.algorithm === algorithm && rows.some((row) => row.verdict === 'refuse' && row.control === control);
  };
}

function isApproved({ algorithm, decision }: JudgedOrder, wanted: string): boolean {
  return algorithm === wanted && decision['outcome'] === 'approved';
}

/** The newest order at the hub that fits, as soon as there is one. */
async function waitForOrder(fits: (order: JudgedOrder) => boolean): Promise<JudgedOrder> {
  return withDatabase(firm.data, async (database) => {
    let found: JudgedOrder | undefined;
    let orders: readonly JudgedOrder[] = [];
    await until(async () => {
      const rows = await database<{ seq: number; kind: string; body: string }[]>`
        SELECT l.seq::int AS seq, l.kind, ${bodyColumns(database)} FROM ledger_leaf l JOIN ledger_body b USING (leaf)
        WHERE l.edge = ${EDGE} AND l.kind IN ('intent', 'decision') ORDER BY l.leaf`;
      orders = ordersIn(rows.map((row) => ({ ...row, body: JSON.parse(row.body) })));
      found = orders.findLast(fits);
      return found !== undefined;
    }, WAIT_MS_MAX);
    if (found === undefined)
      throw new Error(`no such order; the newest were:\n${orders.slice(-SHOWN).map(told).join('\n')}`);
    return found;
  });
}

/** An order in a line, for whoever looks into a failure. */
function told({ seq, id, algorithm, decision }: JudgedOrder): string {
  const { rows } = decode(DecisionBody, decision, id);
  const refusals = rows.flatMap((row) => (row.verdict === 'refuse' ? [`${row.control}: ${row.reason}`] : []));
  return [seq, id, algorithm, decision['outcome'], ...refusals].join(' ');
}

async function newestSeq(): Promise<number> {
  return (await firm.status())?.headSeq ?? 0;
}

async function begin(): Promise<void> {
  running = firm.run('start', '--pace', PACE_SECONDS);
  const trades = await until(async () => ((await firm.status())?.tally['orders'] ?? 0) > 0, WAIT_MS_MAX);
  expect(trades, running.said()).toBe(true);
}

async function end(): Promise<void> {
  running.signal('SIGINT');
  expect((await running.ended).exit).toBe(0);
  expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
}

function expectDone({ exit, stderr }: Ended): void {
  expect([exit, stderr]).toEqual([0, '']);
}

function sheetIn(name: string): Sheet {
  const document = readGoverned(readFileSync(at(name), 'utf8'));
  if (document.type !== SHEET_TYPE) throw new Error(`${name} holds no sheet`);
  return document.value;
}

/** Sets the largest quantity of an order of one strategy, as a person does in an editor. */
function changeQuantity(name: string, quantityMax: string): void {
  const sheet = sheetIn(name);
  const changed = sheet.controls.map((line) =>
    line.control === 'max-order-quantity' && 'on' in line
      ? {
          ...line,
          on: line.on.map((rule) =>
            rule.scope === `algorithm:${STOPPED}` ? { ...rule, figures: { ...rule.figures, quantityMax } } : rule,
          ),
        }
      : line,
  );
  writeFileSync(at(name), draftText({ type: SHEET_TYPE, value: { ...sheet, controls: changed } }));
}

function signed(signer: Signer, sheet: Sheet): string {
  return signDocument(signer, SHEET_TYPE, encode(Sheet, sheet) as JsonValue);
}

/** A ticket for an order with exactly the terms of one that was refused. */
function ticketFor(intent: JudgedOrder['intent']): JsonValue {
  const { environment, legalEntity, account, trader, instrument, venue, side, type, quantity } =
    intent as unknown as Override;
  const terms = { environment, legalEntity, account, trader, instrument, venue, side, type, quantity: `${quantity}` };
  return {
    v: 1,
    id: 'T-walk',
    edge: EDGE,
    ...terms,
    algorithm: STOPPED,
    controls: [{ control: 'max-order-quantity', scope: `algorithm:${STOPPED}` }],
    reason: 'The desk closes its position as agreed.',
    from: instantText(later(-HOUR_MS)),
    to: instantText(later(HOUR_MS)),
  };
}

function later(ms = 0) {
  return fromMillis(Date.now() + ms);
}
