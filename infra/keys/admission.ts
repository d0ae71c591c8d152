import { z } from 'zod';
import { key } from './description.ts';
import { whole } from './values.ts';

/** When and how the API server calls the webhook. */
export const admission = {
  failurePolicy: key(z.enum(['Fail', 'Ignore']), {
    description: 'Consumers while no webhook answers: Fail refuses them, Ignore lets them through, to be mended later.',
    type: 'string',
    expects: 'Fail or Ignore',
    example: 'Fail',
    default: 'Fail',
  }),
  webhookTimeoutSeconds: key(whole(1, 10), {
    description: "Seconds that the API server waits for the webhook's answer.",
    type: 'integer',
    expects: 'a whole number from 1 to 10',
    example: '5',
    default: 5,
  }),
};
