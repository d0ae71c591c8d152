/** Which kinds the API server serves, and under which names. */
import { z } from 'zod';
import type { Api } from './api.ts';
import { type Finding, ok, wrong } from './finding.ts';
import { distinct, type Wanted, type WantedObject } from './wanted.ts';

const served = z.looseObject({ resources: z.array(z.looseObject({ name: z.string(), kind: z.string() })) });

/** As access reviews name it: `deployments` in `apps`; the group is empty for the oldest kinds. */
export interface ResourceName {
  readonly group: string;
  readonly resource: string;
}

export interface Kinds {
  readonly findings: readonly Finding[];
  /** Undefined for a kind that is not served. */
  resourceOf(object: Pick<WantedObject, 'apiVersion' | 'kind'>): ResourceName | undefined;
}

/** What to do where a kind is missing that is not of every cluster. */
const REMEDIES: Readonly<Record<string, string>> = {
  ServiceMonitor: 'install the Prometheus operator, or set orcon:serviceMonitors to false',
  MutatingWebhookConfiguration: 'start the API server with admission registration (admissionregistration.k8s.io/v1)',
  ValidatingAdmissionPolicy: 'upgrade the cluster to 1.30',
  ValidatingAdmissionPolicyBinding: 'upgrade the cluster to 1.30',
};

/** Asks for every API version that the stack has objects of. */
export async function checkKinds(api: Api, { objects }: Wanted): Promise<Kinds> {
  const names = new Map<string, string>();
  for (const apiVersion of distinct(objects.map((one) => one.apiVersion))) {
    const { body } = await api.get(apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
    const resources = served.safeParse(body).data?.resources ?? [];
    // Those with a slash are parts of others, such as `deployments/scale`.
    for (const { name, kind } of resources.filter((one) => !one.name.includes('/'))) names.set(`${apiVersion} ${kind}`, name);
  }
  const kinds = distinct(objects.map(({ apiVersion, kind }) => ({ apiVersion, kind })));
  const missing = kinds.filter(({ apiVersion, kind }) => !names.has(`${apiVersion} ${kind}`));
  const findings = missing.map(({ apiVersion, kind }) =>
    wrong('kinds', `${kind} of ${apiVersion} is not served: ${REMEDIES[kind] ?? 'install what serves it'}`),
  );
  return {
    findings: findings.length > 0 ? findings : [ok('kinds', `${kinds.length} that the stack has objects of are served`)],
    resourceOf({ apiVersion, kind }) {
      const resource = names.get(`${apiVersion} ${kind}`);
      const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
      return resource === undefined ? undefined : { group, resource };
    },
  };
}
