import { decode } from '@gatehouse/shared/schema/decode.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordClasses } from './classes.ts';
import { dayAfter, fiscalYearEnd, type GivenEvent, lastDayOfPeriod } from './clock.ts';
import { carefulFigures, FirmFigures } from './firm-figures.ts';
import { judgeRecord, type RetentionFacts, type RetentionJudgement } from './judge.ts';
import type { RecordClass } from './record-class.ts';
import { isSurelyIn, type JudgedRecord, mayBeIn, RetentionScope, scopeText } from './scope.ts';
import { canGo, stateOfAll } from './state.ts';

const careful = carefulFigures('A firm');
/** Figures whose floor is shorter than any class, so that a class shows its own period. */
const lowFloor: FirmFigures = { ...careful, floor: { years: 1, except: [] } };

const ACT_OF: Readonly<Record<string, string>> = {
  'market-access': 'limits.approved',
  reviews: 'review.certified',
  customer: 'customer.recorded',
  screening: 'screening.matched',
  'blocked-property': 'blocked.reported',
  surveillance: 'surveillance.closed',
  filings: 'filing.made',
  firm: 'firm.founded',
  'hub-acts': 'session.signed-in',
  retention: 'retention.approved',
};

function recordOf(keyClass: string, day: string, kind = 'fill'): JudgedRecord {
  const made = { at: `${day}T12:00:00.000000000Z`, first: 7, last: 7 };
  if (keyClass === 'trading') return { kind, action: null, ...made };
  return { kind: 'act', action: ACT_OF[keyClass] ?? '', subject: 'c-1', ...made };
}

const eventOn = (event: GivenEvent, day: string | null) => ({
  event,
  scope: { kind: 'subject', subject: 'c-1' } as const,
  day,
});

function judge(record: JudgedRecord, now: string, facts: Partial<RetentionFacts> = {}): RetentionJudgement {
  return judgeRecord({ record, events: [], firm: lowFloor, holds: [], now, ...facts });
}

/** Figures under which one class alone binds, with nothing but its own period. */
function onlyClass(id: string): FirmFigures {
  const exempt = recordClasses
    .filter((one) => one.id !== id)
    .map((one) => ({ class: one.id, reason: 'Another class.' }));
  return { ...careful, exempt, floor: { years: 1, except: [{ class: id, reason: 'The class alone.' }] } };
}

const YEAR_OF_EVENTS = [
  '2026-01-01',
  '2026-02-28',
  '2026-03-31',
  '2026-06-30',
  '2026-08-31',
  '2026-12-31',
  '2028-02-29',
];

for (const one of recordClasses) {
  for (const { keyClass, kinds } of one.records) {
    test(`class ${one.id} keeps records of ${keyClass} to its last day, and no longer, through a year of clock events`, () => {
      for (const day of YEAR_OF_EVENTS) passesThrough(one, recordOf(keyClass, day, kinds?.[0]), day);
    });
  }
}

function passesThrough(one: RecordClass, record: JudgedRecord, day: string): void {
  const firm = onlyClass(one.id);
  const period = one.periods.at(-1)?.minimum ?? 0;
  const isGiven = one.clock !== 'made' && one.clock !== 'fiscal-year-end';
  const begins = one.clock === 'fiscal-year-end' ? fiscalYearEnd(day, firm.yearEnd) : isGiven ? dayAfter(day) : day;
  const events = isGiven ? [eventOn(one.clock as GivenEvent, begins)] : [];
  if (isGiven) expect(judge(record, '2099-12-31', { firm }).state).toBe('waiting-for-event');
  if (period === 'life-of-firm') {
    expect(judge(record, '2099-12-31', { firm })).toMatchObject({ state: 'kept', keepUntil: null });
    return;
  }
  const last = lastDayOfPeriod(begins, period, 'later');
  const before = judge(record, begins, { firm, events });
  expect(before).toMatchObject({ state: 'kept', keepUntil: last, classes: [one.id] });
  for (const { act } of one.sources) expect(before.because.join(' ')).toContain(act.title);
  if (one.periods.at(-1)?.maximum !== undefined) return;
  expect(judge(record, last, { firm, events }).state).toBe('kept');
  expect(judge(record, dayAfter(last), { firm, events }).state).toBe('may-go');
}

