import { paperTerms, starterSheet } from '@gatehouse/compliance/starter-sheet.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import { DEMO_IDENTITY } from '../engine/demo-account.ts';
import { DEMO_PEOPLE, type DemoSheetTerms } from '../governance/demo-governance.ts';
import type { TradingSession } from './trading-session.ts';

/**
 * The limit sheet of a paper session: that of a careful account of the session's deposit, sized by the price that its file gives.
 *
 * Errors: `VALUE_MALFORMED` where the deposit does not buy one lot within the share that one order may have.
 */
export function sessionSheet(session: Required<Pick<TradingSession, 'terms'>> & TradingSession) {
  const { loaded, deposit, strategies, terms, market } = session;
  const { instrument } = loaded;
  return ({ sequence, from, instruments, pace }: DemoSheetTerms): Sheet => {
    const account = paperTerms({
      accounts: [DEMO_IDENTITY.account],
      capital: deposit,
      currency: instrument.currency,
      price: terms.price,
      lot: instrument.lot,
      instruments,
      algorithms: strategies.map(({ id }) => id),
      venues: [instrument.venue],
      assetClasses: [terms.assetClass],
      sectors: [terms.sector],
      pace,
      hasQuotes: market !== undefined,
    });
    const head = {
      id: 'demo-paper',
      sequence,
      mark: 'DEMO',
      legalEntity: lei(DEMO_IDENTITY.legalEntity),
      from,
      maker: DEMO_PEOPLE.maker,
      checkers: [DEMO_PEOPLE.checker],
      reason: `Limits for a session on paper, sized for ${toText(trim(deposit))} ${instrument.currency}.`,
    } as const;
    return starterSheet(head, { ...account, isDemo: true });
  };
}
