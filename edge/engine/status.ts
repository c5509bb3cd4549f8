import type { Decision } from '@gatehouse/compliance/gate.ts';
import type { ActiveHalt } from '@gatehouse/compliance/own-facts.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { TradingState } from '@gatehouse/shared/schema/decision.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { EdgeStatus, RefusedOrder } from '../sync/parent-link.ts';
import type { Uplink } from '../sync/uplink.ts';
import type { Book } from './book.ts';
import type { ContactStanding } from './contact-standing.ts';
import type { TradingIdentity } from './order-builder.ts';
import type { ReplayOutcome, ReplayProgress } from './replay.ts';

/** What is shown of a running edge, put together when somebody asks. */
export interface StatusBoard {
  reach(progress: ReplayProgress): void;
  end(outcome: ReplayOutcome): void;
  watch(uplink: Uplink | undefined): void;
  /** Asks, with each status, how orders and books stand, beside what is on record. */
  watchOrders(ask: () => OrderStanding): void;
  /** Asks, with each status, whether everything is stopped in memory, whatever the records say. */
  watchHalts(isHalted: () => boolean): void;
  status(): EdgeStatus;
}

/** How orders and books stand, beside what is on record. */
export type OrderStanding = Pick<EdgeStatus, 'unresolved' | 'held' | 'link' | 'doubts'>;

/** Where the board looks. */
export interface StatusBoardDeps {
  readonly edge: string;
  readonly run: string;
  readonly book: Book;
  readonly journal: Pick<Journal, 'head' | 'durableSeq'>;
  readonly instrument: Instrument;
  readonly identity: TradingIdentity;
  readonly contact: () => ContactStanding;
}

/** A board of one run. */
export function createStatusBoard(deps: StatusBoardDeps): StatusBoard {
  const { edge, run, book, journal, instrument, identity } = deps;
  let progress: ReplayProgress = { done: 0, bars: 0, day: '' };
  let phase: EdgeStatus['phase'] = 'replaying';
  let uplink: Uplink | undefined;
  let isHalted = (): boolean => false;
  let standing = (): OrderStanding => ({});
  return {
    reach: (reached) => {
      progress = reached;
    },
    end: (outcome) => {
      phase = outcome;
    },
    watch: (started) => {
      uplink = started;
    },
    watchOrders: (ask) => {
      standing = ask;
    },
    watchHalts: (ask) => {
      isHalted = ask;
    },
    status: () => ({
      edge,
      run,
      phase,
      ...progress,
      account: identity.account,
      currency: instrument.currency,
      equity: book.valuation === undefined ? undefined : toText(book.valuation.equity),
      position: toText(book.position(identity.account, instrument.id).quantity),
      openOrders: book.openCount,
      ...standing(),
      haltEpoch: book.own.haltEpoch,
      trading: isHalted() ? 'halted' : firmState(book.own.halts() ?? []),
      halts: (book.own.halts() ?? []).map(({ id, scopes, level }) => ({ id, scopes, level })),
      contact: deps.contact(),
      tally: book.tally,
      headSeq: journal.head.seq,
      durableSeq: journal.durableSeq,
      uplink: uplink?.state,
    }),
  };
}

/** The state of the whole firm at this edge; a halt of a part of it is listed beside. */
function firmState(halts: readonly ActiveHalt[]): TradingState {
  const ofFirm = halts.filter(({ scopes }) => scopes.every((scope) => scope === 'firm'));
  if (ofFirm.some(({ level }) => level !== 'pause')) return 'halted';
  return ofFirm.length > 0 ? 'reducing' : 'active';
}

/** A refusal in the words of the controls that refused. */
export function refusalOf({ order, rows }: Decision, { day }: Bar): RefusedOrder {
  const refusing = rows.filter((row) => row.verdict === 'refuse');
  return {
    order: order.id,
    algorithm: order.algorithm.id,
    day,
    controls: [...new Set(refusing.map((row) => row.control))],
    reasons: refusing.map((row) => row.reason),
  };
}
