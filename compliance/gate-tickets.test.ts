import { expect, test } from 'vitest';
import { controls, currentControls } from './controls/index.ts';
import { decisionBody } from './decision-body.ts';
import { exampleRequest, type RequestOverrides } from './examples/request.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetLine } from './examples/sheet.ts';
import { type Decision, decide } from './gate.ts';
import { compileRules } from './rule-set.ts';

type TicketText = NonNullable<NonNullable<RequestOverrides['own']>['tickets']>[number];

const ONE_LATER = '2020-03-06T20:30:00.000000001Z';

/** The base order meets limits of one unit less than it has. */
const tight = [exampleLine('max-order-quantity', { quantityMax: '49' })];

function decided(
  tickets: readonly TicketText[],
  lines: readonly SheetLine[] = tight,
  more: RequestOverrides = {},
): Decision {
  const sheet = exampleSheet({ controls: exampleLines(...lines) });
  const rules = compileRules({ controls, sheet, sheetHash: 'a'.repeat(64) });
  return decide(exampleRequest(rules, { ...more, own: { ...more.own, tickets: [...tickets] } }));
}

function ticket(control: string, changes: Partial<TicketText> = {}): TicketText {
  return { id: 'T-1', controls: [{ control, scope: 'firm' }], to: ONE_LATER, ...changes };
}

interface Blind {
  readonly without?: string;
  readonly lines?: readonly SheetLine[];
  readonly more?: RequestOverrides;
}

type BlindCase = readonly [why: string, control: string, blind: Blind];

function lineFor(control: string, on: Extract<SheetLine, { readonly on: unknown }>['on']): SheetLine {
  return { ...exampleLine(control, {}), on };
}

function verdictOf(decision: Decision, id: string): string | undefined {
  return decision.rows.find(({ control }) => control === id)?.verdict;
}

test('a ticket sets aside the one refusal that it names, and the order uses it up', () => {
  expect(decided([]).approved).toBe(false);
  const decision = decided([ticket('max-order-quantity')]);
  expect(decision.approved).toBe(true);
  expect(decision.tickets).toEqual(['T-1']);
  expect(verdictOf(decision, 'max-order-quantity')).toBe('overridden');
});

test('an overridden refusal stays on record with its limits, its figures and the ticket', () => {
  const body = decisionBody(decided([ticket('max-order-quantity')]));
  expect(body).toMatchObject({ outcome: 'approved', tickets: ['T-1'] });
  expect(body.rows.find(({ control }) => control === 'max-order-quantity')).toEqual({
    control: 'max-order-quantity',
    version: 1,
    scope: 'firm',
    verdict: 'overridden',
    figures: { quantityMax: '49', quantity: '50' },
    reason:
      'Ticket T-1 sets this refusal aside for this one order: ' +
      'The quantity is above the most that one order may have.',
  });
});

test('a ticket that is not needed is not used up, and is not on record', () => {
  const decision = decided([ticket('max-order-quantity')], []);
  expect(decision.approved).toBe(true);
  expect(decision.tickets).toEqual([]);
  expect(decisionBody(decision)).not.toHaveProperty('tickets');
});

test('a ticket counts until just before its end, by wall time', () => {
  const market = { facts: { now: '2020-03-06T20:30:00.000000000Z', wallAt: '2020-03-06T20:31:00.000000000Z' } };
  const to = (text: string) => decided([ticket('max-order-quantity', { to: text })], tight, market).tickets;
  expect(to('2020-03-06T20:31:00.000000001Z')).toEqual(['T-1']);
  expect(to('2020-03-06T20:31:00.000000000Z')).toEqual([]);
});

test.each<[string, TicketText]>([
  ['of another control', ticket('max-order-value')],
  [
    'of another scope',
    ticket('max-order-quantity', { controls: [{ control: 'max-order-quantity', scope: 'desk:index' }] }),
  ],
])('a ticket %s sets nothing aside', (_, other) => {
  const decision = decided([other]);
  expect(decision.approved).toBe(false);
  expect(decision.tickets).toEqual([]);
  expect(verdictOf(decision, 'max-order-quantity')).toBe('refuse');
});

test('a ticket for one scope leaves the refusal of another standing', () => {
  const line: SheetLine = {
    control: 'max-order-quantity',
    version: 1,
    on: [
      { scope: 'firm', figures: { quantityMax: '49' } },
      { scope: 'desk:index', figures: { quantityMax: '49' } },
    ],
  };
  const decision = decided([ticket('max-order-quantity')], [line]);
  expect(decision.approved).toBe(false);
  const verdicts = decision.rows
    .filter(({ control }) => control === 'max-order-quantity')
    .map(({ verdict }) => verdict);
  expect(verdicts).toEqual(['overridden', 'refuse']);
});

