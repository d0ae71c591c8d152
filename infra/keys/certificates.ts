import { z } from 'zod';
import { key } from './description.ts';
import { whole } from './values.ts';

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
};
