import { stringify } from 'yaml';
import { API_SERVER, CONTEXT } from './addresses.ts';
import type { KeyPair } from './certificates.ts';

/** A kubeconfig with one context, everything it needs within: it can be copied, and read after the cluster's end. */
export function kubeconfig(authority: string, user: string, { certificate, key }: KeyPair): string {
  const base64 = (text: string) => Buffer.from(`${text.trimEnd()}\n`).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: CONTEXT, cluster: { server: API_SERVER, 'certificate-authority-data': base64(authority) } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user } }],
    'current-context': CONTEXT,
  });
}
