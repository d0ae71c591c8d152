import { isList, isObject, type Json, type JsonObject, objectAt, objectsAt, textAt } from '../../relations/json.ts';
import { PERMIT, REQUIRED_VARS } from '../../relations/vocabulary.ts';
import { literal } from './cel.ts';

/** The fields of a gate container that the stamp makes, or that decide nothing about what it does. */
export const MADE_BY_STAMP: readonly string[] = [
  'name',
  'env',
  'envFrom',
  'volumeMounts',
  'resources',
  'securityContext',
  'imagePullPolicy',
  'terminationMessagePath',
  'terminationMessagePolicy',
];

/** What the stamp says of the security of a gate that says nothing itself, or a part of it (relations/gate.ts). */
const RESTRICTED: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  seccompProfile: { type: 'RuntimeDefault' },
  runAsNonRoot: true,
  runAsUser: 65532,
};

/** What of it only some pods need: those that say so of their own containers, and those that run as root. */
const AT_NEED: readonly string[] = ['runAsNonRoot', 'runAsUser'];

/** Long names are cut to make place for a number where the pod has a container of that name already. */
const KEPT_OF_NAME = 58;

/** The init containers that are configured, as the API server holds them in a pod template: a list in CEL. */
export const configuredGates = (initContainers: readonly JsonObject[]): string =>
  literal(initContainers.map((container) => ({ ...shape(asStored(container)), ...security(container) })));

/** What a configured container says, by how it is compared. */
function shape(container: JsonObject): JsonObject {
  const told = [REQUIRED_VARS, PERMIT];
  return {
    name: (textAt(container, 'name') ?? '').slice(0, KEPT_OF_NAME),
    env: objectsAt(container, 'env').filter(({ name }) => !told.includes(String(name))),
    envFrom: objectsAt(container, 'envFrom'),
    volumeMounts: objectsAt(container, 'volumeMounts'),
    rest: Object.fromEntries(Object.entries(container).filter(([key]) => !MADE_BY_STAMP.includes(key))),
  };
}

/** What a configured container says of its security, be it that it is nothing; and what of it a pod may be without. */
const security = ({ securityContext }: JsonObject): JsonObject =>
  isObject(securityContext)
    ? { securityContext: Object.fromEntries(Object.entries(securityContext).filter(([, value]) => value !== null)), atNeed: [] }
    : { securityContext: RESTRICTED, atNeed: AT_NEED };

/** A container with what the API server leaves out and adds (pkg/apis/core/v1/defaults.go). */
function asStored(container: JsonObject): JsonObject {
  const list = (key: string, complete: (item: JsonObject) => JsonObject): JsonObject =>
    isList(container[key]) ? { [key]: objectsAt(container, key).map(complete) } : {};
  const each = (keys: readonly string[], complete: (item: JsonObject) => JsonObject): JsonObject =>
    Object.fromEntries(keys.filter((key) => isObject(container[key])).map((key) => [key, complete(objectAt(container, key))]));
  const completed: JsonObject = {
    ...container,
    ...list('ports', (port) => ({ protocol: 'TCP', ...port })),
    ...list('env', variable),
    ...each(['livenessProbe', 'readinessProbe', 'startupProbe'], (probe) => ({ ...PROBE, ...probe, ...handler(probe) })),
    ...each(['lifecycle'], (hooks) => Object.fromEntries(Object.keys(hooks).map((key) => [key, hook(objectAt(hooks, key))]))),
  };
  return Object.fromEntries(Object.entries(completed).filter(([, value]) => !isEmpty(value)));
}

const PROBE: JsonObject = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

const handler = (probe: JsonObject): JsonObject => ({
  ...(isObject(probe.httpGet) && { httpGet: { path: '/', scheme: 'HTTP', ...probe.httpGet } }),
  ...(isObject(probe.grpc) && { grpc: { service: '', ...probe.grpc } }),
});
const hook = (each: JsonObject): JsonObject => ({ ...each, ...handler(each) });

function variable(entry: JsonObject): JsonObject {
  const from = objectAt(entry, 'valueFrom');
  if (isObject(from.fieldRef)) return { ...entry, valueFrom: { fieldRef: { apiVersion: 'v1', ...from.fieldRef } } };
  if (isObject(from.resourceFieldRef))
    return { ...entry, valueFrom: { resourceFieldRef: { divisor: '0', ...from.resourceFieldRef } } };
  return entry.value === '' ? { name: entry.name } : entry;
}

/** What is written and says nothing is not stored. */
function isEmpty(value: Json | undefined): boolean {
  if (isList(value)) return value.length === 0;
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === false ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}
