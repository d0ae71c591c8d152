/** Image names, as `127.0.0.1:5505/orcon/webhook:latest`. */

export interface Reference {
  /** Without tag, as `127.0.0.1:5505/orcon/webhook`. */
  readonly repository: string;
  readonly tag: string;
  /** The registry's address; `docker.io` if the name has none. */
  readonly registry: string;
}

/**
 * Takes an image name apart. A first part with a dot, a colon or named localhost is the registry.
 * (github.com/distribution/reference) Throws on what is no name.
 */
export function parseReference(name: string): Reference {
  const match = /^((?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?$/.exec(name);
  const repository = match?.[1];
  if (repository === undefined) {
    throw new Error(`docker image: imageName ${JSON.stringify(name)} is no image name; write it as registry/repository:tag`);
  }
  const [first = '', ...rest] = repository.split('/');
  const registry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
  return { repository, tag: match?.[2] ?? 'latest', registry };
}

/** The reference to push to: on Docker Hub an image needs a user's repository. */
export function requirePushable(name: string): Reference {
  const reference = parseReference(name);
  if (reference.registry !== 'docker.io' || reference.repository.includes('/')) return reference;
  throw new Error(
    `docker image: imageName ${JSON.stringify(name)}: invalid reference to a Docker Hub repository; write it as docker.io/user/${name}`,
  );
}
