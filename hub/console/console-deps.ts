import type { ReportDocument } from '@gatehouse/reports/render/document.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Context } from 'hono';
import type { CommandDeps } from '../control/commands/issue-command.ts';
import type { Verification } from '../ledger/verify.ts';
import type { PeopleDeps } from '../people/people-deps.ts';
import type { RandomBytes } from '../people/secret-token.ts';
import type { Viewer } from '../people/sessions.ts';
import type { ReportRuns } from '../schedule/report-runs.ts';
import type { Database } from '../store/database.ts';
import type { AppendAct } from '../store/pages/people-store.ts';
import type { EnrolmentDesk } from '../sync/enrolment/enrolment-desk.ts';
import type { ShapeServer } from '../sync/shapes/shape-server.ts';
import type { CatchUpPaces } from './catch-up-paces.ts';
import type { LiveProjection } from './live/live-projection.ts';
import type { VerificationJob } from './verification-job.ts';

/** A file that the browser keeps for ever, because its path names its content. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** The scripts and the one style sheet of the console. Shape: `worker` holds the streams that all pages of a browser share. */
export interface ConsoleAssets {
  readonly script: Asset;
  readonly worker: Asset;
  readonly style: Asset;
}

/** What the console says of the hub that it belongs to. */
export interface HubInfo {
  readonly id: string;
  readonly release: string;
  /** Stands on each page in words, as in `PAPER — DEMO`. */
  readonly mark: string;
}

/** All that the console needs of the hub. */
export interface ConsoleDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** 32 bytes that seal second factors, see `loadPeopleKey`. */
  readonly peopleKey: Uint8Array;
  readonly hub: HubInfo;
  /** Where people reach the console, such as `http://localhost:4680`; other hosts are refused, loopback names are not. */
  readonly origin: string;
  readonly assets: ConsoleAssets;
  /** What people do about the edges that may connect; absent where none can be enrolled. */
  readonly devices?: EnrolmentDesk | undefined;
  /** What commands to edges are given with; absent where none can be given. */
  readonly commands?: CommandDeps | undefined;
  /** What open pages read; absent where this hub serves no shapes, and pages then say that they are not live. */
  readonly shapes?: Pick<ShapeServer, 'handle'> | undefined;
  readonly reports: Pick<ReportRuns, 'list' | 'make' | 'rerun' | 'open'>;
  verifyLedger(onProgress: (leaves: number, size: number) => void): Promise<Verification>;
  /** Tells of each commit until the returned function is called. */
  onCommitted(listener: () => void): () => void;
  renderXlsx(document: ReportDocument): Promise<Uint8Array>;
  log(line: string): void;
}

/** What a handler works with. */
export interface Parts extends ConsoleDeps {
  readonly people: PeopleDeps;
  readonly live: LiveProjection;
  readonly verification: VerificationJob;
  readonly exports: ExportSlots;
  /** How fast the entries of edges are taken. */
  readonly paces: CatchUpPaces;
  /** Whether someone has enrolled; once true it stays so. */
  hasPeople(): Promise<boolean>;
}

/** How many exports run at once; more are asked to wait, because each holds a database connection. */
export interface ExportSlots {
  take(): (() => void) | undefined;
}

/** What a request carries through the console. */
export interface ConsoleVariables {
  viewer: Viewer | undefined;
}

export type ConsoleContext = Context<{ Variables: ConsoleVariables }>;
