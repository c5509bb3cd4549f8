import type { FaultAnswer, RequestFault } from './faults.ts';
import type { WireEntry } from './wire-log.ts';

/** One request on its way through the faults: how the venue would answer, and what the connection can do with an answer. */
export interface Exchange<Answer> {
  readonly fault: RequestFault | undefined;
  readonly entry: WireEntry;
  /** Lets the venue do what was asked. */
  readonly handle: () => Answer;
  /** The answer that a fault puts in place of the venue's. */
  readonly instead: (answer: FaultAnswer) => Answer;
  /** What the log keeps of an answer. */
  readonly describe: (answer: Answer) => { readonly status: number; readonly text: string };
  readonly send: (answer: Answer) => void;
  /** Sends a part and breaks the connection. */
  readonly cut: (answer: Answer) => void;
  readonly reset: () => void;
  /** Calls back after a while, whether or not the client is still there: what is under way arrives. */
  readonly later: (ms: number, then: () => void) => void;
}

/** Runs one request under the fault that strikes it, if one does. */
export function runExchange<Answer>(exchange: Exchange<Answer>): void {
  const { fault, entry, send, later } = exchange;
  if (fault === undefined) {
    send(done(exchange));
    return;
  }
  entry.fault = fault.kind;
  switch (fault.kind) {
    case 'lose-request':
      if (fault.how === 'reset') exchange.reset();
      return;
    case 'delay-request':
      later(fault.ms, () => send(done(exchange)));
      return;
    case 'error-before':
      entry.status = fault.answer.status;
      send(exchange.instead(fault.answer));
      return;
    case 'repeat-request': {
      const first = done(exchange);
      exchange.handle();
      send(first);
      return;
    }
    case 'drop-answer':
      done(exchange);
      if (fault.how === 'reset') exchange.reset();
      return;
    case 'delay-answer': {
      const answer = done(exchange);
      later(fault.ms, () => send(answer));
      return;
    }
    case 'error-after':
      done(exchange);
      send(exchange.instead(fault.answer));
      return;
    case 'partial-answer':
      exchange.cut(done(exchange));
      return;
  }
}

function done<Answer>({ entry, handle, describe }: Exchange<Answer>): Answer {
  const answer = handle();
  const { status, text } = describe(answer);
  entry.status = status;
  entry.answer = text;
  return answer;
}
