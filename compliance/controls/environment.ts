import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { fewerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { NameSet } from '../name-set.ts';
import { pass, refuse } from '../verdict.ts';

const limits = { environment: 'paper' as const, venues: ['paper'] };
const account = { account: 'main', client: 'house', state: 'open' as const, environment: 'live' as const };
const live = { entitlements: { accounts: [account] } };

/**
 * Refuses an order that would mix testing with production.
 *
 * Shape:  the order, its account and its venue must all be of the environment of the sheet. The sheet lists the venues of that
 *         environment, so that a paper order never reaches a live venue.
 * Source: RTS 6 Art. 7.
 */
export const environment = defineControl({
  id: 'environment',
  version: 1,
  title: 'Paper or live',
  question: 'Are the order, its account and its venue all of the environment that this sheet is for?',
  sources: [cite(RTS_6, 'Art. 7', 'Testing is kept apart from production.')],
  limits: z.strictObject({
    environment: z.enum(['paper', 'live']).describe('What this sheet is for: paper or live.').meta(noneIsTighter),
    venues: NameSet.describe('The venues of that environment.').meta(fewerIsTighter),
  }),
  files: ['entitlements'],
  scopes: ['firm', 'account', 'venue'],
  looksAt: 'profile',

  check({ order, files }, limitsOfScope) {
    const account = files.entitlements.account(order.account);
    if (account === undefined) return refuse('The account is not on the list of entitlements.');
    if (order.environment !== limitsOfScope.environment) return refuse(`The order is for ${order.environment}.`);
    if (account.environment !== limitsOfScope.environment)
      return refuse(`The account is for ${account.environment} orders.`);
    return limitsOfScope.venues.has(order.venue)
      ? pass('Order, account and venue are of one environment.')
      : refuse(`Venue ${order.venue} is not one of the ${limitsOfScope.environment} venues.`);
  },

  examples: [
    { name: 'all of it on paper', limits, expect: 'pass' },
    { name: 'a live order on a paper sheet', order: { environment: 'live' }, limits, expect: 'refuse' },
    { name: 'a live account on a paper sheet', files: live, limits, expect: 'refuse' },
    { name: 'a paper order on a live sheet', limits: { environment: 'live', venues: ['paper'] }, expect: 'refuse' },
    { name: 'a paper order on a live venue', order: { venue: 'exchange' }, limits, expect: 'refuse' },
    {
      name: 'all of it live',
      order: { environment: 'live', venue: 'exchange' },
      files: live,
      limits: { environment: 'live', venues: ['exchange'] },
      expect: 'pass',
    },
    {
      name: 'a live order for a paper account',
      order: { environment: 'live', venue: 'exchange' },
      limits: { environment: 'live', venues: ['exchange'] },
      expect: 'refuse',
    },
    { name: 'a sheet that lists no venue', limits: { environment: 'paper', venues: [] }, expect: 'refuse' },
    { name: 'an account that is not on the list', order: { account: 'other' }, limits, expect: 'refuse' },
    { name: 'no list of entitlements', files: { entitlements: null }, limits, expect: 'refuse' },
  ],
});
