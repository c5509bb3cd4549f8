import { jsonAnswer } from './shape-answers.ts';

/** The body of a request for a subset, or why it is none. */
export type BodyReading =
  | { readonly kind: 'body'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Reads a JSON object of bounded size. */
export async function readBody(request: Request, bytesMax: number): Promise<BodyReading> {
  const text = await readText(request, bytesMax);
  if (text === undefined) return refused(413, { error: 'Request body is too large' });
  let value: unknown;
  try {
    value = JSON.parse(text === '' ? '{}' : text);
  } catch {
    return refused(400, { error: 'Invalid JSON in request body' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused(400, { error: 'Request body must be a JSON object' });
  }
  return { kind: 'body', value: value as Readonly<Record<string, unknown>> };
}

/** The answer to a body that is none; the connection ends, since the rest of the body may still be coming. */
export function refusedBody({ status, body }: Extract<BodyReading, { kind: 'refused' }>): Response {
  return jsonAnswer(status, body, status === 413 ? { connection: 'close' } : {});
}

async function readText(request: Request, bytesMax: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function refused(status: number, body: Readonly<Record<string, unknown>>): BodyReading {
  return { kind: 'refused', status, body };
}
