import {
  type ConfigMapView,
  type Content,
  EMPTY,
  renderConfigMap,
  sameContent,
  viewConfigMap,
} from '../../relations/configmap.ts';
import type { GateSettings } from '../../relations/gate.ts';
import { type JsonObject, objectAt } from '../../relations/json.ts';
import type { Kind } from '../../relations/kinds.ts';
import { isConsumer, type Lists } from '../../relations/lists.ts';
import { plan } from '../../relations/plan.ts';
import { permitOf, readRecord, type StampRecord } from '../../relations/record.ts';
import { type Resolution, resolve } from '../../relations/resolve.ts';
import { rollPatch } from '../../relations/roll.ts';
import type { ServiceView } from '../../relations/service.ts';
import { viewWorkload } from '../../relations/workload.ts';
import { create, defaulted, podTemplate, update, withAnnotations, withMetadata, withPodTemplate } from './api-server.ts';
import { strategicMerge } from './merges.ts';
import { finder } from './services.ts';
import { NAMESPACE } from './workloads.ts';

/** Whether the webhook is asked for an update, or was away and let through. */
export type Webhook = 'there' | 'away';

/** One workload, its Services and its ConfigMap, with the webhook and the controller that the domain makes up. */
export class ModelCluster {
  readonly kind: Kind;
  readonly #settings: GateSettings;
  readonly #services = new Map<string, ServiceView>();
  workload: JsonObject;
  configMap: ConfigMapView | undefined;
  /** Every template that pods may have been made of, by the permit that it names. */
  readonly templates = new Map<string, StampRecord>();
  /** Every version of the workload whose template was a new one, for undo. */
  readonly revisions: JsonObject[] = [];
  /** What the ConfigMap of this workload said, one after the other; a kubelet may still see an earlier one. */
  contents: Content[] = [];
  /** The template that was the last to be released: its pods may start, and start again. */
  released: StampRecord | undefined;
  rolls = 0;
  writes = 0;

  constructor(manifest: JsonObject, kind: Kind, settings: GateSettings) {
    this.kind = kind;
    this.#settings = settings;
    this.workload = create(manifest, settings).object;
    this.#note();
  }

  get record(): StampRecord | undefined {
    return readRecord(podTemplate(this.workload));
  }

  get uid(): string {
    return viewWorkload(this.kind, this.workload).uid;
  }

  /** Whether its template bears the whole stamp that its annotations ask for. */
  get isStamped(): boolean {
    return viewWorkload(this.kind, this.workload).stamped;
  }

  setService(name: string, view: ServiceView | undefined): void {
    if (view === undefined) this.#services.delete(name);
    else this.#services.set(name, view);
  }

  /** What lists come to now. */
  resolution(lists: Lists): Resolution {
    return resolve(lists, NAMESPACE, finder([...this.#services.values()]));
  }

  /** An update by a client; `sent` is the whole object as the client's request makes it. */
  update(sent: JsonObject, webhook: Webhook = 'there'): void {
    const { resourceVersion } = objectAt(this.workload, 'metadata');
    this.workload =
      webhook === 'there'
        ? update(this.workload, sent, this.#settings).object
        : withMetadata(defaulted(sent), { resourceVersion: `${resourceVersion}+`, uid: objectAt(this.workload, 'metadata').uid });
    this.#note();
  }

  /** `kubectl rollout undo`: a Deployment gets the annotations of that revision too. */
  undo(to: number): void {
    const revision = this.revisions[to % this.revisions.length];
    if (revision === undefined) return;
    const template = withPodTemplate(this.workload, podTemplate(revision));
    const annotations = objectAt(objectAt(revision, 'metadata'), 'annotations');
    this.update(this.kind === 'Deployment' ? withAnnotations(template, annotations) : template);
  }

  /** Deletes the workload and creates another one of the same name at once: the ConfigMap is still there. */
  recreate(manifest: JsonObject): void {
    this.workload = create(manifest, this.#settings).object;
    this.released = undefined;
    this.templates.clear();
    this.revisions.length = 0;
    this.#note();
  }

  /**
   * One pass of the controller.
   *
   * @param crash whether it dies between the ConfigMap and the workload
   * @param meanwhile what somebody does to the workload after it was read
   */
  pass({ crash = false, meanwhile }: { crash?: boolean; meanwhile?: (() => void) | undefined } = {}): void {
    const view = viewWorkload(this.kind, this.workload);
    const { record, stamped, lists, resourceVersion, uid } = view;
    if (!isConsumer(lists) && record === undefined) {
      meanwhile?.();
      return;
    }
    if (this.configMap?.owners.every((owner) => owner.uid !== uid)) {
      this.configMap = undefined;
      this.contents = [];
    }
    if (!stamped || record === undefined) {
      const { complete } = this.resolution(lists);
      meanwhile?.();
      if (!isConsumer(lists) || complete) this.update(this.workload);
      return;
    }
    const resolution = this.resolution(record);
    const waiting = [...this.templates.values()].filter(({ salt }) => salt === record.salt).map(permitOf);
    const decision = plan({ record, resolution, before: this.configMap, waiting, now: 'now' });
    meanwhile?.();
    if (uid !== objectAt(this.workload, 'metadata').uid) return;
    this.#write(decision.content, uid);
    if (decision.content.permits.includes(permitOf(record))) this.released = record;
    if (crash || decision.roll === undefined || objectAt(this.workload, 'metadata').resourceVersion !== resourceVersion) return;
    this.rolls++;
    this.update(strategicMerge(this.workload, rollPatch(record, decision.roll, resourceVersion)));
  }

  #write(content: Content, uid: string): void {
    if (this.configMap !== undefined && sameContent(this.configMap, content)) return;
    this.writes++;
    this.configMap = viewConfigMap(renderConfigMap({ kind: this.kind, namespace: NAMESPACE, name: 'web', uid }, content));
    this.contents.push(this.configMap ?? EMPTY);
  }

  #note(): void {
    const { record } = this;
    if (record !== undefined) this.templates.set(permitOf(record), record);
    const last = this.revisions.at(-1);
    if (last === undefined || JSON.stringify(podTemplate(last)) !== JSON.stringify(podTemplate(this.workload)))
      this.revisions.push(this.workload);
  }
}
