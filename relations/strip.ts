import { isGate, isRelationsSource, isRelationsVolume, needsPermit } from './gate.ts';
import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  jsonEqual,
  listAt,
  objectAt,
  presentKeys,
  textAt,
  withFilled,
  withKey,
} from './json.ts';
import type { Put, StampRecord } from './record.ts';
import { STAMP, WORKLOAD } from './vocabulary.ts';

/** The pod template without what `record` names; the template itself where there is nothing of it. */
export function strip(template: JsonObject, record: StampRecord | undefined): JsonObject {
  if (record === undefined) return template;
  const { put } = record;
  let spec = objectAt(template, 'spec');
  for (const list of ['initContainers', 'containers']) {
    const kept = listAt(spec, list).flatMap((container): readonly Json[] => {
      if (!isObject(container)) return [container];
      return list === 'initContainers' && isGate(container, put.gates) ? [] : [stripContainer(container, put)];
    });
    spec = filledIfOther(spec, list, kept);
  }
  const { volume } = put;
  if (volume !== undefined) {
    const kept = listAt(spec, 'volumes').flatMap((each): readonly Json[] =>
      isObject(each) && isRelationsVolume(each, volume, put.configMap) ? withoutConfigMap(each) : [each],
    );
    spec = filledIfOther(spec, 'volumes', kept);
  }
  return withKey(withKey(template, 'spec', spec), 'metadata', stripMetadata(objectAt(template, 'metadata'), put.label));
}

/** Ours is told by what it says, not by the container's name: somebody may have renamed the container and kept the rest. */
function stripContainer(container: JsonObject, { configMap }: Put): JsonObject {
  const sources = listAt(container, 'envFrom').filter((source) => !isRelationsSource(source, configMap));
  const env = listAt(container, 'env').flatMap((entry): readonly Json[] =>
    isObject(entry) ? withoutPermit(entry, configMap) : [entry],
  );
  return filledIfOther(filledIfOther(container, 'envFrom', sources), 'env', env);
}

/** An `env` entry without the permit; a merge may have put a text of the user's into ours, and that stays. */
function withoutPermit(entry: JsonObject, configMap: string): readonly JsonObject[] {
  if (!needsPermit(entry, configMap)) return [entry];
  return textAt(entry, 'value') ? [withKey(entry, 'valueFrom', undefined)] : [];
}

/** What a merge put into our volume beside the ConfigMap: one of the user's of the same name. */
function withoutConfigMap(volume: JsonObject): readonly JsonObject[] {
  const rest = withKey(volume, 'configMap', undefined);
  return presentKeys(rest).length > 1 ? [rest] : [];
}

/** `object` with the list at `key` replaced; what is no list has nothing of ours and stays. */
const filledIfOther = (object: JsonObject, key: string, list: readonly Json[]): JsonObject =>
  !isList(object[key]) || jsonEqual(object[key], list) ? object : withFilled(object, key, list);

function stripMetadata(metadata: JsonObject, label: string): JsonObject {
  const labels = objectAt(metadata, 'labels');
  const unlabelled = labels[WORKLOAD] === label ? withFilled(metadata, 'labels', withKey(labels, WORKLOAD, undefined)) : metadata;
  return withFilled(unlabelled, 'annotations', withKey(objectAt(metadata, 'annotations'), STAMP, undefined));
}
