import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { pass, reducingOnly, refuse } from '../verdict.ts';

const limits = {};
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const account = { account: 'main', client: 'house', state: 'open' as const, environment: 'paper' as const };
const inState = (state: 'open' | 'closing' | 'closed') => ({ entitlements: { accounts: [{ ...account, state }] } });

/**
 * Refuses an order for an account that is not open, is another client's, or is of another environment.
 *
 * Shape: an account that is closing takes orders that can only bring its position nearer to zero.
 * Source: 17 CFR 240.15c3-5(c)(2)(iii); RTS 6 Art. 15(5).
 */
export const accountPermission = defineControl({
  id: 'account-permission',
  version: 1,
  title: 'Permission of the account',
  question: 'Is the account open, that of this client, and of this environment?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(iii)', 'Only people and accounts that were approved before can enter orders.'),
    cite(RTS_6, 'Art. 15(5)', 'Controls that block orders are kept by client and account as well.'),
  ],
  limits: z.strictObject({}),
  files: ['entitlements'],
  scopes: ['firm'],
  looksAt: 'profile',

  check({ order, files }) {
    const row = files.entitlements.account(order.account);
    if (row === undefined) return refuse('The account is not on the list of entitlements.');
    if (row.client !== order.client) return refuse('The account is that of another client.');
    if (row.environment !== order.environment) return refuse(`The account is for ${row.environment} orders.`);
    if (row.state === 'closed') return refuse('The account is closed.');
    if (row.state === 'closing') return reducingOnly('The account is closing');
    return pass('The account is open for this order.');
  },

  examples: [
    { name: 'an open account', limits, expect: 'pass' },
    { name: 'an account that is not on the list', order: { account: 'other' }, limits, expect: 'refuse' },
    { name: 'an account of another client', order: { client: 'other' }, limits, expect: 'refuse' },
    { name: 'a live order for a paper account', order: { environment: 'live' }, limits, expect: 'refuse' },
    { name: 'a closed account', files: inState('closed'), limits, expect: 'refuse' },
    {
      name: 'a closed account and a sale that only reduces',
      order: sale,
      files: inState('closed'),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    { name: 'a closing account and a purchase from flat', files: inState('closing'), limits, expect: 'refuse' },
    {
      name: 'a closing account and a sale of exactly the whole position',
      order: sale,
      files: inState('closing'),
      own: { position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a closing account and a sale of one unit more',
      order: { ...sale, quantity: '51' },
      files: inState('closing'),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a closing account with an unknown position',
      order: sale,
      files: inState('closing'),
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a closing account with unknown open orders',
      order: sale,
      files: inState('closing'),
      own: { position: '50', open: null },
      limits,
      expect: 'refuse',
    },
    { name: 'no list of entitlements', files: { entitlements: null }, limits, expect: 'refuse' },
  ],
});
