import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { ZERO } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { message, request } from '../emulators/kit/faults.ts';
import {
  anOrder,
  aRestingOrder,
  type CcxtSession,
  hears,
  isUpAgain,
  openSession,
  quote,
  soon,
  startExchange,
} from './ccxt-session.ts';

const REPORTS: readonly (readonly [string, (session: CcxtSession) => unknown])[] = [
  [
    'every report is lost',
    ({ emulator }) => emulator.faults.onMessage({ kind: 'drop' }, { match: message('executionReport'), times: 100 }),
  ],
  [
    'the first execution is lost',
    ({ emulator }) => emulator.faults.onMessage({ kind: 'drop' }, { match: message('"x":"TRADE"') }),
  ],
  [
    'every report comes twice',
    ({ emulator }) =>
      emulator.faults.onMessage({ kind: 'duplicate' }, { match: message('executionReport'), times: 100 }),
  ],
  [
    'the acceptance comes last',
    ({ emulator }) => emulator.faults.onMessage({ kind: 'reorder', behind: 4 }, { match: message('"x":"NEW"') }),
  ],
  [
    'an execution is overtaken',
    ({ emulator }) => emulator.faults.onMessage({ kind: 'reorder', behind: 1 }, { match: message('"x":"TRADE"') }),
  ],
  [
    'the connection breaks in the middle of a report',
    ({ emulator }) => emulator.faults.onMessage({ kind: 'cut' }, { match: message('"x":"TRADE"') }),
  ],
  [
    'the connection ends instead of a report',
    ({ emulator }) => emulator.faults.onMessage({ kind: 'disconnect' }, { match: message('"x":"TRADE"') }),
  ],
  [
    'the stream falls silent for good',
    ({ emulator }) => emulator.faults.onMessage({ kind: 'mute' }, { match: message('"x":"TRADE"') }),
  ],
];

test.each(REPORTS)('%s: each thing is told once, in order', async (_, breakIt) => {
  const session = await openSession();
  const levels = ['101.00', '102.00', '103.00'].map((at) => [at, '1'] as const);
  session.emulator.advance({ kind: 'book', symbol: 'BTCUSDT', isSnapshot: true, bids: [['99.00', '5']], asks: levels });
  breakIt(session);
  await session.submit(anOrder('O-1', { quantity: quantity('3'), limitPrice: price('103.00') }));
  await hears(session, ...['O-1 accepted', 'O-1 filled 1 at 101', 'O-1 filled 1 at 102', 'O-1 filled 1 at 103 last']);
  await soon(() => expect(session.links().at(-1)).toBe('up'));
  expect(session.told()).toHaveLength(4);
});

test('a silent stream is found within its limit, and the link says so before it says anything else', async () => {
  const session = await openSession();
  session.emulator.faults.onMessage(
    { kind: 'mute' },
    { match: ({ topic }) => topic.startsWith('user') || topic === 'ws-api' },
  );
  await session.submit(aRestingOrder('O-1'));
  const mutedAt = performance.now();
  await soon(() => expect(session.links()).toContain('stale'));
  expect(performance.now() - mutedAt).toBeLessThan(1_200 + 300);
  await isUpAgain(session);
  await hears(session, 'O-1 accepted');
});

test.each([
  [
    'the user stream loses its subscription',
    ({ emulator }: CcxtSession) => {
      emulator.faults.onMessage({ kind: 'drop' }, { match: message('eventStreamTerminated') });
      emulator.terminateUserStreams();
    },
  ],
  [
    'the market stream falls silent',
    ({ emulator }: CcxtSession) => {
      emulator.faults.onMessage({ kind: 'mute' }, { match: ({ topic }) => topic === 'btcusdt@bookTicker' });
      quote(emulator, '100.50', '101.50');
    },
  ],
])('%s, while everything else lives: it is found in time all the same', async (_, breakIt) => {
  const session = await openSession();
  breakIt(session);
  const brokenAt = performance.now();
  await soon(() => expect(session.links()).toContain('stale'));
  expect(performance.now() - brokenAt).toBeLessThan(1_200 + 300);
  await isUpAgain(session);
  await session.submit(aRestingOrder('O-1'));
  await hears(session, 'O-1 accepted');
});

