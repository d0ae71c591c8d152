import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthenticationV1TokenRequest, V1RoleBinding, V1ServiceAccount } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { create } from './api.ts';
import { cluster } from './cluster.ts';
import type { TestNamespace } from './namespace.ts';

const NAME = 'administrator';

/** Writes the kubeconfig of somebody who may in this namespace what Kubernetes' own role `admin` allows, and nothing elsewhere. */
export async function namespaceAdmin({ name: namespace }: TestNamespace): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await create<V1ServiceAccount>(accounts, { metadata: { name: NAME } });
  await create<V1RoleBinding>(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
  });
  const request = { spec: { audiences: [] } };
  const { object } = await create<AuthenticationV1TokenRequest>(`${accounts}/${NAME}/token`, request);
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8'));
  const users = [{ name: config.users[0].name, user: { token: object.status?.token } }];
  const path = join(mkdtempSync(join(tmpdir(), 'orcon-admin-')), 'kubeconfig');
  writeFileSync(path, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return path;
}
