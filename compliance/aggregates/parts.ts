import type { Cash } from './cash.ts';
import type { DoneIds } from './done-ids.ts';
import type { Halts } from './halts.ts';
import type { Holdings } from './holdings.ts';
import type { Locates } from './locates.ts';
import type { OpenOrders } from './open-orders.ts';
import type { Histories } from './order-history.ts';
import type { Place, Places } from './place.ts';
import type { RecentOrders } from './recent-orders.ts';
import type { Runs } from './runs.ts';
import type { Tickets } from './tickets.ts';
import { createWindowLog, type LogBounds, type LoggedPast, type WindowLog } from './window-log.ts';

/** What aggregates are made of; each part keeps one kind of answer. */
export interface Parts {
  readonly places: Places;
  readonly holdings: Holdings;
  readonly orders: OpenOrders;
  readonly halts: Halts;
  readonly tickets: Tickets;
  readonly locates: Locates;
  readonly cash: Cash;
  readonly done: DoneIds;
  readonly runs: Runs;
  readonly messages: WindowLog;
  readonly rejections: WindowLog;
  readonly executions: WindowLog;
  readonly recent: RecentOrders;
  readonly histories: Histories;
}

const DAY_MS = 86_400_000;

/** How many messages are remembered, and for how long; a limit over a longer period, or in more of a storm, refuses. */
export const MESSAGES_BOUNDS: LogBounds = { entriesMax: 50_000, retainedMs: DAY_MS };
/** The same for refusals and rejections. */
export const REJECTIONS_BOUNDS: LogBounds = { entriesMax: 10_000, retainedMs: DAY_MS };
/** The same for approved orders by algorithm. */
export const EXECUTIONS_BOUNDS: LogBounds = { entriesMax: 50_000, retainedMs: DAY_MS };

/** One of the three logs. */
export type LogName = 'messages' | 'rejections' | 'executions';

const allScopes = ({ scopes }: Place): readonly string[] => scopes;
const algorithmAlone = ({ algorithm }: Place): readonly string[] => [algorithm];

const specs: Readonly<
  Record<LogName, { readonly bounds: LogBounds; readonly keysOf: (place: Place) => readonly string[] }>
> = {
  messages: { bounds: MESSAGES_BOUNDS, keysOf: allScopes },
  rejections: { bounds: REJECTIONS_BOUNDS, keysOf: allScopes },
  executions: { bounds: EXECUTIONS_BOUNDS, keysOf: algorithmAlone },
};

/** One of the logs, going on from a past. */
export function createLog(name: LogName, past: LoggedPast): WindowLog {
  return createWindowLog({ ...specs[name], past });
}
