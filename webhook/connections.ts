import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Keeps the number of a server's connections at `limit` by ending, for each one more, that which has been of no use for longest.
 * Anybody in the cluster can open connections and say nothing on them: newcomers that were turned away in their place would be the
 * API server. Whoever is ended had no request for as long as it took so many others to come; a client tries again.
 */
export function limitConnections(server: Server, limit: number): void {
  /** By the client's address, for a request knows only the TLS socket; in the order of their last use. */
  const connections = new Map<string, Socket>();
  const use = (address: string, socket: Socket) => {
    connections.delete(address);
    connections.set(address, socket);
  };
  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    use(address, socket);
    socket.once('close', () => {
      if (connections.get(address) === socket) connections.delete(address);
    });
    const [idlest] = connections.values();
    if (connections.size > limit) idlest?.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    // Who came when is of no interest while there is room.
    if (connections.size < limit / 2) return;
    const address = addressOf(socket);
    const connection = connections.get(address);
    if (connection !== undefined) use(address, connection);
  });
}

const addressOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
