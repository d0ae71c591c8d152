import { WINDOWS_FIELDS } from '../../relations/gate.ts';
import { RECORD_PATTERN } from '../../relations/record.ts';
import {
  CONSUMES,
  INJECTED,
  PERMIT,
  RELATIONS,
  RELATIONS_FOLDER,
  RELATIONSHIPS,
  RELATIONSHIPS_DEFAULT,
  REQUIRED_VARS,
  STAMP,
  STATUS_INJECTED,
  WORKLOAD,
} from '../../relations/vocabulary.ts';
import { all, any, entry, lines, listAt, mapAt, same, sameBut, text, texts } from './cel.ts';
import { MADE_BY_STAMP } from './gates.ts';
import { IN_OPTED_IN_NAMESPACE, KEPT_BY_SERVER, type Policy, type Validation } from './policy.ts';

/**
 * Of a workload the controller changes the stamp alone: by a roll (relations/roll.ts), and by an empty patch that takes it
 * through the webhook, whose part of the change is seen here too. A gate container comes from the settings as deployed, or it
 * stays as it is: whoever has the controller's token chooses neither image nor command.
 *
 * @param gates the configured init containers, in CEL
 */
export const workloadPolicy = (gates: string): Policy => ({
  name: 'workloads',
  rules: [
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], operations: ['UPDATE'] },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], operations: ['UPDATE'] },
  ],
  variables: variables(gates),
  validations: [IN_OPTED_IN_NAMESPACE, METADATA, SPEC, TEMPLATE_METADATA, RECORD, VOLUMES, OWN_CONTAINERS, SUPPLY, GATES],
});

/** Parts of a stamp, by how they look, whatever workload they were made for: they may be taken off. The item is `e`. */
const OURS = 'startsWith("relations-")';
const SOURCE = all(
  'has(e.configMapRef) && size(e) == 1',
  `e.configMapRef.?name.orValue("").${OURS} && e.configMapRef.?optional.orValue(false)`,
);
const VOLUME = all(
  'has(e.configMap) && size(e) == 2 && !has(e.configMap.items)',
  `e.configMap.?name.orValue("").${OURS} && e.configMap.?optional.orValue(false)`,
);
const KEY_REF = 'e.valueFrom.configMapKeyRef';
/** The variable's name counts too: a permit's key can hold any text. */
const PERMIT_VARIABLE = all(
  `e.name.startsWith(${text(PERMIT)}) && has(e.valueFrom) && has(${KEY_REF})`,
  `${KEY_REF}.?name.orValue("").${OURS} && ${KEY_REF}.key.startsWith(${text(`${PERMIT}_`)})`,
);
const TOLD = `e.name in ${texts([REQUIRED_VARS, PERMIT])}`;
const isGate = (container: string): string => `${listAt(container, 'env')}.exists(e, e.name == ${text(REQUIRED_VARS)})`;

/** A ConfigMap's name that is longer was shortened, with a hash that cannot be computed here: its beginning has to do. */
const LONG_NAME = { limit: 253, kept: 200 };
/** Whether a name is that of this workload's own ConfigMap, and the workload may have one. */
const isOwn = (name: string): string =>
  all(
    'variables.consumes',
    any(
      `${name} == variables.configMap`,
      `size(variables.configMap) > ${LONG_NAME.limit} && ${name}.startsWith(variables.configMap.substring(0, ${LONG_NAME.kept}))`,
    ),
  );

const OWN_SOURCE = all(SOURCE, isOwn('e.configMapRef.name'));

const templateOf = (object: string): string =>
  `has(${object}.spec.template) ? ${object}.spec.template : ${object}.spec.jobTemplate.spec.template`;

const variables = (gates: string): Policy['variables'] => {
  const each = (name: string, now: string, before: string) => [
    { name, expression: now },
    { name: `${name}Before`, expression: before },
  ];
  const ofEither = (name: string, of: (end: string) => string) => each(name, of(''), of('Before'));
  return [
    ...each('object', 'dyn(object)', 'dyn(oldObject)'),
    ...ofEither('labels', (end) => mapAt(`variables.object${end}.metadata`, 'labels')),
    ...ofEither('annotations', (end) => mapAt(`variables.object${end}.metadata`, 'annotations')),
    { name: 'gates', expression: gates },
    { name: 'configMap', expression: '"relations-" + request.kind.kind.lowerAscii() + "-" + object.metadata.name' },
    { name: 'consumes', expression: `${texts([CONSUMES, RELATIONS])}.exists(k, k in variables.annotations)` },
    ...ofEither('template', (end) => templateOf(`variables.object${end}`)),
    ...ofEither('podMetadata', (end) => mapAt(`variables.template${end}`, 'metadata')),
    ...ofEither('podLabels', (end) => mapAt(`variables.podMetadata${end}`, 'labels')),
    ...ofEither('podAnnotations', (end) => mapAt(`variables.podMetadata${end}`, 'annotations')),
    ...ofEither('volumes', (end) => listAt(`variables.template${end}.spec`, 'volumes')),
    ...ofEither('init', (end) => listAt(`variables.template${end}.spec`, 'initContainers')),
    ...ofEither('app', (end) => `variables.template${end}.spec.containers`),
    // Without the gates, which are told by what they are told.
    ...ofEither('own', (end) => `variables.init${end}.filter(c, !(${isGate('c')})) + variables.app${end}`),
    ...ofEither('all', (end) => `variables.init${end} + variables.app${end}`),
  ];
};

