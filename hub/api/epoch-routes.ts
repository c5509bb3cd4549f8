import { KitError } from '@gatehouse/shared/errors.ts';
import { EPOCH_DOCUMENT_LENGTH_MAX } from '@gatehouse/shared/governance/verify-epoch.ts';
import { Count, HashText, Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { openEpoch } from '../control/epochs/open-epoch.ts';
import { type ApiRoute, apiRoute, personOf } from './api-route.ts';
import { doneOr } from './limit-answers.ts';

const BODY_BYTES_MAX = 64 * 1024;

/** The end of a fork: a new epoch of an edge, by a document that two people signed. */
export const epochRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'POST',
    path: '/edges/:edge/epoch',
    needs: 'devices.manage',
    needsStepUp: true,
    summary:
      'Open the next epoch of an edge from where its record ends, by a document that two records officers signed.',
    params: z.strictObject({ edge: Identifier }),
    body: z.strictObject({
      document: z
        .string()
        .min(1)
        .max(EPOCH_DOCUMENT_LENGTH_MAX)
        .describe('What "gatehouse epoch propose" wrote and two people signed with "gatehouse sign".'),
    }),
    bodyBytesMax: BODY_BYTES_MAX,
    answer: z.strictObject({
      edge: Identifier,
      epoch: Count,
      from: z.strictObject({ seq: Count, hash: HashText }),
      signedBy: z.array(Identifier),
    }),
    async handle(request, { commands }) {
      if (commands === undefined) {
        throw new KitError('PROCESS_UNREACHABLE', 'this hub opens no epochs', {
          hint: 'Ask the hub process that has the hub’s key.',
        });
      }
      const { edge } = request.params;
      const outcome = await openEpoch(commands, personOf(request), { edge, document: request.body.document });
      const { opening, by } = doneOr(outcome);
      const { epoch, from } = opening;
      return { json: { edge, epoch, from: { ...from }, signedBy: [...by] }, status: 201 };
    },
  }),
];
