/**
 * What a failure means for the request that failed.
 *
 * Shape: `refuse`: the exchange, or ccxt before it, said no, and the same request gets the same answer. `retry`: it was not served
 *        this time; a question may be asked again later. `unknown`: nobody knows whether it was done. An order is never sent again
 *        under any of the three.
 */
export type ErrorTreatment = 'retry' | 'refuse' | 'unknown';

/**
 * Every class of error that ccxt throws, with what it means where neither the exchange's code nor the state of the connection
 * says more.
 *
 * Shape: by the name of the class; a test holds it against what the installed ccxt exports. `OperationFailed` and its network
 *        errors are thrown before, while and after a request is served, so they count as unknown unless the wire knows better.
 */
export const CCXT_ERRORS = {
  BaseError: 'unknown',
  ExchangeError: 'refuse',
  AuthenticationError: 'refuse',
  PermissionDenied: 'refuse',
  AccountNotEnabled: 'refuse',
  AccountSuspended: 'refuse',
  ArgumentsRequired: 'refuse',
  BadRequest: 'refuse',
  BadSymbol: 'refuse',
  OperationRejected: 'refuse',
  NoChange: 'refuse',
  MarginModeAlreadySet: 'refuse',
  MarketClosed: 'refuse',
  ManualInteractionNeeded: 'refuse',
  RestrictedLocation: 'refuse',
  InsufficientFunds: 'refuse',
  InvalidAddress: 'refuse',
  AddressPending: 'refuse',
  InvalidOrder: 'refuse',
  OrderNotFound: 'refuse',
  OrderNotCached: 'unknown',
  OrderImmediatelyFillable: 'refuse',
  OrderNotFillable: 'refuse',
  DuplicateOrderId: 'unknown',
  ContractUnavailable: 'refuse',
  NotSupported: 'refuse',
  InvalidProxySettings: 'refuse',
  ExchangeClosedByUser: 'unknown',
  OperationFailed: 'unknown',
  NetworkError: 'unknown',
  DDoSProtection: 'retry',
  RateLimitExceeded: 'retry',
  ExchangeNotAvailable: 'unknown',
  OnMaintenance: 'retry',
  InvalidNonce: 'retry',
  ChecksumError: 'unknown',
  RequestTimeout: 'unknown',
  TimedOut: 'unknown',
  BadResponse: 'unknown',
  NullResponse: 'unknown',
  CancelPending: 'unknown',
  UnsubscribeError: 'unknown',
} as const satisfies Readonly<Record<string, ErrorTreatment>>;

/**
 * Codes of Binance under which a request may have been carried out although the answer is an error.
 *
 * Shape: no cell is here for a 5xx status, since every one of those means the same. A duplicate id is among them: the order of that
 *        id exists, which the refusal of a second one must not hide.
 */
const UNKNOWN_CODES: ReadonlySet<number> = new Set([-1000, -1001, -1006, -1007, -1010, -2021, -2022]);

/** The order of this client order id stands already; the text is how the exchange tells it from other refusals of -2010. */
const DUPLICATE_TEXT = /duplicate order/i;

/** Codes of Binance with which a request was not served and would be at another time. */
const RETRY_CODES: ReadonlySet<number> = new Set([-1003, -1004, -1008, -1015, -1021, -1034, -3044, -5041]);

/** Codes of Binance that speak against the key, after which a session is made anew with the secret as it then is. */
const KEY_CODES: ReadonlySet<number> = new Set([-1002, -1022, -2008, -2014, -2015]);

/** The codes that the connector itself decides by. */
export const BINANCE_CODES = {
  noSuchSymbol: -1121,
  tooManyOrders: -1015,
  timeOutsideWindow: -1021,
  cancelRejected: -2011,
  noSuchOrder: -2013,
  archived: -2026,
} as const;

/** What is known of a failed request. Shape: `status` and `code` are absent where no answer came. */
export interface FailureFacts {
  /** The name of the class that ccxt threw. */
  readonly name: string;
  /** Whether any byte of the request may have left this machine. */
  readonly left: boolean;
  readonly status?: number | undefined;
  readonly code?: number | undefined;
  readonly text?: string | undefined;
}

/**
 * What a failure means, by all that is known of it.
 *
 * Shape: the exchange's own code counts first, then the HTTP status, then whether anything left this machine, then the class. A class that
 *        is not in the table is unknown.
 */
export function treatmentOf({ name, left, status, code, text }: FailureFacts): ErrorTreatment {
  if (status !== undefined && status >= 500) return 'unknown';
  if (code !== undefined) {
    if (UNKNOWN_CODES.has(code) || DUPLICATE_TEXT.test(text ?? '')) return 'unknown';
    return RETRY_CODES.has(code) || status === 429 || status === 418 ? 'retry' : 'refuse';
  }
  if (status === 429 || status === 418) return 'retry';
  if (status === 408) return 'unknown';
  if (status !== undefined) return status >= 400 ? 'refuse' : 'unknown';
  const byClass: ErrorTreatment = Object.hasOwn(CCXT_ERRORS, name)
    ? CCXT_ERRORS[name as keyof typeof CCXT_ERRORS]
    : 'unknown';
  if (left) return 'unknown';
  // What never left was certainly not done, and only a refusal of its content would come again.
  return byClass === 'refuse' ? 'refuse' : 'retry';
}

/** Whether a failure speaks against the key. */
export function isAboutKey(code: number | undefined): boolean {
  return code !== undefined && KEY_CODES.has(code);
}