test('customer data with a maximum is kept to the last day and must go the day after', () => {
  const firm = onlyClass('eu-aml-customer');
  const events = [eventOn('relationship-ended', '2026-03-31')];
  const record = recordOf('customer', '2020-01-01');
  expect(judge(record, '2031-03-31', { firm, events }).state).toBe('kept');
  expect(judge(record, '2031-04-01', { firm, events })).toMatchObject({ state: 'must-go', mustGoBy: '2031-03-31' });
});

test('a relationship that ended on a leap day ends its minimum and its maximum on the same day', () => {
  const firm = onlyClass('eu-aml-customer');
  const events = [eventOn('relationship-ended', '2028-02-29')];
  const answer = judge(recordOf('customer', '2027-01-01'), '2033-02-28', { firm, events });
  expect(answer).toMatchObject({ keepUntil: '2033-02-28', mustGoBy: '2033-02-28', state: 'kept' });
  expect(judge(recordOf('customer', '2027-01-01'), '2033-03-01', { firm, events }).state).toBe('must-go');
});

test('records under the sanctions rules are kept as long as any law since their making said', () => {
  const firm = onlyClass('us-ofac-transactions');
  const old = recordOf('trading', '2021-05-01');
  expect(judge(old, '2024-01-01', { firm }).keepUntil).toBe('2026-05-01');
  expect(judge(old, '2026-01-01', { firm }).keepUntil).toBe('2031-05-01');
});

test('a law that shortens a period does not shorten what was made under the longer one', () => {
  const [ledgers] = recordClasses;
  if (ledgers === undefined) throw new Error('there are no classes');
  const rules = [
    {
      ...ledgers,
      periods: [
        { from: '2003-05-02', minimum: 72 },
        { from: '2030-01-01', minimum: 24 },
      ],
    },
  ];
  const firm = onlyClass(ledgers.id);
  expect(judge(recordOf('trading', '2029-12-31'), '2030-06-01', { firm, rules }).keepUntil).toBe('2035-12-31');
  expect(judge(recordOf('trading', '2030-01-01'), '2030-06-01', { firm, rules }).keepUntil).toBe('2032-01-01');
});

const someDay = fc
  .integer({ min: 2_020, max: 2_060 })
  .chain((year) => fc.constantFrom(...['01-01', '02-28', '06-30', '12-31'].map((day) => `${year}-${day}`)));
const someRecord = fc
  .record({ keyClass: fc.constantFrom('trading', ...Object.keys(ACT_OF)), day: someDay })
  .map(({ keyClass, day }) => recordOf(keyClass, day));
const someEvents = fc.array(
  fc.record({
    event: fc.constantFrom<GivenEvent>('end-of-use', 'account-closed', 'relationship-ended', 'unblocked', 'filed'),
    scope: fc.constantFrom<RetentionScope>(
      { kind: 'subject', subject: 'c-1' },
      { kind: 'subject', subject: 'c-2' },
      { kind: 'records', first: 0, last: 99 },
    ),
    day: fc.option(someDay),
  }),
  { maxLength: 8 },
);
const someFirm = fc.constantFrom(careful, lowFloor, { ...careful, flags: ['through-a-broker' as const] });

test('the longest minimum wins', () => {
  fc.assert(
    fc.property(someRecord, someEvents, someDay, (record, events, now) => {
      const whole = judge(record, now, { events, firm: careful });
      for (const id of whole.classes.filter((one) => recordClasses.some((rule) => rule.id === one))) {
        const alone = judge(record, now, { events, firm: onlyClass(id) });
        if (whole.keepUntil !== null) expect((alone.keepUntil ?? '9999') <= whole.keepUntil).toBe(true);
        if (!canGo(alone.state)) expect(canGo(whole.state)).toBe(false);
      }
    }),
  );
});

