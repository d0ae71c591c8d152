import { permitVariable } from './gate.ts';
import type { JsonObject } from './json.ts';
import { permitOf, permitVariableOf, type StampRecord, writeRecord } from './record.ts';
import { PERMIT, STAMP } from './vocabulary.ts';

/**
 * The strategic merge patch that takes a workload to an epoch: the permit in every place that its record names, and the record.
 * The gate stays as it is. It is right without the webhook.
 *
 * @param record the record of the workload's pod template
 * @param resourceVersion the version of the workload that the decision was made on
 */
export function rollPatch(record: StampRecord, epoch: number, resourceVersion: string): JsonObject {
  const raised: StampRecord = { ...record, epoch };
  const { configMap, gates, init, app, permits } = record.put;
  const hold = Object.keys(permits).length > 0 ? 'kubelet' : 'container';
  const naming = (name: string, variable: string): JsonObject => ({
    name,
    env: [permitVariable(variable, { configMap, permit: permitOf(raised), hold })],
  });
  const held = (names: readonly string[]) =>
    names.flatMap((name) => {
      const variable = permitVariableOf(record.put, name);
      return variable === undefined ? [] : [naming(name, variable)];
    });
  const initContainers = [...gates.map((gate) => naming(gate, PERMIT)), ...held(init)];
  const containers = held(app);
  return {
    metadata: { resourceVersion },
    spec: {
      template: {
        metadata: { annotations: { [STAMP]: writeRecord(raised) } },
        spec: {
          ...(initContainers.length > 0 ? { initContainers } : {}),
          ...(containers.length > 0 ? { containers } : {}),
        },
      },
    },
  };
}
