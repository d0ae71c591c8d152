import { KubeConfig } from '@kubernetes/client-node';
import { createClient } from '../../controller/kube/client.ts';
import { type Log, startCluster } from '../../local/cluster/index.ts';
import { deploy, openStack, outputOf } from '../../local/deploy.ts';
import { kubectlOf } from '../../local/kubectl.ts';
import type { Deployed } from './part.ts';

/** Starts the embedded cluster, where it does not run yet, and deploys orcon as this checkout has it. */
export async function deployOrcon(log: Log): Promise<Deployed> {
  const cluster = await startCluster({ takeOver: true, fresh: false, log });
  const pulumi = await openStack(cluster, log);
  await deploy(pulumi, log);
  const access = new KubeConfig();
  access.loadFromFile(cluster.kubeconfig);
  return {
    cluster,
    kubectl: kubectlOf(cluster),
    client: createClient(access),
    pulumi,
    namespace: await outputOf(pulumi, 'namespace'),
  };
}
