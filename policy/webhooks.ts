/** Rules about what makes the API server call a webhook, where a slip takes the cluster down. */
import { fieldAt, isPartlyUnknown, isUnknown, keyAt, listAt, objectsOf } from './objects.ts';
import { type Resource, type Rule, shown } from './resource.ts';

const CONFIGURATION = /^admissionregistration\.k8s\.io\/v1:(Mutating|Validating)WebhookConfiguration$/;

const webhooksOf = (resource: Resource): readonly unknown[] =>
  objectsOf(resource)
    .filter(({ kind, partial }) => CONFIGURATION.test(kind) && !partial)
    .flatMap(({ object }) => listAt(object, 'webhooks'));

const nameOf = (webhook: unknown): string => `webhook ${String(fieldAt(webhook, 'name'))}`;

/** The label that every namespace has, with its name. */
const NAME = 'kubernetes.io/metadata.name';

/**
 * Whether a selector keeps the webhook away from a namespace, by its name and not by a label that anybody may set. One that is still
 * unknown in part may.
 */
function leavesOut(webhook: unknown, namespace: string): boolean {
  const selector = fieldAt(webhook, 'namespaceSelector');
  if (isPartlyUnknown(selector)) return true;
  const only = keyAt(fieldAt(selector, 'matchLabels'), NAME);
  if (only !== undefined && only !== namespace) return true;
  return listAt(selector, 'matchExpressions').some((expression) => {
    const values = listAt(expression, 'values');
    const operator = fieldAt(expression, 'operator');
    if (keyAt(expression, 'key') !== NAME) return false;
    return (operator === 'NotIn' && values.includes(namespace)) || (operator === 'In' && !values.includes(namespace));
  });
}

/** `kube-system`, and the namespace that it runs in if it runs in the cluster and that is known. */
function forbiddenTo(webhook: unknown): readonly string[] {
  const own = fieldAt(webhook, 'clientConfig.service.namespace');
  return ['kube-system', ...(typeof own === 'string' && !isUnknown(own) ? [own] : [])];
}

export const webhookOutsideSystem: Rule = {
  name: 'webhook-outside-system',
  description:
    'No webhook is called for kube-system or for the namespace that it runs in: it would stand in the way of its own start.',
  check: (resource) =>
    webhooksOf(resource).flatMap((webhook) =>
      forbiddenTo(webhook)
        .filter((namespace) => !leavesOut(webhook, namespace))
        .map(
          (namespace) => `${nameOf(webhook)} matches the namespace ${namespace}: leave it out by ${NAME} in namespaceSelector`,
        ),
    ),
};

const LONGEST_SECONDS = 10;

export const webhookTimeout: Rule = {
  name: 'webhook-timeout',
  description: `The API server waits for a webhook ${LONGEST_SECONDS} s at most: requests pile up behind one that hangs.`,
  check: (resource) =>
    webhooksOf(resource)
      .map((webhook) => ({ webhook, seconds: fieldAt(webhook, 'timeoutSeconds') ?? LONGEST_SECONDS }))
      .filter(({ seconds }) => !isUnknown(seconds) && !(Number(seconds) <= LONGEST_SECONDS))
      .map(({ webhook, seconds }) => `${nameOf(webhook)} has timeoutSeconds ${shown(seconds)}: set at most ${LONGEST_SECONDS}`),
};

export const webhookSideEffects: Rule = {
  name: 'webhook-side-effects',
  description: 'Webhooks have no side effects: dry runs call them too, those of pulumi preview among them.',
  check: (resource) =>
    webhooksOf(resource)
      .map((webhook) => ({ webhook, effects: fieldAt(webhook, 'sideEffects') }))
      .filter(({ effects }) => !isUnknown(effects) && effects !== 'None')
      .map(({ webhook, effects }) => `${nameOf(webhook)} has sideEffects ${shown(effects)}: set None`),
};
