import { canonicalJson, type JsonValue, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { VenueBody } from '@gatehouse/shared/schema/bodies.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { TradingSession } from '../session/trading-session.ts';

/** What of a session says through what it trades. */
export type VenueSession = Pick<TradingSession, 'connector' | 'settings' | 'venueAccount' | 'loaded' | 'feeBps'>;

/** What the session trades through, as it goes on record. */
export function venueTerms(session: VenueSession, at: Instant): VenueBody {
  const { connector, settings, venueAccount, loaded, feeBps } = session;
  const { id, title, venues, environment, environmentOf, capabilities, exemptions } = connector;
  const { orderTypes, timesInForce, auctions, groups, marketData, leftOut, ...rest } = capabilities;
  return {
    v: 1,
    connector: id,
    title,
    environment: environmentOf?.(settings) ?? environment,
    venues: [...venues],
    ...(venueAccount === undefined ? {} : { account: venueAccount }),
    capabilities: {
      ...rest,
      orderTypes: [...orderTypes],
      timesInForce: [...timesInForce],
      auctions: [...auctions],
      groups: [...groups],
      ...(marketData === undefined ? {} : { marketData: [...marketData] }),
      ...(leftOut === undefined ? {} : { leftOut: leftOut.map((one) => ({ ...one })) }),
    },
    exemptions: Object.entries(exemptions).map(([name, reason]) => ({ case: name, reason })),
    fillRules: [...connector.fillRules({ ...loaded, feeBps, settings })],
    at,
  };
}

/** What two equal statements have in common, whenever they were made. */
export function venueHash({ at: _at, ...terms }: VenueBody): string {
  const wire = encode(VenueBody.omit({ at: true }), terms) as JsonValue;
  return sha256(canonicalJson(wire)).toString('hex');
}
