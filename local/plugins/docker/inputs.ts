/** The inputs of an Image, with the defaults of the official provider. */
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../rpc/json.ts';

export interface ImageInputs {
  readonly imageName: string;
  readonly context: string;
  /** Relative to the program's folder, like the context. */
  readonly dockerfile: string;
  readonly platform: string | undefined;
  readonly target: string | undefined;
  readonly network: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly addHosts: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly skipPush: boolean;
  readonly buildOnPreview: boolean;
  readonly registry: {
    readonly server: string | undefined;
    readonly username: string | undefined;
    readonly password: string | undefined;
  };
}

/** Reads the inputs; a `build` that is only a path is its context. */
export function readInputs(inputs: JsonObject): ImageInputs {
  const { build } = inputs;
  const context = textOf(build) ?? textOf(at(build, 'context')) ?? '.';
  return {
    imageName: textOf(inputs.imageName) ?? '',
    context,
    dockerfile: textOf(at(build, 'dockerfile')) ?? `${context.replace(/\/+$/, '')}/Dockerfile`,
    platform: textOf(at(build, 'platform')),
    target: textOf(at(build, 'target')),
    network: textOf(at(build, 'network')),
    args: texts(at(build, 'args')),
    addHosts: arrayOf(at(build, 'addHosts')).map(String),
    cacheFrom: arrayOf(at(build, 'cacheFrom', 'images')).map(String),
    skipPush: inputs.skipPush === true,
    buildOnPreview: inputs.buildOnPreview === true,
    registry: {
      server: textOf(at(inputs.registry, 'server')),
      username: textOf(at(inputs.registry, 'username')),
      password: textOf(at(inputs.registry, 'password')),
    },
  };
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([key, each]) => [key, String(each)]));
}
