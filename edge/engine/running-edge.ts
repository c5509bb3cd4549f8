import type { SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { BreakerDesk } from '../breakers/breaker-desk.ts';
import type { EdgeConfig } from '../config.ts';
import type { GovernedFacts } from '../facts/facts-keeper.ts';
import type { Governance } from '../governance/governance.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { Reconciliation } from '../reconcile/open-reconciliation.ts';
import type { SessionRates } from '../session/session-rates.ts';
import type { TradingSession } from '../session/trading-session.ts';
import type { HubIdentity } from '../sync/enrolment/hub-identity.ts';
import type { EdgeMessage } from '../sync/parent-link.ts';
import type { Venue } from '../venues/venue.ts';
import type { Book } from './book.ts';
import type { Contact } from './contact.ts';
import type { EdgeCredentials, EdgeFolders } from './edge-files.ts';
import type { EdgeKill } from './edge-kill.ts';
import type { Engine } from './engine.ts';
import type { Release } from './start-entries.ts';
import type { StatusBoard } from './status.ts';

/** What an edge process brings: everything that is not a function of its arguments. */
export interface EdgeProcess {
  readonly config: EdgeConfig;
  readonly credentials: EdgeCredentials;
  /** The access to the hub of an edge that is enrolled. */
  readonly identity?: HubIdentity | undefined;
  readonly session: TradingSession;
  readonly release: Release;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly randomUnit: () => number;
  readonly monotonicMs: () => number;
  readonly tell: (message: EdgeMessage) => void;
  readonly log: (line: string) => void;
  /** Aborts when the process is asked to stop. */
  readonly stop: AbortController;
}

/** The parts of a running edge. */
export interface RunningEdge extends EdgeKill {
  readonly edge: EdgeProcess;
  readonly folders: EdgeFolders;
  readonly journal: Journal;
  readonly book: Book;
  readonly venue: Venue;
  readonly engine: Engine;
  readonly board: StatusBoard;
  readonly contact: Contact;
  readonly governance: Governance;
  readonly facts: GovernedFacts;
  readonly breakers: BreakerDesk;
  /** Absent where nothing but the instrument's own currency moves. */
  readonly rates?: SessionRates | undefined;
  /** Absent where the venue keeps no account that books could be compared with. */
  readonly reconciliation?: Reconciliation;
  readonly run: NonNullable<SessionBody['run']>;
}

/** Closes what was opened, in the other direction. */
export type Ending = () => Promise<void>;
