import { z } from 'zod';
import { key } from './description.ts';
import { imageDigest, imageReference, objectName, optional, text } from './values.ts';

const digestOf = (image: string) => `ghcr.io/acme/orcon/${image}@sha256:${'0'.repeat(64)}`;

/** Where the images come from and go to. */
export const images = {
  buildImages: key(z.boolean(), {
    description: 'Whether the images are built here and pushed; false where webhookImage and controllerImage are given.',
    type: 'boolean',
    expects: 'true or false',
    example: 'false',
    default: true,
  }),
  webhookImage: key(optional(imageDigest()), {
    description: 'Image of the webhook, by digest. Empty: built here.',
    type: 'string',
    expects: 'an image reference with a digest',
    example: digestOf('webhook'),
    default: '',
  }),
  controllerImage: key(optional(imageDigest()), {
    description: 'Image of the controller, by digest. Empty: built here.',
    type: 'string',
    expects: 'an image reference with a digest',
    example: digestOf('controller'),
    default: '',
  }),
  registry: key(optional(text(/^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*$/)), {
    description:
      'Registry, and path if any, that the images are pushed to and pulled from: docker.io/<account> on Docker Hub. To be set where they are built.',
    type: 'string',
    expects: 'a registry host with port and path if any, without https:// before it',
    example: 'ghcr.io/acme',
    default: '',
  }),
  registryUsername: key(optional(z.string()), {
    description: 'User who pushes the images. Empty: as the Docker client is logged in.',
    type: 'string',
    expects: 'a user name',
    example: 'acme-bot',
    default: '',
  }),
  registryPassword: key(optional(z.string()), {
    description: 'Password of that user; set it with --secret.',
    type: 'string',
    expects: 'a password, set with --secret',
    example: '"…"',
    default: '',
  }),
  nodeImage: key(imageReference(), {
    description: 'Base image of webhook and controller: Node 24 at /nodejs/bin/node.',
    type: 'string',
    expects: 'an image reference',
    example: 'gcr.io/distroless/nodejs24-debian12:nonroot',
    default: 'gcr.io/distroless/nodejs24-debian12:nonroot',
  }),
  gateBaseImage: key(imageReference(), {
    description: 'Base image of the gate: a shell at /bin/sh, with sleep.',
    type: 'string',
    expects: 'an image reference',
    example: 'docker.io/library/busybox:1.37',
    default: 'docker.io/library/busybox:1.37',
  }),
  platform: key(text(/^linux\/[a-z0-9]+(\/v[0-9]+)?$/), {
    description: 'Platform of the nodes.',
    type: 'string',
    expects: 'linux/amd64, linux/arm64 or the like',
    example: 'linux/arm64',
    default: 'linux/amd64',
  }),
  pullSecrets: key(z.array(objectName()), {
    description: "Secrets in orcon's namespace with which the nodes pull its images.",
    type: 'array',
    items: 'string',
    expects: 'a list of names of Secrets',
    example: '["registry"]',
    default: [],
  }),
};
