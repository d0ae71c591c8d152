/** Runs components against Pulumi's mock engine and tells what they asked it for. */
import { jest } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';
import { computed } from '../../local/offline/computed.ts';

// A deployment takes a quarter of a second here, apps bundled and all; ten times that on a busy machine.
jest.setTimeout(30_000);

/** One resource as it reached the engine. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: inputs have as many shapes as there are resource types
  readonly inputs: any;
  /** Paths of properties whose changes the engine is to overlook. */
  readonly ignoreChanges: readonly string[];
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

const nameOf = (urn: string) => urn.split('::').at(-1) ?? '';
const typeAndName = (urn: string) => `${urn.split('::').at(-2)?.split(':').at(-1)} ${nameOf(urn)}`;
/** `urn:…::name::id` */
const providerName = (reference: string) => reference.split('::').at(-2) ?? '';

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
        ignoreChanges: request.getIgnorechangesList(),
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
