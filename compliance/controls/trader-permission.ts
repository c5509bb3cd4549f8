import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { countsOn } from '../validity-days.ts';
import { known, pass, refuse } from '../verdict.ts';

const limits = {};
const trader = { trader: 'p-7f3a', accounts: ['main'], desks: ['index'] };
const entitled = (changes: object) => ({ entitlements: { traders: [{ ...trader, ...changes }] } });

/**
 * Refuses an order of a trader who is not permitted to deal on that day, for that account and desk, there and in that.
 *
 * Shape:  the list of entitlements names accounts and desks one by one; where it names venues, instruments or asset classes, the order
 *         must be in every list that there is. Days are trading days, both inside.
 * Source: 17 CFR 240.15c3-5(c)(2)(iii); RTS 6 Art. 15(5).
 */
export const traderPermission = defineControl({
  id: 'trader-permission',
  version: 1,
  title: 'Permission of the trader',
  question: 'May this trader deal in this today, for this account and desk, on this venue?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(iii)', 'Only people and accounts that were approved before can enter orders.'),
    cite(RTS_6, 'Art. 15(5)', 'An order is blocked where its trader has no permission for the instrument.'),
  ],
  limits: z.strictObject({}),
  files: ['entitlements', 'instruments'],
  scopes: ['firm'],
  looksAt: 'profile',

  check({ order, facts, files }) {
    const row = files.entitlements.trader(order.trader);
    if (row === undefined) return refuse('The trader is not on the list of entitlements.');
    if (!countsOn(row, facts.day)) return refuse('The trader is not approved for this day.');
    const { assetClass } = known(files.instruments.of(order.instrument), 'asset class of the instrument');

    const problems: string[] = [];
    if (!row.accounts.includes(order.account)) problems.push(`account ${order.account}`);
    if (!row.desks.includes(order.desk)) problems.push(`desk ${order.desk}`);
    if (row.venues?.includes(order.venue) === false) problems.push(`venue ${order.venue}`);
    if (row.instruments?.includes(order.instrument) === false) problems.push(`instrument ${order.instrument}`);
    if (row.assetClasses?.includes(assetClass) === false) problems.push(`asset class ${assetClass}`);
    return problems.length === 0
      ? pass('The trader is permitted to enter this order.')
      : refuse(`The trader has no permission for ${problems.join(', ')}.`);
  },

  examples: [
    { name: 'a trader with permission for all there is', limits, expect: 'pass' },
    { name: 'a trader who is not on the list', order: { trader: 'p-99' }, limits, expect: 'refuse' },
    { name: 'an account of others', order: { account: 'other' }, limits, expect: 'refuse' },
    { name: 'a desk of others', order: { desk: 'rates' }, limits, expect: 'refuse' },
    { name: 'a venue that is named', files: entitled({ venues: ['other', 'paper'] }), limits, expect: 'pass' },
    { name: 'a venue that is not named', files: entitled({ venues: ['other'] }), limits, expect: 'refuse' },
    { name: 'an instrument that is named', files: entitled({ instruments: ['demo-index'] }), limits, expect: 'pass' },
    { name: 'an instrument that is not named', files: entitled({ instruments: ['other'] }), limits, expect: 'refuse' },
    { name: 'an asset class that is named', files: entitled({ assetClasses: ['etf'] }), limits, expect: 'pass' },
    {
      name: 'an asset class that is not named',
      files: entitled({ assetClasses: ['equity'] }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an instrument that is named, of a class that is not',
      files: entitled({ instruments: ['demo-index'], assetClasses: ['equity'] }),
      limits,
      expect: 'refuse',
    },
    { name: 'an empty list of instruments', files: entitled({ instruments: [] }), limits, expect: 'refuse' },
    {
      name: 'on exactly the first day of the approval',
      files: entitled({ from: '2020-03-06' }),
      limits,
      expect: 'pass',
    },
    { name: 'the day before the approval', files: entitled({ from: '2020-03-07' }), limits, expect: 'refuse' },
    { name: 'on exactly the last day of the approval', files: entitled({ to: '2020-03-06' }), limits, expect: 'pass' },
    { name: 'the day after the approval', files: entitled({ to: '2020-03-05' }), limits, expect: 'refuse' },
    { name: 'no list of entitlements', files: { entitlements: null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an unknown instrument', files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});
