import { setTimeout as sleep } from 'node:timers/promises';
import type { BinanceEmulator } from '../emulators/binance/emulator.ts';
import { FAULT_ANSWERS } from '../emulators/binance/fault-answers.ts';
import { type MessageFault, message, type RequestFault, request } from '../emulators/kit/faults.ts';

/** Something that goes wrong at an exchange or on the way to it. */
export interface StreamTrouble {
  readonly name: string;
  make(emulator: BinanceEmulator, random: () => number): Promise<void> | void;
}

const STREAMS = ['depthUpdate', 'aggTrade', '"kline"', 'executionReport', 'bookTicker'] as const;
const ORDER = request('POST', '/api/v3/order');
const AWAY_MS_MAX = 4_000;

const TROUBLES: readonly StreamTrouble[] = [
  ...onStream('a silent stream', () => ({ kind: 'mute' })),
  ...onStream('half a message', () => ({ kind: 'cut' })),
  ...onStream('a stream that breaks', () => ({ kind: 'disconnect' })),
  ...onStream('lost messages', () => ({ kind: 'drop' }), 3),
  ...onStream('doubled messages', () => ({ kind: 'duplicate' }), 5),
  ...onStream('overtaken messages', () => ({ kind: 'reorder', behind: 2 })),
  ...onStream('late messages', (random) => ({ kind: 'delay', ms: 500 + random() * 1_500 })),
  { name: 'all sockets break', make: (emulator) => emulator.dropSockets() },
  { name: 'user streams ended', make: (emulator) => emulator.terminateUserStreams() },
  {
    name: 'the plug is pulled',
    async make(emulator, random) {
      await emulator.unplug();
      await sleep(500 + random() * AWAY_MS_MAX);
      await emulator.plug();
    },
  },
  ...onRequests('429', { kind: 'error-before', answer: FAULT_ANSWERS.tooMany(2) }),
  ...onRequests('418', { kind: 'error-before', answer: FAULT_ANSWERS.banned(4) }),
  ...onRequests('503', { kind: 'error-before', answer: FAULT_ANSWERS.busy }, 4),
  ...onRequests('502 of a gateway', { kind: 'error-before', answer: FAULT_ANSWERS.gateway }, 3),
  ...onOrders('504 after it was done', { kind: 'error-after', answer: FAULT_ANSWERS.timeout }),
  ...onOrders('503 before it was done', { kind: 'error-before', answer: FAULT_ANSWERS.unexpected }),
  ...onOrders('a lost answer', { kind: 'drop-answer', how: 'reset' }),
  ...onOrders('no answer', { kind: 'drop-answer', how: 'silence' }),
  ...onOrders('a lost order', { kind: 'lose-request', how: 'reset' }),
  ...onOrders('half an answer', { kind: 'partial-answer' }),
  ...onOrders('a late answer', { kind: 'delay-answer', ms: 1_000 }),
  ...onOrders('too many orders', { kind: 'error-before', answer: FAULT_ANSWERS.tooMany(2) }),
];

/** The same trouble on each stream. */
function onStream(name: string, fault: (random: () => number) => MessageFault, times = 1): readonly StreamTrouble[] {
  return STREAMS.map((stream) => ({
    name,
    make: ({ faults }, random) => void faults.onMessage(fault(random), { match: message(stream), times }),
  }));
}

/** All troubles in an order by chance, again and again, so that each comes as often as the others. */
export function* inTurn(random: () => number): Generator<StreamTrouble, never> {
  for (;;) {
    const left = [...TROUBLES];
    while (left.length > 0) yield* left.splice(Math.floor(random() * left.length), 1);
  }
}

function onRequests(name: string, fault: RequestFault, times = 1): readonly StreamTrouble[] {
  const match = ({ method }: { readonly method: string }): boolean => method !== 'WS';
  return [{ name, make: ({ faults }) => void faults.onRequest(fault, { match, times }) }];
}

function onOrders(name: string, fault: RequestFault): readonly StreamTrouble[] {
  return [{ name, make: ({ faults }) => void faults.onRequest(fault, { match: ORDER }) }];
}
