import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Counts up: the larger, the later it was opened or a request came on it. */
  lastUse: number;
}

/**
 * Keeps the number of a server's connections at `limit` by ending, for each one more, that which has been of no use for longest.
 * Anybody in the cluster can open connections and say nothing on them; if newcomers were turned away instead, those would be the
 * API server's.
 */
export function limitConnections(server: Server, limit: number): void {
  /** By the client's address, which the plain socket and the TLS socket on top of it have in common. */
  const connections = new Map<string, Connection>();
  const byTls = new WeakMap<Socket, Connection>();
  let uses = 0;
  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    connections.set(address, { socket, lastUse: ++uses });
    socket.once('close', () => {
      if (connections.get(address)?.socket === socket) connections.delete(address);
    });
    if (connections.size > limit) idlest(connections.values())?.destroy();
  });
  server.on('secureConnection', (socket) => {
    const connection = connections.get(addressOf(socket));
    if (connection !== undefined) byTls.set(socket, connection);
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    const connection = byTls.get(socket);
    if (connection !== undefined) connection.lastUse = ++uses;
  });
}

const addressOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function idlest(connections: Iterable<Connection>): Socket | undefined {
  let found: Connection | undefined;
  for (const each of connections) if (found === undefined || each.lastUse < found.lastUse) found = each;
  return found?.socket;
}
