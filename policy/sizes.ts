/** Rules about what containers take of a node. */
import { fieldAt } from './objects.ts';
import { containerName, podTemplatesOf } from './pod-templates.ts';
import type { Rule } from './resource.ts';

const FIELDS = ['requests.cpu', 'requests.memory', 'limits.memory'];

export const sized: Rule = {
  name: 'sized',
  description: 'Containers ask for processor time and memory and are limited in memory, so that none starves its neighbours.',
  check: (resource) =>
    podTemplatesOf(resource)
      .filter(({ partial }) => !partial)
      .flatMap(({ containers }) => containers)
      .flatMap((container) =>
        FIELDS.filter((field) => fieldAt(container, `resources.${field}`) === undefined).map(
          (field) => `${containerName(container)} has no resources.${field}: set it`,
        ),
      ),
};
