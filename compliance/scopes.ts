import { KitError } from '@gatehouse/shared/errors.ts';
import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';

/** What a scope can be about: the whole firm, or one of the things that an order names. */
export type ScopeKind = 'firm' | 'desk' | 'trader' | 'client' | 'account' | 'algorithm' | 'instrument' | 'venue';

/** A scope taken apart; `id` is empty for the firm. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly id: string;
}

const idIn: Readonly<Record<ScopeKind, (order: Order) => string>> = {
  firm: () => '',
  desk: (order) => order.desk,
  trader: (order) => order.trader,
  client: (order) => order.client,
  account: (order) => order.account,
  algorithm: (order) => order.algorithm.id,
  instrument: (order) => order.instrument,
  venue: (order) => order.venue,
};

/** Takes a scope's text apart. Errors: `VALUE_MALFORMED` for a text that is no scope. */
export function parseScope(text: ScopeText): Scope {
  if (!ScopeText.safeParse(text).success) {
    throw new KitError('VALUE_MALFORMED', `a scope written as ${JSON.stringify(text)}`, {
      hint: 'Write firm, or a kind and an id such as account:main.',
    });
  }
  const colon = text.indexOf(':');
  // The pattern of ScopeText admits exactly the kinds of the table above.
  const kind = (colon === -1 ? text : text.slice(0, colon)) as ScopeKind;
  return { kind, id: colon === -1 ? '' : text.slice(colon + 1) };
}

/** The scope as a question to an order, taken apart once for many orders. Errors: as `parseScope`. */
export function scopeMatcher(text: ScopeText): (order: Order) => boolean {
  const { kind, id } = parseScope(text);
  const idOf = idIn[kind];
  return (order) => idOf(order) === id;
}

/** Whether what holds in a scope holds for the order. Errors: as `parseScope`. */
export function appliesTo(scope: ScopeText, order: Order): boolean {
  return scopeMatcher(scope)(order);
}

/** The eight scopes that an order lies in, the firm first; each has a trading state of its own. */
export function scopesOf(order: Order): readonly ScopeText[] {
  return [
    'firm',
    `desk:${order.desk}`,
    `trader:${order.trader}`,
    `client:${order.client}`,
    `account:${order.account}`,
    `algorithm:${order.algorithm.id}`,
    `instrument:${order.instrument}`,
    `venue:${order.venue}`,
  ];
}
