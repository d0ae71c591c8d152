/** What the current user may do: every right that an `up` of the stack takes, asked for one by one. */
import { z } from 'zod';
import type { Api } from './api.ts';
import { type Finding, ok, wrong } from './finding.ts';
import type { Kinds, ResourceName } from './kinds.ts';
import { distinct, type Rule, type Wanted, type WantedBinding, type WantedObject } from './wanted.ts';

/** One right, as an access review asks for it. */
interface Right extends ResourceName {
  readonly verb: string;
  /** Empty for the whole cluster. */
  readonly namespace: string;
  /** Empty for any. */
  readonly name: string;
}

const RBAC = 'rbac.authorization.k8s.io';
type Purpose = 'up' | 'preview';

/** What Pulumi does to an object in its life, and how it sees that it is gone; a preview only looks. */
const LIFE: Readonly<Record<Purpose, readonly string[]>> = {
  up: ['create', 'get', 'list', 'watch', 'patch', 'delete'],
  preview: ['get'],
};
/** Those that cannot be allowed for one name. */
const NAMELESS = ['create', 'list', 'watch'];
/**
 * What else Pulumi looks at where there is a Deployment. An `up` follows it, and waits for ever where it may not. A preview with
 * `--refresh` lists it, and says nothing where it may not: it sees no ReplicaSet, takes the Deployment for one that never came
 * up, and plans an update of it each time (pulumi-kubernetes: provider/pkg/await/deployment.go). Of the other kinds that it
 * would look behind orcon has Services alone, which ask not to be waited for.
 */
const BEHIND_DEPLOYMENTS: readonly ResourceName[] = [
  { group: 'apps', resource: 'replicasets' },
  { group: '', resource: 'pods' },
  { group: '', resource: 'persistentvolumeclaims' },
];
const LOOKS: Readonly<Record<Purpose, readonly string[]>> = { up: ['list', 'watch'], preview: ['list'] };

/** `purpose`: whether the user is to deploy, or to preview alone. */
export async function checkRights(api: Api, kinds: Kinds, wanted: Wanted, purpose: Purpose): Promise<readonly Finding[]> {
  const needed = wanted.objects.flatMap((object) => lifeOf(object, kinds, LIFE[purpose]));
  const asked = distinct([...needed, ...behindDeployments(wanted, LOOKS[purpose])]);
  const refused = await refusedOf(api, asked);
  const handedOut = purpose === 'up' ? await refusedToHandOut(api, wanted) : { count: 0, lines: [] };
  const lines = [...summaries(refused), ...handedOut.lines];
  if (lines.length === 0) return [ok('rights', `you have all ${asked.length + handedOut.count} that ${purpose} takes`)];
  return lines.map((line) => wrong('rights', line));
}

function lifeOf(object: WantedObject, kinds: Kinds, verbs: readonly string[]): readonly Right[] {
  const resource = kinds.resourceOf(object);
  if (resource === undefined) return []; // said already
  const { namespace = '', name } = object;
  return verbs.map((verb) => ({ ...resource, verb, namespace, name: NAMELESS.includes(verb) ? '' : name }));
}

const behindDeployments = ({ objects }: Wanted, verbs: readonly string[]): readonly Right[] =>
  distinct(objects.filter(({ kind }) => kind === 'Deployment').map(({ namespace = '' }) => namespace)).flatMap((namespace) =>
    BEHIND_DEPLOYMENTS.flatMap((resource) => verbs.map((verb) => ({ ...resource, verb, namespace, name: '' }))),
  );

/** Who writes a role has to hold what it allows, or may escalate; who binds one likewise, or may bind. */
async function refusedToHandOut(api: Api, { roles, bindings }: Wanted): Promise<{ count: number; lines: readonly string[] }> {
  const rulesOf = ({ namespace, role }: WantedBinding) =>
    roles.find(
      (one) => one.kind === role.kind && one.name === role.name && (role.kind === 'ClusterRole' || one.namespace === namespace),
    )?.rules;
  const gifts = [
    ...roles.map(({ kind, name, namespace = '', rules }) => ({ verb: 'escalate', kind, name, namespace, rules })),
    ...bindings.map((one) => ({ verb: 'bind', ...one.role, namespace: one.namespace ?? '', rules: rulesOf(one) })),
  ];
  let count = 0;
  const lines: string[] = [];
  for (const { verb, kind, name, namespace, rules } of gifts) {
    const shortcut = { group: RBAC, resource: `${kind.toLowerCase()}s`, verb, namespace, name };
    const own = distinct((rules ?? []).flatMap((rule) => rightsOf(rule, namespace)));
    count += 1 + own.length;
    if ((await refusedOf(api, [shortcut])).length === 0) continue;
    const refused = rules === undefined ? [shortcut] : await refusedOf(api, own);
    lines.push(
      ...summaries(refused).map(
        (line) => `${line}, which ${kind} ${name} gives to orcon: only who has a right may give it (or may ${verb})`,
      ),
    );
  }
  return { count, lines: distinct(lines) };
}

const rightsOf = ({ apiGroups, resources, verbs, resourceNames }: Rule, namespace: string): readonly Right[] =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        (resourceNames.length > 0 ? resourceNames : ['']).map((name) => ({ group, resource, verb, namespace, name })),
      ),
    ),
  );

const review = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });
const AT_A_TIME = 10;

/** Those of the rights that the user lacks. */
async function refusedOf(api: Api, rights: readonly Right[]): Promise<readonly Right[]> {
  const refused: Right[] = [];
  for (let start = 0; start < rights.length; start += AT_A_TIME) {
    const some = rights.slice(start, start + AT_A_TIME);
    const allowed = await Promise.all(some.map((right) => isAllowed(api, right)));
    refused.push(...some.filter((_, index) => !allowed[index]));
  }
  return refused;
}

async function isAllowed(api: Api, { group, resource, verb, namespace, name }: Right): Promise<boolean> {
  const [main = '', subresource = ''] = resource.split('/');
  const resourceAttributes = { group, resource: main, subresource, verb, namespace, name };
  const { status, body } = await api.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  });
  const answer = review.safeParse(body).data;
  if (answer === undefined) throw new Error(`the API server answers ${status} when asked for a right`);
  return answer.status.allowed;
}

/** A line for each resource and place: `you may not create, patch configmaps in orcon-system`. */
function summaries(refused: readonly Right[]): readonly string[] {
  const verbs = new Map<string, Set<string>>();
  for (const { group, resource, verb, namespace } of refused) {
    const what = `${resource}${group === '' ? '' : `.${group}`} ${namespace === '' ? 'in the cluster' : `in ${namespace}`}`;
    verbs.set(what, (verbs.get(what) ?? new Set()).add(verb));
  }
  return [...verbs].map(([what, some]) => `you may not ${[...some].join(', ')} ${what}`);
}
