import { ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { SocketLine } from '../kit/socket-line.ts';
import type { LineEvents, WireAnswer, WireRequest } from '../kit/wire-server.ts';
import { admit, type Credentials, signedParameters, signedText } from './access.ts';
import type { ApiKey } from './accounts.ts';
import type { Exchange } from './exchange.ts';
import type { Operation, QuerySettings } from './operation.ts';
import type { Parameters } from './order-request.ts';
import { Refusal } from './refusal.ts';
import type { UserStreams } from './user-streams.ts';

/** What stands behind both doors. */
export interface Hall {
  readonly exchange: Exchange;
  readonly keys: readonly ApiKey[];
  readonly settings: QuerySettings;
  readonly operations: readonly Operation[];
  readonly users: UserStreams;
}

interface Performed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly account: string | undefined;
}

/** Stands in where an operation asks for no key; such an operation looks at none. */
const NOBODY: ApiKey = {
  key: '',
  secret: '',
  permissions: { reading: false, spotTrading: false, withdrawals: false, ipRestricted: false },
  account: { id: '', balances: new Map(), makerRate: ZERO, takerRate: ZERO, burnsBnb: false, updatedAtMs: 0 },
};

/** Does what was asked, with everything that stands before it: limits, access, parameters. */
function perform(
  hall: Hall,
  operation: Operation,
  { parameters, credentials }: { readonly parameters: Parameters; readonly credentials: Credentials },
): Performed {
  const { exchange, keys, settings } = hall;
  const { limits, clock } = exchange;
  let account: string | undefined;
  try {
    const weight = typeof operation.weight === 'number' ? operation.weight : operation.weight(parameters);
    // The wallet's interface counts for itself, and nothing here comes near its limits.
    if (operation.http?.includes('/sapi/') !== true) limits.charge(weight);
    const key = admit(credentials, { security: operation.security, keys, nowMs: clock.server() });
    if (operation.orders !== undefined && key !== undefined) {
      account = key.account.id;
      limits.chargeOrders(account, operation.orders);
    }
    const body = operation.run({ exchange, parameters, settings, key: key ?? NOBODY });
    return { status: 200, headers: limits.headers(account), body, account };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const headers = { ...limits.headers(account), ...error.headers };
    return { status: error.status, headers, body: error.body(), account };
  }
}

/** The door for HTTP. */
export function handleHttp(hall: Hall, request: WireRequest): WireAnswer {
  const name = `${request.method} ${request.path}`;
  const operation = hall.operations.find(({ http }) => http === name);
  if (operation === undefined) return { status: 404, body: '<html><body><h2>404 Not found</h2></body></html>' };
  const { parameters, query, body } = request;
  const key = request.headers['x-mbx-apikey'];
  const credentials = {
    key: typeof key === 'string' ? key : undefined,
    signature: parameters.get('signature'),
    timestamp: parameters.get('timestamp'),
    recvWindow: parameters.get('recvWindow'),
    payload: signedText(query, body),
  };
  const { status, headers, body: answer } = perform(hall, operation, { parameters, credentials });
  return { status, headers, body: JSON.stringify(answer) };
}

/** The door for requests in a socket, through which the user data streams go out as well. */
export function handleSocketRequests(hall: Hall, line: SocketLine): LineEvents {
  return {
    message(text) {
      const asked = readRequest(text);
      if (asked === undefined) {
        line.send(
          'ws-api',
          JSON.stringify({ id: null, status: 400, error: { code: -1135, msg: 'Invalid JSON Request' } }),
        );
        return;
      }
      const { id, method, parameters } = asked;
      line.exchange({
        path: method,
        parameters,
        text,
        handle: () => JSON.stringify({ id, ...answer(hall, line, { method, parameters }) }),
        instead: ({ status, body }) => {
          const error: unknown =
            body === undefined ? { code: -1000, msg: 'An unknown error occurred.' } : JSON.parse(body);
          return JSON.stringify({ id, status, error });
        },
      });
    },
    closed() {
      hall.users.forget(line);
    },
  };
}

interface SocketRequest {
  readonly id: unknown;
  readonly method: string;
  readonly parameters: Parameters;
}

function readRequest(text: string): SocketRequest | undefined {
  try {
    const { id, method, params = {} } = JSON.parse(text) as Record<string, unknown>;
    if (typeof method !== 'string' || typeof params !== 'object' || params === null) return undefined;
    return { id, method, parameters: new Map(Object.entries(params).map(([name, value]) => [name, `${value}`])) };
  } catch {
    return undefined;
  }
}

function answer(hall: Hall, line: SocketLine, { method, parameters }: Omit<SocketRequest, 'id'>): object {
  const operation =
    hall.operations.find(({ socket }) => socket === method) ??
    hall.users.operations(line).find((one) => one.socket === method);
  if (operation === undefined) {
    return { status: 400, error: { code: -1020, msg: 'This operation is not supported.' } };
  }
  const credentials = {
    key: parameters.get('apiKey'),
    signature: parameters.get('signature'),
    timestamp: parameters.get('timestamp'),
    recvWindow: parameters.get('recvWindow'),
    payload: signedParameters(parameters),
  };
  const { status, body, account } = perform(hall, operation, { parameters, credentials });
  const shown = status === 200 ? { status, result: body } : { status, error: body };
  if (parameters.get('returnRateLimits') === 'false') return shown;
  return { ...shown, rateLimits: hall.exchange.limits.describe(account) };
}
