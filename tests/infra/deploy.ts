/** Runs components against Pulumi's mock engine and tells what they asked it for. */
import { jest } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';

/** One resource as it reached the engine. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: inputs have as many shapes as there are resource types
  readonly inputs: any;
  /** Name of the parent; empty at the top. */
  readonly parent: string;
  /** Name of the provider resource; empty for the default one. */
  readonly provider: string;
  /** Type and name of the resources that come before this one, by inputs and by `dependsOn`: `Secret x`. */
  readonly dependencies: readonly string[];
}

export interface Deployed {
  readonly resources: readonly Registered[];
  /** The one resource of this type (its last part is enough) and name. */
  get(type: string, name?: string): Registered;
  /** Names of the components that said that they are complete. */
  readonly completed: readonly string[];
}

/** How a secret looks on the wire. */
export const secret = (value: unknown) => ({ '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', value });

const nameOf = (urn: string) => urn.split('::').at(-1) ?? '';
const typeAndName = (urn: string) => `${urn.split('::').at(-2)?.split(':').at(-1)} ${nameOf(urn)}`;
/** `urn:…::name::id` */
const providerName = (reference: string) => reference.split('::').at(-2) ?? '';

/** What providers compute, by type: recognisable, and different for each resource. */
function computed(type: string, name: string): Record<string, unknown> {
  switch (type) {
    case 'tls:index/privateKey:PrivateKey':
      return { privateKeyPem: secret(`key of ${name}\n`) };
    case 'tls:index/certRequest:CertRequest':
      return { certRequestPem: `request of ${name}\n` };
    case 'tls:index/selfSignedCert:SelfSignedCert':
    case 'tls:index/locallySignedCert:LocallySignedCert':
      return { certPem: `certificate of ${name}\n`, validityEndTime: `end of ${name}` };
    case 'docker:index/image:Image':
      return { repoDigest: `digest of ${name}` };
    default:
      return {};
  }
}

/**
 * Lets `build` register its resources and returns when all have been; one that waits for an input for ever makes the test
 * time out. With `preview`, what providers compute is unknown, as in a first `pulumi preview`.
 */
export async function deploy(build: () => unknown, { preview = false } = {}): Promise<Deployed> {
  const resources: Registered[] = [];
  const completed: string[] = [];
  const mocks: pulumi.runtime.Mocks = {
    call: () => ({}),
    newResource: ({ type, name, inputs }) =>
      preview ? { id: undefined, state: inputs } : { id: `${name}-id`, state: { ...inputs, ...computed(type, name) } },
  };
  await pulumi.runtime.setMocks(mocks, 'orcon', 'test', preview);
  const prototype = MockMonitor.prototype;
  const { registerResource, registerResourceOutputs } = prototype;
  const spies = [
    jest.spyOn(prototype, 'registerResource').mockImplementation(function (this: MockMonitor, request, callback) {
      resources.push({
        type: request.getType(),
        name: request.getName(),
        custom: request.getCustom(),
        inputs: request.getObject()?.toJavaScript(),
        parent: nameOf(request.getParent()),
        provider: providerName(request.getProvider()),
        dependencies: request.getDependenciesList().map(typeAndName),
      });
      return registerResource.call(this, request, callback);
    }),
    jest.spyOn(prototype, 'registerResourceOutputs').mockImplementation(function (this: MockMonitor, request, callback) {
      completed.push(nameOf(request.getUrn()));
      return registerResourceOutputs.call(this, request, callback);
    }),
  ];
  try {
    build();
    await pulumi.runtime.disconnect();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const get = (type: string, name?: string) => {
    const found = resources.filter((one) => one.type.endsWith(`:${type}`) && (name === undefined || one.name === name));
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw new Error(`${found.length} resources of type ${type}${name === undefined ? '' : ` and name ${name}`}, not one`);
    }
    return only;
  };
  return { resources, get, completed };
}
