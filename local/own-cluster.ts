/** The cluster that the user's kubeconfig names: for commands that look after a cluster of one's own. */
import { KubeConfig } from '@kubernetes/client-node';
import { type Client, createClient } from '../controller/kube/client.ts';

export interface OwnCluster {
  readonly client: Client;
  readonly access: KubeConfig;
  /** Which one it is, in a few words. */
  readonly name: string;
}

/**
 * Opens the context that is named, else the current one, of the kubeconfig that kubectl would use.
 *
 * @throws Error that says which contexts there are, or that there is none
 */
export function openOwnCluster(context: string | undefined): OwnCluster {
  const access = new KubeConfig();
  access.loadFromDefault();
  const names = access.getContexts().map(({ name }) => name);
  if (context !== undefined && !names.includes(context))
    throw new Error(`--context ${context}: the kubeconfig has no such context, it has ${names.join(', ') || 'none'}`);
  if (context !== undefined) access.setCurrentContext(context);
  const cluster = access.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current context: name one with --context, or set KUBECONFIG');
  const client = createClient(access, { userAgent: 'orcon-cli' });
  return { client, access, name: `context ${access.getCurrentContext()}, ${cluster.server}` };
}
