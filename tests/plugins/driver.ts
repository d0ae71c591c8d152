/** Drives a provider as Pulumi's engine does: over gRPC, on the real interface. */
import { promisify } from 'node:util';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import services from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import type * as protocol from '@pulumi/pulumi/proto/provider_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import statusMessages from '@pulumi/pulumi/proto/status_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import type { JsonObject } from '../../local/plugins/rpc/json.ts';
import type { EngineLog, ResourceProvider } from '../../local/plugins/rpc/provider.ts';
import { listen } from '../../local/plugins/rpc/serve.ts';
import { fromStruct, toStruct } from '../../local/plugins/rpc/struct.ts';

export const silent: EngineLog = { info: () => {}, warn: () => {}, status: () => {} };

export interface Resource {
  readonly type: string;
  readonly name: string;
}
export interface Diffed {
  readonly changes: 'none' | 'some' | 'unknown';
  readonly replaces: readonly string[];
  readonly diffs: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** By path: `UPDATE`, `ADD_REPLACE` and so on. */
  readonly detailed: Readonly<Record<string, string>>;
}
export interface InitFailure {
  readonly id: string;
  readonly properties: JsonObject;
  readonly reasons: readonly string[];
}

export type Driver = Awaited<ReturnType<typeof drive>>;

/** Starts the provider's server and returns the engine's side of it. */
export async function drive(provider: ResourceProvider) {
  const { port, server } = await listen(provider);
  const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = <Request, Response>(
    method: (request: Request, reply: (error: ServiceError | null, response: Response) => void) => unknown,
  ): ((request: Request) => Promise<Response>) => promisify(method.bind(client));

  return {
    async configure(args: JsonObject = {}) {
      const request = new messages.ConfigureRequest().setArgs(toStruct(args)).setAcceptsecrets(true).setAcceptresources(true);
      const response = await call<protocol.ConfigureRequest, protocol.ConfigureResponse>(client.configure)(request);
      return {
        acceptSecrets: response.getAcceptsecrets(),
        supportsPreview: response.getSupportspreview(),
        acceptResources: response.getAcceptresources(),
        supportsAutonaming: response.getSupportsAutonamingConfiguration(),
      };
    },
    async diffConfig(olds: JsonObject, news: JsonObject) {
      const request = new messages.DiffRequest().setOlds(toStruct(olds)).setOldInputs(toStruct(olds)).setNews(toStruct(news));
      return diffed(await call<protocol.DiffRequest, protocol.DiffResponse>(client.diffConfig)(request));
    },
    async check(resource: Resource, news: JsonObject, olds?: JsonObject, seed: Uint8Array = new Uint8Array(32).fill(7)) {
      const request = new messages.CheckRequest().setUrn(urn(resource)).setNews(toStruct(news)).setRandomseed(seed);
      if (olds !== undefined) request.setOlds(toStruct(olds));
      const response = await call<protocol.CheckRequest, protocol.CheckResponse>(client.check)(request);
      const failures = response.getFailuresList().map((each) => ({ property: each.getProperty(), reason: each.getReason() }));
      return { inputs: fromStruct(response.getInputs()), failures };
    },
    async diff(
      resource: Resource,
      last: { state: JsonObject; inputs: JsonObject },
      news: JsonObject,
      ignoreChanges: string[] = [],
    ) {
      const request = new messages.DiffRequest()
        .setUrn(urn(resource))
        .setId('id')
        .setOlds(toStruct(last.state))
        .setOldInputs(toStruct(last.inputs))
        .setNews(toStruct(news))
        .setIgnorechangesList(ignoreChanges);
      return diffed(await call<protocol.DiffRequest, protocol.DiffResponse>(client.diff)(request));
    },
    async create(resource: Resource, inputs: JsonObject, { preview = false, timeout = 0 } = {}) {
      const request = new messages.CreateRequest()
        .setUrn(urn(resource))
        .setProperties(toStruct(inputs))
        .setPreview(preview)
        .setTimeout(timeout);
      const response = await call<protocol.CreateRequest, protocol.CreateResponse>(client.create)(request);
      return { id: response.getId(), properties: fromStruct(response.getProperties()) };
    },
    async read(resource: Resource, id: string, state: JsonObject = {}, inputs: JsonObject = {}) {
      const request = new messages.ReadRequest()
        .setUrn(urn(resource))
        .setId(id)
        .setProperties(toStruct(state))
        .setInputs(toStruct(inputs));
      const response = await call<protocol.ReadRequest, protocol.ReadResponse>(client.read)(request);
      return { id: response.getId(), properties: fromStruct(response.getProperties()), inputs: fromStruct(response.getInputs()) };
    },
    async update(
      resource: Resource,
      last: { state: JsonObject; inputs: JsonObject },
      news: JsonObject,
      { preview = false, timeout = 0 } = {},
    ) {
      const request = new messages.UpdateRequest()
        .setUrn(urn(resource))
        .setId('id')
        .setOlds(toStruct(last.state))
        .setOldInputs(toStruct(last.inputs))
        .setNews(toStruct(news))
        .setPreview(preview)
        .setTimeout(timeout);
      return fromStruct((await call<protocol.UpdateRequest, protocol.UpdateResponse>(client.update)(request)).getProperties());
    },
    async delete(resource: Resource, id: string, state: JsonObject, timeout = 0) {
      const request = new messages.DeleteRequest()
        .setUrn(urn(resource))
        .setId(id)
        .setProperties(toStruct(state))
        .setTimeout(timeout);
      await call<protocol.DeleteRequest, unknown>(client.delete)(request);
    },
    async cancel() {
      await call(client.cancel)(new empties.Empty());
    },
    async version(): Promise<string> {
      const info = await call<InstanceType<typeof empties.Empty>, { getVersion(): string }>(client.getPluginInfo)(
        new empties.Empty(),
      );
      return info.getVersion();
    },
    async handshake() {
      await call(client.handshake)(new messages.ProviderHandshakeRequest());
    },
    close() {
      client.close();
      server.forceShutdown();
    },
  };
}

/** What a failed initialization says: the promise must be rejected with one. */
export async function initFailure(promise: Promise<unknown>): Promise<InitFailure> {
  const error = await promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (failure: ServiceError) => failure,
  );
  const [packed] = error.metadata.get('grpc-status-details-bin');
  const [any] = statusMessages.Status.deserializeBinary(Buffer.from(packed ?? '')).getDetailsList();
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(Buffer.from(any?.getValue_asU8() ?? []));
  return { id: failed.getId(), properties: fromStruct(failed.getProperties()), reasons: failed.getReasonsList() };
}

function urn({ type, name }: Resource): string {
  return `urn:pulumi:dev::orcon::orcon:index:Parent$${type}::${name}`;
}

function diffed(response: protocol.DiffResponse): Diffed {
  const changes = (['unknown', 'none', 'some'] as const)[response.getChanges()];
  const kinds = Object.entries(messages.PropertyDiff.Kind);
  const detailed: Record<string, string> = {};
  response.getDetaileddiffMap().forEach((each, path) => {
    detailed[path] = kinds.find(([, number]) => number === each.getKind())?.[0] ?? '';
  });
  return {
    changes: changes ?? 'unknown',
    replaces: response.getReplacesList(),
    diffs: response.getDiffsList(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    detailed,
  };
}
