import { KitError } from '@gatehouse/shared/errors.ts';
import { z } from 'zod';
import { stepUp } from '../people/step-up.ts';
import { type ApiRoute, apiRoute, personOf } from './api-route.ts';

const StepUpBody = z.strictObject({
  code: z
    .string()
    .regex(/^\d{3} ?\d{3}$/, 'not a code of six digits')
    .describe('What the authenticator shows now.'),
});

const StepUpAnswer = z.strictObject({ until: z.string().describe('UTC with nanoseconds') });

const MS_PER_SECOND = 1_000;

/** Proves the second factor again, which loosening needs. */
export const stepUpRoute: ApiRoute = apiRoute({
  method: 'POST',
  path: '/step-up',
  needs: 'session',
  summary: 'Prove the second factor again with a fresh one-time code; it opens what needs one for five minutes.',
  body: StepUpBody,
  answer: StepUpAnswer,
  async handle(request, { people }) {
    const { viewer, from } = personOf(request);
    const result = await stepUp(people, viewer, { code: request.body.code, from });
    if (result.kind === 'stepped-up') return { json: { until: result.until } };
    if (result.kind === 'wait') {
      const seconds = Math.ceil(result.waitMs / MS_PER_SECOND);
      throw new KitError('ATTEMPTS_EXHAUSTED', 'too many codes were wrong', {
        hint: `Try again in ${seconds} seconds.`,
      });
    }
    throw new KitError('STEP_UP_NEEDED', 'the code is not the one that the authenticator shows now', {
      hint: 'Wait for the next code; each serves once, also the one that you signed in with.',
    });
  },
});
