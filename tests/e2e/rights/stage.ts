/** Objects on which it is tried what the controller's account may do: none of them has a pod that starts, but for one that is held. */
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { type JsonObject, objectAt } from '../../../relations/json.ts';
import { readRecord, type StampRecord } from '../../../relations/record.ts';
import { type StampIdentity, stamp } from '../../../relations/stamp.ts';
import { type Attempt, attemptAs } from '../harness/api.ts';
import { cluster } from '../harness/cluster.ts';
import { held, inPhase } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { cronJob, deployment, provider } from '../harness/manifests.ts';
import { TestNamespace } from '../harness/namespace.ts';

export const ACCOUNT = 'system:serviceaccount:orcon-system:tengu-controllers';
export const asController = (attempt: Attempt) => attemptAs(ACCOUNT, attempt);

/** Whether a refusal comes from what the program limits the account to, or from its rights. */
export const BY_POLICY = /ValidatingAdmissionPolicy 'tengu-controllers-\w+'.* denied request/;
export const BY_RIGHTS = /is forbidden: User ".*" cannot /;

const ONE = { consumes: 'sse', relations: 'sse-endpoint', replicas: 0 };

/** With something of each kind that a user writes. */
function full(ns: string, name: string): V1Deployment {
  const object = deployment(ns, name, ONE);
  const spec = object.spec?.template.spec;
  if (!object.spec || !spec) throw new Error('a Deployment without pod template');
  const envFrom = [{ configMapRef: { name: 'users' } }];
  const prepare = { name: 'prepare', image: cluster.gateBaseImage, command: ['true'], envFrom };
  const template = { ...object.spec.template, spec: { ...spec, initContainers: [prepare] } };
  return { ...object, spec: { ...object.spec, template } };
}

/** The template of a Deployment `keys` that the kubelet holds, with containers that are called as the keys of a record are. */
function heldByKubelet(ns: string): JsonObject {
  const { spec } = deployment(ns, 'keys', { ...ONE, container: { name: 'put' } });
  const template = JSON.parse(JSON.stringify(spec?.template));
  template.spec.containers.push({ ...template.spec.containers[0], name: 'permits' });
  const identity: StampIdentity = {
    kind: 'Deployment',
    name: 'keys',
    consumes: ['sse'],
    relations: ['sse-endpoint'],
    epoch: 0,
    salt: 'x7k2p',
    seal: 'x7k2p',
  };
  const stamped = stamp(template, identity, { hold: 'kubelet', initContainers: [] });
  return { ...stamped, spec: { ...objectAt(stamped, 'spec'), initContainers: null } };
}

/** A Deployment that is being deleted and stays: no webhook is asked about it. */
async function leaving(ns: TestNamespace, name: string): Promise<void> {
  const object = full(ns.name, name);
  await ns.create({ ...object, metadata: { ...object.metadata, finalizers: ['e2e.tengu.io/stays'] } });
  await inPhase(ns, 'Deployment', name, 'Related');
  await ns.remove('Deployment', name);
}

export interface RightsStage {
  readonly ns: TestNamespace;
  /** Not opted in, and with a workload and a ConfigMap of the same names. */
  readonly elsewhere: TestNamespace;
  /** A pod that is held, and one that has no stamp. */
  readonly pod: string;
  readonly plainPod: string;
  readonly record: StampRecord;
  readonly close: () => Promise<void>;
}

/**
 * `web` is a stamped Deployment; `doomed` another that is about to be deleted, so that no webhook is asked about it and what
 * is sent is what is judged; `keys` one like it that the kubelet holds; `nightly` a CronJob; `users` a ConfigMap of a user's.
 */
export async function openStage(): Promise<RightsStage> {
  const [ns, elsewhere] = await Promise.all([TestNamespace.make(), TestNamespace.make({ labels: {} })]);
  const users = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'users' }, data: { key: 'value' } };
  await Promise.all([
    ns.create(provider('sse-endpoint', 'sse', 'sse.example')),
    ns.create(full(ns.name, 'web')),
    ns.create(cronJob(ns.name, 'nightly', ONE)),
    ns.create(users),
    ns.create(deployment(ns.name, 'held', { consumes: 'db', relations: 'nowhere' })),
    ns.create(deployment(ns.name, 'plain', {})),
    elsewhere.create(full(elsewhere.name, 'web')),
    elsewhere.create(users),
  ]);
  await Promise.all([leaving(ns, 'doomed'), leaving(ns, 'keys'), inPhase(ns, 'Deployment', 'web', 'Related')]);
  await ns.merge('Deployment', 'keys', { spec: { template: heldByKubelet(ns.name) } });
  const [pod] = await held(ns, 'held');
  const plain = await eventually<V1Pod>('the plain Deployment has its pod', async () => (await ns.pods('plain'))[0]);
  const doomed = await ns.read<V1Deployment>('Deployment', 'doomed');
  const record = readRecord(JSON.parse(JSON.stringify(doomed.spec?.template)));
  if (record === undefined) throw new Error('the Deployment bears no stamp');
  return {
    ns,
    elsewhere,
    pod: pod?.metadata?.name ?? '',
    plainPod: plain.metadata?.name ?? '',
    record,
    close: async () => {
      for (const name of ['doomed', 'keys']) await ns.merge('Deployment', name, { metadata: { finalizers: null } });
      await Promise.all([ns.delete(), elsewhere.delete()]);
    },
  };
}
