import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { CONSUMES, NAMESPACE_ENABLED, NAMESPACE_OPT_IN, RELATIONS, STAMP } from '../relations/vocabulary.ts';
import { type CaInjection, injectionAnnotations } from './given-certificate.ts';
import { labels, SERVICE_PORT, SYSTEM_NAMESPACES, sharedName, WEBHOOK, WEBHOOK_PATH } from './names.ts';

export interface AdmissionArgs {
  /** Name of this instance, where several are in one cluster. */
  readonly instance?: string;
  /** Namespace and name of the webhook's Service. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the Service before the webhook. */
  readonly service: pulumi.Input<string>;
  /** What has to be there before the API server may call, and is taken down after it no longer does: pods and Service. */
  readonly server: readonly pulumi.Resource[];
  /** Authorities that the API server trusts for it: PEM in base64, or where the CA injector finds them. */
  readonly authority: { readonly caBundle: pulumi.Input<string> } | CaInjection;
  /** Namespaces that the webhook looks after; empty for all that are opted in. */
  readonly namespaces: readonly string[];
  /** What happens to a consumer while no webhook answers: `Fail` refuses it, `Ignore` lets it through to be mended later. */
  readonly failurePolicy: pulumi.Input<'Fail' | 'Ignore'>;
  /** How long the API server waits for an answer, 1 to 10. */
  readonly timeoutSeconds: pulumi.Input<number>;
}

/** The five kinds, as what users create and change: no subresources, so scaling and status pass by. */
const RULES = [
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
].map((kinds) => ({ ...kinds, apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' }));

/**
 * Which requests are worth a call, in the API server's expression language (CEL), where objects are untyped and so one text
 * serves all kinds. Keys with slashes are looked up by `in`, and only after `has`: a missing map is an error, and an error
 * here is a refusal under `Fail`.
 */
const MATCH_CONDITIONS = [
  {
    // The removal of a finalizer is an update too, and must not hang on us.
    name: 'not-being-deleted',
    expression: '!has(object.metadata.deletionTimestamp)',
  },
  {
    // The old object counts as well, to take off what is no longer asked for; it is null on CREATE.
    name: 'has-relations-or-stamp',
    expression: [
      '[object, oldObject].exists(o, o != null && (',
      `  has(o.metadata.annotations) && ('${CONSUMES}' in o.metadata.annotations || '${RELATIONS}' in o.metadata.annotations) ||`,
      // A CronJob's pod template sits one level deeper than that of every other kind.
      '  [has(o.spec.template) ? o.spec.template : o.spec.jobTemplate.spec.template].exists(t,',
      `    has(t.metadata) && has(t.metadata.annotations) && '${STAMP}' in t.metadata.annotations)`,
      '))',
    ].join('\n'),
  },
];

/** How long Pulumi waits for a bundle that is injected; whoever injects takes seconds. */
const INJECTION_TIMEOUT = { create: '2m', update: '2m' } as const;

/**
 * What makes the API server call the webhook. It comes last and goes first: under `Fail`, where nobody answers, every
 * consumer is refused.
 */
export class Admission extends pulumi.ComponentResource {
  readonly configuration: k8s.admissionregistration.v1.MutatingWebhookConfiguration;

  constructor(name: string, args: AdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Admission', name, {}, opts);
    const own = sharedName(WEBHOOK, args.instance);
    const { authority } = args;
    const [bundle, injection] = 'caBundle' in authority ? [authority.caBundle, undefined] : [undefined, authority];
    this.configuration = new k8s.admissionregistration.v1.MutatingWebhookConfiguration(
      name,
      {
        metadata: { name: own, labels: labels('webhook'), annotations: injection && injectionAnnotations(injection) },
        webhooks: [
          {
            name: `${own}.tengu.io`,
            admissionReviewVersions: ['v1'],
            clientConfig: {
              caBundle: bundle,
              service: { name: args.service, namespace: args.namespace, path: WEBHOOK_PATH, port: SERVICE_PORT },
            },
            rules: RULES,
            namespaceSelector: namespaceSelector(args.namespace, args.namespaces),
            matchConditions: MATCH_CONDITIONS,
            matchPolicy: 'Equivalent',
            // Whatever another webhook adds after us, say a sidecar, is to wait for relations too.
            reinvocationPolicy: 'IfNeeded',
            sideEffects: 'None',
            timeoutSeconds: args.timeoutSeconds,
            failurePolicy: args.failurePolicy,
          },
        ],
      },
      { parent: this, dependsOn: [...args.server], ...(injection && { customTimeouts: INJECTION_TIMEOUT }) },
    );
    this.registerOutputs({ configuration: this.configuration.metadata.name });
  }
}

/** Namespaces that opted in, never the system's nor the webhook's own: it must not stand in the way of its own pods. */
function namespaceSelector(own: pulumi.Input<string>, namespaces: readonly string[]): k8s.types.input.meta.v1.LabelSelector {
  const NAME = 'kubernetes.io/metadata.name';
  return {
    matchLabels: { [NAMESPACE_OPT_IN]: NAMESPACE_ENABLED },
    matchExpressions: [
      { key: NAME, operator: 'NotIn', values: [...SYSTEM_NAMESPACES, own] },
      ...(namespaces.length > 0 ? [{ key: NAME, operator: 'In', values: [...namespaces] }] : []),
    ],
  };
}
