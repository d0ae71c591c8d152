import { z } from 'zod';
import { key } from './description.ts';
import { namespacedName, objectName, optional, whole } from './values.ts';

const slot = () => z.enum(['a', 'b']);
const HOURS_OF_30_YEARS = 262_800;

/** The webhook's certificate and who signs it. */
export const certificates = {
  trustedAuthorities: key(z.array(slot()).min(1), {
    description: 'Certificate authorities that the API server trusts; two while one is exchanged for the other.',
    type: 'array',
    items: 'string',
    expects: '["a"], ["b"] or ["a","b"]',
    example: '["a","b"]',
    default: ['a'],
  }),
  signingAuthority: key(slot(), {
    description: "The trusted authority that signs the webhook's certificate.",
    type: 'string',
    expects: 'a or b',
    example: 'a',
    default: 'a',
  }),
  authorityHours: key(whole(2, HOURS_OF_30_YEARS), {
    description: 'Hours that a certificate authority lives.',
    type: 'integer',
    expects: 'a whole number from 2 to 262800',
    example: '87600',
    default: 87_600,
  }),
  authorityRenewalHours: key(whole(1, HOURS_OF_30_YEARS), {
    description: 'Hours before its end from which an up makes it anew, on the same key.',
    type: 'integer',
    expects: 'a whole number from 1 to 262800',
    example: '17520',
    default: 17_520,
  }),
  certificateHours: key(whole(2, HOURS_OF_30_YEARS), {
    description: "Hours that the webhook's certificate lives.",
    type: 'integer',
    expects: 'a whole number from 2 to 262800',
    example: '8760',
    default: 8_760,
  }),
  certificateRenewalHours: key(whole(1, HOURS_OF_30_YEARS), {
    description: 'Hours before its end from which an up makes it anew. Run an up more often than that.',
    type: 'integer',
    expects: 'a whole number from 1 to 262800',
    example: '2160',
    default: 2_160,
  }),
  certificateSecret: key(optional(objectName()), {
    description:
      "Secret of type kubernetes.io/tls in orcon's namespace with the webhook's certificate, kept current by cert-manager, say. Empty: issued here.",
    type: 'string',
    expects: 'the name of a Secret',
    example: 'relations-webhook-tls',
    default: '',
  }),
  injectCaFrom: key(optional(namespacedName()), {
    description:
      'Certificate of cert-manager whose authority its injector tells the API server to trust, with certificateSecret.',
    type: 'string',
    expects: '<namespace>/<name>',
    example: 'orcon-system/relations-webhook',
    default: '',
  }),
  injectCaFromSecret: key(optional(namespacedName()), {
    description: 'Secret with that authority in ca.crt, in place of a Certificate; it has to allow direct injection.',
    type: 'string',
    expects: '<namespace>/<name>',
    example: 'orcon-system/authority',
    default: '',
  }),
};