test('a hold always wins, and what it does not hold is judged as without it', () => {
  fc.assert(
    fc.property(someRecord, someEvents, someFirm, someDay, (record, events, firm, now) => {
      const mine: RetentionScope = { kind: 'records', first: 7, last: 7 };
      const others: RetentionScope = { kind: 'records', first: 8, last: 9 };
      const holds = (scope: RetentionScope) => [{ id: 'H-1', scope, reason: 'A lawsuit.' }];
      expect(judge(record, now, { events, firm, holds: holds(mine) }).state).toBe('held');
      const without = judge(record, now, { events, firm });
      expect(judge(record, now, { events, firm, holds: holds(others) })).toEqual(without);
    }),
  );
});

test('nothing may go without figures of the firm, nor where the kind of record is not known', () => {
  fc.assert(
    fc.property(someRecord, someEvents, someDay, (record, events, now) => {
      expect(judge(record, now, { events, firm: undefined }).state).toBe('kept');
      const unknown = { ...record, kind: 'something-newer', action: null };
      expect(judge(unknown, now, { events, firm: careful }).state).toBe('open-question');
    }),
  );
});

test('once nothing keeps a record, no later day keeps it again', () => {
  fc.assert(
    fc.property(someRecord, someEvents, someFirm, someDay, (record, events, firm, now) => {
      fc.pre(canGo(judge(record, now, { events, firm }).state));
      expect(canGo(judge(record, dayAfter(now), { events, firm }).state)).toBe(true);
    }),
  );
});

const left = [eventOn('account-closed', '2026-03-31'), eventOn('relationship-ended', '2026-03-31')];

test('a maximum that ends before a minimum is an open question, and a ruling of the firm answers it either way', () => {
  const record = recordOf('customer', '2025-06-01');
  const open = judge(record, '2026-04-01', { firm: careful, events: left });
  expect(open.state).toBe('open-question');
  expect(open.because.join(' ')).toContain(
    'us-account-records keeps it to 2032-03-31, and eu-aml-customer wants it gone after 2031-03-31',
  );
  const ruled = (decides: 'minimum' | 'maximum') => ({
    ...careful,
    rulings: ['us-account-records', 'firm-floor'].map((minimum) => ({
      ...{ minimum, maximum: 'eu-aml-customer', decides },
      reason: 'Counsel said so.',
    })),
  });
  const shorter = judge(record, '2031-04-01', { firm: ruled('maximum'), events: left });
  expect(shorter).toMatchObject({ state: 'must-go', mustGoBy: '2031-03-31' });
  expect(shorter.because).toContain(
    'The firm has ruled that eu-aml-customer goes before us-account-records: Counsel said so.',
  );
  const longer = judge(record, '2033-03-31', { firm: ruled('minimum'), events: left });
  expect(longer).toMatchObject({ state: 'kept', keepUntil: '2033-03-31', mustGoBy: null });
  expect(judge(record, '2033-04-01', { firm: ruled('minimum'), events: left }).state).toBe('may-go');
});

test('a minimum whose clock has not begun becomes an open question once a maximum is over', () => {
  const record = recordOf('customer', '2025-06-01');
  const events = [eventOn('relationship-ended', '2026-03-31')];
  expect(judge(record, '2031-03-31', { events }).state).toBe('waiting-for-event');
  expect(judge(record, '2031-04-01', { events }).state).toBe('open-question');
});

test('the newest word about an event counts, and one that was taken back starts no clock', () => {
  const record = recordOf('blocked-property', '2026-01-01');
  const at = (...days: (string | null)[]) =>
    judge(record, '2050-01-01', { events: days.map((day) => eventOn('unblocked', day)) });
  expect(at('2026-05-01', '2027-05-01').keepUntil).toBe('2037-05-01');
  expect(at('2027-05-01', '2026-05-01').keepUntil).toBe('2036-05-01');
  expect(at('2026-05-01', null).state).toBe('waiting-for-event');
});

