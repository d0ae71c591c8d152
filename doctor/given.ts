/** What has to be in the cluster before an `up`: namespaces, Secrets and priority classes that others make, and nodes that fit. */
import { z } from 'zod';
import type { Answer, Api } from './api.ts';
import { type Finding, ok, skipped, wrong } from './finding.ts';
import { distinct, type GivenSecret, type Wanted } from './wanted.ts';

export async function checkGiven(api: Api, wanted: Wanted): Promise<readonly Finding[]> {
  const findings = [
    ...(await Promise.all(givenNamespaces(wanted).map((name) => ofNamespace(api, name)))),
    ...(await Promise.all(wanted.secrets.map((secret) => ofSecret(api, secret)))),
    ...(await Promise.all(wanted.priorityClasses.map((name) => ofPriorityClass(api, name)))),
  ];
  return [...findings, await ofNodes(api, wanted)];
}

/** Those that objects lie in and the stack does not make. */
function givenNamespaces({ objects }: Wanted): readonly string[] {
  const made = objects.filter(({ kind }) => kind === 'Namespace').map(({ name }) => name);
  return distinct(objects.flatMap(({ namespace }) => namespace ?? [])).filter((name) => !made.includes(name));
}

const ofNamespace = async (api: Api, name: string): Promise<Finding> =>
  unlessThere('namespace', name, await api.get(`/api/v1/namespaces/${name}`), `kubectl create namespace ${name}`) ??
  ok('namespace', `${name} is there`);

const ofPriorityClass = async (api: Api, name: string): Promise<Finding> =>
  unlessThere(
    'priority class',
    name,
    await api.get(`/apis/scheduling.k8s.io/v1/priorityclasses/${name}`),
    'create it, or name another in orcon:priorityClass',
  ) ?? ok('priority class', `${name} is there`);

const secretData = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

async function ofSecret(api: Api, { namespace, name, keys }: GivenSecret): Promise<Finding> {
  const answer = await api.get(`/api/v1/namespaces/${namespace}/secrets/${name}`);
  const absent = unlessThere(
    'secret',
    `${namespace}/${name}`,
    answer,
    'create it first, its namespace too (orcon:createNamespace: false)',
  );
  if (absent !== undefined) return absent;
  // Go writes an empty map as null at times.
  const data = secretData.parse(answer.body).data ?? {};
  const missing = keys.filter((key) => !Object.hasOwn(data, key));
  if (missing.length === 0) return ok('secret', `${namespace}/${name} is there`);
  return wrong('secret', `${namespace}/${name} has no ${missing.join(', ')}: a Secret of type kubernetes.io/tls has`);
}

/** Undefined for an answer with the object. */
function unlessThere(subject: string, name: string, { status }: Answer, wayOut: string): Finding | undefined {
  if (status === 200) return undefined;
  if (status === 403) return skipped(subject, `you may not see whether ${name} is there`);
  return wrong(
    subject,
    status === 404 ? `${name} is not there: ${wayOut}` : `the API server answers ${status} when asked for ${name}`,
  );
}

const nodeList = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
      status: z.looseObject({ nodeInfo: z.looseObject({ architecture: z.string() }) }),
    }),
  ),
});

/** Whether images that are built here run wherever their pods may be put. */
async function ofNodes(api: Api, { images, nodeSelector }: Wanted): Promise<Finding> {
  const [platform] = distinct(images.map((image) => image.platform));
  if (platform === undefined) return skipped('nodes', 'images are given; they have to be for the platform of the nodes');
  const { status, body } = await api.get('/api/v1/nodes');
  if (status === 403) return skipped('nodes', `you may not see of which architecture they are; the images are for ${platform}`);
  const { items } = nodeList.parse(body);
  const fitting = items.filter(({ metadata }) =>
    Object.entries(nodeSelector).every(([label, value]) => metadata.labels[label] === value),
  );
  const found = distinct(fitting.map((node) => node.status.nodeInfo.architecture));
  const [, wantedArchitecture = ''] = platform.split('/');
  const selected = Object.keys(nodeSelector).length > 0 ? ' that orcon:nodeSelector allows' : '';
  if (fitting.length === 0) return wrong('nodes', `there are none${selected}: mend orcon:nodeSelector`);
  if (!found.includes(wantedArchitecture))
    return wrong(
      'nodes',
      `those${selected} are ${found.join(' and ')}, the images for ${platform}: set orcon:platform to linux/${found[0]}`,
    );
  if (found.length > 1)
    return wrong(
      'nodes',
      `those${selected} are ${found.join(' and ')}, the images for ${platform}: see "Nodes of several kinds" in docs/deploy.md`,
    );
  return ok('nodes', `${fitting.length}${selected}, all ${found[0]}`);
}
