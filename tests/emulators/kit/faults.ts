/** How a connection fails: at once and visibly, or by nothing ever coming. */
export type Failure = 'reset' | 'silence';

/**
 * What goes wrong with one request and its answer.
 *
 * Shape: `lose-request` never reaches the venue; `drop-answer`, `partial-answer` and `error-after` happen when the venue has
 *        already done what was asked; `error-before` is the venue's refusal without doing anything; `repeat-request` does it
 *        twice, as a proxy that sends again would.
 */
export type RequestFault =
  | { readonly kind: 'lose-request'; readonly how: Failure }
  | { readonly kind: 'delay-request'; readonly ms: number }
  | { readonly kind: 'error-before'; readonly answer: FaultAnswer }
  | { readonly kind: 'repeat-request' }
  | { readonly kind: 'drop-answer'; readonly how: Failure }
  | { readonly kind: 'delay-answer'; readonly ms: number }
  | { readonly kind: 'error-after'; readonly answer: FaultAnswer }
  | { readonly kind: 'partial-answer' };

/** An answer in place of the venue's own. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * What goes wrong with one message that the venue sends by itself.
 *
 * Shape: `replace` sends another text in its place; a `delay` holds the message and all behind it, as one connection does; `reorder` lets the next `behind` messages of the
 *        connection pass first; `cut` sends half of the frame and breaks the connection; `disconnect` sends nothing and breaks it;
 *        `mute` leaves the connection open and lets nothing out of it any more, pongs neither.
 */
export type MessageFault =
  | { readonly kind: 'drop' }
  | { readonly kind: 'replace'; readonly by: (text: string) => string }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'reorder'; readonly behind: number }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'mute' };

/** What a request fault is matched against; a request in a socket has the method `WS` and its own method as the path. */
export interface RequestSight {
  readonly method: string;
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What a message fault is matched against. Shape: `topic` is the venue's name of the stream, `text` the message itself. */
export interface MessageSight {
  readonly topic: string;
  readonly text: string;
}

/** When a fault strikes. Shape: it lets `skip` matches pass, then strikes `times` of them. */
export interface Arming<Sight> {
  readonly match?: (sight: Sight) => boolean;
  readonly skip?: number;
  readonly times?: number;
}

/** A fault that was armed, for a test to look at and to take back. */
export interface ArmedFault {
  /** How often it struck. */
  hits(): number;
  disarm(): void;
}

/** The script of faults of one emulator; the first armed fault that matches strikes, and only that one. */
export interface FaultPlan {
  onRequest(fault: RequestFault, arming?: Arming<RequestSight>): ArmedFault;
  onMessage(fault: MessageFault, arming?: Arming<MessageSight>): ArmedFault;
  takeForRequest(sight: RequestSight): RequestFault | undefined;
  takeForMessage(sight: MessageSight): MessageFault | undefined;
  /** Disarms everything. */
  clear(): void;
}

interface Armed<Fault, Sight> {
  readonly fault: Fault;
  readonly match: (sight: Sight) => boolean;
  skip: number;
  left: number;
  hits: number;
}

/** A test that arms more than this at once has a loop in it. */
const ARMED_MAX = 10_000;

/** An empty script. */
export function createFaultPlan(): FaultPlan {
  const requests: Armed<RequestFault, RequestSight>[] = [];
  const messages: Armed<MessageFault, MessageSight>[] = [];
  return {
    onRequest: (fault, arming) => arm(requests, fault, arming),
    onMessage: (fault, arming) => arm(messages, fault, arming),
    takeForRequest: (sight) => take(requests, sight),
    takeForMessage: (sight) => take(messages, sight),
    clear() {
      requests.length = 0;
      messages.length = 0;
    },
  };
}

function arm<Fault, Sight>(
  list: Armed<Fault, Sight>[],
  fault: Fault,
  { match = () => true, skip = 0, times = 1 }: Arming<Sight> = {},
): ArmedFault {
  if (list.length >= ARMED_MAX) throw new RangeError(`${ARMED_MAX} faults are armed already`);
  const armed: Armed<Fault, Sight> = { fault, match, skip, left: times, hits: 0 };
  list.push(armed);
  return {
    hits: () => armed.hits,
    disarm() {
      armed.left = 0;
    },
  };
}

function take<Fault, Sight>(list: Armed<Fault, Sight>[], sight: Sight): Fault | undefined {
  for (const [index, armed] of list.entries()) {
    if (armed.left === 0 || !armed.match(sight)) continue;
    if (armed.skip > 0) {
      armed.skip -= 1;
      continue;
    }
    armed.left -= 1;
    armed.hits += 1;
    if (armed.left === 0) list.splice(index, 1);
    return armed.fault;
  }
  return undefined;
}

/** A match for requests: the method and the path exactly, parameters where named. */
export function request(
  method: string,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): (sight: RequestSight) => boolean {
  return (sight) =>
    sight.method === method &&
    sight.path === path &&
    Object.entries(parameters).every(([name, value]) => sight.parameters.get(name) === value);
}

/** A match for messages whose text holds all of the parts. */
export function message(...parts: readonly string[]): (sight: MessageSight) => boolean {
  return ({ text }) => parts.every((part) => text.includes(part));
}
