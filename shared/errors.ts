/** How a kind of failure is answered: the HTTP status, the exit code of a command, and whether trying again can help. */
export interface Treatment {
  readonly http: number;
  readonly exit: 2 | 3 | 4 | 70;
  readonly retry: 'never' | 'later';
}

const treatments = {
  CONFIG_INVALID: { http: 500, exit: 2, retry: 'never' },
  COMMAND_INVALID: { http: 400, exit: 2, retry: 'never' },
  VALUE_MALFORMED: { http: 400, exit: 2, retry: 'never' },
  MESSAGE_MALFORMED: { http: 400, exit: 2, retry: 'never' },
  FILE_MALFORMED: { http: 400, exit: 2, retry: 'never' },
  FOLDER_FOREIGN: { http: 500, exit: 2, retry: 'never' },
  FOLDER_UNUSABLE: { http: 500, exit: 2, retry: 'never' },
  PORT_TAKEN: { http: 500, exit: 2, retry: 'later' },
  NOT_FOUND: { http: 404, exit: 2, retry: 'never' },
  FORBIDDEN: { http: 403, exit: 2, retry: 'never' },
  SIGN_IN_NEEDED: { http: 401, exit: 2, retry: 'never' },
  STEP_UP_NEEDED: { http: 403, exit: 2, retry: 'never' },
  STATE_CONFLICT: { http: 409, exit: 2, retry: 'never' },
  BODY_TOO_LARGE: { http: 413, exit: 2, retry: 'never' },
  ATTEMPTS_EXHAUSTED: { http: 429, exit: 2, retry: 'later' },
  REPORT_UNPRINTABLE: { http: 422, exit: 2, retry: 'never' },
  SIGNATURE_INVALID: { http: 403, exit: 3, retry: 'never' },
  SHEET_REFUSED: { http: 422, exit: 2, retry: 'never' },
  TRUST_REFUSED: { http: 422, exit: 2, retry: 'never' },
  OVERRIDE_REFUSED: { http: 422, exit: 2, retry: 'never' },
  RELEASE_REFUSED: { http: 422, exit: 2, retry: 'never' },
  EPOCH_REFUSED: { http: 422, exit: 2, retry: 'never' },
  DATED_FILE_REFUSED: { http: 422, exit: 2, retry: 'never' },
  CHAIN_BROKEN: { http: 409, exit: 3, retry: 'never' },
  JOURNAL_DAMAGED: { http: 500, exit: 3, retry: 'never' },
  JOURNAL_LOST: { http: 409, exit: 3, retry: 'never' },
  JOURNAL_LOCKED: { http: 423, exit: 2, retry: 'later' },
  JOURNAL_CLOSED: { http: 503, exit: 4, retry: 'later' },
  DISK_FULL: { http: 507, exit: 4, retry: 'later' },
  DISK_FAILED: { http: 500, exit: 4, retry: 'later' },
  STREAM_FORKED: { http: 409, exit: 3, retry: 'never' },
  ARCHIVE_DAMAGED: { http: 500, exit: 3, retry: 'never' },
  ARCHIVE_REFUSED: { http: 500, exit: 2, retry: 'later' },
  ARCHIVE_UNREACHABLE: { http: 503, exit: 4, retry: 'later' },
  BACKUP_DAMAGED: { http: 500, exit: 3, retry: 'never' },
  LEDGER_MISMATCH: { http: 409, exit: 3, retry: 'never' },
  VENUE_UNREACHABLE: { http: 503, exit: 4, retry: 'later' },
  VENUE_REFUSED: { http: 422, exit: 2, retry: 'never' },
  VENUE_SILENT: { http: 504, exit: 4, retry: 'never' },
  HUB_UNREACHABLE: { http: 503, exit: 4, retry: 'later' },
  BROKER_UNREACHABLE: { http: 503, exit: 4, retry: 'later' },
  DATABASE_UNREACHABLE: { http: 503, exit: 4, retry: 'later' },
  SHAPES_UNAVAILABLE: { http: 503, exit: 4, retry: 'later' },
  SCHEMA_MISMATCH: { http: 500, exit: 2, retry: 'never' },
  DATABASE_UNSAFE: { http: 500, exit: 2, retry: 'never' },
  PLATFORM_UNSUPPORTED: { http: 500, exit: 2, retry: 'never' },
  PROCESS_UNREACHABLE: { http: 503, exit: 4, retry: 'later' },
  QUEUE_FULL: { http: 503, exit: 4, retry: 'later' },
  INVARIANT_BROKEN: { http: 500, exit: 70, retry: 'never' },
} as const satisfies Record<string, Treatment>;

/** The codes that callers may switch on; messages are for people. */
export type ErrorCode = keyof typeof treatments;

/** What a person can do about a failure, what caused it, and its parts where it has several. */
export interface ErrorContext {
  readonly hint?: string;
  readonly problems?: readonly string[];
  readonly cause?: unknown;
}

/** A failure that says what and where, with a code that one table treats. */
export class KitError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Each thing that is wrong, where more than one can be; empty where the message says it all. */
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = 'KitError';
    this.code = code;
    this.hint = context.hint;
    this.problems = context.problems ?? [];
  }

  get treatment(): Treatment {
    return treatments[this.code];
  }
}

/** Stops the program where one of our own invariants is broken. Errors: `INVARIANT_BROKEN`. */
export function assert(claim: boolean, invariant: string): asserts claim {
  if (!claim) throw new KitError('INVARIANT_BROKEN', invariant);
}

/** The failure as the one line that a person reads: what, and the cure where there is one. */
export function describeError(error: unknown): string {
  // A message may end with a sentence that it quotes, which brings its own stop.
  if (error instanceof KitError)
    return error.hint === undefined ? error.message : `${error.message.replace(/\.$/, '')}. ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

/** The exit code of a command that ends with this failure; an unknown one counts as our bug. */
export function exitCodeOf(error: unknown): number {
  return error instanceof KitError ? error.treatment.exit : treatments.INVARIANT_BROKEN.exit;
}