test('the floor of the firm lengthens what is shorter, from the event of each class, and an exception leaves a class alone', () => {
  const record = recordOf('surveillance', '2026-01-01');
  const without = {
    ...careful,
    exempt: recordClasses
      .filter(({ id }) => id !== 'us-exception-reports')
      .map(({ id }) => ({ class: id, reason: 'No.' })),
  };
  expect(judge(record, '2026-01-02', { firm: without }).keepUntil).toBe('2033-01-01');
  const except = { years: 7, except: [{ class: 'us-exception-reports', reason: 'Eighteen months are enough.' }] };
  expect(judge(record, '2026-01-02', { firm: { ...without, floor: except } }).keepUntil).toBe('2027-07-01');
});

test('where no class of the law binds the firm, its floor alone keeps the record', () => {
  const firm: FirmFigures = { ...careful, flags: ['through-a-broker'] };
  const answer = judge(recordOf('trading', '2026-01-01'), '2026-06-01', { firm });
  expect(answer).toMatchObject({ classes: ['firm-floor'], keepUntil: '2033-01-01', state: 'kept' });
});

test('a law that is not in force yet binds nobody', () => {
  const rules = recordClasses.map((one) => ({ ...one, periods: [{ from: '2030-01-01', minimum: 240 }] }));
  const record = recordOf('trading', '2026-01-01');
  expect(judge(record, '2029-12-31', { rules }).classes).toEqual(['firm-floor']);
  expect(judge(record, '2030-01-01', { rules }).keepUntil).toBe('2046-12-31');
});

test('a hold counts for what it may hold, an event only for what it surely holds', () => {
  const fill = recordOf('trading', '2026-02-10');
  const named = { ...fill, about: { account: 'A-1', instrument: 'SPY' } };
  const other: RetentionScope = { kind: 'instrument', instrument: 'QQQ' };
  expect([mayBeIn(other, fill), mayBeIn(other, named), isSurelyIn(other, fill)]).toEqual([true, false, false]);
  expect(mayBeIn({ kind: 'account', account: 'A-1' }, named)).toBe(true);
  expect(isSurelyIn({ kind: 'account', account: 'A-1' }, named)).toBe(true);
  expect(isSurelyIn({ kind: 'instrument', instrument: 'SPY' }, named)).toBe(true);
  expect(mayBeIn({ kind: 'account', account: 'A-2' }, named)).toBe(false);
  expect(mayBeIn({ kind: 'subject', subject: 'c-2' }, named)).toBe(true);
  expect(mayBeIn({ kind: 'account', account: 'A-2' }, recordOf('customer', '2026-02-10'))).toBe(true);
  expect(mayBeIn({ kind: 'subject', subject: 'c-2' }, recordOf('customer', '2026-02-10'))).toBe(false);
  expect([
    isSurelyIn({ kind: 'account', account: 'A-1' }, fill),
    mayBeIn({ kind: 'account', account: 'A-1' }, fill),
  ]).toEqual([false, true]);
  expect(mayBeIn(other, recordOf('hub-acts', '2026-02-10'))).toBe(false);
  const row = { ...fill, first: 10, last: 20 };
  expect(isSurelyIn({ kind: 'records', first: 10, last: 20 }, row)).toBe(true);
  expect(isSurelyIn({ kind: 'records', first: 11, last: 20 }, row)).toBe(false);
  expect(mayBeIn({ kind: 'records', first: 20, last: 30 }, row)).toBe(true);
  expect(mayBeIn({ kind: 'records', first: 21, last: 30 }, row)).toBe(false);
  const months = (from?: string, to?: string): RetentionScope => ({ kind: 'class', class: 'trading', from, to });
  expect(
    [months(), months('2026-02', '2026-02'), months('2026-03'), months(undefined, '2026-01')].map((one) =>
      mayBeIn(one, row),
    ),
  ).toEqual([true, true, false, false]);
});

