import { type JsonObject, objectAt, objectsAt, textAt, withFilled, withKey } from './json.ts';
import type { StampRecord } from './record.ts';
import { STAMP, WORKLOAD } from './vocabulary.ts';

/** The pod template without what `record` names; the template itself where there is nothing of it. */
export function strip(template: JsonObject, record: StampRecord | undefined): JsonObject {
  if (record === undefined) return template;
  const { put } = record;
  let spec = objectAt(template, 'spec');
  for (const list of ['initContainers', 'containers']) {
    const containers = objectsAt(spec, list);
    const kept = containers
      .filter((container) => list === 'containers' || !put.gates.includes(textAt(container, 'name') ?? ''))
      .map((container) => stripContainer(container, record));
    spec = withFilled(spec, list, kept);
  }
  if (put.volume !== undefined)
    spec = withFilled(
      spec,
      'volumes',
      objectsAt(spec, 'volumes').filter(({ name }) => name !== put.volume),
    );
  return withKey(withKey(template, 'spec', spec), 'metadata', stripMetadata(objectAt(template, 'metadata'), put.label));
}

function stripContainer(container: JsonObject, { put }: StampRecord): JsonObject {
  const name = textAt(container, 'name') ?? '';
  let stripped = container;
  if (put.init.includes(name) || put.app.includes(name)) {
    const sources = objectsAt(container, 'envFrom').filter((source) => objectAt(source, 'configMapRef').name !== put.configMap);
    stripped = withFilled(stripped, 'envFrom', sources);
  }
  const permit = Object.hasOwn(put.permits, name) ? put.permits[name] : undefined;
  if (permit !== undefined)
    stripped = withFilled(
      stripped,
      'env',
      objectsAt(container, 'env').filter((entry) => entry.name !== permit),
    );
  return stripped;
}

function stripMetadata(metadata: JsonObject, label: string): JsonObject {
  const labels = objectAt(metadata, 'labels');
  const unlabelled = labels[WORKLOAD] === label ? withFilled(metadata, 'labels', withKey(labels, WORKLOAD, undefined)) : metadata;
  return withFilled(unlabelled, 'annotations', withKey(objectAt(metadata, 'annotations'), STAMP, undefined));
}
