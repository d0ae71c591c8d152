/** Every word that orcon shares with manifests, pods and operators. The first seven are the prototype's and never change. */

export const PROVIDES = 'tengu.io/provides';
export const CONSUMES = 'tengu.io/consumes';
export const RELATIONS = 'tengu.io/relations';
/** The label by which the controller watches workloads; any value. */
export const RELATIONSHIPS = 'tengu.io/relationships';
export const RELATIONSHIPS_DEFAULT = 'full';
export const STATUS_INJECTED = 'injector.tengu.io/status';
export const INJECTED = 'injected';
/** The namespace label that opts a namespace in. */
export const NAMESPACE_OPT_IN = 'tengu-injector';
export const NAMESPACE_ENABLED = 'enabled';

/** Service annotations `tengu.io/data.<name>` are further values of its interface. */
export const DATA_PREFIX = 'tengu.io/data.';
/** Pod template label that finds the pods of a workload. */
export const WORKLOAD = 'tengu.io/workload';
/** Pod template annotation with the record of what was put where. */
export const STAMP = 'injector.tengu.io/stamp';
/** Pod annotation, the touch that makes a kubelet look again. */
export const RELEASED = 'tengu.io/released';

export const REQUIRED_VARS = 'TENGU_REQUIRED_VARS';
export const PERMIT = 'TENGU_PERMIT';
/** Where a gate container finds the values and permits, one file each. */
export const RELATIONS_FOLDER = '/etc/tengu/relations';

/** Labels and annotations of the ConfigMap. */
export const RELATIONS_OF = 'tengu.io/relations-of';
export const PHASE = 'tengu.io/phase';
export const STATUS = 'tengu.io/status';
export const EPOCH = 'tengu.io/epoch';
