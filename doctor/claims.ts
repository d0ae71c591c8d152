/** To which orcon an object belongs that is named alike by every orcon without a name of its own. */
import { type JsonObject, objectAt, objectsAt, textAt } from '../relations/json.ts';

/** By what each kind says whose it is: the namespace that it leads to. A role and a policy's binding lead nowhere, their like does. */
const LEADS: Readonly<Record<string, (object: JsonObject) => string | undefined>> = {
  MutatingWebhookConfiguration: (object) =>
    textAt(objectAt(objectAt(objectsAt(object, 'webhooks')[0], 'clientConfig'), 'service'), 'namespace'),
  ClusterRoleBinding: subjectNamespace,
  RoleBinding: subjectNamespace,
  ValidatingAdmissionPolicy: (object) =>
    objectsAt(objectAt(object, 'spec'), 'matchConditions')
      .map((condition) => /system:serviceaccount:([^:"]+):/.exec(textAt(condition, 'expression') ?? '')?.[1])
      .find((namespace) => namespace !== undefined),
};

function subjectNamespace(binding: JsonObject): string | undefined {
  return textAt(objectsAt(binding, 'subjects')[0], 'namespace');
}

/** Namespace of the orcon that an object belongs to; undefined where it does not tell. */
export const homeOf = (kind: string, object: JsonObject): string | undefined => LEADS[kind]?.(object);
