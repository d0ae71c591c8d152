/** Looking into the Kubernetes objects of a resource, which may still be unknown in part. */
import { type Resource, UNKNOWN } from './resource.ts';

/** An object that a resource stands for: its own, one of its list, or what a patch sets of one. */
export interface KubernetesObject {
  /** As `apps/v1:Deployment`, of a list or patch too. */
  readonly kind: string;
  readonly object: unknown;
  /** A patch: what it does not set may be set already. */
  readonly partial: boolean;
}

const TYPE = /^kubernetes:([^:]+:\w+?)(List|Patch)?$/;

export function objectsOf({ type, inputs }: Resource): readonly KubernetesObject[] {
  const [, kind, form] = TYPE.exec(type) ?? [];
  if (kind === undefined) return [];
  const objects = form === 'List' ? listAt(inputs, 'items') : [inputs];
  return objects.map((object) => ({ kind, object, partial: form === 'Patch' }));
}

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** Whether anything in a value is still unknown. */
export const isPartlyUnknown = (value: unknown): boolean => JSON.stringify(value)?.includes(UNKNOWN) ?? false;

/**
 * The value at a path of names with dots between them; the object itself for an empty one. Undefined where there is none, or null;
 * unknown where a step of the way is.
 */
export function fieldAt(object: unknown, path: string): unknown {
  const steps = path === '' ? [] : path.split('.');
  return steps.reduce<unknown>(keyAt, object) ?? undefined;
}

/** The value under a key, which may have dots in it. */
export function keyAt(object: unknown, key: string): unknown {
  if (isUnknown(object)) return UNKNOWN;
  return typeof object === 'object' && object !== null && Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined;
}

/** The elements of the list at a path; none where there is no list, or it is unknown. */
export function listAt(object: unknown, path: string): readonly unknown[] {
  const list: unknown = fieldAt(object, path);
  return Array.isArray(list) ? list : [];
}

/** Keys and values at a path; none where there are none, or they are unknown. */
export function entriesAt(object: unknown, path: string): readonly (readonly [string, unknown])[] {
  const map = fieldAt(object, path);
  return typeof map === 'object' && map !== null ? Object.entries(map) : [];
}
