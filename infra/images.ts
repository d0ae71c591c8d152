import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { type BuildContext, type ImageContexts, type ImageName, SOURCE_DATE } from './contexts.ts';
import { registryHost, repositoryOf } from './registry.ts';

/** Who may push to the registry. */
export interface RegistryCredentials {
  /** Taken as a secret, whatever it is wrapped in. */
  readonly username: pulumi.Input<string>;
  /** Likewise. */
  readonly password: pulumi.Input<string>;
}

/** Images that are there already, by digest; those of an {@link Images} will do. */
export interface GivenImages {
  /** `<repository>@sha256:…` */
  readonly webhook: pulumi.Input<string>;
  /** Likewise. */
  readonly controller: pulumi.Input<string>;
  /** The gate's; undefined where none is needed. */
  readonly gate?: pulumi.Input<string>;
}

export interface ImagesArgs {
  /** What they are built from: `await writeContexts()`. */
  readonly contexts: ImageContexts;
  /**
   * Host, and path if any, below which the images are pushed: `ghcr.io/acme` gives `ghcr.io/acme/orcon/webhook`, and
   * `docker.io/acme`, where names have two parts, `docker.io/acme/orcon-webhook`.
   */
  readonly registry: pulumi.Input<string>;
  /** Who pushes; as the Docker client is logged in, where nobody is named. */
  readonly credentials?: RegistryCredentials;
  /** Image with Node 24 at `/nodejs/bin/node`, such as distroless. */
  readonly nodeImage: pulumi.Input<string>;
  /** Image with `/bin/sh`, for the gate. */
  readonly gateBaseImage: pulumi.Input<string>;
  /** Platform of the nodes, such as `linux/amd64`. */
  readonly platform: pulumi.Input<string>;
  /** Whether a gate image is needed. Plain, because it decides on a resource. */
  readonly gate: boolean;
}

/**
 * The images of webhook, controller and gate, built from source and pushed. All are named by digest; their tags hold a hash
 * of what they come from, so that the gate image of an older release stays in the registry for the pods that name it.
 */
export class Images extends pulumi.ComponentResource implements GivenImages {
  /** `<repository>@sha256:…` of the webhook's image. */
  readonly webhook: pulumi.Output<string>;
  /** Likewise of the controller's. */
  readonly controller: pulumi.Output<string>;
  /** Likewise of the gate's; undefined where none is built. */
  readonly gate: pulumi.Output<string> | undefined;

  constructor(name: string, args: ImagesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Images', name, {}, opts);
    this.webhook = this.#image(name, 'webhook', args.nodeImage, args).repoDigest;
    this.controller = this.#image(name, 'controller', args.nodeImage, args).repoDigest;
    this.gate = args.gate ? this.#image(name, 'gate', args.gateBaseImage, args).repoDigest : undefined;
    this.registerOutputs({ webhook: this.webhook, controller: this.controller, gate: this.gate });
  }

  #image(name: string, image: ImageName, base: pulumi.Input<string>, args: ImagesArgs): docker.Image {
    const { version, [image]: context } = args.contexts;
    const repository = pulumi.output(args.registry).apply((registry) => repositoryOf(registry, image));
    return new docker.Image(
      `${name}-${image}`,
      {
        imageName: pulumi.interpolate`${repository}:${version}-${contentOf(context, base, args.platform)}`,
        build: {
          // Relative to the program's folder, as the provider has it: another checkout gives the same inputs.
          context: relative(process.cwd(), context.folder),
          dockerfile: relative(process.cwd(), context.dockerfile),
          platform: args.platform,
          args: { BASE: base, VERSION: version, SOURCE_DATE_EPOCH },
        },
        ...(args.credentials && {
          registry: {
            server: repository.apply(registryHost),
            username: pulumi.secret(args.credentials.username),
            password: pulumi.secret(args.credentials.password),
          },
        }),
      },
      { parent: this },
    );
  }
}

/** A hash of all that an image comes from: another base under the same tag would leave the digest of before without one. */
const contentOf = (context: BuildContext, base: pulumi.Input<string>, platform: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.all([base, platform]).apply((others) =>
    createHash('sha256')
      .update([context.contentHash, ...others].join('\n'))
      .digest('hex')
      .slice(0, 12),
  );

/** In seconds: what BuildKit dates an image with, so that it has the same digest wherever it is built. */
const SOURCE_DATE_EPOCH = `${SOURCE_DATE.getTime() / 1000}`;
