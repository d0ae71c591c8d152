import { z } from 'zod';

/** `''` for a value that is not set, which comes out as undefined. */
export const optional = <T>(schema: z.ZodType<T>) => z.union([z.literal('').transform(() => undefined), schema]);
/** A list or an object that is not set while it is empty. */
export const unsetIfEmpty = <T extends object>(schema: z.ZodType<T>) =>
  schema.transform((value) => (Object.keys(value).length > 0 ? value : undefined));

export const text = (pattern: RegExp) => z.string().regex(pattern);
export const whole = (min: number, max: number) => z.int().min(min).max(max);

export const dnsLabel = () => text(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
/** What most objects may be called: a DNS name, dots included. */
export const objectName = () => text(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
export const namespacedName = () => text(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
export const imageReference = () => text(/^[a-z0-9][a-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/i);
/** An image that cannot become another one. */
export const imageDigest = () => text(/^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/i);
/** A Kubernetes quantity. YAML makes a number of `cpu: 1`. */
export const quantity = () =>
  z.preprocess((value) => (typeof value === 'number' ? String(value) : value), text(/^[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$/));

/** Key of a label or annotation: a name, after a DNS name and a slash if it has a prefix. */
export const qualifiedName = () =>
  text(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
export const labelValue = () => text(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/);
