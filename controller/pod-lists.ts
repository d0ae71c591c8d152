import { workloadLabel } from '../relations/names.ts';
import type { WorkloadName } from './key.ts';
import type { Client } from './kube/client.ts';
import { type PodView, podsLabelled } from './pods.ts';

/** Lists that are under way at once; whoever asks meanwhile is answered by the next. */
const LISTS_AT_ONCE = 2;
/** Workloads in one list: a label has up to 63 characters, and a URL of some 4 KB passes everywhere. */
const WORKLOADS_A_LIST = 50;

interface Question {
  readonly namespace: string;
  readonly label: string;
  readonly answer: (pods: readonly PodView[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Lists the pods of workloads. One that asks alone is answered at once; those that ask while lists are under way share the next
 * one of their namespace, so that a Service with a thousand consumers costs twenty lists and not a thousand.
 */
export class PodLists {
  readonly #client: Client;
  #questions: Question[] = [];
  #underWay = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * The stamped pods of a workload, by a list that begins now or later; those of an earlier one of the same name are among them.
   *
   * @throws ApiError, ConnectionError
   */
  of({ kind, namespace, name }: WorkloadName): Promise<readonly PodView[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly PodView[]>();
    this.#questions.push({ namespace, label: workloadLabel(kind, name), answer: resolve, fail: reject });
    this.#next();
    return promise;
  }

  #next(): void {
    if (this.#underWay >= LISTS_AT_ONCE) return;
    const first = this.#questions[0];
    if (first === undefined) return;
    const asked: Question[] = [];
    this.#questions = this.#questions.filter((question) => {
      const joins = question.namespace === first.namespace && asked.length < WORKLOADS_A_LIST;
      if (joins) asked.push(question);
      return !joins;
    });
    this.#underWay += 1;
    void this.#ask(first.namespace, asked).finally(() => {
      this.#underWay -= 1;
      this.#next();
    });
  }

  /** Never rejects. */
  async #ask(namespace: string, asked: readonly Question[]): Promise<void> {
    try {
      const pods = await podsLabelled(this.#client, namespace, [...new Set(asked.map(({ label }) => label))]);
      const byLabel = Map.groupBy(pods, ({ label }) => label);
      for (const { label, answer } of asked) answer(byLabel.get(label) ?? []);
    } catch (error) {
      for (const { fail } of asked) fail(error);
    }
  }
}
