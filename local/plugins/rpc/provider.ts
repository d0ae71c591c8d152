/** What a stand-in has to do, in plain values; `service.ts` speaks the protocol for it. */
import type { JsonObject } from './json.ts';

/** What a provider says of itself when it is configured; the engine behaves accordingly. */
export interface Capabilities {
  readonly acceptSecrets?: boolean;
  readonly supportsPreview?: boolean;
  readonly acceptResources?: boolean;
  readonly supportsAutonaming?: boolean;
}

/** The resource that a request is about: `type` is the token, as `kubernetes:core/v1:Secret`; `name` the one in the program. */
export interface Subject {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** The stack's wish for an automatic name (config `pulumi:autonaming`). */
export interface Autonaming {
  readonly mode: 'propose' | 'enforce' | 'disable';
  readonly proposedName: string;
}

export interface CheckRequest extends Subject {
  /** The inputs of the last run; undefined for a resource that is new or gets a new identity. */
  readonly olds: JsonObject | undefined;
  readonly news: JsonObject;
  /** 32 random bytes that stay the same for one resource within one run; empty from an old engine. */
  readonly seed: Uint8Array;
  readonly autonaming: Autonaming | undefined;
}
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}
export interface Checked {
  readonly inputs: JsonObject;
  readonly failures: readonly CheckFailure[];
}

export interface DiffRequest extends Subject {
  readonly id: string;
  readonly state: JsonObject;
  readonly oldInputs: JsonObject;
  readonly news: JsonObject;
  readonly ignoreChanges: readonly string[];
}
export type ChangeKind = 'add' | 'delete' | 'update';
export interface PropertyChange {
  readonly kind: ChangeKind;
  readonly replaces: boolean;
  /** The inputs are as they were, but the live thing is not: shown as it is now and as it will be. */
  readonly drifted?: boolean;
}
export interface Difference {
  /** By property path, as `spec.template.spec.containers[0].image`; none means that nothing is to be done. */
  readonly changes: ReadonlyMap<string, PropertyChange>;
  readonly deleteBeforeReplace: boolean;
}

export interface CreateRequest extends Subject {
  readonly inputs: JsonObject;
  readonly preview: boolean;
  /** From the resource option customTimeouts, in seconds; 0 if there is none. */
  readonly timeout: number;
}
export interface ReadRequest extends Subject {
  readonly id: string;
  readonly state: JsonObject;
  readonly inputs: JsonObject;
}
export interface UpdateRequest extends DiffRequest {
  readonly preview: boolean;
  readonly timeout: number;
}
export interface DeleteRequest extends Subject {
  readonly id: string;
  readonly state: JsonObject;
  readonly timeout: number;
}
export interface Created {
  /** Empty in previews. */
  readonly id: string;
  readonly properties: JsonObject;
}
/** Id empty: there is no such thing any more. */
export interface ReadAnswer extends Created {
  readonly inputs: JsonObject;
}

/** One stand-in. Every promise ends soon after `signal` fires: the engine has cancelled the run. */
export interface ResourceProvider {
  readonly version: string;
  configure(config: JsonObject): Promise<Capabilities>;
  /** How new provider settings compare with the last run's; a replacement takes every resource of the provider with it. */
  diffConfig(olds: JsonObject, news: JsonObject): Promise<Difference>;
  check(request: CheckRequest): Promise<Checked>;
  diff(request: DiffRequest): Promise<Difference>;
  create(request: CreateRequest, signal: AbortSignal): Promise<Created>;
  read(request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer>;
  update(request: UpdateRequest, signal: AbortSignal): Promise<{ readonly properties: JsonObject }>;
  delete(request: DeleteRequest, signal: AbortSignal): Promise<void>;
}

/** Messages to whoever runs Pulumi, shown beside the resource; a status is shown while it is being worked on only. */
export interface EngineLog {
  info(urn: string, message: string): void;
  warn(urn: string, message: string): void;
  status(urn: string, message: string): void;
}
