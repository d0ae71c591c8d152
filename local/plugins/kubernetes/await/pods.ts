/** Why a pod is not ready. */
import { arrayOf, at, isObject, type JsonObject, textOf } from '../../rpc/json.ts';
import { nameOf } from '../objects.ts';

/** One line for each thing that keeps the pod from being ready; none if it is ready or on its way without trouble. */
export function podReasons(pod: JsonObject): readonly string[] {
  const conditions = arrayOf(at(pod, 'status', 'conditions')).filter(isObject);
  const find = (type: string) => conditions.find((each) => each.type === type && each.status === 'False');
  const unscheduled = find('PodScheduled');
  if (unscheduled !== undefined) return [line(pod, unscheduled.reason, unscheduled.message)];
  const containers = [...containerReasons(pod, 'initContainerStatuses'), ...containerReasons(pod, 'containerStatuses')];
  if (containers.length > 0) {
    const unready = textOf((find('ContainersReady') ?? find('Initialized'))?.message) ?? '';
    return containers.map((reason) => `[Pod ${nameOf(pod)}]: ${unready === '' ? '' : `${unready} -- `}${reason}`);
  }
  const unready = find('Initialized') ?? find('ContainersReady') ?? find('Ready');
  return unready === undefined ? [] : [line(pod, unready.reason, unready.message)];
}

function line(pod: JsonObject, reason: JsonObject[string], message: JsonObject[string]): string {
  return `[Pod ${nameOf(pod)}]: [${reason ?? 'NotReady'}] ${message ?? ''}`.trim();
}

function containerReasons(pod: JsonObject, list: 'containerStatuses' | 'initContainerStatuses'): readonly string[] {
  return arrayOf(at(pod, 'status', list)).flatMap((status) => {
    const waiting = at(status, 'state', 'waiting');
    const reason = textOf(at(waiting, 'reason'));
    const terminated = at(status, 'state', 'terminated') ?? at(status, 'lastState', 'terminated');
    const exit = at(terminated, 'exitCode');
    const ended =
      typeof exit === 'number' && exit !== 0 ? [`[${textOf(at(terminated, 'reason')) ?? 'Error'}] exit code ${exit}`] : [];
    if (reason === undefined) return ended;
    if (reason === 'ContainerCreating' || reason === 'PodInitializing') return [];
    return [`[${reason}] ${textOf(at(waiting, 'message')) ?? ''}`.trim(), ...ended];
  });
}
