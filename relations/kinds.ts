import { isObject, type Json, type JsonObject, objectAt } from './json.ts';

/** The workload kinds that can consume. */
export type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob';

interface KindRules {
  readonly apiVersion: 'apps/v1' | 'batch/v1';
  /** The plural name in API paths. */
  readonly resource: string;
  /** Where the pod template is. */
  readonly template: readonly string[];
  /** Whether an update may change the template; a Job's is immutable. */
  readonly restamped: boolean;
  /** Whether a changed value starts a roll-out. The next Job of a CronJob reads fresh values by itself. */
  readonly rolled: boolean;
}

const POD_TEMPLATE = ['spec', 'template'];

export const KINDS: { readonly [kind in Kind]: KindRules } = {
  Deployment: { apiVersion: 'apps/v1', resource: 'deployments', template: POD_TEMPLATE, restamped: true, rolled: true },
  StatefulSet: { apiVersion: 'apps/v1', resource: 'statefulsets', template: POD_TEMPLATE, restamped: true, rolled: true },
  DaemonSet: { apiVersion: 'apps/v1', resource: 'daemonsets', template: POD_TEMPLATE, restamped: true, rolled: true },
  Job: { apiVersion: 'batch/v1', resource: 'jobs', template: POD_TEMPLATE, restamped: false, rolled: false },
  CronJob: {
    apiVersion: 'batch/v1',
    resource: 'cronjobs',
    template: ['spec', 'jobTemplate', ...POD_TEMPLATE],
    restamped: true,
    rolled: false,
  },
};

/** The pointer to a kind's pod template (RFC 6901). */
export const templatePointer = (kind: Kind): string => `/${KINDS[kind].template.join('/')}`;

export const isKind = (text: unknown): text is Kind => typeof text === 'string' && Object.hasOwn(KINDS, text);

/** The pod template of a workload; undefined where the object has none. */
export function templateOf(kind: Kind, object: JsonObject): JsonObject | undefined {
  let at: Json | undefined = object;
  for (const key of KINDS[kind].template) at = isObject(at) ? at[key] : undefined;
  return isObject(at) ? at : undefined;
}

/** `object` with its pod template replaced; everything beside the way there is shared with it. */
export const withTemplate = (kind: Kind, object: JsonObject, template: JsonObject): JsonObject =>
  replacedAt(object, KINDS[kind].template, template);

function replacedAt(object: JsonObject, path: readonly string[], value: JsonObject, depth = 0): JsonObject {
  const key = path[depth];
  if (key === undefined) return value;
  const before = objectAt(object, key);
  const after = replacedAt(before, path, value, depth + 1);
  return before === after ? object : { ...object, [key]: after };
}

export const ALL_KINDS: readonly Kind[] = Object.keys(KINDS).filter(isKind);
