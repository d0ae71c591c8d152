import { type ApiPath, formatApiPath } from './api-path.ts';
import { isFields, isKubeObject, type KubeObject } from './kube-object.ts';

/** What a Lease says, as client-go's LeaderElectionRecord (tools/leaderelection/resourcelock/interface.go). */
export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string;
  /** Seconds. */
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly transitions: number;
  readonly resourceVersion: string;
}

const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' } as const satisfies Partial<ApiPath>;

export function leasePath(namespace: string, name?: string): string {
  return formatApiPath({ ...leases, namespace, name });
}

/** Reads a Lease; undefined when the answer is none. A Lease without a holder or a duration is read as nobody's. */
export function readLease(answer: unknown): LeaseRecord | undefined {
  return isKubeObject(answer) ? recordOf(answer) : undefined;
}

export function recordOf(lease: KubeObject): LeaseRecord {
  const spec = isFields(lease.spec) ? lease.spec : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const number = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    holder: text(spec.holderIdentity) ?? '',
    leaseDurationSeconds: number(spec.leaseDurationSeconds),
    acquireTime: text(spec.acquireTime),
    renewTime: text(spec.renewTime),
    transitions: number(spec.leaseTransitions),
    resourceVersion: lease.metadata.resourceVersion,
  };
}

export interface LeaseTarget {
  readonly namespace: string;
  readonly name: string;
}

/** The Lease to write. With a resourceVersion the write fails (409) when somebody else wrote since; without one it creates. */
export function formatLease(target: LeaseTarget, record: Omit<LeaseRecord, 'resourceVersion'>, resourceVersion?: string) {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...target, resourceVersion },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.leaseDurationSeconds,
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  };
}

/** A moment as the API writes it for Leases (MicroTime): microseconds, UTC. */
export function microTime(wallTimeMs: number): string {
  return new Date(wallTimeMs).toISOString().replace('Z', '000Z');
}

/** True when both say the same, whatever else was changed on the object. */
export function isSameRecord(one: LeaseRecord, other: LeaseRecord): boolean {
  return formatted(one) === formatted(other);
}

function formatted({ holder, leaseDurationSeconds, acquireTime, renewTime, transitions }: LeaseRecord): string {
  return JSON.stringify([holder, leaseDurationSeconds, acquireTime, renewTime, transitions]);
}
