import { z } from 'zod';

/** `''` for a value that is not set, which comes out as undefined. */
export const optional = <T>(schema: z.ZodType<T>) => z.union([z.literal('').transform(() => undefined), schema]);
export const text = (pattern: RegExp) => z.string().regex(pattern);
export const whole = (min: number, max: number) => z.int().min(min).max(max);

export const dnsLabel = () => text(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
/** What most objects may be called: a DNS name, dots included. */
export const objectName = () => text(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
export const imageReference = () => text(/^[a-z0-9][a-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/i);
/** An image that cannot become another one. */
export const imageDigest = () => text(/^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/i);
export const quantity = () => text(/^[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$/);
