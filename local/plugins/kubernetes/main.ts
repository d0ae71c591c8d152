import { servePlugin } from '../rpc/serve.ts';
import { VERSIONS } from '../versions.ts';
import { KubernetesProvider } from './provider.ts';

await servePlugin((log) => new KubernetesProvider(VERSIONS.kubernetes, log));
