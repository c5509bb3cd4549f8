import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { runExchange } from './exchange.ts';
import type { FaultAnswer, FaultPlan, MessageFault, RequestSight } from './faults.ts';
import { createTimers, type Timers } from './timers.ts';
import type { WireLog } from './wire-log.ts';

/** A request inside a socket, with the two ways in which it can be answered. */
export interface LineRequest extends Omit<RequestSight, 'method'> {
  readonly text: string;
  readonly handle: () => string;
  /** The frame for an answer that a fault gives in the venue's place. */
  readonly instead: (answer: FaultAnswer) => string;
}

/** One WebSocket connection of a client, with every message of the venue passing the script of faults. */
export interface SocketLine {
  readonly id: number;
  /** The path and query that the client connected to. */
  readonly url: string;
  /** Sends a message of the venue's own. Shape: `topic` is what fault scripts and tests call the stream. */
  send(topic: string, text: string): void;
  /** Answers a request under the script's request faults. */
  exchange(request: LineRequest): void;
  isOpen(): boolean;
  close(code: number, reason: string): void;
  /** Breaks the connection without a closing frame. */
  terminate(): void;
}

interface Deps {
  readonly id: number;
  readonly url: string;
  readonly socket: WebSocket;
  readonly raw: Duplex;
  readonly faults: FaultPlan;
  readonly log: WireLog;
  readonly timers: Timers;
}

type Item = { readonly text: string; readonly ends?: 'cut' | 'disconnect'; readonly notBeforeMs?: number };

/** A client that lets this much pile up is cut off, as an exchange does with slow readers. */
const QUEUE_MAX = 20_000;
const BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

/** Wraps one accepted WebSocket. */
export function createSocketLine(deps: Deps): SocketLine {
  const { id, url, socket, raw, faults, log } = deps;
  const queue: Item[] = [];
  const held: { readonly item: Item; behind: number }[] = [];
  const own = createTimers();
  let muted = false;

  socket.on('ping', (data) => {
    if (!muted && isOpen()) socket.pong(data);
  });
  socket.on('close', () => {
    own.clear();
    queue.length = 0;
    held.length = 0;
  });

  function flush(): void {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const waitMs = (head.notBeforeMs ?? 0) - Date.now();
      if (waitMs > 0) {
        own.later(waitMs, flush);
        return;
      }
      queue.shift();
      write(head);
    }
  }

  function write({ text, ends }: Item): void {
    if (!isOpen()) return;
    if (ends === 'disconnect') {
      socket.terminate();
      return;
    }
    if (ends === 'cut') {
      // Whatever followed would be read as the rest of the frame.
      muted = true;
      queue.length = 0;
      raw.write(halfFrame(text), () => socket.terminate());
      return;
    }
    socket.send(text);
    if (socket.bufferedAmount > BUFFERED_BYTES_MAX) socket.terminate();
  }

  function push(item: Item): void {
    if (queue.length >= QUEUE_MAX) {
      socket.terminate();
      return;
    }
    queue.push(item);
    if (queue.length === 1) flush();
  }

  function pass(text: string): void {
    push({ text });
    for (const waiting of held) waiting.behind -= 1;
    for (let index = held.length - 1; index >= 0; index -= 1) {
      const waiting = held[index];
      if (waiting === undefined || waiting.behind > 0) continue;
      held.splice(index, 1);
      push(waiting.item);
    }
  }

  function strike(fault: MessageFault, text: string): void {
    switch (fault.kind) {
      case 'drop':
        return;
      case 'replace':
        pass(fault.by(text));
        return;
      case 'duplicate':
        pass(text);
        pass(text);
        return;
      case 'reorder':
        held.push({ item: { text }, behind: fault.behind });
        return;
      case 'delay':
        push({ text, notBeforeMs: Date.now() + fault.ms });
        return;
      case 'cut':
      case 'disconnect':
        push({ text, ends: fault.kind });
        return;
      case 'mute':
        muted = true;
        return;
    }
  }

  function isOpen(): boolean {
    return socket.readyState === socket.OPEN;
  }

  return {
    id,
    url,
    isOpen,
    send(topic, text) {
      if (!isOpen()) return;
      const entry = log.add({ direction: 'out', connection: id, method: 'MESSAGE', path: topic, text });
      if (muted) {
        entry.fault = 'mute';
        return;
      }
      const fault = faults.takeForMessage({ topic, text });
      if (fault === undefined) {
        pass(text);
        return;
      }
      entry.fault = fault.kind;
      strike(fault, text);
    },
    exchange({ path, parameters, text, handle, instead }) {
      const entry = log.add({ direction: 'in', connection: id, method: 'WS', path, text });
      runExchange<string>({
        fault: faults.takeForRequest({ method: 'WS', path, parameters }),
        entry,
        handle,
        instead,
        describe: (answer) => ({ status: 200, text: answer }),
        send(answer) {
          if (!muted) pass(answer);
        },
        cut: (answer) => push({ text: answer, ends: 'cut' }),
        reset: () => socket.terminate(),
        later: deps.timers.later,
      });
    },
    close(code, reason) {
      socket.close(code, reason);
    },
    terminate() {
      socket.terminate();
    },
  };
}

/** The start of an unmasked text frame that announces more than it carries. */
function halfFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = payload.length < 126 ? Buffer.from([0x81, payload.length]) : longHeader(payload.length);
  return Buffer.concat([header, payload.subarray(0, Math.floor(payload.length / 2))]);
}

function longHeader(length: number): Buffer {
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x81;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
