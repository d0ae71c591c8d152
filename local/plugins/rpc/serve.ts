/** Runs a stand-in as the plugin process that Pulumi's engine starts. */
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import services from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import { engineLog, whenEngineIsGone } from './engine.ts';
import type { EngineLog, ResourceProvider } from './provider.ts';
import { serviceOf } from './service.ts';

/** Starts the provider's server on a free port of the loopback interface. */
export async function listen(provider: ResourceProvider): Promise<{ port: number; server: Server }> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(services.ResourceProviderService, serviceOf(provider));
  const bind = promisify(server.bindAsync.bind(server));
  return { port: await bind('127.0.0.1:0', ServerCredentials.createInsecure()), server };
}

/**
 * Serves the provider until the engine is gone. The engine passes its address as the only argument and reads the port
 * from the first line of stdout; nothing else may be written there before it.
 */
export async function servePlugin(create: (log: EngineLog) => ResourceProvider): Promise<void> {
  const engine = process.argv[2];
  const { port } = await listen(create(engineLog(engine)));
  // The engine ends its plugins by an interrupt. That of a terminal does not come here: plugins are a process group of their own.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
  console.log(port);
  if (engine !== undefined) whenEngineIsGone(engine, () => process.exit(0));
}
