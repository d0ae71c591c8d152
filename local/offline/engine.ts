/** An engine in this process: it takes registrations over gRPC as Pulumi's does, and deploys nothing. */
import * as grpc from '@grpc/grpc-js';
import engineServices from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engineMessages from '@pulumi/pulumi/proto/engine_pb.js';
import services from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import type * as protocol from '@pulumi/pulumi/proto/resource_pb.js';
import messages from '@pulumi/pulumi/proto/resource_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { computed } from './computed.ts';
import { optionsOf } from './options.ts';

/** One resource as the program asked for it; of others, the engine knows only their URN. */
export interface Asked {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** URN of the parent: the stack's, where the program named none. */
  readonly parent: string;
  /** Whether a provider makes it; a component is only a place for others. */
  readonly custom: boolean;
  /** Name of the provider resource; empty where the program left that to the engine, and for components. */
  readonly provider: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Engine {
  readonly address: string;
  readonly asked: readonly Asked[];
  /** What resources said of themselves in the end, by URN; the stack's are its outputs. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** What the program logged as an error. */
  readonly errors: readonly string[];
  /** And as a warning. */
  readonly warnings: readonly string[];
  close(): void;
}

/** What the program may rely on, in the engine's names: how values travel, and what resource options take. */
const FEATURES = ['secrets', 'resourceReferences', 'aliasSpecs', 'deletedWith', 'replaceWith'];

type Answer<Response> = (error: null, response: Response) => void;

/** Starts an engine; with `preview` it computes nothing, as in a first `pulumi preview`. */
export async function startEngine({ preview }: { readonly preview: boolean }): Promise<Engine> {
  const asked: Asked[] = [];
  const outputs = new Map<string, Record<string, unknown>>();
  const errors: string[] = [];
  const warnings: string[] = [];
  const done = () => new empties.Empty();

  const monitor = {
    supportsFeature: (
      { request }: { request: protocol.SupportsFeatureRequest },
      answer: Answer<protocol.SupportsFeatureResponse>,
    ) => answer(null, new messages.SupportsFeatureResponse().setHassupport(FEATURES.includes(request.getId()))),
    registerResource: (
      { request }: { request: protocol.RegisterResourceRequest },
      answer: Answer<protocol.RegisterResourceResponse>,
    ) => {
      const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
      const inputs = request.getObject()?.toJavaScript() ?? {};
      const urn = `urn:pulumi:stack::project::${[parent.split('::')[2], type].filter(Boolean).join('$')}::${name}`;
      // `<urn>::<id>`
      const provider = request.getProvider().split('::').at(-2) ?? '';
      asked.push({
        urn,
        type,
        name,
        parent,
        custom: request.getCustom(),
        provider,
        inputs: { ...inputs },
        options: optionsOf(request),
      });
      const state = preview ? inputs : { ...inputs, ...computed(type, name) };
      answer(
        null,
        new messages.RegisterResourceResponse()
          .setUrn(urn)
          .setId(preview || !request.getCustom() ? '' : `${name}-id`)
          .setObject(structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(state)))),
      );
    },
    registerResourceOutputs: ({ request }: { request: protocol.RegisterResourceOutputsRequest }, answer: Answer<unknown>) => {
      outputs.set(request.getUrn(), { ...request.getOutputs()?.toJavaScript() });
      answer(null, done());
    },
    signalAndWaitForShutdown: (_: unknown, answer: Answer<unknown>) => answer(null, done()),
  };
  const engine = {
    log: ({ request }: { request: InstanceType<typeof engineMessages.LogRequest> }, answer: Answer<unknown>) => {
      if (request.getSeverity() === engineMessages.LogSeverity.ERROR) errors.push(request.getMessage());
      if (request.getSeverity() === engineMessages.LogSeverity.WARNING) warnings.push(request.getMessage());
      answer(null, done());
    },
    getRootResource: (_: unknown, answer: Answer<unknown>) => answer(null, new engineMessages.GetRootResourceResponse()),
    setRootResource: (_: unknown, answer: Answer<unknown>) => answer(null, new engineMessages.SetRootResourceResponse()),
  };

  const server = new grpc.Server();
  server.addService(implemented(services.ResourceMonitorService, monitor), monitor);
  server.addService(implemented(engineServices.EngineService, engine), engine);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, asked, outputs, errors, warnings, close: () => server.forceShutdown() };
}

/** Of a service, the methods that `methods` has; the engine answers Unimplemented to any other. */
const implemented = (service: object, methods: object): grpc.ServiceDefinition =>
  Object.fromEntries(Object.entries(service).filter(([name]) => Object.hasOwn(methods, name)));
