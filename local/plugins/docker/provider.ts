/** The stand-in for Pulumi's Docker provider: the resource `docker.Image`. */
import { arch } from 'node:os';
import { compare } from '../rpc/compare.ts';
import { isObject, type JsonObject, textOf } from '../rpc/json.ts';
import { dropNulls, hasUnknowns, isSecret, isUnknown, revealObject, secret, UNKNOWN } from '../rpc/properties.ts';
import type {
  Capabilities,
  Checked,
  CheckRequest,
  Created,
  CreateRequest,
  Difference,
  DiffRequest,
  EngineLog,
  PropertyChange,
  ReadAnswer,
  ReadRequest,
  ResourceProvider,
  UpdateRequest,
} from '../rpc/provider.ts';
import { buildImage, type Progress, pushImage } from './build.ts';
import { digestOf, readContext } from './context.ts';
import { Daemon } from './daemon.ts';
import { readInputs } from './inputs.ts';
import { parseReference, requirePushable } from './reference.ts';

const IMAGE = 'docker:index/image:Image';
const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export class DockerProvider implements ResourceProvider {
  readonly version: string;
  readonly #log: EngineLog;
  #daemon: Daemon | undefined;

  constructor(version: string, log: EngineLog) {
    this.version = version;
    this.#log = log;
  }

  /** Like the original it insists on a daemon, whatever is to be done. */
  async configure(config: JsonObject): Promise<Capabilities> {
    const daemon = new Daemon(textOf(revealObject(config).host) ?? process.env.DOCKER_HOST ?? DEFAULT_HOST);
    await daemon.ping();
    this.#daemon = daemon;
    return { supportsPreview: true };
  }

  async diffConfig(): Promise<Difference> {
    return { changes: new Map(), deleteBeforeReplace: false };
  }

  /** Adds the digest of the build's files, by which a changed source shows as a change, and the platform. */
  async check({ urn, type, news }: CheckRequest): Promise<Checked> {
    if (type !== IMAGE)
      return { inputs: news, failures: [{ property: '', reason: `${type} is not served here, only ${IMAGE}` }] };
    const inputs = dropNulls(news);
    if (inputs.imageName === undefined || inputs.imageName === '') {
      return { inputs, failures: [{ property: 'imageName', reason: 'imageName is required: registry/repository:tag' }] };
    }
    if (hasUnknowns(inputs.build)) return { inputs, failures: [] };
    const { context, dockerfile, platform, imageName, skipPush } = readInputs(inputs);
    const contextDigest = await digestOf(await readContext(context, dockerfile));
    if (!isUnknown(imageName) && !skipPush) requirePushable(imageName);
    if (platform === undefined) this.#log.info(urn, platformNotice());
    const given = isObject(inputs.build) ? inputs.build : inputs.build === undefined ? {} : { context: inputs.build };
    const build = { ...given, contextDigest, platform: platform ?? hostPlatform() };
    return { inputs: { ...inputs, build }, failures: [] };
  }

  /** Every change is an update; a changed password or user name alone is none. */
  async diff({ state, oldInputs, news }: DiffRequest): Promise<Difference> {
    const changes = new Map<string, PropertyChange>();
    const before = Object.keys(oldInputs).length > 0 ? oldInputs : inputsIn(state);
    for (const { path, kind } of compare(revealObject(before), revealObject(news))) {
      const [top = '', below] = path.map(String);
      if (top === 'registry' && below !== undefined && below !== 'server') continue;
      changes.set(top, { kind: path.length === 1 ? kind : 'update', replaces: false });
    }
    return { changes, deleteBeforeReplace: false };
  }

  async create({ inputs, preview, urn }: CreateRequest, signal: AbortSignal): Promise<Created> {
    const properties = await this.#make(inputs, preview, this.#progress(urn, signal));
    return { id: preview ? '' : readInputs(inputs).imageName, properties };
  }

  /** An image that was pushed is what it is: nothing is looked up. */
  async read({ id, state, inputs }: ReadRequest): Promise<ReadAnswer> {
    return { id, properties: state, inputs };
  }

  async update({ news, preview, urn }: UpdateRequest, signal: AbortSignal): Promise<{ properties: JsonObject }> {
    return { properties: await this.#make(news, preview, this.#progress(urn, signal)) };
  }

  /** What was pushed stays: others may use it. */
  async delete(): Promise<void> {}

  async #make(inputs: JsonObject, preview: boolean, progress: Progress): Promise<JsonObject> {
    const image = readInputs(revealObject(inputs));
    const outputs = {
      imageName: image.imageName,
      baseImageName: image.imageName,
      context: image.context,
      dockerfile: image.dockerfile,
      platform: image.platform,
      registryServer: image.registry.server ?? registryOf(image.imageName),
    };
    if (preview && (!image.buildOnPreview || hasUnknowns(inputs))) return { ...outputs, repoDigest: UNKNOWN };
    if (this.#daemon === undefined) throw new Error('docker provider: used before Configure');
    const id = await buildImage(this.#daemon, image, progress);
    if (preview) return { ...outputs, repoDigest: UNKNOWN };
    const { repository } = parseReference(image.imageName);
    const repoDigest = image.skipPush ? id : `${repository}@${await pushImage(this.#daemon, image, progress)}`;
    return { ...outputs, repoDigest, __inputs: secret(inputs) };
  }

  #progress(urn: string, signal: AbortSignal): Progress {
    return { signal, report: (line) => this.#log.status(urn, line) };
  }
}

function inputsIn(state: JsonObject): JsonObject {
  const kept = state.__inputs;
  const inside = isSecret(kept) ? kept.value : kept;
  return isObject(inside) ? inside : {};
}

function registryOf(imageName: string): string {
  return isUnknown(imageName) ? UNKNOWN : parseReference(imageName).registry;
}

function hostPlatform(): string {
  return `linux/${ARCHITECTURES[arch()] ?? arch()}`;
}

function platformNotice(): string {
  return `Building your image for ${hostPlatform()} architecture. To be sure of the platform, set \`platform\` in the image's \`build\``;
}
