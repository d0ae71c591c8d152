import { z } from 'zod';
import { key } from './description.ts';
import { whole } from './values.ts';

/** When and how the API server calls the webhook. */
export const admission = {
  failurePolicy: key(z.enum(['Fail', 'Ignore']), {
    description: 'Consumers while no webhook answers: Fail refuses them, Ignore lets them through, to be mended later.',
    type: 'string',
    expects: 'Fail or Ignore',
    example: 'Fail',
    default: 'Fail',
  }),
  webhookPort: key(whole(1024, 65_535), {
    description:
      "Port of the webhook's pods. 10250 is open wherever a firewall lets the API server reach kubelets; on EKS Fargate a kubelet has it.",
    type: 'integer',
    expects: 'a port from 1024 to 65535: those below are not for pods without privileges',
    example: '10250',
    default: 8080,
  }),
  tlsMinVersion: key(z.enum(['TLSv1.3', 'TLSv1.2']), {
    description: 'Lowest TLS version that the webhook speaks; a proxy before it may need 1.2.',
    type: 'string',
    expects: 'TLSv1.3 or TLSv1.2',
    example: 'TLSv1.3',
    default: 'TLSv1.3',
  }),
  webhookTimeoutSeconds: key(whole(1, 10), {
    description: "Seconds that the API server waits for the webhook's answer.",
    type: 'integer',
    expects: 'a whole number from 1 to 10',
    example: '5',
    default: 5,
  }),
};
