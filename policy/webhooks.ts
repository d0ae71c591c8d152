/** Rules about what makes the API server call a webhook, where a slip takes the cluster down. */
import { z } from 'zod';
import { number, type Resource, type Rule, shown, UNKNOWN } from './resource.ts';

const expression = z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() });
const webhook = z.looseObject({
  name: z.string(),
  clientConfig: z.looseObject({ service: z.looseObject({ namespace: z.string() }).optional() }),
  namespaceSelector: z.looseObject({ matchExpressions: z.array(expression).optional() }).optional(),
  sideEffects: z.string().optional(),
  timeoutSeconds: number.optional(),
});
type Webhook = z.output<typeof webhook>;

const CONFIGURATION = /^kubernetes:admissionregistration\.k8s\.io\/v1:(Mutating|Validating)WebhookConfiguration$/;

const webhooksOf = ({ type, inputs }: Resource): readonly Webhook[] =>
  CONFIGURATION.test(type) ? z.looseObject({ webhooks: z.array(webhook) }).parse(inputs).webhooks : [];

/** The label that every namespace has, with its name. */
const NAME = 'kubernetes.io/metadata.name';

/** Whether a selector keeps the webhook away from a namespace, by its name and not by a label that anybody may set. */
const leavesOut = ({ namespaceSelector }: Webhook, namespace: string): boolean =>
  (namespaceSelector?.matchExpressions ?? []).some(
    ({ key, operator, values = [] }) =>
      key === NAME &&
      ((operator === 'NotIn' && values.includes(namespace)) || (operator === 'In' && !values.includes(namespace))),
  );

export const webhookOutsideSystem: Rule = {
  name: 'webhook-outside-system',
  description:
    'No webhook is called for kube-system or for the namespace that it runs in: it would stand in the way of its own start.',
  check: (resource) =>
    webhooksOf(resource).flatMap((one) =>
      ['kube-system', ...(one.clientConfig.service === undefined ? [] : [one.clientConfig.service.namespace])]
        .filter((namespace) => !leavesOut(one, namespace))
        .map(
          (namespace) => `webhook ${one.name} matches the namespace ${namespace}: leave it out by ${NAME} in namespaceSelector`,
        ),
    ),
};

const LONGEST_SECONDS = 10;

export const webhookTimeout: Rule = {
  name: 'webhook-timeout',
  description: `The API server waits for a webhook ${LONGEST_SECONDS} s at most: requests pile up behind one that hangs.`,
  check: (resource) =>
    webhooksOf(resource)
      .filter(({ timeoutSeconds = 10 }) => timeoutSeconds !== UNKNOWN && timeoutSeconds > LONGEST_SECONDS)
      .map(({ name, timeoutSeconds }) => `webhook ${name} has timeoutSeconds ${timeoutSeconds}: set at most ${LONGEST_SECONDS}`),
};

export const webhookSideEffects: Rule = {
  name: 'webhook-side-effects',
  description: 'Webhooks have no side effects: dry runs call them too, those of pulumi preview among them.',
  check: (resource) =>
    webhooksOf(resource)
      .filter(({ sideEffects }) => sideEffects !== 'None')
      .map(({ name, sideEffects }) => `webhook ${name} has sideEffects ${shown(sideEffects)}: set None`),
};
