import { expect } from '@jest/globals';
import type { V1CronJob, V1DaemonSet, V1Deployment, V1PodSecurityContext, V1StatefulSet } from '@kubernetes/client-node';
import type { Kind } from '../../../relations/kinds.ts';
import { templateOf } from '../../../relations/kinds.ts';
import { readRecord, type StampRecord } from '../../../relations/record.ts';
import { CONSUMES, NAMESPACE_OPT_IN, RELATIONS, REQUIRED_VARS } from '../../../relations/vocabulary.ts';
import { cluster } from '../harness/cluster.ts';
import { inPhase } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { cronJob, daemonSet, deployment, provider, statefulSet } from '../harness/manifests.ts';
import { OPTED_IN, type TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';

const ONE = { consumes: 'sse', relations: 'sse-endpoint', replicas: 0 };

/** With an init container of the prototype's kind, which no record names. */
function fromPrototype(ns: string, name: string, securityContext: V1PodSecurityContext): V1Deployment {
  const object = deployment(ns, name, ONE);
  const spec = object.spec?.template.spec;
  if (!object.spec || !spec) throw new Error('a Deployment without pod template');
  const env = [{ name: REQUIRED_VARS, value: 'SSE' }];
  const initContainers = [{ name: 'injected', image: cluster.gateBaseImage, command: ['true'], env }];
  const template = { ...object.spec.template, spec: { ...spec, securityContext, initContainers } };
  return { ...object, spec: { ...object.spec, template } };
}

async function recordOf(ns: TestNamespace, kind: Kind, name: string): Promise<StampRecord | undefined> {
  const object = await ns.read<V1Deployment | V1StatefulSet | V1DaemonSet | V1CronJob>(kind, name);
  return readRecord(templateOf(kind, JSON.parse(JSON.stringify(object))));
}

scenario('what slipped past the webhook is stamped, or its stamp taken off, within the limits of the account', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await ns.create(fromPrototype(ns.name, 'former', {}));
  await inPhase(ns, 'Deployment', 'former', 'Related');
  await ns.label({ [NAMESPACE_OPT_IN]: null });
  const moved = fromPrototype(ns.name, 'moved', { runAsUser: 0 });
  const consumers = [
    moved,
    statefulSet(ns.name, 'ordered', ONE),
    daemonSet(ns.name, 'each', ONE),
    cronJob(ns.name, 'nightly', ONE),
  ];
  // The API server hears of a namespace's label a moment after it has taken it.
  await eventually('no webhook looks at the namespace any more', async () => {
    const { object } = await ns.create(deployment(ns.name, 'probe', ONE), { dryRun: 'All' });
    return readRecord(JSON.parse(JSON.stringify(object.spec?.template))) === undefined ? true : undefined;
  });
  await Promise.all(consumers.map((consumer) => ns.create(consumer)));
  await ns.merge('Deployment', 'former', { metadata: { annotations: { [CONSUMES]: null, [RELATIONS]: null } } });
  expect(await recordOf(ns, 'Deployment', 'former')).toBeDefined();
  await ns.label(OPTED_IN);

  await eventually('each bears the stamp that it should', async () => {
    const records = await Promise.all([
      recordOf(ns, 'Deployment', 'moved'),
      recordOf(ns, 'StatefulSet', 'ordered'),
      recordOf(ns, 'DaemonSet', 'each'),
      recordOf(ns, 'CronJob', 'nightly'),
    ]);
    if (records.some((record) => record === undefined)) throw new Error('a consumer is not stamped');
    return (await recordOf(ns, 'Deployment', 'former')) === undefined ? true : undefined;
  });
  const reasons = (await Promise.all(['former', 'moved', 'ordered', 'each', 'nightly'].map((name) => ns.events(name)))).flat();
  expect(reasons.map(({ reason }) => reason)).not.toContain('RollRefused');
});
