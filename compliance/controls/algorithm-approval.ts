import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { countsOn } from '../validity-days.ts';
import { pass, refuse } from '../verdict.ts';

const limits = {};
const algorithm = {
  algorithm: 'ema-cross',
  version: '1.0.0',
  environments: ['paper' as const],
  approvedBy: 'p-02',
};
const approved = (changes: object) => ({ entitlements: { algorithms: [{ ...algorithm, ...changes }] } });

/**
 * Refuses an order of an algorithm whose very version nobody approved for this environment and day.
 *
 * Shape: the person who approved it is not the trader of the order. A changed algorithm has a new version, which needs an approval of
 *        its own. Days are trading days, both inside.
 * Source: RTS 6 Art. 5(2), Art. 11.
 */
export const algorithmApproval = defineControl({
  id: 'algorithm-approval',
  version: 1,
  title: 'Approval of the algorithm',
  question: 'Did somebody other than the trader approve this version of the algorithm for this environment and day?',
  sources: [
    cite(RTS_6, 'Art. 5(2)', 'A designated person authorises an algorithm before it is put to work.'),
    cite(RTS_6, 'Art. 11', 'A material change is reviewed by a designated person before it is put to work.'),
    cite(SEC_15C3_5, '(c)(2)(iii)', 'Only people and systems that were approved before can enter orders.'),
  ],
  limits: z.strictObject({}),
  files: ['entitlements'],
  scopes: ['firm'],
  looksAt: 'profile',

  check({ order, facts, files }) {
    const { id, version } = order.algorithm;
    const row = files.entitlements.algorithm(id, version);
    if (row === undefined) return refuse(`Version ${version} of ${id} is not approved.`);
    const figures = { approvedBy: row.approvedBy };
    if (!row.environments.includes(order.environment)) {
      return refuse(`Version ${version} of ${id} is not approved for ${order.environment}.`, figures);
    }
    if (!countsOn(row, facts.day)) return refuse(`Version ${version} of ${id} is not approved for this day.`, figures);
    return row.approvedBy === order.trader
      ? refuse('The algorithm was approved by the trader of this order.', figures)
      : pass('This version of the algorithm is approved.', figures);
  },

  examples: [
    { name: 'an approved version', limits, expect: 'pass' },
    {
      name: 'another version of an approved algorithm',
      order: { algorithm: { id: 'ema-cross', version: '1.0.1' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an algorithm that nobody approved',
      order: { algorithm: { id: 'mean-reversion', version: '1.0.0' } },
      limits,
      expect: 'refuse',
    },
    { name: 'approved for paper and used live', order: { environment: 'live' }, limits, expect: 'refuse' },
    {
      name: 'approved for both environments',
      order: { environment: 'live' },
      files: approved({ environments: ['paper', 'live'] }),
      limits,
      expect: 'pass',
    },
    { name: 'approved by the trader', files: approved({ approvedBy: 'p-7f3a' }), limits, expect: 'refuse' },
    {
      name: 'on exactly the first day of the approval',
      files: approved({ from: '2020-03-06' }),
      limits,
      expect: 'pass',
    },
    { name: 'the day before the approval', files: approved({ from: '2020-03-07' }), limits, expect: 'refuse' },
    { name: 'on exactly the last day of the approval', files: approved({ to: '2020-03-06' }), limits, expect: 'pass' },
    { name: 'the day after the approval', files: approved({ to: '2020-03-05' }), limits, expect: 'refuse' },
    { name: 'no list of entitlements', files: { entitlements: null }, limits, expect: 'refuse' },
  ],
});
