import { type ApiPath, formatApiPath } from './api-path.ts';
import { isFields, type KubeObject } from './kube-object.ts';

/** What a Lease says, as client-go's LeaderElectionRecord (tools/leaderelection/resourcelock/interface.go). */
export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string;
  /** Seconds. */
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly transitions: number;
}

export interface LeaseTarget {
  readonly namespace: string;
  readonly name: string;
}

const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' } as const satisfies Partial<ApiPath>;

export function leasePath(namespace: string, name?: string): string {
  return formatApiPath({ ...leases, namespace, name });
}

/** Reads what a Lease says; without a holder it is nobody's. */
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
  };
}

/**
 * The Lease to write. Over an old one everything that is not the record's stays as it was, and its resourceVersion goes along, so
 * that the write fails (409) when somebody else wrote since; without an old one it creates.
 */
export function formatLease(target: LeaseTarget, record: LeaseRecord, old: KubeObject | undefined) {
  return {
    ...old,
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: old?.metadata ?? target,
    spec: {
      ...(isFields(old?.spec) ? old.spec : {}),
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
