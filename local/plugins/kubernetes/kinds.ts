/** Kinds: from a resource type of Pulumi's to the API server's path. */
import { arrayOf, at, type JsonObject, textOf } from '../rpc/json.ts';
import { type ApiClient, isNotFound } from './client.ts';

export interface GroupVersionKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
/** A kind as the API server serves it: `/apis/apps/v1`, `deployments`. */
export interface ServedKind {
  readonly prefix: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The kind of an object by its `apiVersion` and `kind`. */
export function kindOf(object: JsonObject): GroupVersionKind {
  const [version = '', group = ''] = (textOf(object.apiVersion) ?? '').split('/').reverse();
  return { group, version, kind: textOf(object.kind) ?? '' };
}

/**
 * Kinds of the built-in groups that belong to no namespace; every other built-in kind does. Known here because Check
 * must give the same answer whether the cluster can be reached or not.
 */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'IPAddress',
  'IngressClass',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'ServiceCIDR',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
]);

/** Whether the kind is one of Kubernetes' own: its group has no dot or ends in `.k8s.io`. */
function isBuiltIn({ group }: GroupVersionKind): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

export class Kinds {
  readonly #client: ApiClient;
  readonly #groups = new Map<string, Promise<JsonObject>>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** Whether objects of the kind live in a namespace. */
  async isNamespaced(kind: GroupVersionKind): Promise<boolean> {
    if (isBuiltIn(kind)) return !CLUSTER_SCOPED.has(kind.kind);
    return (await this.find(kind))?.namespaced ?? true;
  }

  /** How the API server serves the kind; undefined if it does not know it. */
  async find(kind: GroupVersionKind): Promise<ServedKind | undefined> {
    const prefix = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
    const resources = arrayOf((await this.#resources(prefix)).resources);
    const found = resources.find((each) => at(each, 'kind') === kind.kind && !(textOf(at(each, 'name')) ?? '/').includes('/'));
    if (found === undefined) this.#groups.delete(prefix); // a custom resource may be defined later in the same run
    const plural = textOf(at(found, 'name'));
    return plural === undefined ? undefined : { prefix, plural, namespaced: at(found, 'namespaced') === true };
  }

  #resources(prefix: string): Promise<JsonObject> {
    const known = this.#groups.get(prefix);
    if (known !== undefined) return known;
    const asked = this.#client.request({ method: 'GET', path: prefix }).catch((failure: unknown) => {
      this.#groups.delete(prefix);
      if (isNotFound(failure)) return {};
      throw failure;
    });
    this.#groups.set(prefix, asked);
    return asked;
  }
}

/** The path of the kind's collection in a namespace, or of one object in it. */
export function pathOf(served: ServedKind, namespace: string, name?: string): string {
  const scope = served.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${served.prefix}${scope}/${served.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
