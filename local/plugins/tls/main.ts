import 'reflect-metadata';
import { servePlugin } from '../rpc/serve.ts';
import { VERSIONS } from '../versions.ts';
import { TlsProvider } from './provider.ts';

await servePlugin(() => new TlsProvider(VERSIONS.tls));
