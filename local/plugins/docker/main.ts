import { servePlugin } from '../rpc/serve.ts';
import { VERSIONS } from '../versions.ts';
import { DockerProvider } from './provider.ts';

await servePlugin((log) => new DockerProvider(VERSIONS.docker, log));
