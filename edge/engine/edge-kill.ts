import { parseScope } from '@gatehouse/compliance/scopes.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { IncidentBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { asQuantity } from '@gatehouse/shared/values/amounts.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { isZero } from '@gatehouse/shared/values/decimal.ts';
import type { Journal } from '../journal/journal-types.ts';
import { createKillFile, type KillFile } from '../kill/kill-file.ts';
import { closingOrderId } from '../kill/kill-memory.ts';
import { createKillSwitch, type KillSwitch } from '../kill/kill-switch.ts';
import type { ClosingDesk, ClosingOrder, HeldPosition } from '../kill/kill-types.ts';
import type { Venue } from '../venues/venue.ts';
import type { Book } from './book.ts';
import type { Engine } from './engine.ts';
import type { TradingIdentity } from './order-builder.ts';

/** What the kill switch of an edge is put together from. */
export interface EdgeKillDeps {
  /** The edge's data folder, which the file of kills lies in. */
  readonly root: string;
  readonly book: Book;
  readonly journal: Pick<Journal, 'durable'>;
  readonly engine: Engine;
  readonly venue: Venue;
  readonly instrument: Instrument;
  readonly identity: TradingIdentity;
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly onAlarm: (incident: IncidentBody) => void;
}

/** The switch of an edge, and the file beside its journal that it keeps. */
export interface EdgeKill {
  readonly killSwitch: KillSwitch;
  readonly killFile: KillFile;
}

const ID_BYTES = 6;

/** The kill switch over the one venue and the one account of an edge. */
export function createEdgeKill(deps: EdgeKillDeps): EdgeKill {
  const { book, engine, venue, instrument } = deps;
  const killFile = createKillFile(deps.root);
  const killSwitch = createKillSwitch({
    ...deps,
    own: book.own,
    memory: book.kills,
    recorder: engine.recorder,
    venues: new Map([[instrument.venue, venue]]),
    killFile,
    closing: createClosingDesk(deps),
    settle: (order, answer) => engine.settleOne(order, answer),
    sleep: sleepUnless,
    newId: (prefix) => newId(deps.random, prefix),
  });
  return { killSwitch, killFile };
}

/** An id that no other of this edge has. */
export function newId(random: (bytes: number) => Uint8Array, prefix: string): string {
  return `${prefix}${Buffer.from(random(ID_BYTES)).toString('hex')}`;
}

function createClosingDesk(deps: EdgeKillDeps): ClosingDesk {
  const { engine } = deps;
  return {
    positions: (scopes) => heldIn(deps, scopes),
    propose: ({ kill, account, instrument, side, quantity }: ClosingOrder) => {
      // The place in the journal never comes twice, also not after a restart, so no order's id does.
      const id = closingOrderId(kill, engine.recorder.nextSeq);
      return engine.close({ id, account, instrument, side, quantity: asQuantity(quantity) });
    },
  };
}

/** An algorithm holds what its own fills made; anything else holds what the account holds. */
function heldIn({ book, instrument, identity }: EdgeKillDeps, scopes: readonly ScopeText[]): readonly HeldPosition[] {
  const parsed = scopes.map(parseScope);
  const algorithm = parsed.find(({ kind }) => kind === 'algorithm')?.id;
  const isOurs = parsed.every(({ kind, id }) => isOf(identity, kind, id));
  if (!isOurs) return [];
  return book.positions(identity.account).flatMap(({ instrument: held, position }) => {
    if (!parsed.every(({ kind, id }) => kind !== 'instrument' || id === held)) return [];
    if (!parsed.every(({ kind, id }) => kind !== 'venue' || id === instrument.venue)) return [];
    const quantity = algorithm === undefined ? position.quantity : book.held(algorithm, held);
    if (isZero(quantity)) return [];
    const place = { account: identity.account, instrument: held, venue: instrument.venue };
    return [{ ...place, quantity, ofAccount: position.quantity }];
  });
}

function isOf(identity: TradingIdentity, kind: ReturnType<typeof parseScope>['kind'], id: string): boolean {
  if (kind === 'desk' || kind === 'trader' || kind === 'client' || kind === 'account') return identity[kind] === id;
  return true;
}

/** Waits, or as long as nothing ends the wait. Shape: never rejects. Units: milliseconds. */
export function sleepUnless(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
