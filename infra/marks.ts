import type * as pulumi from '@pulumi/pulumi';

type Texts = Readonly<Record<string, pulumi.Input<string>>>;

/** Labels and annotations for all objects of a component. */
export interface Marks {
  /** Beside those of each object, which win. */
  readonly labels?: Texts;
  /** Likewise. */
  readonly annotations?: Texts;
}

/**
 * Puts `marks` on every Kubernetes object below the component that it is given to, and on the pods of its Deployments, so that
 * no object is forgotten. What an object says of itself wins; selectors stay as they are.
 */
export const marking =
  (marks: Marks): pulumi.ResourceTransformation =>
  ({ type, props, opts }) => {
    if (!type.startsWith('kubernetes:')) return undefined;
    const metadata = marked(props.metadata, marks);
    if (type !== 'kubernetes:apps/v1:Deployment') return { props: { ...props, metadata }, opts };
    const { spec } = props;
    const template = { ...spec.template, metadata: marked(spec.template.metadata, marks) };
    return { props: { ...props, metadata, spec: { ...spec, template } }, opts };
  };

/** The metadata of an object or a pod template. Components here give plain objects, whose texts alone may be outputs. */
const marked = (metadata: { readonly labels?: Texts; readonly annotations?: Texts }, { labels, annotations }: Marks) => ({
  ...metadata,
  ...(hasAny(labels) && { labels: { ...labels, ...metadata.labels } }),
  ...(hasAny(annotations) && { annotations: { ...annotations, ...metadata.annotations } }),
});

const hasAny = (texts: Texts = {}): boolean => Object.keys(texts).length > 0;
