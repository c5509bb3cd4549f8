import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect, test } from 'vitest';
import { message, type RequestFault, request } from '../emulators/kit/faults.ts';
import {
  anOrder,
  aRestingOrder,
  type CcxtSession,
  hears,
  isUpAgain,
  openSession,
  sessionAt,
  soon,
  startExchange,
} from './ccxt-session.ts';

const POST = request('POST', '/api/v3/order');
const REFUSED_TEXT = '{"code":-2010,"msg":"Account has insufficient balance for requested action."}';

/** Sends an order and gives back the code of its failure, or that there was none. */
async function codeOf(session: CcxtSession, order = aRestingOrder('O-1')): Promise<string> {
  return session.submit(order).then(
    () => 'sent',
    (error: { code: string }) => error.code,
  );
}

const AFTER: readonly (readonly [string, RequestFault])[] = [
  ['the answer is cut off by a reset', { kind: 'drop-answer', how: 'reset' }],
  ['the answer never comes', { kind: 'drop-answer', how: 'silence' }],
  ['the answer ends in its middle', { kind: 'partial-answer' }],
  [
    'the answer is a gateway’s 504',
    { kind: 'error-after', answer: { status: 504, body: '<html>Gateway Timeout</html>' } },
  ],
  [
    'the answer is a 503 with the text of a refusal',
    { kind: 'error-after', answer: { status: 503, body: REFUSED_TEXT } },
  ],
  ['the answer is -1007', { kind: 'error-after', answer: { status: 400, body: '{"code":-1007,"msg":"Timeout"}' } }],
  ['the answer is no JSON at all', { kind: 'error-after', answer: { status: 200, body: '<html>Hello</html>' } }],
];

test.each(AFTER)('%s after the order was taken: nobody knows, it is asked for, and there is one', async (_, fault) => {
  const session = await openSession();
  session.emulator.faults.onRequest(fault, { match: POST });
  expect(await codeOf(session)).toBe('VENUE_SILENT');
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'working' });
  await hears(session, 'O-1 accepted');
  expect(session.placed('O-1')).toBe(1);
  expect(session.emulator.history.ordersOf('O-1')).toHaveLength(1);
});

const BEFORE: readonly (readonly [string, RequestFault, string])[] = [
  ['the request is lost by a reset', { kind: 'lose-request', how: 'reset' }, 'VENUE_SILENT'],
  ['the request is lost in silence', { kind: 'lose-request', how: 'silence' }, 'VENUE_SILENT'],
  ['a 500 comes before anything was done', { kind: 'error-before', answer: { status: 500 } }, 'VENUE_SILENT'],
  ['a firewall refuses', { kind: 'error-before', answer: { status: 403, body: '<html>WAF</html>' } }, 'VENUE_REFUSED'],
  ['a refusal', { kind: 'error-before', answer: { status: 400, body: REFUSED_TEXT } }, 'VENUE_REFUSED'],
  [
    'a throttle',
    {
      kind: 'error-before',
      answer: { status: 429, headers: { 'retry-after': '1' }, body: '{"code":-1003,"msg":"x"}' },
    },
    'VENUE_REFUSED',
  ],
  ['a ban', { kind: 'error-before', answer: { status: 418, headers: { 'retry-after': '1' } } }, 'VENUE_REFUSED'],
];

test.each(BEFORE)('%s: the order is not there, and is not sent again', async (_, fault, code) => {
  const session = await openSession();
  session.emulator.faults.onRequest(fault, { match: POST });
  expect(await codeOf(session)).toBe(code);
  expect(await session.venue.query('O-1')).toEqual({ state: 'not-found', fills: [] });
  await session.submit(aRestingOrder('O-1')).catch(() => undefined);
  expect(session.placed('O-1')).toBe(1);
});

test('an order that may still be on its way is not called missing before its signature has run out', async () => {
  const session = await openSession();
  session.emulator.faults.onRequest({ kind: 'lose-request', how: 'reset' }, { match: POST });
  const sentAt = performance.now();
  expect(await codeOf(session)).toBe('VENUE_SILENT');
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'not-found' });
  expect(performance.now() - sentAt).toBeGreaterThan(1_500);
});

test('an order that queries do not show yet is found all the same', async () => {
  const session = await openSession({ emulator: { queries: { lagMs: 600 } } });
  session.emulator.faults.onRequest({ kind: 'drop-answer', how: 'reset' }, { match: POST });
  expect(await codeOf(session)).toBe('VENUE_SILENT');
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'working' });
});

