/** Changes of a workload that the controller never makes; strategic merge patches of a Deployment `doomed`. */
import { CONSUMES, RELATIONSHIPS, STAMP, STATUS_INJECTED, WORKLOAD } from '../../../relations/vocabulary.ts';

export const GATE = 'tengu-gate';
export const MINE = { image: 'registry.example/mine:1', command: ['steal'] };
/** A part of a pod's spec, where a workload has it. */
const pod = (spec: object) => ({ spec: { template: { spec } } });
export const init = (...initContainers: readonly object[]) => pod({ initContainers });
export const app = (change: object) => pod({ containers: [{ name: 'app', ...change }] });
export const gate = (change: object) => init({ name: GATE, ...change });
const volume = (source: object) => pod({ volumes: [{ name: 'more', ...source }] });
export const record = (text: string) => ({ spec: { template: { metadata: { annotations: { [STAMP]: text } } } } });
const fromKey = (name: string) => ({ valueFrom: { configMapKeyRef: { name, key: 'TENGU_PERMIT_0_x' } } });
export const told = { name: 'TENGU_REQUIRED_VARS', value: 'SSE' };

/** Sent about a Deployment that no webhook looks at, so that the policy judges each as it is. */
export const REFUSED: readonly [string, object][] = [
  ['replicas', { spec: { replicas: 3 } }],
  ['the strategy', { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }],
  ['a label of its own', { metadata: { labels: { mine: 'yes' } } }],
  ['another value of the label by which it is watched', { metadata: { labels: { [RELATIONSHIPS]: 'none' } } }],
  ['that label taken off', { metadata: { labels: { [RELATIONSHIPS]: null } } }],
  ['an annotation', { metadata: { annotations: { mine: 'yes' } } }],
  ['what it consumes', { metadata: { annotations: { [CONSUMES]: 'db' } } }],
  ['another text of the status annotation', { metadata: { annotations: { [STATUS_INJECTED]: 'mine' } } }],
  ['its finalizers taken off', { metadata: { finalizers: null } }],
  ['an owner', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'users', uid: 'mine' }] } }],
  ["the pods' labels", { spec: { template: { metadata: { labels: { mine: 'yes' } } } } }],
  [
    "the pods' workload label, as that of another kind",
    { spec: { template: { metadata: { labels: { [WORKLOAD]: 'job.web' } } } } },
  ],
  ["the pods' annotations", { spec: { template: { metadata: { annotations: { mine: 'yes' } } } } }],
  ['the image', app({ image: MINE.image })],
  ['the command', app({ command: MINE.command })],
  ['arguments', app({ args: ['--mine'] })],
  ['a variable', app({ env: [{ name: 'MINE', value: 'yes' }] })],
  ["a variable in a permit's guise", app({ env: [{ name: 'LD_PRELOAD', ...fromKey('relations-deployment-doomed') }] })],
  ["a permit of another workload's", app({ env: [{ name: 'TENGU_PERMIT', ...fromKey('relations-deployment-web') }] })],
  ['a variable taken out', app({ env: [{ name: 'APP', $patch: 'delete' }] })],
  ['all variables from a Secret', app({ envFrom: [{ secretRef: { name: 'tengu-controllers-certs' } }] })],
  ["all variables from a user's ConfigMap", app({ envFrom: [{ configMapRef: { name: 'users', optional: true } }] })],
  [
    "all variables from another workload's ConfigMap",
    app({ envFrom: [{ configMapRef: { name: 'relations-deployment-web', optional: true } }] }),
  ],
  ['a hook', app({ lifecycle: { postStart: { exec: { command: MINE.command } } } })],
  ['privileges', app({ securityContext: { privileged: true } })],
  ['a mount', app({ volumeMounts: [{ name: 'starts', mountPath: '/mine' }] })],
  ['a further container', pod({ containers: [{ name: 'mine', ...MINE }] })],
  ['a further init container', init({ name: 'mine', ...MINE })],
  ['a further init container in the guise of a gate', init({ name: 'mine', ...MINE, env: [told] })],
  ["a second gate of the gate's image with a command", init({ name: `${GATE}-2`, ...MINE, image: 'GATE', env: [told] })],
  ['a second gate of another image', init({ name: `${GATE}-2`, image: MINE.image, env: [told] })],
  ['a second gate that says nothing of its security', init({ name: `${GATE}-2`, image: 'GATE', env: [told] })],
  [
    'a second gate that may write to its image',
    init({
      name: `${GATE}-2`,
      image: 'GATE',
      env: [told],
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    }),
  ],
  ["the user's init container's image", init({ name: 'prepare', image: MINE.image })],
  ["the user's init container in the guise of a gate", init({ name: 'prepare', command: MINE.command, env: [told] })],
  ["the user's init container taken out", init({ name: 'prepare', $patch: 'delete' })],
  ["the gate's image", gate({ image: MINE.image })],
  ["the gate's command", gate({ command: MINE.command })],
  ["the gate's arguments", gate({ args: ['-c', 'steal'] })],
  ['a variable of the gate', gate({ env: [{ name: 'ENV', value: 'mine' }] })],
  [
    'a Secret told to the gate',
    gate({ env: [{ name: 'TENGU_REQUIRED_VARS', value: null, valueFrom: { secretKeyRef: { name: 'mine', key: 'key' } } }] }),
  ],
  ['all variables from a Secret for the gate', gate({ envFrom: [{ secretRef: { name: 'tengu-controllers-certs' } }] })],
  ['the gate as one that runs on', gate({ restartPolicy: 'Always' })],
  ['privileges of the gate', gate({ securityContext: { privileged: true, allowPrivilegeEscalation: true } })],
  ['a mount of the gate', gate({ volumeMounts: [{ name: 'starts', mountPath: '/mine' }] })],
  ['a volume of a Secret', volume({ secret: { secretName: 'tengu-controllers-certs' } })],
  ['a volume of the node', volume({ hostPath: { path: '/' } })],
  ['a volume with a token', volume({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } })],
  ["a volume of another workload's values", volume({ configMap: { name: 'relations-deployment-web', optional: true } })],
  ['another source of a volume', pod({ volumes: [{ name: 'starts', hostPath: { path: '/etc' } }] })],
  ['the service account', pod({ serviceAccountName: 'mine' })],
  ['a token in its pods', pod({ automountServiceAccountToken: true })],
  ["the node's network", pod({ hostNetwork: true })],
  ["the node's processes", pod({ hostPID: true })],
  ['the node', pod({ nodeName: 'mine' })],
  ["the pods' user", pod({ securityContext: { runAsUser: 0 } })],
  ['pull secrets', pod({ imagePullSecrets: [{ name: 'mine' }] })],
  ['a record that is none', record('mine')],
  [
    "another workload's record",
    record('{"v":1,"kind":"Deployment","name":"web","put":{"configMap":"relations-deployment-web"}}'),
  ],
  ["a record that names a user's ConfigMap", record('{"v":1,"kind":"Deployment","name":"doomed","put":{"configMap":"users"}}')],
];
