import { z } from 'zod';
import { key } from './description.ts';
import { whole } from './values.ts';

/** Who may talk to whom. */
export const network = {
  networkPolicies: key(z.boolean(), {
    description: 'Whether NetworkPolicies narrow who talks to whom.',
    type: 'boolean',
    expects: 'true or false',
    example: 'true',
    default: true,
  }),
  apiServerPorts: key(z.array(whole(1, 65535)).min(1), {
    description: 'Ports of the API server that the controller may reach, by those NetworkPolicies.',
    type: 'array',
    items: 'integer',
    expects: 'a list of ports',
    example: '[443,6443]',
    default: [443, 6443],
  }),
};
