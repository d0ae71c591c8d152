/** Building an image and pushing it. */
import { at, textOf } from '../rpc/json.ts';
import { archive } from './archive.ts';
import { readContext } from './context.ts';
import { registryAuth } from './credentials.ts';
import type { Daemon, DaemonMessage } from './daemon.ts';
import type { ImageInputs } from './inputs.ts';
import { parseReference } from './reference.ts';

const SHOWN_LINES = 20;

export interface Progress {
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

/** Builds the image under its name and returns its id, `sha256:…`. Throws with the builder's last lines if it fails. */
export async function buildImage(daemon: Daemon, inputs: ImageInputs, progress: Progress): Promise<string> {
  const context = await readContext(inputs.context, inputs.dockerfile);
  const query = new URLSearchParams({ t: inputs.imageName, dockerfile: context.dockerfile, rm: '1', forcerm: '1', version: '1' });
  query.set('buildargs', JSON.stringify(inputs.args));
  for (const key of ['platform', 'target'] as const) if (inputs[key] !== undefined) query.set(key, inputs[key]);
  if (inputs.network !== undefined) query.set('networkmode', inputs.network);
  if (inputs.addHosts.length > 0) query.set('extrahosts', inputs.addHosts.join(','));
  if (inputs.cacheFrom.length > 0) query.set('cachefrom', JSON.stringify(inputs.cacheFrom));
  const path = `/build?${query}`;
  const messages = daemon.stream(path, { 'content-type': 'application/x-tar' }, archive(context), progress.signal);
  const results = await follow(messages, `docker image ${inputs.imageName}: the build failed`, progress);
  const id = results.map((value) => textOf(at(value, 'ID'))).findLast((each) => each !== undefined);
  if (id === undefined) throw new Error(`docker image ${inputs.imageName}: the build ended without an image`);
  return id;
}

/** Pushes the image and returns the digest of the manifest that the registry has now, `sha256:…`. */
export async function pushImage(daemon: Daemon, { imageName, registry }: ImageInputs, progress: Progress): Promise<string> {
  const reference = parseReference(imageName);
  const headers = { 'x-registry-auth': await registryAuth(reference.registry, registry) };
  const path = `/images/${reference.repository}/push?tag=${encodeURIComponent(reference.tag)}`;
  const results = await follow(
    daemon.stream(path, headers, undefined, progress.signal),
    `docker image ${imageName}: the push failed`,
    progress,
  );
  const digest = results.map((value) => textOf(at(value, 'Digest'))).findLast((each) => each !== undefined);
  if (digest === undefined) throw new Error(`docker image ${imageName}: the push ended without a digest`);
  return digest;
}

async function follow(messages: AsyncIterable<DaemonMessage>, failed: string, { report }: Progress) {
  const lines: string[] = [];
  const results = [];
  for await (const message of messages) {
    if (message.kind === 'result') results.push(message.value);
    else if (message.kind === 'error') throw new Error([`${failed}: ${message.text}`, ...lines.slice(-SHOWN_LINES)].join('\n'));
    else
      for (const line of message.text.split('\n').filter((each) => each.trim() !== '')) {
        lines.push(line);
        report(line);
      }
  }
  return results;
}
