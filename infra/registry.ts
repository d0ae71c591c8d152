/** Registries, as Docker reads the names of images (github.com/distribution/reference, normalize.go). */

/** Docker Hub, which has further names and is meant where an image's name begins with no host. */
export const DOCKER_HUB = 'docker.io';
const NAMES_OF_HUB = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];

/** Whether Docker takes the first part of a name for a host. */
export const isHost = (part: string): boolean => /[.:]/.test(part) || part === 'localhost';

/** `ghcr.io/acme/orcon/webhook:1` → `ghcr.io`; `acme/webhook` → `docker.io`. Credentials belong to it. */
export function registryHost(image: string): string {
  const [first = ''] = image.split('/');
  return !image.includes('/') || !isHost(first) || NAMES_OF_HUB.includes(first) ? DOCKER_HUB : first;
}

/** Host that serves a registry's API. */
export const apiHost = (registry: string): string => (registry === DOCKER_HUB ? 'registry-1.docker.io' : registry);

/**
 * The repository of one of orcon's images below a registry and its path: `ghcr.io/acme` → `ghcr.io/acme/orcon/webhook`. Docker Hub
 * knows an account and a name and nothing below, so there it is `docker.io/acme/orcon-webhook`.
 */
export const repositoryOf = (registry: string, image: string): string =>
  registryHost(`${registry}/${image}`) === DOCKER_HUB ? `${registry}/orcon-${image}` : `${registry}/orcon/${image}`;
