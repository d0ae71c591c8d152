// A program with each resource type that orcon's own has. What varies comes as JSON in TRIAL (see trial.ts).
import * as docker from '@pulumi/docker';
import * as kubernetes from '@pulumi/kubernetes';
import * as tls from '@pulumi/tls';

const trial = JSON.parse(process.env.TRIAL);
const provider = new kubernetes.Provider('cluster', { kubeconfig: trial.kubeconfig, enableSecretMutable: trial.secretMutable });
const namespace = new kubernetes.core.v1.Namespace('namespace', { metadata: { name: trial.namespace } }, { provider });
const inside = { provider, parent: namespace, dependsOn: [namespace] };
const metadata = (name, annotations = {}) => ({ name, namespace: trial.namespace, annotations });

if (!trial.onlyNamespace) {
  const authorityKey = new tls.PrivateKey('authority', { algorithm: 'ECDSA', ecdsaCurve: 'P256' });
  const authority = new tls.SelfSignedCert('authority', {
    privateKeyPem: authorityKey.privateKeyPem,
    subject: { commonName: 'trial' },
    isCaCertificate: true,
    validityPeriodHours: 48,
    allowedUses: ['cert_signing', 'digital_signature'],
  });
  const key = new tls.PrivateKey('server', { algorithm: 'ECDSA', ecdsaCurve: 'P256' });
  const request = new tls.CertRequest('server', { privateKeyPem: key.privateKeyPem, dnsNames: trial.dnsNames });
  const certificate = new tls.LocallySignedCert('server', {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: authorityKey.privateKeyPem,
    caCertPem: authority.certPem,
    validityPeriodHours: 24,
    earlyRenewalHours: trial.earlyRenewalHours,
    allowedUses: ['digital_signature', 'server_auth'],
  });
  const image = new docker.Image('image', {
    imageName: `${trial.registry}/${trial.namespace}/image:1`,
    build: { context: 'image', dockerfile: 'image/Dockerfile', platform: 'linux/amd64', args: { BASE: trial.baseImage } },
  });
  const secret = new kubernetes.core.v1.Secret(
    'certificate',
    { metadata: metadata('certificate'), stringData: { 'cert.pem': certificate.certPem, 'key.pem': key.privateKeyPem } },
    inside,
  );
  const settings = new kubernetes.core.v1.ConfigMap(
    'settings',
    { metadata: { namespace: trial.namespace }, data: { setting: trial.setting } },
    inside,
  );
  const labels = { app: 'server' };
  const server = new kubernetes.apps.v1.Deployment(
    'server',
    {
      metadata: metadata('server', { 'pulumi.com/timeoutSeconds': String(trial.timeoutSeconds) }),
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: 'server',
                image: trial.image ?? image.repoDigest,
                resources: { requests: { cpu: '0.01', memory: '16Mi' } },
                volumeMounts: [{ name: 'certificate', mountPath: '/certificate' }],
              },
            ],
            volumes: [
              { name: 'certificate', secret: { secretName: secret.metadata.name } },
              { name: 'settings', configMap: { name: settings.metadata.name } },
            ],
          },
        },
      },
    },
    inside,
  );
  const service = new kubernetes.core.v1.Service(
    'server',
    { metadata: metadata('server'), spec: { selector: labels, ports: [{ port: 443, targetPort: 8080 }] } },
    { ...inside, dependsOn: [namespace, server] },
  );
  new kubernetes.admissionregistration.v1.MutatingWebhookConfiguration(
    'server',
    {
      metadata: { name: trial.namespace },
      webhooks: [
        {
          name: 'trial.tengu.io',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Ignore',
          clientConfig: {
            caBundle: authority.certPem.apply((pem) => Buffer.from(pem).toString('base64')),
            service: { name: 'server', namespace: trial.namespace, path: '/mutate', port: 443 },
          },
          rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
          namespaceSelector: { matchLabels: { 'no-such-label': trial.namespace } },
        },
      ],
    },
    { provider, dependsOn: [server, service] },
  );
  trial.outputs = { digest: image.repoDigest, settings: settings.metadata.name };
}

export const digest = trial.outputs?.digest;
export const settings = trial.outputs?.settings;
