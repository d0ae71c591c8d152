/** The gRPC service `pulumirpc.ResourceProvider` on top of a `ResourceProvider` in plain values. */
import type { handleUnaryCall, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import pluginMessages from '@pulumi/pulumi/proto/plugin_pb.js';
import type * as protocol from '@pulumi/pulumi/proto/provider_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import { toServiceError } from './failures.ts';
import type { Autonaming, Difference, DiffRequest, PropertyChange, ResourceProvider, Subject } from './provider.ts';
import { fromStruct, toStruct } from './struct.ts';

type Empty = InstanceType<typeof empties.Empty>;

/**
 * The calls of the protocol that the engine makes for ordinary resources. Whatever is not here is answered with
 * Unimplemented, also Handshake: the engine then goes on with Configure.
 */
export function serviceOf(provider: ResourceProvider): UntypedServiceImplementation {
  const cancelled = new AbortController();
  return {
    getPluginInfo: answer<Empty, pluginMessages.PluginInfo>(async () =>
      new pluginMessages.PluginInfo().setVersion(provider.version),
    ),
    checkConfig: answer<protocol.CheckRequest, protocol.CheckResponse>(async (request) =>
      new messages.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: answer<protocol.DiffRequest, protocol.DiffResponse>(async (request) =>
      diffResponse(
        await provider.diffConfig(fromStruct(request.getOldInputs() ?? request.getOlds()), fromStruct(request.getNews())),
      ),
    ),
    configure: answer<protocol.ConfigureRequest, protocol.ConfigureResponse>(async (request) => {
      const can = await provider.configure(fromStruct(request.getArgs()));
      return new messages.ConfigureResponse()
        .setAcceptsecrets(can.acceptSecrets ?? false)
        .setSupportspreview(can.supportsPreview ?? false)
        .setAcceptresources(can.acceptResources ?? false)
        .setSupportsAutonamingConfiguration(can.supportsAutonaming ?? false);
    }),
    check: answer<protocol.CheckRequest, protocol.CheckResponse>(async (request) => {
      const checked = await provider.check({
        ...subject(request),
        olds: request.hasOlds() ? fromStruct(request.getOlds()) : undefined,
        news: fromStruct(request.getNews()),
        seed: request.getRandomseed_asU8(),
        autonaming: autonaming(request.getAutonaming()),
      });
      const failures = checked.failures.map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
      );
      return new messages.CheckResponse().setInputs(toStruct(checked.inputs)).setFailuresList(failures);
    }),
    diff: answer<protocol.DiffRequest, protocol.DiffResponse>(async (request) =>
      diffResponse(await provider.diff(diffRequest(request))),
    ),
    create: answer<protocol.CreateRequest, protocol.CreateResponse>(async (request) => {
      const inputs = fromStruct(request.getProperties());
      const asked = { ...subject(request), inputs, preview: request.getPreview(), timeout: request.getTimeout() };
      const created = await provider.create(asked, cancelled.signal);
      return new messages.CreateResponse().setId(created.id).setProperties(toStruct(created.properties));
    }),
    read: answer<protocol.ReadRequest, protocol.ReadResponse>(async (request) => {
      const state = fromStruct(request.getProperties());
      const asked = { ...subject(request), id: request.getId(), state, inputs: fromStruct(request.getInputs()) };
      const found = await provider.read(asked, cancelled.signal);
      const response = new messages.ReadResponse().setId(found.id);
      return found.id === '' ? response : response.setProperties(toStruct(found.properties)).setInputs(toStruct(found.inputs));
    }),
    update: answer<protocol.UpdateRequest, protocol.UpdateResponse>(async (request) => {
      const asked = { ...diffRequest(request), preview: request.getPreview(), timeout: request.getTimeout() };
      const updated = await provider.update(asked, cancelled.signal);
      return new messages.UpdateResponse().setProperties(toStruct(updated.properties));
    }),
    delete: answer<protocol.DeleteRequest, Empty>(async (request) => {
      const state = fromStruct(request.getProperties());
      await provider.delete({ ...subject(request), id: request.getId(), state, timeout: request.getTimeout() }, cancelled.signal);
      return new empties.Empty();
    }),
    cancel: answer<Empty, Empty>(async () => {
      cancelled.abort();
      return new empties.Empty();
    }),
  };
}

function answer<Request, Response>(handle: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, reply) => {
    handle(call.request).then(
      (response) => reply(null, response),
      (failure: unknown) => reply(toServiceError(failure)),
    );
  };
}

/** Older engines leave type and name out of some calls; the URN `urn:pulumi:stack::project::parent$type::name` has both. */
function subject(request: { getUrn(): string }): Subject {
  const [, , types = '', ...name] = request.getUrn().split('::');
  return { urn: request.getUrn(), type: types.slice(types.lastIndexOf('$') + 1), name: name.join('::') };
}

function diffRequest(request: protocol.DiffRequest | protocol.UpdateRequest): DiffRequest {
  return {
    ...subject(request),
    id: request.getId(),
    state: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function autonaming(options: protocol.CheckRequest.AutonamingOptions | undefined): Autonaming | undefined {
  if (options === undefined) return undefined;
  const { Mode } = messages.CheckRequest.AutonamingOptions;
  const modes = { [Mode.PROPOSE]: 'propose', [Mode.ENFORCE]: 'enforce', [Mode.DISABLE]: 'disable' } as const;
  return { mode: modes[options.getMode()], proposedName: options.getProposedName() };
}

function diffResponse({ changes, deleteBeforeReplace }: Difference): protocol.DiffResponse {
  const { DiffChanges } = messages.DiffResponse;
  const response = new messages.DiffResponse()
    .setChanges(changes.size > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setDiffsList([...new Set([...changes.keys()].map(topProperty))].sort())
    .setReplacesList(
      [...changes]
        .filter(([, change]) => change.replaces)
        .map(([path]) => path)
        .sort(),
    );
  for (const [path, change] of changes) {
    response
      .getDetaileddiffMap()
      .set(path, new messages.PropertyDiff().setKind(kindOf(change)).setInputdiff(change.drifted !== true));
  }
  return response;
}

function topProperty(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function kindOf({ kind, replaces }: PropertyChange): protocol.PropertyDiff.Kind {
  const { Kind } = messages.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  return kinds[kind][replaces ? 1 : 0];
}
