import type { Security } from './access.ts';
import type { ApiKey } from './accounts.ts';
import type { Exchange } from './exchange.ts';
import type { Parameters } from './order-request.ts';

/** What the configurable behaviour of queries is. Units: `lagMs` of wall time, after which a new order can be asked for. */
export interface QuerySettings {
  lagMs: number;
  archiveAfterMs: number;
  archiveCode: -2026 | -2013;
}

/** A request with everything that answering it takes. */
export interface Call {
  readonly exchange: Exchange;
  readonly parameters: Parameters;
  readonly settings: QuerySettings;
  /** The key of the caller, where the operation asked for one. */
  readonly key: ApiKey;
}

/**
 * One thing that the exchange can be asked for, over HTTP, in a socket, or both.
 *
 * Shape: `http` is `METHOD path`, `socket` the method in a request of the WebSocket API. `weight` may depend on the parameters.
 *        `orders` is how many new orders it counts as.
 * Errors: `run` throws a `Refusal`.
 */
export interface Operation {
  readonly http?: string;
  readonly socket?: string;
  readonly security: Security;
  readonly weight: number | ((parameters: Parameters) => number);
  readonly orders?: number;
  readonly run: (call: Call) => unknown;
}
