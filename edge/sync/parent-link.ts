import type { ContactStanding } from '../engine/contact-standing.ts';
import type { UplinkState } from './uplink.ts';

/** Where an edge stands. Units: `equity` in the account's currency, as of the last valuation. */
export interface EdgeStatus {
  readonly edge: string;
  readonly run: string;
  readonly phase: 'replaying' | 'completed' | 'interrupted';
  readonly done: number;
  readonly bars: number;
  readonly day: string;
  readonly account: string;
  readonly currency: string;
  readonly equity: string | undefined;
  readonly position: string;
  readonly openOrders: number;
  /** Orders of which nobody knows what became of them. Units: milliseconds. */
  readonly unresolved?: readonly {
    readonly order: string;
    readonly state: string;
    readonly forMs: number;
    readonly asked: number;
  }[];
  /** Orders that wait at the edge for their price or their entry. */
  readonly held?: readonly { readonly order: string; readonly stage: string; readonly reason?: string }[];
  /** How well the venue is heard. */
  readonly link?: { readonly state: string; readonly reason: string };
  /** What may not be traded while the books are in doubt. */
  readonly doubts?: readonly string[];
  readonly haltEpoch: number;
  readonly trading: string;
  /** Kills that are not released. */
  readonly halts: readonly { readonly id: string; readonly scopes: readonly string[]; readonly level: string }[];
  /** How far the sheet lets it trade by when the hub was last heard. */
  readonly contact: ContactStanding;
  readonly tally: Readonly<Record<string, number>>;
  readonly headSeq: number;
  readonly durableSeq: number;
  readonly uplink: UplinkState | undefined;
}

/** An order that the gate refused, for whoever watches. */
export interface RefusedOrder {
  readonly order: string;
  readonly algorithm: string;
  readonly day: string;
  readonly controls: readonly string[];
  readonly reasons: readonly string[];
}

/** What the edge tells its parent. */
export type EdgeMessage =
  | {
      readonly type: 'ready';
      readonly edge: string;
      readonly run: string;
      readonly from: number;
      readonly bars: number;
      readonly source: string;
      readonly fillRules: readonly string[];
      readonly socket: string;
      readonly verifierKeyFile: string;
    }
  | { readonly type: 'progress'; readonly status: EdgeStatus }
  | { readonly type: 'refused'; readonly refused: RefusedOrder }
  | { readonly type: 'summary'; readonly status: EdgeStatus };

/** Tells the parent, where there is one. */
export function tellParent(message: EdgeMessage): void {
  if (process.connected) process.send?.(message);
}

/** Calls back once when the parent asks to stop or is gone, by whatever way. */
export function onParentStop(stop: () => void): void {
  if (process.channel === undefined) return;
  process.on('message', (message) => {
    const isStop = typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop';
    if (isStop) stop();
  });
  process.on('disconnect', stop);
}
