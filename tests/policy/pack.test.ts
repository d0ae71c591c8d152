/** The pack as Pulumi's own loader runs it, asked over gRPC as the engine would ask. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import services from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/analyzer_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { type Resource, UNKNOWN } from '../../policy/resource.ts';
import { packRules } from '../../policy/rules.ts';

jest.setTimeout(120_000);

const folder = join(import.meta.dirname, '../../policy');
const LOADER = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack/index.js');

let loader: ChildProcess;
let pack: InstanceType<typeof services.AnalyzerClient>;
beforeAll(async () => {
  // The first argument is the engine's address, which a pack has no use for.
  loader = spawn(process.execPath, [LOADER, 'unused', folder], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (loader.stdout === null) throw new Error('the loader has no stdout');
  const [port] = await once(createInterface({ input: loader.stdout }), 'line');
  pack = new services.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
});
afterAll(async () => {
  pack.close();
  const ended = once(loader, 'exit');
  loader.kill();
  await ended;
});

/** What the pack says of a resource before it is made. */
const diagnostics = ({ type, name, urn, parent, provider, inputs }: Resource) =>
  new Promise<string[]>((resolve, reject) => {
    const request = new messages.AnalyzeRequest()
      .setType(type)
      .setName(name)
      .setUrn(urn)
      .setProperties(structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(inputs))))
      .setOptions(new messages.AnalyzerResourceOptions().setParent(parent))
      .setProvider(
        provider === undefined
          ? undefined
          : new messages.AnalyzerProviderResource().setName(provider).setProperties(structs.Struct.fromJavaScript({})),
      );
    pack.analyze(request, (error, response) =>
      error ? reject(error) : resolve(response.getDiagnosticsList().map((one) => `${one.getPolicyname()}: ${one.getMessage()}`)),
    );
  });

const deployment = (image: string): Resource => ({
  urn: 'urn:pulumi:prod::orcon::orcon:index:Orcon$kubernetes:apps/v1:Deployment::app',
  type: 'kubernetes:apps/v1:Deployment',
  name: 'app',
  parent: 'urn:pulumi:prod::orcon::orcon:index:Orcon::orcon',
  provider: 'cluster',
  inputs: {
    spec: {
      template: {
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'app',
              image,
              resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '1Mi' } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            },
          ],
        },
      },
    },
  },
});
const DIGEST = `x@sha256:${'7'.repeat(64)}`;

describe('the policy pack', () => {
  test('has every rule that a pack can hold a stack to', async () => {
    const info = await new Promise<InstanceType<typeof messages.AnalyzerInfo>>((resolve, reject) =>
      pack.getAnalyzerInfo(new empties.Empty(), (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    expect(info.getName()).toBe('orcon');
    expect(info.getPoliciesList().map((policy) => policy.getName())).toEqual(packRules.map(({ name }) => name));
  });

  test('says nothing of a resource that keeps the rules', async () => {
    expect(await diagnostics(deployment(DIGEST))).toEqual([]);
  });

  test.each([
    ['an input', deployment('x:1'), 'image-by-digest: '],
    ['the provider', { ...deployment(DIGEST), provider: 'default_4_34_2' }, 'explicit-provider: '],
    [
      'the parent',
      { ...deployment(DIGEST), parent: 'urn:pulumi:prod::orcon::pulumi:pulumi:Stack::orcon-prod' },
      'in-component: ',
    ],
  ])('finds fault with %s', async (_, resource, message) => {
    expect(await diagnostics(resource)).toEqual([expect.stringContaining(message)]);
  });

  test('lets what is still unknown pass', async () => {
    expect(await diagnostics(deployment(UNKNOWN))).toEqual([]);
    const spec = {
      hostPID: UNKNOWN,
      initContainers: UNKNOWN,
      containers: [{ name: 'app', image: 'x:1', securityContext: UNKNOWN }],
    };
    const inputs = { spec: { template: { spec } } };
    // What is known is held to the rules all the same.
    const found = await diagnostics({ ...deployment(DIGEST), inputs });
    expect(found.filter((one) => !one.startsWith('sized: '))).toEqual([expect.stringContaining('image-by-digest: ')]);
  });
});
