import { sha256 } from '@gatehouse/shared/journal/canonical.ts';

/** What Binance takes as a client order id. */
const TAKEN_AS_IS = /^[A-Za-z0-9_.-]{1,36}$/;

/** Marks an id that stands for a longer one. Shape: no id of ours contains the colon, so the two forms never meet. */
const MARK = 'gh:';
const DIGEST_LENGTH = 33;

/** Ids that the exchange's own pages and apps, ccxt's defaults and the exchange itself give to orders. */
const FOREIGN = /^(?:web_|and_|ios_|mac_|win_|electron_|x-|autoclose-|adl_autoclose|amzn_)/;

/** So many long ids are remembered; each is asked for only while its order is open. */
const LONG_IDS_MAX = 20_000;

/**
 * Our order ids and the exchange's client order ids, both ways.
 *
 * Shape: the id at the exchange follows from ours alone, so it is known before anything is sent and the same after a restart. An id of
 *        at most 36 of the characters that both sides take is used as it is; any other becomes `gh:` and 198 bits of its
 *        SHA-256. Long ids come back by what was seen since the start: `of` or `toOurs` of the same id.
 */
export interface ClientIds {
  /** The exchange's client order id for an order of ours. */
  of(order: string): string;
  /** Our id, or nothing where the id cannot be one of ours. */
  toOurs(clientId: string): string | undefined;
}

/** An empty book of ids. */
export function createClientIds(): ClientIds {
  const long = new Map<string, string>();
  return {
    of(order) {
      if (TAKEN_AS_IS.test(order)) return order;
      const clientId = `${MARK}${sha256(order).toString('base64url').slice(0, DIGEST_LENGTH)}`;
      long.delete(clientId);
      long.set(clientId, order);
      const [oldest] = long.keys();
      if (long.size > LONG_IDS_MAX && oldest !== undefined) long.delete(oldest);
      return clientId;
    },
    toOurs(clientId) {
      if (clientId.startsWith(MARK)) return long.get(clientId);
      return TAKEN_AS_IS.test(clientId) && !FOREIGN.test(clientId) ? clientId : undefined;
    },
  };
}
