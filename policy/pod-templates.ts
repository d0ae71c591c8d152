/** The pods that resources make, whichever kind of workload makes them. */
import { fieldAt, listAt, objectsOf } from './objects.ts';
import type { Resource } from './resource.ts';

/** Where each kind has the template of its pods; a Pod is one itself. */
const TEMPLATES: Readonly<Record<string, string>> = {
  'core/v1:Pod': '',
  'core/v1:PodTemplate': 'template',
  'core/v1:ReplicationController': 'spec.template',
  'apps/v1:ReplicaSet': 'spec.template',
  'apps/v1:Deployment': 'spec.template',
  'apps/v1:StatefulSet': 'spec.template',
  'apps/v1:DaemonSet': 'spec.template',
  'batch/v1:Job': 'spec.template',
  'batch/v1:CronJob': 'spec.jobTemplate.spec.template',
};

export interface PodTemplate {
  readonly metadata: unknown;
  readonly spec: unknown;
  readonly containers: readonly unknown[];
  /** Of a patch: what is not set may be set already. */
  readonly partial: boolean;
}

export function podTemplatesOf(resource: Resource): readonly PodTemplate[] {
  return objectsOf(resource).flatMap(({ kind, object, partial }) => {
    const path = TEMPLATES[kind];
    if (path === undefined) return [];
    const template = fieldAt(object, path);
    const spec = fieldAt(template, 'spec');
    const lists = ['containers', 'initContainers', 'ephemeralContainers'];
    const containers = lists.flatMap((list) => listAt(spec, list));
    return [{ metadata: fieldAt(template, 'metadata'), spec, containers, partial }];
  });
}

/** `container app`, in an error. */
export const containerName = (container: unknown): string =>
  `container ${String(fieldAt(container, 'name') ?? 'without a name')}`;
