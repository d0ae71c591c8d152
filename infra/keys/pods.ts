import { z } from 'zod';
import { key } from './description.ts';
import { objectName, optional, whole } from './values.ts';

/** How webhook and controller run. */
export const pods = {
  replicas: key(whole(1, 20), {
    description: 'Replicas of the webhook, and of the controller, of which one acts.',
    type: 'integer',
    expects: 'a whole number from 1 to 20',
    example: '2',
    default: 2,
  }),
  priorityClass: key(optional(objectName()), {
    description: 'PriorityClass of webhook and controller. Empty: the default one.',
    type: 'string',
    expects: 'the name of a PriorityClass',
    example: 'system-cluster-critical',
    default: '',
  }),
  logLevel: key(z.enum(['debug', 'info', 'warn', 'error']), {
    description: 'How much webhook and controller log.',
    type: 'string',
    expects: 'debug, info, warn or error',
    example: 'info',
    default: 'info',
  }),
  maxRolls: key(whole(1, 1000), {
    description: 'Workloads that are rolled at a time when a value changed.',
    type: 'integer',
    expects: 'a whole number from 1 to 1000',
    example: '20',
    default: 20,
  }),
};