test('an order that is refused all the same uses up no ticket', () => {
  const lines = [...tight, exampleLine('max-order-value', { valueMax: '49999.99' })];
  const decision = decided([ticket('max-order-quantity')], lines);
  expect(decision.approved).toBe(false);
  expect(decision.tickets).toEqual([]);
  const both = decided([ticket('max-order-quantity'), ticket('max-order-value', { id: 'T-2' })], lines);
  expect(both.approved).toBe(true);
  expect(both.tickets).toEqual(['T-1', 'T-2']);
});

test('one ticket can name several refusals and is used up once', () => {
  const lines = [...tight, exampleLine('max-order-value', { valueMax: '49999.99' })];
  const named = ['max-order-quantity', 'max-order-value'].map((control) => ({ control, scope: 'firm' }));
  expect(decided([ticket('max-order-quantity', { controls: named })], lines).tickets).toEqual(['T-1']);
});

test.each(currentControls.filter(({ isOverridable }) => !isOverridable).map(({ id }) => id))(
  'no ticket sets %s aside',
  (id) => {
    const off = exampleLines().filter(({ control }) => control !== id);
    const sheet = exampleSheet({ controls: off });
    const rules = compileRules({ controls, sheet, sheetHash: 'a'.repeat(64) });
    const decision = decide(exampleRequest(rules, { own: { tickets: [ticket(id)] } }));
    expect(decision.approved).toBe(false);
    expect(verdictOf(decision, id)).toBe('refuse');
  },
);

test('no ticket sets the sheet’s own row aside', () => {
  const decision = decided([ticket('sheet')], [], { order: { account: 'second' } });
  expect(decision.approved).toBe(false);
  expect(verdictOf(decision, 'sheet')).toBe('refuse');
});

const stale = { facts: { now: '2020-03-06T20:40:00Z' } };
const otherDesk = { scope: 'desk:other', figures: { quantityMax: '1000' } };

test.each([
  ['that the sheet does not name', 'max-order-quantity', { without: 'max-order-quantity' }],
  ['without limits for the order', 'max-order-quantity', { lines: [lineFor('max-order-quantity', [otherDesk])] }],
  ['that knows no instrument', 'max-order-value', { more: { files: { instruments: null } } }],
  ['that knows no reference price', 'price-collar', { more: { facts: { reference: null } } }],
  ['whose reference price is too old', 'price-collar', { more: stale }],
  ['that does not know what the records hold', 'position-limit', { more: { own: { cell: null } } }],
  ['that does not know the messages', 'message-rate', { more: { own: { messages: null } } }],
] satisfies readonly BlindCase[])(
  'no ticket sets a control aside %s',
  (_, control, { without, lines = [], more }: Blind) => {
    const named = exampleLines(...lines).filter((line) => line.control !== without);
    const rules = compileRules({ controls, sheet: exampleSheet({ controls: named }), sheetHash: 'a'.repeat(64) });
    const tickets = [ticket(control)];
    const decision = decide(exampleRequest(rules, { ...more, own: { ...more?.own, tickets } }));
    expect(decision.approved).toBe(false);
    expect(decision.tickets).toEqual([]);
    expect(verdictOf(decision, control)).toBe('refuse');
  },
);

test('no ticket sets a control aside that cannot be computed', () => {
  const rules = compileRules({
    controls,
    sheet: exampleSheet({ controls: exampleLines(...tight) }),
    sheetHash: 'a'.repeat(64),
  });
  const request = exampleRequest(rules, { own: { tickets: [ticket('message-rate')] } });
  const own = {
    ...request.own,
    tickets: request.own.tickets,
    messages: () => {
      throw new Error('a fault');
    },
  };
  const decision = decide({ ...request, own: Object.setPrototypeOf(own, request.own) });
  expect(verdictOf(decision, 'message-rate')).toBe('refuse');
  expect(decision.tickets).toEqual([]);
});

test.each([
  ['reg-t', 'refuse'],
  ['venue', 'overridden'],
])('a ticket against a lack of margin under %s leaves it at %s', (regime, verdict) => {
  const scope = 'account:main';
  const lines = [exampleLine('buying-power', { regime })];
  const named = ticket('buying-power', { controls: [{ control: 'buying-power', scope }] });
  const poor = { own: { cash: [{ currency: 'USD', amount: '100.00' }] } };
  expect(verdictOf(decided([], lines, poor), 'buying-power')).toBe('refuse');
  expect(verdictOf(decided([named], lines, poor), 'buying-power')).toBe(verdict);
});

test('only what looks like an error, comes too often or costs too much can be set aside by a ticket', () => {
  const overridable = controls.filter(({ isOverridable }) => isOverridable).map(({ id }) => id);
  expect(new Set(overridable).size).toBeGreaterThan(6);
  const never = [
    'known-instrument',
    'price-increment',
    'quantity-increment',
    'order-type-allowed',
    'order-consistency',
  ];
  expect(overridable.filter((id) => [...never, 'trading-state', 'restricted-list', 'sanctions'].includes(id))).toEqual(
    [],
  );
});
