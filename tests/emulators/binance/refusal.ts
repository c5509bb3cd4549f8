/**
 * A request that Binance refuses, with its own code and words.
 *
 * Source: Binance spot API documentation, "Error codes".
 */
export class Refusal extends Error {
  readonly code: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What a refused cancel-replace carries beside the code. */
  readonly data: object | undefined;

  constructor(
    code: number,
    message: string,
    more: {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly data?: object;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.status = more.status ?? 400;
    this.headers = more.headers ?? {};
    this.data = more.data;
  }

  /** The body of the answer. */
  body(): object {
    const body = { code: this.code, msg: this.message };
    return this.data === undefined ? body : { ...body, data: this.data };
  }
}

/** The refusals that are raised in more than one place. */
export const REFUSALS = {
  noSuchOrder: () => new Refusal(-2013, 'Order does not exist.'),
  unknownOrder: () => new Refusal(-2011, 'Unknown order sent.'),
  rejected: (message: string) => new Refusal(-2010, message),
  filter: (name: string) => new Refusal(-1013, `Filter failure: ${name}`),
  missing: (name: string) =>
    new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`),
  eitherOf: (one: string, other: string) =>
    new Refusal(-1102, `Param '${one}' or '${other}' must be sent, but both were empty/null!`),
  badKey: () => new Refusal(-2015, 'Invalid API-key, IP, or permissions for action.', { status: 401 }),
} as const;
