import { z } from 'zod';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { commandRoutes } from './command-routes.ts';
import { epochRoutes } from './epoch-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { killRoutes } from './kill-routes.ts';
import { limitRoutes } from './limit-routes.ts';
import { openApiDocument } from './openapi.ts';
import { retentionRoutes } from './retention-routes.ts';
import { stepUpRoute } from './step-up-route.ts';

const documentRoute: ApiRoute = apiRoute({
  method: 'GET',
  path: '/openapi.json',
  needs: 'anyone',
  summary: 'This description of the API.',
  answer: z.looseObject({ openapi: z.string() }),
  handle: async (_, { release }) => ({ json: openApiDocument(apiRoutes, release) }),
});

/** Every door of the API. */
export const apiRoutes: readonly ApiRoute[] = [
  documentRoute,
  stepUpRoute,
  ...limitRoutes,
  ...killRoutes,
  ...commandRoutes,
  ...epochRoutes,
  ...fileRoutes,
  ...retentionRoutes,
];
