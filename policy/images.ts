/** Rules about images: those of the program's own pods, and those that the webhook puts into the pods of consumers. */
import { parse } from 'yaml';
import { GATE_FILE } from '../infra/names.ts';
import { fieldAt, isUnknown, keyAt, listAt, objectsOf } from './objects.ts';
import { containerName, podTemplatesOf } from './pod-templates.ts';
import { type Resource, type Rule, shown } from './resource.ts';

export const imageByDigest: Rule = {
  name: 'image-by-digest',
  description: 'Pods name their images by digest: nobody can put another one behind it, and what was reviewed is what runs.',
  check: (resource) => [
    ...podTemplatesOf(resource).flatMap(({ containers, partial }) =>
      containers.filter((container) => !partial || fieldAt(container, 'image') !== undefined).flatMap(withoutDigest),
    ),
    ...gatesOf(resource),
  ],
};

/** An image that is built in the same run is known by its digest and nothing else. */
function withoutDigest(container: unknown): readonly string[] {
  const image = fieldAt(container, 'image');
  if (isUnknown(image) || (typeof image === 'string' && /@sha256:[0-9a-f]{64}$/.test(image))) return [];
  return [`${containerName(container)} has the image ${shown(image)}: name it by digest, …@sha256:…`];
}

/** Of the webhook's settings: the containers that run in the pods of every consumer. */
function gatesOf(resource: Resource): readonly string[] {
  return objectsOf(resource)
    .filter(({ kind }) => kind === 'core/v1:ConfigMap')
    .flatMap(({ object }) => {
      const settings = keyAt(fieldAt(object, 'data'), GATE_FILE);
      if (typeof settings !== 'string' || isUnknown(settings)) return [];
      const containers = initContainersIn(settings);
      if (containers === undefined) return [`${GATE_FILE} is no YAML, so nobody can tell which images it names: mend it`];
      return containers.flatMap(withoutDigest).map((fault) => `${GATE_FILE}: in the pods of consumers ${fault}`);
    });
}

/** Undefined for what is no YAML. */
function initContainersIn(settings: string): readonly unknown[] | undefined {
  try {
    return listAt(parse(settings), 'initContainers');
  } catch {
    return undefined;
  }
}
