import { z } from 'zod';
import { key } from './description.ts';
import { dnsLabel, optional } from './values.ts';

/** Which cluster, which namespace, and which namespaces orcon looks after. */
export const place = {
  expectedContext: key(optional(z.string()), {
    description: 'Guard against the wrong cluster: kubernetes:context must be this. Empty: no guard.',
    type: 'string',
    expects: 'the name of a kubeconfig context',
    example: 'production',
    default: '',
  }),
  namespace: key(dnsLabel(), {
    description: 'Namespace of orcon itself.',
    type: 'string',
    expects: 'a DNS label',
    example: 'orcon-system',
    default: 'orcon-system',
  }),
  createNamespace: key(z.boolean(), {
    description: 'Whether that namespace is created; false where it is given.',
    type: 'boolean',
    expects: 'true or false',
    example: 'true',
    default: true,
  }),
  instance: key(optional(dnsLabel()), {
    description:
      'Tells several orcons in one cluster apart, each with a namespace of its own and its own list of namespaces. Empty: the only one.',
    type: 'string',
    expects: 'a DNS label',
    example: 'blue',
    default: '',
  }),
  namespaces: key(z.array(dnsLabel()), {
    description:
      'Namespaces that orcon looks after, among those labelled tengu-injector=enabled. Empty: all. They have to exist.',
    type: 'array',
    items: 'string',
    expects: 'a list of DNS labels',
    example: '["shop","billing"]',
    default: [],
  }),
};
