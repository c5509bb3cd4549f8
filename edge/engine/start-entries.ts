import { readFileSync } from 'node:fs';
import type { ControlSet } from '@gatehouse/compliance/rule-set.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody, SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import { ROW_FORMS } from '@gatehouse/shared/schema/row-forms.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { JournalNotice } from '../journal/journal-types.ts';
import type { TradingSession } from '../session/trading-session.ts';
import type { Strategy } from '../strategies/define-strategy.ts';
import type { Book } from './book.ts';
import { algorithmKey } from './on-record.ts';
import type { TradingIdentity } from './order-builder.ts';
import { type VenueSession, venueHash, venueTerms } from './venue-terms.ts';

/** What runs: named in every session entry. */
export interface Release {
  readonly release: string;
  readonly runtime: string;
}

/** What a start puts on record. */
export interface StartRequest {
  readonly book: Pick<Book, 'accepted' | 'hasDeposit'>;
  readonly release: Release;
  readonly clock: Clock;
  readonly controls: ControlSet;
  readonly identity: TradingIdentity;
  readonly session: Pick<TradingSession, 'strategies' | 'deposit' | 'opening'> & VenueSession;
  readonly notices: readonly JournalNotice[];
  /** What governance and the dated files say is new. */
  readonly accepted: readonly EntryBody[];
}

const NOTE_LENGTH_MAX = 2_000;

/** The entries of a start: the session and the clock always, the rest where it is new. */
export function startEntries(request: StartRequest): readonly EntryBody[] {
  return [
    { kind: 'session', body: { v: 1, event: 'edge-started', ...request.release } },
    clockEntry(request.clock),
    ...request.notices.map(noticeEntry),
    ...ruleEntries(request),
    ...request.accepted,
    ...venueEntry(request),
    ...request.session.strategies.flatMap((strategy) => algorithmEntry(strategy, request.book)),
    ...depositEntry(request),
    ...openingEntry(request),
  ];
}

/** The run as session entries describe it. Units: times are the market's. */
export function describeRun(
  id: string,
  { instrument, source, bars }: TradingSession['loaded'],
  fillRules: readonly string[],
): NonNullable<SessionBody['run']> {
  return {
    id,
    source: source.name,
    sourceHash: source.sha256,
    instrument: instrument.id,
    bars: bars.length,
    from: source.from,
    to: source.to,
    fillRules: [...source.notes, ...fillRules],
  };
}

/** A notice of the journal as an incident. */
export function noticeEntry({ code, message, hint }: JournalNotice): EntryBody {
  return {
    kind: 'incident',
    body: { v: 1, code, severity: 'warning', message: message.slice(0, NOTE_LENGTH_MAX), hint },
  };
}

function clockEntry(clock: Clock): EntryBody {
  const { source, offsetNs, uncertaintyNs } = clock.reading();
  return {
    kind: 'clock',
    body: {
      v: 1,
      clock: { source, offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}` },
      note: 'The computer’s own clock; its distance from UTC is not measured, and its uncertainty is taken as one second.',
    },
  };
}

function ruleEntries({ book, controls }: StartRequest): readonly EntryBody[] {
  const { accepted } = book;
  if (accepted.controls === controls.hash && accepted.rowForms === ROW_FORMS.length) return [];
  const set = controls.set.map((one) => ({ ...one }));
  return [{ kind: 'controls', body: { v: 2, controls: controls.hash, set, rowForms: [...ROW_FORMS] } }];
}

/** Through what is traded, where that has changed since it was last on record. */
function venueEntry({ book, session, clock }: StartRequest): readonly EntryBody[] {
  const body = venueTerms(session, clock.now());
  return book.accepted.venue === venueHash(body) ? [] : [{ kind: 'venue', body }];
}

function algorithmEntry(strategy: Strategy, { accepted }: Pick<Book, 'accepted'>): readonly EntryBody[] {
  const { id, version, title, parameters } = strategy;
  const codeHash = codeHashOf(id);
  if (accepted.algorithms.includes(algorithmKey(id, version, codeHash))) return [];
  return [
    { kind: 'algorithm', body: { v: 1, algorithm: { id, version }, title, parameters: { ...parameters }, codeHash } },
  ];
}

function codeHashOf(strategy: string): string {
  return sha256(readFileSync(new URL(`../strategies/${strategy}.ts`, import.meta.url))).toString('hex');
}

function depositEntry({ book, identity, session: { loaded, deposit }, clock }: StartRequest): readonly EntryBody[] {
  if (book.hasDeposit(identity.account)) return [];
  return [
    {
      kind: 'cash',
      body: {
        v: 1,
        account: identity.account,
        currency: loaded.instrument.currency,
        amount: deposit,
        reason: 'deposit',
        at: clock.now(),
        note: 'The opening deposit of the paper account.',
      },
    },
  ];
}

/** What the account held before its first session came from elsewhere, and says so. */
function openingEntry({ book, identity, session, clock }: StartRequest): readonly EntryBody[] {
  const { opening, loaded } = session;
  if (opening === undefined || book.hasDeposit(identity.account)) return [];
  const { id: instrument, currency } = loaded.instrument;
  return [
    {
      kind: 'adjustment',
      body: {
        v: 1,
        id: `opening-${identity.account}`,
        account: identity.account,
        by: identity.executingPerson,
        reason: 'What the paper account holds when its first session is opened, as the session file says.',
        at: clock.now(),
        change: { kind: 'position', instrument, currency, ...opening },
      },
    },
  ];
}
