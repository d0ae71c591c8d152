import { z } from 'zod';
import { key } from './description.ts';
import { resources } from './resources.ts';
import { labelValue, objectName, optional, qualifiedName, unsetIfEmpty, whole } from './values.ts';

const toleration = z
  .strictObject({
    key: qualifiedName().optional(),
    operator: z.enum(['Exists', 'Equal']).optional(),
    value: labelValue().optional(),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
    tolerationSeconds: z.int().optional(),
  })
  .refine(({ key, operator, value }) => (operator === 'Exists' ? value === undefined : key !== undefined))
  .refine(({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === 'NoExecute');

const SIZES =
  'requests and limits of cpu, memory and ephemeral-storage, no request above its limit, each a quantity such as 250m or 512Mi (units are m, k, M, G, Ki, Mi and Gi; MB is none)';

/** How webhook and controller run. */
export const pods = {
  replicas: key(whole(1, 20), {
    description: 'Replicas of the webhook, and of the controller, of which one acts.',
    type: 'integer',
    expects: 'a whole number from 1 to 20',
    example: '2',
    default: 2,
  }),
  // Measured with the bundle in a memory cgroup, on loopback: 63 MiB idle and 5m; 92 MiB and 40m at 100 reviews of 4 KB a second;
  // 100 MiB at 2,000 a second on a core. What takes more is bounded (webhook/budget.ts): resident 214 MiB while 64 reviews of
  // 2.6 MB come at once, 181 while 80 clients stall 7 MiB each. 1,000 that stall 64 KiB each take 281, of which a limit of 256Mi
  // is charged 236: too near. No CPU limit: the API server waits for each answer.
  webhookResources: key(resources(), {
    description: 'Requests and limits of a webhook pod.',
    type: 'object',
    expects: SIZES,
    example: '{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"memory":"512Mi"}}',
    default: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
  }),
  // Measured against a simulated API server (docs/benchmarks.md): 113 MiB with 1,000 consumers, 173 with 20,000, 179 at its highest
  // there; 5m idle, a core while all change.
  controllerResources: key(resources(), {
    description: 'Requests and limits of a controller pod.',
    type: 'object',
    expects: SIZES,
    example: '{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"memory":"512Mi"}}',
    default: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  }),
  priorityClass: key(optional(objectName()), {
    description: 'PriorityClass of webhook and controller. Empty: the default one.',
    type: 'string',
    expects: 'the name of a PriorityClass',
    example: 'system-cluster-critical',
    default: '',
  }),
  nodeSelector: key(unsetIfEmpty(z.record(qualifiedName(), labelValue())), {
    description: 'Labels of the nodes that webhook and controller may run on. Empty: any.',
    type: 'object',
    expects: 'labels, each with a text for its value',
    example: '{"kubernetes.io/arch":"arm64"}',
    default: {},
  }),
  tolerations: key(unsetIfEmpty(z.array(toleration)), {
    description: 'Taints of nodes that webhook and controller tolerate.',
    type: 'array',
    items: 'object',
    expects: 'tolerations as pods have them: Exists without value, else a key; tolerationSeconds with NoExecute alone',
    example: '[{"key":"dedicated","operator":"Equal","value":"system","effect":"NoSchedule"}]',
    default: [],
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
