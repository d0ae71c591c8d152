import { ALL_KINDS } from '../../relations/kinds.ts';
import { RESERVED_PATTERN } from '../../relations/variables.ts';
import { EPOCH, PERMIT, PHASE, RELATIONS_OF, RELEASED, STAMP, STATUS } from '../../relations/vocabulary.ts';
import { CONTROLLER } from '../names.ts';
import { any, entry, lines, listAt, mapAt, same, text, texts } from './cel.ts';
import { IN_OPTED_IN_NAMESPACE, KEPT_BY_SERVER, type Policy } from './policy.ts';

const [LABELS, LABELS_BEFORE] = ['variables.labels', 'variables.labelsBefore'];
const [ANNOTATIONS, ANNOTATIONS_BEFORE] = ['variables.annotations', 'variables.annotationsBefore'];

/** What an object was that is made is empty; what one is that is deleted is what it was. */
const VARIABLES: Policy['variables'] = [
  { name: 'object', expression: 'object == null ? dyn(oldObject) : dyn(object)' },
  { name: 'before', expression: 'oldObject == null ? dyn({"metadata": {}}) : dyn(oldObject)' },
  { name: 'labels', expression: mapAt('variables.object.metadata', 'labels') },
  { name: 'labelsBefore', expression: mapAt('variables.before.metadata', 'labels') },
  { name: 'annotations', expression: mapAt('variables.object.metadata', 'annotations') },
  { name: 'annotationsBefore', expression: mapAt('variables.before.metadata', 'annotations') },
];

/** The touch, of pods that bear a stamp. */
export const POD_POLICY: Policy = {
  name: 'pods',
  rules: [{ apiGroups: [''], resources: ['pods'], operations: ['UPDATE'] }],
  variables: VARIABLES,
  validations: [
    IN_OPTED_IN_NAMESPACE,
    {
      expression: lines(
        same('variables.object', 'variables.before', ['metadata']),
        same('variables.object.metadata', 'variables.before.metadata', ['annotations', ...KEPT_BY_SERVER]),
        same(ANNOTATIONS, ANNOTATIONS_BEFORE, [RELEASED]),
        `${text(STAMP)} in ${ANNOTATIONS}`,
        `${entry(ANNOTATIONS, RELEASED)}.matches("^${PERMIT}_[0-9]+_[a-z0-9]+ [0-9]+$")`,
      ),
      message: `of a stamped pod only the annotation ${RELEASED}`,
    },
  ],
};

const NAMED_BY_SERVER = ['name', 'namespace', 'uid', 'creationTimestamp', ...KEPT_BY_SERVER];

/** ConfigMaps of relations, told by label and name; on a change and a deletion by what they were before. */
export const CONFIG_MAP_POLICY: Policy = {
  name: 'configmaps',
  rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE', 'UPDATE', 'DELETE'] }],
  variables: VARIABLES,
  validations: [
    IN_OPTED_IN_NAMESPACE,
    {
      expression: lines(
        `${entry(LABELS, RELATIONS_OF)} in ${texts(ALL_KINDS)}`,
        `variables.object.metadata.?name.orValue("").startsWith("relations-" + ${entry(LABELS, RELATIONS_OF)}.lowerAscii() + "-")`,
        `oldObject == null || ${entry(LABELS_BEFORE, RELATIONS_OF)} == ${entry(LABELS, RELATIONS_OF)}`,
      ),
      message: `only ConfigMaps that bear the label ${RELATIONS_OF} and are named accordingly, before and after`,
    },
    {
      expression: lines(
        same('variables.object', 'variables.before', ['apiVersion', 'kind', 'metadata', 'data']),
        same('variables.object.metadata', 'variables.before.metadata', [
          'labels',
          'annotations',
          'ownerReferences',
          ...NAMED_BY_SERVER,
        ]),
        same(LABELS, LABELS_BEFORE, [RELATIONS_OF, PHASE]),
        same(ANNOTATIONS, ANNOTATIONS_BEFORE, [EPOCH, STATUS]),
        `${listAt('variables.object.metadata', 'ownerReferences')}.all(o, ${any(
          `o.kind == ${entry(LABELS, RELATIONS_OF)}`,
          `o in ${listAt('variables.before.metadata', 'ownerReferences')}`,
        )})`,
      ),
      message: 'of a ConfigMap of relations only owner, phase, epoch, status and data',
    },
    {
      expression: `${mapAt('variables.object', 'data')}.all(k, ${any(
        `${mapAt('variables.before', 'data')}[?k] == variables.object.data[?k]`,
        `k.matches("^${PERMIT}_[0-9]+_[a-z0-9]+$")`,
        `k.matches("^[A-Z][A-Z0-9_]*$") && !k.matches(${text(RESERVED_PATTERN.source)})`,
      )})`,
      message: 'a ConfigMap of relations has values and permits, and no variable that steers a process',
    },
  ],
};

/** In its own name, so that it can make nobody else say something. */
export const EVENT_POLICY: Policy = {
  name: 'events',
  rules: [{ apiGroups: [''], resources: ['events'], operations: ['CREATE', 'UPDATE'] }],
  variables: [],
  validations: [
    {
      expression: `[dyn(object), dyn(oldObject)].all(o, o == null || o.?source.?component.orValue("") == ${text(CONTROLLER)})`,
      message: `only Events of the component ${CONTROLLER}`,
    },
  ],
};
