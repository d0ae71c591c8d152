import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { type ClusterKeys, type IdentityName, makeClusterKeys } from '../../../local/cluster/certificates.ts';
import { kubeconfig } from '../../../local/cluster/kubeconfig.ts';

let keys: ClusterKeys;
beforeAll(async () => {
  keys = await makeClusterKeys('192.0.2.7');
});
const certificate = (name: IdentityName) => new X509Certificate(keys.pairs[name].certificate);

test('every certificate is signed by the authority and goes with its key', () => {
  const authority = new X509Certificate(keys.authority);
  expect(authority.ca).toBe(true);
  for (const { certificate: text, key } of Object.values(keys.pairs)) {
    const leaf = new X509Certificate(text);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkIssued(authority)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(leaf.ca).toBe(false);
  }
});

test.each<[IdentityName, string]>([
  ['admin', 'O=system:masters\nCN=orcon-admin'],
  ['kubelet', 'O=system:nodes\nCN=system:node:orcon'],
  ['scheduler', 'CN=system:kube-scheduler'],
])('the certificate of %s names the user that Kubernetes takes it for', (name, subject) => {
  expect(certificate(name).subject).toBe(subject);
});

test('the API server answers to the names and addresses that it is called by', () => {
  for (const name of ['localhost', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local']) {
    expect(certificate('apiserver').checkHost(name)).toBe(name);
  }
  for (const address of ['127.0.0.1', '10.96.0.1', '192.0.2.7']) expect(certificate('apiserver').checkIP(address)).toBe(address);
  expect(certificate('kubelet').checkIP('192.0.2.7')).toBe('192.0.2.7');
});

test('certificates hold from before now for about a year', () => {
  const { validFromDate, validToDate } = certificate('apiserver');
  expect(validFromDate.getTime()).toBeLessThan(Date.now());
  expect(validToDate.getTime() - Date.now()).toBeGreaterThan(364 * 24 * 3600 * 1000);
});

test('the kubeconfig has one context, the current one, with everything within', () => {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig(keys.authority, 'orcon-admin', keys.pairs.admin));
  expect(config.getContexts().map(({ name }) => name)).toEqual(['orcon-embedded']);
  expect(config.getCurrentContext()).toBe('orcon-embedded');
  expect(config.getCurrentCluster()?.server).toBe('https://127.0.0.1:6550');
  const user = config.getCurrentUser();
  expect(Buffer.from(user?.certData ?? '', 'base64').toString()).toBe(`${keys.pairs.admin.certificate.trimEnd()}\n`);
});