test('after a throttle nothing is sent until its time is over', async () => {
  const session = await openSession({ settings: { queue: { max: 100, waitMs: 100 } } });
  const answer = { status: 429, headers: { 'retry-after': '2' }, body: '{"code":-1003,"msg":"Too much weight"}' };
  session.emulator.faults.onRequest({ kind: 'error-before', answer }, { match: POST });
  const atMs = performance.now();
  expect(await codeOf(session)).toBe('VENUE_REFUSED');
  expect(await codeOf(session, aRestingOrder('O-2'))).toBe('VENUE_UNREACHABLE');
  expect(session.placed('O-2')).toBe(0);
  await soon(() => expect(performance.now() - atMs).toBeGreaterThan(2_050));
  await soon(() => expect(session.links().at(-1)).toBe('up'));
  expect(await codeOf(session, aRestingOrder('O-3'))).toBe('sent');
});

test('an order that waits for its turn while trading is stopped never leaves', async () => {
  let isStopped = false;
  const session = await openSession({
    emulator: { limits: { ordersPerTenSeconds: 10 } },
    settings: { queue: { max: 100, waitMs: 20_000 } },
    mayStillGo: () => !isStopped,
  });
  const codes = Array.from({ length: 14 }, (_, count) => codeOf(session, aRestingOrder(`O-${count}`)));
  await soon(() => expect(session.placed('O-0')).toBe(1));
  isStopped = true;
  const all = await Promise.all(codes);
  expect(all).toContain('VENUE_UNREACHABLE');
  expect(session.placed('O-13')).toBe(0);
}, 30_000);

test('the exchange’s limits are kept by its own count: the emulator never has to throttle', async () => {
  const session = await openSession({
    emulator: { limits: { ordersPerTenSeconds: 10 } },
    settings: { queue: { max: 100, waitMs: 50 } },
  });
  const codes = await Promise.all(
    Array.from({ length: 15 }, (_, count) => codeOf(session, aRestingOrder(`O-${count}`))),
  );
  expect(codes.filter((code) => code === 'sent').length).toBeGreaterThan(5);
  expect(session.emulator.log.entries().filter(({ status }) => status === 429 || status === 418)).toEqual([]);
});

test('a clock that jumps at the exchange costs one refusal, is measured, and then orders go through', async () => {
  const session = await openSession();
  session.emulator.clock.shift(-20_000);
  expect(await codeOf(session)).toBe('VENUE_REFUSED');
  expect(await codeOf(session, aRestingOrder('O-2'))).toBe('sent');
  expect(session.emulator.history.ordersOf('O-').map(({ clientOrderId }) => clientOrderId)).toEqual(['O-2']);
});

test('what cannot connect was not sent', async () => {
  const session = await openSession();
  await session.emulator.unplug();
  await soon(() => expect(session.links().at(-1)).not.toBe('up'));
  expect(await codeOf(session)).toBe('VENUE_UNREACHABLE');
  await expect(async () => session.venue.cancel('O-1')).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
});

test.each([
  ['may withdraw', { withdrawals: true }, /may withdraw/],
  ['may not trade', { spotTrading: false }, /may not trade/],
])('a key that %s is refused before anything else', async (_, permissions, words) => {
  const emulator = await startExchange();
  emulator.permit('emulated-key', permissions);
  const session = sessionAt(emulator);
  await expect(session.venue.open?.()).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringMatching(words),
  });
  expect(emulator.userStreams()).toBe(0);
});

