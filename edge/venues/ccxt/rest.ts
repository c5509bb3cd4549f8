import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import type { z } from 'zod';
import type { VenueSecret } from '../define-connector.ts';
import { type CcxtBinance, errorName } from './ccxt-exchange.ts';
import { BINANCE_CODES, type ErrorTreatment, isAboutKey, treatmentOf } from './error-map.ts';
import type { RequestBudget, RequestCost } from './request-budget.ts';
import { scrub } from './scrub.ts';
import type { ServerTime } from './server-time.ts';
import type { Transport, WireRecord } from './transport.ts';

/** Calls of ccxt's class for Binance, each one request of the exchange's own REST service. */
export type RestMethod =
  | 'publicGetTime'
  | 'publicGetExchangeInfo'
  | 'publicGetKlines'
  | 'publicGetDepth'
  | 'publicGetAggTrades'
  | 'sapiGetAccountApiRestrictions'
  | 'privateGetAccount'
  | 'privateGetOrder'
  | 'privateGetOpenOrders'
  | 'privateGetAllOrders'
  | 'privateGetMyTrades'
  | 'privatePostOrder'
  | 'privateDeleteOrder'
  | 'privateDeleteOpenOrders';

/** One request. */
export interface RestCall<Schema extends z.ZodType> {
  readonly method: RestMethod;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly cost: RequestCost;
  readonly answer: Schema;
  /** Asked when its turn has come, immediately before the wire. */
  readonly mayStillGo?: () => boolean;
}

/** What a failure is made of. */
interface FailureParts {
  readonly code: keyof typeof HINTS;
  readonly says: string;
  readonly exchangeCode?: number | undefined;
  readonly means: ErrorTreatment;
}

/** A failure with the exchange's own code, where it gave one. */
export class RestFailure extends KitError {
  readonly exchangeCode: number | undefined;
  readonly means: ErrorTreatment;

  constructor({ code, says, exchangeCode, means }: FailureParts) {
    super(code, says, { hint: HINTS[code] });
    this.exchangeCode = exchangeCode;
    this.means = means;
  }
}

const HINTS = {
  VENUE_REFUSED: 'The exchange did not do it; nothing is sent again by itself.',
  VENUE_SILENT: 'Nobody knows whether it was done; the exchange is asked for the order and nothing is sent again.',
  VENUE_UNREACHABLE: 'Nothing left this machine; the connector goes on trying to reach the exchange.',
} as const;

/** The REST service through ccxt: signed by it, limited, timed and judged here. */
export interface Rest {
  /** Errors: a `RestFailure`; `VENUE_SILENT` also for an answer that cannot be read. A question is asked up to three times. */
  call<Schema extends z.ZodType>(call: RestCall<Schema>): Promise<z.output<Schema>>;
}

/** What the service is reached with. Shape: `exchange` is of the session that stands now. */
export interface RestDeps {
  readonly exchange: () => CcxtBinance;
  readonly secret: () => VenueSecret | undefined;
  readonly transport: Transport;
  readonly budget: RequestBudget;
  readonly time: ServerTime;
  readonly pause: (ms: number) => Promise<void>;
  /** The key was refused, so that the next session asks for the secret anew. */
  readonly onKeyRefused: (says: string) => void;
}

const QUESTIONS_MAX = 3;
const BETWEEN_QUESTIONS_MS = 250;

/** A service that nothing has been asked of. */
export function createRest(deps: RestDeps): Rest {
  async function call<Schema extends z.ZodType>(wanted: RestCall<Schema>): Promise<z.output<Schema>> {
    const isQuestion = wanted.method.includes('Get') && wanted.method !== 'publicGetTime';
    for (let asked = 1; ; asked += 1) {
      try {
        return await callOnce(deps, wanted);
      } catch (error) {
        const mayHelp = error instanceof RestFailure && error.means !== 'refuse';
        if (!isQuestion || !mayHelp || asked >= QUESTIONS_MAX) throw error;
        await deps.pause(BETWEEN_QUESTIONS_MS * asked);
      }
    }
  }
  return { call };
}

async function callOnce<Schema extends z.ZodType>(deps: RestDeps, wanted: RestCall<Schema>): Promise<z.output<Schema>> {
  const { method, parameters = {}, cost, answer } = wanted;
  await deps.budget.admit(cost);
  if (!method.startsWith('public')) await requireTime(deps);
  if (wanted.mayStillGo?.() === false) throw stopped();
  const exchange = deps.exchange();
  const { wire, outcome } = await deps.transport.record(async () => exchange[method]({ ...parameters }));
  const said = saidIn(wire);
  deps.budget.hear({ status: wire.status, code: said.code, headers: wire.headers ?? {} });
  if (!outcome.ok) throw await failureOf(deps, { error: outcome.error, wire, said });
  try {
    return decode(answer, outcome.value, `the answer to ${method}`);
  } catch (error) {
    // The exchange did answer, so what was asked of it may well be done.
    const says = scrub(error instanceof Error ? error.message : 'unreadable answer', deps.secret());
    throw new RestFailure({ code: 'VENUE_SILENT', says, means: 'unknown' });
  }
}

function stopped(): RestFailure {
  return new RestFailure({
    code: 'VENUE_UNREACHABLE',
    says: 'not sent: trading was stopped while it waited',
    means: 'retry',
  });
}

/** Without the exchange's time nothing can be signed; a measurement that is due is taken at once. */
async function requireTime({ time }: RestDeps): Promise<void> {
  if (time.fault() === undefined) return;
  await time.measure();
  const fault = time.fault('just-now');
  if (fault === undefined) return;
  throw new RestFailure({ code: 'VENUE_UNREACHABLE', says: `not sent: ${fault}`, means: 'retry' });
}

interface Failed {
  readonly error: unknown;
  readonly wire: WireRecord;
  readonly said: { readonly code: number | undefined; readonly text: string | undefined };
}

async function failureOf(deps: RestDeps, { error, wire, said }: Failed): Promise<RestFailure> {
  const { code, text } = said;
  const means = treatmentOf({ name: errorName(error), left: wire.left, status: wire.status, code, text });
  const quoted = text ?? (error instanceof Error ? error.message : 'an error without words');
  const status = wire.status === undefined ? '' : ` (HTTP ${wire.status}${code === undefined ? '' : `, code ${code}`})`;
  const says = `binance${status}: ${scrub(quoted, deps.secret())}`;
  if (code === BINANCE_CODES.timeOutsideWindow) {
    deps.time.distrust();
    // Measured at once, so that the next request finds the offset as it is; where that fails, it says so itself.
    await deps.time.measure().catch(() => undefined);
  }
  if (isAboutKey(code)) deps.onKeyRefused(says);
  if (means === 'unknown') return new RestFailure({ code: 'VENUE_SILENT', says, exchangeCode: code, means });
  const isAnswered = wire.status !== undefined || means === 'refuse';
  return new RestFailure({ code: isAnswered ? 'VENUE_REFUSED' : 'VENUE_UNREACHABLE', says, exchangeCode: code, means });
}

/** The exchange's own code and words in an answer, where it is one of its refusals. */
function saidIn({ status, body }: WireRecord): {
  readonly code: number | undefined;
  readonly text: string | undefined;
} {
  if (status === undefined || status < 400 || body === undefined) return { code: undefined, text: undefined };
  try {
    const { code, msg } = JSON.parse(body) as { readonly code?: unknown; readonly msg?: unknown };
    return { code: typeof code === 'number' ? code : undefined, text: typeof msg === 'string' ? msg : undefined };
  } catch {
    return { code: undefined, text: undefined };
  }
}
