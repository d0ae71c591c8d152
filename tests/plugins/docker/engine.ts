/** A small Docker Engine on a unix socket: it answers builds and pushes as planned and keeps what it was sent. */
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import type { JsonObject } from '../../../local/plugins/rpc/json.ts';

export interface SentFile {
  readonly mode: number;
  readonly mtime: number;
  readonly content: string;
}
export interface Build {
  readonly query: Readonly<Record<string, string>>;
  readonly archive: Buffer;
  readonly files: Readonly<Record<string, SentFile>>;
}
export interface Push {
  readonly path: string;
  readonly auth: JsonObject;
}

export const IMAGE_ID = `sha256:${'1'.repeat(64)}`;
export const PUSHED_DIGEST = `sha256:${'2'.repeat(64)}`;

export class Engine {
  readonly builds: Build[] = [];
  readonly pushes: Push[] = [];
  buildMessages: readonly JsonObject[] = [{ stream: 'Step 1/1 : FROM scratch\n' }, { aux: { ID: IMAGE_ID } }];
  pushMessages: readonly JsonObject[] = [{ status: 'Pushed' }, { aux: { Tag: '1', Digest: PUSHED_DIGEST, Size: 1 } }];
  /** Instead of the rest of the messages, after the first one. */
  afterFirst: ((socket: Socket) => void) | undefined;
  readonly #server = createServer((request, response) => {
    this.#answer(request).then(
      (messages) => {
        const [first, ...rest] = messages.map((each) => `${JSON.stringify(each)}\r\n`);
        if (first !== undefined) response.write(first);
        if (first === undefined || this.afterFirst === undefined) response.end(rest.join(''));
        else this.afterFirst(request.socket);
      },
      (failure: Error) => response.destroy(failure),
    );
  });

  /** Starts it on a socket in the folder and returns its DOCKER_HOST. */
  async start(folder: string): Promise<string> {
    const socket = join(folder, 'docker.sock');
    await new Promise<void>((resolve) => this.#server.listen(socket, resolve));
    return `unix://${socket}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<readonly JsonObject[]> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await buffer(request);
    if (url.pathname.endsWith('/build')) {
      this.builds.push({ query: Object.fromEntries(url.searchParams), archive: body, files: await filesOf(body) });
      return this.buildMessages;
    }
    if (url.pathname.endsWith('/push')) {
      const auth = Buffer.from(String(request.headers['x-registry-auth']), 'base64url').toString();
      this.pushes.push({ path: `${url.pathname}${url.search}`, auth: JSON.parse(auth) });
      return this.pushMessages;
    }
    return [];
  }
}

async function filesOf(archive: Buffer): Promise<Record<string, SentFile>> {
  const files: Record<string, SentFile> = {};
  const parser = extract();
  parser.end(archive);
  for await (const entry of parser) {
    const { name, mode = 0, mtime, type, linkname } = entry.header;
    const content = type === 'symlink' ? `-> ${linkname}` : (await buffer(entry)).toString();
    if (type !== 'symlink') files[name] = { mode, mtime: mtime?.getTime() ?? -1, content };
    else {
      entry.resume();
      files[name] = { mode, mtime: mtime?.getTime() ?? -1, content };
    }
  }
  return files;
}
