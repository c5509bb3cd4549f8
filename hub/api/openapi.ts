import { z } from 'zod';
import type { ApiRoute } from './api-route.ts';

/** The path that all routes of the API lie under. */
export const API_BASE = '/api/v1';

/** What every refusal looks like. */
export const ApiProblem = z.strictObject({
  code: z.string().describe('What programs may switch on.'),
  message: z.string(),
  hint: z.string().describe('What to do about it.'),
  problems: z.array(z.string()).describe('Each thing that is wrong, where there are several.'),
});

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request has not its form; every problem is listed.',
  401: 'Nobody is signed in.',
  403: 'The person may not do this, or has to step up first.',
  404: 'There is no such thing.',
  409: 'The state has changed meanwhile.',
  413: 'The body is too large.',
  422: 'The sheet is refused; every problem is listed.',
  429: 'Too many attempts.',
};

/** The OpenAPI document of routes, made from the schemas that decode their requests. Source: OpenAPI Specification 3.1. */
export function openApiDocument(routes: readonly ApiRoute[], release: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `${API_BASE}${openPath(route.path)}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse hub',
      version: release,
      description:
        'Limits under four eyes, and kills on record. A session cookie of the console opens it; requests that change something ' +
        'name their origin, as pages of the console do.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(ApiProblem) },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: '__Host-gatehouse' } },
    },
  };
}

/** A path with its parameters as OpenAPI writes them. */
export function openPath(path: string): string {
  return path.replaceAll(/:([a-z]+)/gi, '{$1}');
}

function operationOf({ method, path, needs, needsStepUp, summary, params, query, body, answer }: ApiRoute) {
  const needed = needsStepUp ? `${needs}, and a one-time code of the last five minutes` : needs;
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[/:-]+([a-z])/gi, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    description: `Needs: ${needed}.`,
    ...(needs === 'anyone' ? {} : { security: [{ session: [] }] }),
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: { [method === 'POST' ? '2XX' : '200']: successOf(answer), ...refusals() },
  };
}

function parametersOf(shape: z.ZodObject | undefined, place: 'path' | 'query') {
  const entries = Object.entries<z.core.$ZodType>(shape?.shape ?? {});
  return entries.map(([name, field]) => {
    const required = place === 'path' || !z.safeDecode(field as z.ZodType, undefined as never).success;
    return { name, in: place, required, schema: schemaOf(field) };
  });
}

function successOf(answer: ApiRoute['answer']) {
  const content =
    answer === 'text'
      ? { 'text/plain': { schema: { type: 'string' } } }
      : { 'application/json': { schema: schemaOf(answer) } };
  return { description: 'Done.', content };
}

function refusals() {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [status, { description, content }]),
  );
}

/** The schema of what travels. A value of ours, such as a decimal, has its text there. */
function schemaOf(schema: z.core.$ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