test('a key of which the exchange does not say what it may do is refused', async () => {
  const emulator = await startExchange();
  const answer = { status: 404, body: '<html></html>' };
  const match = request('GET', '/sapi/v1/account/apiRestrictions');
  emulator.faults.onRequest({ kind: 'error-before', answer }, { match, times: 10 });
  await expect(sessionAt(emulator).venue.open?.()).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('a test network that does not tell a key’s rights is traded at only where the settings say so, and withdrawal is refused even then', async () => {
  const emulator = await startExchange();
  const match = request('GET', '/sapi/v1/account/apiRestrictions');
  emulator.faults.onRequest({ kind: 'error-before', answer: { status: 404, body: '<html></html>' } }, { match });
  const session = await openSession({ at: emulator, settings: { mayTradeUnasked: true } });
  expect(await codeOf(session)).toBe('sent');
  emulator.permit('emulated-key', { withdrawals: true });
  const second = sessionAt(emulator, { settings: { mayTradeUnasked: true } });
  await expect(second.venue.open?.()).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('a key that is changed at the exchange costs one refusal; the next session takes the new secret by itself', async () => {
  let secret = 'emulated-secret';
  const session = await openSession({ secret: () => ({ key: 'emulated-key', secret }) });
  secret = 'another-secret';
  session.emulator.rotate('emulated-key', secret);
  expect(await codeOf(session)).toBe('VENUE_REFUSED');
  await isUpAgain(session);
  expect(await codeOf(session, aRestingOrder('O-2'))).toBe('sent');
});

test('no line and no failure of a session full of faults holds the secret, the key or a signature', async () => {
  const secret = 'emulated-secret';
  const session = await openSession({ settings: { requestTimeoutMs: 200 } });
  const { emulator } = session;
  const failures: unknown[] = [];
  const keep = (act: () => Promise<unknown> | unknown) =>
    Promise.resolve()
      .then(act)
      .catch((error) => failures.push(error));
  const faults: readonly RequestFault[] = [
    ...AFTER.map(([, fault]) => fault),
    ...BEFORE.slice(0, 4).map(([, fault]) => fault),
  ];
  for (const [count, fault] of faults.entries()) {
    emulator.faults.onRequest(fault, { match: POST });
    await keep(() => session.submit(aRestingOrder(`O-${count}`)));
    emulator.faults.onRequest(fault, { match: ({ method }) => method === 'DELETE' });
    await keep(() => session.venue.cancel(`O-${count}`));
    emulator.faults.onRequest(fault, { match: request('GET', '/api/v3/account'), times: 3 });
    await keep(() => session.venue.account());
    await soon(() => expect(session.links().at(-1)).toBe('up'));
  }
  emulator.rotate('emulated-key', 'nobody-knows-it');
  await keep(() => session.venue.cancel('O-1'));
  await keep(() => session.submit(aRestingOrder('O-last')));
  await soon(() => expect(session.links().at(-1)).toBe('down'));
  const signatures = emulator.log
    .entries()
    .flatMap(({ text, path }) => /signature"?[=:]"?([0-9a-f]{64})/.exec(`${text} ${path}`)?.[1] ?? []);
  expect(failures.length).toBeGreaterThan(20);
  expect(signatures.length).toBeGreaterThan(20);
  const said = [
    ...session.lines,
    ...session.events.map((event) => ('reason' in event ? event.reason : '')),
    ...failures.map(everythingOf),
  ].join('\n');
  for (const word of [secret, 'nobody-knows-it', 'emulated-key', 'signature=', ...signatures])
    expect(said).not.toContain(word);
}, 60_000);

test('under random faults each id is one order, and every order’s fate is known in the end', async () => {
  const session = await openSession({ settings: { requestTimeoutMs: 300, recvWindowMs: 500 } });
  const { emulator, venue } = session;
  const kinds = [...AFTER, ...BEFORE.slice(0, 3)].map(([, fault]) => fault);
  for (let count = 0; count < 30; count += 1) {
    const fault = kinds[(count * 7) % kinds.length];
    if (fault !== undefined && count % 2 === 0) emulator.faults.onRequest(fault, { match: POST });
    if (count % 5 === 3) emulator.faults.onMessage({ kind: 'drop' }, { match: message('executionReport') });
    if (count % 11 === 7) emulator.dropSockets();
    await session.submit(anOrder(`O-${count}`, { quantity: quantity('0.1') })).catch(() => undefined);
  }
  emulator.faults.clear();
  await soon(() => expect(session.links().at(-1)).toBe('up'));
  const made = emulator.history.ordersOf('O-').map(({ clientOrderId }) => clientOrderId);
  expect(new Set(made).size).toBe(made.length);
  expect(emulator.history.acceptedTwice('O-')).toEqual([]);
  await soon(() => {
    const whole = session.told().filter((line) => line.endsWith('last'));
    expect(whole.map((line) => line.split(' ')[0]).sort()).toEqual([...made].sort());
  });
  for (let count = 0; count < 30; count += 1) {
    const { state } = await venue.query(`O-${count}`);
    expect(state).toBe(made.includes(`O-${count}`) ? 'filled' : 'not-found');
  }
  expect(session.told().filter((line) => line.includes('accepted'))).toHaveLength(made.length);
}, 60_000);

/** An error with everything that hangs on it. */
function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.getOwnPropertyNames(error).map((name) =>
    String((error as unknown as Record<string, unknown>)[name]),
  );
  return [...own, error.cause === undefined ? '' : everythingOf(error.cause)].join(' ');
}

test('a cancel that the exchange refuses while the order stands is told as kept', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  const answer = { status: 400, body: '{"code":-2011,"msg":"Unknown order sent."}' };
  session.emulator.faults.onRequest({ kind: 'error-before', answer }, { match: request('DELETE', '/api/v3/order') });
  await session.venue.cancel('O-1');
  await hears(session, 'O-1 accepted', 'O-1 kept');
});

test('a cancel without an answer is silent, and its effect is told', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  session.emulator.faults.onRequest(
    { kind: 'drop-answer', how: 'reset' },
    { match: request('DELETE', '/api/v3/order') },
  );
  await expect(async () => session.venue.cancel('O-1')).rejects.toMatchObject({ code: 'VENUE_SILENT' });
  await hears(session, 'O-1 accepted', 'O-1 cancelled');
});
