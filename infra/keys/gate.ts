import { z } from 'zod';
import { key } from './description.ts';
import { dnsLabel, imageReference, optional, quantity } from './values.ts';

const digestOf = (image: string) => `ghcr.io/acme/${image}@sha256:${'0'.repeat(64)}`;

const container = z.looseObject({ name: dnsLabel(), image: z.string().min(1) });

/** What holds the pods of consumers. */
export const gate = {
  hold: key(z.enum(['container', 'kubelet']), {
    description: 'What holds a pod: a gate container that waits and says for what, or the kubelet alone, which is quicker.',
    type: 'string',
    expects: 'container or kubelet',
    example: 'kubelet',
    default: 'container',
  }),
  gateImage: key(optional(imageReference()), {
    description:
      'Image of the gate container in place of the one built here; by digest, says the rule image-by-digest. Empty: built here, or none with hold kubelet.',
    type: 'string',
    expects: 'an image reference',
    example: digestOf('gate'),
    default: '',
  }),
  gateCpu: key(quantity(), {
    description: 'Processor time of the gate container, request and limit, in pods that have sizes themselves.',
    type: 'string',
    expects: 'a Kubernetes quantity',
    example: '50m',
    default: '50m',
  }),
  gateMemory: key(quantity(), {
    description: 'Memory of the gate container, request and limit, in pods that have sizes themselves.',
    type: 'string',
    expects: 'a Kubernetes quantity',
    example: '16Mi',
    default: '16Mi',
  }),
  initContainers: key(z.array(container), {
    description: 'Further init containers for the pods of consumers, after the gate; images by digest, says that rule.',
    type: 'array',
    items: 'object',
    expects: 'a list of containers, each with name and image',
    example: `[{"name":"wait","image":"${digestOf('wait')}"}]`,
    default: [],
  }),
};
