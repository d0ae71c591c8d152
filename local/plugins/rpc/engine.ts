/** The way back to the engine that started the stand-in. */
import { connect } from 'node:http2';
import { credentials } from '@grpc/grpc-js';
import services from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/engine_pb.js';
import type { EngineLog } from './provider.ts';

const SILENT: EngineLog = { info: () => {}, warn: () => {}, status: () => {} };

/**
 * The log of the engine at this address (`127.0.0.1:43210`); without an address nobody listens.
 * A message that cannot be delivered is dropped: the engine is gone then, and this process with it.
 */
export function engineLog(address: string | undefined): EngineLog {
  if (address === undefined) return SILENT;
  const client = new services.EngineClient(address, credentials.createInsecure());
  const send = (severity: number, ephemeral: boolean) => (urn: string, message: string) => {
    const request = new messages.LogRequest().setSeverity(severity).setEphemeral(ephemeral).setUrn(urn).setMessage(message);
    client.log(request, () => {});
  };
  const { INFO, WARNING } = messages.LogSeverity;
  return { info: send(INFO, false), warn: send(WARNING, false), status: send(INFO, true) };
}

/** An engine that ends in good order closes its server first and its plugins soon after: they must not go by themselves. */
const FAREWELL_MILLISECONDS = 3_000;

/**
 * Calls `gone` once the engine at this address is no longer there, however it ended. An HTTP/2 session of its own is
 * held open for it: a killed engine cannot say goodbye, but its sockets close.
 */
export function whenEngineIsGone(address: string, gone: () => void): void {
  const session = connect(`http://${address}`);
  session.on('error', () => {}); // 'close' follows
  session.once('close', () => setTimeout(gone, FAREWELL_MILLISECONDS));
}
