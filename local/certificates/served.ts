/** The certificate that a pod serves, seen by a TLS handshake through the API server's port-forwarding. */
import type { X509Certificate } from 'node:crypto';
import { Duplex, PassThrough } from 'node:stream';
import { connect } from 'node:tls';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';

const PATIENCE_MS = 10_000;

/**
 * Connects to a port of a pod and gives the certificate that is shown there, whoever signed it. Goes through the kubelet, as
 * `kubectl port-forward` does, so neither a firewall nor a NetworkPolicy is in the way. Needs the verbs get and create on
 * `pods/portforward`.
 *
 * @throws Error in one line
 */
export async function servedCertificate(
  access: KubeConfig,
  { namespace, pod, port }: { readonly namespace: string; readonly pod: string; readonly port: number },
): Promise<X509Certificate> {
  const [toPod, fromPod, complaints] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const socket = await new PortForward(access).portForward(namespace, pod, [port], fromPod, complaints, toPod).catch(refused);
  const tls = connect({ socket: Duplex.from({ readable: fromPod, writable: toPod }), rejectUnauthorized: false });
  try {
    return await new Promise<X509Certificate>((resolve, reject) => {
      tls.once('secureConnect', () => {
        const certificate = tls.getPeerX509Certificate();
        if (certificate === undefined) reject(new Error('it shows no certificate'));
        else resolve(certificate);
      });
      tls.once('error', reject);
      complaints.once('data', (text) => reject(new Error(String(text).trim())));
      tls.setTimeout(PATIENCE_MS, () => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    });
  } finally {
    tls.destroy();
    if ('close' in socket) socket.close();
  }
}

/** What a WebSocket that could not be opened says is in its event. */
function refused(event: unknown): never {
  const message = typeof event === 'object' && event !== null && 'message' in event ? event.message : event;
  throw new Error(`the port cannot be forwarded: ${message}`);
}
