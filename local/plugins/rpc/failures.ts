/** Failures on their way to the engine. */
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import providerMessages from '@pulumi/pulumi/proto/provider_pb.js';
import statusMessages from '@pulumi/pulumi/proto/status_pb.js';
import anys from 'google-protobuf/google/protobuf/any_pb.js';
import type { JsonObject } from './json.ts';
import { toStruct } from './struct.ts';

/**
 * The resource exists but did not become what it should: the engine keeps it in the state with these reasons, and the
 * next preview shows an update for it.
 */
export class InitializationFailed extends Error {
  readonly id: string;
  readonly properties: JsonObject;
  readonly inputs: JsonObject;
  readonly reasons: readonly string[];

  constructor(id: string, properties: JsonObject, inputs: JsonObject, reasons: readonly string[]) {
    super(reasons.join('\n'));
    this.id = id;
    this.properties = properties;
    this.inputs = inputs;
    this.reasons = reasons;
  }
}

/**
 * The failure as gRPC carries it. Never with the codes Unknown, Internal or DataLoss: after these the engine leaves a
 * pending operation in the stack, as if nobody knew what had happened.
 */
export function toServiceError(failure: unknown): Partial<ServiceError> {
  const error = failure instanceof Error ? failure : new Error(String(failure));
  if (!(error instanceof InitializationFailed)) return { code: status.FAILED_PRECONDITION, details: error.message };
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(details(error)));
  return { code: status.RESOURCE_EXHAUSTED, details: error.message, metadata };
}

function details(error: InitializationFailed): Uint8Array {
  const failed = new providerMessages.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(toStruct(error.properties));
  failed.setInputs(toStruct(error.inputs));
  failed.setReasonsList([...error.reasons]);
  const any = new anys.Any();
  any.pack(failed.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const result = new statusMessages.Status();
  result.setCode(status.RESOURCE_EXHAUSTED);
  result.setMessage(error.message);
  result.addDetails(any);
  return result.serializeBinary();
}
