import type { GateSettings } from '../../relations/gate.ts';
import { type JsonObject, objectAt } from '../../relations/json.ts';
import { rollPatch } from '../../relations/roll.ts';
import { create, podTemplate, recordOf, update, withAnnotations, withPodTemplate } from './api-server.ts';
import { strategicMerge } from './merges.ts';
import { GATE, templateWith, workload } from './workloads.ts';

/** A stored consumer, and what happens to it. */

/** The gate after an upgrade of orcon. */
export const OTHER_GATE: GateSettings = { hold: 'container', initContainers: [{ name: 'tengu-gate', image: 'gate:2' }] };
export const IMAGE_2 = templateWith([{ name: 'web', image: 'web:2' }]);
export const manifest = workload({ spec: { replicas: 1 } });

export const stored = (settings: GateSettings = GATE): JsonObject => create(manifest, settings).object;

/** The workload after the controller has rolled it to an epoch. */
export const rolledTo = (object: JsonObject, epoch: number, settings: GateSettings = GATE): JsonObject =>
  update(object, strategicMerge(object, rollPatch(recordOf(object), epoch, '')), settings).object;

/** What `kubectl rollout undo` makes of a Deployment: template and annotations of the older revision. */
export const undone = (now: JsonObject, revision: JsonObject): JsonObject =>
  withPodTemplate(withAnnotations(now, objectAt(objectAt(revision, 'metadata'), 'annotations')), podTemplate(revision));
