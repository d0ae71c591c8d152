import { isGate, isRelationsSource, isRelationsVolume, needsPermit } from './gate.ts';
import { type JsonObject, jsonEqual, objectAt, objectsAt, textAt, withFilled, withKey } from './json.ts';
import type { Put, StampRecord } from './record.ts';
import { STAMP, WORKLOAD } from './vocabulary.ts';

/** The pod template without what `record` names; the template itself where there is nothing of it. */
export function strip(template: JsonObject, record: StampRecord | undefined): JsonObject {
  if (record === undefined) return template;
  const { put } = record;
  let spec = objectAt(template, 'spec');
  for (const list of ['initContainers', 'containers']) {
    const containers = objectsAt(spec, list);
    const kept = containers
      .filter((container) => list === 'containers' || !isGate(container, put.gates))
      .map((container) => stripContainer(container, put));
    spec = withFilled(spec, list, kept);
  }
  const { volume } = put;
  if (volume !== undefined) {
    const kept = objectsAt(spec, 'volumes').filter((each) => !isRelationsVolume(each, volume, put.configMap));
    spec = withFilled(spec, 'volumes', kept);
  }
  return withKey(withKey(template, 'spec', spec), 'metadata', stripMetadata(objectAt(template, 'metadata'), put.label));
}

/** Ours is told by what it says, not by the container's name: somebody may have renamed the container and kept the rest. */
function stripContainer(container: JsonObject, { configMap }: Put): JsonObject {
  const sources = objectsAt(container, 'envFrom').filter((source) => !isRelationsSource(source, configMap));
  const env = objectsAt(container, 'env').flatMap((entry) => withoutPermit(entry, configMap));
  return filledIfOther(filledIfOther(container, 'envFrom', sources), 'env', env);
}

/** An `env` entry without the permit; a merge may have put a text of the user's into ours, and that stays. */
function withoutPermit(entry: JsonObject, configMap: string): readonly JsonObject[] {
  if (!needsPermit(entry, configMap)) return [entry];
  return textAt(entry, 'value') ? [withKey(entry, 'valueFrom', undefined)] : [];
}

const filledIfOther = (container: JsonObject, key: string, list: readonly JsonObject[]): JsonObject =>
  jsonEqual(container[key], list) ? container : withFilled(container, key, list);

function stripMetadata(metadata: JsonObject, label: string): JsonObject {
  const labels = objectAt(metadata, 'labels');
  const unlabelled = labels[WORKLOAD] === label ? withFilled(metadata, 'labels', withKey(labels, WORKLOAD, undefined)) : metadata;
  return withFilled(unlabelled, 'annotations', withKey(objectAt(metadata, 'annotations'), STAMP, undefined));
}