/** The API server counts a DaemonSet's templates there, whatever is sent. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const both = (name: string): [string, string] => [`variables.${name}`, `variables.${name}Before`];
const [OBJECT, BEFORE] = both('object');
const [TEMPLATE, TEMPLATE_BEFORE] = both('template');
const unchanged = ([now, before]: [string, string], key: string): string => `${now}[?${text(key)}] == ${before}[?${text(key)}]`;

const METADATA: Validation = {
  expression: lines(
    same(`${OBJECT}.metadata`, `${BEFORE}.metadata`, ['labels', 'annotations', ...KEPT_BY_SERVER]),
    same(...both('labels'), [RELATIONSHIPS]),
    any(
      unchanged(both('labels'), RELATIONSHIPS),
      `!(${text(RELATIONSHIPS)} in variables.labelsBefore) && ${entry('variables.labels', RELATIONSHIPS)} == ${text(RELATIONSHIPS_DEFAULT)}`,
    ),
    same(...both('annotations'), [STATUS_INJECTED, TEMPLATE_GENERATION]),
    any(
      unchanged(both('annotations'), STATUS_INJECTED),
      `${entry('variables.annotations', STATUS_INJECTED)} in ${texts(['', INJECTED])}`,
    ),
  ),
  message: `of a workload's metadata only the label ${RELATIONSHIPS} and the annotation ${STATUS_INJECTED}, as the stamp has them`,
};

const SPEC: Validation = {
  expression: lines(
    same(`${OBJECT}.spec`, `${BEFORE}.spec`, ['template', 'jobTemplate']),
    any(
      `!has(${OBJECT}.spec.jobTemplate)`,
      all(
        same(`${OBJECT}.spec.jobTemplate`, `${BEFORE}.spec.jobTemplate`, ['spec']),
        same(`${OBJECT}.spec.jobTemplate.spec`, `${BEFORE}.spec.jobTemplate.spec`, ['template']),
      ),
    ),
    same(TEMPLATE, TEMPLATE_BEFORE, ['metadata', 'spec']),
    same(`${TEMPLATE}.spec`, `${TEMPLATE_BEFORE}.spec`, ['initContainers', 'containers', 'volumes']),
  ),
  message: 'of a workload only what the stamp consists of: gate, sources and variables of its ConfigMap, volume, label, record',
};

const TEMPLATE_METADATA: Validation = {
  expression: lines(
    same(...both('podMetadata'), ['labels', 'annotations']),
    same(...both('podLabels'), [WORKLOAD]),
    any(
      `!(${text(WORKLOAD)} in variables.podLabels)`,
      unchanged(both('podLabels'), WORKLOAD),
      `${entry('variables.podLabels', WORKLOAD)}.startsWith(request.kind.kind.lowerAscii() + ".")`,
    ),
    same(...both('podAnnotations'), [STAMP]),
  ),
  message: `of a pod template's metadata only the label ${WORKLOAD} and the annotation ${STAMP}`,
};

const RECORD_TEXT = entry('variables.podAnnotations', STAMP);

/** CEL reads no JSON, but in a text as `writeRecord` writes it each key stands where it is looked for, and nowhere else. */
const RECORD: Validation = {
  expression: any(
    `!(${text(STAMP)} in variables.podAnnotations)`,
    unchanged(both('podAnnotations'), STAMP),
    all(
      'variables.consumes',
      `${RECORD_TEXT}.startsWith('{"v":1,"kind":"' + request.kind.kind + '","name":"' + object.metadata.name + '",')`,
      `${RECORD_TEXT}.matches(${text(RECORD_PATTERN.source)})`,
      any(
        `${RECORD_TEXT}.contains('"put":{"configMap":"' + variables.configMap + '",')`,
        `size(variables.configMap) > ${LONG_NAME.limit}`,
      ),
    ),
  ),
  message: 'the record of a stamp is for the workload that bears it, and for one that consumes',
};

