import { z } from 'zod';
import { key } from './description.ts';
import { labelValue, qualifiedName, whole } from './values.ts';

/** What every object bears, and which ones there are beside the apps. */
export const objects = {
  labels: key(z.record(qualifiedName(), labelValue()), {
    description:
      "Labels for every object that the stack has, its pods included, beside orcon's own; not for what runs there writes: Lease, ConfigMaps, Events.",
    type: 'object',
    expects: 'labels, each with a text for its value',
    example: '{"team":"platform"}',
    default: {},
  }),
  annotations: key(z.record(qualifiedName(), z.string()), {
    description: 'Annotations for the same objects.',
    type: 'object',
    expects: 'annotations, each with a text for its value',
    example: '{"example.org/contact":"platform@example.org"}',
    default: {},
  }),
  podDisruptionBudgets: key(z.boolean(), {
    description: 'Whether PodDisruptionBudgets keep all replicas but one while nodes are drained.',
    type: 'boolean',
    expects: 'true or false',
    example: 'true',
    default: true,
  }),
  serviceMonitors: key(z.boolean(), {
    description: 'Whether the Prometheus operator is told of the metrics by a ServiceMonitor. Its CRDs have to be there.',
    type: 'boolean',
    expects: 'true or false',
    example: 'true',
    default: false,
  }),
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
