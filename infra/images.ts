import { relative, resolve } from 'node:path';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { type ImageName, writeContext } from './contexts.ts';

/** Who may push to the registry. */
export interface RegistryCredentials {
  /** Who pushes. */
  readonly username: pulumi.Input<string>;
  /** Taken as a secret, whatever it is wrapped in. */
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
  /** Host, and path if any, below which the images are pushed: `ghcr.io/acme` gives `ghcr.io/acme/orcon/webhook`. */
  readonly registry: pulumi.Input<string>;
  /** Who pushes; as the Docker client is logged in, where nobody is named. */
  readonly credentials?: RegistryCredentials;
  /** Image with Node 24 at `/nodejs/bin/node`, such as distroless. */
  readonly nodeImage: pulumi.Input<string>;
  /** Image with `/bin/sh`, for the gate. */
  readonly gateBaseImage: pulumi.Input<string>;
  /** Platform of the nodes, such as `linux/amd64`. */
  readonly platform: pulumi.Input<string>;
  /** Version of orcon, for tag and label. */
  readonly version: pulumi.Input<string>;
  /** Whether a gate image is needed. Plain, because it decides on a resource. */
  readonly gate: boolean;
  /** Folder with `webhook/`, `controller/` and `gate/`; by default the one above this file's. */
  readonly root?: string;
}

/**
 * The images of webhook, controller and gate, built from source and pushed. All are named by digest; their tags hold a hash
 * of what is inside, so that the gate image of an older release stays in the registry for the pods that name it.
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
    const context = writeContext(image, resolve(args.root ?? resolve(import.meta.dirname, '..')));
    return new docker.Image(
      `${name}-${image}`,
      {
        imageName: pulumi.interpolate`${args.registry}/orcon/${image}:${args.version}-${context.contentHash}`,
        build: {
          // Relative to the program's folder, as the provider has it: another checkout gives the same inputs.
          context: relative(process.cwd(), context.folder),
          dockerfile: relative(process.cwd(), context.dockerfile),
          platform: args.platform,
          args: { BASE: base, VERSION: args.version },
        },
        ...(args.credentials && {
          registry: {
            server: pulumi.output(args.registry).apply(registryHost),
            username: args.credentials.username,
            password: pulumi.secret(args.credentials.password),
          },
        }),
      },
      { parent: this },
    );
  }
}

/** `ghcr.io/acme` → `ghcr.io`: credentials belong to a host. */
const registryHost = (registry: string): string => registry.split('/', 1).join('');
