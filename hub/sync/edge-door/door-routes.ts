import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import {
  EnrolmentAnswer,
  EnrolmentId,
  EnrolmentRequest,
  InstanceId,
  RenewalRequest,
  TokenSecret,
} from '@gatehouse/shared/schema/enrolment.ts';
import type { DeviceAccess } from '../enrolment/device-access.ts';
import type { DeviceIdentity } from '../enrolment/device-identity.ts';
import type { DeviceRequests } from '../enrolment/device-requests.ts';
import type { DoorRate } from './door-rate.ts';

/** The header by which an edge says which run of its process asks. */
export const INSTANCE_HEADER = 'gatehouse-instance';

/** What may be mounted behind the door. Shape: `caller` is the edge that the certificate names. */
export type DoorHandler = (
  request: Request,
  caller: { readonly kind: 'edge'; readonly edge: string },
) => Promise<Response>;

/** What the door's routes work with. */
export interface DoorRoutesDeps {
  readonly requests: DeviceRequests;
  readonly access: DeviceAccess;
  readonly rate: DoorRate;
  /** Answers below `/v1/shapes/`. */
  readonly shapes?: DoorHandler | undefined;
  readonly log: (line: string) => void;
}

/** Who stands before the door. Shape: `device` is absent where no certificate of ours was shown. */
export interface Visitor {
  readonly device: DeviceIdentity | undefined;
  readonly address: string;
}

/** The longest body. Units: bytes; a request has about 2,000. */
export const DOOR_BODY_BYTES_MAX = 65_536;

const POLL = /^\/v1\/enrol\/([^/]+)$/;
const SHAPES = '/v1/shapes/';
const BEARER = /^Bearer (\S+)$/;

/** Answers requests at the door; every failure becomes an answer that names its code and its cure. */
export function createDoorRoutes(deps: DoorRoutesDeps): (request: Request, visitor: Visitor) => Promise<Response> {
  return async (request, visitor) => {
    try {
      return await route(deps, request, visitor);
    } catch (error) {
      // Who has a certificate guesses nothing, and an edge that lost its access must not slow down its neighbours.
      if (new URL(request.url).pathname.startsWith('/v1/enrol')) deps.rate.failed(visitor.address);
      return failure(deps, error);
    }
  };
}

function route(deps: DoorRoutesDeps, request: Request, visitor: Visitor): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, id] = POLL.exec(pathname) ?? [];
  if (pathname === '/v1/enrol' && request.method === 'POST') return enrol(deps, request, visitor);
  if (id !== undefined && request.method === 'GET') return poll(deps, request, { ...visitor, id });
  if (pathname === '/v1/renew' && request.method === 'POST') return renew(deps, request, visitor);
  if (pathname.startsWith(SHAPES) && request.method === 'GET' && deps.shapes !== undefined) {
    return deps.shapes(request, { kind: 'edge', edge: admitted(deps, request, visitor).edge });
  }
  throw new KitError('NOT_FOUND', 'there is no such way through this door');
}

async function enrol(deps: DoorRoutesDeps, request: Request, { address }: Visitor): Promise<Response> {
  assertRate(deps, address);
  const asked = decode(EnrolmentRequest, await jsonOf(request), 'the request');
  return answer(EnrolmentAnswer.parse(await deps.requests.request(asked, address)));
}

/** The secret is a header, since an address ends up in logs. */
async function poll(
  deps: DoorRoutesDeps,
  request: Request,
  visitor: Visitor & { readonly id: string },
): Promise<Response> {
  assertRate(deps, visitor.address);
  const [, secret] = BEARER.exec(request.headers.get('authorization') ?? '') ?? [];
  const [id, known] = [EnrolmentId.safeParse(visitor.id), TokenSecret.safeParse(secret)];
  if (!id.success || !known.success) throw new KitError('FORBIDDEN', 'the token is missing');
  return answer(await deps.requests.answer(id.data, known.data));
}

async function renew(deps: DoorRoutesDeps, request: Request, visitor: Visitor): Promise<Response> {
  const device = admitted(deps, request, visitor);
  assertRate(deps, visitor.address);
  const { note } = decode(RenewalRequest, await jsonOf(request), 'the renewal');
  return answer({ v: 1, grant: await deps.requests.renew(device, note) });
}

/** The device behind the connection, asked with every request: a revocation counts at once. Errors: `SIGN_IN_NEEDED`, `FORBIDDEN`. */
function admitted({ access }: DoorRoutesDeps, request: Request, { device }: Visitor): DeviceIdentity {
  if (device === undefined) {
    throw new KitError('SIGN_IN_NEEDED', 'the connection shows no certificate of this hub', {
      hint: 'Enrol this edge with "gatehouse enrol" and a token from the page of devices.',
    });
  }
  const why = access.refusalOf(device);
  if (why !== undefined) {
    throw new KitError('FORBIDDEN', why, {
      hint: 'Have a new token issued on the page of devices and enrol this edge again.',
    });
  }
  access.seen(device, InstanceId.safeParse(request.headers.get(INSTANCE_HEADER)).data);
  return device;
}

function assertRate({ rate }: DoorRoutesDeps, address: string): void {
  if (rate.admits(address)) return;
  throw new KitError('ATTEMPTS_EXHAUSTED', 'too many requests came from this address within a minute', {
    hint: 'Wait a minute and try again.',
  });
}

async function jsonOf(request: Request): Promise<unknown> {
  const bytes = await boundedBody(request);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // The cause would repeat a part of the body, which holds a secret.
    throw new KitError('MESSAGE_MALFORMED', 'the body is no JSON');
  }
}

async function boundedBody({ body }: Request): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > DOOR_BODY_BYTES_MAX) {
      throw new KitError('BODY_TOO_LARGE', `the body has more than ${DOOR_BODY_BYTES_MAX} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function answer(value: unknown): Response {
  return Response.json(value, { headers: { 'Cache-Control': 'no-store' } });
}

/** What was wrong with a body may repeat a part of it, so its own words stay here; the rest is told. */
function failure({ log }: DoorRoutesDeps, error: unknown): Response {
  const isKnown = error instanceof KitError && error.code !== 'INVARIANT_BROKEN';
  if (!isKnown) log(`the door for edges failed: ${describeError(error)}`);
  const { code, message, hint, treatment } = isKnown
    ? error
    : new KitError('INVARIANT_BROKEN', 'something in the hub failed', { hint: 'The hub’s log says more.' });
  const body = { code, message, ...(hint === undefined ? {} : { hint }) };
  return Response.json(body, { status: treatment.http, headers: { 'Cache-Control': 'no-store' } });
}
