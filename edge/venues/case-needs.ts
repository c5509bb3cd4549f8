import type { Capabilities } from './capabilities.ts';

// Each gives back, by the capabilities of a venue, why a case is not one for it, or nothing where it is.

/** Whether the venue has none of these types. */
export const lacksType =
  (...types: Capabilities['orderTypes']) =>
  ({ orderTypes }: Capabilities): string | undefined =>
    types.some((type) => orderTypes.includes(type)) ? undefined : `The venue has no ${types.join(' or ')} orders.`;

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
    capabilities[able] ? undefined : sentence;