test('scopes and figures that contradict themselves are refused', () => {
  const scope = (value: unknown) => () => decode(RetentionScope, value, 'a scope');
  expect(scope({ kind: 'records', first: 2, last: 1 })).toThrow('it ends before it begins');
  expect(scope({ kind: 'class', class: 'trading', from: '2026-02', to: '2026-01' })).toThrow(
    'it ends before it begins',
  );
  expect(scope({ kind: 'class', class: 'nothing' })).toThrow();
  const figures = (change: object) => () => decode(FirmFigures, { ...careful, ...change }, 'figures');
  expect(figures({})()).toEqual(careful);
  expect(figures({ floor: { years: 0, except: [] } })).toThrow();
  expect(figures({ yearEnd: '02-30' })).toThrow();
  expect(figures({ flags: ['us-broker-dealer', 'us-broker-dealer'] })).toThrow('a flag is named twice');
  const twice = { class: 'us-ledgers', reason: 'No.' };
  expect(figures({ exempt: [twice, twice] })).toThrow('a class is named twice');
  expect(figures({ exempt: [{ class: 'nothing', reason: 'No.' }] })).toThrow('not a retention class');
  for (const id of ['firm-disposals', 'firm-documents', 'firm-audit-trail']) {
    expect(figures({ exempt: [{ class: id, reason: 'No.' }] }), id).toThrow('binds every firm');
  }
  const ruling = { minimum: 'firm-floor', maximum: 'eu-aml-customer', decides: 'maximum', reason: 'So.' };
  expect(figures({ rulings: [ruling, ruling] })).toThrow('a collision is ruled twice');
});

test('scopes are said in words', () => {
  const words = [
    { kind: 'subject', subject: 'c-1' },
    { kind: 'account', account: 'A-1' },
    { kind: 'instrument', instrument: 'SPY' },
    { kind: 'records', first: 1, last: 9 },
    { kind: 'class', class: 'trading' },
    { kind: 'class', class: 'trading', to: '2026-01' },
    { kind: 'class', class: 'trading', from: '2026-01' },
  ] as const;
  expect(words.map((scope) => scopeText(scope))).toEqual([
    'subject c-1',
    'account A-1',
    'instrument SPY',
    'leaves 1 to 9',
    'class trading',
    'class trading, the first month to 2026-01',
    'class trading, 2026-01 to the last month',
  ]);
});

test('records that can only go together go when the last of them may', () => {
  expect(stateOfAll(['may-go', 'must-go'])).toBe('must-go');
  expect(stateOfAll(['must-go', 'kept', 'waiting-for-event'])).toBe('waiting-for-event');
  expect(stateOfAll(['open-question', 'held'])).toBe('held');
  expect(stateOfAll([])).toBeUndefined();
});

test('an end of use that is taken back, or comes later, for some leaves of a row keeps the whole row', () => {
  const row: JudgedRecord = { ...recordOf('market-access', '2026-01-05'), subject: undefined, first: 50, last: 300 };
  const firm = onlyClass('us-risk-controls');
  const whole = { event: 'end-of-use', scope: { kind: 'class', class: 'market-access' }, day: '2026-02-01' } as const;
  const some = { event: 'end-of-use', scope: { kind: 'records', first: 100, last: 120 } } as const;
  const others = { event: 'end-of-use', scope: { kind: 'records', first: 400, last: 420 }, day: null } as const;
  const stateBy = (...events: RetentionFacts['events']) => judge(row, '2031-01-01', { events, firm }).state;
  expect(stateBy(whole)).toBe('may-go');
  expect(stateBy(whole, others)).toBe('may-go');
  expect(stateBy(whole, { ...some, day: null })).toBe('waiting-for-event');
  expect(stateBy(whole, { ...some, day: '2030-12-01' })).toBe('kept');
  expect(stateBy(whole, { ...some, day: null }, { ...some, day: '2026-03-01' })).toBe('may-go');
  expect(stateBy({ ...some, day: null }, whole)).toBe('may-go');
});