const VOLUMES: Validation = {
  expression: lines(
    sameBut(...both('volumes'), VOLUME),
    `variables.volumes.filter(e, ${VOLUME}).all(e, e in variables.volumesBefore || ${isOwn('e.configMap.name')})`,
  ),
  message: "of a pod's volumes only that of the workload's own ConfigMap",
};

/**
 * Whether the sources of container `c` are those of `o`, in their order, but for ours: it may be taken off, and put first alone,
 * where everything of the user's own wins over it. One that looks like ours and is another workload's may be the user's too.
 */
const SOURCES = any(
  `${listAt('c', 'envFrom')} == ${listAt('o', 'envFrom')}`,
  `${listAt('c', 'envFrom')} == ${listAt('c', 'envFrom')}.filter(e, ${OWN_SOURCE}) + ${listAt('o', 'envFrom')}.filter(e, ${all(
    `!(${OWN_SOURCE})`,
    any(`!(${SOURCE})`, `e in ${listAt('c', 'envFrom')}`),
  )})`,
);

const OWN_CONTAINERS: Validation = {
  expression: lines(
    'variables.own.map(c, c.name) == variables.ownBefore.map(c, c.name)',
    'variables.app.map(c, c.name) == variables.appBefore.map(c, c.name)',
    `variables.own.all(c, variables.ownBefore.exists(o, ${all(
      'o.name == c.name',
      same('c', 'o', ['env', 'envFrom']),
      sameBut(listAt('c', 'env'), listAt('o', 'env'), PERMIT_VARIABLE),
      SOURCES,
    )}))`,
  ),
  message: 'a container of the user only gets values: its ConfigMap in envFrom, and the permit in env',
};

const keptFrom = (list: string): string => `variables.allBefore.exists(o, o.name == c.name && e in ${listAt('o', list)})`;

const SUPPLY: Validation = {
  expression: `variables.all.all(c, ${all(
    `${listAt('c', 'envFrom')}.filter(e, ${SOURCE}).all(e, ${any(isOwn('e.configMapRef.name'), keptFrom('envFrom'))})`,
    `${listAt('c', 'env')}.filter(e, ${PERMIT_VARIABLE}).all(e, ${any(isOwn(`${KEY_REF}.name`), keptFrom('env'))})`,
  )})`,
  message: "a workload that consumes gets the values and the permit of its own ConfigMap, no other's",
};

const POD_SPEC = 'variables.template.spec';
const MOUNT = `e.mountPath == ${text(RELATIONS_FOLDER)}`;

/** What a gate does not say of its security, by the pod that it goes into (relations/gate.ts). */
const MAY_BE_LEFT_OUT = any(
  `${POD_SPEC}.?os.?name.orValue("") == "windows" && !(k in ${texts(WINDOWS_FIELDS)})`,
  `k in g.atNeed && ${POD_SPEC}.?securityContext.?runAsUser.orValue(-1) != 0`,
);

const GATES: Validation = {
  expression: `variables.init.filter(c, ${isGate('c')}).all(c, ${all(
    `${listAt('c', 'env')}.filter(e, ${TOLD}).all(e, ${any('!has(e.valueFrom)', PERMIT_VARIABLE)})`,
    any(
      `variables.initBefore.exists(o, ${all(
        `o.name == c.name && ${isGate('o')}`,
        // As of any other container: a gate that no record names, of the prototype's kind, is stamped as one of the user's own.
        same('c', 'o', ['env', 'envFrom']),
        sameBut(listAt('c', 'env'), listAt('o', 'env'), any(TOLD, PERMIT_VARIABLE)),
        SOURCES,
      )})`,
      `variables.consumes && variables.gates.exists(g, ${all(
        'c.name.startsWith(g.name)',
        same('c', 'g.rest', MADE_BY_STAMP),
        `${listAt('c', 'env')}.filter(e, !(${TOLD})) == g.env`,
        `${listAt('c', 'envFrom')}.filter(e, !(${SOURCE})) == g.envFrom`,
        `${mapAt('c', 'securityContext')}.all(k, k in g.securityContext && c.securityContext[k] == g.securityContext[k])`,
        `g.securityContext.all(k, ${any(`k in ${mapAt('c', 'securityContext')}`, MAY_BE_LEFT_OUT)})`,
        `${listAt('c', 'volumeMounts')}.filter(e, !(${MOUNT})) == g.volumeMounts`,
        `${listAt('c', 'volumeMounts')}.filter(e, ${MOUNT}).all(m, ${all(
          'size(m) == 3 && m.?readOnly.orValue(false)',
          `variables.volumes.exists(e, e.name == m.name && ${VOLUME})`,
        )})`,
      )})`,
    ),
  )})`,
  message: 'a gate container comes from the settings as they were deployed, or stays as it is but for permit and values',
};