const BREAKS: readonly (readonly [string, (session: CcxtSession) => void])[] = [
  ['both sockets break', ({ emulator }) => emulator.dropSockets()],
  ['the exchange ends the user stream and leaves the socket', ({ emulator }) => emulator.terminateUserStreams()],
];

test.each(BREAKS)('%s: what happened meanwhile is told before the link is up', async (_, breakIt) => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  await session.submit(aRestingOrder('O-2', { limitPrice: price('91.00') }));
  await hears(session, 'O-1 accepted', 'O-2 accepted');
  breakIt(session);
  quote(session.emulator, '90.20', '90.50');
  session.emulator.cancelByHand('O-1');
  await isUpAgain(session);
  const after = session.events.slice(
    session.events.findIndex((event) => event.kind === 'link' && event.state === 'down'),
  );
  expect(session.told().slice(2)).toEqual(['O-2 filled 1 at 91 last', 'O-1 cancelled']);
  expect(after.at(-1)).toMatchObject({ kind: 'link', state: 'up' });
});

test('a pulled plug is noticed, orders are refused as not sent, and all is told once it is back', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  await hears(session, 'O-1 accepted');
  await session.emulator.unplug();
  await soon(() => expect(session.links().at(-1)).not.toBe('up'));
  await expect(session.submit(aRestingOrder('O-2'))).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
  quote(session.emulator, '80.00', '81.00');
  await session.emulator.plug();
  await isUpAgain(session);
  expect(session.told()).toEqual(['O-1 accepted', 'O-1 filled 1 at 90 last']);
  expect(session.links().filter((state) => state === 'up')).toHaveLength(2);
});

test('what a person does at the exchange’s own page is told: as ours where it is, as foreign where it is not', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  await session.submit(aRestingOrder('O-2'));
  session.emulator.cancelByHand('O-1');
  session.emulator.expireByVenue('O-2');
  const parameters = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1', newClientOrderId: 'web_77' };
  session.emulator.placeByHand('main', parameters);
  await soon(() => expect(session.told().filter((line) => line === 'foreign').length).toBeGreaterThan(0));
  expect(session.told().filter((line) => line.startsWith('O-'))).toEqual([
    'O-1 accepted',
    'O-2 accepted',
    'O-1 cancelled',
    'O-2 expired',
  ]);
});

test('a REST service that fails while both streams live takes the link down, and up again', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  const match = request('GET', '/api/v3/openOrders');
  session.emulator.faults.onRequest({ kind: 'error-before', answer: { status: 503 } }, { match, times: 3 });
  await soon(() => expect(session.links()).toContain('down'));
  await isUpAgain(session);
  expect(session.told()).toEqual(['O-1 accepted']);
});

test('working orders of a process before are not told again, and their end is', async () => {
  const emulator = await startExchange();
  const first = await openSession({ at: emulator });
  await first.submit(aRestingOrder('O-1', { quantity: quantity('2') }));
  await hears(first, 'O-1 accepted');
  await first.venue.close();
  const second = await openSession({
    at: emulator,
    working: [{ order: aRestingOrder('O-1', { quantity: quantity('2') }), filled: ZERO }],
  });
  expect(second.told()).toEqual([]);
  emulator.cancelByHand('O-1');
  await hears(second, 'O-1 cancelled');
});

test('a working order of a process before that the exchange has archived since is told as over', async () => {
  const emulator = await startExchange({ queries: { archiveAfterMs: 0 } });
  const first = await openSession({ at: emulator });
  await first.submit(aRestingOrder('O-1'));
  await first.venue.close();
  emulator.cancelByHand('O-1');
  await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await openSession({ at: emulator, working: [{ order: aRestingOrder('O-1'), filled: ZERO }] });
  expect(second.told()).toEqual(['O-1 cancelled']);
});
