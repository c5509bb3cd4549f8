import type { Capabilities, MarketDataKind } from './capabilities.ts';

// Each gives back, by the capabilities of a venue, why a case is not one for it, or nothing where it is.

/** Whether the venue has none of these types. */
export const lacksType =
  (...types: Capabilities['orderTypes']) =>
  ({ orderTypes, leftOut }: Capabilities): string | undefined => {
    if (types.some((type) => orderTypes.includes(type))) return undefined;
    const [why] = (leftOut ?? []).flatMap(({ of, reason }) => (types.some((type) => type === of) ? [reason] : []));
    return why ?? `The venue has no ${types.join(' or ')} orders.`;
  };

/** Whether the venue keeps no orders together in this way. */
export const lacksGroup =
  (kind: Capabilities['groups'][number]) =>
  ({ groups, leftOut }: Capabilities): string | undefined => {
    if (groups.includes(kind)) return undefined;
    return leftOut?.find(({ of }) => of === kind)?.reason ?? `The venue has no ${kind}s; the edge keeps them.`;
  };

/** Whether the venue does not tell this of its market. */
export const lacksData =
  (kind: MarketDataKind) =>
  ({ marketData = [] }: Capabilities): string | undefined =>
    marketData.includes(kind) ? undefined : `The venue tells no ${kind} as they come.`;

const TIMES: Readonly<Record<Capabilities['timesInForce'][number], string>> = {
  day: 'orders for the day',
  gtc: 'orders that stand till cancelled',
  gtd: 'orders that are good till a date',
  ioc: 'immediate-or-cancel orders',
  fok: 'fill-or-kill orders',
};

/** Whether the venue has no orders that stand so long. */
export const lacksTime =
  (time: Capabilities['timesInForce'][number]) =>
  ({ timesInForce }: Capabilities): string | undefined =>
    timesInForce.includes(time) ? undefined : `The venue has no ${TIMES[time]}.`;

/** Whether the venue cannot do this. */
export const lacks =
  (able: 'canAmend' | 'canPostOnly' | 'canReduceOnly' | 'canShowPart', sentence: string) =>
  (capabilities: Capabilities): string | undefined =>
    capabilities[able] ? undefined : (capabilities.leftOut?.find(({ of }) => of === able)?.reason ?? sentence);
